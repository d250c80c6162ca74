import type { RoundTo } from '../isa/semantics.js';
import {
  FI,
  FR,
  OX,
  type RoundingMode,
  UX,
  VXCVI,
  VXIDI,
  VXIMZ,
  VXISI,
  VXSNAN,
  VXSQRT,
  VXZDZ,
  XX,
  ZX,
} from './fpscr.js';

/**
 * Exact scalar arithmetic on the bits of IEEE doubles with PowerPC's rules: every operation rounds its exact
 * result once, to double or to single precision (a single stands in a register as a double); a NaN operand
 * gives the first NaN in the order frA, frB, frC made quiet, an invalid operation gives 7FF8000000000000; an
 * underflow is tiny before rounding (Power ISA Book I, chapter "Floating-Point Facility"). Results under
 * enabled exceptions (VE, OE, UE, ZE) are those of disabled ones.
 */

/** The bits of the resulting double and the FPSCR bits (exceptions, FR, FI) that the operation raises. */
export interface FloatResult {
  readonly bits: bigint;
  readonly flags: number;
}

export { fma32Bits } from './fma32.js';

export const DEFAULT_NAN = 0x7ff8_0000_0000_0000n;
const SIGN = 0x8000_0000_0000_0000n;
const INFINITY_BITS = 0x7ff0_0000_0000_0000n;
const QUIET = 0x0008_0000_0000_0000n;
const FRACTION = 0x000f_ffff_ffff_ffffn;
const HIDDEN = 0x0010_0000_0000_0000n;

const PRECISION = {
  double: { digits: 53, least: -1074, normal: -1022, limit: 1024 },
  single: { digits: 24, least: -149, normal: -126, limit: 128 },
} as const;

/** A finite number (-1)^negative * significand * 2^exponent; zero has significand 0. */
interface Finite {
  readonly negative: boolean;
  readonly significand: bigint;
  readonly exponent: number;
}

export const isNaNBits = (bits: bigint): boolean => (bits & ~SIGN) > INFINITY_BITS;
const isSignalling = (bits: bigint): boolean => isNaNBits(bits) && (bits & QUIET) === 0n;
const isInfinite = (bits: bigint): boolean => (bits & ~SIGN) === INFINITY_BITS;
const isZero = (bits: bigint): boolean => (bits & ~SIGN) === 0n;
const isNegative = (bits: bigint): boolean => bits >= SIGN;
const signOf = (negative: boolean): bigint => (negative ? SIGN : 0n);
const exact = (bits: bigint, flags = 0): FloatResult => ({ bits, flags });

function unpack(bits: bigint): Finite {
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & FRACTION;
  return {
    negative: isNegative(bits),
    significand: biased === 0 ? fraction : fraction | HIDDEN,
    exponent: biased === 0 ? -1074 : biased - 1075,
  };
}

/** Number of binary digits of a positive integer. */
function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return hex.length * 4 - (Math.clz32(Number.parseInt(hex[0], 16)) - 28);
}

/** A positive integer of at most 53 digits times 2^exponent, representable as a double, packed. */
function pack(negative: boolean, significand: bigint, exponent: number): bigint {
  const length = bitLength(significand);
  const biased = exponent + length - 1 + 1023;
  if (biased <= 0) return signOf(negative) | (significand << BigInt(exponent + 1074));
  return signOf(negative) | (BigInt(biased) << 52n) | ((significand << BigInt(53 - length)) & FRACTION);
}

