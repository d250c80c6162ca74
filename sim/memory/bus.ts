import { type Layout, later } from './layout.js';

/**
 * Busy intervals of a link, port or data bus, sorted, touching ones joined. A request that comes late but is early
 * in time takes the gaps between those booked before it, piece by piece: when the link is busy then depends on the
 * set of requests, not on the order of calls. Calls mostly come at the end, where this costs a few operations.
 */
export interface Calendar {
  readonly i32: Int32Array;
  /** Number of intervals; times before `floor` are forgotten and count as busy. Word indices. */
  readonly count: number;
  readonly floor: number;
  readonly start: number;
  readonly end: number;
}

/** Intervals kept: they reach back far more than the other threads can be behind. */
const KEPT = 64;
const ROOM = 4 * KEPT;

export function newCalendar(layout: Layout): Calendar {
  return {
    i32: layout.i32,
    count: layout.words(1),
    floor: layout.times(1),
    start: layout.times(ROOM),
    end: layout.times(ROOM),
  };
}

/** Books `length` half-cycles of service from `t` on, in the first gaps there are; returns the end of the last. */
export function reserve(c: Calendar, t: number, length: number): number {
  const { i32 } = c;
  let count = i32[c.count];
  if (count === ROOM) count = forget(c);
  const from = later(t, i32[c.floor]);
  const youngest = c.end + count - 1;
  if (count > 0 && i32[c.start + count - 1] > from) return reserveBetween(c, count, from, length);
  if (count > 0 && from <= i32[youngest]) {
    const end = (i32[youngest] + length) | 0;
    i32[youngest] = end;
    return end;
  }
  const end = (from + length) | 0;
  i32[c.count] = count + 1;
  i32[c.start + count] = from;
  i32[youngest + 1] = end;
  return end;
}

/** The same where an interval that starts later than `from` has been booked already. */
function reserveBetween(c: Calendar, count: number, from: number, length: number): number {
  const { i32, start, end } = c;
  let i = count - 1;
  while (i > 0 && i32[start + i - 1] > from) i--;
  // i becomes the interval to be extended: the one in service at `from`, or a new one without length.
  let last = count;
  if (i > 0 && i32[end + i - 1] >= from) i--;
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
  let until = finish;
  while (left > 0) {
    const next = i + joined + 1;
    const gap = next < last ? i32[start + next] - until : left + 1;
    if (gap > left) {
      finish = until + left;
      until = finish;
      break;
    }
    // The gap is filled and the interval behind it joined.
    left -= gap;
    finish = i32[start + next];
    until = i32[end + next];
    joined++;
  }
  i32[end + i] = until;
  if (joined > 0) {
    for (let k = i + 1 + joined; k < last; k++) {
      i32[start + k - joined] = i32[start + k];
      i32[end + k - joined] = i32[end + k];
    }
  }
  i32[c.count] = last - joined;
  return finish;
}

/** Moves the youngest KEPT intervals to the front; returns how many there are then. */
function forget(c: Calendar): number {
  const { i32, start, end } = c;
  const from = i32[c.count] - KEPT;
  i32[c.floor] = i32[end + from - 1];
  for (let i = 0; i < KEPT; i++) {
    i32[start + i] = i32[start + from + i];
    i32[end + i] = i32[end + from + i];
  }
  i32[c.count] = KEPT;
  return KEPT;
}
