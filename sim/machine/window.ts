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
  /** Stores that have begun and not retired; 0: no limit. */
  finishedStores: none(NO_WINDOW),
  /** A store retires only as the oldest instruction, so one a cycle and nothing before it in that cycle. */
  storesRetireFirst: flag(false, 'own', 'inferred', false, NO_WINDOW),
  /** What writing a retired store to the data cache takes from loads. */
  storeWriteCycles: number(0, 'cycles', 'own', 'inferred', [0, 0], NO_WINDOW),
  /** A load of a line that an older one has asked for keeps younger loads and stores back until it is there. */
  aliasesStall: flag(false, 'own', 'inferred', false, NO_WINDOW),
  /** Moves from and to special registers and condition register logic begin as the oldest instruction. */
  serializesMoves: flag(false, 'own', 'inferred', false, NO_WINDOW),
  integerUnits: none(NO_WINDOW),
  loadStoreUnits: none(NO_WINDOW),
  floatUnits: none(NO_WINDOW),
  vectorUnitsOfAKind: none(NO_WINDOW),
  /** Taken branches that write neither LR nor CTR take no place in the window. */
  foldsBranches: flag(false, 'own', 'inferred', false, NO_WINDOW),
  /** Branches that are not taken have a place in the window, and not only one in dispatch. */
  branchesComplete: flag(false, 'own', 'inferred', false, NO_WINDOW),
  /** The branch unit knows loop counters at once. */
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
  /** Loads that miss wait until the stores before them have left the store queue. */
  loadMissesWaitForStores: flag(false, 'own', 'inferred', false, 'not known of the console'),
  /** A load of a line that is on its way takes a place in the miss queue, too. */
  joinedLoadsTakeEntries: flag(false, 'own', 'inferred', false, 'not known of the console'),
  /** One bus for reads and writes. */
  sharedBus: flag(false, 'A&B', 'vendor doc'),
  /**
   * Hardware streams: how many, lines ahead once they have grown (one more a line), misses in a row that start one, page
   * they do not leave.
   */
  streams: none('no hardware prefetch'),
  streamLines: none('no hardware prefetch'),
  streamStart: none('no hardware prefetch'),
  streamPageBytes: number(4096, 'B', 'own', 'inferred', [4096, 4096], 'no hardware prefetch'),
};
