import { linesChart, type Series } from './charts/lines.js';
import { panelsChart } from './charts/panels.js';
import { bySize, tornadoChart } from './charts/tornado.js';
import type { ChartPart, ExperimentChart, ExperimentResult, ExperimentRow } from './experiment.js';
import {
  answerParts,
  experimentCsv,
  levelsText,
  measureTitle,
  nominalRows,
  readableResult,
  sentences,
  valueText,
} from './experiment-text.js';
import { number3, plural, withUnit } from './format.js';
import { html, type Markup } from './markup.js';
import { commandLine, download, figure, page } from './page.js';
import { rankThreats, threatTable, unknowns } from './sections/method.js';
import { settingWords } from './settings.js';
import { facts, table } from './table.js';

/** Bars are drawn for this many runs; the table always has all. */
const MOST_BARS = 40;
/** Quantities beside each other in one chart. */
const MOST_PANELS = 3;

/** An experiment as a self-contained page: question, answer, chart, table, method, threats, provenance. */
export function experimentReport(measured: ExperimentResult): string {
  const result = readableResult(measured);
  const { number, interval, rest } = answerParts(result);
  const [first, more] = sentences(rest);
  const swings = result.headline?.swings ?? [];
  return page(
    result.question,
    html`<header>
<h1>${result.question}</h1>
<p class="answer">${number !== '' && html`<strong>${number}</strong> `}${interval !== '' && `${interval} `}${first}</p>
${more !== '' && html`<p>${more}</p>`}
${notices(result)}
</header>
<main>
${result.charts.map((chart, i) => chartSection(result, chart, i))}
<h2>Runs</h2>
${runTable(result, nominalRows(result), 'Runs')}
<p class="download soft">Table: ${download(`${result.name}.csv`, experimentCsv(measured))}</p>
${method(result)}
${swings.length > 0 && sensitivity(result)}
${result.threats.length > 0 && unknowns(result.threats)}
</main>
${provenance(result)}
<section class="appendix">
<h2>In full</h2>
${
  swings.length > 0 &&
  fold(
    'Runs with an uncertain input at an end of its range',
    runTable(
      result,
      result.rows.filter((row) => row.perturbed !== undefined),
      'Runs for the interval',
    ),
  )
}
${
  result.threats.length > 0 &&
  fold('Every uncertain number', threatTable(rankThreats(result.threats), 'threats-table'))
}
${result.analytic !== true && fold('How to repeat each run', commands(result))}
</section>`,
  );
}

const fold = (summary: string, content: Markup): Markup =>
  html`<details><summary>${summary}</summary>
${content}</details>`;

function notices({ quick, analytic, failures, factors }: ExperimentResult): Markup {
  return html`${
    analytic === true &&
    html`<p class="notice">Computed, not simulated: bounds from published peaks, which no program reaches.</p>`
  }${
    quick &&
    analytic !== true &&
    html`<p class="notice">The quick form: a small model and few positions, to see that everything works. The
 number above answers nothing about larger models.</p>`
  }
${
  failures.length > 0 &&
  html`<div class="notice"><p>${plural(failures.length, 'run')} failed and ${
    failures.length === 1 ? 'is' : 'are'
  } missing below:</p>
<ul>${failures.map(
    ({ levels, message, perturbed }) =>
      html`<li>${levelsText(factors, levels)}${perturbed && ` with ${perturbed.path}=${perturbed.value}`}: ${message}</li>\n`,
  )}</ul></div>`
}`;
}

