import { l2First, l2IsTree, l2LockedWays, l2Paths, l2SetMask, l2Ways, oldest } from './numbers';

/*
 * Tags of the shared second-level cache. A set is 128 bytes: eight tags, fill times, flags, and what replacement
 * needs. A line is named by the address of its tag, which stays valid until the next `allocateLine`.
 */
/** Offsets from a line's tag. */
export const FILL: usize = 32;
export const FLAGS: usize = 64;
const LAST_USE: usize = 96;
/**
 * Pseudo-LRU instead of times: one word a set. Bit n is node n of the tree (root 1, ways below its leaves) and names
 * the colder half; bit 0 says that no way is empty.
 */
const TREE: usize = 96;
const FULL: i32 = 1;

/** Bits of a line's flags: dirty, which cores' L1 caches may hold it, and how long it was on its way from memory. */
export const WAIT_SHIFT: i32 = 8;
export const DIRTY: i32 = 1;
export const HELD_BY_ANY: i32 = 14;
export function heldBy(core: i32): i32 {
  return 2 << core;
}

/** What `allocateLine` replaced: its line (-1: nothing) and its flags. */
export let victim: i32 = -1;
export let victimFlags: i32 = 0;

/** @inline */
function setOf(line: i32): i32 {
  return l2First + ((line & l2SetMask) << 7);
}

/** The tag of a line, or 0. @inline */
export function findLine(line: i32): i32 {
  const set = setOf(line);
  const wanted = i32x4.splat(line);
  const low = i32x4.bitmask(i32x4.eq(v128.load(set), wanted));
  const high = i32x4.bitmask(i32x4.eq(v128.load(set, 16), wanted));
  const found = low | (high << 4);
  return found === 0 ? 0 : set + (ctz(found) << 2);
}

/** Notes a use at `t`, for replacement. @inline */
export function touchLine(tag: i32, t: i32): void {
  if (l2IsTree === 0) {
    store<i32>(tag, t, LAST_USE);
    return;
  }
  const set = tag & ~127;
  const path = l2Paths + ((tag & 31) << 1);
  store<i32>(set, (load<i32>(set, TREE) & load<i32>(path)) | load<i32>(path, 4), TREE);
}

/** Puts a line into its set, clean and held by nobody, where a way is empty or in place of the victim. @inline */
export function allocateLine(line: i32, t: i32): i32 {
  const set = setOf(line);
  const tag = l2IsTree !== 0 ? coldest(set) : longestUnused(set);
  victim = load<i32>(tag);
  victimFlags = load<i32>(tag, FLAGS);
  store<i32>(tag, line);
  store<i32>(tag, 0, FLAGS);
  touchLine(tag, t);
  return tag;
}

export function removeLine(tag: i32): void {
  store<i32>(tag, -1);
  store<i32>(tag, 0, FLAGS);
  if (l2IsTree === 0) store<i32>(tag, oldest, LAST_USE);
  else store<i32>(tag & ~127, load<i32>(tag & ~127, TREE) & ~FULL, TREE);
}

/** An empty way, or the one the tree points at; pointing at a locked one it is turned away until it does not. @inline */
function coldest(set: i32): i32 {
  if ((load<i32>(set, TREE) & FULL) === 0) {
    for (let way = l2LockedWays; way < l2Ways; way++) {
      if (load<i32>(set + (way << 2)) === -1) return set + (way << 2);
    }
    store<i32>(set, load<i32>(set, TREE) | FULL, TREE);
  }
  let tag = pointedAt(set);
  while (tag < set + (l2LockedWays << 2)) {
    touchLine(tag, 0);
    tag = pointedAt(set);
  }
  return tag;
}

/** The way that a set's tree names the coldest. @inline */
function pointedAt(set: i32): i32 {
  const tree = load<i32>(set, TREE);
  let node = 1;
  while (node < l2Ways) node = 2 * node + ((tree >> node) & 1);
  return set + ((node - l2Ways) << 2);
}

function longestUnused(set: i32): i32 {
  let best = set + (l2LockedWays << 2);
  for (let tag = best + 4; tag < set + (l2Ways << 2); tag += 4) {
    if (load<i32>(tag, LAST_USE) < load<i32>(best, LAST_USE)) best = tag;
  }
  return best;
}
