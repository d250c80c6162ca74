import { max, rollup, sum } from 'd3';
import { linesChart } from '../charts/lines.js';
import { panelsChart } from '../charts/panels.js';
import { fit, rect, svg, words } from '../charts/svg.js';
import { bytes, count, number3, percent } from '../format.js';
import { html, type Markup } from '../markup.js';
import { figure } from '../page.js';
import type { MemoryViewResult } from '../results.js';
import { table } from '../table.js';

const LINE_BYTES = 128;
const SHOWN = 16;

/** What came through the caches: by tensor and region, how hot, after how long again, and how busy bus and rows were. */
export function memoryView(view: MemoryViewResult): Markup {
  const { rows, occupancy, reuse, firstTouches } = view;
  const accesses = rows.hits + rows.closed + rows.conflicts;
  return html`<h2>What comes through the caches</h2>
<p>Lines of 128 bytes that misses of the L1 caches brought, by what lies there. Loading is included.</p>
${figure((width) => trafficChart(view, width))}
<p>The same along each tensor or region, from its first byte to its last: the stronger the colour, the more often a line came.</p>
${figure((width) => heatChart(view, width))}
<h3>How soon lines come again</h3>
<p>${count(firstTouches)} lines came once or for the first time; the others by how many misses lay between.</p>
${reuse.length > 0 && figure((width) => reuseChart(reuse, width))}
${
  occupancy.length > 1 &&
  html`<h3>How busy the bus is</h3>
<p>Work that is asked of it in each stretch of time, 100 % being what it sustains (<code>bus.efficiency</code>, less than its
 peak): where it is more, requests queue.</p>`
}
${occupancy.length > 1 && figure((width) => occupancyChart(occupancy, width))}
${
  accesses > 0 &&
  html`<p>Of ${count(accesses)} accesses of the memory chips ${percent(rows.hits, accesses)} found their row open,
 ${percent(rows.closed, accesses)} a closed bank, ${percent(rows.conflicts, accesses)} another row.</p>`
}
<details><summary>Every tensor and region</summary>
${placeTable(view)}</details>`;
}

/** Places of one name together: a tensor over all layers. */
function byName({ places }: MemoryViewResult) {
  return [
    ...rollup(
      places,
      (group) => ({
        l2: sum(group, (p) => p.l2Lines),
        dram: sum(group, (p) => p.dramLines),
        touched: sum(group, (p) => p.touchedLines),
        bytes: sum(group, (p) => p.bytes),
        // Layers one behind the other.
        heat: group.flatMap((p) => p.heat.map((n) => n / Math.max(1, p.bytes / LINE_BYTES / p.heat.length))),
      }),
      (p) => p.name,
    ),
  ]
    .map(([name, group]) => ({ name, ...group }))
    .sort((a, b) => b.l2 + b.dram - a.l2 - a.dram)
    .slice(0, SHOWN);
}

function trafficChart(view: MemoryViewResult, width: number): string {
  const groups = byName(view);
  return panelsChart(
    {
      name: 'memory-traffic',
      title: 'Bytes brought by L1 misses, by tensor and region',
      description: groups
        .map(
          (g) =>
            `${g.name}: ${bytes(g.dram * LINE_BYTES)} from memory, ${bytes(g.l2 * LINE_BYTES)} from the L2 cache`,
        )
        .join('; '),
      rows: groups.map(({ name }) => name),
      legend: [
        { label: 'from memory', swatches: [{ style: 'c1' }] },
        { label: 'from the L2 cache', swatches: [{ style: 'c1', opacity: 0.4 }] },
      ],
      panels: [
        {
          title: 'MiB',
          factor: LINE_BYTES / 2 ** 20,
          bars: groups.map((g) => ({
            segments: [
              { value: g.dram, style: 'c1', tip: `${g.name}: ${bytes(g.dram * LINE_BYTES)} from memory` },
              {
                value: g.l2,
                style: 'c1',
                opacity: 0.4,
                tip: `${g.name}: ${bytes(g.l2 * LINE_BYTES)} from the L2 cache`,
              },
            ],
            label: bytes((g.dram + g.l2) * LINE_BYTES),
          })),
        },
      ],
    },
    width,
  );
}

const CELLS = 48;
const ROW = 18;

