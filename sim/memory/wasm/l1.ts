import { l1Of } from './core';
import { L1_BYTES, L1_FILL, L1_LAST_USE, L1_SET_BYTES, L1_SETS } from './l1-set';
import { l1First, oldest } from './numbers';

/*
 * The memory system's side of the L1 data caches: lines come and go here; hits are looked up, and times of last use
 * written, where loads are timed.
 */

/** @inline */
function setOf(core: i32, line: i32): i32 {
  return l1Of(core) + (line & (L1_SETS - 1)) * L1_SET_BYTES;
}

/** Where a line's tag stands in a core's L1 cache, or 0. @inline */
export function findInL1(core: i32, line: i32): i32 {
  const set = setOf(core, line);
  const found = i32x4.bitmask(i32x4.eq(v128.load(set), i32x4.splat(line)));
  return found === 0 ? 0 : set + (ctz(found) << 2);
}

/** Whether a core's L1 cache has the line that stands at `tag`, in the set that `mate` belongs to. @inline */
export function isInSet(core: i32, mate: i32, tag: i32): bool {
  const set = l1First + core * L1_BYTES + (mate & (L1_SETS - 1)) * L1_SET_BYTES;
  return i32x4.bitmask(i32x4.eq(v128.load(set), v128.load32_splat(tag))) !== 0;
}

/** Notes a use of the line whose tag stands at `tag`. */
export function touchL1(tag: i32, t: i32): void {
  store<i32>(tag, t, L1_LAST_USE);
}

/** Puts a line that will be there at `fill` in place of the way of its set used longest ago; returns its tag. @inline */
export function refillL1(core: i32, line: i32, fill: i32, s: i32): i32 {
  const set = setOf(core, line);
  // The least in all lanes: the first way that has it, with no branch that a host could foresee badly.
  const uses = v128.load(set, L1_LAST_USE);
  const pairs = i32x4.min_s(uses, i32x4.shuffle(uses, uses, 2, 3, 0, 1));
  const least = i32x4.min_s(pairs, i32x4.shuffle(pairs, pairs, 1, 0, 3, 2));
  const tag = set + (ctz(i32x4.bitmask(i32x4.eq(uses, least))) << 2);
  store<i32>(tag, line);
  store<i32>(tag, fill, L1_FILL);
  store<i32>(tag, s, L1_LAST_USE);
  return tag;
}

/** Takes a line out, if it is there; returns whether it was. */
export function invalidateL1(core: i32, line: i32): bool {
  const tag = findInL1(core, line);
  if (tag === 0) return false;
  store<i32>(tag, -1);
  store<i32>(tag, oldest, L1_LAST_USE);
  return true;
}
