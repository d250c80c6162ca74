import { isShared, mayHold } from './caches';
import { heldBy } from './core';
import { dropInstructions, warmInstructions } from './fetch';
import { findInL1, refillL1, touchL1 } from './l1';
import { coldWord, putLine, setOf, tagIn, touchLine, wayOf } from './l2';
import { contextBase, coreShift, l2IsTree, translates, warmClock } from './numbers';
import { FILL, FLAGS, FULL, HELD_BY_ANY, TREE } from './state';
import { isTranslated, warmTranslation } from './translation';
import { warmDirty, warmDrop, warmHolder, warmLine } from './warm-l2';
import { bankFor, controllerFor, isAhead, isClosed, isRow, openUnseen, tickOf, useRow } from './warm-row';
import { seldom } from './words';

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

/**
 * The same of a line that the L1 cache has not, at `t`; returns where its tag stands there now. Translated code has this in
 * its own place, where a call more would cost more than what it does.
 */
export function warmMiss(context: i32, line: i32, t: i32): i32 {
  const core = (context - contextBase) >> coreShift;
  const tag = warmPlainly(core, line, t);
  if (seldom(tag === 0)) return warmFully(core, line, t);
  return tag;
}

/** The same where it is nothing unusual; elsewhere nothing is done and 0 returned. @inline */
function warmPlainly(core: i32, line: i32, t: i32): i32 {
  if (translates !== 0) {
    if (seldom(!isTranslated(core, line << 7))) return 0;
  }
  const way = wayOf(line);
  if (way !== 0) {
    const tag = tagIn(line, way);
    touchLine(tag, t);
    warmHolder(tag, core);
    return refillL1(core, line, t, t);
  }
  // A full set, whose tree names what leaves it.
  if (l2IsTree === 0) return 0;
  const set = setOf(line);
  const tree = load<i32>(set, TREE);
  if (seldom((tree & FULL) === 0)) return 0;
  const cold = coldWord(tree);
  const tag = set + (cold & 0xff);
  // No L1 cache has that.
  const holders = load<i32>(tag, FLAGS) & HELD_BY_ANY;
  if (seldom(isShared(holders))) return 0;
  if (seldom(mayHold(holders, tag, line))) return 0;
  const tick = tickOf(t);
  const controller = controllerFor(line);
  const bank = bankFor(line);
  if (seldom(isAhead(controller, tick))) return 0;
  if (seldom(!isRow(bank, line))) openUnseen(controller, bank, line, tick);
  else if (seldom(isClosed(bank, tick))) return 0;
  useRow(bank, tick);
  store<i32>(set, cold >> 8, TREE);
  putLine(tag, line, heldBy(core), t);
  store<i32>(tag, t, FILL);
  return refillL1(core, line, t, t);
}

/** The same whatever there is to do. Exported to stay a function. */
export function warmFully(core: i32, line: i32, t: i32): i32 {
  warmTranslation(core, line << 7);
  warmHolder(warmLine(line, t, true), core);
  return refillL1(core, line, t, t);
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
