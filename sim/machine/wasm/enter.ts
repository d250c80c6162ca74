import { reach, seldom } from './host';
import {
  fpscr,
  instructions,
  leftBranch,
  leftSingle,
  leftSync,
  leftYield,
  lineMask,
  lines,
  pc,
  vscr,
} from './numbers';
import { BLOCK, FUNCTION, KINDS, SYNC, TOLD } from './ways';

/*
 * From one piece of translated code to the next, without the host. It is found by address in a table with one place
 * for each; see ways.ts. What kind of way one is stands in the upper word of two that are compared at once.
 */
const KIND: i64 = (<i64>(KINDS - 1)) << 32;
const IS_TOLD: i64 = (<i64>TOLD) << 32;
const IS_SYNC: i64 = (<i64>SYNC) << 32;

/** Instructions one call may execute at most before it comes back. */
const LONGEST_RUN: i64 = 1 << 28;

const NON_JAVA: i32 = 0x10000;
const ROUNDING: i32 = 3;

/** Mode of a thread, an index of TranslatedEngine.entries: translated code leaves it as it is. */
export function modeOf(context: i32): i32 {
  const nj = (load<i32>(context + vscr) & NON_JAVA) !== 0 ? 1 : 0;
  return (load<i32>(context + fpscr) & ROUNDING) !== 0 ? nj + 2 : nj;
}

/** Where the table has the code that a thread stands before, if it has that. @inline */
function lineOf(context: i32): i32 {
  return lines + ((load<i32>(context + pc) << 2) & lineMask);
}

/** What kind of way leads on from where a thread stands; something else than a kind where none is known. @inline */
function wayFrom(line: i32, context: i32, mode: i32, generation: i32): i64 {
  return load<i64>(line) ^ (((<i64>generation) << 32) | <i64>(<u32>(load<i32>(context + pc) | mode)));
}

/** Whether a thread may go on by a way that is not of the common kind. */
function goesOn(way: i64, context: i32): bool {
  if (way & IS_TOLD) reach(context);
  return !(way & IS_SYNC);
}

/** @inline */
function enter(line: i32, context: i32, budget: i32): i32 {
  return call_indirect<i32>(load<i32>(line, FUNCTION), context, budget, load<i32>(line, BLOCK));
}

/**
 * Runs a thread from one piece of code to the next until a yield point at or after the slot `deadline`, or for another
 * reason of LEFT, of which `branch` says that there is no code for where it stands. Mostly the first piece comes to the
 * deadline. @inline
 */
export function runTimed(context: i32, deadline: i32, generation: i32, mode: i32): i32 {
  const line = lineOf(context);
  let left = leftBranch;
  if (wayFrom(line, context, mode, generation) === 0) left = enter(line, context, deadline);
  if (seldom(left === leftBranch)) return goOn(context, deadline, generation, mode);
  return left;
}

/** The same, by ways of any kind. */
function goOn(context: i32, deadline: i32, generation: i32, mode: i32): i32 {
  while (true) {
    const line = lineOf(context);
    const way = wayFrom(line, context, mode, generation);
    if (seldom(way !== 0)) {
      if (way & ~KIND) return leftBranch;
      if (!goesOn(way, context)) return leftSync;
    }
    const left = enter(line, context, deadline);
    if (left !== leftBranch) return left;
  }
}

/** The same without time: until `deadline` instructions have been retired. */
export function runCounting(context: i32, deadline: f64, generation: i32): i32 {
  const end = <i64>deadline;
  const mode = modeOf(context);
  while (true) {
    const line = lineOf(context);
    const way = wayFrom(line, context, mode, generation);
    if (seldom(way !== 0)) {
      if (way & ~KIND) return leftBranch;
      if (!goesOn(way, context)) return leftSync;
    }
    const rest = end - load<i64>(context + instructions);
    const budget = rest < 0 ? 0 : rest < LONGEST_RUN ? <i32>rest : <i32>LONGEST_RUN;
    const left = enter(line, context, budget);
    if (left === leftBranch || (left === leftYield && load<i64>(context + instructions) < end)) continue;
    return left;
  }
}

/** Executes the synchronising instruction that a thread stands before; returns false where the host must. */
export function synchronise(context: i32, mode: i32, generation: i32): bool {
  const line = lineOf(context);
  const way = wayFrom(line, context, mode, generation);
  if (way & ~KIND || !(way & IS_SYNC)) return false;
  goesOn(way, context);
  return enter(line, context, 0) !== leftSingle;
}
