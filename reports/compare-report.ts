import { panelsChart } from './charts/panels.js';
import {
  type Change,
  type Comparison,
  changeText,
  comparisonAnswer,
  differs,
  type MeasureChanges,
  meanText,
  ratioOf,
} from './compare.js';
import { csv } from './csv.js';
import { measureTitle, readable } from './experiment-text.js';
import { number3, plural } from './format.js';
import { markdownTable, markdownText } from './markdown.js';
import { html, type Markup } from './markup.js';
import { download, figure, page } from './page.js';
import { settingWords } from './settings.js';
import { facts, table } from './table.js';

/** Bars are drawn for this many runs, the largest changes first; the tables have all. */
const MOST_BARS = 40;
const MOST_PANELS = 3;

/** Two sets of results as one self-contained page, differences marked. */
export function comparisonReport(comparison: Comparison): string {
  const { a, b, measures, settings } = comparison;
  const { number, rest } = comparisonAnswer(comparison);
  return page(
    `${a.name} and ${b.name} compared`,
    html`<header>
<h1>What differs between ${a.name} and ${b.name}?</h1>
<p class="answer"><strong>${number}</strong> ${rest}</p>
${warnings(comparison)}
</header>
<main>
${comparison.differing > 0 && chart(comparison)}
${measures.map((one) => measureSection(comparison, one))}
<p class="download soft">Table: ${download('comparison.csv', comparisonCsv(comparison))}</p>
<h2>What was compared</h2>
${facts([
  ['A', `${a.name}: ${a.what}`],
  ['B', `${b.name}: ${b.what}`],
  ...answers(comparison),
  ['simulator of A', a.versions.join('; ')],
  ['simulator of B', b.versions.join('; ')],
])}
${settings.length > 0 && settingTable(comparison)}
<p class="soft">Simulations are deterministic, so every difference is one. Changes are from A to B; means of
 ratios are geometric.</p>
</main>`,
  );
}

function answers({ a, b }: Comparison): (readonly [string, string])[] {
  return [
    ...(a.answer === undefined ? [] : [['answer of A', a.answer] as const]),
    ...(b.answer === undefined ? [] : [['answer of B', b.answer] as const]),
  ];
}

function warnings({ sameVersion, onlyInA, onlyInB, a, b }: Comparison): Markup {
  const only = (labels: readonly string[], where: string) =>
    labels.length > 0 && `${plural(labels.length, 'run')} only in ${where}: ${shortList(labels)}.`;
  const notes = [
    !sameVersion &&
      `The results come from different versions of the simulator (${a.versions.join('; ')} and ` +
        `${b.versions.join('; ')}): differences may be the simulator's.`,
    only(onlyInA, a.name),
    only(onlyInB, b.name),
  ];
  return html`${notes.map((note) => note && html`<p class="notice">${note}</p>\n`)}`;
}

const MOST_NAMED = 12;
const shortList = (labels: readonly string[]): string =>
  labels.length <= MOST_NAMED
    ? labels.join('; ')
    : `${labels.slice(0, MOST_NAMED).join('; ')}; and ${labels.length - MOST_NAMED} more`;

function chart({ measures, runs }: Comparison): Markup {
  const shown = measures.filter(({ changes }) => changes.some(differs)).slice(0, MOST_PANELS);
  const size = (i: number) => Math.abs(Math.log(ratioOf(shown[0].changes[i]) ?? 1));
  const order = shown[0].changes.map((_, i) => i).sort((x, y) => size(y) - size(x));
  const rows = order.slice(0, MOST_BARS);
  return html`<h2>B over A</h2>
${rows.length < runs && html`<p>The ${MOST_BARS} largest changes of ${runs} runs are drawn; the tables have all.</p>`}
${figure((width) =>
  panelsChart(
    {
      name: 'changes',
      title: 'B over A, run by run',
      description: rows
        .map(
          (i) => `${shown[0].changes[i].label}: ${shown.map((one) => changeText(one.changes[i])).join(', ')}`,
        )
        .join('; '),
      rows: rows.map((i) => shown[0].changes[i].label),
      panels: shown.map((one, m) => ({
        title: `${one.measure.title} (×)`,
        limit: { value: 1, label: 'same' },
        bars: rows.map((i) => {
          const ratio = ratioOf(one.changes[i]);
          if (ratio === undefined) return undefined;
          const label = changeText(one.changes[i]);
          return {
            segments: [{ value: ratio, style: `c${m}`, tip: `${one.changes[i].label}: ${label}` }],
            label,
          };
        }),
      })),
    },
    width,
  ),
)}`;
}

