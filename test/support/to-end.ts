import { CTX, contextBase } from '../../sim/engine/context.js';
import { type FunctionalEngine, runFunctional } from '../../sim/machine/functional.js';
import type { Exit } from '../../sim/machine/scheduler.js';
import type { Xenon } from '../../sim/machine/xenon.js';

/*
 * Runs of programs that must come to their system call: code that takes a wrong way may go on for ever, and a test that
 * hangs says nothing.
 */

/** What a program of a test takes at most; a run takes as many instructions as cycles at most. */
const MOST_CYCLES = 20e6;
/** How often one may come back from `run` or `runSync` on its way. */
const MOST_EXITS = 100_000;

export function runToEnd(xenon: Xenon, threads: readonly number[]): void {
  const start = xenon.cycles(threads);
  const check = (cycles: number): void => {
    if (cycles - start > MOST_CYCLES) throw new Error(`no system call in ${MOST_CYCLES} cycles`);
  };
  xenon.run(threads, check, false);
}

/** The same without time. */
export function runFunctionalToEnd(
  buffer: ArrayBufferLike,
  engine: FunctionalEngine,
  threads: readonly number[],
  turn?: number,
): number {
  const i64 = new BigInt64Array(buffer);
  const retired = (thread: number) => Number(i64[(contextBase(thread) + CTX.instructions) >> 3]);
  const starts = new Map(threads.map((thread) => [thread, retired(thread)]));
  const checked: FunctionalEngine = {
    run(thread, deadline) {
      if (retired(thread) - starts.get(thread)! > MOST_CYCLES)
        throw new Error(`thread ${thread}: no system call in ${MOST_CYCLES} instructions`);
      return engine.run(thread, deadline);
    },
    runSync: (thread) => engine.runSync(thread),
  };
  return runFunctional(buffer, checked, threads, undefined, turn);
}

/** Runs one thread to a system call or stop, executing synchronising instructions where they come. */
export function finish(run: () => Exit, runSync: () => Exit): Exit {
  for (let exits = 0; exits < MOST_EXITS; exits++) {
    const exit = run();
    const after = exit.kind === 'sync' ? runSync() : exit;
    if (after.kind === 'systemCall' || after.kind === 'stop') return after;
  }
  throw new Error(`no system call in ${MOST_EXITS} pieces`);
}
