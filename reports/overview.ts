import { max } from 'd3';
import { answer, isTimed } from './answer.js';
import { panelsChart } from './charts/panels.js';
import { commandOf } from './command.js';
import { runsCsv } from './csv.js';
import { byteScale, bytes, count, duration, number3, plural, timeScale } from './format.js';
import { html, type Markup } from './markup.js';
import { commandLine, download, figure, page } from './page.js';
import type { RunResult } from './results.js';
import {
  type NamedRun,
  nameByDifference,
  type Setting,
  settingsOf,
  settingWords,
  versionOf,
} from './settings.js';
import { facts, table } from './table.js';

/** Bars are drawn for this many runs; the table always has all. */
const MOST_BARS = 40;

/** Above this many runs a page lists their commands only, so that it opens at once. */
const MOST_DETAILS = 100;

/** Several runs on one page: what differs between them, bars, and a table to sort. */
export function overviewReport(given: readonly NamedRun[]): string {
  const settings = settingsOf(given);
  const runs = nameByDifference(given, settings);
  const timed = runs.filter(({ run }) => isTimed(run));
  const ranked = [...timed].sort((a, b) => b.run.simulated.tokensPerSecond - a.run.simulated.tokensPerSecond);
  const differing = settings.filter((s) => s.differs);
  const common = settings.filter((s) => !s.differs);
  return page(
    `${plural(runs.length, 'run')} compared`,
    html`<header>
<h1>${plural(runs.length, 'run')} compared</h1>
${headline(ranked)}
${warnings(runs)}
</header>
<main>
${ranked.length > 0 && bars(ranked, differing)}
<h2>Runs</h2>
<p>${differenceText(differing)}</p>
${runTable(runs, differing)}
<p class="download soft">Table: ${download('runs.csv', runsCsv(runs))}</p>
<h2>The same in all</h2>
${facts(common.filter((s) => !s.ofMachine).map((s) => [settingWords(s.name), s.values[0] || 'none'] as const))}
${
  common.some((s) => s.ofMachine) &&
  html`<details><summary>Numbers of the machine</summary>
${facts(common.filter((s) => s.ofMachine).map((s) => [s.name, s.values[0]] as const))}</details>`
}
<h2>Each run</h2>
${runs.length > MOST_DETAILS ? commandList(runs) : runs.map((run, i) => runDetails(run, given[i].name))}
</main>`,
  );
}

function headline(ranked: readonly NamedRun[]): Markup {
  const [best] = ranked;
  const worst = ranked[ranked.length - 1];
  if (best === undefined) return html`<p class="answer">None of these runs was timed.</p>`;
  const fast = best.run.simulated.tokensPerSecond;
  const slow = worst.run.simulated.tokensPerSecond;
  const rest = ranked.length > 1 ? `; the slowest, “${worst.name}”, reaches ${number3(slow)}` : '';
  return html`<p class="answer"><strong>${number3(fast)} tokens per second</strong> is the fastest,
 “${best.name}”${rest}.</p>`;
}

/** What makes a comparison doubtful is said at the top. */
function warnings(runs: readonly NamedRun[]): Markup {
  const versions = new Set(runs.map(({ run }) => versionOf(run)));
  const models = new Set(runs.map(({ run }) => run.model.sha256));
  const untimed = runs.filter(({ run }) => !isTimed(run)).map(({ name }) => name);
  const notes = [
    versions.size > 1 &&
      `These runs come from ${versions.size} versions of the simulator (${[...versions].join('; ')}): ` +
        "differences between them may be the simulator's.",
    models.size > 1 && `These runs use ${models.size} different models.`,
    untimed.length > 0 && `Without timing (functional mode), so without bars: ${untimed.join('; ')}.`,
  ];
  return html`${notes.map((note) => note && html`<p class="notice">${note}</p>\n`)}`;
}

function differenceText(differing: readonly Setting[]): string {
  if (differing.length === 0) return 'All settings are the same.';
  return `Settings that differ are underlined: ${differing.map((s) => settingWords(s.name)).join(', ')}.`;
}

function bars(ranked: readonly NamedRun[], differing: readonly Setting[]): Markup {
  const shown = ranked.slice(0, MOST_BARS);
  const left = ranked.length - shown.length;
  return html`<h2>Fastest first</h2>
${left > 0 && html`<p>The ${MOST_BARS} fastest of ${ranked.length} are drawn; the table has all.</p>`}
${differing.length === 0 && ranked.length > 1 && html`<p>All asked for the same: bars should be equal.</p>`}
${figure((width) => comparisonChart(shown, width))}`;
}

