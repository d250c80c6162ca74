import { marks, stationsOutOfOrder, used } from './numbers';
import { KEPT } from './pieces';

/*
 * The parts of an issue window: small sets of times in cycles, each named by its address. The same as in
 * timing/window-parts.ts, which says what they are for.
 */

/** The later of two times. @inline */
export function later(a: i32, b: i32): i32 {
  return b > a ? b : a;
}

/*
 * The latest few times: how many, then the times as a heap, the least on top.
 */
const TOP: usize = 4;

/** When one of the places became free. @inline */
export function least(latest: i32): i32 {
  return load<i32>(latest, TOP);
}

export function keep(latest: i32, time: i32): void {
  if (time <= load<i32>(latest, TOP)) return;
  const count = load<i32>(latest);
  let at = 0;
  while (true) {
    let below = 2 * at + 1;
    if (below >= count) break;
    let least = load<i32>(latest + (below << 2), TOP);
    if (below + 1 < count) {
      const other = load<i32>(latest + (below << 2), TOP + 4);
      if (other < least) {
        least = other;
        below++;
      }
    }
    if (least >= time) break;
    store<i32>(latest + (at << 2), least, TOP);
    at = below;
  }
  store<i32>(latest + (at << 2), time, TOP);
}

/*
 * The last few times in the order told: the address of the oldest, then the times.
 */

/** @inline */
export function oldest(ring: i32): i32 {
  const next = load<i32>(ring);
  return load<i32>(ring + (next << 2), 4);
}

/** @inline */
export function put(ring: i32, places: i32, time: i32): void {
  const next = load<i32>(ring);
  store<i32>(ring + (next << 2), time, 4);
  store<i32>(ring, next + 1 === places ? 0 : next + 1);
}

/*
 * So many things a cycle, in time order: the cycle of the last one and how many it had; `slots` counts pairs of words.
 */

/** The cycle that a kind of slots has come to. @inline */
export function cycleOf(slots: usize): i32 {
  return load<i32>(marks + slots);
}

/** The first cycle with room at or after `from`. @inline */
export function room(slots: usize, width: i32, from: i32): i32 {
  return from === load<i32>(marks + slots) && load<i32>(used + slots) >= width ? from + 1 : from;
}

/** @inline */
export function take(slots: usize, cycle: i32): void {
  const before = load<i32>(marks + slots) === cycle ? load<i32>(used + slots) : 0;
  store<i32>(marks + slots, cycle);
  store<i32>(used + slots, before + 1);
}

/*
 * A queue of instructions that have been dispatched and not issued: its last issue and the cycle of its last dispatch
 * (times); its room, width, order, dispatches in that cycle, and where the latest times of entries and issues are.
 */
const LAST_ISSUE: usize = 0;
const DISPATCH: usize = 4;
const SIZE: usize = 8;
const WIDTH: usize = 12;
const IN_ORDER: usize = 16;
const DISPATCHED: usize = 20;
const ENTRIES: usize = 24;
const ISSUES: usize = 28;

/** Whether it has any room at all. @inline */
export function isQueue(queue: i32): bool {
  return load<i32>(queue, SIZE) > 0;
}

/** When an entry became free. @inline */
export function freeEntry(queue: i32): i32 {
  return least(load<i32>(queue, ENTRIES));
}

/** @inline */
export function queueRoom(queue: i32, from: i32): i32 {
  return from === load<i32>(queue, DISPATCH) && load<i32>(queue, DISPATCHED) >= load<i32>(queue, WIDTH)
    ? from + 1
    : from;
}

/** @inline */
export function queueTake(queue: i32, cycle: i32): void {
  const before = load<i32>(queue, DISPATCH) === cycle ? load<i32>(queue, DISPATCHED) : 0;
  store<i32>(queue, cycle, DISPATCH);
  store<i32>(queue, before + 1, DISPATCHED);
}

/** Issues at `from` or later, once all but a few older ones have; returns when. @inline */
export function issueFrom(queue: i32, from: i32): i32 {
  const issues = load<i32>(queue, ISSUES);
  const last = load<i32>(queue, LAST_ISSUE);
  let t = later(from, least(issues) + 1);
  if (load<i32>(queue, IN_ORDER) !== 0) t = later(t, last);
  keep(load<i32>(queue, ENTRIES), t);
  keep(issues, t);
  if (t > last) store<i32>(queue, t, LAST_ISSUE);
  return t;
}

/*
 * A unit: when it last began something in order, the end of the last and the cycles in which it is busy (times), then its
 * stations.
 */
const LAST_BEGIN: usize = 0;
export const LAST_BUSY: usize = 4;
const BUSY: i32 = 8;
const STATIONS: i32 = BUSY + 4 * KEPT;

/** Times at which its stations became free. @inline */
export function stationsOf(unit: i32): i32 {
  return unit + STATIONS;
}

/** Takes the unit for `cycles` from the first free cycle at or after `from`; returns that cycle. @inline */
export function start(unit: i32, from: i32, cycles: i32): i32 {
  const last = load<i32>(unit, LAST_BEGIN);
  const t = reserve(unit, stationsOutOfOrder !== 0 || from > last ? from : last + 1, cycles);
  keep(unit + STATIONS, t);
  if (t > last) store<i32>(unit, t, LAST_BEGIN);
  return t;
}

/** Where a cycle stands if it is busy. @inline */
export function busyAt(unit: i32, cycle: i32): i32 {
  return unit + BUSY + ((cycle & (KEPT - 1)) << 2);
}

/** Takes it for something that waits in none of its stations. */
export function reserve(unit: i32, from: i32, cycles: i32): i32 {
  let t = from;
  for (let k = 0; k < cycles; ) {
    if (load<i32>(busyAt(unit, t + k)) === t + k) {
      t += k + 1;
      k = 0;
    } else k++;
  }
  for (let k = t; k < t + cycles; k++) store<i32>(busyAt(unit, k), k);
  if (t + cycles > load<i32>(unit, LAST_BUSY)) store<i32>(unit, t + cycles, LAST_BUSY);
  return t;
}

/** Nothing later in order begins before `time`. @inline */
export function stall(unit: i32, time: i32): void {
  if (time > load<i32>(unit, LAST_BEGIN)) store<i32>(unit, time, LAST_BEGIN);
}
