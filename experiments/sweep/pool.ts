import { Worker } from 'node:worker_threads';
import { setHostFlags } from '../node/capabilities.js';
import { SharedWeights } from './shared-weights.js';
import type { Asked, Done, Task } from './worker.js';

const WORKER = new URL('worker.js', import.meta.url);

export interface PoolObserver {
  onStart?(task: Task): void;
  onDone?(task: Task, done: Done): void;
}

/** What a thread runs, and how large its heap may grow; guest memory and weights are not in the heap. */
interface Threads {
  readonly script?: URL;
  readonly heapMegabytes?: number;
}

/**
 * Runs the tasks in `jobs` threads, which share the weights they read. A run that takes its thread with it (out of
 * memory, an error outside of any try) counts as failed, and a new thread goes on with the next. When `signal` is
 * aborted the threads are ended, and what they had not finished is not among the results.
 */
export async function runTasks(
  tasks: readonly Task[],
  jobs: number,
  observer: PoolObserver = {},
  signal?: AbortSignal,
  threads: Threads = {},
): Promise<Done[]> {
  // V8's flags are those of the process, and must be set before a thread compiles.
  setHostFlags();
  const weights = new SharedWeights(tasks.map(({ request }) => request));
  const results: Done[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    let worker: Worker | undefined;
    const end = () => void worker?.terminate();
    signal?.addEventListener('abort', end);
    while (next < tasks.length && !signal?.aborted) {
      const task = tasks[next++];
      if (worker === undefined || hasEnded(worker)) worker = newWorker(threads);
      observer.onStart?.(task);
      const done = await ask(worker, { task, weights: weights.next(task.request) });
      if (signal?.aborted && 'error' in done) return;
      results.push(done);
      observer.onDone?.(task, done);
    }
    signal?.removeEventListener('abort', end);
    await worker?.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(jobs, tasks.length) }, lane));
  return results;
}

function newWorker({ script = WORKER, heapMegabytes }: Threads): Worker {
  const resourceLimits = heapMegabytes === undefined ? {} : { maxOldGenerationSizeMb: heapMegabytes };
  // Nothing but results belongs on standard output.
  const worker = new Worker(script, { stdout: true, resourceLimits });
  worker.stdout.resume();
  // Whoever waits for a run is told by `ask`; an error between two runs only ends the thread.
  worker.on('error', () => {});
  return worker;
}

const hasEnded = (worker: Worker): boolean => worker.threadId === -1;

function ask(worker: Worker, asked: Asked): Promise<Done> {
  const { id } = asked.task;
  return new Promise((resolve) => {
    let failure: Error | undefined;
    const finish = (done: Done) => {
      worker.off('message', finish).off('error', onError).off('exit', onExit);
      resolve(done);
    };
    // The thread ends after it.
    const onError = (error: Error) => {
      failure = error;
    };
    const onExit = (code: number) => {
      const how = failure === undefined ? `ended with status ${code}` : `failed: ${failure.message}`;
      finish({ id, error: `its thread ${how}` });
    };
    worker.on('message', finish).on('error', onError).on('exit', onExit);
    worker.postMessage(asked);
  });
}
