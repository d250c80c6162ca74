import type { Machine } from '../machine/resolve.js';
import { type Layout, later } from './layout.js';
import { STAT } from './statistics.js';
import { half, log2, whole } from './units.js';

/**
 * The store-gather buffers of all cores. A buffer collects stores to one aligned 64 bytes. It drains when it has had
 * no store for the timeout, or, as the oldest, when the last free buffer is taken, so that the next range finds one.
 * Times are half-cycles.
 */
export type StoreGather = ReturnType<typeof newStoreGather>;

/** Gives one buffer's bytes to the L2 cache at `t`; returns when the buffer is free again. */
export type Commit = (core: number, line: number, t: number) => number;

export function newStoreGather(layout: Layout, machine: Machine, stat: number, commit: Commit) {
  const { bytes, timeoutCycles } = machine.storeGather;
  const buffers = whole(machine.storeGather.buffers);
  const cores = whole(machine.core.count);
  const blockShift = log2(bytes);
  const { i32 } = layout;
  const recent = layout.words(cores);
  layout.onReset(() => {
    for (let core = 0; core < cores; core++) i32[recent + core] = core * buffers;
  });
  return {
    i32,
    f64: layout.f64,
    stat,
    commit,
    buffers,
    timeout: half(timeoutCycles),
    blockShift,
    lineShift: 7 - blockShift,
    // All buffers of a core side by side. The range it collects (-1: none), since when (a serial number), the
    // latest store, and from when on it is free.
    block: layout.words(cores * buffers, -1),
    serial: layout.words(cores * buffers),
    latest: layout.times(cores * buffers),
    freeAt: layout.times(cores * buffers),
    nextSerial: layout.words(1),
    /** The buffer of a core stored to last. */
    recent,
    /** Not after the first timeout of a core's buffers. */
    expiry: layout.times(cores),
  };
}

/** A store of at most a buffer's size; returns when a buffer has taken it, `t` or later. */
export function gatherStore(g: StoreGather, core: number, address: number, size: number, t: number): number {
  g.f64[g.stat + STAT.stores]++;
  const from = address >>> g.blockShift;
  const to = (address + size - 1) >>> g.blockShift;
  const taken = gather(g, core, from, t);
  return to === from ? taken : gather(g, core, to, taken);
}

/** Sends a core's buffers of a line to the L2 cache. */
export function drainLine(g: StoreGather, core: number, line: number, t: number): void {
  const { i32, block, buffers } = g;
  for (let b = core * buffers; b < (core + 1) * buffers; b++) {
    if (i32[block + b] !== -1 && i32[block + b] >> g.lineShift === line) drain(g, core, b, t);
  }
}

/** Sends all of a core's buffers to the L2 cache. */
export function drainAll(g: StoreGather, core: number, t: number): void {
  for (let b = oldest(g, core); b >= 0; b = oldest(g, core)) drain(g, core, b, t);
}

function gather(g: StoreGather, core: number, wanted: number, t: number): number {
  const { i32, block } = g;
  if (t >= i32[g.expiry + core]) expire(g, core, t);
  let buffer = i32[g.recent + core];
  if (i32[block + buffer] !== wanted) {
    buffer = collecting(g, core, wanted);
    if (buffer < 0) return takeBuffer(g, core, wanted, t);
    i32[g.recent + core] = buffer;
  }
  i32[g.latest + buffer] = later(i32[g.latest + buffer], t);
  g.f64[g.stat + STAT.storesGathered]++;
  return t;
}

/** Starts to collect a range; returns when. */
function takeBuffer(g: StoreGather, core: number, wanted: number, t: number): number {
  const { i32, block, buffers } = g;
  if (buffers === 1 && i32[block + core] !== -1) drain(g, core, core, t);
  const buffer = freeBuffer(g, core);
  const taken = later(t, i32[g.freeAt + buffer]);
  i32[block + buffer] = wanted;
  i32[g.serial + buffer] = i32[g.nextSerial];
  i32[g.nextSerial]++;
  i32[g.latest + buffer] = taken;
  i32[g.recent + core] = buffer;
  i32[g.expiry + core] = Math.min(i32[g.expiry + core], taken + g.timeout);
  if (buffers > 1 && freeBuffer(g, core) < 0) drain(g, core, oldest(g, core), taken);
  return taken;
}

function drain(g: StoreGather, core: number, buffer: number, t: number): void {
  const { i32 } = g;
  const line = i32[g.block + buffer] >> g.lineShift;
  i32[g.block + buffer] = -1;
  g.f64[g.stat + STAT.gatherDrains]++;
  i32[g.freeAt + buffer] = g.commit(core, line, t);
}

/** Drains what has timed out by `t`. */
function expire(g: StoreGather, core: number, t: number): void {
  const { i32, block, buffers } = g;
  let first = t + g.timeout;
  for (let b = core * buffers; b < (core + 1) * buffers; b++) {
    if (i32[block + b] === -1) continue;
    const over = i32[g.latest + b] + g.timeout;
    if (over <= t) {
      g.f64[g.stat + STAT.gatherTimeouts]++;
      drain(g, core, b, over);
    } else first = Math.min(first, over);
  }
  i32[g.expiry + core] = first;
}

/** The buffer of a core that collects a range, or -1. */
function collecting(g: StoreGather, core: number, wanted: number): number {
  const { i32, block, buffers } = g;
  for (let b = core * buffers; b < (core + 1) * buffers; b++) {
    if (i32[block + b] === wanted) return b;
  }
  return -1;
}

/** The buffer of a core that has collected longest, or -1. */
function oldest(g: StoreGather, core: number): number {
  const { i32, block, serial, buffers } = g;
  let best = -1;
  for (let b = core * buffers; b < (core + 1) * buffers; b++) {
    if (i32[block + b] === -1) continue;
    if (best < 0 || ((i32[serial + b] - i32[serial + best]) | 0) < 0) best = b;
  }
  return best;
}

/** The buffer of a core that is free first, or -1 when all collect. */
function freeBuffer(g: StoreGather, core: number): number {
  const { i32, block, freeAt, buffers } = g;
  let best = -1;
  for (let b = core * buffers; b < (core + 1) * buffers; b++) {
    if (i32[block + b] !== -1) continue;
    if (best < 0 || i32[freeAt + b] < i32[freeAt + best]) best = b;
  }
  return best;
}
