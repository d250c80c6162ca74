import {
  CTX,
  FETCH_MAP_BASE,
  FETCH_MAP_BYTES,
  GUEST_BYTES,
  L1_BYTES,
  L1_SET_BYTES,
  l1Base,
} from '../engine/context.js';
import type { Machine } from '../machine/resolve.js';
import { addressMap } from './address-map.js';
import { type Layout, OLDEST, rebaseTimes } from './layout.js';
import { half, log2, whole } from './units.js';

/*
 * The parts of the memory system as the host sees them: what they are made of, where their state lies, what is in it
 * at reset. What they do stands in wasm/. Each function returns numbers of wasm/numbers.ts: times in half-cycles,
 * places as addresses in the linear memory.
 */

/** The most intervals a calendar has, and four that are over; see wasm/calendar.ts. */
const CALENDAR_ROOM = 256 + 4;

/** Busy intervals of a link. */
export function newCalendar(layout: Layout): number {
  const calendar = layout.words(1);
  layout.times(1 + 2 * CALENDAR_ROOM);
  return calendar;
}

/** Half-cycles of an occupancy, and those of them before time zero at reset; see wasm/occupancy.ts. */
const OCCUPANCY_STRETCH = 262144;
const OCCUPANCY_BEHIND = 65536;

/** When a port or a link of short services is busy. */
export function newOccupancy(layout: Layout): number {
  layout.align(64);
  const base = layout.words(2 + OCCUPANCY_STRETCH / 32);
  layout.onReset(() => {
    layout.i32[base >> 2] = -OCCUPANCY_BEHIND;
  });
  layout.onRebase((delta) => rebaseTimes(layout.i32, base, 1, delta));
  return base;
}

/** A circle of `entries` slots; see wasm/slots.ts. */
export function newSlots(layout: Layout, entries: number): number {
  const head = layout.words(1);
  layout.times(1);
  addSlots(layout, head, entries);
  return head;
}

/** The slots of such a head. */
function addSlots(layout: Layout, head: number, entries: number): void {
  const slots = Array.from({ length: entries }, () => {
    const slot = layout.times(1);
    layout.words(2);
    return slot;
  });
  layout.onReset(() => {
    layout.i32[head >> 2] = slots[0];
    slots.forEach((slot, n) => {
      layout.i32.set([slots[(n + 1) % entries], slots.at(n - 1)!], (slot >> 2) + 1);
    });
  });
}

const L2_WAYS = 8;
const L2_SET_BYTES = 16 * L2_WAYS;
/** In the word of a set's tree, above its nodes: no way is empty. */
const FULL = 1 << (L2_WAYS - 1);

/** Tags of the second-level cache; see wasm/l2.ts. */
export function newL2(layout: Layout, machine: Machine) {
  const { sizeBytes, lineBytes, replacement } = machine.l2;
  const ways = whole(machine.l2.ways);
  const sets = whole(sizeBytes / (ways * lineBytes));
  const lockedWays = whole(machine.l2.lockedWays);
  const { i32 } = layout;
  layout.align(L2_SET_BYTES);
  const first = layout.words((sets * L2_SET_BYTES) / 4);
  const isTree = replacement === 'treePlru';
  // What a use of each way does to its set's tree: bits kept, bits set.
  const paths = layout.words(2 * L2_WAYS);
  // For each word of a full set's tree: the way that makes room, as an offset of its tag; in the bits from the eighth on
  // the tree's next word.
  const coldest = layout.words(2 * FULL);
  const everySet = (action: (set: number) => void) => {
    for (let set = 0; set < sets; set++) action(first + set * L2_SET_BYTES);
  };
  layout.onReset(() => {
    everySet((address) => {
      const set = address >> 2;
      i32.fill(-1, set, set + L2_WAYS);
      i32.fill(OLDEST, set + L2_WAYS, set + 2 * L2_WAYS);
      if (!isTree) i32.fill(OLDEST, set + 3 * L2_WAYS, set + 4 * L2_WAYS);
    });
    for (let way = 0; way < ways; way++) {
      const path = (paths >> 2) + 2 * way;
      i32[path] = -1;
      i32[path + 1] = 0;
      for (let node = ways + way; node > 1; node >>= 1) {
        const half = 1 << ((node >> 1) - 1);
        i32[path] &= ~half;
        if ((node & 1) === 0) i32[path + 1] |= half;
      }
    }
    for (let full = FULL; full < 2 * FULL; full++) {
      let tree = full;
      let way = -1;
      // Pointing at a locked way the tree is turned away until it does not.
      while (way < lockedWays) {
        let node = 1;
        while (node < ways) node = 2 * node + ((tree >> (node - 1)) & 1);
        way = node - ways;
        const path = (paths >> 2) + 2 * way;
        tree = (tree & i32[path]) | i32[path + 1];
      }
      i32[(coldest >> 2) + full] = (tree << 8) | (4 * way);
    }
  });
  layout.onRebase((delta) => {
    everySet((set) => {
      rebaseTimes(i32, set + 4 * L2_WAYS, L2_WAYS, delta);
      if (!isTree) rebaseTimes(i32, set + 12 * L2_WAYS, L2_WAYS, delta);
    });
  });
  return {
    l2First: first,
    l2SetMask: sets - 1,
    l2Ways: ways,
    l2LockedWays: lockedWays,
    l2IsTree: isTree ? 1 : 0,
    l2Paths: paths,
    l2Coldest: coldest,
  };
}

