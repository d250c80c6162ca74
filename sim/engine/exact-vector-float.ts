import { fromWords, mapWords1, mapWords2, mapWords3, word } from './exact-vector-lanes.js';
import { fma32Bits } from './fma32.js';

/**
 * Single-precision arithmetic of the vector unit, on bits.
 *
 * Rounding is to nearest even. `nj` is VSCR[NJ]: denormal operands then count as zeros of their sign, and a
 * result whose exact value lies below 2^-126 becomes a zero of its sign even where rounding would have lifted
 * it to 2^-126 (the PowerPC tells tiny before rounding). The first NaN operand comes out quiet; an invalid
 * operation gives 7FC00000. Source: AltiVec technology manual, section 3.2; Power ISA book I, section "Vector
 * Floating-Point".
 *
 * Host doubles carry it exactly: a product of two singles fits a double, and a sum or quotient rounded to 53
 * digits and then to 24 is the once-rounded one (53 >= 2 * 24 + 2).
 */

const QUIET = 0x40_0000;
const MAGNITUDE = 0x7fff_ffff;
const INFINITY = 0x7f80_0000;
const SMALLEST_NORMAL = 0x80_0000;
export const DEFAULT_NAN = 0x7fc0_0000;

const bitsCell = new Uint32Array(1);
const floatCell = new Float32Array(bitsCell.buffer);

/** The number that 32 bits stand for. Never use it to carry a NaN: hosts may change its payload. */
export function numberOf(bits: number): number {
  bitsCell[0] = bits;
  return floatCell[0];
}

/** Bits of a number rounded to single; every NaN gives 7FC00000. */
export function bitsOf(value: number): number {
  if (Number.isNaN(value)) return DEFAULT_NAN;
  floatCell[0] = value;
  return bitsCell[0];
}

export const isNaN32 = (bits: number): boolean => (bits & MAGNITUDE) > INFINITY;
export const quiet = (bits: number): number => (bits | QUIET) >>> 0;
export const magnitude = (bits: number): number => bits & MAGNITUDE;

/** A denormal becomes a zero of its sign when `nj`. */
export function flush(bits: number, nj: boolean): number {
  return nj && (bits & MAGNITUDE) < SMALLEST_NORMAL ? (bits & 0x8000_0000) >>> 0 : bits;
}

/**
 * Rounds a double that is exact, or has been rounded only where that is harmless, to the bits of a result.
 */
function roundResult(value: number, nj: boolean): number {
  if (nj && Math.abs(value) < 2 ** -126) return bitsOf(value < 0 || Object.is(value, -0) ? -0 : 0);
  return bitsOf(value);
}

type Word2 = (a: number, b: number) => number;

/** An operation on numbers with the vector unit's treatment of NaNs and denormals. */
const arithmetic =
  (f: (x: number, y: number) => number) =>
  (nj: boolean): Word2 =>
  (a, b) => {
    if (isNaN32(a)) return quiet(a);
    if (isNaN32(b)) return quiet(b);
    return roundResult(f(numberOf(flush(a, nj)), numberOf(flush(b, nj))), nj);
  };

/**
 * Picks one of two operands; `join` joins the bits of equal ones, which differ only if they are +0 and -0.
 */
const pick =
  (firstWins: (x: number, y: number) => boolean, join: Word2) =>
  (nj: boolean): Word2 =>
  (a, b) => {
    if (isNaN32(a)) return quiet(a);
    if (isNaN32(b)) return quiet(b);
    const x = flush(a, nj);
    const y = flush(b, nj);
    if (numberOf(x) === numberOf(y)) return join(x, y);
    return firstWins(numberOf(x), numberOf(y)) ? x : y;
  };

const compare =
  (f: (x: number, y: number) => number) =>
  (nj: boolean): Word2 =>
  (a, b) =>
    f(numberOf(flush(a, nj)), numberOf(flush(b, nj)));

const binary = {
  'f32x4.add': arithmetic((x, y) => x + y),
  'f32x4.sub': arithmetic((x, y) => x - y),
  'f32x4.mul': arithmetic((x, y) => x * y),
  'f32x4.max': pick(
    (x, y) => x > y,
    (x, y) => x & y,
  ),
  'f32x4.min': pick(
    (x, y) => x < y,
    (x, y) => x | y,
  ),
  'f32x4.cmpeq': compare((x, y) => (x === y ? -1 : 0)),
  'f32x4.cmpge': compare((x, y) => (x >= y ? -1 : 0)),
  'f32x4.cmpgt': compare((x, y) => (x > y ? -1 : 0)),
  // Bits 31 and 30: above the bound, below minus the bound; a NaN is both.
  'f32x4.cmpb': compare((x, y) => (x <= y ? 0 : 0x8000_0000) + (x >= -y ? 0 : 0x4000_0000)),
};

export function floatBinary(op: keyof typeof binary, a: Uint8Array, b: Uint8Array, nj: boolean): Uint8Array {
  return mapWords2(a, b, binary[op](nj));
}

