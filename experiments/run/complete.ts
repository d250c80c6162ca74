import { createHash } from 'node:crypto';
import { shellWord } from '../../reports/command.js';
import type { EndianComparison, RunResult, Threat } from '../../reports/results.js';
import { describeMachine } from '../../sim/machine/describe.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { codeHash } from '../node/code-hash.js';
import { kernelSource } from '../node/files.js';
import { packageVersion } from '../node/package.js';
import type { RunRequest } from './request.js';

/** The result with what its report needs besides: how to make it again, and which inputs are uncertain. */
export function completeRun(
  request: RunRequest,
  result: RunResult,
  comparison?: readonly EndianComparison[],
): RunResult {
  return {
    ...result,
    threats: threatsOf(request),
    ...(comparison === undefined ? {} : { comparison }),
    provenance: {
      command: commandFor(request),
      version: packageVersion(),
      code: codeHash(),
      kernels: Object.fromEntries(
        Object.entries(result.settings.kernels).map(([op, variant]) => {
          const name = `${op}.${variant}`;
          return [
            name,
            createHash('sha256')
              .update(kernelSource(`kernels/${name}.s`))
              .digest('hex'),
          ];
        }),
      ),
    },
  };
}

/** What a run is asked, as its id is made of it: everything but where the results go. */
export function askedOf(request: RunRequest, result: RunResult): object {
  const compared = result.comparison?.map(({ strategy }) => strategy);
  // Another result than that of the whole run.
  const only = result.interrupted ? { positions: result.positions.length } : {};
  return { ...askedFor(request, result.model.sha256), compared, ...only };
}

/** The same before there is a result: what a run with nothing compared will have been asked. */
export function askedFor(request: RunRequest, modelSha256: string): object {
  const { out, logits, saveSnapshot, fromSnapshot, ...asked } = request;
  return { ...asked, modelSha256, code: codeHash() };
}

const UNCERTAIN = ['inferred', 'unverified'];

/** Numbers of the machine that are guesses with more than one possible value. */
export function threatsOf({ machine, overrides }: Pick<RunRequest, 'machine' | 'overrides'>): Threat[] {
  return describeMachine(applyOverrides(presetNamed(machine), overrides))
    .filter(
      ({ grade, low, high, choices, recorded }) =>
        !recorded && UNCERTAIN.includes(grade) && (low !== high || (choices?.length ?? 0) > 1),
    )
    .map(({ path, value, unit, low, high, choices, grade, note }) => ({
      path,
      value,
      unit,
      grade,
      ...(low === undefined ? {} : { low, high }),
      ...(choices === undefined ? {} : { choices }),
      ...(note === undefined ? {} : { note }),
    }));
}

/** A command line that asks for the same run, every option written out so that no default matters. */
export function commandFor(request: RunRequest): string {
  const { kernels } = request;
  const variants = [
    kernels.variant,
    ...Object.entries(kernels.ops).map(([op, variant]) => `${op}=${variant}`),
  ];
  const options: (readonly [string, string | number | undefined])[] = [
    ['model', request.model],
    ['tokenizer', request.tokenizer],
    ['prompt', request.prompt],
    ['steps', request.steps],
    ['temperature', request.temperature],
    ['top-p', request.topP],
    ['seed', request.seed],
    ['context', request.context],
    ['machine', request.machine],
    ...request.overrides.map((override) => ['set', override] as const),
    ['threads', request.placement.length],
    ['placement', request.placement.join(',')],
    ['kernels', variants.join(',')],
    ['endian', request.endian],
    ['quant', request.quant],
    ['activations', request.activations],
    ['kv-cache', request.kvCache],
    ['prefill-batch', request.prefillBatch],
    ['stream', request.stream],
    ['weights-at', request.weightsAt],
    ['mode', request.mode],
    ['engine', request.engine],
  ];
  const words = options.flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, shellWord(String(value))],
  );
  return [
    'xenon run',
    ...words,
    ...(request.ignoreEos ? ['--ignore-eos'] : []),
    ...(request.chat ? ['--chat'] : []),
    ...(request.stack ? ['--stack'] : []),
    ...(request.skipTokens ? ['--skip-tokens'] : []),
  ].join(' ');
}
