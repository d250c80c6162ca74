import {
  CONTEXT_SHIFT,
  CTX,
  contextBase,
  GUEST_BYTES,
  l1Base,
  REQUEST_LOG_BASE,
  REQUEST_LOG_ENTRIES,
} from '../engine/context.js';
import type { Machine } from '../machine/resolve.js';
import {
  newCaches,
  newInstructionCache,
  newL2,
  newStoreGather,
  newTranslation,
  PAGE_UNIT,
} from './cache-parts.js';
import { newDram, newPath } from './dram-parts.js';
import { instantiate, type MemoryModule } from './instantiate.js';
import { emptyL1 } from './l1.js';
import { type Layout, newLayout, OLDEST } from './layout.js';
import { PAGE_BYTES } from './pool.js';
import { type Counters, type MemoryStatistics, newCounters } from './statistics.js';
import { BARRIERS, type MemorySystem } from './system.js';
import { half, log2 } from './units.js';

/** A memory system that can say what it did. */
export interface CountedMemorySystem extends MemorySystem {
  /** The counters since reset or `clearStatistics`; `elapsed` half-cycles turn busy times into shares. */
  statistics(elapsed?: number): MemoryStatistics;
  clearStatistics(): void;
  /** Changes with each line from memory that an L1 miss has to wait for, be it on its way already. */
  linesAwaited(): number;
  /** With a log: hands over the requests to memory since last time, in the order they were made. */
  takeRequests(take: (address: number, isWrite: boolean, slot: number) => void): void;
  /** Says what pages memory is mapped with; what is in no region has pages of the machine's size. */
  mapPages(regions: readonly MappedRegion[]): void;
  /** The code itself, for translated code to call. */
  readonly module: MemoryModule;
  /** The machine's numbers and the places of all state that the code works with; see wasm/numbers.ts. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** A piece of physical memory and the size of its pages. */
export interface MappedRegion {
  readonly start: number;
  readonly bytes: number;
  readonly pageBytes: number;
}

export interface MemoryOptions {
  /** Keeps a log of requests to memory, for which the linear memory must have been made. */
  readonly logsRequests?: boolean;
  /** Room for a log of the commands given to the DRAM chips, see command-log.ts. None unless asked for. */
  readonly commandLogEntries?: number;
}

/** What the code needs to know of a machine, and its counters. */
function memoryNumbers(
  layout: Layout,
  machine: Machine,
  commandLogEntries = 0,
): {
  readonly numbers: Readonly<Record<string, number>>;
  readonly crowdedUntil: readonly number[];
  readonly counters: Counters;
  readonly costs: Costs;
} {
  const counters = newCounters(layout, machine);
  layout.onReset(() => emptyL1(layout.i32));
  const { crowdedUntil, ...path } = newPath(layout, machine);
  const dram = newDram(layout, machine, commandLogEntries);
  const numbers = {
    contextBase: contextBase(0),
    // Threads 2n and 2n + 1 are those of core n.
    coreShift: CONTEXT_SHIFT + 1,
    acceptedAt: CTX.acceptedAt,
    l1First: l1Base(0),
    oldest: OLDEST,
    ...counters.places,
    ...newL2(layout, machine),
    ...newCaches(layout, machine),
    ...newStoreGather(layout, machine),
    ...path,
    ...dram,
    ...newTranslation(layout, machine),
    ...newInstructionCache(layout, machine),
    dropsWhenFull: machine.missQueue.whenFull === 'drop' ? 1 : 0,
    prefetchesPastL2: machine.missQueue.prefetchInto === 'l1' ? 1 : 0,
    reserveTime: half(machine.atomic.loadReserveCycles),
    conditionalTime: half(machine.atomic.storeConditionalCycles),
    syncTime: half(machine.sync.syncCycles),
    lwsyncTime: half(machine.sync.lwsyncCycles),
    eieioTime: half(machine.sync.eieioCycles),
    atomicTimes: layout.times(12),
    warmClock: layout.words(1),
  };
  return {
    numbers,
    crowdedUntil,
    counters,
    costs: { ...path, tick: (2 * machine.clock) / machine.dram.clock, ...dram },
  };
}
type Costs = Parameters<Counters['read']>[0];

/**
 * L2 cache, miss slots, store gathering, bus and GDDR3 of a machine, their state in the machine's linear memory
 * from SHARED_BASE on. Threads are numbered 0 to 5; thread t runs on core t >> 1.
 */
export function newMemorySystem(
  memory: WebAssembly.Memory,
  machine: Machine,
  options: MemoryOptions = {},
): CountedMemorySystem {
  const layout = newLayout(memory.buffer);
  const {
    numbers: own,
    crowdedUntil,
    counters,
    costs,
  } = memoryNumbers(layout, machine, options.commandLogEntries);
  const logEntries = options.logsRequests ? REQUEST_LOG_ENTRIES : 0;
  const numbers: Readonly<Record<string, number>> = { ...own, logFirst: REQUEST_LOG_BASE, logEntries };
  const module = instantiate(memory, numbers);
  // The low words: they are compared, not added up.
  const awaited = ['nL2LoadMisses', 'nL2LoadHitsInFlight'].map((name) => counters.places[name] >> 2);
  const pages = new Uint8Array(memory.buffer, numbers.pageShifts, GUEST_BYTES / PAGE_UNIT);
  const mapPages = (regions: readonly MappedRegion[]) => {
    pages.fill(log2(PAGE_BYTES[machine.translation.pageSize]));
    for (const { start, bytes, pageBytes } of regions) {
      pages.fill(log2(pageBytes), Math.floor(start / PAGE_UNIT), Math.ceil((start + bytes) / PAGE_UNIT));
    }
  };
  mapPages([]);
  layout.reset();
  return {
    mapPages,
    module,
    crowdedUntil,
    numbers,
    loadMiss: (_core, thread, line, s) => module.loadMiss(contextBase(thread), line, s),
    prefetch: (_core, thread, line, s) => module.prefetch(contextBase(thread), line, s),
    store: (_core, thread, address, size, s) => module.storeBytes(contextBase(thread), address, size, s),
    zeroLine: (_core, thread, line, s) => module.zeroLine(contextBase(thread), line, s),
    flushLine: (_core, thread, line, s) => module.flushLine(contextBase(thread), line, s),
    fetchMiss: (_core, thread, line, s) => module.fetchMiss(contextBase(thread), line, s),
    sync(_core, thread, kind, s) {
      return kind === 'priority' ? s : module.barrier(contextBase(thread), BARRIERS.indexOf(kind), s);
    },
    loadReserve: (_core, thread, line, s) => module.loadReserve(contextBase(thread), line, s),
    storeConditional: (_core, thread, line, s) => module.storeConditional(contextBase(thread), line, s),
    rebase: layout.rebase,
    reset: layout.reset,
    statistics: (elapsed = 0) => counters.read(costs, elapsed),
    clearStatistics: counters.clear,
    takeRequests: (take) => {
      const { i32 } = layout;
      const first = REQUEST_LOG_BASE >> 2;
      const count = i32[first];
      i32[first] = 0;
      for (let at = first + 2; at < first + 2 + 2 * Math.min(count, REQUEST_LOG_ENTRIES); at += 2) {
        take((i32[at] >>> 1) * 128, (i32[at] & 1) !== 0, i32[at + 1]);
      }
    },
    linesAwaited: () => layout.i32[awaited[0]] + layout.i32[awaited[1]],
  };
}