/** Rounds a nonzero exact value once. `significand` may have any length. */
function roundFinite(value: Finite, to: RoundTo, mode: RoundingMode): FloatResult {
  const { digits, least, normal, limit } = PRECISION[to];
  const { negative, significand, exponent } = value;
  const leading = exponent + bitLength(significand) - 1;
  let quantum = Math.max(leading - digits + 1, least);
  const shift = quantum - exponent;
  let kept = shift <= 0 ? significand << BigInt(-shift) : significand >> BigInt(shift);
  let inexact = false;
  let up = false;
  if (shift > 0) {
    const twice = (significand - (kept << BigInt(shift))) * 2n;
    const unit = 1n << BigInt(shift);
    inexact = twice !== 0n;
    if (mode === 0) up = twice > unit || (twice === unit && (kept & 1n) === 1n);
    else if (mode >= 2) up = inexact && negative === (mode === 3);
    if (up) kept += 1n;
    if (kept >> BigInt(digits) !== 0n) {
      kept >>= 1n;
      quantum += 1;
    }
  }
  if (kept !== 0n && quantum + bitLength(kept) > limit) {
    const toInfinity = mode === 0 || (mode >= 2 && negative === (mode === 3));
    const largest = pack(negative, (1n << BigInt(digits)) - 1n, limit - digits);
    const flags = OX | XX | FI | (toInfinity ? FR : 0);
    return exact(toInfinity ? signOf(negative) | INFINITY_BITS : largest, flags);
  }
  const flags = inexact ? XX | FI | (up ? FR : 0) | (leading < normal ? UX : 0) : 0;
  return exact(kept === 0n ? signOf(negative) : pack(negative, kept, quantum), flags);
}

/**
 * The first NaN of the operands made quiet, or null. `also` are invalid-operation flags that a NaN does not
 * hide.
 */
function propagate(operands: readonly bigint[], also = 0): FloatResult | null {
  const first = operands.find(isNaNBits);
  if (first === undefined) return null;
  return exact(first | QUIET, also | (operands.some(isSignalling) ? VXSNAN : 0));
}

/** An exact sum of two finite numbers; a zero sum of unlike signs is negative only when rounding down. */
function sum(a: Finite, b: Finite, to: RoundTo, mode: RoundingMode): FloatResult {
  const exponent = Math.min(a.exponent, b.exponent);
  const aligned = (x: Finite) => {
    const magnitude = x.significand << BigInt(x.exponent - exponent);
    return x.negative ? -magnitude : magnitude;
  };
  const total = aligned(a) + aligned(b);
  if (total === 0n) {
    const negative = a.negative === b.negative ? a.negative : mode === 3;
    return exact(signOf(negative));
  }
  const negative = total < 0n;
  return roundFinite({ negative, significand: negative ? -total : total, exponent }, to, mode);
}

export function add(a: bigint, b: bigint, to: RoundTo, mode: RoundingMode): FloatResult {
  const nan = propagate([a, b]);
  if (nan !== null) return nan;
  if (isInfinite(a)) return isInfinite(b) && a !== b ? exact(DEFAULT_NAN, VXISI) : exact(a);
  if (isInfinite(b)) return exact(b);
  return sum(unpack(a), unpack(b), to, mode);
}

export function subtract(a: bigint, b: bigint, to: RoundTo, mode: RoundingMode): FloatResult {
  return propagate([a, b]) ?? add(a, b ^ SIGN, to, mode);
}

export function multiply(a: bigint, c: bigint, to: RoundTo, mode: RoundingMode): FloatResult {
  const nan = propagate([a, c]);
  if (nan !== null) return nan;
  const negative = isNegative(a) !== isNegative(c);
  if (isInfinite(a) || isInfinite(c)) {
    return isZero(a) || isZero(c) ? exact(DEFAULT_NAN, VXIMZ) : exact(signOf(negative) | INFINITY_BITS);
  }
  if (isZero(a) || isZero(c)) return exact(signOf(negative));
  const x = unpack(a);
  const y = unpack(c);
  const product = { negative, significand: x.significand * y.significand, exponent: x.exponent + y.exponent };
  return roundFinite(product, to, mode);
}

