import { coreBytes, coreWords } from './numbers';

/*
 * What the memory system keeps of each core at one place, so that one address leads to all of it. First the head of its
 * miss slots; then what does not change: its bit among a line's holders, its L1 cache, how much farther from the L2 cache
 * than most it is and its load-to-use time; when its last gather was taken, all its stores are ordered, its last
 * dcbz128 is over. Times are half-cycles.
 */
const HELD_BY: usize = 8;
const L1: usize = 12;
const DISTANCE: usize = 16;
const LATENCY: usize = 20;
export const LAST_DRAIN: usize = 24;
export const ORDERED: usize = 28;
export const ZERO_UNTIL: usize = 32;

/** @inline */
export function wordsOf(core: i32): i32 {
  return coreWords + core * coreBytes;
}

/** The core's miss slots; see slots.ts. @inline */
export function missesOf(core: i32): i32 {
  return wordsOf(core);
}

/** The bit in a line's flags that says that the core's L1 cache may hold it. @inline */
export function heldBy(core: i32): i32 {
  return load<i32>(wordsOf(core), HELD_BY);
}

/** @inline */
export function l1Of(core: i32): i32 {
  return load<i32>(wordsOf(core), L1);
}

/** @inline */
export function distanceOf(core: i32): i32 {
  return load<i32>(wordsOf(core), DISTANCE);
}

/** @inline */
export function latencyOf(core: i32): i32 {
  return load<i32>(wordsOf(core), LATENCY);
}
