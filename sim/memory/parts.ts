import { type Layout, rebaseTimes } from './layout.js';

/*
 * What the parts of the memory system are made of, as the host sees them: where their state lies and what is in it at
 * reset. What they do stands in wasm/. Each function returns places as addresses in the linear memory.
 */

/** The most intervals a calendar has, and four that are over; see wasm/calendar.ts. */
const CALENDAR_ROOM = 256 + 4;

/** Busy intervals of a link. */
export function newCalendar(layout: Layout): number {
  const calendar = layout.words(1);
  layout.times(1 + 2 * CALENDAR_ROOM);
  return calendar;
}

/** Half-cycles of an occupancy, and those of them before time zero at reset; see wasm/occupancy.ts. */
const OCCUPANCY_STRETCH = 262144;
const OCCUPANCY_BEHIND = 65536;

/** When a port or a link of short services is busy. */
export function newOccupancy(layout: Layout): number {
  layout.align(64);
  const base = layout.words(2 + OCCUPANCY_STRETCH / 32);
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
      layout.i32.set([slots[(n + 1) % entries], slots.at(n - 1)!], (slot >> 2) + 1);
    });
  });
}
