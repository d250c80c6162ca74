import { distanceOf, heldBy, latencyOf, missesOf, wordsOf } from './core';
import { invalidateL1, isInSet, refillL1 } from './l1';
import { findLine, putLine, roomFor, tagIn, touchLine, wayOf } from './l2';
import {
  invalidateTime,
  l2Port,
  nFetchL2Misses,
  nL1Invalidations,
  nL2LoadHits,
  nL2LoadHitsInFlight,
  nL2LoadMisses,
  nL2PortWait,
  nL2StoreHits,
  nOwnershipWait,
  nReadsForOwnership,
  ownershipSlots,
  portTime,
  storeDone,
  storePortTime,
  storeTime,
  turnaround,
} from './numbers';
import { occupy } from './occupancy';
import { castoutRoom, readLine, writeLine } from './path';
import { earliestFree, holdEarliest } from './slots';
import { DIRTY, FILL, FLAGS, HELD_BY_ANY, HELD_SHIFT, LAST_DRAIN, ORDERED, WAIT_SHIFT } from './state';
import { count, later, seldom } from './words';

/*
 * The caches and what is behind them. The L2 cache holds every line that an L1 cache holds and knows which may.
 * Times are half-cycles.
 */

/** @inline */
function ownershipOf(core: i32): i32 {
  return ownershipSlots + (core << 3);
}

/** Books the L2 port from `t` on; returns from when on the request has it. @inline */
export function portFrom(t: i32, length: i32): i32 {
  return occupy(l2Port, t, length, nL2PortWait);
}

/** @inline */
export function order(core: i32, done: i32): void {
  const own = wordsOf(core);
  if (done > load<i32>(own, ORDERED)) store<i32>(own, done, ORDERED);
}

/** Takes a line out of L1 caches, all but `keep`'s; returns whether one had it. */
export function invalidateHolders(tag: i32, line: i32, keep: i32): bool {
  const flags = load<i32>(tag, FLAGS);
  const holders = flags & HELD_BY_ANY & ~(keep < 0 ? 0 : heldBy(keep));
  if (holders === 0) return false;
  store<i32>(tag, flags & ~holders, FLAGS);
  return invalidateCores(holders, line);
}

function invalidateCores(holders: i32, line: i32): bool {
  let any = false;
  for (let left = holders; left !== 0; left &= left - 1) {
    if (!invalidateL1(ctz(left) - HELD_SHIFT, line)) continue;
    count(nL1Invalidations, 1);
    any = true;
  }
  return any;
}

/**
 * The same for a line with such a tag and flags that another one takes the place of, that mostly one core may hold, and
 * has not any more. @inline
 */
export function dropFromL1(tag: i32, flags: i32, line: i32): void {
  const holders = flags & HELD_BY_ANY;
  if (seldom(isShared(holders))) invalidateCores(holders, load<i32>(tag));
  else if (seldom(mayHold(holders, tag, line))) invalidateCores(holders, load<i32>(tag));
}

/** @inline */
export function isShared(holders: i32): bool {
  return (holders & (holders - 1)) !== 0;
}

/**
 * Whether the one holder's L1 cache may have a line with such a tag that `line` takes the place of. The L2 cache has no
 * fewer sets than the L1 caches, so both lines go to one set there, which can be looked at early. @inline
 */
export function mayHold(holder: i32, tag: i32, line: i32): bool {
  return isInSet(holder >> (HELD_SHIFT + 1), line, tag);
}

/** Puts a line there that was asked for at `t` and will come at `fill`. @inline */
function putComing(tag: i32, line: i32, flags: i32, t: i32, fill: i32): void {
  putLine(tag, line, flags | ((fill - t) << WAIT_SHIFT), t);
  store<i32>(tag, fill, FILL);
}

/**
 * Brings a line that the L2 cache has not into it, to the place that `roomFor` has found; returns when it arrives.
 * `flags` become the line's.
 */
export function bringLine(tag: i32, core: i32, line: i32, t: i32, flags: i32): i32 {
  const victimFlags = load<i32>(tag, FLAGS);
  dropFromL1(tag, victimFlags, line);
  const out = load<i32>(tag);
  const wasDirty = (victimFlags & DIRTY) !== 0;
  const room = wasDirty ? castoutRoom(t) : t;
  // The short request goes before the victim on the same link.
  const fill = readLine(line, room) + distanceOf(core);
  if (wasDirty) writeLine(out, room);
  putComing(tag, line, flags, t, fill);
  return fill;
}

