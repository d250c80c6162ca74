import { panelsChart } from './charts/panels.js';
import { csv } from './csv.js';
import { bigCount, count, countScale, cpi, number3, percent } from './format.js';
import { markdownTable, markdownText } from './markdown.js';
import { html, type Markup } from './markup.js';
import { download, figure, page } from './page.js';
import {
  functionRows,
  otherCycles,
  type ProgramComparison,
  type ProgramFunction,
  type ProgramRun,
  reasonOf,
} from './programs.js';
import { table } from './table.js';

const QUESTION = 'What do the compiler’s choices cost?';
const titleOf = ({ runs }: ProgramComparison): string =>
  runs.length === 1 ? `What does ${runs[0].name} spend its cycles on?` : QUESTION;
const share = (f: { cycles: number; loadHitStoreCycles: number }): string =>
  percent(f.loadHitStoreCycles, f.cycles);

/** Runs of builds of one program as a self-contained page. */
export function programsReport(comparison: ProgramComparison): string {
  const { runs, answer } = comparison;
  return page(
    titleOf(comparison),
    html`<header>
<h1>${titleOf(comparison)}</h1>
<p class="answer"><strong>${answer.number}</strong> ${answer.rest}</p>
</header>
<main>
${figure((width) => cyclesChart(runs, width))}
${buildTable(runs)}
<h2>Function by function</h2>
<p class="soft">Cycles of each function itself, and in brackets what of them loads waited for stores to the same
 quadword: a compiler that moves values between register files through memory pays the store queue’s delay.</p>
${functionTable(runs)}
<p class="download soft">Table: ${download('programs.csv', programsCsv(comparison))}</p>
<h2>What was run</h2>
${runTable(runs)}
</main>`,
  );
}

function runTable(runs: readonly ProgramRun[]): Markup {
  return table({
    caption: 'What was run',
    sortable: false,
    columns: ['build', 'machine', 'arguments', 'measured'].map((title) => ({ title, wrap: true })),
    rows: runs.map((run) => [
      run.name,
      run.machine,
      run.arguments.join(' '),
      run.roi === undefined ? 'the whole run' : `calls of ${run.roi}`,
    ]),
  });
}

function cyclesChart(runs: readonly ProgramRun[], width: number): string {
  const scale = countScale(Math.max(...runs.map(({ cycles }) => cycles)));
  return panelsChart(
    {
      name: 'programs',
      title: 'Cycles of each build, and what of them is load-hit-store',
      description: runs
        .map((run) => `${run.name} ${bigCount(run.cycles)} cycles, ${reasonOf(run)}`)
        .join('; '),
      rows: runs.map(({ name }) => name),
      legend: [
        { label: 'other cycles', swatches: [{ style: 'c0' }] },
        { label: 'loads waiting for stores just made', swatches: [{ style: 'c1' }] },
      ],
      panels: [
        {
          title: `cycles${scale.unit === '' ? '' : ` (${scale.unit}s)`}`,
          factor: scale.factor,
          bars: runs.map((run) => ({
            label: bigCount(run.cycles),
            segments: [
              {
                value: otherCycles(run),
                style: 'c0',
                tip: `${run.name}: ${count(otherCycles(run))} other cycles`,
              },
              {
                value: Math.min(run.cycles, run.loadHitStoreCycles),
                style: 'c1',
                tip: `${run.name}: ${count(run.loadHitStoreCycles)} cycles of load-hit-store, ${share(run)}`,
              },
            ],
          })),
        },
      ],
    },
    width,
  );
}

const BUILD_COLUMNS = [
  'build',
  'instructions',
  'cycles',
  'CPI',
  'load-hit-store cycles',
  'share',
  'against the first',
];

const buildCells = (run: ProgramRun, first: ProgramRun): readonly string[] => [
  run.name,
  count(run.instructions),
  count(run.cycles),
  cpi(run.cycles, run.instructions),
  count(run.loadHitStoreCycles),
  share(run),
  `${number3(run.cycles / first.cycles)} ×`,
];

function buildTable(runs: readonly ProgramRun[]): Markup {
  return table({
    caption: 'Builds',
    columns: BUILD_COLUMNS.map((title, i) => ({ title, numeric: i > 0 })),
    rows: runs.map((run) => {
      const values = [
        run.name,
        run.instructions,
        run.cycles,
        run.cycles / run.instructions,
        run.loadHitStoreCycles,
      ];
      return buildCells(run, runs[0]).map((text, i) => ({
        text,
        value: [...values, run.loadHitStoreCycles / run.cycles, run.cycles][i],
      }));
    }),
  });
}

const functionCell = (cost: ProgramFunction | undefined): string =>
  cost === undefined ? '–' : `${count(cost.cycles)} (${share(cost)})`;

function functionTable(runs: readonly ProgramRun[]): Markup {
  return table({
    caption: 'Functions of all builds',
    broad: runs.length > 3,
    columns: [{ title: 'function' }, ...runs.map(({ name }) => ({ title: name, numeric: true }))],
    rows: functionRows(runs).map(({ name, costs }) => [
      name,
      ...costs.map((cost) => ({ text: functionCell(cost), value: cost?.cycles ?? 0 })),
    ]),
  });
}

/** The same for a README. */
export function programsMarkdown(comparison: ProgramComparison): string {
  const { runs, answer } = comparison;
  return `${[
    `# ${markdownText(titleOf(comparison))}`,
    `**${markdownText(answer.number)}** ${markdownText(answer.rest)}`,
    markdownTable(
      BUILD_COLUMNS,
      runs.map((run) => buildCells(run, runs[0])),
    ),
    markdownTable(
      ['function: cycles (load-hit-store)', ...runs.map(({ name }) => name)],
      functionRows(runs).map(({ name, costs }) => [name, ...costs.map(functionCell)]),
    ),
  ].join('\n\n')}\n`;
}

/** One row a function of a build. */
export const programsCsv = ({ runs }: ProgramComparison): string =>
  csv<readonly [ProgramRun, ProgramFunction]>(
    [
      ['build', ([run]) => run.name],
      ['machine', ([run]) => run.machine],
      ['function', ([, f]) => f.name],
      ['instructions', ([, f]) => f.instructions],
      ['cycles', ([, f]) => f.cycles],
      ['load_hit_store_cycles', ([, f]) => f.loadHitStoreCycles],
    ],
    runs.flatMap((run) => run.functions.map((f) => [run, f] as const)),
  );
