import type { Machine } from '../machine/resolve.js';
import { type Calendar, newCalendar, reserve } from './bus.js';
import { type Layout, later, OLDEST } from './layout.js';
import { STAT } from './statistics.js';
import { half, log2, whole } from './units.js';

/**
 * The GDDR3 chips and their controllers: banks with open rows, refresh, a data bus a controller. Each request is
 * answered when it is presented; one that lies before the activation its bank has already seen is answered with the
 * row it would have found and leaves the bank as it is, so that the order of calls within a quantum changes little.
 */
export type Dram = ReturnType<typeof newDram>;

/** A bank's rows: the open one (or the last that was), and the one before it. */
const BANK_ROWS = 2;
/**
 * A bank's times: of the request that opened the row, of its activation, of the end of its last access, and from
 * when on it may be closed.
 */
const BANK_TIMES = 4;
const ACTIVATED = 1;
const USED = 2;
const CLOSABLE = 3;

export function newDram(layout: Layout, machine: Machine, stat: number) {
  const { dram, gpu, l2 } = machine;
  const tCK = machine.clock / dram.clock;
  // What scan-out and the GPU take from the same data buses is taken as longer bursts.
  const peak = (dram.channelBytes * dram.controllers * 2) / tCK;
  const others = Math.min(0.95, (gpu.traffic + (gpu.scanOutEnabled ? gpu.scanOut : 0)) / peak);
  const tRfc = half(dram.tRfc);
  const bankCount = dram.controllers * dram.banks;
  const refreshInterval = half(dram.refreshInterval);
  // The chips have just been refreshed at time zero.
  const nextRefresh = layout.words(1, refreshInterval - tRfc);
  const { i32 } = layout;
  layout.onRebase((delta) => {
    // Long without a request only the phase matters, and the time must not wrap.
    const moved = i32[nextRefresh] - delta;
    const missed = Math.max(0, Math.ceil((OLDEST - moved) / refreshInterval));
    i32[nextRefresh] = moved + missed * refreshInterval;
  });
  return {
    i32,
    f64: layout.f64,
    stat,
    interleaveShift: log2(dram.interleaveBytes / l2.lineBytes),
    controllerMask: whole(dram.controllers - 1),
    controllerShift: log2(dram.controllers),
    bankShift: log2(dram.rowBytes / l2.lineBytes),
    bankMask: whole(dram.banks - 1),
    banksLog2: log2(dram.banks),
    burst: half(((l2.lineBytes / dram.channelBytes / 2) * tCK) / (1 - others)),
    turn: half(dram.tWtr + dram.casLatency + 2 * tCK),
    casLatency: half(dram.casLatency),
    writeLatency: half(dram.writeLatency),
    tRcdRead: half(dram.tRcdRead),
    tRcdWrite: whole(Math.max(0, half(dram.tRcdRead - dram.writeLatency - tCK))),
    tRp: half(dram.tRp),
    tRas: half(dram.tRas),
    tRc: half(dram.tRc),
    tRrd: half(dram.tRrd),
    tWr: half(dram.tWr),
    tRfc,
    refreshInterval,
    /** How long a row stays open behind its last access; open rows never close of themselves. */
    idle: dram.rowPolicy === 'idleClose' ? half(dram.rowIdleCycles) : 1 << 30,
    closesAtOnce: dram.rowPolicy === 'closed',
    batch: whole(dram.writeBatchLines),
    /** The first refresh that the data buses do not know of. */
    nextRefresh,
    rows: layout.words(bankCount * BANK_ROWS, -1),
    times: layout.times(bankCount * BANK_TIMES),
    lastActivate: layout.times(dram.controllers),
    /** Lines a controller has taken but not yet written, and how many. */
    pending: layout.words(dram.controllers * dram.writeBatchLines),
    pendingCount: layout.words(dram.controllers),
    data: Array.from({ length: dram.controllers }, () => newCalendar(layout)) as readonly Calendar[],
  };
}

/** A line asked for at `t`; returns when its last data is at the controller. Half-cycles. */
export function readDram(d: Dram, line: number, t: number): number {
  d.f64[d.stat + STAT.dramReadLines]++;
  return access(d, line, t, d.tRcdRead, d.casLatency, d.burst, -d.casLatency);
}

