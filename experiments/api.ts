/**
 * What an experiment is made of: `import { experiment, measures } from 'xenon-sim'`. An experiment is one file
 * that exports one (as default, or under any name).
 */
import type { Draft } from 'immer';
import { SWAP_OP } from '../models/code.js';
import type { Swing } from '../reports/experiment.js';
import type { RunResult } from '../reports/results.js';
import type { RunOptions } from './run/request.js';

export type { RunResult } from '../reports/results.js';

type Counted = 'steps' | 'temperature' | 'topP' | 'seed' | 'threads' | 'prefillBatch';

/** The settings of one run, named as the options of `xenon run` are, with numbers as numbers. */
export type RunSettings = Omit<
  RunOptions,
  Counted | 'set' | 'context' | 'logits' | 'json' | 'out' | 'saveSnapshot' | 'fromSnapshot'
> &
  Readonly<Record<Counted, number>> & {
    readonly context?: number;
    /** Overrides of the machine's numbers, `path=value`; later ones win. */
    readonly set: readonly string[];
  };

/** Changes the settings of a run (an immer recipe). `random` is seeded by the experiment and the levels. */
export type Recipe = (settings: Draft<RunSettings>, random: () => number) => void;

export type Level = string | number;

/**
 * What is varied. A list gives values of the setting (`threads`), of the kernels of one op (`kernels.matmul`)
 * or of the machine's number (`l2.sizeBytes`) that the factor is named after; an object gives a recipe for each
 * level.
 */
export type Factor = readonly Level[] | Readonly<Record<string, Recipe>>;
export type Factors = Readonly<Record<string, Factor>>;
export type LevelOf<F extends Factor> = F extends readonly (infer L extends Level)[] ? L : keyof F & string;
export type LevelsOf<F extends Factors> = { readonly [K in keyof F]: LevelOf<F[K]> };

/** Other runs of the same set: those levels replaced that are given, all others as in the run at hand. */
export type Others = (levels: Readonly<Record<string, Level>>) => RunResult;

/** A number taken from a run, or from how it compares with others. */
export interface Measure {
  readonly title: string;
  readonly unit?: string;
  readonly of: (run: RunResult, others: Others) => number;
  /** Values that reports show as a word: `{ '-1': 'never' }`. */
  readonly words?: Readonly<Record<string, string>>;
}
export type Measures = Readonly<Record<string, Measure>>;

/** One finished run. */
export interface Row<F extends Factors, M extends Measures> {
  readonly levels: LevelsOf<F>;
  readonly values: Readonly<Record<keyof M, number>>;
  readonly run: RunResult;
}

export interface Results<F extends Factors, M extends Measures> {
  /** In the order of the plan; runs that failed are left out. */
  readonly rows: readonly Row<F, M>[];
  /** The one run that has these levels; throws where there is none, or more than one. */
  row(levels?: Partial<LevelsOf<F>>): Row<F, M>;
  value(measure: keyof M & string, levels?: Partial<LevelsOf<F>>): number;
}

/** How a set of runs is drawn; `where` takes only the runs with these levels, or with one of several. */
export type Show<F extends Factors, M extends Measures> = (
  | { readonly bars: readonly (keyof M & string)[] }
  | { readonly line: keyof M & string; readonly x: keyof F & string }
) & {
  readonly title?: string;
  readonly where?: { readonly [K in keyof F]?: LevelOf<F[K]> | readonly LevelOf<F[K]>[] };
};

/** The number that answers the question. */
export interface Headline<F extends Factors, M extends Measures> {
  readonly of: (results: Results<F, M>) => number;
  /** What the number counts, `tokens per second`; `%` and `x` are put close to the number. */
  readonly unit: string;
  /** Levels of the runs that `of` reads, each repeated with every uncertain input at the ends of its range. */
  readonly needs?: readonly LevelsOf<F>[];
  /** Paths of uncertain inputs; see DEFAULT_UNCERTAIN. */
  readonly uncertain?: readonly string[];
}

export interface Definition<F extends Factors, M extends Measures> {
  /** Names the folder of results. */
  readonly name: string;
  readonly question: string;
  /** What all runs have in common, where it is not the default of `xenon run`. */
  readonly base?: Partial<RunSettings>;
  readonly factors: F;
  /** Combinations that make no sense. */
  readonly except?: (levels: LevelsOf<F>) => boolean;
  /** A form that runs in seconds; `factors` names levels to keep, `uncertain` inputs to move: the first one if not given. */
  readonly quick?: {
    readonly base?: Partial<RunSettings>;
    readonly uncertain?: readonly string[];
    readonly factors?: { readonly [K in keyof F]?: readonly LevelOf<F[K]>[] };
  };
  readonly measure: M;
  readonly show: readonly Show<F, M>[];
  readonly headline: Headline<F, M>;
  /** The sentence after the number: `on one hardware thread; ...`. `swings`: what uncertain inputs do to it. */
  readonly answer: (results: Results<F, M>, swings: readonly Swing[]) => string;
  /** What a reader must know to judge the method, a sentence each. */
  readonly notes?: readonly string[];
}

/** An experiment whose factors and measures are its own business. */
// biome-ignore lint/suspicious/noExplicitAny: functions of the exact types are called with rows of them only
export type Experiment = Definition<any, any> & { readonly schema: 'xenon-experiment-definition/1' };

