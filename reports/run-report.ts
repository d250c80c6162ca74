import { sum } from 'd3';
import { answer, endianAnswer, isTimed, machineName, question } from './answer.js';
import { busChart } from './charts/bus.js';
import { endianChart } from './charts/endian.js';
import { freeBytes, memoryMapChart, placeRegions } from './charts/memory-map.js';
import { byOperation, opsChart, placeOf } from './charts/ops.js';
import { positionsChart } from './charts/positions.js';
import { commandOf, flatten, kernelsText, plainText } from './command.js';
import { endianCsv, opsCsv, positionsCsv } from './csv.js';
import { address, bytes, count, cpi, duration, number3 } from './format.js';
import { html, type Markup } from './markup.js';
import { download, figure, page } from './page.js';
import type { EndianComparison, RunResult, Threat } from './results.js';
import { facts, table } from './table.js';

/** One run as a self-contained page. The comparison and the threats are the run's own unless given. */
export function runReport(
  run: RunResult,
  comparison: readonly EndianComparison[] = run.comparison ?? [],
  threats: readonly Threat[] = run.threats ?? [],
): string {
  const title = `${run.model.name} on ${machineName(run)}`;
  return page(title, html`<header>
<h1>${question(run)}</h1>
<p class="answer"><strong>${answer(run).number}</strong> ${answer(run).rest}</p>
${isTimed(run) && figures(run)}
</header>
<main>
${story(run)}
${isTimed(run) && timing(run)}
${comparison.length > 0 && endian(comparison)}
${isTimed(run) && operations(run)}
${memory(run)}
${method(run)}
${threats.length > 0 && threatsSection(threats)}
</main>
${provenance(run)}`);
}

function figures(run: RunResult): Markup {
  const s = run.simulated;
  const shown: (readonly [string, string])[] = [
    ['tokens per second, decoding only', number3(s.decodeTokensPerSecond)],
    ['to the first token, loading included', duration(s.timeToFirstTokenSeconds)],
    ['instructions per cycle, all threads', number3(s.ipc)],
    ['loading the model', duration(s.loadSeconds)],
    ['read from memory', `${number3(s.readGBPerSecond)} GB/s`],
    ['peak memory', bytes(s.peakMemoryBytes)],
  ];
  return html`<dl class="figures">
${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`;
}

function story(run: RunResult): Markup {
  const { text, settings } = run;
  const synthetic = run.model.synthetic === true;
  if (text === null) {
    return html`<h2>Generated tokens</h2>
<p class="soft">There is no tokenizer, so the text is not known. Token ids:</p>
<pre>${run.tokens.join(' ')}</pre>`;
  }
  const prompted = text.startsWith(settings.prompt);
  return html`<h2>Generated text</h2>
${synthetic && html`<p class="notice">The weights are random numbers in the shape of ${run.model.name}: the text means nothing, the timing does not depend on it.</p>`}
<blockquote>${prompted && html`<b>${settings.prompt}</b>`}${prompted ? text.slice(settings.prompt.length) : text}</blockquote>
<p class="soft">${run.promptTokens} prompt tokens${prompted && ' (bold)'}, ${count(run.tokens.length)} in all.</p>`;
}

function timing(run: RunResult): Markup {
  const { simulated, positions, promptTokens } = run;
  return html`<h2>Where the time goes</h2>
<p>Cycles of all hardware threads, by operation. <code>barrier</code> is waiting for the other threads.</p>
${figure((width) => opsChart(run.ops, width))}
${positions.length > 1 && html`<h3>Over the sequence</h3>
${figure((width) => positionsChart(positions, promptTokens, width))}`}
${positions.length > 0 && html`<h3>Memory traffic</h3>
${figure((width) => busChart(simulated, positions, promptTokens, width))}
<details><summary>Every position</summary>
${positionTable(run)}</details>`}
<p class="download soft">Tables: ${download('ops.csv', opsCsv(run))}, ${download('positions.csv', positionsCsv(run))}</p>`;
}

