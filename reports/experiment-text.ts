import { csv } from './csv.js';
import type { ExperimentMeasure, ExperimentResult, ExperimentRow, Levels } from './experiment.js';
import { count, NB, number3, timeScale, withUnit } from './format.js';
import { codeBlock, markdownTable, markdownText } from './markdown.js';
import { settingWords } from './settings.js';

/** The headline as text: `31.0 tokens per second`, `3.40×`, `12.5 %`. */
export function quantity(value: number, unit: string): string {
  if (unit === 'x') return `${number3(value)}×`;
  return unit === '' ? number3(value) : `${number3(value)}${NB}${unit}`;
}

/** The interval after a headline; empty where none was computed. */
function intervalText({ headline }: ExperimentResult): string {
  const { low, high } = headline ?? {};
  return low === undefined || high === undefined ? '' : `(${number3(low)} to ${number3(high)})`;
}

/** Number, interval, rest of the sentence; the number is empty where there is none. */
export function answerParts(result: ExperimentResult): { number: string; interval: string; rest: string } {
  const { headline, answer } = result;
  if (headline === undefined) return { number: '', interval: '', rest: answer };
  return { number: quantity(headline.value, headline.unit), interval: intervalText(result), rest: answer };
}

/** An answer as a reader takes it in: the sentence that answers, and what is said besides. */
export function sentences(answer: string): readonly [first: string, more: string] {
  const end = /[.!?]\s+(?=\S)/.exec(answer);
  return end === null
    ? [answer, '']
    : [answer.slice(0, end.index + 1), answer.slice(end.index + end[0].length)];
}

/** A run by its levels, `load-vperm, threads 6`; factors with one level say nothing. */
export function levelsText(factors: ExperimentResult['factors'], levels: Levels): string {
  const telling = factors.filter((factor) => factor.levels.length > 1);
  const words = (telling.length > 0 ? telling : factors).map(({ name }) =>
    typeof levels[name] === 'number' ? `${settingWords(name)} ${levels[name]}` : String(levels[name]),
  );
  return words.join(', ') || 'the run';
}

/** A measured number as text; a dash where there is none. */
export function valueText(value: number | null | undefined, { words }: ExperimentMeasure): string {
  if (value === null || value === undefined) return '–';
  if (words === undefined) return number3(value);
  // What may be a word counts something: `never`, or from token 18.
  return words[String(value)] ?? count(value);
}

const SECONDS_IN: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, µs: 1e-6, ns: 1e-9 };

/** A measure as people read it, and what its numbers are to be multiplied with: 0.58 ms, not 5.8e-4 s. */
export function readable(
  measure: ExperimentMeasure,
  values: readonly (number | null)[],
): { readonly measure: ExperimentMeasure; readonly factor: number } {
  const seconds = SECONDS_IN[measure.unit ?? ''];
  const longest = Math.max(0, ...values.map((value) => Math.abs(value ?? 0)));
  if (seconds === undefined || longest === 0) return { measure, factor: 1 };
  const { unit, factor } = timeScale(longest * seconds);
  return unit === measure.unit
    ? { measure, factor: 1 }
    : { measure: { ...measure, unit }, factor: seconds * factor };
}

/** All that was measured in units that read well. */
export function readableResult(result: ExperimentResult): ExperimentResult {
  const measures = result.measures.map((measure, i) =>
    readable(
      measure,
      nominalRows(result).map(({ values }) => values[i]),
    ),
  );
  return {
    ...result,
    measures: measures.map(({ measure }) => measure),
    rows: result.rows.map((row) => ({
      ...row,
      values: row.values.map((value, i) => (value === null ? null : value * measures[i].factor)),
    })),
  };
}

/** Rows of the plan itself, without those for the interval. */
export const nominalRows = ({ rows }: Pick<ExperimentResult, 'rows'>): ExperimentRow[] =>
  rows.filter((row) => row.perturbed === undefined);

/** `of the bus (%)`. */
export const measureTitle = ({ title, unit }: ExperimentMeasure): string =>
  unit === undefined ? title : `${title} (${unit === 'x' ? '×' : unit})`;

const word = (text: string): string =>
  text.replaceAll('/', '_per_').replaceAll('%', 'percent').replaceAll(/\W+/g, '_').replaceAll(/^_|_$/g, '');

/** One row a run: what was varied first, then what was measured, units in the names. */
export function experimentCsv(result: ExperimentResult): string {
  return csv<ExperimentRow>(
    [
      ['experiment', () => result.name],
      ...result.factors.map(({ name }) => [name, (r: ExperimentRow) => r.levels[name]] as const),
      ['uncertain_input', (r) => r.perturbed?.path ?? ''],
      ['uncertain_value', (r) => r.perturbed?.value ?? ''],
      ...result.measures.map(
        ({ title, unit }, i) =>
          [
            word(unit === undefined || unit === 'x' ? title : `${title} ${unit}`),
            (r: ExperimentRow) => r.values[i] ?? Number.NaN,
          ] as const,
      ),
      ['run', (r) => r.id],
    ],
    result.rows,
  );
}

export function experimentMarkdown(result: ExperimentResult): string {
  const { number, interval, rest } = answerParts(result);
  const { failures, headline } = result;
  const { factors, measures, rows } = readableResult(result);
  const parts = [
    `# ${markdownText(result.question)}`,
    `${number === '' ? '' : `**${markdownText(number)}** ${interval} `}${markdownText(rest)}`,
    ...(result.analytic === true ? ['Computed, not simulated.'] : []),
    markdownTable(
      ['run', ...measures.map(measureTitle)],
      nominalRows({ rows }).map((row) => [
        levelsText(factors, row.levels),
        ...row.values.map((value, i) => valueText(value, measures[i])),
      ]),
    ),
    ...result.notes.map(markdownText),
    ...failures.map((f) => `Failed: ${markdownText(`${levelsText(factors, f.levels)}: ${f.message}`)}`),
  ];
  if (headline !== undefined && headline.swings.length > 0) {
    parts.push(
      markdownTable(
        ['uncertain input', 'from', 'to', 'answer at from', 'answer at to'],
        headline.swings.map((s) => [
          s.path,
          withUnit(s.lowInput, s.unit),
          withUnit(s.highInput, s.unit),
          number3(s.atLow),
          number3(s.atHigh),
        ]),
      ),
    );
  }
  parts.push(codeBlock(result.provenance.command));
  return `${parts.join('\n\n')}\n`;
}