export function experiment<const F extends Factors, const M extends Measures>(
  definition: Definition<F, M>,
): Experiment {
  return { ...definition, schema: 'xenon-experiment-definition/1' };
}

/** A number that an analytic answer needs and no machine has; marked with its range like those of a machine. */
export interface AnalyticInput {
  readonly value: number;
  readonly unit: string;
  readonly low: number;
  readonly high: number;
  readonly grade: string;
  readonly note: string;
}

/** A number by path, of the machine or of the experiment's own inputs, in the unit it is listed with. */
export type NumberOf = (path: string) => number;

export type AnalyticFactors = Readonly<Record<string, readonly Level[]>>;

export type AnalyticMeasure<F extends AnalyticFactors> = Omit<Measure, 'of'> & {
  readonly of: (levels: LevelsOf<F>, number: NumberOf) => number;
};
export type AnalyticMeasures<F extends AnalyticFactors> = Readonly<Record<string, AnalyticMeasure<F>>>;

export interface AnalyticResults<F extends AnalyticFactors, M> {
  readonly rows: readonly {
    readonly levels: LevelsOf<F>;
    readonly values: Readonly<Record<keyof M & string, number>>;
  }[];
  value(measure: keyof M & string, levels?: Partial<LevelsOf<F>>): number;
}

/** An answer from arithmetic, for what is not simulated; listings and reports mark it so. */
export interface AnalyticDefinition<F extends AnalyticFactors, M extends AnalyticMeasures<F>> {
  readonly name: string;
  readonly question: string;
  readonly machine: string;
  readonly inputs: Readonly<Record<string, AnalyticInput>>;
  readonly factors: F;
  readonly except?: (levels: LevelsOf<F>) => boolean;
  readonly measure: M;
  readonly show: readonly Show<F, { readonly [K in keyof M]: Measure }>[];
  readonly headline: {
    readonly of: (results: AnalyticResults<F, M>) => number;
    readonly unit: string;
    /** Paths of inputs, of the machine or own, that are moved to the ends of their ranges. */
    readonly uncertain: readonly string[];
  };
  readonly answer: (results: AnalyticResults<F, M>) => string;
  readonly notes?: readonly string[];
}

// biome-ignore lint/suspicious/noExplicitAny: as for Experiment
export type AnalyticExperiment = Definition<any, any> & {
  readonly schema: 'xenon-experiment-definition/1';
  // biome-ignore lint/suspicious/noExplicitAny: as for Experiment
  readonly analytic: AnalyticDefinition<any, any>;
};

export function analyticExperiment<const F extends AnalyticFactors, const M extends AnalyticMeasures<F>>(
  definition: AnalyticDefinition<F, M>,
): AnalyticExperiment {
  return { ...definition, schema: 'xenon-experiment-definition/1', analytic: definition } as never;
}

/** Inputs that most answers depend on and that no source gives exactly. */
export const DEFAULT_UNCERTAIN = ['memory.latencyCycles', 'bus.efficiency', 'bus.requestsInFlight'] as const;

const simulated = (
  title: string,
  unit: string | undefined,
  of: (s: RunResult['simulated']) => number,
): Measure => ({
  title,
  ...(unit === undefined ? {} : { unit }),
  of: (run) => of(run.simulated),
});

/** Measures that many experiments take. */
export const measures = {
  tokensPerSecond: simulated('tokens per second', undefined, (s) => s.tokensPerSecond),
  loadSeconds: simulated('load', 's', (s) => s.loadSeconds),
  deviceReadSeconds: simulated('device read', 's', (s) => s.deviceReadSeconds),
  convertMilliseconds: simulated('conversion', 'ms', (s) => 1000 * s.convertSeconds),
  firstTokenSeconds: simulated('first token', 's', (s) => s.timeToFirstTokenSeconds),
  peakMemoryMiB: simulated('peak memory', 'MiB', (s) => s.peakMemoryBytes / 2 ** 20),
  readGBPerSecond: simulated('read', 'GB/s', (s) => s.readGBPerSecond),
  readPercentOfPeak: simulated('of the bus', '%', (s) => s.readPercentOfPeak),
  ipc: simulated('instructions per cycle', undefined, (s) => s.ipc),
  instructionsPerToken: simulated(
    'instructions a position',
    'million',
    (s) => s.instructions / s.positionsForwarded / 1e6,
  ),
} as const satisfies Measures;

/** Share of the thread-cycles of all forward passes that an operation takes, in per cent; loading is left out. */
export const shareOf = (op: string): Measure => ({
  title: `in ${op}`,
  unit: '%',
  of: ({ ops }) => {
    const sum = (costs: RunResult['ops']) => costs.reduce((total, { cycles }) => total + cycles, 0);
    const forward = ops.filter((cost) => cost.op !== SWAP_OP);
    return (100 * sum(forward.filter((cost) => cost.op === op))) / sum(forward);
  },
});

/** How many times as many tokens per second as the run with these levels. */
export const speedupOver = (levels: Readonly<Record<string, Level>>, title = 'speed-up'): Measure => ({
  title,
  unit: 'x',
  of: (run, others) => run.simulated.tokensPerSecond / others(levels).simulated.tokensPerSecond,
});