/** Empties the L1 caches of all cores at reset. */
export function newL1(layout: Layout): void {
  layout.onReset(() => {
    for (let set = l1Base(0); set < l1Base(0) + 3 * L1_BYTES; set += L1_SET_BYTES) {
      layout.i32.fill(-1, set >> 2, (set >> 2) + 4);
      layout.i32.fill(0, (set >> 2) + 4, (set + L1_SET_BYTES) >> 2);
    }
  });
}

/** The instruction caches, empty at reset; not modelled they hold everything. See wasm/fetch.ts. */
export function newInstructionCache(layout: Layout, { l1i, core }: Machine) {
  const ways = whole(l1i.ways);
  const sets = whole(l1i.sizeBytes / (l1i.lineBytes * ways));
  const first = FETCH_MAP_BASE >> 2;
  layout.onReset(() => {
    layout.i32.fill(l1i.modelled ? 0 : -1, first, first + (3 * FETCH_MAP_BYTES) / 4);
  });
  return {
    fetchMaps: FETCH_MAP_BASE,
    fetchMapBytes: FETCH_MAP_BYTES,
    fetchDrops: l1i.modelled ? 1 : 0,
    fetchTags: layout.words(core.count * sets * ways, -1),
    fetchTurns: layout.words(core.count * sets),
    fetchSetMask: sets - 1,
    fetchSetShift: log2(sets),
    fetchWays: ways,
    fetchToIssue: half(l1i.toIssueCycles),
    fetchesNext: l1i.prefetchNextLine ? 1 : 0,
    fetchedNext: layout.words(2 * core.count, -1),
    fetchedNextFill: layout.times(2 * core.count),
  };
}

/** Words of a core, in one of the host's cache lines; see wasm/core.ts. */
const CORE_BYTES = 64;
/** In a line's flags, that the first core's L1 cache may hold it; the bits of the others follow. See wasm/l2.ts. */
const HELD_BY_FIRST = 2;

function newCore(layout: Layout): number {
  const head = layout.words(1);
  layout.times(1);
  layout.words(4);
  layout.times(CORE_BYTES / 4 - 6);
  return head;
}

/** Ports, miss slots and the times of what caches do; see wasm/caches.ts. */
export function newCaches(layout: Layout, machine: Machine) {
  const { core, l2, bus, missQueue, readForOwnership, storeGather } = machine;
  const offsets = Object.values(l2.coreOffsetCycles);
  layout.align(64);
  const cores = Array.from({ length: core.count }, () => newCore(layout));
  const ownership = cores.map(() => {
    const head = layout.words(1);
    layout.times(1);
    return head;
  });
  for (const head of cores) addSlots(layout, head, missQueue.entries);
  for (const head of ownership) addSlots(layout, head, readForOwnership.entries);
  layout.onReset(() => {
    cores.forEach((words, n) => {
      const fixed = [HELD_BY_FIRST << n, l1Base(n), half(offsets[n]), half(l2.latencyCycles + offsets[n])];
      layout.i32.set(fixed, (words >> 2) + 2);
    });
  });
  return {
    cores: whole(core.count),
    coreWords: cores[0],
    coreBytes: CORE_BYTES,
    l2Port: newOccupancy(layout),
    ownershipSlots: ownership[0],
    portTime: half(l2.portCyclesPerLine),
    storePortTime: half((l2.portCyclesPerLine * storeGather.bytes) / l2.lineBytes),
    storeTime: half(l2.storeCycles),
    storeDone: half(l2.storeDoneCycles),
    zeroTime: half(l2.zeroCycles),
    invalidateTime: half(l2.invalidateCycles),
    turnaround: half(bus.slotTurnaroundCycles),
  };
}

