import type { Layout } from './layout.js';

/** A fixed number of slots, each held until a time; used for misses in flight. */
export interface Slots {
  /** The slot that is free first (its word index into the linear memory): free at `i32[index]`. */
  first(): number;
}

/** `entries` slots. A request takes one at max(its time, i32[first()]) and writes there until when it holds it. */
export function newSlots(layout: Layout, entries: number): Slots {
  const { i32 } = layout;
  const until = layout.times(entries);
  const end = until + entries;
  return {
    first: () => {
      let best = until;
      for (let at = until + 1; at < end; at++) {
        if (i32[at] < i32[best]) best = at;
      }
      return best;
    },
  };
}

/** Slots that are taken in turn: what holds one is over in about the order it began. */
export interface Ring {
  /** The next slot in turn; free at `i32[index]`. */
  peek(): number;
  /** The same, and goes on to the one behind it. */
  next(): number;
}

export function newRing(layout: Layout, entries: number): Ring {
  const { i32 } = layout;
  const until = layout.times(entries);
  const turn = layout.words(1);
  return {
    peek: () => until + i32[turn],
    next: () => {
      const at = i32[turn];
      i32[turn] = at + 1 === entries ? 0 : at + 1;
      return until + at;
    },
  };
}