function measureSection({ a, b }: Comparison, one: MeasureChanges): Markup {
  const { changes } = one;
  const { measure, factor } = readableChanges(one);
  const title = measureTitle(measure);
  const count = changes.filter(differs).length;
  return html`<h2>${title}</h2>
<p>${count === 0 ? 'Equal in all runs.' : `${count} of ${changes.length} differ: ${meanText(one)}.`}</p>
${
  count > 0 &&
  table({
    caption: title,
    columns: [
      { title: 'run' },
      { title: a.name, numeric: true },
      { title: b.name, numeric: true },
      { title: 'change', numeric: true },
    ],
    rows: changes.map((change) => [
      change.label,
      { text: cellText(change.a, factor, changes), value: change.a ?? '' },
      { text: cellText(change.b, factor, changes), value: change.b ?? '' },
      { text: marked(change), value: ratioOf(change) ?? '' },
    ]),
  })
}`;
}

const readableChanges = ({ measure, changes }: MeasureChanges) =>
  readable(
    measure,
    changes.flatMap(({ a, b }) => [a, b]),
  );

/** Whole numbers in full: cycle counts differ in their last digits. */
function cellText(value: number | null, factor: number, changes: readonly Change[]): string {
  if (value === null) return '–';
  const whole = changes.every(({ a, b }) => Number.isInteger(a ?? 0) && Number.isInteger(b ?? 0));
  return whole && factor === 1 ? value.toLocaleString('en-US') : number3(value * factor);
}

/** A difference has an arrow and weight, not only a colour. */
function marked(change: Change): Markup | string {
  const text = changeText(change);
  const ratio = ratioOf(change);
  if (!differs(change)) return text;
  const way = ratio === undefined ? '' : ratio > 1 ? ' up' : ' down';
  return html`<span class="change${way}">${text}</span>`;
}

const settingTable = ({ settings, a, b }: Comparison): Markup => html`<h3>Settings that differ</h3>
${table({
  caption: 'Settings that differ',
  columns: [{ title: 'setting' }, { title: a.name, prose: true }, { title: b.name, prose: true }],
  rows: settings.map((setting) => [settingWords(setting.name), setting.a, setting.b]),
})}`;

/** One row a run and measure. */
export const comparisonCsv = ({ measures }: Comparison): string =>
  csv<Change & { readonly title: string; readonly unit: string }>(
    [
      ['run', (r) => r.label],
      ['measure', (r) => r.title],
      ['unit', (r) => r.unit],
      ['a', (r) => r.a ?? Number.NaN],
      ['b', (r) => r.b ?? Number.NaN],
      ['b_over_a', (r) => ratioOf(r) ?? Number.NaN],
    ],
    measures.flatMap(({ measure, changes }) =>
      changes.map((change) => ({ ...change, title: measure.title, unit: measure.unit ?? '' })),
    ),
  );

export function comparisonMarkdown(comparison: Comparison): string {
  const { number, rest } = comparisonAnswer(comparison);
  const { a, b, measures, sameVersion } = comparison;
  const parts = [
    `# ${markdownText(`${a.name} and ${b.name} compared`)}`,
    `**${markdownText(number)}** ${markdownText(rest)}`,
    ...(sameVersion ? [] : ['The simulator is not the same in both.']),
    ...measures
      .filter(({ changes }) => changes.some(differs))
      .map((one) => {
        const { changes } = one;
        const { measure, factor } = readableChanges(one);
        return [
          `## ${markdownText(measureTitle(measure))}`,
          markdownTable(
            ['run', a.name, b.name, 'change'],
            changes.map((change) => [
              change.label,
              cellText(change.a, factor, changes),
              cellText(change.b, factor, changes),
              changeText(change),
            ]),
          ),
        ].join('\n\n');
      }),
  ];
  return `${parts.join('\n\n')}\n`;
}