/** Store-gather buffers; see wasm/store-gather.ts. */
export function newStoreGather(layout: Layout, machine: Machine) {
  const { bytes, timeoutCycles } = machine.storeGather;
  const buffers = whole(machine.storeGather.buffers);
  const cores = whole(machine.core.count);
  const blockShift = log2(bytes);
  // Those of a core are looked through four at a time.
  const stride = (buffers + 3) & ~3;
  layout.align(16);
  const blocks = layout.words(cores * stride, -1);
  const serials = layout.words(cores * stride);
  const latest = layout.times(cores * stride);
  const free = layout.times(cores * stride);
  const cells = layout.words(2 * cores);
  const { i32 } = layout;
  layout.onReset(() => {
    for (let core = 0; core < cores; core++) {
      i32[(cells >> 2) + 2 * core] = blocks + 4 * core * stride;
      i32[(cells >> 2) + 2 * core + 1] = OLDEST;
    }
  });
  layout.onRebase((delta) => {
    for (let core = 0; core < cores; core++) rebaseTimes(i32, cells + 8 * core + 4, 1, delta);
  });
  return {
    gatherBlocks: blocks,
    gatherSerials: serials,
    gatherLatest: latest,
    gatherFree: free,
    gatherBuffers: buffers,
    gatherBytes: 4 * stride,
    gatherCores: cells,
    gatherSerial: layout.words(1),
    gatherTimeout: half(timeoutCycles),
    blockShift,
    blocksInLineShift: 7 - blockShift,
  };
}

/** Lines on their way from memory that make it crowded for two threads, and for more; the last four are remembered. */
const CROWDS = [2, 4];
const RECENT = 4;

/**
 * The front-side bus and the unknown rest of the way; see wasm/path.ts.
 *
 * Nobody knows the parts of the published latency but those of DRAM and bus; the rest (L2 lookup, crossbar,
 * synchronisers between three clocks, northbridge) is split before and behind the DRAM, so that a lone read of a
 * closed row takes exactly the published time. Queueing at link, banks and data bus comes on top.
 */
export function newPath(layout: Layout, machine: Machine) {
  const { bus, dram, memory, l2 } = machine;
  const lineTime = half(l2.lineBytes / (bus.readBandwidth * bus.efficiency));
  const requestTime = half(bus.requestBytes / (bus.writeBandwidth * bus.efficiency));
  const { tRcdRead, casLatency, bursts, burstTicks } = dramTicks(machine);
  // A request waits half a clock for the edge of the DRAM's, on average.
  const readTicks = tRcdRead + casLatency + bursts * burstTicks + 0.5;
  const rest = half(memory.latencyCycles) - half(readTicks * (machine.clock / dram.clock)) - lineTime;
  const recentArrivals = layout.times(RECENT);
  const before = whole(Math.max(0, half((rest / 2) * memory.requestShare) - requestTime));
  return {
    readLink: newCalendar(layout),
    writeLink: newOccupancy(layout),
    inFlight: newSlots(layout, bus.requestsInFlight),
    recentArrivals,
    /** Where it stands when the last of so many lines comes. */
    crowdedUntil: CROWDS.map(
      (lines) => recentArrivals + 4 * (RECENT - Math.min(lines, bus.requestsInFlight)),
    ),
    castouts: newSlots(layout, l2.castoutBuffers),
    lineTime,
    writeTime: half(l2.lineBytes / (bus.writeBandwidth * bus.efficiency)),
    requestTime,
    pathBefore: before,
    pathBehind: rest - requestTime - before,
  };
}