/** Tokens per second, load time and peak memory of several runs. */
export function comparisonChart(runs: readonly NamedRun[], width: number): string {
  const load = timeScale(max(runs, ({ run }) => run.simulated.loadSeconds) ?? 0);
  const memory = byteScale(max(runs, ({ run }) => run.simulated.peakMemoryBytes) ?? 0);
  const panel = (
    title: string,
    style: string,
    factor: number,
    quantity: (run: RunResult) => number,
    text: (value: number) => string,
  ) => ({
    title,
    factor,
    bars: runs.map(({ name, run }) => ({
      segments: [{ value: quantity(run), style, tip: `${name}: ${text(quantity(run))}` }],
      label: number3(quantity(run) * factor),
    })),
  });
  return panelsChart(
    {
      name: 'runs',
      title: 'Runs compared: tokens per second, load time, peak memory',
      description: runs.map(inWords).join('; '),
      rows: runs.map(({ name }) => name),
      panels: [
        panel(
          'tokens per second',
          'c0',
          1,
          (r) => r.simulated.tokensPerSecond,
          (v) => `${number3(v)} tokens per second`,
        ),
        panel(
          `load (${load.unit})`,
          'c1',
          load.factor,
          (r) => r.simulated.loadSeconds,
          (v) => `load ${duration(v)}`,
        ),
        panel(
          `peak memory (${memory.unit})`,
          'c2',
          memory.factor,
          (r) => r.simulated.peakMemoryBytes,
          (v) => `peak memory ${bytes(v)}`,
        ),
      ],
    },
    width,
  );
}

const inWords = ({ name, run: { simulated: s } }: NamedRun): string =>
  `${name}: ${number3(s.tokensPerSecond)} tokens per second, load ${duration(s.loadSeconds)}, ` +
  `peak memory ${bytes(s.peakMemoryBytes)}`;

function runTable(runs: readonly NamedRun[], differing: readonly Setting[]): Markup {
  const number = (value: number, digits: number, timed: boolean) =>
    timed ? { text: value.toFixed(digits), value } : { text: '–', value: '' };
  return table({
    caption: 'Runs',
    compare: 1,
    broad: differing.length > 2,
    columns: [
      { title: 'run' },
      { title: 'tokens/s', numeric: true },
      ...differing.map((s) => ({ title: settingWords(s.name), marked: true, numeric: isNumeric(s) })),
      { title: 'decode', unit: 'tokens/s', numeric: true },
      { title: 'load', unit: 's', numeric: true },
      { title: 'first token', unit: 's', numeric: true },
      { title: 'read', unit: 'GB/s', numeric: true },
      { title: 'of the bus', unit: '%', numeric: true },
      { title: 'memory latency', unit: 'cycles', numeric: true },
      { title: 'peak memory', unit: 'MiB', numeric: true },
      { title: 'positions', numeric: true },
    ],
    rows: runs.map(({ name, run }, i) => {
      const s = run.simulated;
      const timed = isTimed(run);
      return [
        name,
        number(s.tokensPerSecond, 3, timed),
        ...differing.map((d) => (d.name === 'model sha256' ? d.values[i].slice(0, 12) : d.values[i])),
        number(s.decodeTokensPerSecond, 3, s.decodeTokensPerSecond > 0),
        number(s.loadSeconds, 4, timed),
        number(s.timeToFirstTokenSeconds, 4, timed),
        number(s.readGBPerSecond, 3, timed),
        number(s.readPercentOfPeak, 1, timed),
        number(s.unloadedMemoryLatencyCycles, 0, timed),
        { text: (s.peakMemoryBytes / 2 ** 20).toFixed(1), value: s.peakMemoryBytes },
        { text: count(s.positionsForwarded), value: s.positionsForwarded },
      ];
    }),
  });
}

const isNumeric = (s: Setting): boolean =>
  s.values.every((v) => v === '–' || /^-?[\d.]+(e[-+]?\d+)?$/.test(v));

const runDetails = (
  { name, run }: NamedRun,
  folder: string,
): Markup => html`<details><summary>${name}${folder !== name && ` (${folder})`}</summary>
<p><strong>${answer(run).number}</strong> ${answer(run).rest}</p>
${run.text !== null && html`<blockquote>${run.text}</blockquote>\n`}${commandLine(commandOf(run))}</details>
`;

const commandList = (runs: readonly NamedRun[]): Markup => html`<details><summary>Commands</summary>
<pre>${runs.map(({ name, run }) => `# ${name}\n${commandOf(run)}`).join('\n')}</pre></details>
`;
