import {
  bankOf,
  controllerOf,
  isOpenStill,
  openRow,
  prepare,
  prepareFor,
  REFRESH_AHEAD,
  rowUnit,
  UNPREPARED,
} from './banks';
import { logCommand, logRequest } from './command-log';
import {
  banksLog2,
  bursts,
  burstTicks,
  controllers,
  nWriteBatches,
  pendingWrites,
  tRc,
  tRcdWrite,
  tRfc,
  tRp,
  tRtw,
  tWr,
  tWtr,
  writeBatch,
  writeLatency,
} from './numbers';
import {
  CLOSABLE,
  COMMANDS,
  CONTROLLER,
  LAST_READ,
  LAST_WRITE,
  NEXT_REFRESH,
  OPENED,
  PREPARED,
  READS,
  ROW,
  UNTIL,
  USED,
  WAITING,
  WRITE,
  WRITE_LINE,
} from './state';
import { firstFree, takeCommand, takeStretch } from './timetable';
import { count, later, seldom } from './words';

/*
 * Lines written to the GDDR3 chips; see dram.ts.
 */

/** A line to be written, its data at the controller at the tick `asked`. Controllers write in batches; reads go first. */
export function writeAt(line: i32, asked: i32): void {
  logRequest(WRITE_LINE, asked, 0, line);
  const number = controllerOf(line);
  const c = controllers + number * CONTROLLER;
  const pending = pendingWrites + ((number * writeBatch) << 2);
  const waiting = load<i32>(c, WAITING);
  store<i32>(pending + (waiting << 2), line);
  if (waiting + 1 < writeBatch) {
    store<i32>(c, waiting + 1, WAITING);
    return;
  }
  store<i32>(c, 0, WAITING);
  writeAll(c, pending, asked);
}

/** Writes a batch behind everything booked, whatever row is ready first. */
function writeAll(c: i32, pending: i32, asked: i32): void {
  count(nWriteBatches, 1);
  prepare(c, asked);
  let at = later(later(asked, load<i32>(c, LAST_READ) + tRtw), load<i32>(c, LAST_WRITE) + burstTicks);
  let first = 0;
  for (let left = writeBatch; left > 0; left--) {
    // A long batch may come near a refresh that `prepare` has not booked.
    if (seldom(at + (REFRESH_AHEAD >> 1) > load<i32>(c, NEXT_REFRESH))) prepareFor(c, at);
    const from = later(asked, at - tRp - tRcdWrite);
    let best = 0;
    let ready = 0;
    for (let i = 0; i < left; i++) {
      const r = writable(load<i32>(pending + (i << 2)), from);
      if (i === 0 || r < ready) {
        best = i;
        ready = r;
      }
    }
    const line = load<i32>(pending + (best << 2));
    for (let i = best + 1; i < left; i++) store<i32>(pending + ((i - 1) << 2), load<i32>(pending + (i << 2)));
    const begun = writeOne(
      c,
      bankOf(controllerOf(line), rowUnit(line)),
      rowUnit(line) >> banksLog2,
      from,
      at,
    );
    if (left === writeBatch) first = begun;
    at = load<i32>(c, LAST_WRITE) + burstTicks;
  }
  takeStretch(c, READS, first - tRtw + 1, load<i32>(c, LAST_WRITE) + writeLatency + tWtr);
  store<i32>(c, UNPREPARED, PREPARED);
}

/** About when a line could be written. */
function writable(line: i32, from: i32): i32 {
  const unit = rowUnit(line);
  const b = bankOf(controllerOf(line), unit);
  const wanted = unit >> banksLog2;
  if (load<i32>(b, ROW) === wanted && isOpenStill(b, from) && from < load<i32>(b, UNTIL)) {
    return later(from, load<i32>(b, OPENED) + tRcdWrite);
  }
  const closed = later(from, load<i32>(b, CLOSABLE)) + tRp;
  return later(closed, load<i32>(b, OPENED) + tRc) + tRcdWrite;
}

/** Writes one line from tick `at` on, its row opened from `asked` on if need be; returns when the first burst is. */
function writeOne(c: i32, b: i32, wanted: i32, asked: i32, at: i32): i32 {
  let from = asked;
  let column = load<i32>(b, OPENED) + tRcdWrite;
  let isOpen = load<i32>(b, ROW) === wanted && isOpenStill(b, from) && from < load<i32>(b, UNTIL);
  let counted = isOpen ? 0 : 1;
  while (true) {
    if (!isOpen) column = openRow(c, b, wanted, from, counted) + tRcdWrite;
    const first = firstFree(c, COMMANDS, later(at, column));
    let last = first;
    for (let i = 1; i < bursts; i++) last = firstFree(c, COMMANDS, last + burstTicks);
    const recovered = last + writeLatency + burstTicks + tWr;
    if (recovered <= load<i32>(b, UNTIL)) {
      last = first;
      takeCommand(c, first);
      logCommand(WRITE, first, b, wanted);
      for (let i = 1; i < bursts; i++) {
        last = firstFree(c, COMMANDS, last + burstTicks);
        takeCommand(c, last);
        logCommand(WRITE, last, b, wanted);
      }
      if (recovered > load<i32>(b, CLOSABLE)) store<i32>(b, recovered, CLOSABLE);
      const end = last + writeLatency + burstTicks;
      if (end > load<i32>(b, USED)) store<i32>(b, end, USED);
      store<i32>(c, last, LAST_WRITE);
      return first;
    }
    isOpen = false;
    counted = 0;
    from = load<i32>(b, UNTIL) + tRp + tRfc;
  }
}
