import { CTX, contextBase } from '../engine/context.js';
import type { Machine } from '../machine/resolve.js';
import { newCalendar } from './bus.js';
import { newL1 } from './l1.js';
import { DIRTY, HELD_BY_ANY, heldBy, newL2 } from './l2.js';
import { newLayout } from './layout.js';
import { newSlots } from './miss-queue.js';
import { newPath } from './path.js';
import { type MemoryStatistics, newStatistics, readStatistics, STAT } from './statistics.js';
import { newStoreGather } from './store-gather.js';
import type { MemorySystem, SyncKind } from './system.js';

/** A memory system that can say what it did. */
export interface CountedMemorySystem extends MemorySystem {
  /** dcbt that missed the L1 cache: as `loadMiss`, but a machine may drop it when every miss slot is busy. */
  prefetch(core: number, thread: number, line: number, s: number): number;
  /** The counters since reset or the last `clearStatistics`; `elapsed` half-cycles turn busy times into shares. */
  statistics(elapsed?: number): MemoryStatistics;
  clearStatistics(): void;
}

/**
 * L2 cache, miss slots, store gathering, bus and GDDR3 of a machine, their state in the machine's linear memory.
 * The L2 cache holds every line that an L1 cache holds. Nothing is allocated in a call.
 */
export function newMemorySystem(buffer: ArrayBufferLike, machine: Machine): CountedMemorySystem {
  const layout = newLayout(buffer);
  const { i32, f64 } = layout;
  const half = (cycles: number) => Math.round(2 * cycles);
  const cores = machine.core.count;
  const stat = newStatistics(layout);
  const l1 = newL1(layout);
  const l2 = newL2(layout, machine);
  const path = newPath(layout, machine, stat);
  const port = newCalendar(layout);
  const slots = Array.from({ length: cores }, () => newSlots(layout, machine.missQueue.entries));
  const ownership = Array.from({ length: cores }, () => newSlots(layout, machine.readForOwnership.entries));

  const offsets = machine.l2.coreOffsetCycles;
  const offset = [offsets.core0, offsets.core1, offsets.core2].map(half);
  const l2Latency = offset.map((extra) => half(machine.l2.latencyCycles) + extra);
  const portTime = half(machine.l2.portCyclesPerLine);
  const storeTime = half(machine.l2.storeCycles);
  const storePortTime = half(
    (machine.l2.portCyclesPerLine * machine.storeGather.bytes) / machine.l2.lineBytes,
  );
  const storeDone = half(machine.l2.storeDoneCycles);
  const zeroTime = half(machine.l2.zeroCycles);
  const invalidateTime = half(machine.l2.invalidateCycles);
  const turnaround = half(machine.bus.slotTurnaroundCycles);
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

  /** When a core's last gather was taken by the L2 cache, when all its stores so far are ordered, dcbz128's end. */
  const lastDrain = layout.times(cores);
  const ordered = layout.times(cores);
  const zeroUntil = layout.times(cores);
  /** When a thread's last lwarx and stwcx. were done. */
  const reserved = layout.times(6);
  const conditional = layout.times(6);

  const gather = newStoreGather(layout, machine, stat, commit);

  /** Books the L2 port at `t`; returns how long the request had to wait for it. */
  function portWait(t: number, length: number): number {
    const wait = port.reserve(t, length) - length - t;
    f64[stat + STAT.l2PortWait] += wait;
    return wait;
  }

  function invalidateOthers(index: number, line: number, keep: number): boolean {
    const holders = i32[l2.flags + index] & HELD_BY_ANY & ~(keep < 0 ? 0 : heldBy(keep));
    if (holders === 0) return false;
    let any = false;
    for (let core = 0; core < cores; core++) {
      if ((holders & heldBy(core)) !== 0 && l1.invalidate(core, line)) {
        f64[stat + STAT.l1Invalidations]++;
        any = true;
      }
    }
    i32[l2.flags + index] &= ~holders;
    return any;
  }

  /** Puts a line in place of another; its index is left in `made`. Returns whether the victim must be written. */
  let made = 0;
  function replace(line: number, t: number): boolean {
    made = l2.allocate(line, t);
    const victim = i32[l2.victim];
    const flags = i32[l2.victimFlags];
    if (victim === -1) return false;
    if ((flags & HELD_BY_ANY) !== 0) {
      for (let core = 0; core < cores; core++) {
        if ((flags & heldBy(core)) !== 0 && l1.invalidate(core, victim)) f64[stat + STAT.l1Invalidations]++;
      }
    }
    return (flags & DIRTY) !== 0;
  }

  /** Brings a line that the L2 cache has not into it; returns when it arrives. Its index is left in `made`. */
  function fetch(core: number, line: number, t: number): number {
    const isDirty = replace(line, t);
    const room = isDirty ? path.room(t) : t;
    // The short request goes before the victim on the same link.
    const fill = path.read(line, room) + offset[core];
    if (isDirty) path.writeBack(i32[l2.victim], room);
    i32[l2.fill + made] = fill;
    return fill;
  }

  /** A gather buffer's bytes arrive at the L2 cache; returns when the buffer is free. */
  function commit(core: number, line: number, t: number): number {
    const from = i32[lastDrain + core] > t ? i32[lastDrain + core] : t;
    const taken = from + portWait(from, storePortTime) + storeTime;
    i32[lastDrain + core] = taken;
    const index = l2.find(line);
    let done = taken + storeDone;
    let free = taken;
    if (index >= 0) {
      f64[stat + STAT.l2StoreHits]++;
      l2.touch(index, t);
      if (invalidateOthers(index, line, core)) done += invalidateTime;
      if (i32[l2.fill + index] > done) done = i32[l2.fill + index];
      i32[l2.flags + index] |= DIRTY;
    } else {
      f64[stat + STAT.readsForOwnership]++;
      const slot = ownership[core].first();
      if (i32[slot] > free) {
        f64[stat + STAT.ownershipWait] += i32[slot] - free;
        free = i32[slot];
      }
      done = fetch(core, line, free);
      i32[slot] = done;
      i32[l2.flags + made] = DIRTY;
    }
    if (done > i32[ordered + core]) i32[ordered + core] = done;
    return free;
  }

  /** Brings a line to a core's L1 cache through a miss slot free at `t`; returns the fill time. */
  function load(core: number, line: number, slot: number, t: number): number {
    const from = t + portWait(t, portTime);
    let index = l2.find(line);
    let fill = from + l2Latency[core];
    if (index >= 0) {
      l2.touch(index, t);
      f64[stat + STAT.l2LoadHits]++;
      if (i32[l2.fill + index] > fill) {
        fill = i32[l2.fill + index];
        f64[stat + STAT.l2LoadHitsInFlight]++;
      }
      i32[slot] = fill;
    } else {
      f64[stat + STAT.l2LoadMisses]++;
      fill = fetch(core, line, from);
      index = made;
      i32[slot] = fill + turnaround;
    }
    i32[l2.flags + index] |= heldBy(core);
    l1.refill(core, line, fill, t);
    return fill;
  }

  function loadMiss(core: number, thread: number, line: number, s: number): number {
    const slot = slots[core].first();
    let accepted = s;
    if (i32[slot] > s) {
      accepted = i32[slot];
      f64[stat + STAT.missSlotWait] += accepted - s;
    }
    f64[stat + STAT.l1Misses]++;
    i32[(contextBase(thread) + CTX.acceptedAt) >> 2] = accepted;
    return load(core, line, slot, accepted);
  }

  function prefetch(core: number, thread: number, line: number, s: number): number {
    f64[stat + STAT.prefetches]++;
    if (dropsWhenFull && i32[slots[core].first()] > s) {
      f64[stat + STAT.prefetchesDropped]++;
      i32[(contextBase(thread) + CTX.acceptedAt) >> 2] = s;
      return s;
    }
    return loadMiss(core, thread, line, s);
  }

  function zeroLine(core: number, _thread: number, line: number, s: number): number {
    f64[stat + STAT.zeroLines]++;
    let start = i32[zeroUntil + core] > s ? i32[zeroUntil + core] : s;
    gather.drainLine(core, line, start);
    let index = l2.find(line);
    if (index < 0) {
      if (replace(line, start)) {
        start = path.room(start);
        path.writeBack(i32[l2.victim], start);
      }
      index = made;
    } else {
      l2.touch(index, start);
      invalidateOthers(index, line, -1);
    }
    const end = start + portWait(start, portTime) + zeroTime;
    i32[l2.flags + index] = DIRTY;
    i32[l2.fill + index] = end;
    i32[zeroUntil + core] = end;
    if (end > i32[ordered + core]) i32[ordered + core] = end;
    return start;
  }

  function flushLine(core: number, _thread: number, line: number, s: number): number {
    f64[stat + STAT.linesFlushed]++;
    gather.drainLine(core, line, s);
    const from = s + portWait(s, portTime);
    const index = l2.find(line);
    if (index < 0) return from;
    invalidateOthers(index, line, -1);
    const isDirty = (i32[l2.flags + index] & DIRTY) !== 0;
    l2.remove(index);
    if (!isDirty) return from;
    const room = path.room(from);
    path.writeBack(line, room);
    return room;
  }

  function sync(core: number, _thread: number, kind: SyncKind, s: number): number {
    if (kind === 'lowPriority') return s;
    f64[stat + STAT.barriers]++;
    gather.drainAll(core, s);
    const own = s + barrierTime[kind];
    const end = i32[ordered + core] > own ? i32[ordered + core] : own;
    f64[stat + STAT.barrierWait] += end - s;
    return end;
  }

  /** An atomic access of the L2 cache at `t` that takes `time` when the line is there. */
  function atomic(core: number, line: number, t: number, time: number): number {
    gather.drainLine(core, line, t);
    const from = t + portWait(t, portTime);
    const index = l2.find(line);
    if (index < 0) return fetch(core, line, from) + time - l2Latency[core];
    l2.touch(index, from);
    made = index;
    const here = i32[l2.fill + index];
    return (here > from ? here : from) + time;
  }

  function loadReserve(core: number, thread: number, line: number, s: number): number {
    f64[stat + STAT.loadReserves]++;
    const from = i32[conditional + thread] > s ? i32[conditional + thread] : s;
    const ready = atomic(core, line, from, reserveTime);
    i32[reserved + thread] = ready;
    return ready;
  }

  function storeConditional(core: number, thread: number, line: number, s: number): number {
    f64[stat + STAT.storeConditionals]++;
    const from = i32[reserved + thread] > s ? i32[reserved + thread] : s;
    const ready = atomic(core, line, from, conditionalTime);
    invalidateOthers(made, line, core);
    i32[l2.flags + made] |= DIRTY;
    i32[conditional + thread] = ready;
    return ready;
  }

  const reset = () => {
    layout.reset();
    l1.reset();
  };
  reset();
  return {
    loadMiss,
    prefetch,
    store: (core, _thread, address, size, s) => gather.store(core, address, size, s),
    zeroLine,
    flushLine,
    sync,
    loadReserve,
    storeConditional,
    rebase: (delta) => {
      layout.rebase(delta);
      path.rebase(delta);
    },
    reset,
    statistics: (elapsed = 0) => readStatistics(layout, stat, elapsed),
    clearStatistics: () => f64.fill(0, stat, stat + Object.keys(STAT).length),
  };
}
