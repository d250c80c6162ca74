import { cacheBlock, type KvCache } from './kv-cache.js';
import { headSize, kvDim, type ModelShape } from './zoo.js';

/** What memory is used for, in the order in which it is stacked. */
const FOOTPRINT_PARTS = [
  'system',
  'framebuffers',
  'program',
  'file buffer',
  'swapped copy',
  'weights',
  'stream buffers',
  'KV cache',
  'activations',
] as const;
export type FootprintPart = (typeof FOOTPRINT_PARTS)[number];

/** Memory that holds something at one moment of a run. */
export interface FootprintPoint {
  /** `file read`, `position 3`, ... */
  readonly event: string;
  /** Since loading began. */
  readonly seconds: number;
  readonly bytes: Readonly<Record<FootprintPart, number>>;
}

export interface FootprintRegion {
  readonly name: string;
  readonly owner: string;
  readonly bytes: number;
}

/** When a run got how far, seconds since loading began. */
export interface FootprintTimes {
  readonly read: number;
  readonly converted: number;
  /** End of each forward pass and the positions in the cache by then. */
  readonly passes: readonly { readonly seconds: number; readonly positions: number }[];
}

/** Bytes that one position adds to the cache. */
export function cacheBytesPerPosition(shape: ModelShape, kvCache: KvCache): number {
  const perVector =
    kvCache === 'int8' ? shape.kvHeads * (cacheBlock(headSize(shape), 1).rowBytes + 4) : 4 * kvDim(shape);
  return 2 * shape.layers * perVector;
}

/** What a region is for; with a file buffer beside them, weights are a copy of it in the console's order. */
function partOf({ name, owner }: FootprintRegion, hasFile: boolean): FootprintPart {
  if (name === 'stream buffers') return 'stream buffers';
  switch (owner) {
    case 'system':
      return 'system';
    case 'framebuffer':
      return 'framebuffers';
    case 'file':
      return 'file buffer';
    case 'weights':
      return hasFile && name === 'weights' ? 'swapped copy' : 'weights';
    case 'kvCache':
      return 'KV cache';
    case 'activations':
      return 'activations';
    default:
      return 'program';
  }
}

/**
 * Memory in use from the start of loading to the last token: regions count from when something is written to
 * them, the cache by the positions in it. Between two points what differs grows evenly.
 */
export function footprint(
  regions: readonly FootprintRegion[],
  shape: ModelShape,
  kvCache: KvCache,
  times: FootprintTimes,
): FootprintPoint[] {
  const hasFile = regions.some(({ owner }) => owner === 'file');
  const whole = Object.fromEntries(FOOTPRINT_PARTS.map((part) => [part, 0])) as Record<FootprintPart, number>;
  for (const region of regions) whole[partOf(region, hasFile)] += region.bytes;
  const cacheBytes = (positions: number): number =>
    Math.min(whole['KV cache'], positions * cacheBytesPerPosition(shape, kvCache));
  const loaded: readonly FootprintPart[] = ['system', 'framebuffers', 'program'];
  const point = (
    event: string,
    seconds: number,
    parts: readonly FootprintPart[],
    positions = 0,
  ): FootprintPoint => ({
    event,
    seconds,
    bytes: Object.fromEntries(
      FOOTPRINT_PARTS.map((part) => [
        part,
        part === 'KV cache' ? cacheBytes(positions) : parts.includes(part) ? whole[part] : 0,
      ]),
    ) as Record<FootprintPart, number>,
  });
  const read: readonly FootprintPart[] = [
    ...loaded,
    'file buffer',
    ...(hasFile ? [] : (['weights'] as const)),
  ];
  const running: readonly FootprintPart[] = FOOTPRINT_PARTS.filter((part) => part !== 'KV cache');
  const points = [point('start', 0, loaded), point('file read', times.read, read)];
  if (times.converted > times.read)
    points.push(point('converted', times.converted, [...read, 'swapped copy', 'weights']));
  points.push(point('ready', times.converted, running));
  for (const { seconds, positions } of times.passes)
    points.push(point(`position ${positions - 1}`, seconds, running, positions));
  return points;
}

/** Bytes in use at a point. */
export const usedBytes = ({ bytes }: FootprintPoint): number =>
  Object.values(bytes).reduce((sum, part) => sum + part, 0);
