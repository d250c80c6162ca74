import { shellWord } from '../../reports/command.js';
import type {
  ExperimentResult,
  ExperimentRow,
  Levels,
  Perturbation,
  Swing,
} from '../../reports/experiment.js';
import { deviation } from '../../reports/interval.js';
import type { RunResult } from '../../reports/results.js';
import { settingsOf } from '../../reports/settings.js';
import type { Experiment, Factor, Level, Measure, Results, Row } from '../api.js';
import { codeHash } from '../node/code-hash.js';
import { packageVersion } from '../node/package.js';
import { matches, type PlannedRun } from './plan.js';

/** A planned run with its result, or with the reason why there is none. */
export type Outcome = { readonly planned: PlannedRun } & (
  | { readonly run: RunResult }
  | { readonly error: string }
);

type Finished = { readonly planned: PlannedRun; readonly run: RunResult };
type AnyResults = Results<never, never>;
type AnyRow = Row<Record<string, Factor>, Record<string, Measure>>;

/** All that the report needs, computed from finished runs. */
export function summarise(
  experiment: Experiment,
  outcomes: readonly Outcome[],
  how: { readonly quick: boolean; readonly command: string },
): ExperimentResult {
  const finished = outcomes.filter((o): o is Finished => 'run' in o);
  const nominal = finished.filter(({ planned }) => planned.perturbed === undefined);
  const results = resultsOf(experiment, nominal);
  const { headline, answer } = answered(experiment, results, finished);
  return {
    schema: 'xenon-experiment/1',
    name: experiment.name,
    question: experiment.question,
    quick: how.quick,
    factors: Object.entries(experiment.factors as Record<string, Factor>).map(([name, factor]) => ({
      name,
      levels: (Array.isArray(factor) ? factor : Object.keys(factor)).filter((level: Level) =>
        outcomes.some(({ planned }) => planned.levels[name] === level),
      ),
    })),
    measures: measuresOf(experiment).map(([name, { title, unit, words }]) => ({
      name,
      title,
      ...(unit === undefined ? {} : { unit }),
      ...(words === undefined ? {} : { words }),
    })),
    ...(headline === undefined ? {} : { headline }),
    answer,
    charts: experiment.show as ExperimentResult['charts'],
    rows: rowsOf(experiment, finished),
    failures: outcomes.flatMap((o) =>
      'error' in o
        ? [{ levels: o.planned.levels, message: o.error, ...perturbedPart(o.planned.perturbed) }]
        : [],
    ),
    notes: experiment.notes ?? [],
    common: commonOf(nominal),
    threats: nominal[0]?.run.threats ?? [],
    provenance: { command: how.command, version: packageVersion(), code: codeHash() },
  };
}

const measuresOf = (experiment: Experiment) => Object.entries(experiment.measure as Record<string, Measure>);

const perturbedPart = (perturbed: Perturbation | undefined) => (perturbed === undefined ? {} : { perturbed });

/** Finished runs as the functions of an experiment see them. */
export function resultsOf(experiment: Experiment, finished: readonly Finished[]): Results<never, never> {
  const one = (wanted: Levels): Finished => {
    const found = finished.filter(({ planned }) => matches(planned.levels, wanted));
    if (found.length === 1) return found[0];
    const text = Object.entries(wanted)
      .map(([name, level]) => `${name} ${level}`)
      .join(', ');
    throw new Error(
      `${found.length === 0 ? 'no finished run' : `${found.length} runs`} with ${text || 'any levels'}`,
    );
  };
  const rows: AnyRow[] = finished.map(({ planned, run }) => ({
    levels: planned.levels,
    values: Object.fromEntries(
      measuresOf(experiment).map(([name, { of }]) => {
        try {
          return [name, of(run, (levels) => one({ ...planned.levels, ...levels }).run)];
        } catch {
          // What it is compared with has failed; the failure is told, this number is not there.
          return [name, Number.NaN];
        }
      }),
    ),
    run,
  }));
  const row = (levels: Levels = {}): AnyRow => rows[finished.indexOf(one(levels))];
  const results = {
    rows,
    row,
    value: (measure: string, levels: Levels = {}) => {
      const { [measure]: value } = row(levels).values;
      if (value === undefined) throw new Error(`no measure '${measure}'`);
      return value;
    },
  };
  return results as unknown as AnyResults;
}

