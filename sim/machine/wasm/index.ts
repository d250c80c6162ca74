import { modeOf, runTimed, synchronise } from './enter';
import { seldom } from './host';
import {
  contextBase,
  contextBytes,
  cycleMask,
  issue,
  leftSync,
  leftYield,
  priority,
  shareUntil,
  state,
  stateAsleep,
  stateBeforeSync,
  stateDone,
  stateRunning,
  staysTogether,
  turns,
  unknown,
} from './numbers';

/*
 * The rule of machine/scheduler.ts for threads that want nothing but their code run: the host is left out until one
 * wants something else. A thread is named by the address of its context.
 */
export { runCounting } from './enter';

/** What a thread that `schedule` returns has come to: a member of LEFT; and how far it was to run. */
export let left: i32 = 0;
export let deadline: i32 = 0;
/** The end of the present quantum. */
export let end: i32 = 0;

/** The same for a thread that the host chooses. */
export function run(context: i32, until: i32, generation: i32): i32 {
  return runTimed(context, until, generation, modeOf(context));
}

/** How far threads go ahead of each other side by side, until when they do, and the place of `MemorySystem.crowdedUntil`. */
let lead: i32 = 0;
export let together: i32 = 0;
let crowdedUntil: i32 = 0;

/** What `schedule` needs beside its parameters. */
export function keepTogether(most: i32, until: i32, crowded: i32): void {
  lead = most;
  together = until;
  crowdedUntil = crowded !== 0 ? crowded : turns + NO_TIME;
}

/**
 * Runs threads up to `from`, the end of a quantum, and then quantum by quantum, each `extra` longer, while the thread that
 * is behind has not come to `limit`; windows have `window` half-cycles. Returns a thread of which the host must finish
 * the run up to `deadline`, or 0 when it must look for itself what comes next.
 */
export function schedule(from: i32, limit: i32, quantum: i32, extra: i32, window: i32, generation: i32): i32 {
  end = from;
  windowEnd = 0;
  for (let thread = 0; thread < 6; thread++) setTurn(thread, firstTurn(thread));
  let turn = leastTurn();
  while (true) {
    const now = <i32>(turn >> TIME);
    if (now >= end) {
      if (now >= limit) return 0;
      end = (now / quantum + 1) * quantum + extra;
    }
    const traits = <i32>turn;
    const thread = (traits >> THREAD) & 7;
    const context = contextOf(thread);
    const doing = load<i32>(context + state);
    if (seldom(doing !== stateRunning)) {
      if (doing !== stateBeforeSync) return 0;
      enterWindow(context, thread, traits, now, window);
      if (!runSync(context, contextOf(thread ^ 1), traits, now, generation)) return 0;
      setTurn(thread, firstTurn(thread));
      setTurn(thread ^ 1, firstTurn(thread ^ 1));
      turn = leastTurn();
      continue;
    }
    let until = enterWindow(context, thread, traits, now, window);
    setTurn(thread, NEVER);
    const next = leastTurn();
    const most = <i32>(next >> TIME) + lead;
    until = isSlow(now) & i32(most < until) ? most : until;
    if (traits & LOW) until = beforeBusy(until);
    const reason = runTimed(context, until, generation, traits & MODE);
    if (reason !== leftYield) {
      if (reason !== leftSync) {
        left = reason;
        deadline = until;
        return context;
      }
      store<i32>(context + state, stateBeforeSync);
    }
    const after = turnAt(load<i32>(context + issue), traits & TRAITS);
    setTurn(thread, after);
    turn = after < next ? after : next;
  }
}

/*
 * Contexts lie far apart; all that each turn needs of all threads lies together. A turn is a number: the thread's time,
 * its number, and traits that only the host changes. The least one is that of the thread that is behind.
 */
const TIME: i64 = 8;
const THREAD: i32 = 5;
const TRAITS: i32 = 0xff;
/** The thread's mode. */
const MODE: i32 = 3;
/** Whether its priority is low, and whether that of just one of it and its sibling is. */
const LOW: i32 = 4;
const DIFFERS: i32 = 8;
/** Whether its sibling is live. */
const SHARES: i32 = 16;
/** The turn of a thread that is not live. */
const NEVER: i64 = 0x3f_ffff_ff00;
/** Behind the turns, a word before which nothing happens. */
const NO_TIME: i32 = 48;

