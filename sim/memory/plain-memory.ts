import type { Machine } from '../machine/resolve.js';
import type { MemorySystem } from './system.js';

/**
 * Two levels of cache of any line size, a bus and a fixed latency behind them, for one in-order or out-of-order core
 * that is not the console's. Times are cycles. Lines are those of L1; an L2 line of two sectors counts as two.
 */
export interface PlainMemory {
  /** A load that issues at `t`: when its data is there beyond a hit's latency; 0 for a line that is in L1. */
  load(address: number, t: number): number;
  /** Whether the last load found its line on the way. */
  readonly joined: boolean;
  /** Cycles for which the lines that the last load or store moved keep L1 from others, once the new one is there. */
  readonly moving: number;
  /** A store that leaves the core at `t`: when its place in the store queue is free again. */
  store(address: number, t: number): number;
  /** dcbt. */
  touch(address: number, t: number): void;
  /** dcbz: the line is claimed without being read. */
  claim(address: number, t: number): void;
  rebase(delta: number): void;
  reset(): void;
  readonly counts: PlainCounts;
}

export interface PlainCounts {
  l1Misses: number;
  l2Misses: number;
  castouts: number;
  prefetches: number;
}

/** Older than anything that still counts. Times are whole cycles, of 32 bits, but for those of the bus. */
const LONG_AGO = -(2 ** 30);

interface Cache {
  readonly sets: number;
  readonly ways: number;
  readonly tags: Int32Array;
  readonly fill: Int32Array;
  readonly used: Float64Array;
  readonly dirty: Uint8Array;
}

function newCache(bytes: number, ways: number, lineBytes: number): Cache {
  const lines = bytes / lineBytes;
  return {
    sets: lines / ways,
    ways,
    tags: new Int32Array(lines).fill(-1),
    fill: new Int32Array(lines).fill(LONG_AGO),
    used: new Float64Array(lines).fill(LONG_AGO),
    dirty: new Uint8Array(lines),
  };
}

function find({ sets, ways, tags }: Cache, line: number): number {
  const first = (line % sets) * ways;
  for (let i = first; i < first + ways; i++) if (tags[i] === line) return i;
  return -1;
}

/** The least recently used place of a line's set, made the line's. */
function replace(c: Cache, line: number): { at: number; victim: number; wasDirty: boolean } {
  const first = (line % c.sets) * c.ways;
  let at = first;
  for (let i = first + 1; i < first + c.ways; i++) if (c.used[i] < c.used[at]) at = i;
  const victim = c.tags[at];
  const wasDirty = c.dirty[at] !== 0;
  c.tags[at] = line;
  c.dirty[at] = 0;
  return { at, victim, wasDirty };
}

interface Stream {
  next: number;
  /** The last line that has been asked for. */
  asked: number;
  /** Lines ahead at the next use: one more each time, up to the machine's number. */
  ahead: number;
  used: number;
}

