import { bitsOf, DEFAULT_NAN, flush, isNaN32, magnitude, numberOf, quiet } from './exact-vector-float.js';
import { mapWords1 } from './exact-vector-lanes.js';

/**
 * The four estimates of the vector unit. The architecture gives error bounds only; these are the lines and
 * tables that published results of real hardware show (console measurements of vrsqrtefp and vlogefp by the
 * author of xenia-canary's versions; the generated cases of Xenia's instruction tests, all of which they
 * meet). What those results leave open is said at each function.
 */

const INFINITY = 0x7f80_0000;
const SIGN = 0x8000_0000;

/** A finite number other than zero as (1 + fraction / 2^23) * 2^(biased - 127); `biased` may lie below 1. */
function normalise(bits: number): { biased: number; fraction: number } {
  const biased = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7f_ffff;
  if (biased !== 0) return { biased, fraction };
  const shift = Math.clz32(fraction) - 8;
  return { biased: 1 - shift, fraction: (fraction << shift) & 0x7f_ffff };
}

/** Joins sign, any biased exponent and a fraction; a denormal result is cut, or becomes zero when `nj`. */
function assemble(sign: number, biased: number, fraction: number, nj: boolean): number {
  if (biased >= 255) return (sign | INFINITY) >>> 0;
  if (biased >= 1) return (sign | (biased << 23) | fraction) >>> 0;
  if (nj || biased < -22) return sign >>> 0;
  return (sign | ((0x80_0000 | fraction) >>> (1 - biased))) >>> 0;
}

/** Start and slope of 32 pieces of 2/x - 1 on 1 <= x < 2, in units of 2^-23 and 2^-23 for each 2^-14 of x. */
export const RECIPROCAL_PIECES: readonly (readonly [start: number, slope: number])[] = [
  [0x7ff800, 0x3e1],
  [0x783800, 0x3a7],
  [0x70ea00, 0x371],
  [0x6a0800, 0x340],
  [0x638800, 0x313],
  [0x5d6200, 0x2ea],
  [0x579000, 0x2c4],
  [0x520800, 0x2a0],
  [0x4cc800, 0x27f],
  [0x47ca00, 0x261],
  [0x430800, 0x245],
  [0x3e8000, 0x22a],
  [0x3a2c00, 0x212],
  [0x360800, 0x1fb],
  [0x321400, 0x1e5],
  [0x2e4a00, 0x1d1],
  [0x2aa800, 0x1be],
  [0x272c00, 0x1ac],
  [0x23d600, 0x19b],
  [0x209e00, 0x18b],
  [0x1d8800, 0x17c],
  [0x1a9000, 0x16e],
  [0x17ae00, 0x15b],
  [0x14f800, 0x15b],
  [0x124400, 0x143],
  [0x0fbe00, 0x143],
  [0x0d3800, 0x12d],
  [0x0ade00, 0x12d],
  [0x088400, 0x11a],
  [0x065000, 0x11a],
  [0x041c00, 0x108],
  [0x020c00, 0x106],
];

/**
 * vrefp: the reciprocal table of the PowerPC 7xx, read with nine bits between its points. Relative error
 * below 2^-12; note that 1/1 comes out as 3F7FF800. Denormal operands and results with NJ off are not known.
 */
function reciprocal(x: number, nj: boolean): number {
  const sign = x & SIGN;
  if (magnitude(x) === 0) return (sign | INFINITY) >>> 0;
  if (magnitude(x) === INFINITY) return sign >>> 0;
  const { biased, fraction } = normalise(x);
  const [start, slope] = RECIPROCAL_PIECES[fraction >>> 18];
  return assemble(sign, 253 - biased, start - slope * ((fraction >>> 9) & 511), nj);
}

