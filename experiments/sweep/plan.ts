import { type Draft, produce } from 'immer';
import seedrandom from 'seedrandom';
import type { Levels, Perturbation } from '../../reports/experiment.js';
import { nearest } from '../../sim/asm/nearest.js';
import { describeMachine } from '../../sim/machine/describe.js';
import { UsageError } from '../../sim/machine/errors.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import {
  type AnalyticExperiment,
  DEFAULT_UNCERTAIN,
  type Experiment,
  type Factor,
  type Level,
  type RunSettings,
} from '../api.js';
import { askedFor } from '../run/complete.js';
import { modelHash } from '../run/model.js';
import { parseRequest, type RunOptions, type RunRequest } from '../run/request.js';
import { runId } from '../run/store.js';

/** One run of an experiment; several may ask for the same and share its result. */
export interface PlannedRun {
  /** The result's directory. */
  readonly id: string;
  readonly levels: Levels;
  /** Set where an uncertain input was moved to an end of its range. */
  readonly perturbed?: Perturbation;
  readonly request: RunRequest;
}

export interface PlanOptions {
  readonly quick: boolean;
  /** Overrides for all runs; what a factor sets wins. */
  readonly set: readonly string[];
  /** Defaults of `xenon run`. */
  readonly defaults: RunOptions;
}

/** Nothing of it is simulated. */
export const isAnalytic = (experiment: Experiment): experiment is AnalyticExperiment =>
  'analytic' in experiment;

/** Every combination of levels, then the headline's runs with each uncertain input at both ends. */
export function planOf(experiment: Experiment, options: PlanOptions): PlannedRun[] {
  if (isAnalytic(experiment)) return [];
  const base = baseOf(experiment, options);
  const hashes = new Map<string, string>();
  const sha256 = (request: RunRequest): string => {
    const key = JSON.stringify([request.model, request.tokenizer, request.seed]);
    const known = hashes.get(key) ?? modelHash(request.model, request.tokenizer, request.seed);
    hashes.set(key, known);
    return known;
  };
  const planned = (levels: Levels, perturbed?: Perturbation): PlannedRun => {
    const settings = settingsFor(experiment, base, levels);
    const set = perturbed === undefined ? [] : [`${perturbed.path}=${perturbed.value}`];
    const request = requestFor({ ...settings, set: [...settings.set, ...set] });
    // What the machine refuses is told before anything runs.
    machineOf(request);
    const id = runId(askedFor(request, sha256(request)));
    return { id, levels, request, ...(perturbed === undefined ? {} : { perturbed }) };
  };
  const cells = combinations(experiment, options.quick).map((levels) => planned(levels));
  if (cells.length === 0) throw new UsageError(`experiment ${experiment.name} has no runs`);
  const ends = needed(experiment, cells, options.quick).flatMap((cell) =>
    rangesOf(experiment, cell.request, options.quick).map((end) => planned(cell.levels, end)),
  );
  return [...cells, ...ends];
}

/** Part i of n of the runs: together the parts are all of them, each once. */
export function shardOf(
  runs: readonly PlannedRun[],
  shard: { part: number; of: number } | undefined,
): PlannedRun[] {
  const once = [...new Map(runs.map((run) => [run.id, run])).values()];
  return shard === undefined ? once : once.filter((_, i) => i % shard.of === shard.part - 1);
}

function baseOf({ base, quick }: Experiment, options: PlanOptions): RunSettings {
  const { out, json, logits, set, context, steps, temperature, topP, seed, threads, prefillBatch, ...rest } =
    options.defaults;
  const numbers = Object.entries({ steps, temperature, topP, seed, threads, prefillBatch });
  const defaults = {
    ...rest,
    ...Object.fromEntries(numbers.map(([name, value]) => [name, Number(value)])),
    set: [],
  } as unknown as RunSettings;
  const own = { ...defaults, ...base, ...(options.quick ? quick?.base : {}) };
  return { ...own, set: [...own.set, ...options.set] };
}

const labelsOf = (factor: Factor): readonly Level[] =>
  Array.isArray(factor) ? (factor as readonly Level[]) : Object.keys(factor);

