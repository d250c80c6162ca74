import { CTX, contextBase } from '../engine/context.js';
import { forgetLines } from '../engine/known-lines.js';
import { Deadlock, type Engine, type Exit, GuestStop, type SystemCallAnswer } from './scheduler.js';

/** Instructions a thread executes before the next one has its turn; what wakes or waits shortens a turn. */
const TURN_INSTRUCTIONS = 20_000;
/** And one that began its turn at low priority, so in a loop that waits for another thread. */
const WAITING_INSTRUCTIONS = 64;
/** A thread that will not have another beside it has long turns: nothing depends on where they end. */
const SOLE_INSTRUCTIONS = 1 << 20;

/** As the system-call handler of the timed scheduler; `wake` lets a thread go on that waits or has not begun. */
export type FunctionalSystemCall = (thread: number, wake: (thread: number) => void) => SystemCallAnswer;

const finish: FunctionalSystemCall = () => 'done';

/** An engine whose deadline is a number of retired instructions. */
export type FunctionalEngine = Engine;

/**
 * Runs threads without time, in turns, until all are done: each executes up to `turn` instructions, less when it
 * lowers its priority (it waits for another thread), or makes a system call that takes it out. Synchronising
 * instructions need no order but that of the turns. A thread taken out until a time goes on at its next turn.
 * Returns the instructions executed. Deterministic: the same program takes the same turns.
 */
export function runFunctional(
  buffer: ArrayBufferLike,
  engine: FunctionalEngine,
  threads: readonly number[],
  systemCall = finish,
  turn = TURN_INSTRUCTIONS,
): number {
  const i32 = new Int32Array(buffer);
  const longest = threads.length === 1 && systemCall === finish ? SOLE_INSTRUCTIONS : turn;
  const live = new Set(threads);
  forgetLines(buffer);
  const waiting = new Set<number>();
  const retired = (thread: number) => {
    const low = (contextBase(thread) + CTX.instructions) >> 2;
    return 2 ** 32 * (i32[low + 1] >>> 0) + (i32[low] >>> 0);
  };
  const isLow = (thread: number) => i32[(contextBase(thread) + CTX.priority) >> 2] < 0;
  const wake = (thread: number) => {
    live.add(thread);
    waiting.delete(thread);
  };

  /** Whether the thread's turn goes on after an exit. */
  const goesOn = (thread: number, exit: Exit): boolean => {
    if (exit.kind === 'stop') throw new GuestStop(thread, exit);
    if (exit.kind !== 'systemCall') return exit.kind === 'sync';
    const answer = systemCall(thread, wake);
    forgetLines(buffer);
    if (answer === 'continue') return true;
    if (answer === 'done') live.delete(thread);
    else if (answer === 'wait') waiting.add(thread);
    return false;
  };
  const takeTurn = (thread: number): void => {
    const end = retired(thread) + (isLow(thread) ? Math.min(turn, WAITING_INSTRUCTIONS) : longest);
    for (;;) {
      const exit = engine.run(thread, end);
      if (!goesOn(thread, exit)) return;
      if (exit.kind !== 'sync') continue;
      const wasLow = isLow(thread);
      const after = engine.runSync(thread);
      if (after.kind !== 'yield' && !goesOn(thread, after)) return;
      if ((isLow(thread) && !wasLow) || retired(thread) >= end) return;
    }
  };

  const started = new Map<number, number>();
  while (live.size > 0) {
    const ready = [...live].filter((thread) => !waiting.has(thread));
    if (ready.length === 0) throw new Deadlock([...waiting]);
    for (const thread of ready) {
      if (!started.has(thread)) started.set(thread, retired(thread));
      if (live.has(thread) && !waiting.has(thread)) takeTurn(thread);
    }
  }
  let total = 0;
  for (const [thread, before] of started) total += retired(thread) - before;
  return total;
}
