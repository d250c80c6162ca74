import test from 'ava';
import seedrandom from 'seedrandom';
import * as exact from '../../sim/engine/exact-vector.js';
import { fromWords, word } from '../../sim/engine/exact-vector-lanes.js';
import { bitsOf, of, one, text, two, vector } from '../support/vectors.js';

/** Results worked out by hand, or published. */

test('float addition, subtraction and multiplication', (t) => {
  t.is(
    two('f32x4.add', '3f800000 3f800000 7f7fffff 80000000', '33800000 33800001 7f7fffff 80000000'),
    '3f800000 3f800001 7f800000 80000000',
    'ties to even, overflow, -0 + -0',
  );
  t.is(
    two('f32x4.add', '3f800000 7f800000 ff800000 3f800000', 'bf800000 ff800000 ff800000 7f800000'),
    '00000000 7fc00000 ff800000 7f800000',
    'x - x is +0, inf - inf is invalid',
  );
  t.is(
    two('f32x4.sub', '80000000 00000000 7f800000 40000000', '00000000 00000000 7f800000 3f800000'),
    '80000000 00000000 7fc00000 3f800000',
  );
  t.is(
    two('f32x4.mul', '3f800001 00000000 80000000 c0000000', '3f800001 7f800000 3f800000 40400000'),
    '3f800002 7fc00000 80000000 c0c00000',
  );
});

test('NaNs: the first operand that is one, made quiet', (t) => {
  for (const op of ['f32x4.add', 'f32x4.sub', 'f32x4.mul', 'f32x4.max', 'f32x4.min'] as const) {
    t.is(
      two(op, '7f800001 3f800000 ffc12345 7fc00001', '7fc00002 ff800002 7f800003 3f800000'),
      '7fc00001 ffc00002 ffc12345 7fc00001',
      op,
    );
  }
  const fused = (a: string, c: string, b: string) => text(exact.vmadd(vector(a), vector(c), vector(b), true));
  // Order A, B (the addend), C.
  t.is(
    fused(
      '7f800001 3f800000 3f800000 7f800000',
      '7fc00002 7fc00002 ff800002 00000000',
      '7fc00003 ff800003 3f800000 7fc00003',
    ),
    '7fc00001 ffc00003 ffc00002 7fc00003',
  );
  const negated = exact.vnmsub(
    vector('3f800000 ff800001 7f800000 3f800000'),
    vector('3f800000 3f800000 00000000 7fc00009'),
    vector('ff800003 00000000 00000000 00000000'),
    true,
  );
  t.is(text(negated), 'ffc00003 ffc00001 7fc00000 7fc00009', 'NaN signs are kept');
});

test('denormals are zeros under NJ and numbers without it', (t) => {
  t.is(
    two('f32x4.add', '00000001 80000001 007fffff 00800000', '00000001 80000001 00000001 807fffff'),
    '00000000 80000000 00000000 00800000',
  );
  t.is(
    two('f32x4.add', '00000001 80000001 007fffff 00800000', '00000001 80000001 00000001 807fffff', false),
    '00000002 80000002 00800000 00000001',
  );
  t.is(
    two('f32x4.sub', '00800001 80800001 00000000 00000000', '00800000 80800000 00000000 00000000'),
    '00000000 80000000 00000000 00000000',
    'a denormal result',
  );
  t.is(
    two('f32x4.mul', '00800000 80800000 20000000 20000000', '3f000000 3f7fffff 1f800000 1f7fffff'),
    '00000000 80000000 00000000 00000000',
  );
  t.is(
    two('f32x4.mul', '00800000 80800000 20000000 20000000', '3f000000 3f7fffff 1f800000 1f7fffff', false),
    '00400000 80800000 00400000 00400000',
  );
  t.is(
    two('f32x4.cmpeq', '00000001 80000001 00000001 00800000', '00000000 00000001 80000000 00000000'),
    'ffffffff ffffffff ffffffff 00000000',
  );
  t.is(
    two('f32x4.cmpgt', '00000001 80000001 00800000 00000000', '00000000 00000001 00000001 80000001', false),
    'ffffffff 00000000 ffffffff ffffffff',
  );
  t.is(
    two('f32x4.max', '80000001 00000001 807fffff 00000000', '80000001 80000000 bf800000 80000005'),
    '80000000 00000000 80000000 00000000',
  );
});

