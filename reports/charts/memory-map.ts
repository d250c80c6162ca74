import { ascending, scaleLinear } from 'd3';
import { address, bytes } from '../format.js';
import { html, type Markup } from '../markup.js';
import type { MemoryRegion } from '../results.js';
import { MEMORY_STYLES } from './style.js';
import { at, FONT, fit, path, rect, svg, textWidth, words } from './svg.js';

/** The console's pool of memory, bytes. */
export const POOL_BYTES = 512 * 2 ** 20;

export interface PlacedRegion extends MemoryRegion {
  /** How many other regions contain it: a framebuffer inside a reservation has 1. */
  readonly depth: number;
}

/** Regions by address, outer before inner. */
export function placeRegions(regions: readonly MemoryRegion[]): PlacedRegion[] {
  const sorted = regions
    .filter((r) => r.bytes > 0)
    .sort((a, b) => ascending(a.start, b.start) || ascending(b.bytes, a.bytes));
  return sorted.map((r, i) => ({
    ...r,
    depth: sorted.slice(0, i).filter((o) => o.start <= r.start && o.start + o.bytes >= r.start + r.bytes)
      .length,
  }));
}

/** Bytes of the pool that no region covers. */
export function freeBytes(regions: readonly MemoryRegion[], pool = POOL_BYTES): number {
  let end = 0;
  let free = 0;
  for (const r of placeRegions(regions)) {
    if (r.start > end) free += r.start - end;
    end = Math.max(end, r.start + r.bytes);
  }
  return free + Math.max(0, pool - end);
}

/** Moves label centres apart to `spacing`, in order and as little as possible, inside [low, high]. */
export function spread(wanted: readonly number[], spacing: number, low: number, high: number): number[] {
  const placed: number[] = [];
  for (const y of wanted)
    placed.push(Math.max(y, placed.length === 0 ? low : placed[placed.length - 1] + spacing));
  for (let i = placed.length - 1, limit = high; i >= 0; i--, limit -= spacing)
    placed[i] = Math.min(placed[i], limit);
  return placed;
}

const LINE = 17;

/** Memory to scale, address 0 at the top; labels of thin regions are led out to where they can be read. */
export function memoryMapChart(regions: readonly MemoryRegion[], width: number, pool = POOL_BYTES): string {
  const narrow = width < 500;
  const placed = placeRegions(regions);
  const end = Math.max(pool, ...placed.map((r) => r.start + r.bytes));
  const height = Math.max(narrow ? 380 : 420, placed.length * LINE + 20);
  const [top, left, strip, elbow] = [24, narrow ? 36 : 44, narrow ? 64 : 150, narrow ? 20 : 44];
  const y = scaleLinear([0, end], [top, top + height]);
  const style = (owner: string) => MEMORY_STYLES[owner] ?? 'c6';
  const middles = placed.map((r) => y(r.start + r.bytes / 2));
  const order = middles.map((_, i) => i).sort((a, b) => ascending(middles[a], middles[b]));
  const spaced = spread(
    order.map((i) => middles[i]),
    LINE,
    top + 8,
    top + height - 8,
  );
  return svg(
    {
      name: 'memory',
      title: `Memory map of the ${bytes(pool)} pool`,
      description: `${placed.map(inWords).join('; ')}; free ${bytes(freeBytes(regions, pool))}`,
      width,
      height: top + height + 8,
    },
    html`${words(0, 12, 'address (MiB)', 'strong')}${rect('shade', { x: left, y: top, width: strip, height })}
${ticks(end).map((tick) => [
  path('grid', `M${left - 5},${at(y(tick))}H${left + strip}`),
  words(left - 8, y(tick) + 4, tick / 2 ** 20, 'soft end'),
])}${placed.map((r) => box(r, style(r.owner), left, strip, y))}${order.map((i, k) => [
  leader(left + strip, middles[i], elbow, spaced[k]),
  regionLabel(placed[i], style(placed[i].owner), left + strip + elbow, spaced[k], width),
])}`,
  );
}

const ticks = (end: number): number[] => {
  const step = 64 * 2 ** 20 * Math.ceil(end / (768 * 2 ** 20));
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
};

function box(r: PlacedRegion, style: string, left: number, strip: number, y: (n: number) => number): Markup {
  const inset = Math.min(r.depth, 3) * 10;
  const scaled = y(r.start + r.bytes) - y(r.start);
  const size = scaled > 4 ? scaled - 1 : Math.max(1, scaled);
  return rect(style, { x: left + inset, y: y(r.start), width: strip - inset, height: size }, 1, tipOf(r));
}

const inWords = (r: MemoryRegion): string =>
  `${r.name} (${r.owner}) ${bytes(r.bytes)} at ${address(r.start)}`;

const tipOf = (r: MemoryRegion): string =>
  `${r.name} (${r.owner}): ${bytes(r.bytes)}, ${address(r.start)} to ${address(r.start + r.bytes)}`;

/** From the edge of the strip at height `from` over the elbow to a label at height `to`. */
function leader(edge: number, from: number, elbow: number, to: number): Markup {
  const [bend, end] = [edge + elbow * 0.4, edge + elbow * 0.75];
  return path('leader', `M${edge + 1},${at(from)}H${at(bend)}L${at(end)},${at(to)}H${at(edge + elbow - 3)}`);
}

const plainly = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');

const SIZE_COLUMN = 74;

/** Swatch, size and name; the owner as well where it says more than the name and there is room. */
function regionLabel(r: MemoryRegion, style: string, left: number, y: number, width: number): Markup {
  const nameLeft = left + SIZE_COLUMN + 6;
  const withOwner = `${r.name} · ${r.owner}`;
  const full = !plainly(r.name).includes(plainly(r.owner)) && textWidth(withOwner) <= width - nameLeft;
  const baseline = y + FONT / 3;
  return html`${rect(style, { x: left, y: y - 5, width: 8, height: 10 })}
${words(left + SIZE_COLUMN, baseline, bytes(r.bytes), 'end')}
${words(nameLeft, baseline, full ? withOwner : fit(r.name, width - nameLeft))}`;
}
