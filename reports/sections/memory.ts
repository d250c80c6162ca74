import { freeBytes, memoryMapChart, POOL_BYTES, placeRegions } from '../charts/memory-map.js';
import { address, bytes, count } from '../format.js';
import { html, type Markup } from '../markup.js';
import { figure } from '../page.js';
import type { RunResult } from '../results.js';
import { table } from '../table.js';

/** What lies where in the pool. */
export const memory = ({ memoryMap }: RunResult): Markup => html`<h2>Memory</h2>
<p>One pool of ${bytes(POOL_BYTES)} for everything, drawn to scale; ${bytes(freeBytes(memoryMap))} are free.
 <span class="download soft">In full: <a href="#regions-table">every region</a>.</span></p>
${figure((width) => memoryMapChart(memoryMap, width))}`;

/** All regions by address, for the end of the page. */
export const regionTable = ({ memoryMap }: RunResult): Markup =>
  table({
    id: 'regions-table',
    caption: 'Memory regions',
    columns: [
      { title: 'region' },
      { title: 'owner' },
      { title: 'start', numeric: true },
      { title: 'bytes', numeric: true },
      { title: 'share', unit: '%', numeric: true },
    ],
    rows: placeRegions(memoryMap).map((r) => [
      r.name,
      r.owner,
      { text: html`<code>${address(r.start)}</code>`, value: r.start },
      { text: count(r.bytes), value: r.bytes },
      { text: ((100 * r.bytes) / POOL_BYTES).toFixed(2), value: r.bytes },
    ]),
  });
