import { runTimed } from './enter';
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
  return runTimed(context, until, generation);
}

/** How far threads go ahead of each other side by side, until when they do, and the place of `MemorySystem.crowdedUntil`. */
let lead: i32 = 0;
let together: i32 = 0;
let crowdedUntil: i32 = 0;

/** What `schedule` needs beside its parameters. */
export function keepTogether(most: i32, until: i32, crowded: i32): void {
  lead = most;
  together = until;
  crowdedUntil = crowded;
}

/**
 * Runs threads up to `from`, the end of a quantum, and then quantum by quantum, each `extra` longer, while the thread that
 * is behind has not come to `limit`; windows have `window` half-cycles. Returns a thread of which the host must finish
 * the run up to `deadline`, or 0 when it must look for itself what comes next.
 */
export function schedule(from: i32, limit: i32, quantum: i32, extra: i32, window: i32, generation: i32): i32 {
  end = from;
  while (true) {
    const context = behind(end);
    if (context === 0) {
      const first = behind(limit);
      if (first === 0) return 0;
      end = (load<i32>(first + issue) / quantum + 1) * quantum + extra;
      continue;
    }
    if (load<i32>(context + state) !== stateRunning) return 0;
    const until = untilOf(context, end, window);
    const reason = runTimed(context, until, generation);
    if (reason === leftYield) continue;
    if (reason !== leftSync) {
      left = reason;
      deadline = until;
      return context;
    }
    store<i32>(context + state, stateBeforeSync);
  }
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

/** The live thread with the smallest time, if that comes before `end`, or 0. @inline */
function behind(end: i32): i32 {
  let first = 0;
  let time = end;
  for (let t = contextBase; t < contextBase + 6 * contextBytes; t += contextBytes) {
    const own = load<i32>(t + issue);
    if (own >= time || !isLive(t)) continue;
    first = t;
    time = own;
  }
  return first;
}

/** Whether threads keep together at a time. @inline */
function goesSlowly(now: i32): bool {
  return now < together || (crowdedUntil !== 0 && now < load<i32>(crowdedUntil));
}

/** How far a thread goes that is behind all others. @inline */
function untilOf(context: i32, end: i32, window: i32): i32 {
  let until = end;
  const sibling = ((context - contextBase) ^ contextBytes) + contextBase;
  if (isLive(sibling)) {
    if (load<i32>(context + issue) >= load<i32>(context + shareUntil)) share(context, sibling, window);
    const shared = load<i32>(context + shareUntil);
    if (shared < until) until = shared;
  } else store<i32>(context + cycleMask, 1);
  if (goesSlowly(load<i32>(context + issue))) {
    for (let t = contextBase; t < contextBase + 6 * contextBytes; t += contextBytes) {
      const most = load<i32>(t + issue) + lead;
      if (most < until && t !== context && isLive(t)) until = most;
    }
  }
  if (!isLow(context)) return until;
  for (let t = contextBase; t < contextBase + 6 * contextBytes; t += contextBytes) {
    const own = load<i32>(t + issue);
    if (own < until && isLive(t) && !isLow(t)) until = own;
  }
  return until;
}

/** Shares of the window that `first`, which is behind, enters. @inline */
function share(first: i32, second: i32, window: i32): void {
  const now = load<i32>(first + issue);
  const end = (now / window + 1) * window;
  const isAlone = load<i32>(second + issue) >= end;
  const low = isLow(first);
  const otherIsLow = isLow(second);
  store<i32>(first + cycleMask, isAlone || (otherIsLow && !low) ? 1 : low && !otherIsLow ? 7 : 3);
  store<i32>(second + cycleMask, low && !otherIsLow ? 1 : otherIsLow && !low ? 7 : 3);
  store<i32>(first + shareUntil, end);
  store<i32>(second + shareUntil, end);
}
