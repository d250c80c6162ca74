import { createHash } from 'node:crypto';
import { MEMORY_BYTES } from '../../sim/engine/context.js';
import { describeMachine } from '../../sim/machine/describe.js';
import { UsageError } from '../../sim/machine/errors.js';
import { codeHash } from '../node/code-hash.js';
import { readBytes, writeAtomically } from '../node/files.js';
import type { SavedRun } from '../run/guest-run.js';
import type { Prepared } from '../run/prepare.js';
import type { RunRequest } from '../run/request.js';
import { decodeSnapshot, encodeSnapshot } from './format.js';

/** What a snapshot was made of: a run that begins with it must be made of the same. */
interface Origin {
  readonly code: string;
  readonly model: string;
  /** Every number of the machine. */
  readonly machine: string;
  /** What decides how things lie in memory, and what the guest is told at the start. */
  readonly settings: Readonly<Record<string, unknown>>;
}

function originOf(request: RunRequest, { model, config, context, fit }: Prepared): Origin {
  const numbers = describeMachine(config).map(({ path, value }) => [path, value]);
  const { placement, kernels, endian, quant, activations, kvCache, weightsAt } = request;
  const { temperature, topP, seed } = request;
  return {
    code: codeHash(),
    model: model.sha256,
    machine: createHash('sha256').update(JSON.stringify(numbers)).digest('hex'),
    settings: {
      time: request.mode !== 'functional',
      placement,
      kernels,
      endian,
      quant: quant ?? null,
      activations: activations ?? null,
      kvCache,
      weightsAt: weightsAt ?? null,
      context,
      'prefill batches': [...new Set(fit.batches)].filter((size) => size > 1),
      temperature,
      topP,
      seed,
    },
  };
}

/** Writes the machine, which has just loaded its program, to a file. */
export function saveSnapshot(path: string, request: RunRequest, prepared: Prepared): void {
  const { run, memory } = prepared;
  const header = { schema: 'xenon-snapshot/1', origin: originOf(request, prepared), run: run.save() };
  writeAtomically(path, encodeSnapshot(header, new Uint8Array(memory.buffer, 0, MEMORY_BYTES)));
}

/** Puts the machine, nothing of which has run yet, into the state of a file; refuses one that is not its own. */
export function loadSnapshot(path: string, request: RunRequest, prepared: Prepared): void {
  const { header, unpack } = decodeSnapshot(readBytes(path, 'snapshot'), path);
  const { origin, run } = header as unknown as { readonly origin: Origin; readonly run: SavedRun };
  const wanted = originOf(request, prepared);
  const refuse = (why: string): never => {
    throw new UsageError(`${path} cannot be used here: ${why}`);
  };
  if (origin.code !== wanted.code) refuse('it was made by another version of the simulator');
  if (origin.model !== wanted.model) refuse('it holds another model');
  if (origin.machine !== wanted.machine) refuse('it is of another machine (--machine, --set)');
  for (const [name, value] of Object.entries(wanted.settings)) {
    const [there, here] = [origin.settings[name], value].map((x) => JSON.stringify(x));
    if (there !== here) refuse(`its ${name} is ${there}, here it is ${here}`);
  }
  unpack(new Uint8Array(prepared.memory.buffer, 0, MEMORY_BYTES));
  prepared.run.restore(run);
}
