import { footprintChart } from '../charts/footprint.js';
import { freeBytes, memoryMapChart, POOL_BYTES, placeRegions } from '../charts/memory-map.js';
import { address, bytes, count, duration } from '../format.js';
import { html, type Markup } from '../markup.js';
import { figure } from '../page.js';
import type { MemoryPressure, RunResult, Streaming } from '../results.js';
import { table } from '../table.js';

/** How full the pool was and when, what lies where in it, and what else would fit. */
export const memory = ({ memoryMap, memory: pressure, streaming }: RunResult): Markup => html`<h2>Memory</h2>
${pressure !== undefined && overTime(pressure)}
${streaming !== undefined && streamed(streaming)}
<p>One pool of ${bytes(POOL_BYTES)} for everything, drawn to scale; ${bytes(freeBytes(memoryMap))} are free.
 <span class="download soft">In full: <a href="#regions-table">every region</a>.</span></p>
${figure((width) => memoryMapChart(memoryMap, width))}`;

const overTime = (
  pressure: MemoryPressure,
): Markup => html`<p>What holds something at each moment, from the start of loading to the last token;
 ${bytes(pressure.peakUsedBytes)} at most, ${bytes(pressure.allocatedBytes)} of ${bytes(pressure.poolBytes)} are
 allocated. ${contextSentence(pressure)}</p>
${figure((width) => footprintChart(pressure, width))}
${table({
  id: 'fits-table',
  caption: 'The same model in other precisions: largest context, or what is missing at this one',
  columns: [
    { title: 'weights' },
    { title: 'KV cache' },
    { title: 'largest context', numeric: true },
    { title: 'missing', numeric: true },
  ],
  rows: pressure.alternatives.map((choice) => [
    choice.quant,
    choice.kvCache,
    choice.largestContext === 0 ? '–' : { text: count(choice.largestContext), value: choice.largestContext },
    choice.missingBytes === 0 ? '–' : { text: bytes(choice.missingBytes), value: choice.missingBytes },
  ]),
})}`;

const contextSentence = ({ largestContext, modelContext }: MemoryPressure): string =>
  largestContext >= modelContext
    ? `The model's whole context of ${count(modelContext)} positions would fit.`
    : `The largest context that fits is ${count(largestContext)} of the model's ${count(modelContext)} positions.`;

const streamed = ({
  device,
  residentLayers,
  streamedLayers,
  buffers,
  bytesPerPass,
  waitSeconds,
}: Streaming): Markup =>
  html`<p>Not everything fits: ${count(residentLayers)} layers stay in memory, ${count(streamedLayers)} come from ${device} for every
 forward pass, ${bytes(bytesPerPass)} in all, into ${count(buffers)} buffers: the device writes one layer while another is
 computed. All threads waited ${duration(waitSeconds)} for it.</p>`;

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
