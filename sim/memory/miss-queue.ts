import type { Layout } from './layout.js';
import { whole } from './units.js';

/** A fixed number of slots, each held until a time: misses of a core in flight. The times are kept in order. */
export interface Slots {
  readonly i32: Int32Array;
  readonly first: number;
  readonly entries: number;
  /** Word index of the number of the slot that is free first; those behind it, in a circle, are later. */
  readonly head: number;
}

export function newSlots(layout: Layout, entries: number): Slots {
  return { i32: layout.i32, first: layout.times(entries), entries: whole(entries), head: layout.words(1) };
}

/** Until when the slot is held that is free first. */
export const earliestFree = (slots: Slots): number => slots.i32[slots.first + slots.i32[slots.head]];

/** Holds that slot until `until`. */
export function holdEarliest(slots: Slots, until: number): void {
  const { i32, first, entries } = slots;
  let at = i32[slots.head];
  i32[slots.head] = at + 1 === entries ? 0 : at + 1;
  // Mostly what begins last ends last: the new time goes to the tail, before the later ones that there may be.
  for (let left = entries - 1; left > 0; left--) {
    const before = at === 0 ? entries - 1 : at - 1;
    if (i32[first + before] <= until) break;
    i32[first + at] = i32[first + before];
    at = before;
  }
  i32[first + at] = until;
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
  return { i32: layout.i32, first: layout.times(entries), entries: whole(entries), turn: layout.words(1) };
}

/** Until when the slot is held whose turn it is. */
export const nextFree = (ring: Ring): number => ring.i32[ring.first + ring.i32[ring.turn]];

/** Holds that slot until `t`. */
export function holdNext(ring: Ring, t: number): void {
  const at = ring.i32[ring.turn];
  ring.i32[ring.first + at] = t;
  ring.i32[ring.turn] = at + 1 === ring.entries ? 0 : at + 1;
}
