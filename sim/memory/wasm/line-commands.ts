import { arrival, bringLine, dropFromL1, invalidateHolders, order, portFrom } from './caches';
import { latencyOf, wordsOf } from './core';
import { findLine, putLine, removeLine, roomFor, touchLine } from './l2';
import { nLinesFlushed, nReadsForAtomics, nZeroLines, portTime, zeroTime } from './numbers';
import { castoutRoom, writeLine } from './path';
import { DIRTY, FILL, FLAGS, ZERO_UNTIL } from './state';
import { drainLine } from './store-gather';
import { count, later } from './words';

/*
 * What a core does with whole lines of the L2 cache: claims them, writes them back, reserves them. What its gather
 * buffers hold of such a line goes there first.
 */

/** The line that `atomicAccess` has found or brought. */
let found: i32 = 0;

/** dcbz128 at `s`: the line is claimed without reading it; returns when it could begin. */
export function claimLine(core: i32, line: i32, s: i32): i32 {
  count(nZeroLines, 1);
  const own = wordsOf(core);
  let start = later(s, load<i32>(own, ZERO_UNTIL));
  drainLine(core, line, start);
  let tag = findLine(line);
  if (tag !== 0) {
    touchLine(tag, start);
    invalidateHolders(tag, line, -1);
  } else {
    tag = roomFor(line);
    const flags = load<i32>(tag, FLAGS);
    dropFromL1(tag, flags, line);
    const out = load<i32>(tag);
    putLine(tag, line, 0, start);
    if ((flags & DIRTY) !== 0) {
      start = castoutRoom(start);
      writeLine(out, start);
    }
  }
  const end = portFrom(start, portTime) + zeroTime;
  store<i32>(tag, DIRTY, FLAGS);
  store<i32>(tag, end, FILL);
  store<i32>(own, end, ZERO_UNTIL);
  order(core, end);
  return start;
}

/** dcbf at `s`: the line is written back if dirty and taken out everywhere; returns when issue goes on. */
export function writeBack(core: i32, line: i32, s: i32): i32 {
  count(nLinesFlushed, 1);
  drainLine(core, line, s);
  const from = portFrom(s, portTime);
  const tag = findLine(line);
  if (tag === 0) return from;
  invalidateHolders(tag, line, -1);
  const wasDirty = (load<i32>(tag, FLAGS) & DIRTY) !== 0;
  removeLine(tag);
  if (!wasDirty) return from;
  const room = castoutRoom(from);
  writeLine(line, room);
  return room;
}

/** lwarx's access of the L2 cache at `t`, that takes `time` when the line is there; the line's tag in `found`. */
export function atomicAccess(core: i32, line: i32, t: i32, time: i32): i32 {
  drainLine(core, line, t);
  const from = portFrom(t, portTime);
  const tag = findLine(line);
  if (tag === 0) {
    count(nReadsForAtomics, 1);
    found = roomFor(line);
    return bringLine(found, core, line, from, 0) + time - latencyOf(core);
  }
  touchLine(tag, from);
  found = tag;
  return later(from, arrival(tag, from)) + time;
}

/** stwcx.'s access: also takes the line out of the other cores' L1 caches. */
export function storeLineConditionally(core: i32, line: i32, t: i32, time: i32): i32 {
  const ready = atomicAccess(core, line, t, time);
  invalidateHolders(found, line, core);
  store<i32>(found, load<i32>(found, FLAGS) | DIRTY, FLAGS);
  return ready;
}
