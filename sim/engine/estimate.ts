import { OX, UX, VXSQRT, ZX } from './fpscr.js';
import { DEFAULT_NAN, divide, type FloatResult, isNaNBits, multiply } from './softfloat.js';

/**
 * The scalar estimates. Both hold the architecture's bounds (fres 1/256, frsqrte 1/32), and their results
 * keep only eight fraction bits, so that code which leaves out a refinement step shows it.
 *
 * frsqrte: fraction bits of the result by (exponent even, top three fraction bits), as measured on a console
 * and published by the Xenia project. fres: no table is public; the model is the least estimate that holds
 * the bound over the operand's 1/256 interval, which gives the two values that are published (1 and 2^31 -
 * 1).
 */
const RSQRT_FRACTIONS = [241, 216, 192, 168, 152, 136, 128, 112, 96, 76, 60, 48, 32, 24, 16, 8];

const SIGN = 1n << 63n;
const INFINITY_BITS = 0x7ffn << 52n;
const ONE = 0x3ffn << 52n;

/** Biased exponent and fraction of a positive or negative finite nonzero double, denormals made normal. */
function normalise(bits: bigint): { exponent: number; fraction: bigint } {
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  if (exponent !== 0) return { exponent, fraction };
  const shift = 53 - fraction.toString(2).length;
  return { exponent: 1 - shift, fraction: (fraction << BigInt(shift)) & ((1n << 52n) - 1n) };
}

/** fres: a single as a double's bits. */
export function reciprocalEstimate(b: bigint): FloatResult {
  const sign = b & SIGN;
  const magnitude = b & ~SIGN;
  if (isNaNBits(b) || magnitude === INFINITY_BITS) return divide(ONE, b, 'single', 0);
  if (magnitude === 0n) return { bits: sign | INFINITY_BITS, flags: ZX };
  const { exponent, fraction } = normalise(b);
  const interval = Number(fraction >> 44n);
  const estimate = Math.ceil((255 * 512) / (256 + interval)) - 256;
  // 2^(1022 - exponent) may lie outside a double's range; two factors of half that exponent do not.
  const power = 2045 - exponent - 1023;
  const half = Math.trunc(power / 2);
  const low = sign | (BigInt(half + 1023) << 52n) | (BigInt(estimate) << 44n);
  const result = multiply(low, BigInt(power - half + 1023) << 52n, 'single', 0);
  return { bits: result.bits, flags: result.flags & (OX | UX) };
}

/** frsqrte: a double. */
export function rsqrtEstimate(b: bigint): FloatResult {
  if (isNaNBits(b)) return divide(b, ONE, 'double', 0);
  if ((b & ~SIGN) === 0n) return { bits: b | INFINITY_BITS, flags: ZX };
  if (b >= SIGN) return { bits: DEFAULT_NAN, flags: VXSQRT };
  if (b === INFINITY_BITS) return { bits: 0n, flags: 0 };
  const { exponent, fraction } = normalise(b);
  const index = (((exponent & 1) << 3) | Number(fraction >> 49n)) ^ 8;
  const half = 1022 - ((exponent - 1023) >> 1);
  return { bits: (BigInt(half) << 52n) | (BigInt(RSQRT_FRACTIONS[index]) << 44n), flags: 0 };
}
