import { line, max, mean, scaleLinear } from 'd3';
import { duration, timeScale } from '../format.js';
import { html, type Markup } from '../markup.js';
import type { PositionCost } from '../results.js';
import { at, path, rect, svg, textWidth, words } from './svg.js';

/** Whether a position is fed a token of the model's own; the first `promptTokens` are fed the prompt. */
export const isDecode = (position: number, promptTokens: number): boolean => position >= promptTokens;

/** Time of each forwarded position, prompt shaded, with the mean of decoding. */
export function positionsChart(
  positions: readonly PositionCost[],
  promptTokens: number,
  width: number,
): string {
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
  const decodeFrom = Math.min(last, Math.max(first, promptTokens));
  const curve = line<PositionCost>(
    (p) => at(x(p.position)),
    (p) => at(y(p.seconds * unit.factor)),
  );
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
${y
  .ticks(5)
  .map((tick) => [
    path(tick === 0 ? 'zero' : 'grid', `M${left},${at(y(tick))}H${right}`),
    words(left - 6, y(tick) + 4, y.tickFormat(5)(tick), 'soft end'),
  ])}${x
  .ticks(narrow ? 5 : 10)
  .filter(Number.isInteger)
  .map((tick) =>
    words(x(tick), bottom + 16, tick, 'soft middle'),
  )}${words(0, 12, `time per position (${unit.unit})`, 'strong')}
${words(right, bottom + 34, 'position', 'soft end')}
${average !== undefined && meanLine(average, x(decodeFrom), right, y(average * unit.factor))}
${path('line l0', curve(positions) ?? '')}<g class="points" data-points="${JSON.stringify(points)}"/>`,
  );
}

const tip = (p: PositionCost): string => `position ${p.position}: ${duration(p.seconds)}, then “${p.piece}”`;

function shading(
  x: (n: number) => number,
  first: number,
  prompt: number,
  last: number,
  top: number,
  bottom: number,
): Markup {
  const edge = Math.min(Math.max(prompt - 0.5, first), last);
  const wide = x(edge) - x(first);
  if (wide <= 0) return html``;
  const label = wide > textWidth('prompt') + 12 ? 'prompt' : '';
  const next = label === '' ? '◂ prompt · decode ▸' : 'decode ▸';
  const shade = rect('shade', { x: x(first), y: top, width: wide, height: bottom - top });
  const names = [
    words(x(first) + 6, bottom - 8, label, 'soft'),
    edge < last && words(x(edge) + 6, bottom - 8, next, 'soft'),
  ];
  return html`${shade}${names}`;
}

const meanLine = (seconds: number, left: number, right: number, y: number): Markup =>
  html`${path('limit', `M${at(left)},${at(y)}H${right}`)}
${words(right, y + 18, `decode mean ${duration(seconds)}`, 'halo end')}`;

function describe(
  positions: readonly PositionCost[],
  decode: readonly PositionCost[],
  promptTokens: number,
): string {
  if (positions.length === 0) return 'No position was forwarded.';
  const one = (p: PositionCost) => `position ${p.position} takes ${duration(p.seconds)}`;
  const average = mean(decode, (p) => p.seconds);
  return (
    `${positions.length} positions, the first ${promptTokens} of them prompt: ${one(positions[0])}, ` +
    one(positions[positions.length - 1]) +
    (average === undefined ? '.' : `; decoding takes ${duration(average)} on average.`)
  );
}