/** A line to be written, its data at the controller at `t`. Controllers write in batches; reads go first. */
export function writeDram(d: Dram, line: number, t: number): void {
  const { i32, batch } = d;
  d.f64[d.stat + STAT.dramWriteLines]++;
  const controller = (line >> d.interleaveShift) & d.controllerMask;
  const count = i32[d.pendingCount + controller];
  i32[d.pending + controller * batch + count] = line;
  i32[d.pendingCount + controller] = count + 1 < batch ? count + 1 : 0;
  if (count + 1 < batch) return;
  for (let i = 0; i < batch; i++) {
    // The data bus turns round once a batch.
    const length = i + 1 < batch ? d.burst : d.burst + d.turn;
    access(d, i32[d.pending + controller * batch + i], t, d.tRcdWrite, d.writeLatency, length, d.tWr);
  }
}

/**
 * One line's column access. `rcd`: from activation to the column command; `toData`: from there to the data;
 * `length`: of the data; `recovery`: from the end of the data to closing the row.
 */
function access(
  d: Dram,
  line: number,
  t: number,
  rcd: number,
  toData: number,
  length: number,
  recovery: number,
): number {
  const { i32 } = d;
  const unit = line >> d.interleaveShift;
  const controller = unit & d.controllerMask;
  const local = ((unit >> d.controllerShift) << d.interleaveShift) | (line & ((1 << d.interleaveShift) - 1));
  const bankLine = local >> d.bankShift;
  const bank = (controller << d.banksLog2) + (bankLine & d.bankMask);
  const row = bankLine >> d.banksLog2;
  if (t + REFRESH_AHEAD > i32[d.nextRefresh]) bookRefresh(d, t);
  // During a refresh nothing else happens. Almost always the last one is that before the next one booked.
  let sinceRefresh = t + d.refreshInterval - i32[d.nextRefresh];
  if (sinceRefresh < 0) sinceRefresh += d.refreshInterval;
  let from = t;
  if (sinceRefresh < d.tRfc) {
    from = t + d.tRfc - sinceRefresh;
    sinceRefresh = d.tRfc;
  }
  const times = d.times + bank * BANK_TIMES;
  const column = openRow(d, controller, bank, row, from, from - sinceRefresh, rcd);
  const end = reserve(d.data[controller], column + toData, length);
  i32[times + USED] = later(i32[times + USED], end);
  i32[times + CLOSABLE] = later(i32[times + CLOSABLE], end + recovery);
  return end;
}

/** Half-cycles ahead of a request that a refresh is booked on the data buses: more than a queue is long. */
const REFRESH_AHEAD = 2000;

function bookRefresh(d: Dram, t: number): void {
  const { i32 } = d;
  // After a long pause only the last refresh matters.
  const late = t - i32[d.nextRefresh];
  if (late > d.refreshInterval) i32[d.nextRefresh] += late - (late % d.refreshInterval);
  for (let controller = 0; controller <= d.controllerMask; controller++) {
    reserve(d.data[controller], i32[d.nextRefresh], d.tRfc);
  }
  i32[d.nextRefresh] += d.refreshInterval;
}

/** The slot of the column command that gets a line of `wanted` asked for at `t`; opens the row if it must be. */
function openRow(
  d: Dram,
  controller: number,
  bank: number,
  wanted: number,
  t: number,
  refreshed: number,
  rcd: number,
): number {
  const { i32, f64, stat } = d;
  const rows = d.rows + bank * BANK_ROWS;
  const times = d.times + bank * BANK_TIMES;
  if (t < i32[times]) {
    if (i32[rows + 1] === wanted) {
      f64[stat + STAT.rowHits]++;
      return t;
    }
    f64[stat + STAT.rowsClosed]++;
    return t + rcd;
  }
  const activated = i32[times + ACTIVATED];
  const closable = i32[times + CLOSABLE];
  const idleAt = i32[times + USED] + d.idle;
  let ready = later(t, activated + d.tRc);
  if (refreshed > activated) f64[stat + STAT.rowsClosed]++;
  else if (d.closesAtOnce) {
    f64[stat + STAT.rowsClosed]++;
    ready = later(ready, closable + d.tRp);
  } else if (t > idleAt) {
    f64[stat + STAT.rowsClosed]++;
    ready = later(later(ready, closable + d.tRp), idleAt + d.tRp);
  } else if (i32[rows] === wanted) {
    f64[stat + STAT.rowHits]++;
    return later(t, activated + rcd);
  } else {
    f64[stat + STAT.rowConflicts]++;
    ready = later(ready, later(t, closable) + d.tRp);
  }
  const previous = i32[d.lastActivate + controller];
  if (ready >= previous && ready < previous + d.tRrd) ready = previous + d.tRrd;
  if (ready > previous) i32[d.lastActivate + controller] = ready;
  i32[rows + 1] = i32[rows];
  i32[rows] = wanted;
  i32[times] = t;
  i32[times + ACTIVATED] = ready;
  i32[times + CLOSABLE] = ready + d.tRas;
  return ready + rcd;
}