const positionTable = (run: RunResult): Markup =>
  table({
    caption: 'Forwarded positions',
    columns: [
      { title: 'position', numeric: true },
      { title: 'phase' },
      { title: 'token', numeric: true },
      { title: 'next piece' },
      { title: 'time', unit: 'ms', numeric: true },
      { title: 'read', unit: 'MiB', numeric: true },
    ],
    rows: run.positions.map((p) => [
      { text: p.position },
      p.position < run.promptTokens ? 'prompt' : 'decode',
      { text: p.token },
      JSON.stringify(p.piece).slice(1, -1),
      { text: (p.seconds * 1e3).toFixed(3), value: p.seconds },
      { text: (p.dramReadBytes / 2 ** 20).toFixed(2), value: p.dramReadBytes },
    ]),
  });

function endian(comparison: readonly EndianComparison[]): Markup {
  return html`<h2>Endian strategies</h2>
<p>${endianAnswer(comparison)} <span class="soft">offline means converted beforehand, on another computer.</span></p>
${figure((width) => endianChart(comparison, width))}
${table({
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
})}
<p class="download soft">Table: ${download('endian.csv', endianCsv(comparison))}</p>`;
}

const COST_COLUMNS = [
  { title: 'share', unit: '%', numeric: true },
  { title: 'thread-cycles', numeric: true },
  { title: 'instructions', numeric: true },
  { title: 'CPI', numeric: true },
  { title: 'calls', numeric: true },
] as const;

interface Cost {
  readonly cycles: number;
  readonly instructions: number;
  readonly calls: number;
}

const costCells = (c: Cost, total: number) => [
  { text: total > 0 ? ((100 * c.cycles) / total).toFixed(1) : '–', value: c.cycles },
  { text: count(c.cycles), value: c.cycles },
  { text: count(c.instructions), value: c.instructions },
  { text: cpi(c.cycles, c.instructions), value: c.instructions > 0 ? c.cycles / c.instructions : '' },
  { text: count(c.calls), value: c.calls },
];

function operations(run: RunResult): Markup {
  const groups = byOperation(run.ops);
  const all = {
    cycles: sum(groups, (g) => g.cycles),
    instructions: sum(groups, (g) => g.instructions),
    calls: sum(groups, (g) => g.calls),
  };
  const sites = run.ops.map((o) => ({ ...o, place: placeOf(o) }));
  return html`<h2>Cycles by operation</h2>
${table({
  caption: 'Cycles by operation',
  columns: [{ title: 'operation' }, ...COST_COLUMNS],
  rows: groups.map((g) => [g.op, ...costCells(g, all.cycles)]),
  total: ['all', ...costCells(all, all.cycles)],
})}
<p class="soft">A thread-cycle is one cycle of one hardware thread: ${run.settings.threads} run at the same time. CPI is thread-cycles per instruction.</p>
<details><summary>Every place in the forward pass</summary>
${table({
  caption: 'Cycles by place in the forward pass',
  columns: [{ title: 'place' }, { title: 'operation' }, ...COST_COLUMNS],
  rows: sites.map((o) => [{ text: o.site, value: o.layer >= 0 ? undefined : o.place.order }, o.op, ...costCells(o, all.cycles)]),
})}</details>`;
}

function memory(run: RunResult): Markup {
  const regions = placeRegions(run.memoryMap);
  return html`<h2>Memory</h2>
<p>One pool of ${bytes(512 * 2 ** 20)} for everything, drawn to scale; ${bytes(freeBytes(regions))} are free.</p>
${figure((width) => memoryMapChart(run.memoryMap, width))}
<details><summary>Every region</summary>
${table({
  caption: 'Memory regions',
  columns: [
    { title: 'region' },
    { title: 'owner' },
    { title: 'start', numeric: true },
    { title: 'bytes', numeric: true },
    { title: 'share', unit: '% of 512 MiB', numeric: true },
  ],
  rows: regions.map((r) => [
    r.name,
    r.owner,
    { text: html`<code>${address(r.start)}</code>`, value: r.start },
    { text: count(r.bytes), value: r.bytes },
    { text: ((100 * r.bytes) / (512 * 2 ** 20)).toFixed(2), value: r.bytes },
  ]),
})}</details>`;
}

