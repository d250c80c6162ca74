import test from 'ava';
import { fma32Bits } from '../../sim/engine/fma32.js';
import {
  FI,
  FR,
  OX,
  type RoundingMode,
  UX,
  VXIDI,
  VXIMZ,
  VXISI,
  VXSNAN,
  VXSQRT,
  VXZDZ,
  XX,
  ZX,
} from '../../sim/engine/fpscr.js';
import * as soft from '../../sim/engine/softfloat.js';
import { bitsOf } from '../support/float-bits.js';

const MODES: RoundingMode[] = [0, 1, 2, 3];

test('the first NaN in the order A, B, C comes out quiet', (t) => {
  const [qa, qb, qc] = [0x7ff8_0000_0000_00aan, 0xfff8_0000_0000_00bbn, 0x7ff8_0000_0000_00ccn];
  const signalling = 0x7ff0_0000_0000_00ddn;
  const one = bitsOf(1);
  const fma = (a: bigint, c: bigint, b: bigint, negate = false) =>
    soft.multiplyAdd(a, c, b, 'double', 0, { subtract: false, negate });
  t.deepEqual(soft.add(qa, qb, 'double', 0), { bits: qa, flags: 0 });
  t.deepEqual(soft.subtract(one, qb, 'double', 0), { bits: qb, flags: 0 });
  t.is(fma(one, qc, qb).bits, qb);
  t.is(fma(one, qc, one).bits, qc);
  t.is(fma(qa, qc, qb, true).bits, qa);
  t.deepEqual(fma(one, one, signalling), { bits: 0x7ff8_0000_0000_00ddn, flags: VXSNAN });
  t.deepEqual(soft.roundToSingle(0x7ff8_1234_5678_9abcn, 0), { bits: 0x7ff8_1234_4000_0000n, flags: 0 });
  t.is(fma32Bits(0x3f80_0000, 0x7fc0_00cc, 0xffc0_00bb), 0xffc0_00bb);
  t.is(fma32Bits(0x7f80_00aa, 0x7fc0_00cc, 0xffc0_00bb), 0x7fc0_00aa);
  t.is(fma32Bits(0x7f80_0000, 0, 0x3f80_0000), 0x7fc0_0000);
});

test('invalid operations give the default NaN and name themselves', (t) => {
  const [zero, infinity, one] = [0n, bitsOf(Infinity), bitsOf(1)];
  const minus = (bits: bigint) => bits | (1n << 63n);
  const nan = soft.DEFAULT_NAN;
  const plain = { subtract: false, negate: false };
  t.deepEqual(soft.add(infinity, minus(infinity), 'double', 0), { bits: nan, flags: VXISI });
  t.deepEqual(soft.subtract(infinity, infinity, 'double', 0), { bits: nan, flags: VXISI });
  t.deepEqual(soft.multiply(infinity, zero, 'double', 0), { bits: nan, flags: VXIMZ });
  t.deepEqual(soft.divide(infinity, infinity, 'double', 0), { bits: nan, flags: VXIDI });
  t.deepEqual(soft.divide(zero, zero, 'double', 0), { bits: nan, flags: VXZDZ });
  t.deepEqual(soft.divide(minus(one), zero, 'double', 0), { bits: minus(infinity), flags: ZX });
  t.deepEqual(soft.squareRoot(minus(one), 'double', 0), { bits: nan, flags: VXSQRT });
  t.deepEqual(soft.squareRoot(minus(zero), 'double', 0), { bits: minus(zero), flags: 0 });
  t.deepEqual(soft.multiplyAdd(infinity, zero, one, 'double', 0, plain), { bits: nan, flags: VXIMZ });
  t.deepEqual(soft.multiplyAdd(infinity, one, minus(infinity), 'double', 0, plain), {
    bits: nan,
    flags: VXISI,
  });
  t.deepEqual(soft.multiplyAdd(infinity, zero, nan | 1n, 'double', 0, plain), {
    bits: nan | 1n,
    flags: VXIMZ,
  });
});

test('zero sums, overflow and underflow follow the rounding mode', (t) => {
  const [one, huge, tiny] = [bitsOf(1), bitsOf(Number.MAX_VALUE), 1n];
  const minus = (bits: bigint) => bits | (1n << 63n);
  const sums = MODES.map((mode) => soft.add(one, minus(one), 'double', mode).bits);
  t.deepEqual(sums, [0n, 0n, 0n, minus(0n)]);
  const infinity = bitsOf(Infinity);
  const doubled = MODES.map((mode) => soft.add(huge, huge, 'double', mode));
  t.deepEqual(
    doubled.map(({ bits }) => bits),
    [infinity, huge, infinity, huge],
  );
  t.deepEqual(
    doubled.map(({ flags }) => flags),
    [OX | XX | FI | FR, OX | XX | FI, OX | XX | FI | FR, OX | XX | FI],
  );
  const halved = MODES.map((mode) => soft.multiply(tiny, bitsOf(0.5), 'double', mode));
  t.deepEqual(
    halved.map(({ bits }) => bits),
    [0n, 0n, 1n, 0n],
  );
  t.true(halved.every(({ flags }) => (flags & (UX | XX | FI)) === (UX | XX | FI)));
  // Tiny but exact: no underflow.
  t.deepEqual(soft.add(tiny, tiny, 'double', 0), { bits: 2n, flags: 0 });
});
