import type { Machine } from '../machine/resolve.js';
import { newCalendar, reserve } from './bus.js';
import { newDram, readDram, writeDram } from './dram.js';
import { type Layout, later } from './layout.js';
import { holdNext, newRing, nextFree } from './miss-queue.js';
import { STAT } from './statistics.js';
import { half, whole } from './units.js';

/**
 * The way from the L2 cache over the front-side bus to the GDDR3 and back. Times are half-cycles.
 *
 * Nobody knows the parts of the published latency but those of DRAM and bus; the rest (L2 lookup, crossbar,
 * synchronisers between three clocks, northbridge) is split before and behind the DRAM, so that a lone read of a
 * closed row takes exactly the published time. Queueing at link, banks and data bus comes on top.
 */
export type Path = ReturnType<typeof newPath>;

export function newPath(layout: Layout, machine: Machine, stat: number) {
  const { bus, dram, memory, l2 } = machine;
  const lineTime = half(l2.lineBytes / (bus.readBandwidth * bus.efficiency));
  const requestTime = half(bus.requestBytes / (bus.writeBandwidth * bus.efficiency));
  const burst = half((l2.lineBytes / dram.channelBytes / 2) * (machine.clock / dram.clock));
  const rest = half(memory.latencyCycles) - half(dram.tRcdRead) - half(dram.casLatency) - burst - lineTime;
  const before = whole(Math.max(0, half((rest / 2) * memory.requestShare) - requestTime));
  return {
    f64: layout.f64,
    stat,
    dram: newDram(layout, machine, stat),
    readLink: newCalendar(layout),
    writeLink: newCalendar(layout),
    inFlight: newRing(layout, bus.requestsInFlight),
    castouts: newRing(layout, l2.castoutBuffers),
    lineTime,
    writeTime: half(l2.lineBytes / (bus.writeBandwidth * bus.efficiency)),
    requestTime,
    before,
    behind: rest - requestTime - before,
  };
}

/** Asks for a line at `t`; returns when it has arrived. */
export function readLine(p: Path, line: number, t: number): number {
  const { f64, stat } = p;
  const free = nextFree(p.inFlight);
  const from = later(t, free);
  const asked = reserve(p.writeLink, from, p.requestTime) + p.before;
  const arrived = reserve(p.readLink, readDram(p.dram, line, asked), p.lineTime) + p.behind;
  holdNext(p.inFlight, arrived);
  if (from > t) f64[stat + STAT.requestWait] += from - t;
  return arrived;
}

/** When a castout buffer is free for a dirty line, `t` or later. */
export function castoutRoom(p: Path, t: number): number {
  const room = later(t, nextFree(p.castouts));
  if (room > t) p.f64[p.stat + STAT.castoutWait] += room - t;
  return room;
}

/** Sends a dirty line away through the castout buffer that is free at `t`. */
export function writeLine(p: Path, line: number, t: number): void {
  const sent = reserve(p.writeLink, t, p.writeTime);
  holdNext(p.castouts, sent);
  p.f64[p.stat + STAT.castouts]++;
  writeDram(p.dram, line, sent + p.before);
}
