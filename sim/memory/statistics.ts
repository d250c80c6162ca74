import type { Layout } from './layout.js';

/** What the memory system counts, by offset from the first counter. Lines are 128 bytes; times half-cycles. */
export const STAT = {
  prefetches: 0,
  prefetchesDropped: 1,
  l2LoadHits: 2,
  l2LoadHitsInFlight: 3,
  l2LoadMisses: 4,
  missSlotWait: 5,
  l2PortWait: 6,
  l1Invalidations: 7,
  stores: 8,
  storesGathered: 9,
  gatherDrains: 10,
  gatherTimeouts: 11,
  l2StoreHits: 12,
  readsForOwnership: 13,
  ownershipWait: 14,
  zeroLines: 15,
  linesFlushed: 16,
  loadReserves: 17,
  storeConditionals: 18,
  barriers: 19,
  barrierWait: 20,
  castouts: 21,
  castoutWait: 22,
  requestWait: 23,
  dramReadLines: 24,
  dramWriteLines: 25,
  rowHits: 26,
  rowsClosed: 27,
  rowConflicts: 28,
} as const;
export type StatisticName = keyof typeof STAT;
export const STATISTICS = Object.keys(STAT) as readonly StatisticName[];

/** The counters by name, and what follows from them. */
export interface MemoryStatistics extends Readonly<Record<StatisticName, number>> {
  readonly l1Misses: number;
  readonly dramReadBytes: number;
  readonly dramWriteBytes: number;
  /** Half-cycles of work of the two links and of the DRAM data buses together. */
  readonly busReadBusy: number;
  readonly busWriteBusy: number;
  readonly dramBusy: number;
  /** The same as shares of the time that passed. */
  readonly busReadUtilisation: number;
  readonly busWriteUtilisation: number;
  readonly dramUtilisation: number;
}

/** Half-cycles that pieces of work take. */
interface Costs {
  readonly lineTime: number;
  readonly writeTime: number;
  readonly requestTime: number;
  readonly dram: {
    readonly burst: number;
    readonly turn: number;
    readonly batch: number;
    readonly data: readonly unknown[];
  };
}

/** Takes the counters' place; returns the index of the first in `layout.f64`. */
export const newStatistics = (layout: Layout): number => layout.counters(STATISTICS.length);

/** Reads the counters; `elapsed` half-cycles turn busy times into utilisation. */
export function readStatistics(
  layout: Layout,
  first: number,
  costs: Costs,
  elapsed: number,
): MemoryStatistics {
  const counted = Object.fromEntries(STATISTICS.map((name, i) => [name, layout.f64[first + i]]));
  const all = counted as Record<StatisticName, number>;
  const { burst, turn, batch, data } = costs.dram;
  const accesses = all.rowHits + all.rowsClosed + all.rowConflicts;
  const busReadBusy = costs.lineTime * all.dramReadLines;
  const busWriteBusy = costs.requestTime * all.dramReadLines + costs.writeTime * all.castouts;
  const dramBusy = burst * accesses + (turn * Math.max(0, accesses - all.dramReadLines)) / batch;
  const share = (busy: number) => (elapsed > 0 ? busy / elapsed : 0);
  return {
    ...all,
    l1Misses: all.l2LoadHits + all.l2LoadMisses,
    dramReadBytes: 128 * all.dramReadLines,
    dramWriteBytes: 128 * all.dramWriteLines,
    busReadBusy,
    busWriteBusy,
    dramBusy,
    busReadUtilisation: share(busReadBusy),
    busWriteUtilisation: share(busWriteBusy),
    dramUtilisation: share(dramBusy / data.length),
  };
}
