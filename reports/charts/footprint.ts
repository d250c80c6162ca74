import { area, scaleLinear, stack, stackOrderNone } from 'd3';
import { bytes, duration, timeScale } from '../format.js';
import { html } from '../markup.js';
import type { FootprintPoint, MemoryPressure } from '../results.js';
import { MEMORY_STYLES } from './style.js';
import { at, type LegendItem, legend, path, svg, words } from './svg.js';

const MIB = 2 ** 20;

/** Purposes that ever hold anything, in the order in which they are stacked. */
const partsOf = (points: readonly FootprintPoint[]): string[] =>
  Object.keys(points[0]?.bytes ?? {}).filter((part) => points.some((point) => (point.bytes[part] ?? 0) > 0));

const total = (point: FootprintPoint): number =>
  Object.values(point.bytes).reduce((sum, part) => sum + part, 0);

/**
 * Memory in use from the start of loading to the last token, by purpose. Loading takes most of the time: the
 * left half of the axis is loading, the right half the forward passes, each with its own scale.
 */
export function footprintChart(
  { footprint, poolBytes, allocatedBytes }: MemoryPressure,
  width: number,
): string {
  const narrow = width < 500;
  const parts = partsOf(footprint);
  const items: LegendItem[] = parts.map((part) => ({
    label: part,
    swatches: [{ style: MEMORY_STYLES[part] }],
  }));
  const names = legend(items, width);
  const [left, right, top] = [narrow ? 36 : 44, width - 8, names.height + 28];
  const bottom = top + (narrow ? 190 : 240);
  const ready = footprint.find(({ event }) => event === 'ready')?.seconds ?? 0;
  const end = Math.max(footprint[footprint.length - 1]?.seconds ?? 0, ready);
  const middle = end > ready && ready > 0 ? (left + right) / 2 : ready > 0 ? right : left;
  const loading = scaleLinear([0, ready || 1], [left, middle]);
  const running = scaleLinear([ready, end > ready ? end : ready + 1], [middle, right]);
  const x = (point: FootprintPoint): number =>
    point.seconds < ready || point.event === 'converted' ? loading(point.seconds) : running(point.seconds);
  const y = scaleLinear([0, poolBytes / MIB], [bottom, top]);
  const series = stack<FootprintPoint>()
    .keys(parts)
    .order(stackOrderNone)
    .value((point, part) => (point.bytes[part] ?? 0) / MIB)([...footprint]);
  const shape = area<(typeof series)[number][number]>(
    (p) => at(x(p.data)),
    (p) => at(y(p[0])),
    (p) => at(y(p[1])),
  );
  const ticks = Array.from({ length: Math.floor(poolBytes / (128 * MIB)) + 1 }, (_, i) => 128 * i);
  const last = footprint[footprint.length - 1];
  return svg(
    {
      name: 'footprint',
      title: 'Memory in use over time',
      description:
        `${bytes(total(last))} of ${bytes(poolBytes)} in use at the end: ` +
        `${parts.map((part) => `${part} ${bytes(last.bytes[part] ?? 0)}`).join(', ')}; loading ends after ` +
        `${duration(ready)}, the last token comes after ${duration(end)}.`,
      width,
      height: bottom + 40,
    },
    html`${names.body}${words(0, names.height + 12, 'memory in use (MiB)', 'strong')}${ticks.map((tick) => [
      path(tick === 0 ? 'zero' : 'grid', `M${left},${at(y(tick))}H${right}`),
      words(left - 6, y(tick) + 4, tick, 'soft end'),
    ])}${series.map((values) => path(MEMORY_STYLES[values.key], shape(values) ?? ''))}${path(
      'limit',
      `M${left},${at(y(allocatedBytes / MIB))}H${right}`,
    )}
${words(right, y(allocatedBytes / MIB) - 5, `allocated ${bytes(allocatedBytes)}`, 'halo end')}
${middle > left && middle < right && path('grid', `M${at(middle)},${top}V${bottom}`)}
${axis('loading', ready, left, middle, bottom)}${axis('forward passes', end - ready, middle, right, bottom)}`,
  );
}

/** Name and length of a part of the time axis. */
function axis(name: string, seconds: number, from: number, to: number, y: number) {
  if (to - from < 40) return html``;
  const { factor, unit } = timeScale(seconds);
  const length = `${(seconds * factor).toFixed(seconds * factor < 10 ? 2 : 0)} ${unit}`;
  return words((from + to) / 2, y + 18, `${name}: ${length}`, 'soft middle');
}
