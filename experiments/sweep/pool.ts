import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Done, Task } from './worker.js';

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));

export interface PoolObserver {
  onStart?(task: Task): void;
  onDone?(task: Task, done: Done): void;
}

/**
 * Runs the tasks in `jobs` child processes. Processes rather than threads, so that a run that takes its process
 * with it (out of memory, killed) costs nothing but itself: it counts as failed and a new process goes on. When
 * `signal` is aborted the processes are ended, and what they had not finished is not among the results.
 */
export async function runTasks(
  tasks: readonly Task[],
  jobs: number,
  observer: PoolObserver = {},
  signal?: AbortSignal,
): Promise<Done[]> {
  const results: Done[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    let child: ChildProcess | undefined;
    const end = () => child?.kill('SIGKILL');
    signal?.addEventListener('abort', end);
    while (next < tasks.length && !signal?.aborted) {
      const task = tasks[next++];
      child ??= fork(WORKER, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced' });
      observer.onStart?.(task);
      const done = await ask(child, task);
      if (signal?.aborted && 'error' in done) return;
      if (!child.connected) child = undefined;
      results.push(done);
      observer.onDone?.(task, done);
    }
    signal?.removeEventListener('abort', end);
    if (child?.connected) child.disconnect();
  };
  await Promise.all(Array.from({ length: Math.min(jobs, tasks.length) }, lane));
  return results;
}

function ask(child: ChildProcess, task: Task): Promise<Done> {
  return new Promise((resolve) => {
    const finish = (done: Done) => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      child.off('error', onError);
      resolve(done);
    };
    const onMessage = (done: unknown) => finish(done as Done);
    const onExit = (code: number | null, signal: string | null) =>
      finish({ id: task.id, error: `its process ended with ${signal ?? `status ${code}`}` });
    const onError = (error: Error) => finish({ id: task.id, error: `its process failed: ${error.message}` });
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.on('error', onError);
    child.send(task, (error) => {
      if (error !== null) onError(error);
    });
  });
}
