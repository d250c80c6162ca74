import type { VBinary, VSaturating, VUnary } from '../isa/semantics.js';
import { type LaneBytes, readLane, signedLane, writeLane } from './exact-vector-lanes.js';

/** Integer and bit operations of the vector unit, from the AltiVec technology manual, chapter 6. */

type Lane = (x: number, y: number) => number;
type Vector2 = (a: Uint8Array, b: Uint8Array) => Uint8Array;

function lanes(size: LaneBytes, signed: boolean, f: Lane): Vector2 {
  const value = signed ? signedLane : (x: number) => x;
  return (a, b) => {
    const result = new Uint8Array(16);
    for (let at = 0; at < 16; at += size) {
      const x = value(readLane(a, at, size), size);
      const y = value(readLane(b, at, size), size);
      writeLane(result, at, size, f(x, y));
    }
    return result;
  };
}

const unsigned = (size: LaneBytes, f: Lane): Vector2 => lanes(size, false, f);
const signed = (size: LaneBytes, f: Lane): Vector2 => lanes(size, true, f);

const add: Lane = (x, y) => x + y;
const sub: Lane = (x, y) => x - y;
const equal: Lane = (x, y) => (x === y ? -1 : 0);
const greater: Lane = (x, y) => (x > y ? -1 : 0);
const larger: Lane = (x, y) => Math.max(x, y);
const smaller: Lane = (x, y) => Math.min(x, y);
const average: Lane = (x, y) => Math.floor((x + y + 1) / 2);
// A count is the low 3, 4 or 5 bits of its lane.
const shiftLeft =
  (size: LaneBytes): Lane =>
  (x, y) =>
    x << (y & (8 * size - 1));
const shiftRight =
  (size: LaneBytes): Lane =>
  (x, y) =>
    x >>> (y & (8 * size - 1));
const shiftRightSigned =
  (size: LaneBytes): Lane =>
  (x, y) =>
    x >> (y & (8 * size - 1));
const rotate =
  (size: LaneBytes): Lane =>
  (x, y) => {
    const count = y & (8 * size - 1);
    return (x << count) | (x >>> (8 * size - count));
  };

/** The whole register shifted by bytes; the count is bits 6..3 of the last byte of b. */
const shiftOctets =
  (direction: 1 | -1): Vector2 =>
  (a, b) => {
    const count = direction * ((b[15] >>> 3) & 15);
    return Uint8Array.from({ length: 16 }, (_, i) => a[i + count] ?? 0);
  };

/**
 * The whole register shifted by 0..7 bits. The architecture wants the count in the low three bits of every
 * byte of b and leaves the result undefined otherwise; this takes the last byte's.
 */
const shiftBits =
  (direction: 'left' | 'right'): Vector2 =>
  (a, b) => {
    const count = b[15] & 7;
    return Uint8Array.from({ length: 16 }, (_, i) =>
      direction === 'left'
        ? (a[i] << count) | ((a[i + 1] ?? 0) >>> (8 - count))
        : (a[i] >>> count) | ((a[i - 1] ?? 0) << (8 - count)),
    );
  };

/** All VBinary operations that never look at a lane as a float. */
export const integerBinary: Readonly<Record<Exclude<VBinary, `f32x4.${string}` | 'dot3' | 'dot4'>, Vector2>> =
  {
    and: unsigned(4, (x, y) => x & y),
    andc: unsigned(4, (x, y) => x & ~y),
    or: unsigned(4, (x, y) => x | y),
    nor: unsigned(4, (x, y) => ~(x | y)),
    xor: unsigned(4, (x, y) => x ^ y),
    'i8x16.add': unsigned(1, add),
    'i16x8.add': unsigned(2, add),
    'i32x4.add': unsigned(4, add),
    'i8x16.sub': unsigned(1, sub),
    'i16x8.sub': unsigned(2, sub),
    'i32x4.sub': unsigned(4, sub),
    'u32x4.addCarry': unsigned(4, (x, y) => (x + y > 0xffff_ffff ? 1 : 0)),
    // The carry of x + ~y + 1: no borrow.
    'u32x4.subCarry': unsigned(4, (x, y) => (x >= y ? 1 : 0)),
    'i8x16.cmpeq': unsigned(1, equal),
    'i16x8.cmpeq': unsigned(2, equal),
    'i32x4.cmpeq': unsigned(4, equal),
    'i8x16.cmpgts': signed(1, greater),
    'i16x8.cmpgts': signed(2, greater),
    'i32x4.cmpgts': signed(4, greater),
    'i8x16.cmpgtu': unsigned(1, greater),
    'i16x8.cmpgtu': unsigned(2, greater),
    'i32x4.cmpgtu': unsigned(4, greater),
    'i8x16.maxs': signed(1, larger),
    'i16x8.maxs': signed(2, larger),
    'i32x4.maxs': signed(4, larger),
    'i8x16.maxu': unsigned(1, larger),
    'i16x8.maxu': unsigned(2, larger),
    'i32x4.maxu': unsigned(4, larger),
    'i8x16.mins': signed(1, smaller),
    'i16x8.mins': signed(2, smaller),
    'i32x4.mins': signed(4, smaller),
    'i8x16.minu': unsigned(1, smaller),
    'i16x8.minu': unsigned(2, smaller),
    'i32x4.minu': unsigned(4, smaller),
    'u8x16.avg': unsigned(1, average),
    'u16x8.avg': unsigned(2, average),
    'u32x4.avg': unsigned(4, average),
    's8x16.avg': signed(1, average),
    's16x8.avg': signed(2, average),
    's32x4.avg': signed(4, average),
    'i8x16.shl': unsigned(1, shiftLeft(1)),
    'i16x8.shl': unsigned(2, shiftLeft(2)),
    'i32x4.shl': unsigned(4, shiftLeft(4)),
    'i8x16.shrs': signed(1, shiftRightSigned(1)),
    'i16x8.shrs': signed(2, shiftRightSigned(2)),
    'i32x4.shrs': signed(4, shiftRightSigned(4)),
    'i8x16.shru': unsigned(1, shiftRight(1)),
    'i16x8.shru': unsigned(2, shiftRight(2)),
    'i32x4.shru': unsigned(4, shiftRight(4)),
    'i8x16.rotl': unsigned(1, rotate(1)),
    'i16x8.rotl': unsigned(2, rotate(2)),
    'i32x4.rotl': unsigned(4, rotate(4)),
    shiftLeftOctets: shiftOctets(1),
    shiftRightOctets: shiftOctets(-1),
    shiftLeftBits: shiftBits('left'),
    shiftRightBits: shiftBits('right'),
  };

