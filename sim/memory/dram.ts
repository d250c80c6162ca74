import type { Machine } from '../machine/resolve.js';
import { newCalendar } from './bus.js';
import type { Layout } from './layout.js';
import { STAT } from './statistics.js';

/** The GDDR3 chips and their controllers. Times are half-cycles, lines 128 bytes. */
export interface Dram {
  /** A line asked for at `t`; returns when its last data is at the controller. */
  read(line: number, t: number): number;
  /** A line to be written, its data at the controller at `t`. Controllers write in batches, reads go first. */
  write(line: number, t: number): void;
  /** Keeps the phase of refresh when time zero moves. */
  rebase(delta: number): void;
}

const half = (cycles: number): number => Math.round(2 * cycles);
const log2 = (value: number): number => Math.round(Math.log2(value));

/**
 * Banks with open rows, refresh, and a data bus a controller. Each request is answered when it is presented; one
 * that lies before the activation the bank has already seen is answered with the row it would have found and
 * leaves the bank as it is, so that the order of calls within a quantum changes little.
 */
export function newDram(layout: Layout, machine: Machine, stat: number): Dram {
  const { i32, f64 } = layout;
  const { dram, gpu } = machine;
  const tCK = machine.clock / dram.clock;
  const lineBytes = machine.l2.lineBytes;
  // What scan-out and the GPU take from the same data buses is taken as longer bursts.
  const peak = (dram.channelBytes * dram.controllers * 2) / tCK;
  const others = (gpu.traffic + (gpu.scanOutEnabled ? gpu.scanOut : 0)) / peak;
  const burst = half(((lineBytes / dram.channelBytes / 2) * tCK) / (1 - Math.min(0.95, others)));
  const turn = half(dram.tWtr + dram.casLatency + 2 * tCK);
  const batch = dram.writeBatchLines;
  const casLatency = half(dram.casLatency);
  const writeLatency = half(dram.writeLatency);
  const tRcd = half(dram.tRcdRead);
  const tRcdWrite = Math.max(0, half(dram.tRcdRead - dram.writeLatency - tCK));
  const tRp = half(dram.tRp);
  const tRas = half(dram.tRas);
  const tRc = half(dram.tRc);
  const tRrd = half(dram.tRrd);
  const tWr = half(dram.tWr);
  const interval = half(dram.refreshInterval);
  const tRfc = half(dram.tRfc);
  const idle = half(dram.rowIdleCycles);
  const closes = dram.rowPolicy !== 'open';
  const closesAtOnce = dram.rowPolicy === 'closed';

  const interleaveShift = log2(dram.interleaveBytes / lineBytes);
  const controllerMask = dram.controllers - 1;
  const controllerShift = log2(dram.controllers);
  const bankShift = log2(dram.rowBytes / lineBytes);
  const rowShift = bankShift + log2(dram.banks);
  const bankMask = dram.banks - 1;

  // The chips have just been refreshed at time zero.
  const phase = layout.words(1, tRfc);
  const lastActivate = layout.times(dram.controllers);
  const data = Array.from({ length: dram.controllers }, () => newCalendar(layout));
  const banks = dram.controllers * dram.banks;
  const row = layout.words(banks, -1);
  const rowBefore = layout.words(banks, -1);
  /** When the request came that opened the row, when it was activated, and when its last access is over. */
  const openedFor = layout.times(banks);
  const activated = layout.times(banks);
  const used = layout.times(banks);
  const prechargeable = layout.times(banks);
  /** Lines a controller has taken but not yet written. */
  const pending = layout.words(dram.controllers * batch);
  const pendingCount = layout.words(dram.controllers);

  /** The slot of the column command that gets the line, with the row opened if it must be. */
  function column(controller: number, bank: number, wanted: number, t: number, rcd: number): number {
    const sinceRefresh = (t + i32[phase]) % interval;
    if (t < i32[openedFor + bank]) {
      if (i32[rowBefore + bank] === wanted) {
        f64[stat + STAT.rowHits]++;
        return t;
      }
      f64[stat + STAT.rowsClosed]++;
      return t + rcd;
    }
    const activatedAt = i32[activated + bank];
    const precharge = i32[prechargeable + bank];
    let ready = t > activatedAt + tRc ? t : activatedAt + tRc;
    if (t - sinceRefresh > activatedAt) f64[stat + STAT.rowsClosed]++;
    else if (closesAtOnce || (closes && t > i32[used + bank] + idle)) {
      f64[stat + STAT.rowsClosed]++;
      const closedAt = closesAtOnce ? precharge : Math.max(precharge, i32[used + bank] + idle);
      if (ready < closedAt + tRp) ready = closedAt + tRp;
    } else if (i32[row + bank] === wanted) {
      f64[stat + STAT.rowHits]++;
      return t > activatedAt + rcd ? t : activatedAt + rcd;
    } else {
      f64[stat + STAT.rowConflicts]++;
      const from = (t > precharge ? t : precharge) + tRp;
      if (ready < from) ready = from;
    }
    const previous = i32[lastActivate + controller];
    if (ready >= previous && ready < previous + tRrd) ready = previous + tRrd;
    if (ready > previous) i32[lastActivate + controller] = ready;
    i32[rowBefore + bank] = i32[row + bank];
    i32[row + bank] = wanted;
    i32[openedFor + bank] = t;
    i32[activated + bank] = ready;
    i32[prechargeable + bank] = ready + tRas;
    return ready + rcd;
  }

  const controllerOf = (line: number): number => (line >> interleaveShift) & controllerMask;

  function access(
    line: number,
    t: number,
    rcd: number,
    toData: number,
    length: number,
    recovery: number,
  ): number {
    const unit = line >> interleaveShift;
    const controller = unit & controllerMask;
    const local = ((unit >> controllerShift) << interleaveShift) | (line & ((1 << interleaveShift) - 1));
    const bank = controller * (bankMask + 1) + ((local >> bankShift) & bankMask);
    // During a refresh nothing else happens.
    const sinceRefresh = (t + i32[phase]) % interval;
    const from = sinceRefresh < tRfc ? t + tRfc - sinceRefresh : t;
    const command = column(controller, bank, local >> rowShift, from, rcd);
    const end = data[controller].reserve(command + toData, length);
    if (end > i32[used + bank]) i32[used + bank] = end;
    if (end + recovery > i32[prechargeable + bank]) i32[prechargeable + bank] = end + recovery;
    f64[stat + STAT.dramBusy] += length;
    return end;
  }

  return {
    read(line, t) {
      f64[stat + STAT.dramReadLines]++;
      return access(line, t, tRcd, casLatency, burst, -casLatency);
    },
    write(line, t) {
      f64[stat + STAT.dramWriteLines]++;
      const controller = controllerOf(line);
      i32[pending + controller * batch + i32[pendingCount + controller]++] = line;
      if (i32[pendingCount + controller] < batch) return;
      i32[pendingCount + controller] = 0;
      for (let i = 0; i < batch; i++) {
        const length = i + 1 < batch ? burst : burst + turn;
        access(i32[pending + controller * batch + i], t, tRcdWrite, writeLatency, length, tWr);
      }
    },
    rebase(delta) {
      i32[phase] = (i32[phase] + delta) % interval;
    },
  };
}