function chartSection(whole: ExperimentResult, chart: ExperimentChart, index: number): Markup {
  const result = part(whole, chart.where ?? {});
  const { rows } = result;
  // In the quick form a factor may be left with one level, over which there is nothing to draw.
  const points =
    'line' in chart ? result.factors.find(({ name }) => name === chart.x)?.levels.length : undefined;
  if (rows.length === 0 || points === 1) return html``;
  const title = chart.title === undefined ? html`` : html`<h2>${chart.title}</h2>\n`;
  if ('line' in chart) return html`${title}${figure((width) => lines(result, chart, index, width))}`;
  const shown = rows.slice(0, MOST_BARS);
  const groups = Array.from({ length: Math.ceil(chart.bars.length / MOST_PANELS) }, (_, g) =>
    chart.bars.slice(g * MOST_PANELS, (g + 1) * MOST_PANELS),
  );
  return html`${title}${
    shown.length < rows.length &&
    html`<p>The first ${MOST_BARS} of ${rows.length} runs are drawn; the table has all.</p>`
  }${groups.map((names, g) => figure((width) => bars(result, shown, names, `bars-${index}-${g}`, width)))}`;
}

/** Only the runs of the plan with these levels, and of each factor the levels that they have. */
function part(result: ExperimentResult, where: ChartPart): ExperimentResult {
  const rows = nominalRows(result).filter(({ levels }) =>
    Object.entries(where).every(([factor, wanted]) => [wanted].flat().includes(levels[factor])),
  );
  const factors = result.factors.map(({ name, levels }) => ({
    name,
    levels: levels.filter((level) => rows.some((row) => row.levels[name] === level)),
  }));
  return { ...result, rows, factors };
}

const indexOf = ({ measures }: ExperimentResult, name: string): number =>
  measures.findIndex((measure) => measure.name === name);

function bars(
  result: ExperimentResult,
  rows: readonly ExperimentRow[],
  names: readonly string[],
  name: string,
  width: number,
): string {
  const labels = rows.map((row) => levelsText(result.factors, row.levels));
  const shown = names.map((measure) => indexOf(result, measure)).filter((i) => i >= 0);
  const titles = shown.map((i) => measureTitle(result.measures[i]));
  const texts = rows.map((row, r) => {
    const values = shown.map((i, m) => `${titles[m]} ${valueText(row.values[i], result.measures[i])}`);
    return `${labels[r]}: ${values.join(', ')}`;
  });
  return panelsChart(
    {
      name,
      title: titles.join(', '),
      description: texts.join('; '),
      rows: labels,
      panels: shown.map((i, m) => ({
        title: titles[m],
        bars: rows.map((row, r) => {
          const value = row.values[i];
          if (value === null || value === undefined) return undefined;
          const label = valueText(value, result.measures[i]);
          return { segments: [{ value, style: `c${m}`, tip: `${labels[r]}: ${titles[m]} ${label}` }], label };
        }),
      })),
    },
    width,
  );
}

function lines(
  result: ExperimentResult,
  { line, x }: Extract<ExperimentChart, { line: string }>,
  index: number,
  width: number,
): string {
  const measure = indexOf(result, line);
  const others = result.factors.filter(({ name }) => name !== x);
  const series = new Map<string, { x: string | number; y: number }[]>();
  for (const row of result.rows) {
    const y = row.values[measure];
    if (y === null || y === undefined) continue;
    const name = levelsText(others, row.levels);
    series.set(name, [...(series.get(name) ?? []), { x: row.levels[x], y }]);
  }
  return linesChart(
    {
      name: `lines-${index}`,
      title: `${result.measures[measure].title} by ${settingWords(x)}`,
      xTitle: settingWords(x),
      yTitle: measureTitle(result.measures[measure]),
      steps: result.factors.find(({ name }) => name === x)?.levels ?? [],
      series: [...series].map(([name, points]): Series => ({ name, points })),
    },
    width,
  );
}

