import { L1_BYTES, L1_SET_BYTES, l1Base } from '../engine/context.js';
import { OLDEST } from './layout.js';

/*
 * The memory system's side of the L1 data caches: lines come and go here; hits are looked up, and times of last use
 * written, where loads are timed.
 */
const WAYS = 4;
const SET_WORDS = L1_SET_BYTES >> 2;
const SET_MASK = L1_BYTES / L1_SET_BYTES - 1;
const CORES = 3;
const FILL = WAYS;
const LAST_USE = 2 * WAYS;
const FIRST = l1Base(0) >> 2;
const CORE_WORDS = L1_BYTES >> 2;

const setOf = (core: number, line: number): number =>
  FIRST + core * CORE_WORDS + (line & SET_MASK) * SET_WORDS;

/** Puts a line that will be there at `fill` in place of the way of its set used longest ago. */
export function refillL1(i32: Int32Array, core: number, line: number, fill: number, s: number): void {
  const set = setOf(core, line);
  let way = 0;
  for (let other = 1; other < WAYS; other++) {
    if (i32[set + LAST_USE + other] < i32[set + LAST_USE + way]) way = other;
  }
  i32[set + way] = line;
  i32[set + FILL + way] = fill;
  i32[set + LAST_USE + way] = s;
}

/** Takes a line out, if it is there; returns whether it was. */
export function invalidateL1(i32: Int32Array, core: number, line: number): boolean {
  const set = setOf(core, line);
  for (let way = 0; way < WAYS; way++) {
    if (i32[set + way] === line) {
      i32[set + way] = -1;
      i32[set + LAST_USE + way] = OLDEST;
      return true;
    }
  }
  return false;
}

/** Empties the caches of all cores. */
export function resetL1(i32: Int32Array): void {
  for (let set = FIRST; set < FIRST + CORES * CORE_WORDS; set += SET_WORDS) {
    i32.fill(-1, set, set + WAYS);
    i32.fill(0, set + FILL, set + SET_WORDS);
  }
}