function method(run: RunResult): Markup {
  const { settings: s, machine, model, simulated } = run;
  const known = ['threads', 'placement', 'kernels', 'endian', 'quant', 'mode', 'prompt', 'steps', 'temperature', 'topP', 'seed', 'context'];
  const others = Object.entries(s).filter(([key]) => !known.includes(key));
  const machineValues = flatten(machine);
  return html`<h2>Method</h2>
${facts([
  ['machine', `${machine.preset}, ${s.threads} hardware threads (${s.placement.join(', ')}; 2c and 2c + 1 share core c)`],
  ['model', html`${model.name}, weights ${s.quant}, <span class="hash">sha256 ${model.sha256}</span>`],
  ['kernels', Object.entries(s.kernels).map(([op, variant]) => `${op} ${variant}`).join(', ') || kernelsText(s.kernels)],
  ['endian strategy', s.endian],
  ['prompt', html`<q>${s.prompt}</q>`],
  ['sampling', s.temperature === 0 ? 'greedy' : `temperature ${s.temperature}, top-p ${s.topP}, seed ${s.seed}`],
  ['length', `${count(simulated.positionsForwarded)} positions forwarded of ${count(s.steps)} asked for, KV cache for ${count(s.context)}`],
  ['mode', s.mode],
  ['region of interest', 'from the start of the first forward pass to the end of the last; loading is timed apart'],
  ['tokens per second', 'positions after the first over the time they take, as llama2.c counts; decoding only leaves the prompt out'],
  ['moved', `${bytes(simulated.dramReadBytes)} read, ${bytes(simulated.dramWriteBytes)} written; ${count(simulated.instructions)} instructions in ${count(simulated.cycles)} cycles, ${count(simulated.spinInstructions)} more spinning`],
  ['memory latency', `${count(simulated.unloadedMemoryLatencyCycles)} cycles for one load that misses all caches, nothing else running`],
  ...others.map(([key, value]) => [key, plainText(value)] as const),
])}
<details><summary>Every number of the machine (${count(machineValues.length)})</summary>
${table({
  caption: 'Resolved machine',
  columns: [{ title: 'path' }, { title: 'value', numeric: true }],
  rows: machineValues.map(({ path, value }) => [html`<code>${path}</code>`, plainText(value)].map((text) => ({ text }))),
})}</details>`;
}

function threatsSection(threats: readonly Threat[]): Markup {
  return html`<h2>What is not known</h2>
<p>The simulation is deterministic, so there is no noise; what may be off are its inputs. These ${count(threats.length)} are not backed by a measurement or a document, and may lie anywhere in their range.</p>
${table({
  caption: 'Uncertain parameters',
  columns: [{ title: 'parameter' }, { title: 'used', numeric: true }, { title: 'range', numeric: true }, { title: 'grade' }, { title: 'why', prose: true }],
  rows: threats.map((t) => [
    { text: html`<code>${t.path}</code>`, value: t.path },
    valueWithUnit(t),
    rangeOf(t),
    t.grade,
    t.note ?? '',
  ]),
})}`;
}

function valueWithUnit({ value, unit }: Threat): string {
  return ['flag', 'choice', 'count'].includes(unit) ? String(value) : `${value} ${unit}`;
}

function rangeOf({ low, high, choices }: Threat): string {
  if (low !== undefined && high !== undefined) return low === high ? '–' : `${low} to ${high}`;
  return choices !== undefined && choices.length > 1 ? choices.join(' or ') : '–';
}

function provenance(run: RunResult): Markup {
  const p = run.provenance;
  return html`<footer>
<h2>Provenance</h2>
<p>This command makes the same result, cycle for cycle, on any host:</p>
<pre>${commandOf(run)}</pre>
${facts([
  ['simulator', p === undefined ? 'xenon-sim, version not recorded' : `xenon-sim ${p.version}`],
  ...(p === undefined ? [] : [['code', html`<span class="hash">sha256 ${p.code}</span>`] as const]),
  ['schema', run.schema],
])}
<h2>The host that simulated it</h2>
<p class="soft">Nothing above depends on these.</p>
${facts(Object.entries(run.host).map(([key, value]) => [key, typeof value === 'number' ? number3(value) : plainText(value)] as const))}
</footer>`;
}