function answered(
  experiment: Experiment,
  results: AnyResults,
  finished: readonly Finished[],
): Pick<ExperimentResult, 'headline' | 'answer'> {
  try {
    const value: number = experiment.headline.of(results);
    const swings = swingsOf(experiment, finished);
    const answer = experiment.answer(results, swings);
    if (!Number.isFinite(value)) return { answer: `Not answered: the number is ${value}.` };
    const unit = experiment.headline.unit;
    return { headline: { value, unit, ...deviation(value, swings), swings }, answer };
  } catch (error) {
    return { answer: `Not answered: ${(error as Error).message}.` };
  }
}

/** The headline again, each uncertain input at its ends; inputs of which a run is missing are left out. */
function swingsOf(experiment: Experiment, finished: readonly Finished[]): Swing[] {
  const moved = finished.filter(({ planned }) => planned.perturbed !== undefined);
  const paths = [...new Set(moved.map(({ planned }) => planned.perturbed?.path ?? ''))];
  return paths.flatMap((path) => {
    const at = (end: 'low' | 'high') => {
      const runs = moved.filter(({ planned: { perturbed: p } }) => p?.path === path && p.end === end);
      const input = runs[0]?.planned.perturbed;
      return input === undefined || runs.length < (experiment.headline.needs?.length ?? 0)
        ? undefined
        : { input, headline: experiment.headline.of(resultsOf(experiment, runs)) as number };
    };
    const low = at('low');
    const high = at('high');
    if (low === undefined || high === undefined) return [];
    return [
      {
        path,
        unit: low.input.unit,
        lowInput: low.input.value,
        highInput: high.input.value,
        atLow: low.headline,
        atHigh: high.headline,
      },
    ];
  });
}

function rowsOf(experiment: Experiment, finished: readonly Finished[]): ExperimentRow[] {
  const names = measuresOf(experiment).map(([name]) => name);
  const groups = new Map<string, Finished[]>();
  for (const one of finished) {
    const { path, end } = one.planned.perturbed ?? {};
    const key = `${path} ${end}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) => {
    const { rows } = resultsOf(experiment, group) as unknown as { rows: readonly AnyRow[] };
    return group.map(({ planned, run }, i) => ({
      id: planned.id,
      levels: planned.levels,
      values: names.map((name) => (Number.isFinite(rows[i].values[name]) ? rows[i].values[name] : null)),
      command: run.provenance?.command ?? '',
      ...perturbedPart(planned.perturbed),
    }));
  });
}

/** Settings and numbers that are the same in all runs; those of the machine stand in every run.json. */
function commonOf(nominal: readonly Finished[]): [string, string][] {
  return settingsOf(nominal.map(({ planned, run }) => ({ name: planned.id, run })))
    .filter((setting) => !setting.differs && !setting.ofMachine && setting.name !== 'simulator')
    .map((setting) => [setting.name, setting.values[0]]);
}

/** A command line that makes the whole set again. */
export const commandOfSweep = (source: string, options: Asked): string =>
  `xenon experiment ${wordsOfSweep(source, options).map(shellWord).join(' ')}`;

interface Asked {
  readonly quick: boolean;
  readonly set: readonly string[];
}

/** What is asked of `xenon experiment`, as words. */
export const wordsOfSweep = (source: string, { quick, set }: Asked): string[] => [
  source,
  ...(quick ? ['--quick'] : []),
  ...set.flatMap((one) => ['--set', one]),
];
