import type { Machine } from '../machine/resolve.js';
import { newCalendar, reserve } from './bus.js';
import { invalidateL1, refillL1, resetL1 } from './l1.js';
import {
  allocateLine,
  DIRTY,
  FILL,
  FLAGS,
  findLine,
  HELD_BY_ANY,
  heldBy,
  newL2,
  removeLine,
  touchLine,
} from './l2.js';
import { type Layout, later } from './layout.js';
import { earliestFree, holdEarliest, newSlots } from './miss-queue.js';
import { castoutRoom, newPath, readLine, writeLine } from './path.js';
import { STAT } from './statistics.js';
import { type Commit, drainLine, newStoreGather, type StoreGather } from './store-gather.js';
import { half, whole } from './units.js';

/**
 * The caches and what is behind them. The L2 cache holds every line that an L1 cache holds and knows which may.
 * Times are half-cycles.
 */
export interface Caches extends ReturnType<typeof newParts> {
  readonly gather: StoreGather;
}

export function newCaches(layout: Layout, machine: Machine, stat: number): Caches {
  const commit: Commit = (core, line, t) => commitStores(caches, core, line, t);
  const caches: Caches = {
    ...newParts(layout, machine, stat),
    gather: newStoreGather(layout, machine, stat, commit),
  };
  layout.onReset(() => resetL1(layout.i32));
  return caches;
}

function newParts(layout: Layout, machine: Machine, stat: number) {
  const { core, l2, bus, missQueue, readForOwnership, storeGather } = machine;
  const perCore = <T>(make: (n: number) => T): readonly T[] =>
    Array.from({ length: core.count }, (_, n) => make(n));
  const offsets = Object.values(l2.coreOffsetCycles);
  return {
    i32: layout.i32,
    f64: layout.f64,
    stat,
    cores: whole(core.count),
    l2: newL2(layout, machine),
    path: newPath(layout, machine, stat),
    port: newCalendar(layout),
    misses: perCore(() => newSlots(layout, missQueue.entries)),
    ownership: perCore(() => newSlots(layout, readForOwnership.entries)),
    /** How much farther from the L2 cache than most a core is, and its load-to-use time. */
    offset: perCore((n) => half(offsets[n])),
    l2Latency: perCore((n) => half(l2.latencyCycles + offsets[n])),
    portTime: half(l2.portCyclesPerLine),
    storePortTime: half((l2.portCyclesPerLine * storeGather.bytes) / l2.lineBytes),
    storeTime: half(l2.storeCycles),
    storeDone: half(l2.storeDoneCycles),
    zeroTime: half(l2.zeroCycles),
    invalidateTime: half(l2.invalidateCycles),
    turnaround: half(bus.slotTurnaroundCycles),
    /** Of each core: when its last gather was taken, all its stores are ordered, its last dcbz128 is over. */
    lastDrain: layout.times(core.count),
    ordered: layout.times(core.count),
    zeroUntil: layout.times(core.count),
    /** Index of the line that `fetchLine` made or `atomicAccess` found. */
    found: layout.words(1),
  };
}

/** Books the L2 port from `t` on; returns how long the request waits for it. */
function portWait(h: Caches, t: number, length: number): number {
  const wait = reserve(h.port, t, length) - length - t;
  if (wait > 0) h.f64[h.stat + STAT.l2PortWait] += wait;
  return wait;
}

/** Takes a line out of L1 caches, all but `keep`'s; returns whether one had it. */
function invalidateHolders(h: Caches, index: number, line: number, keep: number): boolean {
  const { i32 } = h;
  const holders = i32[index + FLAGS] & HELD_BY_ANY & ~(keep < 0 ? 0 : heldBy(keep));
  if (holders === 0) return false;
  i32[index + FLAGS] &= ~holders;
  return invalidateCores(h, holders, line);
}

function invalidateCores(h: Caches, holders: number, line: number): boolean {
  let any = false;
  for (let core = 0; core < h.cores; core++) {
    if ((holders & heldBy(core)) !== 0 && invalidateL1(h.i32, core, line)) {
      h.f64[h.stat + STAT.l1Invalidations]++;
      any = true;
    }
  }
  return any;
}

/** Puts a line into the L2 cache; returns its index. Whether the victim must be written is left in its flags. */
function replaceLine(h: Caches, line: number, t: number): number {
  const { i32, l2 } = h;
  const index = allocateLine(l2, line, t);
  const holders = i32[l2.victimFlags] & HELD_BY_ANY;
  if (holders !== 0) invalidateCores(h, holders, i32[l2.victim]);
  return index;
}

const victimIsDirty = (h: Caches): boolean => (h.i32[h.l2.victimFlags] & DIRTY) !== 0;

/** Brings a line that the L2 cache has not into it; returns when it arrives, its index in `found`. */
function fetchLine(h: Caches, core: number, line: number, t: number): number {
  const { i32, l2, path } = h;
  const index = replaceLine(h, line, t);
  const isDirty = victimIsDirty(h);
  const room = isDirty ? castoutRoom(path, t) : t;
  // The short request goes before the victim on the same link.
  const fill = readLine(path, line, room) + h.offset[core];
  if (isDirty) writeLine(path, i32[l2.victim], room);
  i32[index + FILL] = fill;
  i32[h.found] = index;
  return fill;
}