function runTable(result: ExperimentResult, rows: readonly ExperimentRow[], caption: string): Markup {
  const perturbed = rows.some((row) => row.perturbed !== undefined);
  const { factors, measures } = result;
  const numeric = factors.map(({ levels }) => levels.every((level) => typeof level === 'number'));
  return table({
    caption,
    compare: Math.max(1, factors.length) + (perturbed ? 2 : 0),
    broad: factors.length + measures.length > 6,
    columns: [
      ...(factors.length === 0 ? [{ title: 'run' }] : []),
      ...factors.map(({ name }, i) => ({ title: settingWords(name), numeric: i > 0 && numeric[i] })),
      ...(perturbed ? [{ title: 'input' }, { title: 'at', numeric: true }] : []),
      ...measures.map(({ title, unit }) => ({
        title,
        numeric: true,
        ...(unit === undefined ? {} : { unit: unit === 'x' ? '×' : unit }),
      })),
    ],
    rows: rows.map((row) => [
      ...(factors.length === 0 ? ['the run'] : []),
      ...factors.map(({ name }) => ({ text: String(row.levels[name]), value: row.levels[name] })),
      ...(perturbed ? [row.perturbed?.path ?? '', String(row.perturbed?.value ?? '')] : []),
      ...row.values.map((value, i) => ({ text: valueText(value, measures[i]), value: value ?? '' })),
    ]),
  });
}

function method({ notes, common, rows, analytic }: ExperimentResult): Markup {
  const once = new Set(rows.map((row) => row.id)).size;
  const how =
    analytic === true
      ? 'Arithmetic on the numbers named here; nothing was simulated.'
      : `${plural(once, 'run')}, each simulated once: the simulation is deterministic, so a run has no noise.`;
  return html`<h2>Method</h2>
<p>${how}</p>
${notes.map((note) => html`<p>${note}</p>\n`)}
<h3>The same in all runs</h3>
${facts(common.map(([name, value]) => [settingWords(name), value === '' ? 'none' : value] as const))}`;
}

function sensitivity(result: ExperimentResult): Markup {
  const { headline } = result;
  if (headline === undefined) return html``;
  const { value, unit, swings, low, high } = headline;
  return html`<h2>How sure the answer is</h2>
<p>Each of these inputs was moved alone to both ends of the range its sources allow, and the answer computed
 again. Their effects combined as independent (root of the sum of squares) give the interval
 ${low !== undefined && number3(low)} to ${high !== undefined && number3(high)}; inputs that were not moved
 are listed below and not part of it.</p>
${figure((width) => tornadoChart(value, unit, swings, width))}
${table({
  caption: 'Answer at the ends of each input',
  columns: [
    { title: 'input' },
    { title: 'from', numeric: true },
    { title: 'to', numeric: true },
    { title: 'answer at from', numeric: true },
    { title: 'answer at to', numeric: true },
  ],
  rows: bySize(swings).map((s) => [
    { text: html`<code>${s.path}</code>`, value: s.path },
    { text: withUnit(s.lowInput, s.unit), value: s.lowInput },
    { text: withUnit(s.highInput, s.unit), value: s.highInput },
    { text: number3(s.atLow), value: s.atLow },
    { text: number3(s.atHigh), value: s.atHigh },
  ]),
})}`;
}

/** Above this many runs their commands are one block of text, so that a page opens at once. */
const MOST_COMMANDS = 100;

const commands = ({ rows, factors }: ExperimentResult): Markup => {
  const nameOf = (row: ExperimentRow): string =>
    levelsText(factors, row.levels) +
    (row.perturbed === undefined ? '' : `, ${row.perturbed.path} at ${row.perturbed.value}`);
  if (rows.length > MOST_COMMANDS)
    return html`<pre>${rows.map((row) => `# ${nameOf(row)}, ${row.id}\n${row.command}`).join('\n')}</pre>`;
  return html`${rows.map(
    (row) => html`<h3>${nameOf(row)} <small class="hash">${row.id}</small></h3>
${commandLine(row.command)}\n`,
  )}`;
};

const provenance = ({ provenance: p, schema }: ExperimentResult): Markup => html`<footer>
<h2>Provenance</h2>
<p>This command gives the same result, cycle for cycle, on any host:</p>
${commandLine(p.command)}
${facts([
  ['simulator', `xenon-sim ${p.version}`],
  ['code', html`<span class="hash">sha256 ${p.code}</span>`],
  ['schema', schema],
])}
</footer>`;
