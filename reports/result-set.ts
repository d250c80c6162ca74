import type { ExperimentMeasure, ExperimentResult } from './experiment.js';
import { answerParts, levelsText } from './experiment-text.js';
import type { RunResult } from './results.js';
import { type NamedRun, settingsOf, versionOf } from './settings.js';

/** What two sets of results are compared by: rows with keys that both may have, and numbers. */
export interface ResultSet {
  /** As the user named it. */
  readonly name: string;
  readonly what: string;
  /** Of the simulator. */
  readonly versions: readonly string[];
  readonly measures: readonly ExperimentMeasure[];
  readonly rows: readonly SetRow[];
  /** Settings that all its runs share. */
  readonly common: readonly (readonly [name: string, value: string])[];
  /** Its answer, where it has one. */
  readonly answer?: string;
}

export interface SetRow {
  /** Equal in both sets where the same was asked, apart from what the sets differ in as a whole. */
  readonly key: string;
  readonly label: string;
  /** One a measure. */
  readonly values: readonly (number | null)[];
}

/** An experiment's runs, those for the interval included. */
export function setOfExperiment(name: string, result: ExperimentResult): ResultSet {
  const { number, interval, rest } = answerParts(result);
  return {
    name,
    what: result.quick ? `${result.name}, quick form` : result.name,
    versions: [`${result.provenance.version}, code ${result.provenance.code.slice(0, 8)}`],
    measures: result.measures,
    rows: result.rows.map(({ levels, values, perturbed }) => ({
      key: JSON.stringify([Object.entries(levels).sort(), perturbed?.path, perturbed?.value]),
      label:
        levelsText(result.factors, levels) +
        (perturbed === undefined ? '' : `, ${perturbed.path}=${perturbed.value}`),
      values,
    })),
    common: result.common,
    answer: [number, interval, rest].filter((part) => part !== '').join(' '),
  };
}

const MEASURES: readonly (ExperimentMeasure & { of(run: RunResult): number })[] = [
  { name: 'tokensPerSecond', title: 'tokens per second', of: (r) => r.simulated.tokensPerSecond },
  { name: 'cycles', title: 'cycles', of: (r) => r.simulated.cycles },
  { name: 'instructions', title: 'instructions', of: (r) => r.simulated.instructions },
  { name: 'load', title: 'load', unit: 's', of: (r) => r.simulated.loadSeconds },
  { name: 'firstToken', title: 'first token', unit: 's', of: (r) => r.simulated.timeToFirstTokenSeconds },
  { name: 'read', title: 'read from memory', unit: 'B', of: (r) => r.simulated.dramReadBytes },
  { name: 'readPercentOfPeak', title: 'of the bus', unit: '%', of: (r) => r.simulated.readPercentOfPeak },
  { name: 'peakMemory', title: 'peak memory', unit: 'B', of: (r) => r.simulated.peakMemoryBytes },
];

/**
 * Two folders of runs. Runs are told apart by the settings in which runs of one folder differ; a setting that
 * differs between the folders only is what is compared.
 */
export function setsOfRuns(
  a: { readonly name: string; readonly runs: readonly NamedRun[] },
  b: { readonly name: string; readonly runs: readonly NamedRun[] },
): [ResultSet, ResultSet] {
  const settings = settingsOf([...a.runs, ...b.runs]).filter(({ name }) => name !== 'simulator');
  const within = (values: readonly string[]) => new Set(values).size > 1;
  const factors = settings.filter(
    ({ values }) => within(values.slice(0, a.runs.length)) || within(values.slice(a.runs.length)),
  );
  const setOf = ({ name, runs }: typeof a, from: number): ResultSet => ({
    name,
    what: `${runs.length} runs`,
    versions: [...new Set(runs.map(({ run }) => versionOf(run)))],
    measures: MEASURES.map(({ name: key, title, unit }) => ({
      name: key,
      title,
      ...(unit === undefined ? {} : { unit }),
    })),
    rows: runs.map(({ run }, i) => ({
      key: JSON.stringify(factors.map(({ values }) => values[from + i])),
      label:
        factors.map(({ name: setting, values }) => `${setting} ${values[from + i]}`).join(', ') || 'the run',
      values: MEASURES.map(({ of }) => (Number.isFinite(of(run)) ? of(run) : null)),
    })),
    common: settings
      .filter((setting) => !factors.includes(setting))
      .map(({ name: setting, values }) => [setting, values[from]] as const),
  });
  return [setOf(a, 0), setOf(b, a.runs.length)];
}
