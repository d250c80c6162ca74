/** A thread of a sweep: makes one run after another as it is asked. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { refusalOf } from '../node/files.js';
import { askedOf, completeRun } from '../run/complete.js';
import { type HeldWeights, hold } from '../run/held-weights.js';
import type { RunRequest } from '../run/request.js';
import { simulate } from '../run/simulate.js';
import { runId, writeRun } from '../run/store.js';

export interface Task {
  readonly id: string;
  readonly request: RunRequest;
  readonly out: string;
}

/** A run that failed says why; `run` in seconds of the host. */
export type Done = { readonly id: string } & (
  | { readonly seconds: number }
  | { readonly error: string; readonly stack?: string }
);

/** What a thread is sent: a run, and the weights it reads where they are shared. */
export interface Asked {
  readonly task: Task;
  readonly weights: HeldWeights | undefined;
}

parentPort?.on('message', async ({ task, weights }: Asked) => {
  hold(weights);
  parentPort?.postMessage(await perform(task));
});

async function perform({ id, request, out }: Task): Promise<Done> {
  try {
    const simulated = await simulate(request);
    const result = completeRun(request, simulated);
    const asked = askedOf(request, result);
    if (runId(asked) !== id)
      throw new Error('the model or the simulator has changed since this run was planned');
    const folder = writeRun(out, asked, result);
    if (!existsSync(join(folder, 'run.json'))) throw new Error(`${folder} was not written`);
    return { id, seconds: simulated.host.seconds };
  } catch (error) {
    if (!(error instanceof Error)) return { id, error: String(error) };
    const refused = 'syscall' in error;
    const expected = 'exitCode' in error || refused;
    return {
      id,
      error: refused ? refusalOf(error) : error.message,
      ...(expected ? {} : { stack: error.stack }),
    };
  }
}
