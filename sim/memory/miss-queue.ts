import type { Layout } from './layout.js';

/** A fixed number of slots, each held until a time: misses of a core in flight. */
export interface Slots {
  readonly i32: Int32Array;
  readonly first: number;
  readonly end: number;
}

export function newSlots(layout: Layout, entries: number): Slots {
  const first = layout.times(entries);
  return { i32: layout.i32, first, end: first + entries };
}

/** The slot that is free first: word index of the time until which it is held. */
export function earliestSlot(slots: Slots): number {
  const { i32, end } = slots;
  let best = slots.first;
  for (let at = best + 1; at < end; at++) {
    if (i32[at] < i32[best]) best = at;
  }
  return best;
}

/** Slots taken in turn: for what is over in about the order it began. */
export interface Ring {
  readonly i32: Int32Array;
  readonly first: number;
  readonly entries: number;
  /** Word index of the number of the slot whose turn it is. */
  readonly turn: number;
}

export function newRing(layout: Layout, entries: number): Ring {
  return { i32: layout.i32, first: layout.times(entries), entries, turn: layout.words(1) };
}

/** Until when the slot is held whose turn it is. */
export const nextFree = (ring: Ring): number => ring.i32[ring.first + ring.i32[ring.turn]];

/** Holds that slot until `t`. */
export function holdNext(ring: Ring, t: number): void {
  const at = ring.i32[ring.turn];
  ring.i32[ring.first + at] = t;
  ring.i32[ring.turn] = at + 1 === ring.entries ? 0 : at + 1;
}