export function newPlainMemory(machine: Machine): PlainMemory {
  const { l1d, l2, bus, memory, missQueue, plainMemory: plain, core } = machine;
  const { lineBytes, refillCycles } = l1d;
  const {
    writeBack,
    storeMissCycles,
    streams: streamCount,
    joinedLoadsTakeEntries,
    loadMissesWaitForStores,
  } = plain;
  const { portCyclesPerLine, latencyCycles: l2Latency } = l2;
  const lineShift = 31 - Math.clz32(lineBytes);
  const l1 = newCache(l1d.sizeBytes, l1d.ways, lineBytes);
  const second = newCache(l2.sizeBytes, l2.ways, lineBytes);
  const busTime = lineBytes / (bus.readBandwidth * bus.efficiency);
  const writeTime = lineBytes / (bus.writeBandwidth * bus.efficiency);
  const loadSlots = new Int32Array(missQueue.entries).fill(LONG_AGO);
  const storeSlots = plain.storeMisses === 0 ? loadSlots : new Int32Array(plain.storeMisses).fill(LONG_AGO);
  const storesOverlap = plain.storeMisses > 1;
  const storeQueue = new Int32Array(core.storeQueueEntries).fill(LONG_AGO);
  const times = { port: LONG_AGO, bus: LONG_AGO, write: LONG_AGO, drained: LONG_AGO, stored: 0 };
  const counts: PlainCounts = { l1Misses: 0, l2Misses: 0, castouts: 0, prefetches: 0 };
  const streams: Stream[] = [];
  const candidates: number[] = [];
  const pageLines = plain.streamPageBytes / lineBytes;
  /** When each of the latest requests to memory was answered. */
  const inFlight = new Int32Array(bus.requestsInFlight).fill(LONG_AGO);
  let requests = 0;
  let clock = 0;
  /** The line that a store has fetched from memory last. */
  let fetchedByStore = -1;
  let joined = false;
  let moving = 0;

  const castout = (t: number): void => {
    counts.castouts++;
    if (plain.sharedBus) times.bus = Math.max(t, times.bus) + writeTime;
    else times.write = Math.max(t, times.write) + writeTime;
  };

  /** A line into L2 from memory, asked for at `t`; when it arrives. */
  const fromMemory = (line: number, t: number): number => {
    const request = requests++ % inFlight.length;
    const from = Math.max(t, times.bus, inFlight[request]);
    times.bus = from + busTime;
    const arrives = Math.ceil(from + memory.latencyCycles);
    inFlight[request] = arrives;
    const { at, victim, wasDirty } = replace(second, line);
    if (victim >= 0 && wasDirty) castout(from);
    second.used[at] = clock;
    second.fill[at] = arrives;
    return arrives;
  };

  /** A line from L2 or beyond, asked for at `t`; when it arrives in L1. */
  const fromBehind = (line: number, t: number): number => {
    const from = Math.max(t, times.port);
    times.port = from + portCyclesPerLine;
    const at = find(second, line);
    if (at < 0) {
      counts.l2Misses++;
      return fromMemory(line, from);
    }
    second.used[at] = clock;
    return Math.max(from + l2Latency, second.fill[at]);
  };

  /** Puts a line that arrives at `fill` into L1. */
  const install = (line: number, fill: number, isDirty: boolean, t: number): void => {
    const { at, victim, wasDirty } = replace(l1, line);
    l1.used[at] = clock;
    l1.fill[at] = fill;
    l1.dirty[at] = isDirty ? 1 : 0;
    moving = refillCycles;
    if (victim < 0 || !wasDirty) return;
    moving += refillCycles;
    times.port = Math.max(times.port, t) + portCyclesPerLine;
    const below = find(second, victim);
    if (below >= 0) second.dirty[below] = 1;
    else castout(t);
  };

  const firstFree = (slots: Int32Array): number => {
    let best = 0;
    for (let i = 1; i < slots.length; i++) if (slots[i] < slots[best]) best = i;
    return best;
  };

  /** Asks memory for the lines that a stream has come near, as far as its page goes. */
  const advance = (stream: Stream, line: number, t: number): void => {
    const last = Math.min(line + stream.ahead, Math.floor(line / pageLines) * pageLines + pageLines - 1);
    // A stream ends with its page.
    stream.next = line + 1 === (Math.floor(line / pageLines) + 1) * pageLines ? -1 : line + 1;
    stream.used = clock;
    stream.ahead = Math.min(stream.ahead + 1, plain.streamLines);
    for (let ahead = Math.max(stream.asked, line) + 1; ahead <= last; ahead++) {
      stream.asked = ahead;
      if (find(second, ahead) >= 0) continue;
      counts.prefetches++;
      fromMemory(ahead, t);
    }
  };

  const watch = (line: number, missed: boolean, t: number): void => {
    if (streamCount === 0) return;
    const known = streams.find((s) => s.next === line);
    if (known !== undefined) return advance(known, line, t);
    if (!missed) return;
    let run = 1;
    while (run < plain.streamStart && candidates.includes(line - run)) run++;
    candidates.push(line);
    if (candidates.length > 16) candidates.shift();
    if (run < plain.streamStart || line % pageLines === 0) return;
    const stream = { next: line + 1, asked: line, ahead: 1, used: clock };
    if (streams.length < plain.streams) streams.push(stream);
    else streams[streams.reduce((a, s, i) => (s.used < streams[a].used ? i : a), 0)] = stream;
    advance(stream, line, t);
  };

  /** A miss of L1 through one of the slots; when the line is there. */
  const miss = (slots: Int32Array, line: number, t: number, isDirty: boolean): number => {
    counts.l1Misses++;
    const slot = firstFree(slots);
    const from = Math.max(t, slots[slot]);
    const fill = fromBehind(line, from);
    slots[slot] = fill;
    install(line, fill, isDirty, from);
    return fill;
  };

  /** A load of a line that arrives at `fill` waits for a slot, which it keeps until then. */
  const join = (fill: number, t: number): number => {
    const slot = firstFree(loadSlots);
    const from = Math.max(t, loadSlots[slot]);
    loadSlots[slot] = Math.max(from, fill);
    return loadSlots[slot];
  };

  return {
    counts,
    get joined() {
      return joined;
    },
    get moving() {
      return moving;
    },
    load(address, t) {
      clock++;
      moving = 0;
      const line = address >>> lineShift;
      const at = find(l1, line);
      joined = at >= 0 && l1.fill[at] > t;
      if (at >= 0) {
        l1.used[at] = clock;
        if (streamCount > 0) watch(line, false, t);
        return joined && joinedLoadsTakeEntries ? join(l1.fill[at], t) : l1.fill[at];
      }
      const from = loadMissesWaitForStores ? Math.max(t, times.drained) : t;
      const fill = miss(loadSlots, line, from, false);
      watch(line, true, t);
      return fill;
    },
    store(address, t) {
      clock++;
      moving = 0;
      const line = address >>> lineShift;
      const at = find(l1, line);
      const ring = times.stored++ % storeQueue.length;
      const from = Math.max(t, times.drained);
      let done: number;
      if (writeBack) {
        if (at >= 0) {
          l1.used[at] = clock;
          l1.dirty[at] = 1;
          done = Math.max(from + 1, l1.fill[at]);
        } else {
          const before = counts.l2Misses;
          done = miss(storeSlots, line, from, true);
          if (counts.l2Misses > before) fetchedByStore = line;
        }
        if (line === fetchedByStore) done += storeMissCycles;
      } else {
        // Stores go through to L2, which allocates.
        if (at >= 0) l1.used[at] = clock;
        const below = find(second, line);
        const port = Math.max(from, times.port);
        times.port = port + l2.storeCycles;
        if (below >= 0) done = Math.max(port + l2.storeCycles, second.fill[below]);
        else {
          const slot = firstFree(storeSlots);
          done = fromMemory(line, Math.max(port, storeSlots[slot]));
          storeSlots[slot] = done;
          counts.l2Misses++;
        }
        second.dirty[find(second, line)] = 1;
      }
      // Places are left in order; misses of several stores may overlap where there are slots for them.
      times.drained = storesOverlap ? from + 1 : done;
      const room = storeQueue[ring];
      storeQueue[ring] = Math.max(done, room);
      return Math.max(t, room);
    },
    touch(address, t) {
      clock++;
      const line = address >>> lineShift;
      const at = find(l1, line);
      if (at < 0) miss(loadSlots, line, t, false);
      else l1.used[at] = clock;
    },
    claim(address, t) {
      clock++;
      const line = address >>> lineShift;
      const at = find(l1, line);
      if (at >= 0) l1.dirty[at] = 1;
      else install(line, t + 1, true, t);
    },
    rebase(delta) {
      for (const whole of new Set([l1.fill, second.fill, loadSlots, storeSlots, storeQueue, inFlight]))
        for (let i = 0; i < whole.length; i++) whole[i] = Math.max(LONG_AGO, whole[i] - delta);
      times.port -= delta;
      times.bus -= delta;
      times.write -= delta;
      times.drained -= delta;
    },
    reset() {
      for (const c of [l1, second]) {
        c.tags.fill(-1);
        c.fill.fill(LONG_AGO);
        c.used.fill(LONG_AGO);
        c.dirty.fill(0);
      }
      for (const slots of [loadSlots, storeSlots, storeQueue, inFlight]) slots.fill(LONG_AGO);
      Object.assign(times, { port: LONG_AGO, bus: LONG_AGO, write: LONG_AGO, drained: LONG_AGO });
      Object.assign(counts, { l1Misses: 0, l2Misses: 0, castouts: 0, prefetches: 0 });
      streams.length = 0;
      candidates.length = 0;
    },
  };
}

