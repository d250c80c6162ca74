import type { Machine } from '../machine/resolve.js';
import type { Layout } from './layout.js';

/** What is known of the memory system. Lines are 128 bytes; waits half-cycles. */
const NAMED = [
  'prefetches',
  'prefetchesDropped',
  'l2LoadHits',
  'l2LoadHitsInFlight',
  'l2LoadMisses',
  'missSlotWait',
  'l2PortWait',
  'l1Invalidations',
  'storesStraddling',
  'storesGathered',
  'gathersBegun',
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
  'dramReadLines',
  'dramWriteLines',
  'fetchMisses',
  'fetchesAhead',
  'fetchL2Misses',
  'fetchWait',
  'eratMisses',
  'tlbMisses',
  'translationWait',
  'rowHits',
  'rowsClosed',
  'rowConflicts',
  'writeBatches',
  'otherLines',
] as const;
type Named = (typeof NAMED)[number];
export type StatisticName = Named | 'stores';

/** What follows from others and is not counted, so that a request to memory need not; what is counted beside for that. */
const FOLLOWING = ['prefetches', 'dramReadLines', 'rowHits'] as const;
const BESIDE = ['loadMisses', 'readsForAtomics', 'otherReads'] as const;
type Following = (typeof FOLLOWING)[number];
type Counted = Exclude<Named, Following> | (typeof BESIDE)[number];
const isCounted = (name: Named): name is Exclude<Named, Following> =>
  !(FOLLOWING as readonly string[]).includes(name);
const COUNTED: readonly Counted[] = [...NAMED.filter(isCounted), ...BESIDE];

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
  /** Half-cycles of a DRAM clock; the rest in those. */
  readonly tick: number;
  readonly bursts: number;
  readonly burstTicks: number;
  readonly casLatency: number;
  readonly tWtr: number;
}

export interface Counters {
  /** Where each is counted: numbers of wasm/numbers.ts, `n` before the name. */
  readonly places: Readonly<Record<string, number>>;
  clear(): void;
  /** `elapsed` half-cycles turn busy times into utilisation. */
  read(costs: Costs, elapsed: number): MemoryStatistics;
}

/** Takes the counters' place. */
export function newCounters(layout: Layout, machine: Machine): Counters {
  const first = layout.counters(COUNTED.length);
  const { i64 } = layout;
  const upper = (name: string) => `n${name[0].toUpperCase()}${name.slice(1)}`;
  const { controllers, writeBatchLines } = machine.dram;
  return {
    places: Object.fromEntries(COUNTED.map((name, i) => [upper(name), first + 8 * i])),
    clear: () => i64.fill(0n, first >> 3, (first >> 3) + COUNTED.length),
    read(costs, elapsed) {
      const { lineTime, writeTime, requestTime, tick } = costs;
      const counted = Object.fromEntries(COUNTED.map((name, i) => [name, Number(i64[(first >> 3) + i])]));
      const all = counted as Record<Counted, number>;
      const l1Misses = all.l2LoadHits + all.l2LoadMisses;
      const dramReadLines =
        all.l2LoadMisses + all.readsForOwnership + all.fetchL2Misses + all.readsForAtomics;
      const accesses = dramReadLines + all.otherReads + writeBatchLines * all.writeBatches;
      const busReadBusy = lineTime * dramReadLines;
      const busWriteBusy = requestTime * dramReadLines + writeTime * all.castouts;
      const data = costs.bursts * costs.burstTicks * accesses;
      // The bus turns round twice a batch.
      const dramBusy =
        tick * (data + (costs.tWtr - costs.burstTicks + costs.casLatency + 2) * all.writeBatches);
      const share = (busy: number) => (elapsed > 0 ? busy / elapsed : 0);
      const following: Record<Following, number> = {
        prefetches: l1Misses - all.loadMisses + all.prefetchesDropped,
        dramReadLines,
        rowHits: accesses - all.rowsClosed - all.rowConflicts,
      };
      const named = NAMED.map((name) => [name, isCounted(name) ? all[name] : following[name]]);
      return {
        ...(Object.fromEntries(named) as Record<Named, number>),
        // A store that leaves its 64 bytes is gathered twice.
        stores: all.storesGathered + all.gathersBegun - all.storesStraddling,
        l1Misses,
        dramReadBytes: 128 * dramReadLines,
        dramWriteBytes: 128 * all.dramWriteLines,
        busReadBusy,
        busWriteBusy,
        dramBusy,
        busReadUtilisation: share(busReadBusy),
        busWriteUtilisation: share(busWriteBusy),
        dramUtilisation: share(dramBusy / controllers),
      };
    },
  };
}
