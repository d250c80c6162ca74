import type { Machine } from '../machine/resolve.js';
import type { Layout } from './layout.js';
import { STAT } from './statistics.js';

/** The store-gather buffers of all cores. Times are half-cycles. */
export interface StoreGather {
  /** A store of at most a buffer's size; returns when a buffer has taken it, `t` or later. */
  store(core: number, address: number, size: number, t: number): number;
  /** Sends a core's buffers of a line to the L2 cache. */
  drainLine(core: number, line: number, t: number): void;
  /** Sends all of a core's buffers to the L2 cache. */
  drainAll(core: number, t: number): void;
}

/** Gives one buffer's bytes to the L2 cache at `t`; returns when the buffer is free again. */
export type Commit = (core: number, line: number, t: number) => number;

/**
 * A buffer collects stores to one aligned 64 bytes. It drains when it has had no store for the timeout, or, as the
 * oldest, when the last free buffer is taken, so that the next range finds one.
 */
export function newStoreGather(layout: Layout, machine: Machine, stat: number, commit: Commit): StoreGather {
  const { i32, f64 } = layout;
  const { buffers, bytes } = machine.storeGather;
  const timeout = Math.round(2 * machine.storeGather.timeoutCycles);
  const blockShift = Math.round(Math.log2(bytes));
  const linesShift = 7 - blockShift;
  const cores = machine.core.count;
  /** Which aligned range a buffer collects, -1 for none; since when (a serial number); its last store. */
  const block = layout.words(cores * buffers, -1);
  const serial = layout.words(cores * buffers);
  const last = layout.times(cores * buffers);
  const freeAt = layout.times(cores * buffers);
  const nextSerial = layout.words(1);
  /** Not after the first timeout of a core's buffers. */
  const expiry = layout.times(cores);

  function drain(core: number, buffer: number, t: number): void {
    const line = i32[block + buffer] >> linesShift;
    i32[block + buffer] = -1;
    f64[stat + STAT.gatherDrains]++;
    i32[freeAt + buffer] = commit(core, line, t);
  }

  function expire(core: number, t: number): void {
    let first = t + timeout;
    for (let buffer = core * buffers; buffer < (core + 1) * buffers; buffer++) {
      if (i32[block + buffer] === -1) continue;
      const over = i32[last + buffer] + timeout;
      if (over <= t) {
        f64[stat + STAT.gatherTimeouts]++;
        drain(core, buffer, over);
      } else if (over < first) first = over;
    }
    i32[expiry + core] = first;
  }

  /** The buffer of a core that has collected longest, or -1. */
  function oldest(core: number): number {
    let best = -1;
    for (let buffer = core * buffers; buffer < (core + 1) * buffers; buffer++) {
      if (i32[block + buffer] === -1) continue;
      if (best < 0 || i32[serial + buffer] - i32[serial + best] < 0) best = buffer;
    }
    return best;
  }

  /** A free buffer of a core, the one free first, or -1. */
  function free(core: number): number {
    let best = -1;
    for (let buffer = core * buffers; buffer < (core + 1) * buffers; buffer++) {
      if (i32[block + buffer] !== -1) continue;
      if (best < 0 || i32[freeAt + buffer] < i32[freeAt + best]) best = buffer;
    }
    return best;
  }

  function gather(core: number, wanted: number, t: number): number {
    if (t >= i32[expiry + core]) expire(core, t);
    for (let buffer = core * buffers; buffer < (core + 1) * buffers; buffer++) {
      if (i32[block + buffer] === wanted) {
        if (t > i32[last + buffer]) i32[last + buffer] = t;
        f64[stat + STAT.storesGathered]++;
        return t;
      }
    }
    if (buffers === 1 && i32[block + core] !== -1) drain(core, core, t);
    const buffer = free(core);
    const taken = i32[freeAt + buffer] > t ? i32[freeAt + buffer] : t;
    i32[block + buffer] = wanted;
    i32[serial + buffer] = i32[nextSerial];
    i32[nextSerial] = (i32[nextSerial] + 1) | 0;
    i32[last + buffer] = taken;
    if (taken + timeout < i32[expiry + core]) i32[expiry + core] = taken + timeout;
    if (buffers > 1 && free(core) < 0) drain(core, oldest(core), taken);
    return taken;
  }

  return {
    store(core, address, size, t) {
      f64[stat + STAT.stores]++;
      const from = address >>> blockShift;
      const to = (address + size - 1) >>> blockShift;
      const taken = gather(core, from, t);
      return to === from ? taken : gather(core, to, taken);
    },
    drainLine(core, line, t) {
      for (let buffer = core * buffers; buffer < (core + 1) * buffers; buffer++) {
        if (i32[block + buffer] !== -1 && i32[block + buffer] >> linesShift === line) drain(core, buffer, t);
      }
    },
    drainAll(core, t) {
      for (let buffer = oldest(core); buffer >= 0; buffer = oldest(core)) drain(core, buffer, t);
    },
  };
}
