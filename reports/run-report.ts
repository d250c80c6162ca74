import { answer, interruption, isTimed, machineName, question } from './answer.js';
import { commandOf, plainText } from './command.js';
import { bytes, count, duration, NB, number3 } from './format.js';
import { html, type Markup } from './markup.js';
import { commandLine, page } from './page.js';
import type { EndianComparison, Interval, RunResult, Threat } from './results.js';
import { endian } from './sections/endian.js';
import { memory, regionTable } from './sections/memory.js';
import { memoryView } from './sections/memory-view.js';
import { machineTable, method, rankThreats, threatTable, unknowns } from './sections/method.js';
import { operations, siteTable } from './sections/operations.js';
import { siteStackTable, stacks } from './sections/stacks.js';
import { positionTable, timing } from './sections/timing.js';
import { facts } from './table.js';

/**
 * One run as a self-contained page: question, answer, text, charts, tables, method, what is not known,
 * provenance; long tables last. The comparison and the threats are the run's own unless given.
 */
export function runReport(
  run: RunResult,
  comparison: readonly EndianComparison[] = run.comparison ?? [],
  threats: readonly Threat[] = run.threats ?? [],
): string {
  const timed = isTimed(run);
  const { number, rest } = answer(run);
  return page(
    `${run.model.name} on ${machineName(run)}`,
    html`<header>
<h1>${question(run)}</h1>
<p class="answer"><strong>${number}</strong> ${rest}</p>
${run.interrupted && html`<p class="notice">${interruption(run)}</p>\n`}${timed && figures(run)}
</header>
<main>
${story(run)}
${timed && timing(run)}
${comparison.length > 0 && endian(comparison)}
${run.stacks !== undefined && stacks(run.stacks)}
${timed && operations(run)}
${run.memoryView !== undefined && memoryView(run.memoryView)}
${memory(run)}
${method(run)}
${threats.length > 0 && unknowns(threats)}
</main>
${provenance(run)}
<section class="appendix">
<h2>Tables in full</h2>
${timed && fold('Every position', positionTable(run))}
${timed && fold('Every place in the forward pass', siteTable(run))}
${run.stacks !== undefined && fold('Every cause at every place', siteStackTable(run.stacks))}
${fold('Every region of memory', regionTable(run))}
${threats.length > 0 && fold('Every uncertain number', threatTable(rankThreats(threats), 'threats-table'))}
${fold('Every number of the machine', machineTable(run))}
</section>`,
  );
}

const fold = (summary: string, content: Markup): Markup =>
  html`<details><summary>${summary}</summary>
${content}</details>`;

/** The handful of figures that stand behind the answer. */
function figures({ simulated: s }: RunResult): Markup {
  const shown: (readonly [string, string])[] = [
    ...(s.interval === undefined ? [] : [['tokens per second, interval', rates(s.interval)] as const]),
    ...(s.decodeTokensPerSecond > 0
      ? [['tokens per second, decoding only', number3(s.decodeTokensPerSecond)] as const]
      : []),
    ['to the first token, loading included', duration(s.timeToFirstTokenSeconds)],
    ['loading the model', duration(s.loadSeconds)],
    ['instructions per cycle, all threads', number3(s.ipc)],
    [
      'read from memory, of the peak of the bus',
      `${number3(s.readGBPerSecond)}${NB}GB/s, ${number3(s.readPercentOfPeak)}${NB}%`,
    ],
    ['memory latency, unloaded', `${count(s.unloadedMemoryLatencyCycles)} cycles`],
    ['peak memory', bytes(s.peakMemoryBytes)],
  ];
  return html`<dl class="figures">
${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`;
}

const rates = ({ tokensPerSecond: { low, high } }: Interval): string => `${number3(low)} to ${number3(high)}`;

function story({ text, tokens, promptTokens, model, settings: { prompt, skipTokens } }: RunResult): Markup {
  if (skipTokens === true) {
    return html`<h2>No text</h2>
<p class="soft">Only measured positions were executed, on a cache of random keys and values.</p>`;
  }
  if (text === null) {
    return html`<h2>Generated tokens</h2>
<p class="soft">There is no tokenizer, so the text is not known. Token ids:</p>
<pre>${tokens.join(' ')}</pre>`;
  }
  const prompted = text.startsWith(prompt);
  const how = prompted ? ' (bold)' : '';
  const written = prompted ? text.slice(prompt.length) : text;
  const synthetic = html`<p class="notice">The weights are random numbers in the shape of ${model.name}:
 the text means nothing; the timing does not depend on it.</p>`;
  return html`<h2>Generated text</h2>
${model.synthetic === true && synthetic}
<blockquote>${prompted && html`<b>${prompt}</b>`}${written}</blockquote>
<p class="soft">${promptTokens} tokens of prompt${how}, ${count(tokens.length)} in all.</p>`;
}

const hostNumber = (value: number): string => (Number.isInteger(value) ? count(value) : number3(value));

function provenance(run: RunResult): Markup {
  const p = run.provenance;
  const host = Object.entries(run.host).map(
    ([key, value]) => [key, typeof value === 'number' ? hostNumber(value) : plainText(value)] as const,
  );
  return html`<footer>
<h2>Provenance</h2>
<p>This command gives the same result, cycle for cycle, on any host:</p>
${commandLine(commandOf(run))}
${facts([
  ['simulator', p === undefined ? 'xenon-sim, version not recorded' : `xenon-sim ${p.version}`],
  ...(p === undefined ? [] : [['code', html`<span class="hash">sha256 ${p.code}</span>`] as const]),
  ['schema', run.schema],
])}
<h2>The host that simulated it</h2>
<p class="soft">Nothing above depends on these.</p>
${facts(host)}
</footer>`;
}
