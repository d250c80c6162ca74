import { sum } from 'd3';
import { byOperation, placeOf } from '../charts/ops.js';
import { count, cpi } from '../format.js';
import { html, type Markup } from '../markup.js';
import type { OpCost, RunResult } from '../results.js';
import { type Cell, type ColumnHead, table } from '../table.js';

type Cost = Pick<OpCost, 'cycles' | 'instructions' | 'calls'>;

const COLUMNS: readonly ColumnHead[] = [
  { title: 'share', unit: '%', numeric: true },
  { title: 'thread-cycles', numeric: true },
  { title: 'instructions', numeric: true },
  { title: 'CPI', numeric: true },
  { title: 'calls', numeric: true },
];

const cells = (c: Cost, total: number): Cell[] => [
  { text: total > 0 ? ((100 * c.cycles) / total).toFixed(1) : '–', value: c.cycles },
  { text: count(c.cycles), value: c.cycles },
  { text: count(c.instructions), value: c.instructions },
  { text: cpi(c.cycles, c.instructions), value: c.instructions > 0 ? c.cycles / c.instructions : '' },
  { text: count(c.calls), value: c.calls },
];

/** Where cycles went by operation, with cycles per instruction. */
export function operations({ ops, settings }: RunResult): Markup {
  const groups = byOperation(ops);
  const all = {
    cycles: sum(groups, (g) => g.cycles),
    instructions: sum(groups, (g) => g.instructions),
    calls: sum(groups, (g) => g.calls),
  };
  return html`<h2>Cycles by operation</h2>
${table({
  caption: 'Cycles by operation',
  columns: [{ title: 'operation' }, ...COLUMNS],
  rows: groups.map((g) => [g.op, ...cells(g, all.cycles)]),
  total: ['all', ...cells(all, all.cycles)],
})}
<p class="soft">A thread-cycle is one cycle of one hardware thread; ${settings.threads} of them run at the
 same time. CPI is thread-cycles per instruction.</p>`;
}

/** All call sites in the order of the forward pass, for the end of the page. */
export function siteTable({ ops }: RunResult): Markup {
  const total = sum(ops, (o) => o.cycles);
  return table({
    id: 'sites-table',
    caption: 'Cycles by place in the forward pass',
    columns: [{ title: 'place' }, { title: 'layer', numeric: true }, { title: 'operation' }, ...COLUMNS],
    rows: ops.map((o) => [
      o.site,
      { text: o.layer >= 0 ? o.layer : '', value: placeOf(o).order },
      o.op,
      ...cells(o, total),
    ]),
  });
}
