import { modeOf, runTimed, synchronise } from './enter';
import { seldom } from './host';
import {
  contextBase,
  contextBytes,
  contextShift,
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
  step = extra === 0 ? quantum : 0;
  // The end of the last quantum that begins before `limit`.
  const least = ((limit + quantum - 1) / quantum) * quantum;
  const last = from < least ? least : from;
  for (let thread = 0; thread < 6; thread++) setTurn(contextOf(thread), firstTurn(contextOf(thread)));
  let turn = leastTurn();
  while (true) {
    const now = timeOf(turn);
    if (seldom(now >= last)) return 0;
    const quantumEnd = end;
    if (seldom(now - quantumEnd >= step)) end = (now / quantum + 1) * quantum + extra;
    else end = now < quantumEnd ? quantumEnd : quantumEnd + quantum;
    const traits = <i32>turn;
    const context = traits & -TRAITS;
    let until = enterWindow(context, traits, now, window);
    if (seldom((traits & WAITS) !== 0)) {
      if (load<i32>(context + state) !== stateBeforeSync) return 0;
      if (!runSync(context, traits, now, generation)) return 0;
      setTurn(context, firstTurn(context));
      setTurn(siblingOf(context), firstTurn(siblingOf(context)));
      turn = leastTurn();
      continue;
    }
    setTurn(context, NEVER);
    const next = leastTurn();
    const most = timeOf(next) + lead;
    until = i32(now < slowUntil()) & i32(most < until) ? most : until;
    if (seldom((traits & LOW) !== 0)) until = beforeBusy(until);
    const reason = runTimed(context, until, generation, traits & MODE);
    let after = turnAt(context, traits);
    if (seldom(reason !== leftYield)) {
      if (reason !== leftSync) {
        left = reason;
        deadline = until;
        return context;
      }
      store<i32>(context + state, stateBeforeSync);
      after |= <i64>WAITS;
    }
    setTurn(context, after);
    turn = after < next ? after : next;
  }
}

/*
 * Contexts lie far apart; all that each turn needs of all threads lies together. A turn is a number: the thread's time, its
 * context, and in the low bits of that traits that only the host and synchronising instructions change. The least one is
 * that of the thread that is behind.
 */
const TIME: i64 = 32;
/** The thread's mode. */
const MODE: i32 = 3;
/** Whether its priority is low, and whether that of just one of it and its sibling is. */
const LOW: i32 = 4;
const DIFFERS: i32 = 8;
/** Whether its sibling is live. */
const SHARES: i32 = 16;
/** Whether it stands before something else than code to run. */
const WAITS: i32 = 32;
/** Contexts lie at multiples of this, behind the last of the traits. */
const TRAITS: i32 = 64;
/** The turn of a thread that is not live. */
const NEVER: i64 = 0x3fff_ffff << TIME;
/** Behind the turns, a word before which nothing happens. */
const NO_TIME: i32 = 48;

/** The turn that a thread has next. @inline */
function turnAt(context: i32, traits: i32): i64 {
  return ((<i64>load<u32>(context + issue)) << TIME) | <i64>(<u32>traits);
}

/** @inline */
function timeOf(turn: i64): i32 {
  return <i32>(turn >> TIME);
}

/** @inline */
function setTurn(context: i32, turn: i64): void {
  store<i64>(((context >> (contextShift - 3)) & 56) + turns, turn);
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

function firstTurn(context: i32): i64 {
  const sibling = siblingOf(context);
  if (!isLive(context)) return NEVER;
  let traits = context | modeOf(context);
  if (isLow(context)) traits |= LOW;
  if (isLow(context) !== isLow(sibling)) traits |= DIFFERS;
  if (isLive(sibling)) traits |= SHARES;
  if (load<i32>(context + state) !== stateRunning) traits |= WAITS;
  return turnAt(context, traits);
}

/** @inline */
function contextOf(thread: i32): i32 {
  return contextBase + thread * contextBytes;
}

/** Whether it is the first thread of its core. @inline */
function isFirst(context: i32): bool {
  return ((context >> contextShift) & 1) === 0;
}

/** @inline */
function siblingOf(context: i32): i32 {
  return context + (isFirst(context) ? contextBytes : -contextBytes);
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

/** Until when threads keep together. @inline */
function slowUntil(): i32 {
  const crowded = load<i32>(crowdedUntil);
  return crowded < together ? together : crowded;
}

/** How far a thread goes for the quantum's and its core's sake. @inline */
function enterWindow(context: i32, traits: i32, now: i32, window: i32): i32 {
  const before = windowEnd;
  if (seldom(now - before >= window)) windowEnd = (now / window + 1) * window;
  else windowEnd = now < before ? before : before + window;
  if (!(traits & SHARES)) {
    store<i32>(context + cycleMask, 1);
    return end;
  }
  let shared = load<i32>(coreOf(context) + shareUntil);
  if (now >= shared) {
    shared = windowEnd;
    share(context, traits, shared);
  }
  return shared < end ? shared : end;
}

/** The first thread of a core. @inline */
function coreOf(context: i32): i32 {
  return isFirst(context) ? context : context - contextBytes;
}

/** Lets a thread do what it has waited for; returns false where the host must. */
function runSync(context: i32, traits: i32, now: i32, generation: i32): bool {
  if (!synchronise(context, traits & MODE, generation)) return false;
  store<i32>(context + state, stateRunning);
  together = now + staysTogether;
  if (isLow(context) !== ((traits & LOW) !== 0)) store<i32>(coreOf(context) + shareUntil, unknown);
  return true;
}

/** `until`, or the time of the first thread that is not at low priority where that comes before. */
function beforeBusy(until: i32): i32 {
  let first = until;
  for (let at = turns; at < turns + 48; at += 8) {
    const turn = load<i64>(at);
    if (!(<i32>turn & LOW) && timeOf(turn) < first) first = timeOf(turn);
  }
  return first;
}

/** How far the end of a quantum is known to lie behind the one before. */
let step: i32 = 0;
/** The end of the window that holds the time of the thread that is behind. */
let windowEnd: i32 = 0;

/** Shares of the window up to `end` that a thread enters that is behind. @inline */
function share(context: i32, traits: i32, end: i32): void {
  const sibling = siblingOf(context);
  store<i32>(context + cycleMask, load<i32>(sibling + issue) < end ? 3 : 1);
  store<i32>(sibling + cycleMask, 3);
  store<i32>(coreOf(context) + shareUntil, end);
  if (seldom((traits & DIFFERS) !== 0)) shareByPriority(context, sibling, traits);
}

/** The masks where one of the two is at low priority. */
function shareByPriority(context: i32, sibling: i32, traits: i32): void {
  const isLow = (traits & LOW) !== 0;
  const isAlone = load<i32>(context + cycleMask) === 1;
  store<i32>(context + cycleMask, isLow && !isAlone ? 7 : 1);
  store<i32>(sibling + cycleMask, isLow ? 1 : 7);
}
