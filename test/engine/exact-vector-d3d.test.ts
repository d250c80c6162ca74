import test from 'ava';
import * as exact from '../../sim/engine/exact-vector.js';
import { text, vector } from '../support/vectors.js';

/** Results worked out by hand, or published. */

test('Direct3D packs', (t) => {
  const pack = (type: number, b: string) => text(exact.vpackD3d(type, vector(b))).slice(18);
  t.is(pack(0, '40400001 40400002 40400003 40400004'), '00000000 04010203');
  t.is(pack(0, '40800000 40000000 c2f60000 4b3bdf83'), '00000000 ffff0000', 'clamped');
  t.is(pack(0, '40800000 40000000 c2f60000 ffffffff'), '00000000 00ff0000', 'a NaN takes the low limit');
  t.is(pack(1, '43817e00 c37cfc00 42a23ec8 403db757'), '00000000 7fff8001');
  t.is(pack(1, '4040fffe 403ff333 00000000 00000000'), '00000000 7ffff333');
  t.is(pack(2, 'b8ff8000 b8ff8000 c04001ff 4e9a5a5a'), '00000000 e0180601');
  t.is(pack(2, '42c80000 c2c80000 40400000 3f800000'), '00000000 000805ff');
  t.is(pack(3, '3fc00000 bfc00000 00000000 00000000'), '00000000 3e00be00');
  t.is(pack(3, '47ffe000 ff800000 00000000 00000000'), '00000000 7fffffff');
  t.is(pack(3, '387fffff b8800000 00000000 00000000'), '00000000 00008400');
  t.is(pack(3, '3f801fff 477fe000 00000000 00000000'), '00000000 3c007bff', 'cut, not rounded');
  t.is(pack(4, '403f8001 403ffff8 4040007f 40400000'), '8001fff8 007f0000');
  t.is(pack(5, '3f000000 bf000000 3fc00000 bfc00000'), '3800b800 3e00be00');
  t.is(pack(6, '40400001 4047ffff 40380001 4040000f'), 'f800017f fff00001');
  t.is(pack(7, '40400001 40400001 40400001 40400001'), '00000000 00000000');
});

test('Direct3D unpacks', (t) => {
  const unpack = (type: number, b: string) => text(exact.vunpackD3d(type, vector(`00000000 00000000 ${b}`)));
  t.is(unpack(0, 'cdcdcdcd 04010203'), '3f800001 3f800002 3f800003 3f800004');
  t.is(unpack(1, 'cdcdcdcd 7fff8001'), '40407fff 403f8001 00000000 3f800000');
  t.is(unpack(1, 'cdcdcdcd 00008000'), '40400000 7fc00000 00000000 3f800000');
  t.is(unpack(2, 'cdcdcdcd 400001ff'), '404001ff 40400000 40400000 3f800001');
  t.is(unpack(2, 'cdcdcdcd 40000201'), '403ffe01 40400000 40400000 3f800001');
  t.is(unpack(2, 'cdcdcdcd e0080200'), '7fc00000 7fc00000 7fc00000 3f800003');
  t.is(unpack(3, 'cdcdcdcd 3800b800'), '3f000000 bf000000 00000000 3f800000');
  t.is(unpack(3, 'cdcdcdcd 7fff83ff'), '47ffe000 80000000 00000000 3f800000');
  t.is(unpack(4, '7fffffff 007ffff8'), '40407fff 403fffff 4040007f 403ffff8');
  t.is(unpack(5, '3800b801 3802b803'), '3f000000 bf002000 3f004000 bf006000');
  t.is(unpack(6, 'f8000180 00000001'), '40400001 7fc00000 40380001 3f80000f');
});
