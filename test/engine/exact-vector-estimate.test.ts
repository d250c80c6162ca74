import test from 'ava';
import seedrandom from 'seedrandom';
import * as exact from '../../sim/engine/exact-vector.js';
import { fromWords, word } from '../../sim/engine/exact-vector-lanes.js';
import type { VUnary } from '../../sim/isa/semantics.js';
import { bitsOf, numberOf, one, text } from '../support/vectors.js';

/** Operand and result: published results of real hardware. */
const MEASURED: Readonly<Partial<Record<VUnary, string>>> = {
  'f32x4.reciprocalEstimate': `04050607 7af6598b 08090a0b 76ef204b 0c0d0e0f 72e85140 44556677 3a999016
    8899aabb f65542ec ccddeeff b213a933 00ffff00 7e000106 07070707 77f2b28b 12121212 6ce05955 12345678 6cb5b2d7
    87654321 f78ef2dd 11223344 6dca0a99 55667788 298e308f 3f800000 3f7ff800 3fc00000 3f2aa800 3f8ccccd 3f68bc80
    3ff33333 3f06c176 c1700000 bd888400 808f0000 fe652800 cdcdcdcd b11f3b1e 04010203 7afe039f f8f9fafb 86031718
    fcfdfeff 82010706 7070ffff 0e87f81a fefefefe 80000000 00000001 7f800000 7f800203 7fc00203`,
  'f32x4.rsqrtEstimate': `3f800000 3f7ff400 40000000 3f34fd00 40800000 3efff400 04050607 5d3197f2
    08090a0b 5b2ef270 0c0d0e0f 592c7677 44556677 3d0c3322 00ffff00 5eb502ba 07070707 5bb03df2 12121212 56297783
    12345678 56188502 11223344 56a0d1dc 55667788 3486e829 3fc00000 3f510200 3f8ccccd 3f741f80 3ff33333 3f39bb42
    41200000 3ea1e400 41700000 3e843100 41f00000 3e3af200 04010203 5d344ea6 7070ffff 2703ecca
    80081010 ff800000 c1200000 7fc00000 7f800000 00000000 00000000 7f800000 ff800000 7fc00000`,
  'f32x4.exp2Estimate': `00000000 3f800000 04050607 3f800000 8899aabb 3f800000 8fffffff 3f800000
    44556677 7f800000 ccddeeff 00000000 3f800000 40000000 3fc00000 40350000 3f8ccccd 40099000 3ff33333 406e0000
    bf800000 3f000000 bfc00000 3eb50000 bf8ccccd 3eee0000 bff33333 3e899000 41200000 44800000 c1200000 3a800000
    c1700000 38000000 41f00000 4e800000 c1a00000 35800000 7f800203 7fc00203`,
  'f32x4.log2Estimate': `00000000 ff800000 80081010 ff800000 04050607 c2ede200 08090a0b c2ddcb00
    0c0d0e0f c2cdb700 44556677 411bd600 00ffff00 c2fa0040 07070707 c2e1d600 12121212 c2b59dc0 12345678 c2b502c0
    11223344 c2b95240 55667788 422f6680 3f800000 00000000 3fc00000 3f160000 3f8ccccd 3e0f8000 3ff33333 3f6cc000
    41200000 40548000 41700000 4079f800 41a00000 408a4000 41f00000 409cfc00 04010203 c2edfa00 7070ffff 42c3d2c0
    c1200000 7fc00000 ff800000 7fc00000 7f800000 7f800000`,
};

test('estimates equal published results', (t) => {
  for (const [op, pairs] of Object.entries(MEASURED) as [VUnary, string][]) {
    const words = pairs.trim().split(/\s+/);
    t.true(words.length >= 40);
    for (let i = 0; i < words.length; i += 2) {
      const operand = Number.parseInt(words[i], 16);
      t.is(
        text(exact.v1(op, fromWords([operand, 0, 0, operand]), true)).slice(-8),
        words[i + 1],
        `${op} ${words[i]}`,
      );
    }
  }
});

test('estimates keep the bounds of the architecture', (t) => {
  const random = seedrandom('estimates');
  let [reciprocal, rsqrt, exponential, logarithm] = [0, 0, 0, 0];
  const estimate = (op: VUnary, bits: number) =>
    numberOf(word(exact.v1(op, fromWords([bits, 0, 0, 0]), true), 0));
  for (let i = 0; i < 20_000; i++) {
    const bits = 0x0080_0000 + Math.floor(random() * (0x7e80_0000 - 0x0080_0000));
    const x = numberOf(bits);
    reciprocal = Math.max(reciprocal, Math.abs(estimate('f32x4.reciprocalEstimate', bits) * x - 1));
    rsqrt = Math.max(rsqrt, Math.abs(estimate('f32x4.rsqrtEstimate', bits) * Math.sqrt(x) - 1));
    logarithm = Math.max(logarithm, Math.abs(estimate('f32x4.log2Estimate', bits) - Math.log2(x)));
    const power = Math.fround(random() * 252 - 126);
    const result = estimate('f32x4.exp2Estimate', bitsOf(power));
    exponential = Math.max(exponential, Math.abs(result / 2 ** power - 1));
  }
  t.true(reciprocal > 1e-5 && reciprocal <= 2 ** -12, `${reciprocal}`);
  t.true(rsqrt > 1e-5 && rsqrt <= 1.97e-4, `${rsqrt}`);
  t.true(exponential > 1e-3 && exponential <= 0.0052, `${exponential}`);
  t.true(logarithm > 1e-3 && logarithm <= 0.0063, `${logarithm}`);
  for (let n = -126; n < 128; n++) {
    t.is(estimate('f32x4.exp2Estimate', bitsOf(n)), 2 ** n);
    t.is(estimate('f32x4.log2Estimate', bitsOf(2 ** n)), n);
  }
});

test('estimates of denormals without NJ', (t) => {
  t.is(
    one('f32x4.rsqrtEstimate', '00400000 00000001 00200000 80000001', false),
    `5f34fd00 64b4fd00 5f7ff400 7fc00000`,
    '2^-127, 2^-149, 2^-128',
  );
  t.is(
    one('f32x4.reciprocalEstimate', '00400000 00000001 7e800000 7f000000', false),
    '7efff800 7f800000 007ffc00 003ffe00',
  );
  t.is(
    one('f32x4.exp2Estimate', 'c2fe0000 c3150000 c3160000 c3170000', false),
    '00400000 00000001 00000000 00000000',
    '2^-127, 2^-149, 2^-150',
  );
  t.is(
    one('f32x4.log2Estimate', '00400000 00000001 80000001 00200000', false),
    'c2fe0000 c3150000 7fc00000 c3000000',
  );
});
