import { flag, number } from './record.js';

/**
 * What an out-of-order core has beside the numbers of an in-order one. The base machine has none of it: its
 * window has no entries, and no rule of timing/window.ts applies.
 */
const none = (note: string) => number(0, 'count', 'own', 'inferred', [0, 0], note);
const NO_WINDOW = 'in-order machine';

export const noWindow = {
  entries: none('completion queue; 0: instructions issue in order'),
  dispatchWidth: none(NO_WINDOW),
  retireWidth: none(NO_WINDOW),
  /**
   * Queues that instructions are dispatched to and issue from to the stations of a unit: room, and how many of the
   * oldest may issue in a cycle. Room 0: dispatch goes to the stations. The general one is that of integer
   * instructions, loads and stores, and the only one out of order.
   */
  generalQueue: none(NO_WINDOW),
  generalIssue: none(NO_WINDOW),
  floatQueue: none(NO_WINDOW),
  floatIssue: none(NO_WINDOW),
  vectorQueue: none(NO_WINDOW),
  vectorIssue: none(NO_WINDOW),
  /** Instructions that wait at each unit for their operands, in order or not. */
  integerStations: none(NO_WINDOW),
  loadStoreStations: none(NO_WINDOW),
  floatStations: none(NO_WINDOW),
  vectorStations: none(NO_WINDOW),
  /** A load that misses L1 keeps its station until the line is there. */
  loadsHoldStations: flag(false, 'own', 'inferred', false, NO_WINDOW),
  stationsOutOfOrder: flag(false, 'own', 'inferred', false, NO_WINDOW),
  /** How many may be dispatched to a queue, or a kind of unit, in a cycle. */
  loadStoreDispatchWidth: none(NO_WINDOW),
  floatDispatchWidth: none(NO_WINDOW),
  vectorDispatchWidth: none(NO_WINDOW),
  /** A store begins only when its data is there. */
  storesWaitForData: flag(false, 'own', 'inferred', false, NO_WINDOW),
  integerUnits: none(NO_WINDOW),
  loadStoreUnits: none(NO_WINDOW),
  floatUnits: none(NO_WINDOW),
  vectorUnitsOfAKind: none(NO_WINDOW),
  /** Branches that take no place in the window, and loop counters that the branch unit knows at once. */
  foldsBranches: flag(false, 'own', 'inferred', false, NO_WINDOW),
  knowsCounter: flag(false, 'own', 'inferred', false, NO_WINDOW),
};

/** Double-precision products where they take longer than single ones. */
export const noDoubleCost = {
  extraLatency: number(0, 'cycles', 'GCC', 'vendor model'),
  blockCycles: number(0, 'cycles', 'GCC', 'vendor model'),
};

/**
 * What memory/plain-memory.ts needs beside the caches, the bus and the latency: for machines that are not built
 * like the console. Without it the memory system is the console's.
 */
export const noPlainMemory = {
  enabled: flag(false, 'own', 'inferred', false, 'the console has a memory system of its own'),
  /** L1 allocates on stores and writes back; otherwise stores go through to L2 and allocate there only. */
  writeBack: flag(false, 'A&B', 'vendor doc'),
  /** Store misses in flight beside the loads of missQueue.entries; 0: they share those. */
  storeMisses: number(0, 'count', 'own', 'inferred', [0, 0], 'see readForOwnership'),
  /** What each store to the line that a store has fetched from memory last takes. */
  storeMissCycles: number(0, 'cycles', 'own', 'inferred', [0, 0], 'no such cost known'),
  /** One bus for reads and writes. */
  sharedBus: flag(false, 'A&B', 'vendor doc'),
  /** Hardware streams: how many, lines ahead once they have grown (one more a line), misses in a row that start one, page they do not leave. */
  streams: none('no hardware prefetch'),
  streamLines: none('no hardware prefetch'),
  streamStart: none('no hardware prefetch'),
  streamPageBytes: number(4096, 'B', 'own', 'inferred', [4096, 4096], 'no hardware prefetch'),
};