export function divide(a: bigint, b: bigint, to: RoundTo, mode: RoundingMode): FloatResult {
  const nan = propagate([a, b]);
  if (nan !== null) return nan;
  const negative = isNegative(a) !== isNegative(b);
  const sign = signOf(negative);
  if (isInfinite(a)) return isInfinite(b) ? exact(DEFAULT_NAN, VXIDI) : exact(sign | INFINITY_BITS);
  if (isInfinite(b)) return exact(sign);
  if (isZero(b)) return isZero(a) ? exact(DEFAULT_NAN, VXZDZ) : exact(sign | INFINITY_BITS, ZX);
  if (isZero(a)) return exact(sign);
  const x = unpack(a);
  const y = unpack(b);
  // 110 more digits leave at least 57 in the quotient; a last digit of 1 stands for the remainder.
  const quotient = (x.significand << 110n) / y.significand;
  const remainder = quotient * y.significand !== x.significand << 110n ? 1n : 0n;
  const significand = (quotient << 1n) | remainder;
  return roundFinite({ negative, significand, exponent: x.exponent - y.exponent - 111 }, to, mode);
}

/** Largest integer whose square is at most n. */
function integerRoot(n: bigint): bigint {
  let root = 1n << BigInt((bitLength(n) + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

export function squareRoot(b: bigint, to: RoundTo, mode: RoundingMode): FloatResult {
  const nan = propagate([b]);
  if (nan !== null) return nan;
  if (isZero(b)) return exact(b);
  if (isNegative(b)) return exact(DEFAULT_NAN, VXSQRT);
  if (isInfinite(b)) return exact(b);
  const x = unpack(b);
  const shift = (x.exponent & 1) + 112;
  const radicand = x.significand << BigInt(shift);
  const root = integerRoot(radicand);
  const significand = (root << 1n) | (root * root === radicand ? 0n : 1n);
  return roundFinite({ negative: false, significand, exponent: (x.exponent - shift) / 2 - 1 }, to, mode);
}

/** a * c + b, or a * c - b; `negate` flips the sign of a result that is not a NaN, after rounding. */
export function multiplyAdd(
  a: bigint,
  c: bigint,
  b: bigint,
  to: RoundTo,
  mode: RoundingMode,
  options: { readonly subtract: boolean; readonly negate: boolean },
): FloatResult {
  const infinityTimesZero = (isInfinite(a) && isZero(c)) || (isZero(a) && isInfinite(c));
  const nan = propagate([a, b, c], infinityTimesZero ? VXIMZ : 0);
  if (nan !== null) return nan;
  if (infinityTimesZero) return exact(DEFAULT_NAN, VXIMZ);
  const addend = options.subtract ? b ^ SIGN : b;
  const result = addProduct(a, c, addend, to, mode);
  return options.negate && !isNaNBits(result.bits) ? exact(result.bits ^ SIGN, result.flags) : result;
}

function addProduct(a: bigint, c: bigint, addend: bigint, to: RoundTo, mode: RoundingMode): FloatResult {
  const negative = isNegative(a) !== isNegative(c);
  if (isInfinite(a) || isInfinite(c)) {
    const clash = isInfinite(addend) && isNegative(addend) !== negative;
    return clash ? exact(DEFAULT_NAN, VXISI) : exact(signOf(negative) | INFINITY_BITS);
  }
  if (isInfinite(addend)) return exact(addend);
  const x = unpack(a);
  const y = unpack(c);
  const product = { negative, significand: x.significand * y.significand, exponent: x.exponent + y.exponent };
  return sum(product, unpack(addend), to, mode);
}

/** frsp: to single precision. A NaN loses the fraction bits that a single has no room for. */
export function roundToSingle(b: bigint, mode: RoundingMode): FloatResult {
  const nan = propagate([b]);
  if (nan !== null) return exact(nan.bits & ~0x1fff_ffffn, nan.flags);
  if (isInfinite(b) || isZero(b)) return exact(b);
  return roundFinite(unpack(b), 'single', mode);
}

/** LT 8, GT 4, EQ 2, unordered 1. A signalling NaN raises VXSNAN. */
export function compare(a: bigint, b: bigint): { readonly order: number; readonly flags: number } {
  if (isNaNBits(a) || isNaNBits(b))
    return { order: 1, flags: isSignalling(a) || isSignalling(b) ? VXSNAN : 0 };
  // Sign and magnitude to a number line on which both zeros are 0.
  const place = (bits: bigint) => (isNegative(bits) ? -(bits & ~SIGN) : bits);
  const difference = place(a) - place(b);
  return { order: difference < 0n ? 8 : difference > 0n ? 4 : 2, flags: 0 };
}

/** fcfid: a signed 64-bit integer (given as 0..2^64-1) to double. */
export function fromInteger(value: bigint, mode: RoundingMode): FloatResult {
  const signed = BigInt.asIntN(64, value);
  if (signed === 0n) return exact(0n);
  const negative = signed < 0n;
  return roundFinite({ negative, significand: negative ? -signed : signed, exponent: 0 }, 'double', mode);
}

/**
 * Double to a signed integer of 32 or 64 bits, saturating, sign-extended to 64; NaN gives the most negative.
 */
export function toInteger(b: bigint, bits: 32 | 64, mode: RoundingMode): FloatResult {
  const most = (1n << BigInt(bits - 1)) - 1n;
  const saturated = (negative: boolean) => BigInt.asUintN(64, negative ? -most - 1n : most);
  if (isNaNBits(b)) return exact(saturated(true), VXCVI | (isSignalling(b) ? VXSNAN : 0));
  if (isInfinite(b)) return exact(saturated(isNegative(b)), VXCVI);
  const { negative, significand, exponent } = unpack(b);
  if (exponent > 64) return exact(saturated(negative), VXCVI);
  let whole = exponent >= 0 ? significand << BigInt(exponent) : significand >> BigInt(-exponent);
  let flags = 0;
  if (exponent < 0) {
    const twice = (significand - (whole << BigInt(-exponent))) * 2n;
    const unit = 1n << BigInt(-exponent);
    let up = false;
    if (mode === 0) up = twice > unit || (twice === unit && (whole & 1n) === 1n);
    else if (mode >= 2) up = twice !== 0n && negative === (mode === 3);
    if (up) whole += 1n;
    if (twice !== 0n) flags = XX | FI | (up ? FR : 0);
  }
  if (whole > (negative ? most + 1n : most)) return exact(saturated(negative), VXCVI);
  return exact(BigInt.asUintN(64, negative ? -whole : whole), flags);
}

/** A single's 32 bits as the double lfs puts into a register: denormals become normal, NaN payloads stay. */
export function doubleFromSingle(word: number): bigint {
  const sign = signOf(word >>> 31 === 1);
  const biased = (word >>> 23) & 0xff;
  const fraction = word & 0x7f_ffff;
  if (biased === 0xff) return sign | INFINITY_BITS | (BigInt(fraction) << 29n);
  if (biased !== 0) return sign | (BigInt(biased + 896) << 52n) | (BigInt(fraction) << 29n);
  return fraction === 0 ? sign : sign | pack(false, BigInt(fraction), -149);
}

/**
 * The 32 bits stfs stores: bits are dropped, not rounded; magnitudes below 2^-149 (undefined by the
 * architecture) give a signed zero.
 */
export function singleFromDouble(bits: bigint): number {
  const biased = Number((bits >> 52n) & 0x7ffn);
  const sign = isNegative(bits) ? 0x8000_0000 : 0;
  if (biased > 896) return Number(((bits >> 32n) & 0xc000_0000n) | ((bits >> 29n) & 0x3fff_ffffn));
  if (biased < 874) return sign;
  return (sign | Number(((bits & FRACTION) | HIDDEN) >> BigInt(926 - biased))) >>> 0;
}
