import { bitsOf, DEFAULT_NAN, flush, isNaN32, magnitude, numberOf, quiet, roundResult } from './exact-vector-float.js';
import { mapWords1 } from './exact-vector-lanes.js';

/**
 * The four estimates of the vector unit. The architecture gives error bounds only; each function below is this
 * machine's choice, made of plain IEEE operations so that every host gives the same bits.
 */

const INFINITY = 0x7f80_0000;
const SIGN = 0x8000_0000;

/**
 * vrefp: 1/x rounded to single, of which the first 12 fraction bits are kept: no better than the relative error of
 * 2^-12 that the architecture promises, so code that forgets its Newton step shows it here too.
 */
function reciprocal(x: number, nj: boolean): number {
  return (roundResult(1 / numberOf(x), nj) & 0xffff_f800) >>> 0;
}

/** Slope and base of 32 pieces of 1/sqrt: the first half for odd exponents, the second for even ones. */
const RSQRT_PIECES: readonly (readonly [slope: number, base: number])[] = [
  [0x568, 0xb4fd], [0x4f3, 0xaf97], [0x48d, 0xaaa5], [0x435, 0xa618],
  [0x3e7, 0xa1e4], [0x3a2, 0x9dfe], [0x365, 0x9a5c], [0x32e, 0x96f8],
  [0x2fc, 0x93ca], [0x2d0, 0x90ce], [0x2a8, 0x8dfe], [0x283, 0x8b57],
  [0x261, 0x88d4], [0x243, 0x8673], [0x226, 0x8431], [0x20b, 0x820b],
  [0x3d2, 0x7ffa], [0x380, 0x7c29], [0x338, 0x78aa], [0x2f9, 0x7572],
  [0x2c2, 0x7279], [0x292, 0x6fb7], [0x266, 0x6d26], [0x23f, 0x6ac0],
  [0x21d, 0x6881], [0x1fd, 0x6665], [0x1e1, 0x6468], [0x1c7, 0x6287],
  [0x1af, 0x60c1], [0x199, 0x5f12], [0x185, 0x5d79], [0x173, 0x5bf4],
];

/** A positive finite number as exponent e and the 23 bits below the leading one: (1 + fraction/2^23) * 2^e. */
function normalise(bits: number): { exponent: number; fraction: number } {
  let biased = bits >>> 23;
  let fraction = bits & 0x7f_ffff;
  if (biased === 0) {
    const shift = Math.clz32(fraction) - 8;
    fraction = (fraction << shift) & 0x7f_ffff;
    biased = 1 - shift;
  }
  return { exponent: biased - 127, fraction };
}

/** vrsqrtefp: the piecewise linear table of the PowerPC 7xx and later cores, as the console's emulators found it. */
function reciprocalSquareRoot(x: number): number {
  if (magnitude(x) === 0) return (x | INFINITY) >>> 0;
  if (x >= SIGN) return DEFAULT_NAN;
  if (x === INFINITY) return 0;
  const { exponent, fraction } = normalise(x);
  const [slope, base] = RSQRT_PIECES[(exponent & 1 ? 0 : 16) + (fraction >>> 19)];
  let value = (base << 10) - slope * ((fraction >>> 9) & 1023);
  let resultExponent = Math.floor(-exponent / 2);
  while (value < 1 << 25) {
    value <<= 1;
    resultExponent -= 1;
  }
  // Round to nearest even at bit 2, with bit 1 the half and bit 0 the rest.
  if ((value & 2) !== 0 && (value & 5) !== 0) value += 4;
  return ((resultExponent + 127) << 23) | ((value >>> 2) & 0x7f_ffff);
}

/**
 * vexptefp: 2^n * (1 + f) with n = floor(x), f = x - n, the fraction cut to 23 bits. Exact for integral x; the
 * relative error is at most 0.0615 (the architecture allows 1/16).
 */
function exponential(x: number, nj: boolean): number {
  const value = numberOf(x);
  if (value >= 128) return INFINITY;
  if (value < -126) {
    if (nj || value < -149) return 0;
    const n = Math.floor(value);
    return Math.floor((1 + (value - n)) * 2 ** (n + 149));
  }
  return Math.floor(value * 2 ** 23) + (127 << 23);
}

/**
 * vlogefp: e + f + 11/32 * f * (1 - f) for (1 + f) * 2^e, every step rounded to single. Exact for powers of two;
 * the absolute error is at most 0.0083 (the architecture allows 1/32).
 */
function logarithm(x: number): number {
  if (magnitude(x) === 0) return 0xff80_0000;
  if (x >= SIGN) return DEFAULT_NAN;
  if (x === INFINITY) return INFINITY;
  const { exponent, fraction } = normalise(x);
  const f = fraction * 2 ** -23;
  const bend = Math.fround(Math.fround(f * (1 - f)) * 0.34375);
  return bitsOf(exponent + Math.fround(f + bend));
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
