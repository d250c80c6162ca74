import type { VBinary, VSaturating, VUnary } from '../isa/semantics.js';
import { estimate } from './exact-vector-estimate.js';
import { dot, floatBinary, roundToIntegral } from './exact-vector-float.js';
import { integerBinary, integerUnary, type Saturated, saturating } from './exact-vector-integer.js';
import { fromWords, mapWords3, word } from './exact-vector-lanes.js';

/**
 * Exact arithmetic of the vector unit: the oracle's side of the vector operations in isa/semantics.ts, under
 * the same names. A vector is a Uint8Array of sixteen bytes in PowerPC order; arguments are never changed.
 * `nj` is VSCR[NJ] (denormals count as zero); truth values are 0 or 1.
 */

export { vpackD3d, vunpackD3d } from './exact-vector-d3d.js';
export { vfromInt, vmadd, vnmsub, vtoInt } from './exact-vector-float.js';

export function v2(op: VBinary, a: Uint8Array, b: Uint8Array, nj: boolean): Uint8Array {
  switch (op) {
    case 'f32x4.add':
    case 'f32x4.sub':
    case 'f32x4.mul':
    case 'f32x4.max':
    case 'f32x4.min':
    case 'f32x4.cmpeq':
    case 'f32x4.cmpge':
    case 'f32x4.cmpgt':
    case 'f32x4.cmpb':
      return floatBinary(op, a, b, nj);
    case 'dot3':
      return dot(3, a, b);
    case 'dot4':
      return dot(4, a, b);
    default:
      return integerBinary[op](a, b);
  }
}

export function v1(op: VUnary, a: Uint8Array, nj: boolean): Uint8Array {
  switch (op) {
    case 'f32x4.roundNearest':
    case 'f32x4.roundZero':
    case 'f32x4.roundPlus':
    case 'f32x4.roundMinus':
      return roundToIntegral(op, a, nj);
    case 'f32x4.reciprocalEstimate':
    case 'f32x4.rsqrtEstimate':
    case 'f32x4.exp2Estimate':
    case 'f32x4.log2Estimate':
      return estimate(op, a, nj);
    default:
      return integerUnary[op](a);
  }
}

export function vsat(op: VSaturating, a: Uint8Array, b: Uint8Array): Saturated {
  return saturating[op](a, b);
}

/** Per bit: mask ? b : a. */
export function vselect(a: Uint8Array, b: Uint8Array, mask: Uint8Array): Uint8Array {
  return mapWords3(a, b, mask, (x, y, m) => (x & ~m) | (y & m));
}

/** Byte i of the result is byte (control byte i & 31) of a then b. */
export function vpermute(a: Uint8Array, b: Uint8Array, control: ArrayLike<number>): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => (control[i] & 16 ? b : a)[control[i] & 15]);
}

/** The same with constant byte numbers 0..31. */
export function vshuffle(a: Uint8Array, b: Uint8Array, bytes: readonly number[]): Uint8Array {
  return vpermute(a, b, bytes);
}

/** lvsl ('left'): byte i = (ea & 15) + i; lvsr: byte i = 16 - (ea & 15) + i. */
export function vshiftPattern(ea: bigint | number, direction: 'left' | 'right'): Uint8Array {
  const offset = Number(BigInt(ea) & 15n);
  const first = direction === 'left' ? offset : 16 - offset;
  return Uint8Array.from({ length: 16 }, (_, i) => first + i);
}

/** 1 when every bit is one. */
export const vallOnes = (a: Uint8Array): number => (a.every((byte) => byte === 0xff) ? 1 : 0);
/** 1 when every bit is zero. */
export const vallZero = (a: Uint8Array): number => (a.every((byte) => byte === 0) ? 1 : 0);

/** Word 3, 0..2^32-1, and a vector whose words 0..2 are zero and whose word 3 is given. */
export const vword3 = (a: Uint8Array): number => word(a, 3);
export const vfromWord3 = (value: number): Uint8Array => fromWords([0, 0, 0, value]);
