import { formatTable } from '../cli/table.js';
import { type FigureResult, type RowResult, type Summary, summarize } from './judge.js';
import type { Prediction, TunedParameter, Value } from './tuning.js';

export interface Validation {
  readonly untuned: boolean;
  readonly rows: readonly RowResult[];
  readonly relatives: Summary | undefined;
  readonly ratios: Summary | undefined;
  readonly gated: Summary | undefined;
  readonly failures: readonly string[];
  readonly tuning: {
    readonly parameters: readonly TunedParameter[];
    readonly untuned: readonly RowResult[] | undefined;
    readonly predictions: readonly Prediction[] | undefined;
  };
}

const signed = (share: number): string => `${share < 0 ? '-' : '+'}${Math.abs(100 * share).toFixed(1)} %`;
const number = (n: number): string => (Math.abs(n) >= 100 ? n.toFixed(0) : n.toPrecision(3));

function verdict({ judged, inside }: FigureResult): string {
  if (!judged) return 'not judged';
  return inside ? 'inside' : 'outside';
}

/** Everything as text: rows with their figures, summaries, and what was tuned. */
export function validationText(result: Validation): string {
  const { relatives, ratios, gated, tuning } = result;
  const parts = result.rows.map(rowText);
  const lines = [
    summaryLine('rows 7 to 12, relatives', relatives),
    summaryLine('rows 1 to 6, ratios and rules of thumb', ratios),
    summaryLine('gated rows', gated),
    ...(result.failures.length === 0
      ? ['every gated row is inside its tolerance']
      : result.failures.map((f) => `OUTSIDE: ${f}`)),
  ];
  parts.push(lines.filter((line) => line !== '').join('\n'));
  if (tuning.parameters.length > 0) parts.push(tuningText(result));
  return parts.join('\n\n');
}

/** The gated rows in short, for the README. */
export function validationMarkdown(rows: readonly RowResult[]): string {
  const lines = rows.map((row) => {
    const judged = row.figures.filter((figure) => figure.judged);
    const inside = judged.filter((figure) => figure.inside).length;
    const worst = judged.reduce((a, b) => (Math.abs(b.error) > Math.abs(a.error) ? b : a));
    const mean = `${(100 * row.error).toFixed(1)} %`;
    return `| ${row.number} | ${row.title} | ${inside} of ${judged.length} | ${mean} | ${signed(worst.error)} |`;
  });
  const { meanAbsoluteError, bias } = summarize(rows)!;
  const total = `Mean absolute error over these rows ${(100 * meanAbsoluteError).toFixed(1)} %, bias ${signed(bias)}.`;
  const head = [
    '| row | measured there | figures inside | mean error | worst |',
    '| --- | --- | --- | --- | --- |',
  ];
  return `${[...head, ...lines].join('\n')}\n\n${total}`;
}

function rowText(row: RowResult): string {
  const kind = row.gated
    ? row.passes
      ? 'inside its tolerance on average'
      : 'OUTSIDE'
    : 'indicative: the loop is a stand-in';
  const head = `${row.number}. ${row.title} (${row.name}): ${kind}, mean error ${(100 * row.error).toFixed(1)} %`;
  const table = formatTable(
    [
      ['figure', 'measured', 'simulated', 'unit', 'error', 'passes from', 'to', ''],
      ...row.figures.map((f) => [
        f.name,
        number(f.measured),
        number(f.simulated),
        f.unit,
        signed(f.error),
        number(f.low),
        number(f.high),
        verdict(f),
      ]),
    ],
    '  ',
  );
  const shapes = row.shapes.map(
    ({ says, judged, holds }) =>
      `  ${holds ? 'so it is' : judged ? 'NOT SO' : 'not so here, and not judged'}: ${says}`,
  );
  return [head, `  ${row.loop}; measured: ${row.source}`, table, ...shapes].join('\n');
}

function summaryLine(title: string, summary: Summary | undefined): string {
  if (summary === undefined) return '';
  const { meanAbsoluteError, bias, worst } = summary;
  return (
    `${title}: mean absolute error ${(100 * meanAbsoluteError).toFixed(1)} % over ${summary.rows}, ` +
    `bias ${signed(bias)}, worst ${signed(worst.error)} (row ${worst.row}, ${worst.figure})`
  );
}

const shown = (value: Value): string => (typeof value === 'number' ? String(value) : value ? 'yes' : 'no');

function tuningText({ rows, tuning }: Validation): string {
  const { parameters, untuned, predictions } = tuning;
  const table = formatTable([
    ['tuned within its range', 'machines', 'low', 'high', 'before', 'now', 'unit', 'place in range'],
    ...parameters.map((p) => [
      p.path,
      p.presets.join(' '),
      shown(p.low),
      shown(p.high),
      shown(p.untuned),
      shown(p.tuned),
      p.unit,
      `${Math.round(100 * p.position)} %`,
    ]),
  ]);
  if (untuned === undefined || predictions === undefined) return table;
  const errors = formatTable([
    ['mean error of row', 'tuned', 'untuned', 'predicted by a fit to the other rows', 'what they choose'],
    ...predictions.map((p) => [
      String(p.row),
      `${(100 * rows.find((row) => row.number === p.row)!.error).toFixed(1)} %`,
      `${(100 * p.untunedError).toFixed(1)} %`,
      `${(100 * p.predictedError).toFixed(1)} %`,
      p.fitted.length === 0
        ? 'nothing: no other row has its parameters'
        : p.fitted.map(({ path, value }) => `${path}=${shown(value)}`).join(', '),
    ]),
  ]);
  return `${table}\n\n${errors}`;
}
