import { CTX, FETCH_MAP_BASE, FETCH_MAP_BYTES, GUEST_BYTES, l1Base } from '../engine/context.js';
import type { Machine } from '../machine/resolve.js';
import { type Layout, OLDEST, rebaseTimes } from './layout.js';
import { addSlots, newOccupancy } from './parts.js';
import { half, log2, whole } from './units.js';
import {
  CORE_BYTES,
  DISTANCE,
  EXPIRY,
  FILL,
  FULL,
  GATHERING_SHIFT,
  HELD_BY,
  HELD_SHIFT,
  L1,
  L2_SET_BYTES,
  L2_WAYS,
  LAST_DRAIN,
  LAST_USE,
  LATENCY,
} from './wasm/state.js';

/*
 * The caches, what stores are gathered in, and translation, as the host sees them; see parts.ts. Each function returns
 * numbers of wasm/numbers.ts: times in half-cycles, places as addresses in the linear memory.
 */

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
      const fillWays = (value: number, first: number) => i32.fill(value, first >> 2, (first >> 2) + L2_WAYS);
      fillWays(-1, address);
      fillWays(OLDEST, address + FILL);
      if (!isTree) fillWays(OLDEST, address + LAST_USE);
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
      rebaseTimes(i32, set + FILL, L2_WAYS, delta);
      if (!isTree) rebaseTimes(i32, set + LAST_USE, L2_WAYS, delta);
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

/** What is kept of a core; see wasm/core.ts. */
function newCore(layout: Layout): number {
  const head = layout.words(1);
  layout.times(HELD_BY / 4 - 1);
  layout.words((LAST_DRAIN - HELD_BY) / 4);
  layout.times((CORE_BYTES - LAST_DRAIN) / 4);
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
      const set = (at: number, value: number) => {
        layout.i32[(words + at) >> 2] = value;
      };
      set(HELD_BY, 1 << (HELD_SHIFT + n));
      set(L1, l1Base(n));
      set(DISTANCE, half(offsets[n]));
      set(LATENCY, half(l2.latencyCycles + offsets[n]));
    });
  });
  return {
    cores: whole(core.count),
    coreWords: cores[0],
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
  const gathering = layout.words((cores << GATHERING_SHIFT) / 4);
  const { i32 } = layout;
  layout.onReset(() => {
    for (let core = 0; core < cores; core++) {
      const own = gathering + (core << GATHERING_SHIFT);
      i32[own >> 2] = blocks + 4 * core * stride;
      i32[(own + EXPIRY) >> 2] = OLDEST;
    }
  });
  layout.onRebase((delta) => {
    for (let core = 0; core < cores; core++)
      rebaseTimes(i32, gathering + (core << GATHERING_SHIFT) + EXPIRY, 1, delta);
  });
  return {
    gatherBlocks: blocks,
    gatherSerials: serials,
    gatherLatest: latest,
    gatherFree: free,
    gatherBuffers: buffers,
    gatherBytes: 4 * stride,
    gatherCores: gathering,
    gatherSerial: layout.words(1),
    gatherTimeout: half(timeoutCycles),
    blockShift,
    blocksInLineShift: 7 - blockShift,
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
