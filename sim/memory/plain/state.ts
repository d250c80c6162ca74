import { counters, durations, state, times } from './numbers';

/*
 * Words that are not in a row of their own. Times are cycles, of the bus and the port with fractions.
 */

/** When the port of L2, the bus, its way back are free, and when the last store has left its queue; f64 each. */
export const PORT: usize = 0;
export const BUS: usize = 8;
export const WRITE: usize = 16;
export const DRAINED: usize = 24;

/** How long things take, f64 each, cycles. */
export const BUS_TIME: usize = 0;
export const WRITE_TIME: usize = 8;
export const PORT_TIME: usize = 16;
export const L2_LATENCY: usize = 24;
export const MEMORY_LATENCY: usize = 32;
export const REFILL: usize = 40;
export const STORE_TIME: usize = 48;
export const STORE_MISS_TIME: usize = 56;

/** Uses so far (i64), the next places in two rings, the line that a store has fetched from memory last (i32 each). */
export const CLOCK: usize = 0;
export const NEXT_REQUEST: usize = 8;
export const NEXT_STORE: usize = 12;
export const FETCHED_BY_STORE: usize = 16;
/** Of the last access: whether it found its line on the way, and for how long it keeps others from L1, cycles. */
export const JOINED: usize = 20;
export const MOVING: usize = 24;
/** How many streams there are, and the next place among the lines that have been missed lately. */
export const STREAMS: usize = 28;
export const NEXT_CANDIDATE: usize = 32;

/** Counters, i64 each. */
export const L1_MISSES: usize = 0;
export const L2_MISSES: usize = 8;
export const CASTOUTS: usize = 16;
export const PREFETCHES: usize = 24;

/** @inline */
export function time(which: usize): f64 {
  return load<f64>(times + which);
}

/** @inline */
export function setTime(which: usize, value: f64): void {
  store<f64>(times + which, value);
}

/** @inline */
export function duration(which: usize): f64 {
  return load<f64>(durations + which);
}

/** @inline */
export function word(which: usize): i32 {
  return load<i32>(state + which);
}

/** @inline */
export function setWord(which: usize, value: i32): void {
  store<i32>(state + which, value);
}

/** The number of the present use. @inline */
export function clock(): i64 {
  return load<i64>(state + CLOCK);
}

/** @inline */
export function tick(): void {
  store<i64>(state + CLOCK, load<i64>(state + CLOCK) + 1);
}

/** @inline */
export function count(counter: usize): void {
  store<i64>(counters + counter, load<i64>(counters + counter) + 1);
}

/** The place of a ring that is next; the one behind it will be. @inline */
export function turn(which: usize, entries: i32): i32 {
  const at = load<i32>(state + which);
  store<i32>(state + which, at + 1 === entries ? 0 : at + 1);
  return at;
}
