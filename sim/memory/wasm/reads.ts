import {
  bankOf,
  controllerOf,
  idleFrom,
  insertEpoch,
  open,
  openRow,
  prepare,
  refreshBehind,
  rowUnit,
} from './banks';
import { logCommand, logRequest } from './command-log';
import {
  banksLog2,
  bursts,
  burstTicks,
  casLatency,
  closesAtOnce,
  controllers,
  nOtherReads,
  nRowsClosed,
  tRas,
  tRc,
  tRcdRead,
  tRfc,
  tRp,
  tRtp,
} from './numbers';
import {
  ACTIVATE,
  ACTIVATIONS,
  BASE,
  CLOSABLE,
  CLOSED,
  COMMANDS,
  CONTROLLER,
  EPOCHS,
  LAST_READ,
  OPENED,
  PRECHARGE,
  READ,
  READ_LINE,
  READS,
  ROW,
  UNTIL,
  USED,
} from './state';
import { firstFree, firstFreeFrom, LAST_WORD, takeActivation, takeCommand, takeReads } from './timetable';
import { count, later, seldom } from './words';

/*
 * Lines read from the GDDR3 chips; see dram.ts.
 */
const NOT_OPEN: i32 = i32.MIN_VALUE;

/** A line that others read at the tick `asked`. */
export function readAt(line: i32, asked: i32): i32 {
  count(nOtherReads, 1);
  return serveRead(line, asked);
}

/** A line asked for at the tick `asked`; returns when its last data is at the controller. @inline */
export function serveRead(line: i32, asked: i32): i32 {
  const number = controllerOf(line);
  const unit = rowUnit(line);
  const c = controllers + number * CONTROLLER;
  const b = bankOf(number, unit);
  const wanted = unit >> banksLog2;
  prepare(c, asked);
  const done = readRow(c, b, wanted, asked);
  logRequest(READ_LINE, asked, done, line);
  return done;
}

/** Reads a line of a row, which is opened if need be; returns when the last data is there. @inline */
function readRow(c: i32, b: i32, wanted: i32, asked: i32): i32 {
  const opened = load<i32>(b, OPENED);
  const idle = idleFrom(b);
  if (closesAtOnce === 0 && load<i32>(b, ROW) === wanted && asked <= idle) {
    return readFrom(c, b, wanted, later(asked, opened + tRcdRead), asked, true);
  }
  if (seldom(asked < opened)) {
    if (load<i32>(b, ROW) !== wanted && fitsBefore(b, wanted, asked, opened)) {
      const done = readBefore(c, b, wanted, asked);
      if (done !== 0) return done;
    }
  }
  return readFrom(c, b, wanted, open(c, b, wanted, asked, idle, 1) + tRcdRead, asked, false);
}

/**
 * Reads a line of an open row from tick `from` on, for a request at `asked` that has found the row open or not; returns
 * when its last data is there. Mostly both bursts and what they keep others from are in one word of the maps. @inline
 */
function readFrom(c: i32, b: i32, wanted: i32, from: i32, asked: i32, wasOpen: bool): i32 {
  const before = burstTicks - 1;
  const i = <u32>(from - load<i32>(c, BASE) - before);
  if (seldom(bursts !== 2 || i > <u32>(LAST_WORD - before)))
    return readLater(c, b, wanted, from, asked, wasOpen);
  const at = <usize>(c + (i >> 3));
  const reads = load<u64>(at, READS);
  const commands = load<u64>(at, COMMANDS);
  const bit = (i & 7) + before;
  const free = (~(reads | commands) & (u64.MAX_VALUE >> before)) >> bit;
  const ahead = ctz(free);
  const behindFirst = (free >> ahead) >> burstTicks;
  if (seldom(behindFirst === 0)) return readLater(c, b, wanted, from, asked, wasOpen);
  const apart = <u64>burstTicks + ctz(behindFirst);
  const first = from + <i32>ahead;
  const last = first + <i32>apart;
  if (seldom(last + tRtp > load<i32>(b, UNTIL))) return readLater(c, b, wanted, from, asked, wasOpen);
  const keeps: u64 = (1 << (2 * burstTicks - 1)) - 1;
  const command = (<u64>1) << before;
  const shift = (i & 7) + ahead;
  store<u64>(at, reads | ((keeps | (keeps << apart)) << shift), READS);
  store<u64>(at, commands | ((command | (command << apart)) << shift), COMMANDS);
  logCommand(READ, first, b, wanted);
  logCommand(READ, last, b, wanted);
  store<i32>(c, later(last, load<i32>(c, LAST_READ)), LAST_READ);
  return used(b, last);
}

/** The same for any number of bursts, wherever they are, and whatever comes between. Exported to stay a function. */
export function readLater(c: i32, b: i32, wanted: i32, from: i32, asked: i32, wasOpen: bool): i32 {
  const end = readBeforeRefresh(c, b, wanted, from);
  return end !== NOT_OPEN ? end : readBehindRefresh(c, b, wanted, asked, wasOpen);
}

