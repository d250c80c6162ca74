import { SLOT_BEFORE as BEFORE, SLOTS_LATEST as LATEST, SLOT_NEXT as NEXT } from './state';
import { seldom } from './words';

/*
 * A fixed number of slots in a circle, each held until a time; a slot is named by its address.
 */

/** Until when the slot is held that is free first. @inline */
export function earliestFree(slots: i32): i32 {
  return load<i32>(load<i32>(slots));
}

/** Holds the slot that is free first until `until`; the times stay in order from the slot in turn on. @inline */
export function holdEarliest(slots: i32, until: i32): void {
  const slot = load<i32>(slots);
  store<i32>(slots, load<i32>(slot, NEXT));
  // Mostly what begins last ends last: the new time goes to the tail, before the later ones that there may be.
  if (seldom(until < load<i32>(slots, LATEST))) holdBefore(slot, until);
  else {
    store<i32>(slot, until);
    store<i32>(slots, until, LATEST);
  }
}

/** Moves later times up from slot `free` on. */
function holdBefore(free: i32, until: i32): void {
  let slot = free;
  let before = load<i32>(slot, BEFORE);
  while (before !== free && load<i32>(before) > until) {
    store<i32>(slot, load<i32>(before));
    slot = before;
    before = load<i32>(slot, BEFORE);
  }
  store<i32>(slot, until);
}

/** Holds the slot in turn until `until`: for what is over in about the order it began. @inline */
export function holdNext(slots: i32, until: i32): void {
  const slot = load<i32>(slots);
  store<i32>(slot, until);
  store<i32>(slots, load<i32>(slot, NEXT));
}
