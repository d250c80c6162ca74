import { rooflineChart } from './charts/roofline.js';
import { count, number3, percent } from './format.js';
import { html, type Markup } from './markup.js';
import { figure, page } from './page.js';
import type { RooflinePoint, RooflineResult } from './roofline.js';
import { table } from './table.js';

const giga = (perSecond: number): string => number3(perSecond / 1e9);

/** How near kernels come to what the machine can do. */
export function rooflineReport(result: RooflineResult): string {
  const { machine, ceilings, points } = result;
  return page(
    `Roofline of ${machine}`,
    html`<header><h1>How near do kernels come to what the machine can do?</h1>
${answer(result)}</header>
<main>
<p>One call of each kernel on one hardware thread, caches cold. Dashed: the peak by the machine's numbers. Full: what
 loops written for it reach in the simulator. Left of the bend memory is the roof, right of it arithmetic.</p>
${figure((width) => rooflineChart(result, width))}
<h2>Ceilings</h2>
${table({
  caption: 'Ceilings',
  columns: [
    { title: 'ceiling' },
    { title: 'threads', numeric: true },
    { title: 'peak', unit: 'G/s', numeric: true },
    { title: 'sustained', unit: 'G/s', numeric: true },
    { title: 'share', unit: '%', numeric: true },
    { title: 'unit' },
  ],
  rows: ceilings.map(({ name, kind, threads, peak, sustained }) => [
    name,
    String(threads),
    { text: giga(peak), value: peak },
    { text: giga(sustained), value: sustained },
    { text: percent(sustained, peak), value: sustained / peak },
    kind === 'compute' ? 'operations' : 'bytes',
  ]),
})}
<h2>Kernels</h2>
${table({
  caption: 'Kernels',
  broad: true,
  columns: [
    { title: 'kernel' },
    { title: 'sizes', wrap: true },
    { title: 'operations', numeric: true },
    { title: 'operands', unit: 'bytes', numeric: true },
    { title: 'DRAM', unit: 'bytes', numeric: true },
    { title: 'cycles', numeric: true },
    { title: 'operations a byte', numeric: true },
    { title: 'GFLOP/s', numeric: true },
    { title: 'of attainable', unit: '%', numeric: true },
  ],
  rows: points.map((p) => [
    p.kernel,
    Object.entries(p.sizes)
      .map(([key, n]) => `${key} ${n}`)
      .join(', '),
    { text: count(p.flops), value: p.flops },
    { text: count(p.bytes), value: p.bytes },
    { text: count(p.dramBytes), value: p.dramBytes },
    { text: count(p.cycles), value: p.cycles },
    { text: number3(p.intensity), value: p.intensity },
    { text: giga(p.flopsPerSecond), value: p.flopsPerSecond },
    { text: percent(p.flopsPerSecond, p.attainable), value: p.flopsPerSecond / p.attainable },
  ]),
})}
</main>`,
  );
}

function answer({ machine, points }: RooflineResult): Markup {
  const share = ({ flopsPerSecond, attainable }: RooflinePoint) => flopsPerSecond / attainable;
  const [best, ...others] = [...points].sort((a, b) => share(b) - share(a));
  const most =
    others.length === 0 ? '' : `, more than the other${others.length === 1 ? '' : ` ${others.length}`}`;
  return html`<p class="answer"><strong>${percent(best.flopsPerSecond, best.attainable)}</strong> of what ${machine} can do at
 ${number3(best.intensity)} operations a byte is what ${best.kernel} reaches${most}.</p>`;
}
