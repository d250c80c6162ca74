/** A child process of a sweep: makes one run after another as its parent asks. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { enableRelaxedSimd } from '../node/capabilities.js';
import { askedOf, completeRun } from '../run/complete.js';
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

enableRelaxedSimd();
// Ctrl-C goes to all processes of a terminal: the parent ends this one.
process.on('SIGINT', () => {});
// Without its parent nobody waits for this process: it ends at the next token.
process.on('disconnect', () => process.exit(1));
process.on('message', async (task: Task) => {
  const done = await perform(task);
  process.send?.(done);
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
    const expected = 'exitCode' in error;
    return { id, error: error.message, ...(expected ? {} : { stack: error.stack }) };
  }
}