test('tiny is told before rounding', (t) => {
  // (1 - 2^-24) * 2^-126 rounds up to 2^-126, and is still flushed; 2^-126 itself is not.
  t.is(
    two('f32x4.mul', '3f7fffff 80800000 00800000 20000000', '00800000 3f7fffff 3f800000 20000000'),
    '00000000 80000000 00800000 00800000',
  );
  const fused = (nj: boolean) =>
    text(
      exact.vmadd(
        vector('00800000 00800000 80800000 1f800000'),
        vector('3f800000 3f800000 3f800000 1f800000'),
        vector('80000001 00000001 00000000 80800000'),
        nj,
      ),
    );
  t.is(fused(false), '007fffff 00800001 80800000 80600000');
  t.is(fused(true), '00800000 00800000 80800000 80000000', 'denormal addends are flushed');
  const below = (nj: boolean) =>
    text(
      exact.vmadd(
        vector('20000000 20000000 a0000000 20000000'),
        vector('1fffffff 1fffffff 1fffffff 20000000'),
        vector('00000000 00000000 00000000 00000000'),
        nj,
      ),
    );
  t.is(below(false), '00800000 00800000 80800000 00800000');
  t.is(below(true), '00000000 00000000 80000000 00800000', 'a fused result of just under 2^-126');
});

test('multiply-add rounds once', (t) => {
  const fused = (a: string, c: string, b: string) =>
    text(exact.vmadd(vector(a), vector(c), vector(b), false));
  t.is(
    fused(
      '3f8ccccd 3f800001 3f800001 3f800001',
      '3f8ccccd 3f800001 3f800001 3f7fffff',
      '3f8ccccd bf800002 bf800000 bf800000',
    ),
    '4013d70b 28800000 34800000 337ffffe',
    '1.1 * 1.1 + 1.1; what is left of products near 1',
  );
  // 1 + 2^-24 is half way and goes to even.
  t.is(
    fused(
      '3f800000 3f800000 3f800000 3f800000',
      '3f800000 3f800000 3f800000 3f800001',
      '33800000 33800001 337fffff 33800000',
    ),
    '3f800000 3f800001 3f800000 3f800002',
  );
  // a * c = 2^-24 exactly, plus 1: tie to even. With the last bit of a set the product lies just above the
  // tie.
  t.is(
    fused(
      '39800000 39800001 39800000 39800001',
      '39800000 39800000 b9800000 b9800000',
      '3f800000 3f800000 3f800000 3f800000',
    ),
    '3f800000 3f800001 3f7fffff 3f7fffff',
  );
  // 24929 * 673 = 2^24 + 1: a product half way between singles. A crumb far below a double's last digit
  // decides.
  const tie = (c: number, crumb: number) =>
    text(exact.vmadd(of(24929), of(c * 673 * 2 ** -24), of(crumb), false));
  t.is(tie(1, 0).slice(0, 8), '3f800000');
  t.is(tie(1, 2 ** -60).slice(0, 8), '3f800001');
  t.is(tie(1, -(2 ** -60)).slice(0, 8), '3f800000');
  t.is(tie(-1, 2 ** -149).slice(0, 8), 'bf800000');
  t.is(tie(-1, -(2 ** -149)).slice(0, 8), 'bf800001');
  t.is(
    text(exact.vnmsub(of(2, 1, 0, 1), of(3, 1, 1, 1), of(1, 1, 0, -1), true)),
    text(of(-5, -0, -0, -2)),
    '-(a * c - b), the sign of zero flipped too',
  );
});

