/**
 * Lanes of a vector register that is held as sixteen bytes in PowerPC order (byte 0 leftmost, lanes
 * big-endian). Every function here leaves its arguments alone and returns a fresh array.
 */

/** Lane sizes in bytes. */
export type LaneBytes = 1 | 2 | 4;

/** Unsigned lane that begins at byte `at`. */
export function readLane(v: Uint8Array, at: number, size: LaneBytes): number {
  if (size === 1) return v[at];
  if (size === 2) return (v[at] << 8) | v[at + 1];
  return ((v[at] << 24) | (v[at + 1] << 16) | (v[at + 2] << 8) | v[at + 3]) >>> 0;
}

/** Writes a lane; `value` is any integer below 2^53 in magnitude and is taken modulo the lane's range. */
export function writeLane(v: Uint8Array, at: number, size: LaneBytes, value: number): void {
  for (let i = size - 1; i >= 0; i--) {
    v[at + i] = value;
    value = (value >>> 0) >>> 8;
  }
}

/** The same bits read as two's complement. */
export function signedLane(value: number, size: LaneBytes): number {
  return size === 1 ? (value << 24) >> 24 : size === 2 ? (value << 16) >> 16 : value | 0;
}

/** Word i (0..3 from the left), 0..2^32-1. */
export const word = (v: Uint8Array, i: number): number => readLane(v, 4 * i, 4);

/** A vector of four words. */
export function fromWords(words: readonly number[]): Uint8Array {
  const result = new Uint8Array(16);
  for (let i = 0; i < 4; i++) writeLane(result, 4 * i, 4, words[i]);
  return result;
}

/** Word-wise functions of one to three vectors. */
export function mapWords1(a: Uint8Array, f: (a: number) => number): Uint8Array {
  return fromWords([f(word(a, 0)), f(word(a, 1)), f(word(a, 2)), f(word(a, 3))]);
}

export function mapWords2(a: Uint8Array, b: Uint8Array, f: (a: number, b: number) => number): Uint8Array {
  return fromWords([0, 1, 2, 3].map((i) => f(word(a, i), word(b, i))));
}

export function mapWords3(
  a: Uint8Array,
  b: Uint8Array,
  c: Uint8Array,
  f: (a: number, b: number, c: number) => number,
): Uint8Array {
  return fromWords([0, 1, 2, 3].map((i) => f(word(a, i), word(b, i), word(c, i))));
}
