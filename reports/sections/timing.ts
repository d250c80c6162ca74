import { busChart, busPeak, trafficByPhase } from '../charts/bus.js';
import { isLoading, opsChart } from '../charts/ops.js';
import { positionsChart } from '../charts/positions.js';
import { opsCsv, positionsCsv } from '../csv.js';
import { bytes, NB, number3, percent } from '../format.js';
import { html, type Markup } from '../markup.js';
import { download, figure } from '../page.js';
import type { RunResult } from '../results.js';
import { table } from '../table.js';

/** Where the cycles go, how time develops over the sequence, what memory has to deliver. */
export function timing(run: RunResult): Markup {
  const { simulated, positions, promptTokens } = run;
  return html`<h2>Where the time goes</h2>
<p>Cycles of all hardware threads, by operation. <code>barrier</code> is waiting for the other threads.${
    run.ops.some(isLoading) && ' Converting the weights while loading is included.'
  }</p>
${figure((width) => opsChart(run.ops, width))}
${positions.length > 1 && html`<h3>Over the sequence</h3>`}
${positions.length > 1 && figure((width) => positionsChart(positions, promptTokens, width))}
${positions.length > 0 && html`<h3>Memory traffic</h3>\n<p>${traffic(run)}</p>`}
${positions.length > 0 && figure((width) => busChart(simulated, positions, promptTokens, width))}
<p class="download soft">In full: <a href="#positions-table">every position</a>,
 <a href="#sites-table">every place in the forward pass</a>. As files: ${download('ops.csv', opsCsv(run))},
 ${download('positions.csv', positionsCsv(run))}.</p>`;
}

function traffic({ positions, promptTokens, simulated }: RunResult): string {
  const phases = trafficByPhase(positions, promptTokens);
  const phase = phases.find((p) => p.phase === 'decode') ?? phases[0];
  if (phase === undefined) return '';
  const peak = busPeak(simulated);
  const rate = phase.gigabytesPerSecond;
  const share = peak === undefined ? '' : `, ${percent(rate, peak)} of the peak of the bus`;
  const token = phase.phase === 'decode' ? 'A decoded token' : 'A token';
  return `${token} reads ${bytes(phase.bytesPerToken)}: ${number3(rate)}${NB}GB/s${share}.`;
}

/** All positions, for the end of the page. */
export const positionTable = (run: RunResult): Markup =>
  table({
    id: 'positions-table',
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