test('multiply-add equals exact rational arithmetic', (t) => {
  const random = seedrandom('fma');
  const rational = (bits: number): bigint => {
    const biased = (bits >>> 23) & 255;
    const significand = BigInt((bits & 0x7f_ffff) | (biased === 0 ? 0 : 0x80_0000));
    const magnitude = significand * (1n << BigInt(Math.max(biased, 1) - 1));
    return bits >>> 31 ? -magnitude : magnitude;
  };
  // Units of 2^-149; a product has units of 2^-298.
  const rounded = (exactSum: bigint): number => {
    if (exactSum === 0n) return 0;
    const magnitude = exactSum < 0n ? -exactSum : exactSum;
    const length = magnitude.toString(2).length;
    const shift = BigInt(Math.max(length - 24, 149));
    let kept = magnitude >> shift;
    const twice = (magnitude - (kept << shift)) * 2n;
    const unit = 1n << shift;
    if (twice > unit || (twice === unit && (kept & 1n) === 1n)) kept += 1n;
    const value = Number(kept) * 2 ** (Number(shift) - 149) * 2 ** -149;
    return bitsOf(exactSum < 0n ? -value : value);
  };
  for (let i = 0; i < 4000; i++) {
    const operand = (spread: number) => {
      const exponent = 127 + Math.floor((random() - 0.5) * spread);
      const bits = Math.floor(random() * 2 ** 32);
      // Few digits make ties likely.
      const fraction = random() < 0.5 ? bits & 0x7f_ffff : bits & 0x7f_8001;
      return ((bits & 0x8000_0000) | (exponent << 23) | fraction) >>> 0;
    };
    const [a, c, b] = [operand(i % 2 ? 20 : 120), operand(i % 2 ? 20 : 120), operand(i % 2 ? 60 : 250)];
    const expected = rounded(rational(a) * rational(c) + (rational(b) << 149n));
    const all = (bits: number) => fromWords([bits, bits, bits, bits]);
    const result = word(exact.vmadd(all(a), all(c), all(b), false), 0);
    if (result !== expected) t.fail(`${a.toString(16)} ${c.toString(16)} ${b.toString(16)}`);
  }
  t.pass();
});

test('maximum, minimum and compares at the edges', (t) => {
  t.is(
    two('f32x4.max', '00000000 80000000 ff800000 3f800000', '80000000 00000000 7f800000 bf800000'),
    '00000000 00000000 7f800000 3f800000',
  );
  t.is(
    two('f32x4.min', '00000000 80000000 ff800000 3f800000', '80000000 00000000 7f800000 bf800000'),
    '80000000 80000000 ff800000 bf800000',
  );
  t.is(
    two('f32x4.cmpge', '00000000 7fc00000 3f800000 3f800000', '80000000 7fc00000 7fc00000 3f800001'),
    'ffffffff 00000000 00000000 00000000',
  );
  t.is(
    two('f32x4.cmpb', '3f800000 c0000000 40000000 7fc00000', '3f800000 3f800000 3f800000 3f800000'),
    '00000000 40000000 80000000 c0000000',
  );
  t.is(
    two('f32x4.cmpb', '00000000 00000000 3f800000 ff800000', 'bf800000 80000000 7fc00000 7f800000'),
    'c0000000 00000000 c0000000 00000000',
    'a negative bound holds nothing',
  );
});

test('rounding to integral floats', (t) => {
  const a = '3f000000 bf000000 3fc00000 c0200000';
  t.is(one('f32x4.roundNearest', a), '00000000 80000000 40000000 c0000000');
  t.is(one('f32x4.roundZero', a), '00000000 80000000 3f800000 c0000000');
  t.is(one('f32x4.roundPlus', a), '3f800000 80000000 40000000 c0000000');
  t.is(one('f32x4.roundMinus', a), '00000000 bf800000 3f800000 c0400000');
  const edges = '4b000001 cafffffe 7f800000 7f800001';
  t.is(one('f32x4.roundNearest', edges), '4b000001 cafffffe 7f800000 7fc00001');
  t.is(
    one('f32x4.roundNearest', '4affffff caffffff 4afffffd 00000000'),
    '4b000000 cb000000 4afffffc 00000000',
  );
  t.is(
    one('f32x4.roundPlus', '00000001 80000001 00000000 00000000', true),
    '00000000 80000000 00000000 00000000',
  );
  t.is(
    one('f32x4.roundPlus', '00000001 80000001 00000000 00000000', false),
    '3f800000 80000000 00000000 00000000',
  );
});

