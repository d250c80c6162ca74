/** Operations that all threads see in time order: each runs alone, when its thread has the smallest time. */
export type SyncKind = 'loadReserve' | 'storeConditional' | 'sync' | 'lwsync' | 'eieio' | 'priority';

/** What `barrier` is told by number. */
export const BARRIERS: readonly SyncKind[] = ['sync', 'lwsync', 'eieio'];

/** Calls of translated code; a thread is named by the address of its context. */
export interface MemoryCalls {
  loadMiss(context: number, line: number, s: number): number;
  prefetch(context: number, line: number, s: number): number;
  storeBytes(context: number, address: number, size: number, s: number): number;
  zeroLine(context: number, line: number, s: number): number;
  flushLine(context: number, line: number, s: number): number;
  fetchMiss(context: number, line: number, s: number): number;
  /** `kind`: a place in BARRIERS. */
  barrier(context: number, kind: number, s: number): number;
  loadReserve(context: number, line: number, s: number): number;
  storeConditional(context: number, line: number, s: number): number;
}

/**
 * What a core asks of everything behind its L1 data cache. Times are half-cycles; a line is a physical address
 * divided by 128. Calls from different threads may come out of time order by up to a quantum.
 */
export interface MemorySystem {
  /**
   * A load or prefetch that missed the L1 cache. Takes one of the core's miss slots, replaces an L1 line (its tag,
   * fill time and last use are written) and writes the slot at which the instruction could issue to the thread's
   * `CTX.acceptedAt` (later than `s` when every miss slot was busy). Returns the fill time.
   */
  loadMiss(core: number, thread: number, line: number, s: number): number;
  /**
   * dcbt that missed the L1 cache: as `loadMiss`, but a machine may drop it when every miss slot is busy, or keep the
   * line out of the L2 cache.
   */
  prefetch(core: number, thread: number, line: number, s: number): number;
  /** A store leaving the store queue; returns the time at which it is gathered. */
  store(core: number, thread: number, address: number, size: number, s: number): number;
  /** dcbz128: claims the line without reading memory; returns the slot at which issue goes on. */
  zeroLine(core: number, thread: number, line: number, s: number): number;
  /** dcbf, dcbst, icbi: takes the line out of instruction caches, too. */
  flushLine(core: number, thread: number, line: number, s: number): number;
  /**
   * An instruction is in a line that the core's instruction cache has not. Puts it there (its bit at `fetchMap` is set,
   * that of the line it replaces cleared) and returns the time at which its instructions can issue.
   */
  fetchMiss(core: number, thread: number, line: number, s: number): number;
  /** Returns the time at which the thread goes on after a barrier whose older stores had drained at `s`. */
  sync(core: number, thread: number, kind: SyncKind, s: number): number;
  /** lwarx: goes to the L2 cache; returns when the value is there. */
  loadReserve(core: number, thread: number, line: number, s: number): number;
  /** stwcx.: returns when its condition is known. */
  storeConditional(core: number, thread: number, line: number, s: number): number;
  /** Subtracts `delta` half-cycles from every stored time. */
  rebase(delta: number): void;
  /** Cold caches, empty queues, time zero. */
  reset(): void;
  /** The same as WebAssembly functions, where it is: translated code calls them without the way through the host. */
  readonly module?: MemoryCalls;
  /**
   * Addresses of the words with the time (half-cycles) until which so many lines are on their way from memory that the
   * order of requests decides who waits: where two threads run, and where more do. None where it never does.
   */
  readonly crowdedUntil: readonly number[];
}
