import { askedCount, askFrom } from './ask';
import { findState, forgetAll, hasRoom, passedCycles, remember, walk, wordsOf } from './memo';
import { issue, remembers, stateCycle } from './numbers';
import { readState } from './state';
import { timeBlock } from './window';

/*
 * The timing of an issue window for translated code: each block once it is over, from the memo as long as it goes as it
 * has gone before, and else by the rules of window.ts.
 */

const ALL: i32 = -1;

/** The state that the window is in, by its place in the memo; 0 while its parts hold it. */
let current: i32 = 0;

/** Blocks that were not remembered weigh more than those that were; beyond the limit the memo rests for some blocks. */
const WEIGHT: i32 = 6;
const LIMIT: i32 = 6000;
const REST: i32 = 30_000;
let unknown: i32 = 0;
let rest: i32 = 0;

/**
 * Times `done` instructions of a block, or all; `block` is the place of the address of its plans, which their number
 * precedes. `taken` and `target` are what became of its branch. The addresses of its accesses are in the context.
 */
export function trace(context: i32, block: i32, done: i32, taken: i32, target: i32): void {
  const from = load<i32>(context + issue) >> 1;
  if (current === 0 || load<i32>(stateCycle) !== from) {
    settle();
    if (rest > 0 || remembers === 0) {
      rest--;
      time(context, block, done, from, taken, target);
      return;
    }
    if (!hasRoom()) forgetAll();
    current = findState(from);
    if (current === 0) {
      time(context, block, done, from, taken, target);
      return;
    }
  }
  const next = walk(current, context, block, done, from, taken !== 0, target);
  if (next !== 0) {
    current = next;
    const d = from + passedCycles();
    store<i32>(stateCycle, d);
    store<i32>(context + issue, d << 1);
    if (unknown > 0) unknown--;
  } else learn(context, block, done, from, taken, target);
}

/** A block that goes as it has not gone before. */
function learn(context: i32, block: i32, done: i32, from: i32, taken: i32, target: i32): void {
  const before = current;
  readState(wordsOf(before), from);
  current = 0;
  const d = run(context, block, done, from, taken, target);
  unknown += WEIGHT;
  if (unknown > LIMIT) {
    unknown = LIMIT >> 1;
    rest = REST;
    return;
  }
  if (!hasRoom()) return;
  const after = findState(d);
  if (after === 0) return;
  remember(before, block, done, askedCount(), d - from, after);
  current = after;
  store<i32>(stateCycle, d);
}

/** A block from the window's parts. */
function time(context: i32, block: i32, done: i32, from: i32, taken: i32, target: i32): void {
  askFrom(from, 0);
  run(context, block, done, from, taken, target);
}

/** @inline */
function run(context: i32, block: i32, done: i32, from: i32, taken: i32, target: i32): i32 {
  const plans = load<i32>(block);
  const d = timeBlock(context, plans + 4, done === ALL ? load<i32>(plans) : done, from, taken !== 0, target);
  store<i32>(context + issue, d << 1);
  return d;
}

/** Times a block that will be another one next time. */
export function traceOnce(context: i32, block: i32, taken: i32, target: i32): void {
  settle();
  time(context, block, ALL, load<i32>(context + issue) >> 1, taken, target);
}

/** Puts the state of the window into its parts. */
export function settle(): void {
  if (current === 0) return;
  readState(wordsOf(current), load<i32>(stateCycle));
  current = 0;
}

/** The window is new. */
export function reset(): void {
  current = 0;
  unknown = 0;
  rest = 0;
}
