import { line, max, mean, scaleLinear } from 'd3';
import { duration, timeScale } from '../format.js';
import { html, type Markup } from '../markup.js';
import type { PositionCost } from '../results.js';
import { at, svg, textWidth } from './svg.js';

/** Whether a position is fed a token the model wrote itself; the first `promptTokens` are fed the prompt (BOS too). */
export const isDecode = (position: number, promptTokens: number): boolean => position >= promptTokens;

/** Time of each forwarded position, prompt shaded, with the mean of decoding. */
export function positionsChart(positions: readonly PositionCost[], promptTokens: number, width: number): string {
  const narrow = width < 500;
  const [left, right, top, bottom] = [narrow ? 36 : 44, width - 8, 28, narrow ? 214 : 264];
  const slowest = max(positions, (p) => p.seconds) ?? 0;
  const unit = timeScale(slowest);
  const first = positions[0]?.position ?? 0;
  const last = Math.max(positions[positions.length - 1]?.position ?? 0, first + 1);
  const x = scaleLinear([first, last], [left, right]);
  const y = scaleLinear([0, slowest > 0 ? slowest * unit.factor : 1], [bottom, top]).nice(5);
  const decode = positions.filter((p) => isDecode(p.position, promptTokens));
  const average = mean(decode, (p) => p.seconds);
  const path = line<PositionCost>((p) => at(x(p.position)), (p) => at(y(p.seconds * unit.factor)));
  const points = positions.map((p) => [at(x(p.position)), at(y(p.seconds * unit.factor)), tip(p)]);
  return svg(
    {
      name: 'positions',
      title: 'Time per position',
      description: describe(positions, decode, promptTokens),
      width,
      height: bottom + 40,
    },
    html`${shading(x, first, promptTokens, last, top, bottom)}
${y.ticks(5).map(
  (tick) =>
    html`<path class="${tick === 0 ? 'zero' : 'grid'}" d="M${left},${at(y(tick))}H${right}"/><text class="soft end" x="${left - 6}" y="${at(y(tick) + 4)}">${y.tickFormat(5)(tick)}</text>\n`,
)}${x.ticks(narrow ? 5 : 10).filter(Number.isInteger).map(
  (tick) => html`<text class="soft middle" x="${at(x(tick))}" y="${bottom + 16}">${tick}</text>\n`,
)}<text class="strong" x="0" y="12">time per position (${unit.unit})</text>
<text class="soft end" x="${right}" y="${bottom + 34}">position</text>
${average !== undefined && meanLine(average * unit.factor, y, x(Math.min(last, Math.max(first, promptTokens))), right, `decode mean ${duration(average)}`)}
<path class="line l0" d="${path(positions) ?? ''}"/>
<g class="points" data-points="${JSON.stringify(points)}"/>`,
  );
}

const tip = (p: PositionCost): string => `position ${p.position}: ${duration(p.seconds)}, then “${p.piece}”`;

function shading(x: (n: number) => number, first: number, prompt: number, last: number, top: number, bottom: number): Markup {
  const edge = Math.min(Math.max(prompt - 0.5, first), last);
  const wide = x(edge) - x(first);
  if (wide <= 0) return html``;
  const label = wide > textWidth('prompt') + 12 ? 'prompt' : '';
  const next = label === '' ? '◂ prompt · decode ▸' : 'decode ▸';
  return html`<rect class="shade" x="${at(x(first))}" y="${top}" width="${at(wide)}" height="${bottom - top}"/>
<text class="soft" x="${at(x(first) + 6)}" y="${bottom - 8}">${label}</text>
<text class="soft" x="${at(x(edge) + 6)}" y="${bottom - 8}">${edge < last && next}</text>`;
}

function meanLine(value: number, y: (n: number) => number, left: number, right: number, label: string): Markup {
  return html`<path class="limit" d="M${at(left)},${at(y(value))}H${right}"/><text class="halo end" x="${right}" y="${at(y(value) + 18)}">${label}</text>`;
}

function describe(positions: readonly PositionCost[], decode: readonly PositionCost[], promptTokens: number): string {
  if (positions.length === 0) return 'No position was forwarded.';
  const one = (p: PositionCost) => `position ${p.position} takes ${duration(p.seconds)}`;
  const average = mean(decode, (p) => p.seconds);
  return (
    `${positions.length} positions, the first ${promptTokens} of them prompt: ${one(positions[0])}, ` +
    `${one(positions[positions.length - 1])}${average === undefined ? '' : `; decoding takes ${duration(average)} on average`}.`
  );
}
