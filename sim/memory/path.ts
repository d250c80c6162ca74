import type { Machine } from '../machine/resolve.js';
import { newCalendar } from './bus.js';
import { newDram } from './dram.js';
import type { Layout } from './layout.js';
import { newRing } from './miss-queue.js';
import { STAT } from './statistics.js';

/** The way from the L2 cache over the front-side bus to the GDDR3 and back. Times are half-cycles. */
export interface Path {
  /** Asks for a line at `t`; returns when it has arrived. */
  read(line: number, t: number): number;
  /** When a castout buffer is free for a dirty line, `t` or later. */
  room(t: number): number;
  /** Sends a dirty line away through the buffer that is free at `t`. */
  writeBack(line: number, t: number): void;
  rebase(delta: number): void;
}

/**
 * Nobody knows the parts of the published latency but those of DRAM and bus; the rest (L2 lookup, crossbar,
 * synchronisers between three clocks, northbridge) is split before and behind the DRAM, so that a lone read of a
 * closed row takes exactly the published time. Queueing at link, banks and data bus comes on top.
 */
export function newPath(layout: Layout, machine: Machine, stat: number): Path {
  const { i32, f64 } = layout;
  const { bus, dram: chips, memory, l2 } = machine;
  const dram = newDram(layout, machine, stat);
  const readLink = newCalendar(layout);
  const writeLink = newCalendar(layout);
  const inFlight = newRing(layout, bus.requestsInFlight);
  const castouts = newRing(layout, l2.castoutBuffers);

  const half = (cycles: number) => Math.round(2 * cycles);
  const lineTime = half(l2.lineBytes / (bus.readBandwidth * bus.efficiency));
  const writeTime = half(l2.lineBytes / (bus.writeBandwidth * bus.efficiency));
  const requestTime = half(bus.requestBytes / (bus.writeBandwidth * bus.efficiency));
  const burst = half((l2.lineBytes / chips.channelBytes / 2) * (machine.clock / chips.clock));
  const lone = half(chips.tRcdRead) + half(chips.casLatency) + burst + lineTime;
  const rest = half(memory.latencyCycles) - lone;
  const before = Math.max(0, Math.round(rest * memory.requestShare) - requestTime);
  const behind = rest - requestTime - before;

  return {
    read(line, t) {
      const slot = inFlight.next();
      let from = t;
      if (i32[slot] > t) {
        from = i32[slot];
        f64[stat + STAT.requestWait] += from - t;
      }
      const asked = writeLink.reserve(from, requestTime) + before;
      const arrived = readLink.reserve(dram.read(line, asked), lineTime) + behind;
      i32[slot] = arrived;
      f64[stat + STAT.busWriteBusy] += requestTime;
      f64[stat + STAT.busReadBusy] += lineTime;
      return arrived;
    },
    room(t) {
      const free = i32[castouts.peek()];
      if (free <= t) return t;
      f64[stat + STAT.castoutWait] += free - t;
      return free;
    },
    writeBack(line, t) {
      const sent = writeLink.reserve(t, writeTime);
      i32[castouts.next()] = sent;
      f64[stat + STAT.castouts]++;
      f64[stat + STAT.busWriteBusy] += writeTime;
      dram.write(line, sent + before);
    },
    rebase: dram.rebase,
  };
}
