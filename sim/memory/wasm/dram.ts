import { reserve } from './calendar';
import { log } from './log';
import {
  bankMask,
  bankShift,
  bankStates,
  banksLog2,
  burst,
  casLatency,
  closesAtOnce,
  controllerMask,
  controllerShift,
  dataBuses,
  interleaveShift,
  lastActivate,
  nDramReadLines,
  nDramWriteLines,
  nextRefresh,
  nRowConflicts,
  nRowHits,
  nRowsClosed,
  pendingCount,
  pendingWrites,
  refreshInterval,
  rowIdle,
  tRas,
  tRc,
  tRcdRead,
  tRcdWrite,
  tRfc,
  tRp,
  tRrd,
  turn,
  tWr,
  writeBatch,
  writeLatency,
} from './numbers';
import { count, later } from './words';

/*
 * The GDDR3 chips and their controllers: banks with open rows, refresh, a data bus a controller. Each request is
 * answered when it is presented; one that lies before the activation its bank has already seen is answered with the
 * row it would have found and leaves the bank as it is, so that the order of calls within a quantum changes little.
 *
 * A bank's words: its open row (or the last that was), the one before it; times of the request that opened the row, of
 * its activation, of the end of its last access, and from when on it may be closed.
 */
const BEFORE: usize = 4;
const ASKED: usize = 8;
const ACTIVATED: usize = 12;
const USED: usize = 16;
const CLOSABLE: usize = 20;
/** Bytes of a calendar. */
const CALENDAR: i32 = 16 + 8 * 256;
/** Half-cycles ahead of a request that a refresh is booked on the data buses: more than a queue is long. */
const REFRESH_AHEAD: i32 = 2000;

/** A line asked for at `t`; returns when its last data is at the controller. @inline */
export function readDram(line: i32, t: i32): i32 {
  count(nDramReadLines, 1);
  log(line, 0, t);
  return access(line, t, tRcdRead, casLatency, burst, -casLatency);
}

/** A line to be written, its data at the controller at `t`. Controllers write in batches; reads go first. */
export function writeDram(line: i32, t: i32): void {
  count(nDramWriteLines, 1);
  log(line, 1, t);
  const controller = (line >> interleaveShift) & controllerMask;
  const pending = pendingWrites + ((controller * writeBatch) << 2);
  const waiting = load<i32>(pendingCount + (controller << 2));
  store<i32>(pending + (waiting << 2), line);
  if (waiting + 1 < writeBatch) {
    store<i32>(pendingCount + (controller << 2), waiting + 1);
    return;
  }
  store<i32>(pendingCount + (controller << 2), 0);
  for (let i = 0; i < writeBatch; i++) {
    // The data bus turns round once a batch.
    const length = i + 1 < writeBatch ? burst : burst + turn;
    access(load<i32>(pending + (i << 2)), t, tRcdWrite, writeLatency, length, tWr);
  }
}

/**
 * One line's column access. `rcd`: from activation to the column command; `toData`: from there to the data;
 * `length`: of the data; `recovery`: from the end of the data to closing the row.
 * @inline
 */
function access(line: i32, t: i32, rcd: i32, toData: i32, length: i32, recovery: i32): i32 {
  const unit = line >> interleaveShift;
  const controller = unit & controllerMask;
  const local = ((unit >> controllerShift) << interleaveShift) | (line & ((1 << interleaveShift) - 1));
  const bankLine = local >> bankShift;
  const bank = bankStates + (((controller << banksLog2) + (bankLine & bankMask)) << 5);
  const row = bankLine >> banksLog2;
  if (t + REFRESH_AHEAD > load<i32>(nextRefresh)) bookRefresh(t);
  // During a refresh nothing else happens. Almost always the last one is that before the next one booked.
  let sinceRefresh = t + refreshInterval - load<i32>(nextRefresh);
  if (sinceRefresh < 0) sinceRefresh += refreshInterval;
  let from = t;
  if (sinceRefresh < tRfc) {
    from = t + tRfc - sinceRefresh;
    sinceRefresh = tRfc;
  }
  const column = openRow(controller, bank, row, from, from - sinceRefresh, rcd);
  const end = reserve(dataBuses + controller * CALENDAR, column + toData, length);
  if (end > load<i32>(bank, USED)) store<i32>(bank, end, USED);
  const closable = end + recovery;
  if (closable > load<i32>(bank, CLOSABLE)) store<i32>(bank, closable, CLOSABLE);
  return end;
}

function bookRefresh(t: i32): void {
  // After a long pause only the last refresh matters.
  let next = load<i32>(nextRefresh);
  const late = t - next;
  if (late > refreshInterval) next += late - (late % refreshInterval);
  for (let controller = 0; controller <= controllerMask; controller++) {
    reserve(dataBuses + controller * CALENDAR, next, tRfc);
  }
  store<i32>(nextRefresh, next + refreshInterval);
}

/** The slot of the column command that gets a line of `wanted` asked for at `t`; opens the row if it must be. @inline */
function openRow(controller: i32, bank: i32, wanted: i32, t: i32, refreshed: i32, rcd: i32): i32 {
  if (t < load<i32>(bank, ASKED)) {
    if (load<i32>(bank, BEFORE) === wanted) {
      count(nRowHits, 1);
      return t;
    }
    count(nRowsClosed, 1);
    return t + rcd;
  }
  const activated = load<i32>(bank, ACTIVATED);
  const closable = load<i32>(bank, CLOSABLE);
  const idleAt = load<i32>(bank, USED) + rowIdle;
  let ready = later(t, activated + tRc);
  if (refreshed > activated) count(nRowsClosed, 1);
  else if (closesAtOnce !== 0) {
    count(nRowsClosed, 1);
    ready = later(ready, closable + tRp);
  } else if (t > idleAt) {
    count(nRowsClosed, 1);
    ready = later(later(ready, closable + tRp), idleAt + tRp);
  } else if (load<i32>(bank) === wanted) {
    count(nRowHits, 1);
    return later(t, activated + rcd);
  } else {
    count(nRowConflicts, 1);
    ready = later(ready, later(t, closable) + tRp);
  }
  const previous = load<i32>(lastActivate + (controller << 2));
  if (ready >= previous && ready < previous + tRrd) ready = previous + tRrd;
  if (ready > previous) store<i32>(lastActivate + (controller << 2), ready);
  store<i32>(bank, load<i32>(bank), BEFORE);
  store<i32>(bank, wanted);
  store<i32>(bank, t, ASKED);
  store<i32>(bank, ready, ACTIVATED);
  store<i32>(bank, ready + tRas, CLOSABLE);
  return ready + rcd;
}

/** Leaves the row of a line open, as an access would, without time passing. */
export function warmRow(line: i32, t: i32): void {
  const unit = line >> interleaveShift;
  const controller = unit & controllerMask;
  const local = ((unit >> controllerShift) << interleaveShift) | (line & ((1 << interleaveShift) - 1));
  const bankLine = local >> bankShift;
  const bank = bankStates + (((controller << banksLog2) + (bankLine & bankMask)) << 5);
  const row = bankLine >> banksLog2;
  if (load<i32>(bank) !== row) {
    store<i32>(bank, load<i32>(bank), BEFORE);
    store<i32>(bank, row);
    store<i32>(bank, t, ASKED);
    store<i32>(bank, t, ACTIVATED);
  }
  if (t > load<i32>(bank, USED)) store<i32>(bank, t, USED);
  if (t > load<i32>(bank, CLOSABLE)) store<i32>(bank, t, CLOSABLE);
}
