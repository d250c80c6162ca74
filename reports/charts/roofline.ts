import { scaleLog } from 'd3';
import { number3 } from '../format.js';
import { html, type Markup } from '../markup.js';
import type { Ceiling, RooflineResult } from '../roofline.js';
import { COLOURS } from './style.js';
import { at, fit, legend, path, svg, textWidth, words } from './svg.js';

const HEIGHT = 380;
const giga = (perSecond: number): string => number3(perSecond / 1e9);

/** Operations a second over operations a byte, both by powers of ten; the roof is the lower of two ceilings. */
export function rooflineChart({ ceilings, points }: RooflineResult, width: number): string {
  const compute = ceilings.filter(({ kind, threads }) => kind === 'compute' && threads === 1);
  const memory = ceilings.find(({ kind, threads }) => kind === 'memory' && threads === 1)!;
  const intensities = points.map(({ intensity }) => intensity);
  const best = Math.max(...compute.map(({ peak }) => peak));
  const ridge = best / memory.sustained;
  const low = Math.min(0.1, ...intensities) / 1.5;
  const high = Math.max(ridge * 3, ...intensities) * 1.2;
  const x = scaleLog([low, high], [54, width - 12]);
  const lowest =
    Math.min(low * memory.sustained, ...points.map(({ flopsPerSecond }) => flopsPerSecond)) / 1.5;
  const y = scaleLog([lowest, best * 1.6], [HEIGHT - 40, 34]);
  const line = (style: string, from: number, to: number, of: (intensity: number) => number) =>
    path(style, `M${at(x(from))} ${at(y(of(from)))}L${at(x(to))} ${at(y(of(to)))}`);
  const roof = (bandwidth: number, flops: number, style: string) => {
    const bend = Math.min(high, Math.max(low, flops / bandwidth));
    return html`${line(style, low, bend, (i) => i * bandwidth)}${line(style, bend, high, () => flops)}`;
  };
  const vector = compute[0];
  const ceiling = ({ name, sustained }: Ceiling) =>
    `${fit(name, width / 2 - textWidth(giga(sustained)))} ${giga(sustained)}`;
  const variants = [...new Set(points.map(({ variant }) => variant))];
  const styleOf = (variant: string) => `c${variants.indexOf(variant) % COLOURS}`;
  // Where there are more variants than colours, the later ones are paler.
  const opacityOf = (variant: string) => 1 / (1 + Math.floor(variants.indexOf(variant) / COLOURS));
  const key = legend(
    variants.map((label) => ({ label, swatches: [{ style: styleOf(label), opacity: opacityOf(label) }] })),
    width,
  );
  const marks = points.map((p) => ({ name: p.kernel, x: x(p.intensity), y: y(p.flopsPerSecond) }));
  const powers = (from: number, to: number) => {
    const found: number[] = [];
    for (let e = -3; e <= 15; e++) {
      const value = Number(`1e${e}`);
      if (value >= from && value <= to) found.push(value);
    }
    return found;
  };
  const body = html`${key.body}
<g transform="translate(0 ${key.height})">
${powers(low, high).map((i) => html`${path('grid', `M${at(x(i))} 34V${HEIGHT - 40}`)}${words(x(i), HEIGHT - 24, number3(i), 'soft middle')}`)}
${powers(lowest, best * 1.6).map((f) => html`${path('grid', `M54 ${at(y(f))}H${width - 12}`)}${words(48, y(f) + 4, giga(f), 'soft end')}`)}
${words(54, 22, 'GFLOP/s', 'strong')}${words(width - 12, HEIGHT - 6, 'operations a byte of operands', 'strong end')}
${roof(memory.peak, vector.peak, 'limit')}
${roof(memory.sustained, vector.sustained, 'line l6')}
${compute.slice(1).map(
  (c) => html`${line('line l6', Math.max(low, c.sustained / memory.sustained), high, () => c.sustained)}
${words(width - 14, y(c.sustained) - 5, ceiling(c), 'halo soft end')}`,
)}
${words(width - 14, y(vector.sustained) + 14, ceiling(vector), 'halo soft end')}
${points.map(
  (
    p,
  ) => html`<circle class="mark ${styleOf(p.variant)}" cx="${at(x(p.intensity))}" cy="${at(y(p.flopsPerSecond))}" r="5"${
    opacityOf(p.variant) < 1 && html` fill-opacity="${opacityOf(p.variant)}"`
  }>
<title>${p.kernel}: ${giga(p.flopsPerSecond)} GFLOP/s at ${number3(p.intensity)} operations a byte,
 ${number3((100 * p.flopsPerSecond) / p.attainable)} % of what is attainable</title></circle>\n`,
)}${namesOf(marks, 54, width)}</g>`;
  return svg(
    {
      name: 'roofline',
      title: 'Roofline: operations a second over operations a byte, one thread',
      description: points
        .map((p) => `${p.kernel} ${giga(p.flopsPerSecond)} of ${giga(p.attainable)} GFLOP/s`)
        .join('; '),
      width,
      height: HEIGHT + key.height,
    },
    body,
  );
}

interface Mark {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** From the middle of a point to its name, and from one line of names to the next. */
const REACH = 9;
const LINE = 14;

/** Names right or left of their points; none where one has no room, as the table has them all. */
function namesOf(marks: readonly Mark[], left: number, right: number): Markup[] {
  interface Span {
    readonly from: number;
    readonly to: number;
    readonly y: number;
  }
  const taken: Span[] = marks.map(({ x, y }) => ({ from: x - REACH, to: x + REACH, y }));
  const drawn: Markup[] = [];
  for (const { name, x, y } of marks) {
    const size = textWidth(name);
    const isClear = ({ from, to }: Span) =>
      from >= left &&
      to <= right &&
      taken.every((other) => Math.abs(other.y - y) >= LINE || other.from >= to || other.to <= from);
    const behind = { from: x + REACH, to: x + REACH + size, y };
    const before = { from: x - REACH - size, to: x - REACH, y };
    const place = [behind, before].find(isClear);
    if (place === undefined) return [];
    taken.push(place);
    drawn.push(words(place.from, y + 4, name, 'halo'));
  }
  return drawn;
}
