import { warmBoth, warmDirty, warmDrop, warmLine } from './caches';
import { dropInstructions, warmInstructions } from './fetch';
import { findInL1, touchL1 } from './l1';
import { contextBase, coreShift, warmClock } from './numbers';
import { warmTranslation } from './translation';

/*
 * Functional warming: what accesses leave behind in caches and open rows, without time. The order of uses, which
 * replacement needs, comes from a clock of its own, which `warmFrom` sets and each access advances by a half-cycle;
 * time must go on from `warmFrom`'s result or later.
 */

/** Begins to warm at `t` (half-cycles). */
export function warmFrom(t: i32): void {
  store<i32>(warmClock, t);
}

/** The time after which detailed timing may go on. */
export function warmUntil(): i32 {
  return load<i32>(warmClock);
}

/** @inline */
function tick(): i32 {
  const t = load<i32>(warmClock);
  store<i32>(warmClock, t + 1);
  return t;
}

/** A load or dcbt of a line by the thread with this context. */
export function warmLoad(context: i32, line: i32): void {
  const own = findInL1((context - contextBase) >> coreShift, line);
  if (own !== 0) touchL1(own, tick());
  else warmMiss(context, line, tick());
}

/** The same of a line that the L1 cache has not, at `t`; returns where its tag stands there now. */
export function warmMiss(context: i32, line: i32, t: i32): i32 {
  const core = (context - contextBase) >> coreShift;
  warmTranslation(core, line << 7);
  return warmBoth(core, line, t);
}

/** Stores to a line: it is dirty in the L2 cache and out of the other cores' L1 caches. */
export function warmStore(context: i32, line: i32): void {
  const core = (context - contextBase) >> coreShift;
  const t = tick();
  warmTranslation(core, line << 7);
  warmDirty(warmLine(line, t, true), line, core);
}

/** dcbz128: as a store, but nothing is read. */
export function warmZero(_context: i32, line: i32): void {
  const t = tick();
  warmDirty(warmLine(line, t, false), line, -1);
}

/** dcbf, dcbst, icbi: the line is nowhere. */
export function warmFlush(_context: i32, line: i32): void {
  tick();
  dropInstructions(line);
  warmDrop(line);
}

/** A line of instructions that the instruction cache has not. */
export function warmFetch(context: i32, line: i32): void {
  warmInstructions(context, line, tick());
}

/** lwarx: a use in the L2 cache only. */
export function warmReserve(_context: i32, line: i32): void {
  warmLine(line, tick(), true);
}
