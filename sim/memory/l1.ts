import { L1_BYTES, L1_SET_BYTES, l1Base } from '../engine/context.js';
import { type Layout, OLDEST } from './layout.js';

/** The L1 data caches' side of the memory system; hits are looked up where the load is timed. */
export interface L1 {
  /** Puts a line that will be there at `fill` in place of the way of its set used longest ago. */
  refill(core: number, line: number, fill: number, s: number): void;
  /** Takes a line out, if it is there; returns whether it was. */
  invalidate(core: number, line: number): boolean;
  reset(): void;
}

const WAYS = 4;
const SET_WORDS = L1_SET_BYTES >> 2;
const SET_MASK = L1_BYTES / L1_SET_BYTES - 1;
const CORES = 3;
/** Words of a set: tags, fill times, times of last use. */
const FILL = WAYS;
const LAST_USE = 2 * WAYS;

export function newL1(layout: Layout): L1 {
  const { i32 } = layout;
  const first = l1Base(0) >> 2;
  const perCore = L1_BYTES >> 2;

  function refill(core: number, line: number, fill: number, s: number): void {
    const set = first + core * perCore + (line & SET_MASK) * SET_WORDS;
    let way = 0;
    for (let other = 1; other < WAYS; other++) {
      if (i32[set + LAST_USE + other] < i32[set + LAST_USE + way]) way = other;
    }
    i32[set + way] = line;
    i32[set + FILL + way] = fill;
    i32[set + LAST_USE + way] = s;
  }

  function invalidate(core: number, line: number): boolean {
    const set = first + core * perCore + (line & SET_MASK) * SET_WORDS;
    for (let way = 0; way < WAYS; way++) {
      if (i32[set + way] === line) {
        i32[set + way] = -1;
        i32[set + LAST_USE + way] = OLDEST;
        return true;
      }
    }
    return false;
  }

  function reset(): void {
    for (let set = first; set < first + CORES * perCore; set += SET_WORDS) {
      i32.fill(-1, set, set + WAYS);
      i32.fill(0, set + FILL, set + SET_WORDS);
    }
  }

  return { refill, invalidate, reset };
}
