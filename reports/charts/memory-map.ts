import { ascending, scaleLinear } from 'd3';
import { address, bytes } from '../format.js';
import { html, type Markup } from '../markup.js';
import type { MemoryRegion } from '../results.js';
import { COLOURS } from './style.js';
import { at, fit, FONT, svg } from './svg.js';

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
    depth: sorted.slice(0, i).filter((o) => o.start <= r.start && o.start + o.bytes >= r.start + r.bytes).length,
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
  for (const y of wanted) placed.push(Math.max(y, placed.length === 0 ? low : placed[placed.length - 1] + spacing));
  for (let i = placed.length - 1, limit = high; i >= 0; i--, limit -= spacing) placed[i] = Math.min(placed[i], limit);
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
  const labels = left + strip + elbow;
  const owners = [...new Set(placed.map((r) => r.owner))];
  const style = (owner: string) => `c${[0, 1, 2, 3, 4, 5, 7, 6][owners.indexOf(owner) % COLOURS]}`;
  const middles = placed.map((r) => y(r.start + r.bytes / 2));
  const order = middles.map((_, i) => i).sort((a, b) => ascending(middles[a], middles[b]));
  const spaced = spread(order.map((i) => middles[i]), LINE, top + 8, top + height - 8);
  const free = freeBytes(regions, pool);
  return svg(
    {
      name: 'memory',
      title: `Memory map of the ${bytes(pool)} pool`,
      description: `${placed.map((r) => `${r.name} (${r.owner}) ${bytes(r.bytes)} at ${address(r.start)}`).join('; ')}; free ${bytes(free)}`,
      width,
      height: top + height + 8,
    },
    html`<text class="strong" x="0" y="12">address (MiB)</text>
<rect class="shade" x="${left}" y="${top}" width="${strip}" height="${at(height)}"/>
${ticks(end).map(
  (tick) => html`<path class="grid" d="M${left - 5},${at(y(tick))}H${left + strip}"/><text class="soft end" x="${left - 8}" y="${at(y(tick) + 4)}">${tick / 2 ** 20}</text>\n`,
)}${placed.map((r) => box(r, style(r.owner), left, strip, y))}${order.map((i, k) =>
    regionLabel(placed[i], style(placed[i].owner), middles[i], spaced[k], left + strip, elbow, labels, width, narrow),
  )}`,
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
  return html`<rect class="mark ${style}" x="${left + inset}" y="${at(y(r.start))}" width="${strip - inset}" height="${at(size)}"><title>${tipOf(r)}</title></rect>
`;
}

const tipOf = (r: MemoryRegion): string =>
  `${r.name} (${r.owner}): ${bytes(r.bytes)}, ${address(r.start)} to ${address(r.start + r.bytes)}`;

function regionLabel(
  r: PlacedRegion,
  style: string,
  from: number,
  to: number,
  edge: number,
  elbow: number,
  left: number,
  width: number,
  narrow: boolean,
): Markup {
  const size = bytes(r.bytes);
  const sizeColumn = 62;
  const name = narrow || r.owner === r.name ? r.name : `${r.name} · ${r.owner}`;
  const nameLeft = left + sizeColumn + 18;
  return html`<path class="leader" d="M${edge + 1},${at(from)}L${at(edge + elbow * 0.4)},${at(from)}L${at(edge + elbow * 0.75)},${at(to)}H${left - 3}"/><rect class="${style}" x="${left}" y="${at(to - 5)}" width="8" height="10"/><text class="end" x="${left + 12 + sizeColumn}" y="${at(to + FONT / 3)}">${size}</text><text x="${nameLeft}" y="${at(to + FONT / 3)}">${fit(name, width - nameLeft)}</text>
`;
}