const BANK_WORDS = 16;
/** Words of a controller: its head, whose times are listed, and three maps; see wasm/timetable.ts and wasm/dram.ts. */
const CONTROLLER_WORDS = 16 + 3 * (512 + 4);
const [BASE, NEXT_REFRESH, LAST_READ, LAST_WRITE, PREPARED] = [0, 1, 2, 3, 5];

/** The timing table of the chips in DRAM clocks, and how a line's data goes over the bus. */
export function dramTicks(machine: Machine) {
  const { dram, l2 } = machine;
  const tCK = machine.clock / dram.clock;
  const ticks = (cycles: number): number => Math.ceil(cycles / tCK - 1e-6);
  const burstTicks = dram.burstTransfers / 2;
  const casLatency = ticks(dram.casLatency);
  const writeLatency = ticks(dram.writeLatency);
  const tRcdRead = ticks(dram.tRcdRead);
  return {
    /** Column commands a line takes, and clocks from one to the next. */
    bursts: Math.max(1, Math.round(l2.lineBytes / (dram.channelBytes * dram.burstTransfers))),
    burstTicks: Math.max(1, burstTicks, ticks(dram.tCcd)),
    casLatency,
    writeLatency,
    tRcdRead,
    tRcdWrite: Math.max(1, tRcdRead - writeLatency - 1),
    tRp: ticks(dram.tRp),
    tRas: ticks(dram.tRas),
    tRc: ticks(dram.tRc),
    tRrd: ticks(dram.tRrd),
    tRtp: ticks(dram.tRtp),
    /** From a read to a write command: its data, two clocks for the bus to turn round, less the write latency. */
    tRtw: casLatency + burstTicks + 2 - writeLatency,
    tWr: ticks(dram.tWr),
    /** From a write command to a read of any bank, less the write latency: its data and tWTR. */
    tWtr: burstTicks + ticks(dram.tWtr),
    tRfc: ticks(dram.tRfc),
    refreshInterval: Math.floor(dram.refreshInterval / tCK),
  };
}

/** The GDDR3 chips and their controllers; see wasm/dram.ts. `commandLogEntries`: of the log of their commands. */
export function newDram(layout: Layout, machine: Machine, commandLogEntries: number) {
  const { dram, l2 } = machine;
  const { i32, i64 } = layout;
  const table = dramTicks(machine);
  const ticksPerHalf = Math.round((dram.clock / (2 * machine.clock)) * 2 ** 28);
  const bankCount = dram.controllers * dram.banks;
  const clockPhase = layout.counters(1);
  layout.align(64);
  const controllers = layout.words(dram.controllers * CONTROLLER_WORDS);
  const states = layout.words(bankCount * BANK_WORDS);
  const others = newOthers(layout, machine);
  const each = (first: number, count: number, words: number, action: (word: number) => void) => {
    for (let n = 0; n < count; n++) action((first >> 2) + n * words);
  };
  layout.onReset(() => {
    each(controllers, dram.controllers, CONTROLLER_WORDS, (word) => {
      i32[word + BASE] = -8192;
      // The chips have just been refreshed at time zero.
      i32[word + NEXT_REFRESH] = table.refreshInterval - table.tRfc;
      i32[word + LAST_READ] = OLDEST;
      i32[word + LAST_WRITE] = OLDEST;
      i32[word + PREPARED] = OLDEST;
    });
    each(states, bankCount, BANK_WORDS, (word) => {
      i32.fill(OLDEST, word, word + BANK_WORDS);
      i32.fill(-1, word, word + 4);
    });
  });
  layout.onRebase((delta) => {
    // Whole clocks go; what is left of one stays as the phase of the clock at time zero.
    const clock = BigInt(delta) * BigInt(ticksPerHalf) + i64[clockPhase >> 3];
    const ticks = Number(clock >> 28n);
    i64[clockPhase >> 3] = clock - (BigInt(ticks) << 28n);
    const shift = (word: number) => rebaseTimes(i32, word << 2, 1, ticks);
    each(controllers, dram.controllers, CONTROLLER_WORDS, (word) => {
      for (const time of [BASE, LAST_READ, LAST_WRITE, PREPARED]) shift(word + time);
      // Long without a request only the phase of refresh matters, and the time must not wrap.
      const moved = i32[word + NEXT_REFRESH] - ticks;
      const missed = Math.max(0, Math.ceil((OLDEST - moved) / table.refreshInterval));
      i32[word + NEXT_REFRESH] = moved + missed * table.refreshInterval;
    });
    each(states, bankCount, BANK_WORDS, (word) => {
      for (let time = 4; time < 14; time++) shift(word + time);
    });
    for (const state of [others.scanState, others.trafficState]) shift(state >> 2);
  });
  return {
    ...table,
    ...others,
    ticksPerHalf,
    halvesPerTick: Math.round(((2 * machine.clock) / dram.clock) * 2 ** 20),
    clockPhase,
    interleaveShift: log2(dram.interleaveBytes / l2.lineBytes),
    controllerMask: whole(dram.controllers - 1),
    controllerShift: log2(dram.controllers),
    bankShift: log2(dram.rowBytes / l2.lineBytes),
    bankMask: whole(dram.banks - 1),
    banksLog2: log2(dram.banks),
    /** How long a row stays open behind its last access; open rows never close of themselves. */
    rowIdle:
      dram.rowPolicy === 'idleClose'
        ? Math.ceil(dram.rowIdleCycles / (machine.clock / dram.clock))
        : dram.rowPolicy === 'open'
          ? 1 << 29
          : -(1 << 29),
    closesAtOnce: dram.rowPolicy === 'closed' ? 1 : 0,
    writeBatch: whole(dram.writeBatchLines),
    bankStates: states,
    controllers,
    pendingWrites: layout.words(dram.controllers * dram.writeBatchLines),
    commandLog: commandLogEntries > 0 ? layout.words(4 + 4 * commandLogEntries) : 0,
    commandLogEntries,
  };
}

