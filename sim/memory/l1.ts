import { L1_BASE, l1Base } from '../engine/context.js';
import { rebaseTimes } from './layout.js';
import { L1_BYTES, L1_FILL, L1_LAST_USE, L1_SET_BYTES, L1_SETS, L1_WAYS } from './wasm/l1-set.js';

/* The L1 data caches as the host sees them. */

/** Where a line's tag stands in a core's L1 cache, or 0. */
export function findInL1(i32: Int32Array, core: number, line: number): number {
  const set = l1Base(core) + (line & (L1_SETS - 1)) * L1_SET_BYTES;
  for (let tag = set; tag < set + 4 * L1_WAYS; tag += 4) if (i32[tag >> 2] === line) return tag;
  return 0;
}

const L1_END = L1_BASE + 3 * L1_BYTES;

/** Empties those of all cores. */
export function emptyL1(i32: Int32Array): void {
  i32.fill(0, L1_BASE >> 2, L1_END >> 2);
  for (let set = L1_BASE; set < L1_END; set += L1_SET_BYTES) i32.fill(-1, set >> 2, (set >> 2) + L1_WAYS);
}

/** Subtracts `delta` from their times. */
export function rebaseL1(i32: Int32Array, delta: number): void {
  for (let set = L1_BASE; set < L1_END; set += L1_SET_BYTES) {
    for (const times of [L1_FILL, L1_LAST_USE]) rebaseTimes(i32, set + times, L1_WAYS, delta);
  }
}
