import { line, max, scaleLinear, scalePoint } from 'd3';
import { number3 } from '../format.js';
import { html } from '../markup.js';
import { COLOURS } from './style.js';
import { at, legend, path, svg, textWidth, words } from './svg.js';

export interface Series {
  readonly name: string;
  /** x as in `steps`; y undefined where there is no value. */
  readonly points: readonly { readonly x: string | number; readonly y: number }[];
}

/** One quantity over one factor, a line a series; the quantity begins at zero. */
export interface LinesChart {
  readonly name: string;
  readonly title: string;
  readonly xTitle: string;
  /** Quantity and unit. */
  readonly yTitle: string;
  /** Where points can lie, in order; to scale where all are numbers. */
  readonly steps: readonly (string | number)[];
  readonly series: readonly Series[];
}

export function linesChart(chart: LinesChart, width: number): string {
  const { steps, series } = chart;
  const narrow = width < 500;
  const key = legend(
    series.length > 1
      ? series.map(({ name }, i) => ({ label: name, swatches: [{ style: `c${i % COLOURS}` }] }))
      : [],
    width,
  );
  const height = narrow ? 186 : 236;
  const top = key.height + 28;
  const bottom = top + height;
  const values = series.flatMap(({ points }) => points.map(({ y }) => y));
  const y = scaleLinear([0, max(values) || 1], [bottom, top]).nice(5);
  const yText = y.tickFormat(5);
  const left = Math.max(36, (max(y.ticks(5), (tick) => textWidth(yText(tick))) ?? 0) + 10);
  const right = width - 12;
  const { x, labels } = axisOf(steps, left + 8, right - 8);
  const shape = line<{ x: string | number; y: number }>(
    (p) => at(x(p.x)),
    (p) => at(y(p.y)),
  );
  const body = html`${key.body}
${words(0, key.height + 12, chart.yTitle, 'strong')}${y
  .ticks(5)
  .map((tick) => [
    path(tick === 0 ? 'zero' : 'grid', `M${at(left)},${at(y(tick))}H${at(right)}`),
    words(left - 6, y(tick) + 4, yText(tick), 'soft end'),
  ])}${labels.map((step) => words(x(step), bottom + 16, String(step), 'soft middle'))}${words(right, bottom + 34, chart.xTitle, 'soft end')}
${series.map(({ points }, i) => path(`line l${i % COLOURS}`, shape(points) ?? ''))}${series.map(
  ({ name, points }, i) =>
    points.map(
      (p) =>
        html`<circle class="mark c${i % COLOURS}" cx="${at(x(p.x))}" cy="${at(y(p.y))}" r="4"><title>${[
          series.length > 1 ? `${name}, ` : '',
          `${chart.xTitle} ${p.x}: ${number3(p.y)}, ${chart.yTitle}`,
        ].join('')}</title></circle>\n`,
    ),
)}`;
  const description = series
    .map(({ name, points }) => `${name}: ${points.map((p) => `${p.x} ${number3(p.y)}`).join(', ')}`)
    .join('; ');
  return svg(
    {
      name: chart.name,
      title: chart.title,
      description: `${chart.yTitle} by ${chart.xTitle}. ${description}.`,
      width,
      height: bottom + 40,
    },
    body,
  );
}

interface Axis {
  readonly x: (step: string | number) => number;
  /** What is written below it: every step, or round numbers where there are more than have room. */
  readonly labels: readonly (string | number)[];
}

function axisOf(steps: readonly (string | number)[], left: number, right: number): Axis {
  const numbers = steps.filter((step): step is number => typeof step === 'number');
  if (numbers.length === steps.length && steps.length > 1) {
    const scale = scaleLinear([Math.min(...numbers), Math.max(...numbers)], [left, right]);
    const x = (step: string | number) => scale(Number(step));
    const haveRoom = withRoom(steps, x).length === steps.length;
    return { x, labels: haveRoom ? steps : scale.ticks((right - left) / 60) };
  }
  const scale = scalePoint(steps.map(String), [left, right]);
  const x = (step: string | number) => scale(String(step)) ?? left;
  return { x, labels: withRoom(steps, x) };
}

/** Steps whose names do not run into the one before. */
function withRoom(
  steps: readonly (string | number)[],
  x: (step: string | number) => number,
): readonly (string | number)[] {
  let end = Number.NEGATIVE_INFINITY;
  return steps.filter((step) => {
    const half = textWidth(String(step)) / 2;
    if (x(step) - half < end + 6) return false;
    end = x(step) + half;
    return true;
  });
}