/** A gather buffer's bytes go to the L2 cache at `t`; returns when the buffer is free. */
function commitStores(h: Caches, core: number, line: number, t: number): number {
  const { i32, f64, stat } = h;
  const from = later(t, i32[h.lastDrain + core]);
  const taken = from + portWait(h, from, h.storePortTime) + h.storeTime;
  i32[h.lastDrain + core] = taken;
  let index = findLine(h.l2, line);
  let free = taken;
  let done = taken + h.storeDone;
  if (index >= 0) {
    f64[stat + STAT.l2StoreHits]++;
    touchLine(h.l2, index, t);
    if (invalidateHolders(h, index, line, core)) done += h.invalidateTime;
    done = later(done, i32[index + FILL]);
  } else {
    f64[stat + STAT.readsForOwnership]++;
    free = later(taken, earliestFree(h.ownership[core]));
    if (free > taken) f64[stat + STAT.ownershipWait] += free - taken;
    done = fetchLine(h, core, line, free);
    index = i32[h.found];
    holdEarliest(h.ownership[core], done);
  }
  i32[index + FLAGS] |= DIRTY;
  i32[h.ordered + core] = later(i32[h.ordered + core], done);
  return free;
}

/** When a core's miss queue has a slot for a load at `s`. */
export const missAccepted = (h: Caches, core: number, s: number): number =>
  later(s, earliestFree(h.misses[core]));

/** Brings a line to a core's L1 cache through the miss slot free at `t`; returns the fill time. */
export function loadLine(h: Caches, core: number, line: number, t: number): number {
  const { i32, f64, stat } = h;
  const from = t + portWait(h, t, h.portTime);
  let index = findLine(h.l2, line);
  let fill = from + h.l2Latency[core];
  if (index >= 0) {
    touchLine(h.l2, index, t);
    f64[stat + STAT.l2LoadHits]++;
    if (i32[index + FILL] > fill) {
      fill = i32[index + FILL];
      f64[stat + STAT.l2LoadHitsInFlight]++;
    }
    holdEarliest(h.misses[core], fill);
  } else {
    f64[stat + STAT.l2LoadMisses]++;
    fill = fetchLine(h, core, line, from);
    index = i32[h.found];
    holdEarliest(h.misses[core], fill + h.turnaround);
  }
  i32[index + FLAGS] |= heldBy(core);
  refillL1(i32, core, line, fill, t);
  return fill;
}

/** dcbz128 at `s`: the line is claimed without reading it; returns when it could begin. */
export function zeroLine(h: Caches, core: number, line: number, s: number): number {
  const { i32 } = h;
  h.f64[h.stat + STAT.zeroLines]++;
  let start = later(s, i32[h.zeroUntil + core]);
  drainLine(h.gather, core, line, start);
  let index = findLine(h.l2, line);
  if (index >= 0) {
    touchLine(h.l2, index, start);
    invalidateHolders(h, index, line, -1);
  } else {
    index = replaceLine(h, line, start);
    if (victimIsDirty(h)) {
      start = castoutRoom(h.path, start);
      writeLine(h.path, i32[h.l2.victim], start);
    }
  }
  const end = start + portWait(h, start, h.portTime) + h.zeroTime;
  i32[index + FLAGS] = DIRTY;
  i32[index + FILL] = end;
  i32[h.zeroUntil + core] = end;
  i32[h.ordered + core] = later(i32[h.ordered + core], end);
  return start;
}

/** dcbf at `s`: the line is written back if dirty and taken out everywhere; returns when issue goes on. */
export function flushLine(h: Caches, core: number, line: number, s: number): number {
  h.f64[h.stat + STAT.linesFlushed]++;
  drainLine(h.gather, core, line, s);
  const from = s + portWait(h, s, h.portTime);
  const index = findLine(h.l2, line);
  if (index < 0) return from;
  invalidateHolders(h, index, line, -1);
  const isDirty = (h.i32[index + FLAGS] & DIRTY) !== 0;
  removeLine(h.l2, index);
  if (!isDirty) return from;
  const room = castoutRoom(h.path, from);
  writeLine(h.path, line, room);
  return room;
}

/** An access of the L2 cache at `t` that takes `time` when the line is there; the line's index in `found`. */
function atomicAccess(h: Caches, core: number, line: number, t: number, time: number): number {
  const { i32 } = h;
  drainLine(h.gather, core, line, t);
  const from = t + portWait(h, t, h.portTime);
  const index = findLine(h.l2, line);
  if (index < 0) return fetchLine(h, core, line, from) + time - h.l2Latency[core];
  touchLine(h.l2, index, from);
  i32[h.found] = index;
  return later(from, i32[index + FILL]) + time;
}

/** lwarx's access. */
export const reserveLine = atomicAccess;

/** stwcx.'s access: also takes the line out of the other cores' L1 caches. */
export function storeLineConditionally(
  h: Caches,
  core: number,
  line: number,
  t: number,
  time: number,
): number {
  const ready = atomicAccess(h, core, line, t, time);
  const index = h.i32[h.found];
  invalidateHolders(h, index, line, core);
  h.i32[index + FLAGS] |= DIRTY;
  return ready;
}
