import type { Layout } from './layout.js';

/** What the memory system counts. Lines are 128 bytes; times half-cycles. */
export const STATISTICS = [
  'l1Misses',
  'prefetches',
  'prefetchesDropped',
  'l2LoadHits',
  'l2LoadHitsInFlight',
  'l2LoadMisses',
  'missSlotWait',
  'l2PortWait',
  'l1Invalidations',
  'stores',
  'storesGathered',
  'gatherDrains',
  'gatherTimeouts',
  'l2StoreHits',
  'readsForOwnership',
  'ownershipWait',
  'zeroLines',
  'linesFlushed',
  'loadReserves',
  'storeConditionals',
  'barriers',
  'barrierWait',
  'castouts',
  'castoutWait',
  'requestWait',
  'busReadBusy',
  'busWriteBusy',
  'dramReadLines',
  'dramWriteLines',
  'dramBusy',
  'rowHits',
  'rowsClosed',
  'rowConflicts',
] as const;
export type StatisticName = (typeof STATISTICS)[number];

/** Offsets of the counters from the index of the first. */
export const STAT = Object.fromEntries(STATISTICS.map((name, i) => [name, i])) as Record<
  StatisticName,
  number
>;

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
