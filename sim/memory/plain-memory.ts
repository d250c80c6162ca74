import type { Machine } from '../machine/resolve.js';
import { newLayout } from './layout.js';
import { code, places } from './plain/module.js';
import * as STATE from './plain/state.js';
import type { MemorySystem } from './system.js';
import { log2 } from './units.js';
import { moduleOf } from './wasm-constants.js';

/**
 * Two levels of cache of any line size, a bus and a fixed latency behind them, for one in-order or out-of-order core
 * that is not the console's; the rules are memory/plain/*.ts. Times are cycles. Lines are those of L1; an L2 line of
 * two sectors counts as two.
 */
export interface PlainMemory {
  /** What plain/index.ts exports, for other WebAssembly code to call. */
  readonly module: PlainModule;
  /** Takes words of the state that is reset and rebased (cycles) together with the memory's. */
  readonly layout: Layout;
  /** By address: whether the last load found its line on the way. */
  readonly joined: number;
  /**
   * By address: cycles for which the lines that the last load or store moved keep L1 from others, once the new one is
   * there.
   */
  readonly moving: number;
  reset(): void;
  rebase(delta: number): void;
  counts(): PlainCounts;
}

type Layout = ReturnType<typeof newLayout>;

export interface PlainModule {
  /** A load that issues at `t`: when its data is there beyond a hit's latency; a time that is over for a line in L1. */
  loadAt(address: number, t: number): number;
  /** A store that leaves the core at `t`: when its place in the store queue is free again. */
  storeAt(address: number, t: number): number;
  /** dcbt. */
  touch(address: number, t: number): void;
  /** dcbz: the line is claimed without being read. */
  claim(address: number, t: number): void;
}

export interface PlainCounts {
  readonly l1Misses: number;
  readonly l2Misses: number;
  readonly castouts: number;
  readonly prefetches: number;
}

/** No line. */
const NONE = -1;
/** Numbers of eight bytes in so many. */
const doublesIn = (bytes: number): number => Math.ceil(bytes / 8);
const TIMES = doublesIn(STATE.TIMES_BYTES);

export function newPlainMemory(memory: WebAssembly.Memory, machine: Machine): PlainMemory {
  const { buffer } = memory;
  const { l1d, l2, bus, missQueue, plainMemory: plain, core } = machine;
  const { lineBytes } = l1d;
  const layout = newLayout(buffer);
  const doubles = new Float64Array(buffer);
  const cache = (bytes: number, ways: number) => {
    const lines = bytes / lineBytes;
    return {
      sets: lines / ways,
      lines: layout.words(lines, NONE),
      fills: layout.times(lines),
      uses: layout.counters(lines),
      dirty: layout.words(Math.ceil(lines / 4)),
    };
  };
  const l1 = cache(l1d.sizeBytes, l1d.ways);
  const second = cache(l2.sizeBytes, l2.ways);
  const loadSlots = layout.times(missQueue.entries);
  const sharesSlots = plain.storeMisses === 0;
  // With fractions, which is why the layout cannot look after them.
  const times = layout.counters(TIMES);
  const durations = layout.counters(doublesIn(STATE.DURATIONS_BYTES));
  const counters = layout.counters(doublesIn(STATE.COUNTERS_BYTES));
  const state = layout.counters(doublesIn(STATE.STATE_BYTES));
  const timeWords = doubles.subarray(times >> 3, (times >> 3) + TIMES);
  layout.onReset(() => {
    timeWords.fill(-(2 ** 30));
    layout.i32[(state + STATE.FETCHED_BY_STORE) >> 2] = NONE;
    for (const [at, cycles] of [
      [STATE.BUS_TIME, lineBytes / (bus.readBandwidth * bus.efficiency)],
      [STATE.WRITE_TIME, lineBytes / (bus.writeBandwidth * bus.efficiency)],
      [STATE.PORT_TIME, l2.portCyclesPerLine],
      [STATE.L2_LATENCY, l2.latencyCycles],
      [STATE.MEMORY_LATENCY, machine.memory.latencyCycles],
      [STATE.REFILL, l1d.refillCycles],
      [STATE.STORE_TIME, l2.storeCycles],
      [STATE.STORE_MISS_TIME, plain.storeMissCycles],
    ])
      doubles[(durations + at) >> 3] = cycles;
  });
  layout.onRebase((delta) => {
    for (let i = 0; i < TIMES; i++) timeWords[i] -= delta;
  });
  const streams = layout.counters(doublesIn(STATE.STREAM_BYTES) * Math.max(1, plain.streams));
  const numbers = {
    lineShift: log2(lineBytes),
    l1Sets: l1.sets,
    l1Ways: l1d.ways,
    l1Lines: l1.lines,
    l1Fills: l1.fills,
    l1Uses: l1.uses,
    l1Dirty: l1.dirty,
    l2Sets: second.sets,
    l2Ways: l2.ways,
    l2Lines: second.lines,
    l2Fills: second.fills,
    l2Uses: second.uses,
    l2Dirty: second.dirty,
    loadSlots,
    loadSlotCount: missQueue.entries,
    storeSlots: sharesSlots ? loadSlots : layout.times(plain.storeMisses),
    storeSlotCount: sharesSlots ? missQueue.entries : plain.storeMisses,
    storeQueue: layout.times(core.storeQueueEntries),
    storeQueueEntries: core.storeQueueEntries,
    requests: layout.times(bus.requestsInFlight),
    requestCount: bus.requestsInFlight,
    writesBack: Number(plain.writeBack),
    storesOverlap: Number(plain.storeMisses > 1),
    sharesBus: Number(plain.sharedBus),
    joinsTakeSlots: Number(plain.joinedLoadsTakeEntries),
    missesWaitForStores: Number(plain.loadMissesWaitForStores),
    streamCount: plain.streams,
    streamLines: plain.streamLines,
    streamStart: plain.streamStart,
    streamPageLines: plain.streamPageBytes / lineBytes,
    times,
    durations,
    state,
    counters,
    streams,
    candidates: layout.words(STATE.CANDIDATES, -(2 ** 30)),
  };
  const { exports } = new WebAssembly.Instance(moduleOf(code, places, numbers), { env: { memory } });
  const counted = (at: number) => Number(layout.i64[(counters + at) >> 3]);
  layout.reset();
  return {
    module: exports as unknown as PlainModule,
    layout,
    joined: state + STATE.JOINED,
    moving: state + STATE.MOVING,
    reset: layout.reset,
    rebase: layout.rebase,
    counts: () => ({
      l1Misses: counted(STATE.L1_MISSES),
      l2Misses: counted(STATE.L2_MISSES),
      castouts: counted(STATE.CASTOUTS),
      prefetches: counted(STATE.PREFETCHES),
    }),
  };
}

/** The same for whoever resets and rebases a machine; its code is timed by the window alone, which asks `module`. */
export function plainMemorySystem(plain: PlainMemory): MemorySystem {
  const unused = (): never => {
    throw new Error('a core with an issue window asks its own memory');
  };
  return {
    loadMiss: unused,
    prefetch: unused,
    store: unused,
    zeroLine: unused,
    flushLine: unused,
    fetchMiss: unused,
    sync: unused,
    loadReserve: unused,
    storeConditional: unused,
    rebase: (delta) => plain.rebase(delta / 2),
    reset: () => plain.reset(),
    crowdedUntil: [],
  };
}
