import { endianAnswer } from '../answer.js';
import { endianChart } from '../charts/endian.js';
import { endianCsv } from '../csv.js';
import { plural } from '../format.js';
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

const endianTable = (comparison: readonly EndianComparison[]): Markup =>
  table({
    caption: 'Endian strategies compared',
    columns: [
      { title: 'strategy' },
      { title: 'device read', unit: 's', numeric: true },
      { title: 'conversion', unit: 's', numeric: true },
      { title: 'load', unit: 's', numeric: true },
      { title: 'first token', unit: 's', numeric: true },
      { title: 'tokens/s', numeric: true },
      { title: 'peak memory', unit: 'MiB', numeric: true },
    ],
    rows: comparison.map((c) => [
      c.strategy,
      ...[c.deviceReadSeconds, c.convertSeconds, c.loadSeconds, c.timeToFirstTokenSeconds].map((seconds) => ({
        text: seconds.toFixed(4),
        value: seconds,
      })),
      { text: c.tokensPerSecond.toFixed(3), value: c.tokensPerSecond },
      { text: (c.peakMemoryBytes / 2 ** 20).toFixed(1), value: c.peakMemoryBytes },
    ]),
  });
