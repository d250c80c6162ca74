import { max } from 'd3';
import { endianAnswer } from '../answer.js';
import { endianChart } from '../charts/endian.js';
import { endianCsv } from '../csv.js';
import { plural, timeScale } from '../format.js';
import { html, type Markup } from '../markup.js';
import { download, figure } from '../page.js';
import type { EndianComparison } from '../results.js';
import { table } from '../table.js';

/** Endian strategies compared: what each costs before the first token, and afterwards. */
export function endian(comparison: readonly EndianComparison[]): Markup {
  const [{ positions }] = comparison;
  const size =
    positions === undefined ? '' : ` Each row is a run of its own, of ${plural(positions, 'position')}.`;
  return html`<h2>Endian strategies</h2>
<p>${endianAnswer(comparison)}
 <span class="soft">offline means converted beforehand, on another computer.${size}</span></p>
${figure((width) => endianChart(comparison, width))}
${endianTable(comparison)}
<p class="download soft">As a file: ${download('endian.csv', endianCsv(comparison))}.</p>`;
}

const TIMES = [
  ['device read', (c: EndianComparison) => c.deviceReadSeconds],
  ['conversion', (c: EndianComparison) => c.convertSeconds],
  ['load', (c: EndianComparison) => c.loadSeconds],
  ['first token', (c: EndianComparison) => c.timeToFirstTokenSeconds],
] as const;

function endianTable(comparison: readonly EndianComparison[]): Markup {
  // Each column in the unit that its longest time reads well in.
  const times = TIMES.map(([title, of]) => ({ title, of, ...timeScale(max(comparison, of) ?? 0) }));
  return table({
    caption: 'Endian strategies compared',
    columns: [
      { title: 'strategy' },
      ...times.map(({ title, unit }) => ({ title, unit, numeric: true })),
      { title: 'tokens/s', numeric: true },
      { title: 'peak memory', unit: 'MiB', numeric: true },
    ],
    rows: comparison.map((c) => [
      c.strategy,
      ...times.map(({ of, factor, unit }) => ({
        text: (of(c) * factor).toFixed(unit === 's' ? 4 : 3),
        value: of(c),
      })),
      { text: c.tokensPerSecond.toFixed(3), value: c.tokensPerSecond },
      { text: (c.peakMemoryBytes / 2 ** 20).toFixed(1), value: c.peakMemoryBytes },
    ]),
  });
}
