import { SHARED_BASE, SHARED_BYTES } from '../engine/context.js';

/** Times before this are all the same to every rule; half-cycles. */
export const OLDEST = -(1 << 28);

/**
 * The memory system's state in the one linear memory: every part takes its words from here when it is made, so that
 * a copy of the bytes is a copy of the state. The parts are plain records of constants and word indices, and the
 * functions over them plain arithmetic on words: they allocate nothing, run equally fast for any number of
 * machines in one process, and could be WebAssembly.
 */
export interface Layout {
  /** The whole linear memory as 32-bit words: guest memory and contexts, too. */
  readonly i32: Int32Array;
  /** Counters, exact to 2^53. */
  readonly f64: Float64Array;
  /** Takes words that hold anything but times, `value` after reset; returns the index of the first. */
  words(count: number, value?: number): number;
  /** Takes words that hold half-cycle times, OLDEST after reset; returns the index of the first. */
  times(count: number): number;
  /** Takes 64-bit floats, 0 after reset; returns the index of the first in `f64`. */
  counters(count: number): number;
  /** What else to do at a reset, and when `delta` half-cycles are subtracted from every time. */
  onReset(action: () => void): void;
  onRebase(action: (delta: number) => void): void;
  reset(): void;
  rebase(delta: number): void;
}

interface Piece {
  readonly first: number;
  readonly count: number;
  readonly value: number;
  readonly isTime: boolean;
}

/** Lays out the shared state of one machine from SHARED_BASE on. */
export function newLayout(buffer: ArrayBufferLike): Layout {
  const i32 = new Int32Array(buffer);
  const f64 = new Float64Array(buffer);
  const pieces: Piece[] = [];
  const resets: (() => void)[] = [];
  const rebases: ((delta: number) => void)[] = [];
  let next = SHARED_BASE >> 2;
  const take = (count: number, value: number, isTime: boolean): number => {
    const first = next;
    next = (next + count) | 0;
    if (next * 4 > SHARED_BASE + SHARED_BYTES)
      throw new RangeError('the memory system does not fit its state');
    pieces.push({ first, count, value, isTime });
    return first;
  };
  return {
    i32,
    f64,
    words: (count, value = 0) => take(count, value, false),
    times: (count) => take(count, OLDEST, true),
    counters: (count) => {
      next = (next + 1) & ~1;
      return take(2 * count, 0, false) >> 1;
    },
    onReset: (action) => resets.push(action),
    onRebase: (action) => rebases.push(action),
    reset: () => {
      for (const { first, count, value } of pieces) i32.fill(value, first, first + count);
      for (const action of resets) action();
    },
    rebase: (delta) => {
      for (const { first, count, isTime } of pieces) {
        if (isTime) rebaseTimes(i32, first, count, delta);
      }
      for (const action of rebases) action(delta);
    },
  };
}

/** Subtracts `delta` from `count` times. */
export function rebaseTimes(i32: Int32Array, first: number, count: number, delta: number): void {
  for (let at = first; at < first + count; at++) i32[at] = Math.max(OLDEST, i32[at] - delta);
}

/** The later of two times. */
// Math.max need not stay in integers, and that costs
export const later = (a: number, b: number): number => (a > b ? a : b);
