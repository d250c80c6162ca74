import type { Layout } from './layout.js';

/** A thing that serves one transfer at a time. */
export interface Calendar {
  /** Books `length` half-cycles of service from `t` on, in the first gaps there are; returns the end of the last. */
  reserve(t: number, length: number): number;
}

/** Busy intervals kept: far more than the other threads can be behind. */
const KEPT = 64;
const ROOM = 2 * KEPT;

/**
 * Busy intervals of a link, port or data bus, sorted, touching ones joined. A request that comes late but is early
 * in time takes the gaps between those booked before it, piece by piece: when the link is busy then depends on the
 * set of requests, not on the order of calls. Calls mostly come at the end, where this costs a few operations.
 */
export function newCalendar(layout: Layout): Calendar {
  const { i32 } = layout;
  // Intervals lie at head <= i < tail; those before `floor` are forgotten and count as busy.
  const head = layout.words(1);
  const tail = layout.words(1);
  const floor = layout.times(1);
  const start = layout.times(ROOM);
  const end = layout.times(ROOM);

  /** Moves the youngest KEPT intervals to the front. */
  function forget(): number {
    const from = i32[tail] - KEPT;
    i32[floor] = i32[end + from - 1];
    for (let i = 0; i < KEPT; i++) {
      i32[start + i] = i32[start + from + i];
      i32[end + i] = i32[end + from + i];
    }
    i32[head] = 0;
    i32[tail] = KEPT;
    return KEPT;
  }

  function reserve(t: number, length: number): number {
    let last = i32[tail];
    if (last === ROOM) last = forget();
    const first = i32[head];
    const from = t < i32[floor] ? i32[floor] : t;
    let i = last;
    while (i > first && i32[start + i - 1] > from) i--;
    // The interval that ends in or before the gap to be filled: extended, or made here with no length.
    if (i > first && i32[end + i - 1] >= from) i--;
    else {
      for (let k = last; k > i; k--) {
        i32[start + k] = i32[start + k - 1];
        i32[end + k] = i32[end + k - 1];
      }
      i32[start + i] = from;
      i32[end + i] = from;
      last++;
    }
    let left = length;
    let joined = 0;
    let finish = i32[end + i];
    while (i + joined + 1 < last) {
      const gap = i32[start + i + joined + 1] - finish;
      if (gap > left) break;
      left -= gap;
      joined++;
      const next = i32[end + i + joined];
      if (left === 0) {
        // The transfer ends where the next interval begins.
        finish = i32[start + i + joined];
        i32[end + i] = next;
        return drop(i, joined, last, finish);
      }
      finish = next;
    }
    finish += left;
    i32[end + i] = finish;
    return drop(i, joined, last, finish);
  }

  /** Removes the `joined` intervals behind `i`, which has swallowed them. */
  function drop(i: number, joined: number, last: number, finish: number): number {
    if (joined > 0) {
      for (let k = i + 1 + joined; k < last; k++) {
        i32[start + k - joined] = i32[start + k];
        i32[end + k - joined] = i32[end + k];
      }
    }
    i32[tail] = last - joined;
    return finish;
  }

  return { reserve };
}