/** The same in the place of a clean line for a core's L1 cache: most of all lines come like this. @inline */
function bringHeldLine(tag: i32, victimFlags: i32, core: i32, line: i32, t: i32): i32 {
  dropFromL1(tag, victimFlags, line);
  const fill = readLine(line, t) + distanceOf(core);
  putComing(tag, line, heldBy(core), t, fill);
  return fill;
}

/**
 * When a line of the L2 cache is there for a request at `t`. One on its way that was asked for after `t`, by a core
 * that was simulated first, comes as long after this request as it would have come after that one.
 */
export function arrival(tag: i32, t: i32): i32 {
  const arrives = load<i32>(tag, FILL);
  if (arrives <= t) return arrives;
  const asked = arrives - (load<i32>(tag, FLAGS) >>> WAIT_SHIFT);
  if (asked <= t) return arrives;
  store<i32>(tag, arrives - (asked - t), FILL);
  return arrives - (asked - t);
}

/** A gather buffer's bytes go to the L2 cache at `t`; returns when the buffer is free. */
export function commitStores(core: i32, line: i32, t: i32): i32 {
  const own = wordsOf(core);
  const from = later(t, load<i32>(own, LAST_DRAIN));
  const taken = portFrom(from, storePortTime) + storeTime;
  store<i32>(own, taken, LAST_DRAIN);
  const tag = findLine(line);
  let free = taken;
  let done = taken + storeDone;
  if (tag !== 0) {
    count(nL2StoreHits, 1);
    touchLine(tag, t);
    if (invalidateHolders(tag, line, core)) done += invalidateTime;
    done = later(done, arrival(tag, taken));
    store<i32>(tag, load<i32>(tag, FLAGS) | DIRTY, FLAGS);
  } else {
    count(nReadsForOwnership, 1);
    free = later(taken, earliestFree(ownershipOf(core)));
    if (free > taken) count(nOwnershipWait, free - taken);
    done = bringLine(roomFor(line), core, line, free, DIRTY);
    holdEarliest(ownershipOf(core), done);
  }
  order(core, done);
  return free;
}

/** From when on a core's miss queue has a slot for a load. @inline */
export function missAccepted(core: i32): i32 {
  return earliestFree(missesOf(core));
}

/** Brings a line to a core's L1 cache through the miss slot free at `t`; returns the fill time. @inline */
export function loadLine(core: i32, line: i32, t: i32): i32 {
  const from = portFrom(t, portTime);
  const way = wayOf(line);
  let fill: i32;
  if (way !== 0) {
    const tag = tagIn(line, way);
    touchLine(tag, t);
    count(nL2LoadHits, 1);
    fill = from + latencyOf(core);
    if (load<i32>(tag, FILL) > fill) {
      fill = later(fill, arrival(tag, from));
      count(nL2LoadHitsInFlight, 1);
    }
    store<i32>(tag, load<i32>(tag, FLAGS) | heldBy(core), FLAGS);
    holdEarliest(missesOf(core), fill);
  } else {
    count(nL2LoadMisses, 1);
    const tag = roomFor(line);
    const flags = load<i32>(tag, FLAGS);
    if (seldom((flags & DIRTY) !== 0)) fill = bringLine(tag, core, line, from, heldBy(core));
    else fill = bringHeldLine(tag, flags, core, line, from);
    holdEarliest(missesOf(core), fill + turnaround);
  }
  refillL1(core, line, fill, t);
  return fill;
}

/** Brings a line of instructions to a core at `t`; returns when it is there. Nobody keeps it in step with stores. */
export function fetchInstructions(core: i32, line: i32, t: i32): i32 {
  const from = portFrom(t, portTime);
  const tag = findLine(line);
  if (tag === 0) {
    count(nFetchL2Misses, 1);
    return bringLine(roomFor(line), core, line, from, 0);
  }
  touchLine(tag, t);
  return later(from + latencyOf(core), arrival(tag, from));
}

/** As `loadLine` past the L2 cache, where the line is not there: nobody will know that the L1 cache has it. */
export function loadPastL2(core: i32, line: i32, t: i32): i32 {
  if (findLine(line) !== 0) return loadLine(core, line, t);
  count(nL2LoadMisses, 1);
  const from = portFrom(t, portTime);
  const fill = readLine(line, from) + distanceOf(core);
  holdEarliest(missesOf(core), fill + turnaround);
  refillL1(core, line, fill, t);
  return fill;
}

/** When all stores of a core so far are ordered. */
export function orderedAt(core: i32): i32 {
  return load<i32>(wordsOf(core), ORDERED);
}
