/*
 * What the host knows when it makes a memory system: times (half-cycles), counts, shifts, and where state lies (byte
 * addresses in the one linear memory). sim/memory/hierarchy.ts gathers them from the machine; the build turns each into a
 * constant that is filled in when a machine's module is made, so that the optimiser sees plain numbers.
 */

// The context of a hardware thread, and the L1 data caches.
export declare const contextBase: i32;
export declare const coreShift: i32;
export declare const acceptedAt: i32;
export declare const l1First: i32;
export declare const oldest: i32;

// Cores and their requests.
export declare const cores: i32;
export declare const coreWords: i32;
export declare const ownershipSlots: i32;
export declare const dropsWhenFull: i32;
export declare const prefetchesPastL2: i32;
export declare const reserveTime: i32;
export declare const conditionalTime: i32;
/** What barriers take at least. */
export declare const syncTime: i32;
export declare const lwsyncTime: i32;
export declare const eieioTime: i32;
export declare const atomicTimes: i32;

// Second-level cache.
export declare const l2First: i32;
export declare const l2SetMask: i32;
export declare const l2Ways: i32;
export declare const l2LockedWays: i32;
export declare const l2IsTree: i32;
export declare const l2Paths: i32;
export declare const l2Coldest: i32;
export declare const l2Port: i32;
export declare const portTime: i32;
export declare const storePortTime: i32;
export declare const storeTime: i32;
export declare const storeDone: i32;
export declare const zeroTime: i32;
export declare const invalidateTime: i32;
export declare const turnaround: i32;

// Store gathering.
export declare const gatherBlocks: i32;
export declare const gatherSerials: i32;
export declare const gatherLatest: i32;
export declare const gatherFree: i32;
export declare const gatherBuffers: i32;
export declare const gatherBytes: i32;
export declare const gatherCores: i32;
export declare const gatherSerial: i32;
export declare const gatherTimeout: i32;
export declare const blockShift: i32;
export declare const blocksInLineShift: i32;

// Bus.
export declare const readLink: i32;
export declare const writeLink: i32;
export declare const inFlight: i32;
export declare const recentArrivals: i32;
export declare const castouts: i32;
export declare const lineTime: i32;
export declare const writeTime: i32;
export declare const requestTime: i32;
export declare const pathBefore: i32;
export declare const pathBehind: i32;

// GDDR3: times in its clocks (ticks) from here on.
export declare const ticksPerHalf: i32;
export declare const halvesPerTick: i32;
export declare const clockPhase: i32;
export declare const interleaveShift: i32;
export declare const controllerMask: i32;
export declare const controllerShift: i32;
export declare const bankShift: i32;
export declare const bankMask: i32;
export declare const banksLog2: i32;
export declare const bursts: i32;
export declare const burstTicks: i32;
export declare const casLatency: i32;
export declare const writeLatency: i32;
export declare const tRcdRead: i32;
export declare const tRcdWrite: i32;
export declare const tRp: i32;
export declare const tRas: i32;
export declare const tRc: i32;
export declare const tRrd: i32;
export declare const tRtp: i32;
export declare const tRtw: i32;
export declare const tWr: i32;
export declare const tWtr: i32;
export declare const tRfc: i32;
export declare const refreshInterval: i32;
export declare const rowIdle: i32;
export declare const closesAtOnce: i32;
export declare const writeBatch: i32;
export declare const bankStates: i32;
export declare const controllers: i32;
export declare const pendingWrites: i32;
export declare const commandLog: i32;
export declare const commandLogEntries: i32;

// Scan-out and the GPU: intervals in 1/256 ticks, 0 for none.
export declare const othersActive: i32;
export declare const scanInterval: i32;
export declare const scanFirstLine: i32;
export declare const scanLines: i32;
export declare const scanState: i32;
export declare const trafficInterval: i32;
export declare const trafficLines: i32;
export declare const trafficRun: i32;
export declare const trafficWrites: i32;
export declare const trafficState: i32;

// Address translation.
export declare const translates: i32;
export declare const acceptedTranslation: i32;
export declare const pageShifts: i32;
export declare const erats: i32;
export declare const eratSets: i32;
export declare const eratSetMask: i32;
export declare const eratWays: i32;
export declare const eratShiftLimit: i32;
export declare const eratMissTime: i32;
export declare const tlbs: i32;
export declare const tlbSets: i32;
export declare const tlbSetMask: i32;
export declare const tlbWays: i32;
export declare const reloadTime: i32;

// Instruction caches.
export declare const fetchMaps: i32;
export declare const fetchMapBytes: i32;
export declare const fetchDrops: i32;
export declare const fetchTags: i32;
export declare const fetchTurns: i32;
export declare const fetchSetMask: i32;
export declare const fetchSetShift: i32;
export declare const fetchWays: i32;
export declare const fetchToIssue: i32;
export declare const fetchesNext: i32;
export declare const fetchedNext: i32;
export declare const fetchedNextFill: i32;

// Functional warming.
export declare const warmClock: i32;

// The log of requests to memory: its place, and how many it has room for.
export declare const logFirst: i32;
export declare const logEntries: i32;

// Counters (addresses of 64-bit integers).
export declare const nLoadMisses: i32;
export declare const nPrefetchesDropped: i32;
export declare const nL2LoadHits: i32;
export declare const nL2LoadHitsInFlight: i32;
export declare const nL2LoadMisses: i32;
export declare const nMissSlotWait: i32;
export declare const nL2PortWait: i32;
export declare const nL1Invalidations: i32;
export declare const nStoresStraddling: i32;
export declare const nStoresGathered: i32;
export declare const nGathersBegun: i32;
export declare const nGatherDrains: i32;
export declare const nGatherTimeouts: i32;
export declare const nL2StoreHits: i32;
export declare const nReadsForOwnership: i32;
export declare const nOwnershipWait: i32;
export declare const nZeroLines: i32;
export declare const nLinesFlushed: i32;
export declare const nLoadReserves: i32;
export declare const nStoreConditionals: i32;
export declare const nBarriers: i32;
export declare const nBarrierWait: i32;
export declare const nCastouts: i32;
export declare const nCastoutWait: i32;
export declare const nRequestWait: i32;
export declare const nReadsForAtomics: i32;
export declare const nDramWriteLines: i32;
export declare const nFetchMisses: i32;
export declare const nFetchesAhead: i32;
export declare const nFetchL2Misses: i32;
export declare const nFetchWait: i32;
export declare const nEratMisses: i32;
export declare const nTlbMisses: i32;
export declare const nTranslationWait: i32;
export declare const nOtherReads: i32;
export declare const nRowsClosed: i32;
export declare const nRowConflicts: i32;
export declare const nWriteBatches: i32;
export declare const nOtherLines: i32;