/** The cross product of all factors, the last varying fastest. */
export function combinations({ name, factors, quick, except }: Experiment, short: boolean): Levels[] {
  let all: Levels[] = [{}];
  for (const [factor, levels] of Object.entries(factors as Record<string, Factor>)) {
    const labels = labelsOf(levels);
    const kept: readonly Level[] = (short ? quick?.factors?.[factor] : undefined) ?? labels;
    const unknown = kept.find((label) => !labels.includes(label));
    if (unknown !== undefined) {
      throw new UsageError(
        `experiment ${name}: quick names the level ${unknown}, ${factor} has ${labels.join(', ')}`,
      );
    }
    all = all.flatMap((before) => kept.map((label) => ({ ...before, [factor]: label })));
  }
  return all.filter((levels) => except?.(levels) !== true);
}

function settingsFor({ name, factors }: Experiment, base: RunSettings, levels: Levels): RunSettings {
  const random = seedrandom(`${name} ${JSON.stringify(levels)}`);
  return produce(base, (draft) => {
    for (const [factor, label] of Object.entries(levels)) {
      const choices = (factors as Record<string, Factor>)[factor];
      if (Array.isArray(choices))
        setByName(draft, factor, label, `experiment ${name}: the factor`, ': give recipes for its levels');
      else (choices as Exclude<Factor, readonly Level[]>)[label](draft, () => random());
    }
  });
}

/** Options that need not have a default. */
const OPTIONAL = ['context', 'tokenizer', 'quant', 'activations', 'stream', 'weightsAt'];

/** Sets the setting, kernel or number of the machine that a factor is named after; `what` and `advice` are for errors. */
export function setByName(
  draft: Draft<RunSettings>,
  factor: string,
  label: Level,
  what: string,
  advice = '',
): void {
  const settings = draft as unknown as Record<string, unknown>;
  const names = [...Object.keys(draft), ...OPTIONAL].filter((known) => known !== 'set');
  if (names.includes(factor)) settings[factor] = label;
  else if (factor.startsWith('kernels.')) draft.kernels += `,${factor.slice('kernels.'.length)}=${label}`;
  else if (factor.includes('.')) draft.set.push(`${factor}=${label}`);
  else {
    const close = nearest(factor, names);
    throw new UsageError(
      `${what} '${factor}' is no setting of a run${close === undefined ? '' : ` (nearest: ${close})`}${advice}`,
    );
  }
}

function requestFor(settings: RunSettings): RunRequest {
  const texts = Object.entries(settings).map(([key, value]) => [
    key,
    typeof value === 'number' ? String(value) : value,
  ]);
  return parseRequest({ ...Object.fromEntries(texts), out: '' } as RunOptions);
}

/** The quick form may lack what the headline needs, and has no interval then. */
function needed({ name, headline }: Experiment, cells: readonly PlannedRun[], quick: boolean): PlannedRun[] {
  const wanted = (headline.needs ?? []) as readonly Levels[];
  return wanted.flatMap((levels) => {
    const found = cells.find((cell) => matches(cell.levels, levels));
    if (found !== undefined) return [found];
    if (quick) return [];
    throw new UsageError(
      `experiment ${name}: the headline needs ${JSON.stringify(levels)}, which is not planned`,
    );
  });
}

export const matches = (levels: Levels, wanted: Levels): boolean =>
  Object.entries(wanted).every(([factor, level]) => levels[factor] === level);

const machineOf = ({ machine, overrides }: RunRequest) => applyOverrides(presetNamed(machine), overrides);

/** Both ends of the range of each uncertain input of a run; the quick form takes the first input or its own. */
function rangesOf({ headline, quick }: Experiment, request: RunRequest, short: boolean): Perturbation[] {
  const all: readonly string[] = headline.uncertain ?? DEFAULT_UNCERTAIN;
  const paths = short ? (quick?.uncertain ?? all.slice(0, 1)) : all;
  const numbers = describeMachine(machineOf(request));
  return paths.flatMap((path) => {
    const input = numbers.find((line) => line.path === path);
    if (input === undefined)
      throw new UsageError(`uncertain input '${path}' is no number of ${request.machine}`);
    const { low, high, unit } = input;
    if (low === undefined || high === undefined || low === high) return [];
    return (
      [
        ['low', low],
        ['high', high],
      ] as const
    ).map(([end, value]) => ({ path, end, value, unit }));
  });
}