test('conversions', (t) => {
  const toInt = (a: string, scale: number, signed: boolean) => {
    const { value, saturated } = exact.vtoInt(vector(a), scale, signed);
    return `${text(value)} ${saturated}`;
  };
  t.is(toInt('3fc00000 bfc00000 4effffff cf000000', 0, true), '00000001 ffffffff 7fffff80 80000000 0');
  t.is(toInt('4f000000 3f800000 3f800000 3f800000', 0, true), '7fffffff 00000001 00000001 00000001 1');
  t.is(toInt('7fc00000 7f800000 ff800000 3e800000', 3, true), '00000000 7fffffff 80000000 00000002 1');
  t.is(toInt('7fc00000 00000001 80000001 3e800000', 31, true), '00000000 00000000 00000000 20000000 0');
  t.is(toInt('bf7fffff 4f7fffff 4f000000 3f800000', 0, false), '00000000 ffffff00 80000000 00000001 0');
  t.is(toInt('bf800000 4f800000 3f800000 3f800000', 0, false), '00000000 ffffffff 00000001 00000001 1');
  t.is(
    text(exact.vfromInt(vector('00000001 ffffffff 01000001 80000000'), 0, true)),
    '3f800000 bf800000 4b800000 cf000000',
  );
  t.is(
    text(exact.vfromInt(vector('01000003 ffffffff 00000000 80000000'), 31, false)),
    '3c000002 40000000 00000000 3f800000',
  );
});

test('dot products follow the named model', (t) => {
  const dot = (op: 'dot3' | 'dot4', a: Uint8Array, b: Uint8Array) => {
    const result = text(exact.v2(op, a, b, true)).split(' ');
    t.is(new Set(result).size, 1);
    return result[0];
  };
  t.is(
    dot('dot3', vector('3f800000 3fc00000 3f8ccccd 01020304'), vector('40000000 40700000 4013d70a 01020304')),
    '4122a7f0',
    'a published case',
  );
  t.is(dot('dot3', of(1, 2, 3, 4), of(5, 6, 7, 8)), text(of(38)).slice(0, 8));
  t.is(dot('dot4', of(1, 2, 3, 4), of(5, 6, 7, 8)), text(of(70)).slice(0, 8));
  // (p0 + p2) first: 2^60 - 2^60, then 1 + 1; another order would lose the ones.
  t.is(dot('dot4', of(2 ** 30, 1, -(2 ** 30), 1), of(2 ** 30, 1, 2 ** 30, 1)), text(of(2)).slice(0, 8));
  t.is(dot('dot3', of(2 ** 30, 1, -(2 ** 30), 9), of(2 ** 30, 1, 2 ** 30, 9)), text(of(1)).slice(0, 8));
  t.is(dot('dot4', of(2 ** 127), of(4)), '7fc00000', 'overflow');
  t.is(dot('dot4', of(Number.POSITIVE_INFINITY), of(4)), '7f800000');
  t.is(dot('dot4', of(Number.POSITIVE_INFINITY, 1), of(4, Number.NEGATIVE_INFINITY)), '7fc00000');
  t.is(dot('dot4', of(2 ** -100), of(-(2 ** -30))), '80000000', 'a denormal result');
  t.is(dot('dot4', vector('00000001 007fffff 00000000 00000000'), of(2 ** 127, 2 ** 127)), '00000000');
  t.is(dot('dot4', vector('3f800000 ff800001 3f800000 7fc00003'), of(1, 1, 1, 1)), 'ffc00001');
  t.is(
    dot('dot4', vector('3f800000 ff800001 7f800002 7fc00003'), of(1, 1, 1, 1)),
    '7fc00002',
    'p0, p2, p1, p3',
  );
  t.is(dot('dot3', vector('3f800000 3f800000 3f800000 7fc00003'), of(1, 1, 1, 1)), text(of(3)).slice(0, 8));
});
