import { flatten, plainText } from '../command.js';
import { bytes, count } from '../format.js';
import { type Content, html, type Markup } from '../markup.js';
import type { RunResult, Threat } from '../results.js';
import { facts, table } from '../table.js';

/** Settings that the list below names in its own words; all others follow under their own names. */
const WORDED = new Set(
  'threads placement kernels endian quant mode prompt steps temperature topP seed context'.split(' '),
);

/** What was simulated, how, and what the figures mean. */
export function method(run: RunResult): Markup {
  const { settings: s, machine, model, simulated: sim } = run;
  const threads = s.placement.join(', ');
  const kernels = Object.entries(s.kernels).map(([op, variant]) => `${op} ${variant}`);
  const sampled = `temperature ${s.temperature}, top-p ${s.topP}, seed ${s.seed}`;
  const rows: (readonly [string, Content])[] = [
    ['machine', machine.preset],
    ['hardware threads', `${s.threads}: ${threads} (2c and 2c + 1 are those of core c)`],
    ['model', html`${model.name}, weights ${s.quant}, <span class="hash">sha256 ${model.sha256}</span>`],
    ['kernels', kernels.join(', ')],
    ['endian strategy', s.endian],
    ['prompt', html`<q>${s.prompt}</q>`],
    ['sampling', s.temperature === 0 ? 'greedy' : sampled],
    ['positions', `${count(sim.positionsForwarded)} forwarded, ${count(s.steps)} asked for`],
    ['KV cache', `${count(s.context)} positions`],
    ['mode', s.mode],
    ['region of interest', 'start of the first forward pass to the end of the last; loading is timed apart'],
    ['tokens per second', 'positions after the first over their time, as llama2.c counts'],
    ['decoding only', 'the same, without the positions that are fed the prompt'],
    ['instructions', `${count(sim.instructions)}, and ${count(sim.spinInstructions)} more spinning`],
    ['cycles', count(sim.cycles)],
    ['moved', `${bytes(sim.dramReadBytes)} read, ${bytes(sim.dramWriteBytes)} written`],
    [
      'memory latency',
      `${count(sim.unloadedMemoryLatencyCycles)} cycles for a load alone that misses all caches`,
    ],
    ...Object.entries(s)
      .filter(([key]) => !WORDED.has(key))
      .map(([key, value]) => [key, plainText(value)] as const),
  ];
  return html`<h2>Method</h2>
${facts(rows)}
<p class="download soft">In full: <a href="#machine-table">every number of the machine</a>.</p>`;
}

/** The machine as it was simulated, for the end of the page. */
export const machineTable = ({ machine }: RunResult): Markup =>
  table({
    id: 'machine-table',
    caption: 'Resolved machine',
    columns: [{ title: 'path' }, { title: 'value', numeric: true }],
    rows: flatten(machine).map(({ path, value }) => [
      { text: html`<code>${path}</code>`, value: path },
      plainText(value),
    ]),
  });

/** Inputs that are guesses. */
export const unknowns = (threats: readonly Threat[]): Markup => html`<h2>What is not known</h2>
<p>The simulation is deterministic, so there is no noise; what may be off are its inputs. These
 ${count(threats.length)} are inferred or unverified, and the true value may lie anywhere in the range.</p>
${table({
  caption: 'Uncertain parameters',
  columns: [
    { title: 'parameter' },
    { title: 'used', numeric: true },
    { title: 'range', numeric: true },
    { title: 'grade' },
    { title: 'why', prose: true },
  ],
  rows: threats.map((t) => [
    { text: html`<code>${t.path}</code>`, value: t.path },
    valueWithUnit(t),
    rangeOf(t),
    t.grade,
    t.note ?? '',
  ]),
})}`;

function valueWithUnit({ value, unit }: Threat): string {
  return ['flag', 'choice', 'count'].includes(unit) ? String(value) : `${value} ${unit}`;
}

function rangeOf({ low, high, choices }: Threat): string {
  if (low !== undefined && high !== undefined) return low === high ? '–' : `${low} to ${high}`;
  return choices !== undefined && choices.length > 1 ? choices.join(' or ') : '–';
}
