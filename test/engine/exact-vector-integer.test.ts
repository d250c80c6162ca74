import test from 'ava';
import * as exact from '../../sim/engine/exact-vector.js';
import type { VSaturating } from '../../sim/isa/semantics.js';
import { one, text, two, vector } from '../support/vectors.js';

/** Results worked out by hand. */

test('integer lanes wrap, compare, shift and rotate', (t) => {
  const a = 'ff7f8001 00000000 80000000 7fffffff';
  const b = '0181ff02 00000001 80000000 00000001';
  t.is(two('i8x16.add', a, b), '00007f03 00000001 00000000 7fffff00');
  t.is(two('i16x8.add', a, b), '01007f03 00000001 00000000 7fff0000');
  t.is(two('i32x4.add', a, b), '01017f03 00000001 00000000 80000000');
  t.is(two('i32x4.sub', a, b), 'fdfd80ff ffffffff 00000000 7ffffffe');
  t.is(two('u32x4.addCarry', a, b), '00000001 00000000 00000001 00000000');
  t.is(two('u32x4.subCarry', a, b), '00000001 00000000 00000001 00000001');
  t.is(two('i8x16.cmpgts', a, b), '00ff0000 00000000 00000000 ff000000');
  t.is(two('i8x16.cmpgtu', a, b), 'ff000000 00000000 00000000 ffffffff');
  t.is(two('i16x8.maxs', a, b), '0181ff02 00000001 80000000 7fff0001');
  t.is(two('i32x4.minu', a, b), '0181ff02 00000000 80000000 00000001');
  t.is(
    two('u8x16.avg', 'fffe0001 00000000 00000000 00000000', 'ff010001 00000000 00000000 00000000'),
    'ff800001 00000000 00000000 00000000',
  );
  t.is(
    two('s16x8.avg', '8000ffff 00000000 00000000 00000000', '8001fffe 00000000 00000000 00000000'),
    '8001ffff 00000000 00000000 00000000',
  );
  t.is(
    two('i8x16.shl', '81818181 00000000 00000000 00000000', '0001ff08 00000000 00000000 00000000'),
    '81028081 00000000 00000000 00000000',
  );
  t.is(
    two('i16x8.shrs', '80008000 7fff8001 00000000 00000000', '000f0010 00010001 00000000 00000000'),
    'ffff8000 3fffc000 00000000 00000000',
  );
  t.is(
    two('i32x4.shru', '80000000 80000000 80000000 ffffffff', '0000001f 00000020 00000021 ffffffff'),
    '00000001 80000000 40000000 00000001',
  );
  t.is(
    two('i32x4.rotl', '80000001 80000001 12345678 12345678', '00000001 00000020 00000010 0000001f'),
    '00000003 80000001 56781234 091a2b3c',
  );
});

test('the whole register shifts by bits and bytes', (t) => {
  const a = '00112233 44556677 8899aabb ccddeeff';
  t.is(
    two('shiftLeftOctets', a, '00000000 00000000 00000000 00000018'),
    '33445566 778899aa bbccddee ff000000',
  );
  t.is(
    two('shiftRightOctets', a, '00000000 00000000 00000000 000000f8'),
    '00000000 00000000 00000000 00000000',
  );
  t.is(two('shiftLeftBits', a, '00000000 00000000 00000000 00000004'), '01122334 45566778 899aabbc cddeeff0');
  t.is(
    two('shiftRightBits', a, '00000000 00000000 00000000 000000f4'),
    '00011223 34455667 78899aab bccddeef',
  );
});

