import { seldom } from './words';

/*
 * A fixed number of slots, each held until a time. Words: the number of the slot whose turn it is; the latest time, where
 * `holdEarliest` is used; then the times.
 */
const LATEST: usize = 4;
const TIMES: usize = 8;

/** Until when the slot is held that is free first. @inline */
export function earliestFree(slots: i32): i32 {
  return load<i32>(slots + (load<i32>(slots) << 2), TIMES);
}

/** Holds the slot that is free first until `until`; the times stay in order, in a circle from the slot in turn on. @inline */
export function holdEarliest(slots: i32, entries: i32, until: i32): void {
  const at = load<i32>(slots);
  store<i32>(slots, at + 1 === entries ? 0 : at + 1);
  // Mostly what begins last ends last: the new time goes to the tail, before the later ones that there may be.
  if (seldom(until < load<i32>(slots, LATEST))) holdBefore(slots, entries, at, until);
  else {
    store<i32>(slots + (at << 2), until, TIMES);
    store<i32>(slots, until, LATEST);
  }
}

/** Moves later times up from slot `free` on. Exported to stay a function. */
export function holdBefore(slots: i32, entries: i32, free: i32, until: i32): void {
  let at = free;
  for (let left = entries - 1; left > 0; left--) {
    const before = at === 0 ? entries - 1 : at - 1;
    const held = load<i32>(slots + (before << 2), TIMES);
    if (held <= until) break;
    store<i32>(slots + (at << 2), held, TIMES);
    at = before;
  }
  store<i32>(slots + (at << 2), until, TIMES);
}

/** Holds the slot in turn until `until`: for what is over in about the order it began. @inline */
export function holdNext(slots: i32, entries: i32, until: i32): void {
  const at = load<i32>(slots);
  store<i32>(slots + (at << 2), until, TIMES);
  store<i32>(slots, at + 1 === entries ? 0 : at + 1);
}
