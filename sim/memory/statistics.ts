import type { Layout } from './layout.js';

/** What the memory system counts, by offset from the first counter. Lines are 128 bytes; times half-cycles. */
export const STAT = {
  l1Misses: 0,
  prefetches: 1,
  prefetchesDropped: 2,
  l2LoadHits: 3,
  l2LoadHitsInFlight: 4,
  l2LoadMisses: 5,
  missSlotWait: 6,
  l2PortWait: 7,
  l1Invalidations: 8,
  stores: 9,
  storesGathered: 10,
  gatherDrains: 11,
  gatherTimeouts: 12,
  l2StoreHits: 13,
  readsForOwnership: 14,
  ownershipWait: 15,
  zeroLines: 16,
  linesFlushed: 17,
  loadReserves: 18,
  storeConditionals: 19,
  barriers: 20,
  barrierWait: 21,
  castouts: 22,
  castoutWait: 23,
  requestWait: 24,
  busReadBusy: 25,
  busWriteBusy: 26,
  dramReadLines: 27,
  dramWriteLines: 28,
  dramBusy: 29,
  rowHits: 30,
  rowsClosed: 31,
  rowConflicts: 32,
} as const;
export type StatisticName = keyof typeof STAT;
export const STATISTICS = Object.keys(STAT) as readonly StatisticName[];

/** The counters by name, with the sums people ask for. */
export interface MemoryStatistics extends Readonly<Record<StatisticName, number>> {
  readonly dramReadBytes: number;
  readonly dramWriteBytes: number;
  /** Half-cycles the two links were busy, as a share of `elapsed` half-cycles. */
  readonly busReadUtilisation: number;
  readonly busWriteUtilisation: number;
}

/** Takes the counters' place; returns the index of the first in `layout.f64`. */
export const newStatistics = (layout: Layout): number => layout.counters(STATISTICS.length);

/** Reads the counters; `elapsed` half-cycles turn busy times into utilisation. */
export function readStatistics(layout: Layout, first: number, elapsed: number): MemoryStatistics {
  const counted = Object.fromEntries(STATISTICS.map((name, i) => [name, layout.f64[first + i]]));
  const all = counted as Record<StatisticName, number>;
  const share = (busy: number) => (elapsed > 0 ? busy / elapsed : 0);
  return {
    ...all,
    dramReadBytes: 128 * all.dramReadLines,
    dramWriteBytes: 128 * all.dramWriteLines,
    busReadUtilisation: share(all.busReadBusy),
    busWriteUtilisation: share(all.busWriteBusy),
  };
}