/** The same where the machine asks for the console's operations; times are half-cycles there. */
export function plainMemorySystem(machine: Machine, plain: PlainMemory): MemorySystem {
  const { sync, atomic } = machine;
  const address = (line: number) => line * 128;
  return {
    loadMiss: (_core, _thread, line, s) => Math.max(s, 2 * plain.load(address(line), s / 2)),
    prefetch(_core, _thread, line, s) {
      plain.touch(address(line), s / 2);
      return s;
    },
    store: (_core, _thread, at, _size, s) => Math.ceil(2 * plain.store(at, s / 2)),
    zeroLine(_core, _thread, line, s) {
      plain.claim(address(line), s / 2);
      return s;
    },
    flushLine: (_core, _thread, _line, s) => s,
    fetchMiss: (_core, _thread, _line, s) => s,
    sync: (_core, _thread, kind, s) =>
      s +
      2 *
        {
          sync: sync.syncCycles,
          lwsync: sync.lwsyncCycles,
          eieio: sync.eieioCycles,
          priority: 0,
          loadReserve: 0,
          storeConditional: 0,
        }[kind],
    loadReserve: (_core, _thread, _line, s) => s + 2 * atomic.loadReserveCycles,
    storeConditional: (_core, _thread, _line, s) => s + 2 * atomic.storeConditionalCycles,
    rebase: (delta) => plain.rebase(delta / 2),
    reset: () => plain.reset(),
  };
}