/** @inline */
function turnAt(time: i32, traits: i32): i64 {
  return ((<i64>time) << TIME) | <i64>traits;
}

/** @inline */
function setTurn(thread: i32, turn: i64): void {
  store<i64>(turns + 8 * thread, turn);
}

/** @inline */
function leastTurn(): i64 {
  const a = earlier(load<i64>(turns), load<i64>(turns, 8));
  const b = earlier(load<i64>(turns, 16), load<i64>(turns, 24));
  const c = earlier(load<i64>(turns, 32), load<i64>(turns, 40));
  return earlier(earlier(a, b), c);
}

/** @inline */
function earlier(a: i64, b: i64): i64 {
  return a < b ? a : b;
}

function firstTurn(thread: i32): i64 {
  const context = contextOf(thread);
  const sibling = contextOf(thread ^ 1);
  if (!isLive(context)) return NEVER;
  let traits = (thread << THREAD) | modeOf(context);
  if (isLow(context)) traits |= LOW;
  if (isLow(context) !== isLow(sibling)) traits |= DIFFERS;
  if (isLive(sibling)) traits |= SHARES;
  return turnAt(load<i32>(context + issue), traits);
}

/** @inline */
function contextOf(thread: i32): i32 {
  return contextBase + thread * contextBytes;
}

/** @inline */
function isLive(context: i32): bool {
  const now = load<i32>(context + state);
  return now !== stateDone && now !== stateAsleep;
}

/** @inline */
function isLow(context: i32): bool {
  return load<i32>(context + priority) < 0;
}

/** Whether threads keep together at a time: 1 or 0. @inline */
function isSlow(now: i32): i32 {
  return i32(now < together) | i32(now < load<i32>(crowdedUntil));
}

/** How far a thread goes for the quantum's and its core's sake. @inline */
function enterWindow(context: i32, thread: i32, traits: i32, now: i32, window: i32): i32 {
  if (!(traits & SHARES)) {
    store<i32>(context + cycleMask, 1);
    return end;
  }
  let shared = load<i32>(context + shareUntil);
  if (now >= shared) {
    shared = windowAfter(now, window);
    share(context, contextOf(thread ^ 1), traits, shared);
  }
  return shared < end ? shared : end;
}

/** Lets a thread do what it has waited for; returns false where the host must. */
function runSync(context: i32, sibling: i32, traits: i32, now: i32, generation: i32): bool {
  if (!synchronise(context, traits & MODE, generation)) return false;
  store<i32>(context + state, stateRunning);
  together = now + staysTogether;
  if (isLow(context) !== ((traits & LOW) !== 0)) {
    store<i32>(context + shareUntil, unknown);
    store<i32>(sibling + shareUntil, unknown);
  }
  return true;
}

/** `until`, or the time of the first thread that is not at low priority where that comes before. */
function beforeBusy(until: i32): i32 {
  let first = until;
  for (let t = contextBase; t < contextBase + 6 * contextBytes; t += contextBytes) {
    const own = load<i32>(t + issue);
    if (own < first && isLive(t) && !isLow(t)) first = own;
  }
  return first;
}

/** The end of the last window that threads have entered. */
let windowEnd: i32 = 0;

/** The end of the window that holds `now`: mostly the last one or the next. @inline */
function windowAfter(now: i32, window: i32): i32 {
  if (now >= windowEnd)
    windowEnd = now - windowEnd < window ? windowEnd + window : (now / window + 1) * window;
  return windowEnd;
}

/** Shares of the window up to `end` that `first`, which is behind, enters. @inline */
function share(first: i32, second: i32, traits: i32, end: i32): void {
  let mask = 3;
  let other = 3;
  if (traits & DIFFERS) {
    mask = traits & LOW ? 7 : 1;
    other = traits & LOW ? 1 : 7;
  }
  const isAlone = load<i32>(second + issue) >= end;
  store<i32>(first + cycleMask, isAlone ? 1 : mask);
  store<i32>(second + cycleMask, other);
  store<i32>(first + shareUntil, end);
  store<i32>(second + shareUntil, end);
}