function heatChart(view: MemoryViewResult, width: number): string {
  const groups = byName(view).filter(({ heat }) => heat.length > 0);
  const labels = Math.min(150, width * 0.35);
  const cell = (width - labels - 2) / CELLS;
  const means = groups.map(({ name, heat }) => {
    const cells = Math.min(CELLS, heat.length);
    return {
      name,
      cells: Array.from({ length: cells }, (_, i) => {
        const part = heat.slice(
          Math.floor((i * heat.length) / cells),
          Math.floor(((i + 1) * heat.length) / cells),
        );
        return part.length === 0 ? 0 : sum(part) / part.length;
      }),
    };
  });
  const most = max(means, ({ cells }) => max(cells)) ?? 1;
  const strength = (n: number) => (n === 0 ? 0.04 : 0.15 + 0.85 * (Math.log1p(n) / Math.log1p(most)));
  return svg(
    {
      name: 'memory-heat',
      title: 'How often lines came, along tensors and regions',
      description: means
        .map(({ name, cells }) => `${name}: ${number3(max(cells) ?? 0)} times at most`)
        .join('; '),
      width,
      height: groups.length * ROW + 4,
    },
    means.map(
      ({ name, cells }, row) => html`${words(0, row * ROW + 13, fit(name, labels - 8), 'soft')}
${cells.map((n, i) =>
  rect(
    'c1',
    {
      x: labels + (i * CELLS * cell) / cells.length,
      y: row * ROW + 1,
      width: (CELLS * cell) / cells.length,
      height: ROW - 3,
    },
    strength(n),
    `${name}, part ${i + 1} of ${cells.length}: a line came ${number3(n)} times`,
  ),
)}`,
    ),
  );
}

function reuseChart(reuse: MemoryViewResult['reuse'], width: number): string {
  const first = reuse.findIndex((n) => n > 0);
  const last = reuse.findLastIndex((n) => n > 0);
  const rows = reuse
    .map((n, bucket) => ({
      n,
      label: bucket < 2 ? '1' : `${count(2 ** (bucket - 1))} to ${count(2 ** bucket - 1)}`,
    }))
    .slice(first, last + 1);
  return panelsChart(
    {
      name: 'reuse',
      title: 'Misses between two comings of a line',
      description: rows.map(({ n, label }) => `${label} misses: ${count(n)} lines`).join('; '),
      rows: rows.map(({ label }) => label),
      panels: [
        {
          title: 'lines',
          bars: rows.map(({ n, label }) => ({
            segments: [{ value: n, style: 'c0', tip: `${count(n)} lines came again after ${label} misses` }],
            label: count(n),
          })),
        },
      ],
    },
    width,
  );
}

const MOST_POINTS = 48;

function occupancyChart(occupancy: MemoryViewResult['occupancy'], width: number): string {
  const step = Math.ceil(occupancy.length / MOST_POINTS);
  const shown = Array.from({ length: Math.ceil(occupancy.length / step) }, (_, i) => {
    const part = occupancy.slice(i * step, (i + 1) * step);
    return {
      million: Math.round(part[part.length - 1].cycle / 1e4) / 100,
      read: (100 * sum(part, ({ read }) => read)) / part.length,
      written: (100 * sum(part, ({ written }) => written)) / part.length,
    };
  }).filter(({ million }, k, all) => k === 0 || million > all[k - 1].million);
  return linesChart(
    {
      name: 'occupancy',
      title: 'Work asked of the bus over time; above 100 % requests queue',
      xTitle: 'million cycles',
      yTitle: 'work (% of time)',
      steps: shown.map(({ million }) => million),
      series: [
        { name: 'read', points: shown.map(({ million, read }) => ({ x: million, y: read })) },
        { name: 'write', points: shown.map(({ million, written }) => ({ x: million, y: written })) },
      ],
    },
    width,
  );
}

const placeTable = ({ places }: MemoryViewResult): Markup =>
  table({
    caption: 'Lines brought by L1 misses',
    columns: [
      { title: 'tensor or region' },
      { title: 'layer', numeric: true },
      { title: 'size', numeric: true },
      { title: 'lines from memory', numeric: true },
      { title: 'lines from the L2 cache', numeric: true },
      { title: 'touched', unit: '%', numeric: true },
    ],
    rows: places.map((p) => [
      p.name,
      { text: p.layer < 0 ? '' : String(p.layer), value: p.layer },
      { text: p.bytes === 0 ? '' : bytes(p.bytes), value: p.bytes },
      { text: count(p.dramLines), value: p.dramLines },
      { text: count(p.l2Lines), value: p.l2Lines },
      {
        text: p.bytes === 0 ? '' : percent(p.touchedLines, Math.max(p.touchedLines, p.bytes / LINE_BYTES)),
        value: p.bytes === 0 ? 0 : p.touchedLines / p.bytes,
      },
    ]),
  });
