import { missed, warmDirty, warmDrop, warmHolder, warmLine } from './caches';
import { warmRow } from './dram';
import { dropInstructions, warmInstructions } from './fetch';
import { findInL1, refillL1, touchL1 } from './l1';
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

function tick(): i32 {
  const t = load<i32>(warmClock);
  store<i32>(warmClock, t + 1);
  return t;
}

/** A load of a line by the thread with this context; returns where its tag stands in the L1 cache. */
export function warmLoad(context: i32, line: i32): i32 {
  const core = (context - contextBase) >> coreShift;
  const t = tick();
  const own = findInL1(core, line);
  if (own !== 0) {
    touchL1(own, t);
    return own;
  }
  warmTranslation(core, line << 7);
  const tag = warmLine(line, t);
  if (missed) warmRow(line, t);
  warmHolder(tag, core);
  return refillL1(core, line, t, t);
}

/** dcbt of a line. */
export function warmPrefetch(context: i32, line: i32): i32 {
  return warmLoad(context, line);
}

/** Stores to a line: it is dirty in the L2 cache and out of the other cores' L1 caches. */
export function warmStore(context: i32, line: i32): void {
  const core = (context - contextBase) >> coreShift;
  const t = tick();
  warmTranslation(core, line << 7);
  const tag = warmLine(line, t);
  if (missed) warmRow(line, t);
  warmDirty(tag, line, core);
}

/** dcbz128: as a store, but nothing is read. */
export function warmZero(_context: i32, line: i32): void {
  const t = tick();
  const tag = warmLine(line, t);
  warmDirty(tag, line, -1);
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
  const t = tick();
  warmLine(line, t);
  if (missed) warmRow(line, t);
}
