import { CTX, contextBase } from '../engine/context.js';
import type { Machine } from '../machine/resolve.js';
import {
  type Caches,
  flushLine,
  loadLine,
  missAccepted,
  newCaches,
  reserveLine,
  storeLineConditionally,
  zeroLine,
} from './caches.js';
import { later, newLayout } from './layout.js';
import { type MemoryStatistics, newStatistics, readStatistics, STAT, STATISTICS } from './statistics.js';
import { drainAll, gatherStore } from './store-gather.js';
import type { MemorySystem, SyncKind } from './system.js';
import { half } from './units.js';

/** A memory system that can say what it did. */
export interface CountedMemorySystem extends MemorySystem {
  /** dcbt that missed the L1 cache: as `loadMiss`, but a machine may drop it when every miss slot is busy. */
  prefetch(core: number, thread: number, line: number, s: number): number;
  /** The counters since reset or `clearStatistics`; `elapsed` half-cycles turn busy times into shares. */
  statistics(elapsed?: number): MemoryStatistics;
  clearStatistics(): void;
  /** Lines from memory that L1 misses have had to wait for, those included that were on their way already. */
  linesAwaited(): number;
}

/**
 * L2 cache, miss slots, store gathering, bus and GDDR3 of a machine, their state in the machine's linear memory
 * from SHARED_BASE on. Threads are numbered 0 to 5; thread t runs on core t >> 1.
 */
export function newMemorySystem(buffer: ArrayBufferLike, machine: Machine): CountedMemorySystem {
  const layout = newLayout(buffer);
  const { i32, f64 } = layout;
  const stat = newStatistics(layout);
  const h = newCaches(layout, machine, stat);
  const dropsWhenFull = machine.missQueue.whenFull === 'drop';
  const reserveTime = half(machine.atomic.loadReserveCycles);
  const conditionalTime = half(machine.atomic.storeConditionalCycles);
  const barrierTime: Readonly<Record<SyncKind, number>> = {
    lwsync: half(machine.sync.lwsyncCycles),
    sync: half(machine.sync.syncCycles),
    eieio: half(machine.sync.eieioCycles),
    loadReserve: 0,
    storeConditional: 0,
    lowPriority: 0,
  };
  /** When a thread's last lwarx and stwcx. were done: its atomics follow one another. */
  const reserved = layout.times(6);
  const conditional = layout.times(6);

  const loadMiss = (core: number, thread: number, line: number, s: number): number => {
    const accepted = missAccepted(h, core, s);
    if (accepted > s) f64[stat + STAT.missSlotWait] += accepted - s;
    i32[(contextBase(thread) + CTX.acceptedAt) >> 2] = accepted;
    return loadLine(h, core, line, accepted);
  };
  layout.reset();
  return {
    loadMiss,
    prefetch(core, thread, line, s) {
      f64[stat + STAT.prefetches]++;
      if (!dropsWhenFull || missAccepted(h, core, s) === s) return loadMiss(core, thread, line, s);
      f64[stat + STAT.prefetchesDropped]++;
      i32[(contextBase(thread) + CTX.acceptedAt) >> 2] = s;
      return s;
    },
    store: (core, _thread, address, size, s) => gatherStore(h.gather, core, address, size, s),
    zeroLine: (core, _thread, line, s) => zeroLine(h, core, line, s),
    flushLine: (core, _thread, line, s) => flushLine(h, core, line, s),
    sync(core, _thread, kind, s) {
      return kind === 'lowPriority' ? s : barrier(h, core, s, barrierTime[kind]);
    },
    loadReserve(core, thread, line, s) {
      f64[stat + STAT.loadReserves]++;
      const ready = reserveLine(h, core, line, later(s, i32[conditional + thread]), reserveTime);
      i32[reserved + thread] = ready;
      return ready;
    },
    storeConditional(core, thread, line, s) {
      f64[stat + STAT.storeConditionals]++;
      const from = later(s, i32[reserved + thread]);
      const ready = storeLineConditionally(h, core, line, from, conditionalTime);
      i32[conditional + thread] = ready;
      return ready;
    },
    rebase: layout.rebase,
    reset: layout.reset,
    statistics: (elapsed = 0) => readStatistics(layout, stat, h.path, elapsed),
    clearStatistics: () => f64.fill(0, stat, stat + STATISTICS.length),
    linesAwaited: () => f64[stat + STAT.l2LoadMisses] + f64[stat + STAT.l2LoadHitsInFlight],
  };
}

/** Waits for all stores of a core so far, and at least `time`. */
function barrier(h: Caches, core: number, s: number, time: number): number {
  h.f64[h.stat + STAT.barriers]++;
  drainAll(h.gather, core, s);
  const end = later(s + time, h.i32[h.ordered + core]);
  h.f64[h.stat + STAT.barrierWait] += end - s;
  return end;
}