/** Reads from an open row, if there is time before it is closed for a refresh; else returns NOT_OPEN. */
function readBeforeRefresh(c: i32, b: i32, wanted: i32, from: i32): i32 {
  const first = firstFreeFrom(c, READS, from);
  const last = lastBurst(c, first);
  if (last + tRtp > load<i32>(b, UNTIL)) return NOT_OPEN;
  readBursts(c, b, wanted, first, last);
  return used(b, last);
}

/** A refresh comes between a request and its data: the row must be opened behind it. */
function readBehindRefresh(c: i32, b: i32, wanted: i32, asked: i32, wasOpen: bool): i32 {
  let from = asked;
  if (wasOpen) {
    count(nRowsClosed, 1);
    // Nothing but the refresh closes it.
    store<i32>(b, later(load<i32>(b, CLOSABLE), load<i32>(b, UNTIL)), CLOSABLE);
  } else from = load<i32>(b, UNTIL) + tRp + tRfc;
  while (true) {
    const end = readBeforeRefresh(c, b, wanted, openRow(c, b, wanted, from, 0) + tRcdRead);
    if (end !== NOT_OPEN) return end;
    from = load<i32>(b, UNTIL) + tRp + tRfc;
  }
}

/** Notes the use of a row by a read whose last command is at `last`; returns when its data is there. @inline */
function used(b: i32, last: i32): i32 {
  const end = last + casLatency + burstTicks;
  store<i32>(b, later(end, load<i32>(b, USED)), USED);
  store<i32>(b, later(last + tRtp, load<i32>(b, CLOSABLE)), CLOSABLE);
  return end;
}

/** When a line's last burst is read if its first is at `first`. @inline */
function lastBurst(c: i32, first: i32): i32 {
  if (bursts === 2) return firstFree(c, READS, first + burstTicks);
  let at = first;
  for (let i = 1; i < bursts; i++) at = firstFreeFrom(c, READS, at + burstTicks);
  return at;
}

/** Gives a line's read commands. */
function readBursts(c: i32, b: i32, wanted: i32, first: i32, last: i32): void {
  if (bursts === 2) {
    takeReads(c, first, last);
    logCommand(READ, first, b, wanted);
    logCommand(READ, last, b, wanted);
  } else readEach(c, b, wanted, first);
  store<i32>(c, later(last, load<i32>(c, LAST_READ)), LAST_READ);
}

/** Any number of bursts. Exported so that it stays a function of its own. */
export function readEach(c: i32, b: i32, wanted: i32, first: i32): void {
  let at = first;
  for (let i = 0; i < bursts; i++) {
    takeReads(c, at, at);
    logCommand(READ, at, b, wanted);
    at = firstFree(c, READS, at + burstTicks);
  }
}

/**
 * Whether a request from before the bank's row was opened at `opened` may find its row open before that, or time to open
 * and close it. @inline
 */
function fitsBefore(b: i32, wanted: i32, asked: i32, opened: i32): bool {
  const rows = i32x4.eq(v128.load(b, ROW + 4), i32x4.splat(wanted));
  const open = v128.and(rows, i32x4.gt_s(v128.load(b, CLOSED), i32x4.splat(asked)));
  if ((i32x4.bitmask(open) & ((1 << EPOCHS) - 1)) !== 0) return true;
  return later(asked, load<i32>(b, CLOSED) + tRp) + tRc <= opened;
}

/**
 * A request from before the bank's row was opened: reads from the row open then, or opens and closes its row in
 * between; returns when its last data is there, or 0 where neither fits. Exported to stay a function.
 */
export function readBefore(c: i32, b: i32, wanted: i32, asked: i32): i32 {
  for (let before = <usize>b; before < <usize>b + (EPOCHS << 2); before += 4) {
    const closed = load<i32>(before, CLOSED);
    if (asked >= closed) break;
    if (load<i32>(before, ROW + 4) !== wanted) continue;
    const first = firstFree(c, READS, later(asked, load<i32>(before, OPENED + 4) + tRcdRead));
    const last = lastBurst(c, first);
    if (last + tRtp <= closed) {
      readBursts(c, b, wanted, first, last);
      return last + casLatency + burstTicks;
    }
  }
  const opened = load<i32>(b, OPENED);
  const earliest = later(later(asked, load<i32>(b, CLOSED) + tRp), load<i32>(b, OPENED + 4) + tRc);
  if (earliest + tRc > opened || refreshBehind(c, earliest) < opened) return 0;
  const activated = firstFree(c, ACTIVATIONS, earliest);
  if (activated + tRc > opened) return 0;
  const first = firstFree(c, READS, activated + tRcdRead);
  const last = lastBurst(c, first);
  const close = firstFree(c, COMMANDS, later(activated + tRas, last + tRtp));
  if (close + tRp > opened) return 0;
  count(nRowsClosed, 1);
  takeActivation(c, activated);
  logCommand(ACTIVATE, activated, b, wanted);
  takeCommand(c, close);
  logCommand(PRECHARGE, close, b, 0);
  insertEpoch(b, wanted, activated, close);
  readBursts(c, b, wanted, first, last);
  return last + casLatency + burstTicks;
}
