import type { Provenance, Threat } from './results.js';

/** The result of an experiment, experiment.json in its folder: all that its report is made of. */

/** Level of each factor. */
export type Levels = Readonly<Record<string, string | number>>;

/** An uncertain input at one end of its range. */
export interface Perturbation {
  readonly path: string;
  readonly end: 'low' | 'high';
  readonly value: number;
  readonly unit: string;
}

export interface ExperimentMeasure {
  readonly name: string;
  readonly title: string;
  readonly unit?: string;
  /** Values that are shown as a word. */
  readonly words?: Readonly<Record<string, string>>;
}

export interface ExperimentRow {
  /** Directory of the run beside experiment.json; empty where nothing was simulated. */
  readonly id: string;
  readonly levels: Levels;
  /** One for each measure, in their order; null where it could not be computed. */
  readonly values: readonly (number | null)[];
  /** Command line that repeats this run alone. */
  readonly command: string;
  /** Set in runs for the interval. */
  readonly perturbed?: Perturbation;
}

/** Of all runs, or of those with the levels `where` names: one of a factor, or several. */
export type ExperimentChart = (
  | { readonly bars: readonly string[] }
  | { readonly line: string; readonly x: string }
) & { readonly title?: string; readonly where?: ChartPart };

type Level = Levels[string];
export type ChartPart = Readonly<Record<string, Level | readonly Level[]>>;

/** What the headline becomes with one uncertain input at the ends of its range. */
export interface Swing {
  readonly path: string;
  readonly unit: string;
  readonly lowInput: number;
  readonly highInput: number;
  /** The headline then. */
  readonly atLow: number;
  readonly atHigh: number;
}

export interface ExperimentResult {
  readonly schema: 'xenon-experiment/1';
  readonly name: string;
  readonly question: string;
  readonly quick: boolean;
  /** True where the numbers were computed and nothing was simulated. */
  readonly analytic?: boolean;
  /** The factors in order, each with its levels in order. */
  readonly factors: readonly { readonly name: string; readonly levels: readonly (string | number)[] }[];
  readonly measures: readonly ExperimentMeasure[];
  readonly headline?: {
    readonly value: number;
    readonly unit: string;
    /** The interval: each uncertain input alone at its ends, their effects combined as independent. */
    readonly low?: number;
    readonly high?: number;
    readonly swings: readonly Swing[];
  };
  /** The sentence after the number; why there is none where there is no headline. */
  readonly answer: string;
  readonly charts: readonly ExperimentChart[];
  readonly rows: readonly ExperimentRow[];
  readonly failures: readonly {
    readonly levels: Levels;
    readonly message: string;
    readonly perturbed?: Perturbation;
  }[];
  readonly notes: readonly string[];
  /** Settings that all runs share, as names and texts. */
  readonly common: readonly (readonly [name: string, value: string])[];
  readonly threats: readonly Threat[];
  readonly provenance: Provenance;
}
