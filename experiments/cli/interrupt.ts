import type { RunObserver } from '../run/run-observer.js';

/** Exit status of a command that was interrupted, as shells have it: 128 and the number of SIGINT. */
export const INTERRUPTED = 130;

/**
 * Aborted by Ctrl-C (SIGINT), so that the command can end in good order with what is finished; a second one ends it as
 * usual.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  return controller.signal;
}

/**
 * Ctrl-C stops a run at the next position, from the first one on that is worth keeping; before, it ends the command as
 * usual. Signals are seen between positions only: two that came within one end it without a result.
 */
export function stopsOnInterrupt(): Required<Pick<RunObserver, 'goesOn'>> {
  let listens = false;
  let times = 0;
  return {
    goesOn() {
      if (!listens) {
        listens = true;
        process.on('SIGINT', () => {
          if (++times > 1) process.exit(INTERRUPTED);
        });
      }
      return times === 0;
    },
  };
}