/** a*c + b for one lane, rounded once; NaN order a, b, c. */
function fuse(a: number, c: number, b: number, nj: boolean): number {
  const x = flush(a, nj);
  const y = flush(c, nj);
  const z = flush(b, nj);
  const result = fma32Bits(x, y, z);
  const size = magnitude(result);
  if (!nj || size === 0 || size > SMALLEST_NORMAL) return result;
  if (size < SMALLEST_NORMAL) return flush(result, true);
  // 2^-126 may have been reached by rounding up. |total| has the sign of the sum; the error says where the
  // sum lies.
  const product = numberOf(x) * numberOf(y);
  const addend = numberOf(z);
  const total = product + addend;
  const virtual = total - product;
  const error = product - (total - virtual) + (addend - virtual);
  const excess = Math.abs(total) - 2 ** -126 + (total < 0 ? -error : error);
  return excess < 0 ? (result & 0x8000_0000) >>> 0 : result;
}

/** vmaddfp: a*c + b. Operand order A, C, B as in the assembler syntax `vmaddfp vD,vA,vC,vB`. */
export function vmadd(a: Uint8Array, c: Uint8Array, b: Uint8Array, nj: boolean): Uint8Array {
  return mapWords3(a, c, b, (x, y, z) => fuse(x, y, z, nj));
}

/** vnmsubfp: -(a*c - b); the sign is flipped after rounding, and never a NaN's. */
export function vnmsub(a: Uint8Array, c: Uint8Array, b: Uint8Array, nj: boolean): Uint8Array {
  return mapWords3(a, c, b, (x, y, z) => {
    const result = fuse(x, y, isNaN32(z) ? z : (z ^ 0x8000_0000) >>> 0, nj);
    return isNaN32(result) ? result : (result ^ 0x8000_0000) >>> 0;
  });
}

/** A term of a dot product: a finite or infinite double, or the bits of a NaN. */
type Term = { readonly value: number; readonly nan: number };

const term = (value: number): Term => ({ value, nan: Number.isNaN(value) ? DEFAULT_NAN : 0 });
const plus = (p: Term, q: Term): Term => (p.nan ? p : q.nan ? q : term(p.value + q.value));

/**
 * vmsum3fp128, vmsum4fp128: all words are the sum of the first `terms` products. The console's inner order
 * and width are not public; this is the model that public tests agree with: operands flushed, products
 * (exact) and sums in double precision as (p0 + p2) + p1 or (p0 + p2) + (p1 + p3), one rounding to single, a
 * finite sum that overflows gives 7FC00000, a result that comes out denormal becomes a zero of its sign. NJ
 * plays no part.
 */
export function dot(terms: 3 | 4, a: Uint8Array, b: Uint8Array): Uint8Array {
  const products = [0, 1, 2, 3].map((i): Term => {
    const x = word(a, i);
    const y = word(b, i);
    if (isNaN32(x)) return { value: Number.NaN, nan: quiet(x) };
    if (isNaN32(y)) return { value: Number.NaN, nan: quiet(y) };
    return term(numberOf(flush(x, true)) * numberOf(flush(y, true)));
  });
  const [p0, p1, p2, p3] = products;
  const sum = plus(plus(p0, p2), terms === 3 ? p1 : plus(p1, p3));
  let bits = sum.nan || flush(bitsOf(sum.value), true);
  if (magnitude(bits) === INFINITY && Number.isFinite(sum.value)) bits = DEFAULT_NAN;
  return fromWords([bits, bits, bits, bits]);
}

const roundNearest = (x: number): number => {
  const size = Math.abs(x);
  if (size >= 2 ** 23) return x;
  const rounded = size + 2 ** 52 - 2 ** 52;
  return x < 0 || Object.is(x, -0) ? -rounded : rounded;
};

const roundings = {
  'f32x4.roundNearest': roundNearest,
  'f32x4.roundZero': Math.trunc,
  'f32x4.roundPlus': Math.ceil,
  'f32x4.roundMinus': Math.floor,
};

export function roundToIntegral(op: keyof typeof roundings, a: Uint8Array, nj: boolean): Uint8Array {
  return mapWords1(a, (x) => (isNaN32(x) ? quiet(x) : bitsOf(roundings[op](numberOf(flush(x, nj))))));
}

/**
 * vctsxs, vctuxs: value * 2^scale truncated to an integer word and saturated; a NaN gives 0 and does not
 * count as saturated. (Denormals truncate to 0 either way, so NJ plays no part.)
 */
export function vtoInt(
  a: Uint8Array,
  scale: number,
  signed: boolean,
): { value: Uint8Array; saturated: number } {
  const low = signed ? -(2 ** 31) : 0;
  const high = signed ? 2 ** 31 - 1 : 2 ** 32 - 1;
  let saturated = 0;
  const value = mapWords1(a, (bits) => {
    if (isNaN32(bits)) return 0;
    const exact = Math.trunc(numberOf(bits) * 2 ** scale);
    if (exact >= low && exact <= high) return exact;
    saturated = 1;
    return exact < low ? low : high;
  });
  return { value, saturated };
}

/** vcfsx, vcfux: an integer word / 2^scale, rounded to nearest even. */
export function vfromInt(a: Uint8Array, scale: number, signed: boolean): Uint8Array {
  return mapWords1(a, (bits) => bitsOf((signed ? bits | 0 : bits) * 2 ** -scale));
}
