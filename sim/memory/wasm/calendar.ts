import {
  CALENDAR_ENDS as ENDS,
  CALENDAR_FLOOR as FLOOR,
  CALENDAR_ROOM as ROOM,
  CALENDAR_STARTS as STARTS,
} from './state';
import { later, seldom } from './words';

/*
 * Busy intervals of a link, port or data bus, sorted, touching ones joined. A request that comes late but is early
 * in time takes the gaps between those booked before it, piece by piece: when the link is busy then depends on the
 * set of requests, not on the order of calls. Calls mostly come at the end, where this costs a few operations.
 */
/** Intervals kept when there is no room for another: they reach back far more than the other threads can be behind. */
const KEPT: i32 = ROOM / 4;

/** Books `length` half-cycles of service from `t` on, in the first gaps there are; returns the end of the last. @inline */
export function reserve(c: i32, t: i32, length: i32): i32 {
  return t + wait(c, t, length) + length;
}

/**
 * The same; returns how much later than without others the service ends. Mostly it does not: that is predicted, so that
 * what follows need not be held up until it is known. @inline
 */
export function wait(c: i32, t: i32, length: i32): i32 {
  const behind = c + load<i32>(c);
  const lastEnd = load<i32>(behind, ENDS - 4);
  if (t > lastEnd) {
    if (seldom(behind - c === ROOM << 2)) return waitBetween(c, t, length);
    append(c, behind, t, t + length);
    return 0;
  }
  if (seldom(t < load<i32>(behind, STARTS - 4))) return waitBetween(c, t, length);
  store<i32>(behind, lastEnd + length, ENDS - 4);
  return lastEnd - t;
}

/** Adds an interval behind all others. @inline */
function append(c: i32, behind: i32, start: i32, end: i32): void {
  store<i32>(c, behind - c + 4);
  store<i32>(behind, start, STARTS);
  store<i32>(behind, end, ENDS);
}

/**
 * The same where an interval that starts later than `t` has been booked already, or there is no room for another one.
 * Exported so that it stays a function of its own and the common case small.
 */
export function waitBetween(c: i32, t: i32, length: i32): i32 {
  if (load<i32>(c) === ROOM << 2) {
    forget(c);
    if (t > load<i32>(c + (KEPT << 2), ENDS - 4)) {
      append(c, c + (KEPT << 2), t, t + length);
      return 0;
    }
  }
  const behind = c + load<i32>(c);
  const starts = v128.load(behind, STARTS - 16);
  const after = i32x4.bitmask(i32x4.gt_s(starts, i32x4.splat(t)));
  if (after === 15) return reserveAnywhere(c, t, length) - length - t;
  const at = behind - (popcnt(after) << 2);
  const busy = load<i32>(at, ENDS - 4);
  const next = load<i32>(at, STARTS);
  const over = later(busy, t) + length - next;
  if (over > 0 && after === 8) {
    const end = load<i32>(at, ENDS) + over;
    joinLast(c, at, busy, t, end);
    return end - length - t;
  }
  if (over >= 0) return reserveAnywhere(c, t, length) - length - t;
  if (busy < t) {
    insert(behind, STARTS, t);
    insert(behind, ENDS, t + length);
    store<i32>(c, behind - c + 4);
    return 0;
  }
  store<i32>(at, busy + length, ENDS - 4);
  return busy - t;
}

/**
 * Fills the gap before the last interval, from `t` on or from the end of the one before, and goes on behind it until `end`.
 * @inline
 */
function joinLast(c: i32, last: i32, busy: i32, t: i32, end: i32): void {
  if (busy < t) {
    store<i32>(last, t, STARTS);
    store<i32>(last, end, ENDS);
  } else {
    store<i32>(last, end, ENDS - 4);
    store<i32>(c, load<i32>(c) - 4);
  }
}

/** Puts a time in order among the last four before `behind`. @inline */
function insert(behind: usize, times: usize, t: i32): void {
  const those = v128.load(behind + times - 16);
  const next = v128.load(behind + times - 12);
  v128.store(behind + times - 12, i32x4.max_s(those, i32x4.min_s(next, i32x4.splat(t))));
}

/** The same wherever it is, and where it is joined to the next. Exported to stay a function. */
export function reserveAnywhere(c: i32, t: i32, length: i32): i32 {
  const from = later(t, load<i32>(c, FLOOR));
  let last = c + load<i32>(c);
  // `at` becomes the interval to be extended: the one in service at `from`, or a new one without length.
  let at = firstAfter(c, last - 4, from);
  if (at > c && load<i32>(at, ENDS - 4) >= from) at -= 4;
  else {
    moveUp(at, last);
    store<i32>(at, from, STARTS);
    store<i32>(at, from, ENDS);
    last += 4;
  }
  let left = length;
  let next = at + 4;
  let until = load<i32>(at, ENDS);
  let finish = until;
  while (left > 0) {
    const gap = next < last ? load<i32>(next, STARTS) - until : left + 1;
    if (gap > left) {
      finish = until + left;
      until = finish;
      break;
    }
    // The gap is filled and the interval behind it joined.
    left -= gap;
    finish = load<i32>(next, STARTS);
    until = load<i32>(next, ENDS);
    next += 4;
  }
  store<i32>(at, until, ENDS);
  const joined = next - at - 4;
  if (joined > 0) {
    for (let k = next; k < last; k += 4) {
      store<i32>(k - joined, load<i32>(k, STARTS), STARTS);
      store<i32>(k - joined, load<i32>(k, ENDS), ENDS);
    }
    last -= joined;
  }
  store<i32>(c, last - c);
  return finish;
}

/** The first interval of those before `at` that starts after `from`, or `at`; looked for from behind, four at a time. @inline */
function firstAfter(c: i32, before: i32, from: i32): i32 {
  let at = before;
  while (at - c >= 16) {
    const later = i32x4.bitmask(i32x4.gt_s(v128.load(at - 16, STARTS), i32x4.splat(from)));
    if (later !== 15) return at - (popcnt(later) << 2);
    at -= 16;
  }
  while (at > c && load<i32>(at, STARTS - 4) > from) at -= 4;
  return at;
}

/** Moves the intervals from `at` up to `last` by one place. @inline */
function moveUp(at: i32, last: i32): void {
  let k = last;
  for (; k - at >= 16; k -= 16) {
    v128.store(k - 12, v128.load(k - 16, STARTS), STARTS);
    v128.store(k - 12, v128.load(k - 16, ENDS), ENDS);
  }
  for (; k > at; k -= 4) {
    store<i32>(k, load<i32>(k, STARTS - 4), STARTS);
    store<i32>(k, load<i32>(k, ENDS - 4), ENDS);
  }
}

/** Moves the youngest KEPT intervals to the front. */
function forget(c: i32): void {
  const first = ROOM - KEPT;
  store<i32>(c, load<i32>(c + ((first - 1) << 2), ENDS), FLOOR);
  const starts = <usize>c + STARTS;
  const ends = <usize>c + ENDS;
  memory.copy(starts, starts + (first << 2), KEPT << 2);
  memory.copy(ends, ends + (first << 2), KEPT << 2);
  store<i32>(c, KEPT << 2);
}
