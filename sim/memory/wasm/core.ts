import { coreWords } from './numbers';
import { CORE_BYTES, DISTANCE, HELD_BY, L1, LATENCY } from './state';

/*
 * What the memory system keeps of each core at one place, so that one address leads to all of it. Times are half-cycles.
 */

/** @inline */
export function wordsOf(core: i32): i32 {
  return coreWords + core * CORE_BYTES;
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
