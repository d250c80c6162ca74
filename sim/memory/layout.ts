import { SHARED_BASE, SHARED_BYTES } from '../engine/context.js';

/** Times before this are all the same to every rule; half-cycles. */
export const OLDEST = -(1 << 28);

/**
 * The memory system's state in the one linear memory: every part takes its words from here when it is made, so that
 * a copy of the bytes is a copy of the state. Places are byte addresses, since the code over them is WebAssembly.
 */
export interface Layout {
  /** The whole linear memory as 32-bit words: guest memory and contexts, too. */
  readonly i32: Int32Array;
  /** The same as 64-bit counters. */
  readonly i64: BigInt64Array;
  /** Takes words that hold anything but times, `value` after reset; returns the address of the first. */
  words(count: number, value?: number): number;
  /** Takes words that hold half-cycle times, OLDEST after reset; returns the address of the first. */
  times(count: number): number;
  /** Takes 64-bit integers, 0 after reset; returns the address of the first. */
  counters(count: number): number;
  /** Takes words that a reset leaves alone; returns the address of the first. */
  kept(count: number): number;
  /** The next address taken will be a multiple of this power of two. */
  align(bytes: number): void;
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
  const i64 = new BigInt64Array(buffer);
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
    return first << 2;
  };
  const toMultiple = (bytes: number) => {
    next = (next + (bytes >> 2) - 1) & -(bytes >> 2);
  };
  return {
    i32,
    i64,
    words: (count, value = 0) => take(count, value, false),
    times: (count) => take(count, OLDEST, true),
    counters: (count) => {
      toMultiple(8);
      return take(2 * count, 0, false);
    },
    kept: (count) => {
      const first = take(count, 0, false);
      pieces.pop();
      return first;
    },
    align: toMultiple,
    onReset: (action) => resets.push(action),
    onRebase: (action) => rebases.push(action),
    reset: () => {
      for (const { first, count, value } of pieces) i32.fill(value, first, first + count);
      for (const action of resets) action();
    },
    rebase: (delta) => {
      for (const { first, count, isTime } of pieces) {
        if (isTime) rebaseTimes(i32, first << 2, count, delta);
      }
      for (const action of rebases) action(delta);
    },
  };
}

/** Subtracts `delta` from `count` times from address `first` on. */
export function rebaseTimes(i32: Int32Array, first: number, count: number, delta: number): void {
  for (let at = first >> 2; at < (first >> 2) + count; at++) i32[at] = Math.max(OLDEST, i32[at] - delta);
}