/** Half of the lanes, from the left or the right, sign-extended to twice their size. */
const extend =
  (size: 1 | 2, from: 0 | 8) =>
  (a: Uint8Array): Uint8Array => {
    const result = new Uint8Array(16);
    for (let at = 0; at < 8; at += size) {
      writeLane(result, 2 * at, (2 * size) as LaneBytes, signedLane(readLane(a, from + at, size), size));
    }
    return result;
  };

/** A pixel of 1, 5, 5, 5 bits to four bytes: the first sign-extended, the others zero-extended. */
const extendPixels =
  (from: 0 | 8) =>
  (a: Uint8Array): Uint8Array => {
    const result = new Uint8Array(16);
    for (let i = 0; i < 4; i++) {
      const pixel = readLane(a, from + 2 * i, 2);
      result.set([-(pixel >>> 15), (pixel >>> 10) & 31, (pixel >>> 5) & 31, pixel & 31], 4 * i);
    }
    return result;
  };

/** All VUnary operations that never look at a lane as a float. */
export const integerUnary: Readonly<
  Record<Exclude<VUnary, `f32x4.${string}`>, (a: Uint8Array) => Uint8Array>
> = {
  unpackHighS8: extend(1, 0),
  unpackLowS8: extend(1, 8),
  unpackHighS16: extend(2, 0),
  unpackLowS16: extend(2, 8),
  unpackHighPixel: extendPixels(0),
  unpackLowPixel: extendPixels(8),
};

/** A vector and whether some lane did not fit (0 or 1). */
export interface Saturated {
  readonly value: Uint8Array;
  readonly saturated: number;
}

type Saturating = (a: Uint8Array, b: Uint8Array) => Saturated;

function limits(size: LaneBytes, isSigned: boolean): readonly [low: number, high: number] {
  const range = 2 ** (8 * size);
  return isSigned ? [-range / 2, range / 2 - 1] : [0, range - 1];
}

function saturatingLanes(size: LaneBytes, isSigned: boolean, f: Lane): Saturating {
  const [low, high] = limits(size, isSigned);
  return (a, b) => {
    let saturated = 0;
    const clamp: Lane = (x, y) => {
      const exact = f(x, y);
      if (exact >= low && exact <= high) return exact;
      saturated = 1;
      return exact < low ? low : high;
    };
    return { value: lanes(size, isSigned, clamp)(a, b), saturated };
  };
}

/** All lanes of a, then of b, clamped to half their size. */
function saturatingPack(from: 2 | 4, fromSigned: boolean, toSigned: boolean): Saturating {
  const to = (from / 2) as LaneBytes;
  const [low, high] = limits(to, toSigned);
  return (a, b) => {
    let saturated = 0;
    const value = new Uint8Array(16);
    for (let at = 0; at < 32; at += from) {
      const bits = readLane(at < 16 ? a : b, at & 15, from);
      const x = fromSigned ? signedLane(bits, from) : bits;
      if (x < low || x > high) saturated = 1;
      writeLane(value, at / 2, to, Math.min(Math.max(x, low), high));
    }
    return { value, saturated };
  };
}

export const saturating: Readonly<Record<VSaturating, Saturating>> = {
  packS16toS8: saturatingPack(2, true, true),
  packS16toU8: saturatingPack(2, true, false),
  packS32toS16: saturatingPack(4, true, true),
  packS32toU16: saturatingPack(4, true, false),
  packU16toU8: saturatingPack(2, false, false),
  packU32toU16: saturatingPack(4, false, false),
  'u8x16.add': saturatingLanes(1, false, add),
  'u16x8.add': saturatingLanes(2, false, add),
  'u32x4.add': saturatingLanes(4, false, add),
  's8x16.add': saturatingLanes(1, true, add),
  's16x8.add': saturatingLanes(2, true, add),
  's32x4.add': saturatingLanes(4, true, add),
  'u8x16.sub': saturatingLanes(1, false, sub),
  'u16x8.sub': saturatingLanes(2, false, sub),
  'u32x4.sub': saturatingLanes(4, false, sub),
  's8x16.sub': saturatingLanes(1, true, sub),
  's16x8.sub': saturatingLanes(2, true, sub),
  's32x4.sub': saturatingLanes(4, true, sub),
};
