import { sum } from 'd3';
import { stacksByOperation, stacksByThread, stacksChart } from '../charts/stacks.js';
import { count, percent } from '../format.js';
import { html, type Markup } from '../markup.js';
import { figure } from '../page.js';
import type { Stacks } from '../results.js';
import { table } from '../table.js';

/** Why the time goes: stacks by operation and by thread, then the causes with their meaning. */
export function stacks(given: Stacks): Markup {
  const { leaves, threads, sites } = given;
  const total = sum(threads, ({ cycles }) => sum(cycles));
  const of = (leaf: number) => sum(threads, ({ cycles }) => cycles[leaf]);
  const causes = leaves
    .map((leaf, i) => ({ ...leaf, cycles: of(i) }))
    .filter(({ cycles }) => cycles > 0)
    .sort((a, b) => b.cycles - a.cycles);
  return html`<h2>Why it takes that time</h2>
<p>Every cycle of a hardware thread has one cause: the instruction it issued, or what kept the next one from issuing.
 A wait for a register is charged to what the instruction that produces it was doing. The causes of each bar sum to
 its cycles exactly.</p>
${figure((width) => stacksChart('stacks-ops', 'Cycles by operation and cause', stacksByOperation(given), leaves, width))}
${threads.length > 1 && html`<h3>By hardware thread</h3>`}
${
  threads.length > 1 &&
  figure((width) =>
    stacksChart('stacks-threads', 'Cycles by thread and cause', stacksByThread(given), leaves, width),
  )
}
${table({
  caption: 'Causes',
  columns: [
    { title: 'cause' },
    { title: 'share', unit: '%', numeric: true },
    { title: 'thread-cycles', numeric: true },
    { title: 'meaning', prose: true },
  ],
  rows: causes.map(({ title, cycles, meaning }) => [
    title,
    { text: percent(cycles, total), value: cycles },
    { text: count(cycles), value: cycles },
    meaning,
  ]),
})}
${
  layers(given).length > 1 &&
  html`<details><summary>By layer</summary>
${table(layerTable(given))}</details>`
}
${sites.length === 0 && html`<p class="soft">No call sites were told apart.</p>`}`;
}

function layers({ sites, leaves }: Stacks): { name: string; order: number; cycles: number[] }[] {
  const found = new Map<number, number[]>();
  for (const { layer, cycles } of sites) {
    const known = found.get(layer) ?? leaves.map(() => 0);
    found.set(
      layer,
      known.map((n, i) => n + cycles[i]),
    );
  }
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([layer, cycles]) => ({
      name: layer < 0 ? 'outside the layers' : `layer ${layer}`,
      order: layer,
      cycles,
    }));
}

/** Shares by cause, of causes that occur. */
function causeTable(
  caption: string,
  first: string,
  rows: readonly { readonly name: string; readonly order: number; readonly cycles: readonly number[] }[],
  leaves: Stacks['leaves'],
) {
  const shown = leaves
    .map(({ title }, i) => ({ title, i }))
    .filter(({ i }) => rows.some(({ cycles }) => cycles[i] > 0));
  return {
    caption,
    columns: [
      { title: first },
      { title: 'thread-cycles', numeric: true },
      ...shown.map(({ title }) => ({ title, unit: '%', numeric: true })),
    ],
    rows: rows.map(({ name, order, cycles }) => [
      { text: name, value: order },
      { text: count(sum(cycles)), value: sum(cycles) },
      ...shown.map(({ i }) => ({
        text: cycles[i] === 0 ? '' : ((100 * cycles[i]) / sum(cycles)).toFixed(1),
        value: cycles[i] / sum(cycles),
      })),
    ]),
  };
}

const layerTable = (given: Stacks) => causeTable('Causes by layer', 'layer', layers(given), given.leaves);

/** All call sites, for the end of the page. */
export const siteStackTable = ({ sites, leaves }: Stacks): Markup =>
  table(
    causeTable(
      'Causes by place in the forward pass',
      'place',
      sites.map(({ op, site, cycles }, i) => ({
        name: site === op ? op : `${site} (${op})`,
        order: i,
        cycles,
      })),
      leaves,
    ),
  );
