import { later } from './words';

/*
 * Busy intervals of a link, port or data bus, sorted, touching ones joined. A request that comes late but is early
 * in time takes the gaps between those booked before it, piece by piece: when the link is busy then depends on the
 * set of requests, not on the order of calls. Calls mostly come at the end, where this costs a few operations.
 *
 * Words: number of intervals; a time before which all is forgotten and counts as busy; start and end of the last
 * interval; then starts and ends of the others.
 */
const FLOOR: usize = 4;
const LAST_START: usize = 8;
const LAST_END: usize = 12;
const STARTS: usize = 16;
/** Intervals kept: they reach back far more than the other threads can be behind. */
const KEPT: i32 = 64;
const ROOM: i32 = 4 * KEPT;
const ENDS: usize = STARTS + 4 * ROOM;

/** Books `length` half-cycles of service from `t` on, in the first gaps there are; returns the end of the last. @inline */
export function reserve(c: i32, t: i32, length: i32): i32 {
  const lastEnd = load<i32>(c, LAST_END);
  if (t > lastEnd) return append(c, t, length);
  if (t < load<i32>(c, LAST_START)) return reserveBetween(c, t, length);
  const end = lastEnd + length;
  store<i32>(c, end, LAST_END);
  return end;
}

/** A new interval behind all others. @inline */
function append(c: i32, from: i32, length: i32): i32 {
  const n = load<i32>(c);
  if (n === ROOM) return reserveBetween(c, from, length);
  if (n > 0) keepLast(c, n);
  const end = from + length;
  store<i32>(c, n + 1);
  store<i32>(c, from, LAST_START);
  store<i32>(c, end, LAST_END);
  return end;
}

/** Writes the last interval to its place behind the others. @inline */
function keepLast(c: i32, n: i32): void {
  const at = c + ((n - 1) << 2);
  store<i32>(at, load<i32>(c, LAST_START), STARTS);
  store<i32>(at, load<i32>(c, LAST_END), ENDS);
}

/**
 * The same where an interval that starts later than `t` has been booked already, or there is no room for another one.
 * Exported so that it stays a function of its own and the common case small.
 */
export function reserveBetween(c: i32, t: i32, length: i32): i32 {
  let n = load<i32>(c);
  if (n === ROOM) {
    forget(c);
    n = KEPT;
    if (t > load<i32>(c, LAST_END)) return append(c, t, length);
  }
  const from = later(t, load<i32>(c, FLOOR));
  keepLast(c, n);
  // `at` becomes the interval to be extended: the one in service at `from`, or a new one without length.
  let at = firstAfter(c, c + ((n - 1) << 2), from);
  let last = c + (n << 2);
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
  store<i32>(c, (last - c) >> 2);
  store<i32>(c, load<i32>(last, STARTS - 4), LAST_START);
  store<i32>(c, load<i32>(last, ENDS - 4), LAST_END);
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
  keepLast(c, ROOM);
  const first = ROOM - KEPT;
  store<i32>(c, load<i32>(c + ((first - 1) << 2), ENDS), FLOOR);
  const starts = <usize>c + STARTS;
  const ends = <usize>c + ENDS;
  memory.copy(starts, starts + (first << 2), KEPT << 2);
  memory.copy(ends, ends + (first << 2), KEPT << 2);
  store<i32>(c, KEPT);
}