/** Slope and start of 32 pieces of 1/sqrt: the first half for odd exponents, the second for even ones. */
export const RSQRT_PIECES: readonly (readonly [slope: number, start: number])[] = [
  [0x568, 0xb4fd],
  [0x4f3, 0xaf97],
  [0x48d, 0xaaa5],
  [0x435, 0xa618],
  [0x3e7, 0xa1e4],
  [0x3a2, 0x9dfe],
  [0x365, 0x9a5c],
  [0x32e, 0x96f8],
  [0x2fc, 0x93ca],
  [0x2d0, 0x90ce],
  [0x2a8, 0x8dfe],
  [0x283, 0x8b57],
  [0x261, 0x88d4],
  [0x243, 0x8673],
  [0x226, 0x8431],
  [0x20b, 0x820b],
  [0x3d2, 0x7ffa],
  [0x380, 0x7c29],
  [0x338, 0x78aa],
  [0x2f9, 0x7572],
  [0x2c2, 0x7279],
  [0x292, 0x6fb7],
  [0x266, 0x6d26],
  [0x23f, 0x6ac0],
  [0x21d, 0x6881],
  [0x1fd, 0x6665],
  [0x1e1, 0x6468],
  [0x1c7, 0x6287],
  [0x1af, 0x60c1],
  [0x199, 0x5f12],
  [0x185, 0x5d79],
  [0x173, 0x5bf4],
];

/** vrsqrtefp: the reciprocal square root table of the PowerPC 7xx. Relative error at most 1.96e-4. */
function reciprocalSquareRoot(x: number, nj: boolean): number {
  if (magnitude(x) === 0) return (x | INFINITY) >>> 0;
  if (x >= SIGN) return DEFAULT_NAN;
  if (x === INFINITY) return 0;
  const { biased, fraction } = normalise(x);
  const [slope, start] = RSQRT_PIECES[(biased & 1 ? 16 : 0) + (fraction >>> 19)];
  let value = (start << 10) - slope * ((fraction >>> 9) & 1023);
  let exponent = Math.floor((127 - biased) / 2);
  if (value < 1 << 25) {
    value <<= 1;
    exponent -= 1;
  }
  // Round to nearest even at bit 2, with bit 1 the half and bit 0 the rest.
  if ((value & 2) !== 0 && (value & 5) !== 0) value += 4;
  return assemble(0, exponent + 127, (value >>> 2) & 0x7f_ffff, nj);
}

/**
 * vexptefp: 2^f - 1 for f = k / 2048 as six straight lines, the largest of which counts, rounded up to 2^-11.
 * The lines mirror those of vlogefp and meet the published results, which are few: each line's end points and
 * the rounding are inferred, as is the cut of the operand to 23 fraction bits. Exact for integers; relative
 * error at most 0.0052 (the architecture allows 1/16).
 */
function exponential(x: number, nj: boolean): number {
  const value = numberOf(x);
  if (value >= 128) return INFINITY;
  if (value < -150) return 0;
  const fixed = Math.trunc(value * 2 ** 23);
  const integer = Math.floor(fixed / 2 ** 23);
  const k = Math.floor(fixed / 2 ** 12) - 2048 * integer;
  const eighths = Math.max(6 * k, 7 * k - 512, 8 * k - 1408, 9 * k - 2688, 10 * k - 4352, 12 * k - 8192);
  return assemble(0, integer + 127, ((eighths + 7) >> 3) << 12, nj);
}

/**
 * vlogefp: e + log2(1 + f) for f cut to k / 2048, as six straight lines, the smallest of which counts,
 * rounded down to 2^-11 (the two flattest lines lie an eighth of that lower). Exact for powers of two;
 * absolute error at most 0.0063 (the architecture allows 1/32).
 */
function logarithm(x: number): number {
  if (magnitude(x) === 0) return 0xff80_0000;
  if (x >= SIGN) return DEFAULT_NAN;
  if (x === INFINITY) return INFINITY;
  const { biased, fraction } = normalise(x);
  const k = fraction >>> 12;
  const eighths = Math.min(12 * k, 10 * k + 256, 9 * k + 640, 8 * k + 1408, 7 * k + 2559, 6 * k + 4095);
  return bitsOf(biased - 127 + (eighths >> 3) / 2048);
}

const estimates = {
  'f32x4.reciprocalEstimate': reciprocal,
  'f32x4.rsqrtEstimate': reciprocalSquareRoot,
  'f32x4.exp2Estimate': exponential,
  'f32x4.log2Estimate': logarithm,
};

export function estimate(op: keyof typeof estimates, a: Uint8Array, nj: boolean): Uint8Array {
  return mapWords1(a, (x) => (isNaN32(x) ? quiet(x) : estimates[op](flush(x, nj), nj)));
}
