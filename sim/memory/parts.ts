import { type Layout, rebaseTimes } from './layout.js';
import {
  CALENDAR_BYTES,
  OCCUPANCY_BEHIND,
  OCCUPANCY_BITS,
  OCCUPANCY_STRETCH,
  SLOT_BEFORE,
  SLOT_NEXT,
} from './wasm/state.js';

/*
 * What the parts of the memory system are made of, as the host sees them: where their state lies and what is in it at
 * reset. What they do stands in wasm/. Each function returns places as addresses in the linear memory.
 */

/** Busy intervals of a link; see wasm/calendar.ts. */
export function newCalendar(layout: Layout): number {
  const calendar = layout.words(1);
  layout.times(CALENDAR_BYTES / 4 - 1);
  return calendar;
}

/** When a port or a link of short services is busy; see wasm/occupancy.ts. */
export function newOccupancy(layout: Layout): number {
  layout.align(64);
  const base = layout.words(OCCUPANCY_BITS / 4 + OCCUPANCY_STRETCH / 32);
  layout.onReset(() => {
    layout.i32[base >> 2] = -OCCUPANCY_BEHIND;
  });
  layout.onRebase((delta) => rebaseTimes(layout.i32, base, 1, delta));
  return base;
}

/** A circle of `entries` slots; see wasm/slots.ts. */
export function newSlots(layout: Layout, entries: number): number {
  const head = layout.words(1);
  layout.times(1);
  addSlots(layout, head, entries);
  return head;
}

/** The slots of such a head. */
export function addSlots(layout: Layout, head: number, entries: number): void {
  const slots = Array.from({ length: entries }, () => {
    const slot = layout.times(1);
    layout.words(2);
    return slot;
  });
  layout.onReset(() => {
    layout.i32[head >> 2] = slots[0];
    slots.forEach((slot, n) => {
      layout.i32[(slot + SLOT_NEXT) >> 2] = slots[(n + 1) % entries];
      layout.i32[(slot + SLOT_BEFORE) >> 2] = slots.at(n - 1)!;
    });
  });
}
