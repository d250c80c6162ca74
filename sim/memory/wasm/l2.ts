import { l2Coldest, l2First, l2IsTree, l2LockedWays, l2Paths, l2SetMask, l2Ways, oldest } from './numbers';
import { FLAGS, FULL, LAST_USE, TREE } from './state';
import { seldom } from './words';

/*
 * Tags of the shared second-level cache. A line is named by the address of its tag, which stays valid until another line
 * takes its place.
 */

/** @inline */
export function setOf(line: i32): i32 {
  return l2First + ((line & l2SetMask) << 7);
}

/** The tag of a line, or 0. @inline */
export function findLine(line: i32): i32 {
  const way = wayOf(line);
  return way === 0 ? 0 : tagIn(line, way);
}

/** The way of its set that a line is in, as two bits of sixteen, or 0. @inline */
export function wayOf(line: i32): i32 {
  const set = setOf(line);
  const wanted = i32x4.splat(line);
  const low = i32x4.eq(v128.load(set), wanted);
  const high = i32x4.eq(v128.load(set, 16), wanted);
  return i8x16.bitmask(i16x8.narrow_i32x4_s(low, high));
}

/** The tag of a line that is in such a way. @inline */
export function tagIn(line: i32, way: i32): i32 {
  return setOf(line) + (ctz(way) << 1);
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

/** Where a line goes in its set: the tag of an empty way, or still of the victim, which must be replaced. @inline */
export function roomFor(line: i32): i32 {
  return l2IsTree !== 0 ? coldest(setOf(line)) : longestUnused(setOf(line));
}

/** Puts a line there, used at `t`. @inline */
export function putLine(tag: i32, line: i32, flags: i32, t: i32): void {
  store<i32>(tag, line);
  store<i32>(tag, flags, FLAGS);
  if (l2IsTree === 0) store<i32>(tag, t, LAST_USE);
}

export function removeLine(tag: i32): void {
  store<i32>(tag, -1);
  store<i32>(tag, 0, FLAGS);
  if (l2IsTree === 0) store<i32>(tag, oldest, LAST_USE);
  else store<i32>(tag & ~127, load<i32>(tag & ~127, TREE) & ~FULL, TREE);
}

/** Takes an empty way, or the one that the set's tree names the coldest of those not locked. @inline */
function coldest(set: i32): i32 {
  const tree = load<i32>(set, TREE);
  if (seldom((tree & FULL) === 0)) return emptyWay(set, tree);
  return coldestOfFull(set, tree);
}

/** @inline */
function coldestOfFull(set: i32, tree: i32): i32 {
  const cold = coldWord(tree);
  store<i32>(set, cold >> 8, TREE);
  return set + (cold & 0xff);
}

/** Of a full set's tree: where the coldest way stands in its set, and above that byte the tree when it is taken. @inline */
export function coldWord(tree: i32): i32 {
  return load<i32>(l2Coldest + (tree << 2));
}

/** Takes an empty way, or the coldest if there is none. Exported to stay a function. */
export function emptyWay(set: i32, tree: i32): i32 {
  for (let way = l2LockedWays; way < l2Ways; way++) {
    const tag = set + (way << 2);
    if (load<i32>(tag) !== -1) continue;
    touchLine(tag, 0);
    return tag;
  }
  return coldestOfFull(set, tree | FULL);
}

function longestUnused(set: i32): i32 {
  let best = set + (l2LockedWays << 2);
  for (let tag = best + 4; tag < set + (l2Ways << 2); tag += 4) {
    if (load<i32>(tag, LAST_USE) < load<i32>(best, LAST_USE)) best = tag;
  }
  return best;
}
