import type { TimelineRow } from '../annotation.js';
import { html } from '../markup.js';
import { fit, legend, rect, svg, words } from './svg.js';

const ROW = 15;

/** One iteration of a loop: a row an instruction, time to the right, in cycles. */
export function timelineChart(
  name: string,
  rows: readonly TimelineRow[],
  cycles: number,
  width: number,
): string {
  const labels = Math.min(220, width * 0.4);
  const last = Math.max(1, ...rows.map(({ ready, issued }) => Math.max(ready, issued) + 1));
  const x = (cycle: number) => labels + ((width - labels - 4) * Math.max(0, cycle)) / last;
  const key = legend(
    [
      { label: 'waits to issue', swatches: [{ style: 'c6', opacity: 0.4 }] },
      { label: 'issues', swatches: [{ style: 'c0' }] },
      { label: 'in the vector queue', swatches: [{ style: 'c1', opacity: 0.6 }] },
      { label: 'executes', swatches: [{ style: 'c5', opacity: 0.6 }] },
    ],
    width,
  );
  const top = key.height + 20;
  const step = last <= 20 ? 5 : last <= 80 ? 10 : last <= 400 ? 50 : 100;
  const ticks = Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
  const body = rows.map((row, i) => {
    const { previous, issued, queued = issued, ready, text } = row;
    const y = top + i * ROW;
    const piece = (style: string, from: number, to: number, opacity: number, tip?: string) =>
      to > from &&
      rect(style, { x: x(from), y: y + 2, width: x(to) - x(from), height: ROW - 4 }, opacity, tip);
    const waits = queued > issued ? `, leaves the queue in ${queued}` : '';
    return html`${words(0, y + 11, fit(text, labels - 8), 'soft')}
${piece('c6', Math.max(0, previous + 1), issued, 0.4)}
${piece('c1', issued + 1, queued, 0.6)}
${piece('c5', Math.max(queued, issued + 1), ready, 0.6)}
${piece('c0', issued, issued + 1, 1, `${text}: issues in cycle ${issued}${waits}, ready in ${ready}`)}`;
  });
  return svg(
    {
      name,
      title: 'One iteration of the loop, cycle by cycle',
      description: `${rows.length} instructions, ${cycles.toFixed(2)} cycles an iteration with all loads in the L1 cache`,
      width,
      height: top + rows.length * ROW + 4,
    },
    html`${key.body}
${ticks.map(
  (tick) => html`<path class="grid" d="M${x(tick).toFixed(2)} ${top}V${top + rows.length * ROW}"/>
${words(x(tick), top - 5, String(tick), 'soft middle')}`,
)}
${body}`,
  );
}
