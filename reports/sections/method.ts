import { ascending, descending } from 'd3';
import { flatten, plainText } from '../command.js';
import { bytes, count, NB, withUnit } from '../format.js';
import { type Content, html, type Markup } from '../markup.js';
import type { Interval, RunResult, Threat } from '../results.js';
import { settingWords } from '../settings.js';
import { facts, table } from '../table.js';

/** Settings that the list below names in its own words; all others follow under their own names. */
const WORDED = new Set(
  'threads placement kernels endian quant mode prompt steps temperature topP seed context'.split(' '),
);

/** What stands behind the figures of a sampled run. */
const estimate = ({ low, high, confidence, measuredPositions, allowance }: Interval): string =>
  `${count(low)} to ${count(high)} cycles with ${count(100 * confidence)}${NB}% confidence, from ${measuredPositions} positions in` +
  ` detail and a line through them; ${count(allowance)} of either side allow for how measured positions begin`;

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
    ...(sim.interval === undefined ? [] : [['estimate', estimate(sim.interval)] as const]),
    ['region of interest', 'start of the first forward pass to the end of the last; loading is timed apart'],
    ['tokens per second', 'positions after the first over their time, as llama2.c counts'],
    ['decoding only', 'the same, without the positions that are fed the prompt'],
    ['instructions', `${count(sim.instructions)}, and ${count(sim.spinInstructions)} more spinning`],
    ['cycles', count(sim.cycles)],
    ['moved', `${bytes(sim.dramReadBytes)} read, ${bytes(sim.dramWriteBytes)} written`],
    [
      'memory latency',
      `${count(sim.unloadedMemoryLatencyCycles)} cycles a load of a chase through memory, nothing else running`,
    ],
    ...Object.entries(s)
      .filter(([key]) => !WORDED.has(key))
      .map(([key, value]) => [settingWords(key), plainText(value) || 'none'] as const),
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

/** This many of the uncertain inputs stand in the text. */
const MOST_SHOWN = 12;

/** How far a value may be off, as a part of it; a switch that may be the other way round comes first. */
function uncertainty({ value, low, high }: Threat): number {
  if (typeof value !== 'number' || low === undefined || high === undefined) return Number.POSITIVE_INFINITY;
  return value === 0 ? high - low : (high - low) / Math.abs(value);
}

/** Inputs that are guesses, the widest first. */
export function unknowns(threats: readonly Threat[]): Markup {
  const ranked = rankThreats(threats);
  const number = count(ranked.length);
  const rest = ranked.length - MOST_SHOWN;
  const shown = rest > 0 ? `. The ${MOST_SHOWN} widest:` : '.';
  return html`<h2>What is not known</h2>
<p>The simulation is deterministic, so there is no noise; what may be off are its inputs. ${number}
 of them are inferred or unverified, and the true value may lie anywhere in the range${shown}</p>
${threatTable(ranked.slice(0, MOST_SHOWN))}
${rest > 0 && html`<p class="download soft">In full: <a href="#threats-table">all ${number}</a>.</p>`}`;
}

export const rankThreats = (threats: readonly Threat[]): Threat[] =>
  [...threats].sort((a, b) => descending(uncertainty(a), uncertainty(b)) || ascending(a.path, b.path));

export const threatTable = (threats: readonly Threat[], id?: string): Markup =>
  table({
    id,
    caption: id === undefined ? 'Uncertain parameters' : 'All uncertain parameters',
    columns: [
      { title: 'parameter' },
      { title: 'used', numeric: true },
      { title: 'range', wrap: true },
      { title: 'grade' },
      { title: 'why', prose: true },
    ],
    rows: threats.map((t) => [
      { text: html`<code>${t.path}</code>`, value: t.path },
      withUnit(t.value, t.unit),
      rangeOf(t),
      t.grade,
      t.note ?? '',
    ]),
  });

function rangeOf({ low, high, choices }: Threat): string {
  if (low !== undefined && high !== undefined) return low === high ? '–' : `${low} to ${high}`;
  return choices !== undefined && choices.length > 1 ? choices.join(' or ') : '–';
}
