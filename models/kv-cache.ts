/** How keys and values are kept: as they are, or in signed bytes with one fp32 scale a head and position. */
export const KV_CACHES = ['fp32', 'int8'] as const;
export type KvCache = (typeof KV_CACHES)[number];

/** Attention reads positions four at a time. */
export const CACHE_STEP = 4;
const QUADWORD = 16;
const LINE = 128;
const lines = (bytes: number): number => Math.ceil(bytes / LINE) * LINE;

/** Keys (or values) of one head in signed bytes: rows of whole quadwords, then a scale for each position. */
export interface CacheBlock {
  readonly rowBytes: number;
  /** Where the scales begin. */
  readonly scalesAt: number;
  readonly bytes: number;
}

/** The block of one head of `size` numbers, all positions of a context one after the other. */
export function cacheBlock(size: number, context: number): CacheBlock {
  const positions = Math.ceil(context / CACHE_STEP) * CACHE_STEP;
  const rowBytes = Math.ceil(size / QUADWORD) * QUADWORD;
  const scalesAt = lines(positions * rowBytes);
  return { rowBytes, scalesAt, bytes: scalesAt + lines(4 * positions) };
}
