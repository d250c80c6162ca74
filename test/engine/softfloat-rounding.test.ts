import test from 'ava';
import seedrandom from 'seedrandom';
import { OX, type RoundingMode, UX } from '../../sim/engine/fpscr.js';
import * as soft from '../../sim/engine/softfloat.js';
import type { RoundTo } from '../../sim/isa/semantics.js';
import { bitsOf } from '../support/float-bits.js';
import { randomDouble } from '../support/random-values.js';

/** The value of a finite double as a whole number of 2^-1074. */
function scaled(bits: bigint): bigint {
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const magnitude = biased === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(biased - 1);
  return bits >> 63n ? -magnitude : magnitude;
}

/**
 * Checks a rounded result against the exact value `numerator / denominator` (in units of 2^-1074, denominator
 * positive) without sharing code with the engine: the result is a number of the format, no number of the
 * format lies between it and the exact value on the wrong side, and it is the one the rounding mode asks for.
 */
function isRounded(
  bits: bigint,
  numerator: bigint,
  denominator: bigint,
  to: RoundTo,
  mode: RoundingMode,
): boolean {
  const digits = to === 'double' ? 53 : 24;
  const unit = to === 'double' ? 0 : 1074 - 149;
  const limit = 1n << BigInt(1074 + (to === 'double' ? 1024 : 128));
  const magnitude = numerator < 0n ? -numerator : numerator;
  // Neighbours in the format around |exact|, as whole numbers of 2^-1074.
  const whole = magnitude / denominator;
  const spacing = 1n << BigInt(Math.max(whole.toString(2).length - digits, unit));
  const low = (whole / spacing) * spacing;
  const exact = low * denominator === magnitude;
  const high = exact ? low : low + spacing;
  const negative = numerator < 0n;
  let want: bigint;
  if (mode === 1) want = low;
  else if (mode >= 2) want = negative === (mode === 3) ? high : low;
  else {
    const twice = 2n * magnitude;
    const middle = (low + high) * denominator;
    if (twice !== middle) want = twice < middle ? low : high;
    else want = (low / spacing) % 2n === 0n ? low : high;
  }
  if (want >= limit) {
    const infinite = (bits & ~(1n << 63n)) === 0x7ffn << 52n;
    const away = mode === 0 || (mode >= 2 && negative === (mode === 3));
    return away ? infinite : !infinite && scaled(bits & ~(1n << 63n)) === limit - (limit >> BigInt(digits));
  }
  return scaled(bits) === (negative ? -want : want);
}

const finite = (bits: bigint) => (bits & (0x7ffn << 52n)) !== 0x7ffn << 52n;
const MODES: RoundingMode[] = [0, 1, 2, 3];

test('fused multiply-add equals one rounding of the exact rational', (t) => {
  const random = seedrandom.alea('fma');
  let count = 0;
  for (let i = 0; i < 6000; i++) {
    const [a, c, b] = [randomDouble(random), randomDouble(random), randomDouble(random)];
    if (![a, b, c].every(finite)) continue;
    // In units of 2^-2148, so that the product is whole.
    const exact = scaled(a) * scaled(c) + (scaled(b) << 1074n);
    if (exact === 0n) continue;
    count++;
    for (const to of ['double', 'single'] as const) {
      const mode = MODES[i & 3];
      const { bits } = soft.multiplyAdd(a, c, b, to, mode, { subtract: false, negate: false });
      if (!isRounded(bits, exact, 1n << 1074n, to, mode)) {
        t.fail(
          `${a.toString(16)} * ${c.toString(16)} + ${b.toString(16)} to ${to} mode ${mode}: ${bits.toString(16)}`,
        );
        return;
      }
    }
  }
  t.true(count > 3000, `${count} cases`);
});

test('add, multiply and divide equal one rounding of the exact rational', (t) => {
  const random = seedrandom.alea('basic');
  let count = 0;
  for (let i = 0; i < 6000; i++) {
    const [a, b] = [randomDouble(random), randomDouble(random)];
    if (!finite(a) || !finite(b)) continue;
    const mode = MODES[i & 3];
    for (const to of ['double', 'single'] as const) {
      const [x, y] = [scaled(a), scaled(b)];
      const results: [string, bigint, bigint, bigint][] = [
        ['add', soft.add(a, b, to, mode).bits, x + y, 1n],
        ['subtract', soft.subtract(a, b, to, mode).bits, x - y, 1n],
        ['multiply', soft.multiply(a, b, to, mode).bits, x * y, 1n << 1074n],
        [
          'divide',
          y === 0n ? 0n : soft.divide(a, b, to, mode).bits,
          (y < 0n ? -x : x) << 1074n,
          y < 0n ? -y : y,
        ],
      ];
      for (const [name, bits, numerator, denominator] of results) {
        if (numerator === 0n || denominator === 0n) continue;
        count++;
        if (!isRounded(bits, numerator, denominator, to, mode)) {
          t.fail(`${name} ${a.toString(16)}, ${b.toString(16)} to ${to} mode ${mode}: ${bits.toString(16)}`);
          return;
        }
      }
    }
  }
  t.true(count > 20_000, `${count} results`);
});

test('a single result of double operands is rounded once', (t) => {
  // 1 + 2^-24 lies halfway between two singles; 2^-60 more must decide, which a rounding to double forgets.
  const nearlyHalf = bitsOf(1 + 2 ** -24);
  t.is(soft.add(nearlyHalf, bitsOf(2 ** -60), 'single', 0).bits, bitsOf(1 + 2 ** -23));
  t.is(soft.add(nearlyHalf, bitsOf(-(2 ** -60)), 'single', 0).bits, bitsOf(1));
  t.is(soft.add(nearlyHalf, 0n, 'single', 0).bits, bitsOf(1));
});

test('square roots lie between the roots of their neighbours', (t) => {
  const random = seedrandom.alea('root');
  for (let i = 0; i < 3000; i++) {
    const b = randomDouble(random) & ~(1n << 63n);
    if (!finite(b) || b === 0n) continue;
    for (const [to, mode] of [
      ['double', 2],
      ['double', 3],
      ['single', 1],
      ['single', 2],
    ] as const) {
      const { bits, flags } = soft.squareRoot(b, to, mode);
      if (flags & (OX | UX)) continue;
      const root = scaled(bits);
      // root^2 in units of 2^-2148 against b; one unit in the last place steps over it.
      const digits = to === 'double' ? 53 : 24;
      const step = 1n << BigInt(Math.max(root.toString(2).length - digits, to === 'double' ? 0 : 925));
      const target = scaled(b) << 1074n;
      const good =
        mode === 2
          ? root * root >= target && (root - step) * (root - step) < target
          : root * root <= target && (root + step) * (root + step) > target;
      if (!good) {
        t.fail(`root of ${b.toString(16)} to ${to} mode ${mode}`);
        return;
      }
    }
  }
  t.pass();
});
