import type { ExperimentMeasure } from './experiment.js';
import { measureTitle } from './experiment-text.js';
import { NB, number3, plural } from './format.js';
import type { ResultSet, SetRow } from './result-set.js';

/** One number of one run in both sets; null where it is not there. */
export interface Change {
  readonly label: string;
  readonly a: number | null;
  readonly b: number | null;
}

export interface MeasureChanges {
  readonly measure: ExperimentMeasure;
  readonly changes: readonly Change[];
}

/** Two sets of results side by side: run by run, measure by measure. */
export interface Comparison {
  readonly schema: 'xenon-comparison/1';
  readonly a: Pick<ResultSet, 'name' | 'what' | 'versions' | 'answer'>;
  readonly b: Pick<ResultSet, 'name' | 'what' | 'versions' | 'answer'>;
  readonly sameVersion: boolean;
  /** Runs that both have. */
  readonly runs: number;
  /** Of them, those with a number that differs. */
  readonly differing: number;
  readonly onlyInA: readonly string[];
  readonly onlyInB: readonly string[];
  /** Settings common to each set that differ between them. */
  readonly settings: readonly { readonly name: string; readonly a: string; readonly b: string }[];
  readonly measures: readonly MeasureChanges[];
}

export function compareSets(a: ResultSet, b: ResultSet): Comparison {
  const inB = new Map(b.rows.map((row) => [row.key, row]));
  const keysOfA = new Set(a.rows.map(({ key }) => key));
  const pairs = a.rows.flatMap((row): [SetRow, SetRow][] => {
    const other = inB.get(row.key);
    return other === undefined ? [] : [[row, other]];
  });
  const measures = a.measures.flatMap((measure, i): MeasureChanges[] => {
    const j = b.measures.findIndex(({ name }) => name === measure.name);
    if (j < 0) return [];
    return [
      {
        measure,
        changes: pairs.map(([x, y]) => ({
          label: x.label,
          a: x.values[i] ?? null,
          b: y.values[j] ?? null,
        })),
      },
    ];
  });
  const settingsOfB = new Map(b.common);
  const names = [...new Set([...a.common, ...b.common].map(([name]) => name))];
  const settingsOfA = new Map(a.common);
  return {
    schema: 'xenon-comparison/1',
    a: headOf(a),
    b: headOf(b),
    sameVersion: new Set([...a.versions, ...b.versions]).size <= 1,
    runs: pairs.length,
    differing: pairs.filter((_, i) => measures.some(({ changes }) => differs(changes[i]))).length,
    onlyInA: a.rows.filter(({ key }) => !inB.has(key)).map(({ label }) => label),
    onlyInB: b.rows.filter(({ key }) => !keysOfA.has(key)).map(({ label }) => label),
    settings: names
      .map((name) => ({ name, a: settingsOfA.get(name) ?? '–', b: settingsOfB.get(name) ?? '–' }))
      .filter((setting) => setting.a !== setting.b),
    measures,
  };
}

const headOf = ({ name, what, versions, answer }: ResultSet) => ({
  name,
  what,
  versions,
  ...(answer === undefined ? {} : { answer }),
});

/** Simulations are deterministic, so any difference is one. */
export const differs = ({ a, b }: Change): boolean => a !== b;

/** B over A; undefined where there is none. */
export function ratioOf({ a, b }: Change): number | undefined {
  if (a === null || b === null) return undefined;
  return a === b ? 1 : a > 0 && b > 0 ? b / a : undefined;
}

/** `+3.1 %`, `same`, or a dash. */
export function changeText(change: Change): string {
  if (!differs(change)) return change.a === null ? '–' : 'same';
  const ratio = ratioOf(change);
  if (ratio === undefined) return 'differs';
  const percent = 100 * (ratio - 1);
  const size = Math.abs(percent) < 0.01 ? '<0.01' : number3(Math.abs(percent));
  return `${percent < 0 ? '−' : '+'}${size}${NB}%`;
}

/** Geometric mean of the ratios of one measure, and their range; undefined where there are none. */
export function meanRatio({ changes }: MeasureChanges): Record<'mean' | 'low' | 'high', number> | undefined {
  const ratios = changes.map(ratioOf).filter((ratio) => ratio !== undefined);
  if (ratios.length === 0) return undefined;
  return {
    mean: Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length),
    low: Math.min(...ratios),
    high: Math.max(...ratios),
  };
}

/** The comparison in one sentence: what differs, then by how much. */
export function comparisonAnswer(comparison: Comparison): { readonly number: string; readonly rest: string } {
  const { runs, differing, measures, a, b } = comparison;
  if (runs === 0) return { number: 'Nothing to compare:', rest: `no run of ${a.name} is in ${b.name}.` };
  if (differing === 0)
    return { number: 'No difference:', rest: `${plural(runs, 'run')} with equal numbers in both.` };
  const texts = measures
    .filter(({ changes }) => changes.some(differs))
    .slice(0, 3)
    .map((one) => `${measureTitle(one.measure)} ${meanText(one)}`);
  return {
    number: `${differing} of ${plural(runs, 'run')} ${differing === 1 ? 'differs' : 'differ'}`,
    rest: `from ${a.name} to ${b.name}: ${texts.join('; ')}.`,
  };
}

/** `1.04× in the geometric mean (0.98 to 1.12)`. */
export function meanText(one: MeasureChanges): string {
  const ratio = meanRatio(one);
  if (ratio === undefined) return 'differs';
  const range =
    one.changes.length > 1 ? ` in the geometric mean (${ratio3(ratio.low)} to ${ratio3(ratio.high)})` : '';
  return `${ratio3(ratio.mean)}×${range}`;
}

/** Ratios near one need their last digits. */
const ratio3 = (ratio: number): string =>
  Math.abs(ratio - 1) < 0.1 && ratio !== 1 ? ratio.toFixed(4) : number3(ratio);