test('saturation clamps and tells', (t) => {
  const sat = (op: VSaturating, a: string, b: string) => {
    const { value, saturated } = exact.vsat(op, vector(a), vector(b));
    return `${text(value)} ${saturated}`;
  };
  const zero = '00000000 00000000 00000000 00000000';
  const ones = '01010101 01010101 01010101 01010101';
  t.is(
    sat('u8x16.add', 'fe0000ff 00000000 00000000 00000000', ones),
    'ff0101ff 01010101 01010101 01010101 1',
  );
  t.is(
    sat('u8x16.add', 'fe0000fe 00000000 00000000 00000000', ones),
    'ff0101ff 01010101 01010101 01010101 0',
  );
  t.is(
    sat('s8x16.sub', '80817f00 00000000 00000000 00000000', ones),
    '80807eff ffffffff ffffffff ffffffff 1',
  );
  t.is(
    sat('u16x8.sub', '01000102 01010101 01010101 01010101', ones),
    '00000001 00000000 00000000 00000000 1',
  );
  t.is(
    sat('s32x4.add', '7fffffff 80000000 00000000 00000000', '00000001 ffffffff 00000000 00000000'),
    '7fffffff 80000000 00000000 00000000 1',
  );
  t.is(
    sat('packS16toS8', '007f0080 ff80ff7f 00010000 7fff8000', zero),
    '7f7f8080 01007f80 00000000 00000000 1',
  );
  t.is(
    sat('packS16toS8', '007f007f ff80ff80 00010000 0000ffff', zero),
    '7f7f8080 010000ff 00000000 00000000 0',
  );
  t.is(
    sat('packS16toU8', '00ff0100 ffff0000 00018000 7fff0080', zero),
    'ffff0000 0100ff80 00000000 00000000 1',
  );
  t.is(
    sat('packU16toU8', '00ff0100 ffff0000 00018000 7fff0080', zero),
    'ffffff00 01ffff80 00000000 00000000 1',
  );
  t.is(
    sat('packS32toS16', '00007fff 00008000 ffff8000 ffff7fff', zero),
    '7fff7fff 80008000 00000000 00000000 1',
  );
  t.is(
    sat('packS32toU16', '0000ffff 00010000 ffffffff 80000000', zero),
    'ffffffff 00000000 00000000 00000000 1',
  );
  t.is(
    sat('packU32toU16', zero, '0000ffff 00010000 ffffffff 00000001'),
    '00000000 00000000 ffffffff ffff0001 1',
  );
});

test('unpacks extend', (t) => {
  const a = '80017fff 00ff0180 fffe8000 7f80ff01';
  t.is(one('unpackHighS8', a), 'ff800001 007fffff 0000ffff 0001ff80');
  t.is(one('unpackLowS8', a), 'fffffffe ff800000 007fff80 ffff0001');
  t.is(one('unpackHighS16', a), 'ffff8001 00007fff 000000ff 00000180');
  t.is(one('unpackLowS16', a), 'fffffffe ffff8000 00007f80 ffffff01');
  t.is(one('unpackHighPixel', '8421fffe 7c1f0000 00000000 00000000'), 'ff010101 ff1f1f1e 001f001f 00000000');
});

test('selection, permutation and shift patterns', (t) => {
  const a = vector('00010203 04050607 08090a0b 0c0d0e0f');
  const b = vector('10111213 14151617 18191a1b 1c1d1e1f');
  t.is(
    text(exact.vselect(a, b, vector('ff00ff00 0f0f0f0f 00000000 ffffffff'))),
    '10011203 04050607 08090a0b 1c1d1e1f',
  );
  t.is(
    text(exact.vpermute(a, b, vector('1f000110 ff2021e1 00000000 0f0f0f0f'))),
    '1f000110 1f000101 00000000 0f0f0f0f',
  );
  t.is(
    text(exact.vshuffle(a, b, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18])),
    '03040506 0708090a 0b0c0d0e 0f101112',
  );
  t.is(text(exact.vshiftPattern(0x1235n, 'left')), '05060708 090a0b0c 0d0e0f10 11121314');
  t.is(text(exact.vshiftPattern(0x1230, 'right')), '10111213 14151617 18191a1b 1c1d1e1f');
  t.is(text(a), '00010203 04050607 08090a0b 0c0d0e0f', 'arguments stay as they are');
  t.is(exact.vallOnes(vector('ffffffff ffffffff ffffffff fffffffe')), 0);
  t.is(exact.vallOnes(vector('ffffffff ffffffff ffffffff ffffffff')), 1);
  t.is(exact.vallZero(vector('00000000 00000000 00000000 00000001')), 0);
  t.is(exact.vword3(b), 0x1c1d1e1f);
  t.is(text(exact.vfromWord3(0x10001)), '00000000 00000000 00000000 00010001');
});