/** ERAT and TLB; see wasm/translation.ts. */
export function newTranslation(layout: Layout, machine: Machine) {
  const { translation: t, core } = machine;
  const eratSets = Math.max(1, whole(t.eratEntries / t.eratWays));
  const tlbSets = Math.max(1, whole(t.tlbEntries / t.tlbWays));
  const reload = {
    hardware: t.hardwareWalkCycles,
    softwareCached: t.softwareCachedCycles,
    softwareUncached: t.softwareUncachedCycles,
  };
  const pageShifts = layout.kept(GUEST_BYTES / PAGE_UNIT / 4);
  return {
    translates: t.modelled ? 1 : 0,
    acceptedTranslation: CTX.translation,
    pageShifts,
    erats: layout.words(core.count * eratSets * (t.eratWays + 1)),
    eratSets,
    eratSetMask: eratSets - 1,
    eratWays: whole(t.eratWays),
    eratShiftLimit: log2(t.eratPageLimit),
    eratMissTime: half(t.eratMissCycles),
    tlbs: layout.words(core.count * tlbSets * (t.tlbWays + 1)),
    tlbSets,
    tlbSetMask: tlbSets - 1,
    tlbWays: whole(t.tlbWays),
    reloadTime: half(reload[t.reload]),
  };
}

/** Bytes of memory whose pages have one size. */
export const PAGE_UNIT = 0x1_0000;

/** Scan-out and the GPU; see wasm/others.ts. */
function newOthers(layout: Layout, machine: Machine) {
  const { gpu, dram, l2, memoryMap } = machine;
  const tCK = machine.clock / dram.clock;
  /** 1/256 ticks between lines at a rate in bytes a cycle. */
  const interval = (rate: number): number => (rate > 0 ? Math.round((256 * l2.lineBytes) / rate / tCK) : 0);
  const scanInterval = gpu.scanOutEnabled ? interval(gpu.scanOut) : 0;
  const trafficInterval = interval(gpu.traffic);
  const framebuffer = addressMap(machine).reservations.find(({ owner }) => owner === 'framebuffer');
  return {
    othersActive: scanInterval + trafficInterval > 0 ? 1 : 0,
    scanInterval,
    scanFirstLine: whole((framebuffer?.start ?? 0) / l2.lineBytes),
    scanLines: Math.max(1, whole((framebuffer?.bytes ?? l2.lineBytes) / l2.lineBytes)),
    scanState: layout.words(4),
    trafficInterval,
    trafficLines: whole(memoryMap.totalBytes / l2.lineBytes),
    trafficRun: whole(gpu.trafficRunLines),
    /** Of 256 runs. */
    trafficWrites: Math.round(256 * gpu.trafficWriteShare),
    trafficState: layout.words(6),
  };
}
