import { logCommand, logRequest } from './command-log';
import { log } from './log';
import {
  bankMask,
  bankShift,
  bankStates,
  banksLog2,
  bursts,
  burstTicks,
  casLatency,
  clockPhase,
  closesAtOnce,
  controllerMask,
  controllerShift,
  controllers,
  halvesPerTick,
  interleaveShift,
  nDramWriteLines,
  nOtherReads,
  nRowConflicts,
  nRowsClosed,
  nWriteBatches,
  othersActive,
  pendingWrites,
  refreshInterval,
  rowIdle,
  ticksPerHalf,
  tRas,
  tRc,
  tRcdRead,
  tRcdWrite,
  tRfc,
  tRp,
  tRtp,
  tRtw,
  tWr,
  tWtr,
  writeBatch,
  writeLatency,
} from './numbers';
import { serveOthers } from './others';
import {
  ACTIVATIONS,
  activateFrom,
  BASE,
  COMMANDS,
  CONTROLLER,
  ensure,
  ensuredTo,
  firstFree,
  firstFreeFrom,
  LAST_WORD,
  READS,
  takeActivation,
  takeCommand,
  takeCommandBefore,
  takeReads,
  takeStretch,
} from './timetable';
import { count, later, lesser, seldom } from './words';

/*
 * The GDDR3 chips and their controllers, command by command: each request is answered when it is presented, with
 * commands at the first clocks where the timing table of the chips and the commands given before allow them. One that
 * comes late, because its core is simulated later, is served in gaps: from the row that was open then, by opening its
 * row where the bank was closed for long enough, or else behind what its bank has been given already.
 *
 * Times inside are DRAM clocks (ticks). Words of a controller behind the timetable's: the refresh that is booked next,
 * the latest column commands, how many lines wait to be written, up to when nothing has to be prepared for requests.
 */
const NEXT_REFRESH: usize = 4;
export const LAST_READ: usize = 8;
const LAST_WRITE: usize = 12;
const WAITING: usize = 16;
export const PREPARED: usize = 20;
/**
 * Words of a bank: its row and the rows before it, the youngest first; when each was opened; when each of those before
 * was closed; when the row may be closed, is closed by a refresh at the latest, was used last.
 */
export const ROW: usize = 0;
export const OPENED: usize = 16;
const CLOSED: usize = 32;
export const CLOSABLE: usize = 44;
export const UNTIL: usize = 48;
export const USED: usize = 52;
const BANK_SHIFT: i32 = 6;
/** Rows that are known before a bank's present one. */
const EPOCHS: i32 = 3;

/** A refresh is booked this far ahead of requests: more than a queue is long. */
const REFRESH_AHEAD: i32 = 1024;

/** Ticks that a row is kept open for others at most, and the wait behind which none is: it must not feed itself. */
const LONGEST_HOLD: i32 = 48;
const LONGEST_WAIT: i32 = 400;

const PRECHARGE: i32 = 1;
const ACTIVATE: i32 = 2;
const READ: i32 = 3;
const WRITE: i32 = 4;
const PRECHARGE_ALL: i32 = 5;
const REFRESH: i32 = 6;

/** Of PREPARED after writes, which `prepare` does not look for. */
const UNPREPARED: i32 = i32.MIN_VALUE;
const NOT_OPEN: i32 = i32.MIN_VALUE;

/** Number of the controller that has a line. @inline */
export function controllerOf(line: i32): i32 {
  return (line >> interleaveShift) & controllerMask;
}

/** A line's number among those of its controller, in rows. @inline */
export function rowUnit(line: i32): i32 {
  if (interleaveShift <= bankShift) return line >> (controllerShift + bankShift);
  const unit = line >> interleaveShift;
  const local = ((unit >> controllerShift) << interleaveShift) | (line & ((1 << interleaveShift) - 1));
  return local >> bankShift;
}

/** Rows go over the banks in turn. @inline */
export function bankOf(number: i32, unit: i32): i32 {
  return bankStates + (((number << banksLog2) + (unit & bankMask)) << BANK_SHIFT);
}

/** A time in ticks and 2^-28 of them. @inline */
export function clockOf(t: i32): i64 {
  return <i64>t * <i64>ticksPerHalf + load<i64>(clockPhase);
}

/** The first clock edge at such a time or later. @inline */
export function edge(clock: i64): i32 {
  return <i32>((clock + 0xfffffff) >> 28);
}

/** Half-cycles from a clock time to an edge, rounded up. @inline */
function halvesUntil(clock: i64, tick: i32): i32 {
  const ticks = (((<i64>tick) << 28) - clock) >> 12;
  return <i32>((ticks * <i64>halvesPerTick + 0xfffffffff) >> 36);
}

/** A line asked for at `t`; returns when its last data is at the controller. Half-cycles. @inline */
export function readDram(line: i32, t: i32): i32 {
  log(line, 0, t);
  const clock = clockOf(t);
  const asked = edge(clock);
  if (othersActive !== 0) serveOthers(asked);
  return t + halvesUntil(clock, serveRead(line, asked));
}

/** The same in ticks, for others. */
export function readAt(line: i32, asked: i32): i32 {
  count(nOtherReads, 1);
  return serveRead(line, asked);
}

/** @inline */
function serveRead(line: i32, asked: i32): i32 {
  const number = controllerOf(line);
  const unit = rowUnit(line);
  const c = controllers + number * CONTROLLER;
  const b = bankOf(number, unit);
  const wanted = unit >> banksLog2;
  prepare(c, asked);
  const done = readRow(c, b, wanted, asked);
  logRequest(7, asked, done, line);
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

/** The first refresh behind a tick. @inline */
export function refreshBehind(c: i32, tick: i32): i32 {
  const next = load<i32>(c, NEXT_REFRESH);
  const before = next - refreshInterval;
  if (seldom(before - refreshInterval > tick))
    return before - ((before - tick - 1) / refreshInterval) * refreshInterval;
  return before > tick ? before : next;
}

/** From when on a row closes because nobody uses it. @inline */
function idleFrom(b: i32): i32 {
  const closable = load<i32>(b, CLOSABLE);
  return closesAtOnce !== 0 ? closable : later(closable, load<i32>(b, USED) + rowIdle);
}

/** Whether a request at `asked` still finds the bank's row open, as far as idling goes. @inline */
function isOpenStill(b: i32, asked: i32): bool {
  return closesAtOnce === 0 && asked <= idleFrom(b);
}

/** Makes room for a row that is opened, behind the bank's `rows`, of which the present one was closed at `closed`. @inline */
export function pushEpoch(b: i32, rows: v128, closed: i32): void {
  const opened = v128.load(b, OPENED);
  store<i64>(b, load<i64>(b, CLOSED), CLOSED + 4);
  v128.store(b, rows, ROW + 4);
  v128.store(b, opened, OPENED + 4);
  store<i32>(b, closed, CLOSED);
}

/** Adds a row that was open before the present one. */
function insertEpoch(b: i32, row: i32, opened: i32, closed: i32): void {
  const present = load<i32>(b, ROW);
  const since = load<i32>(b, OPENED);
  store<i32>(b, row, ROW);
  store<i32>(b, opened, OPENED);
  pushEpoch(b, v128.load(b, ROW), closed);
  store<i32>(b, present, ROW);
  store<i32>(b, since, OPENED);
}

/**
 * Opens a row for a request at `asked`; returns when. The present one closes at `idle` of itself. `counted` is 1 where it
 * counts which row the request has found open, 0 where it has been counted. What nobody can predict makes no branches.
 * @inline
 */
function open(c: i32, b: i32, wanted: i32, asked: i32, idle: i32, counted: i32): i32 {
  const until = load<i32>(b, UNTIL);
  const isOpen = closesAtOnce === 0 && (<i32>(asked < until) & <i32>(asked <= idle)) !== 0;
  count(select<i32>(nRowConflicts, nRowsClosed, isOpen), counted);
  // If open, as soon as may be; else when idle. What nothing else closes is closed with all others, before a refresh.
  let closed = lesser(later(asked, load<i32>(b, CLOSABLE)), idle);
  if (closed < until) {
    closed = takeCommandBefore(c, closed, until);
    if (closed < until) logCommand(PRECHARGE, closed, b, 0);
  }
  let from = closed + tRp;
  if (seldom(closed >= until)) {
    closed = until;
    from = until + tRp + tRfc;
  }
  const activated = activateFrom(c, later(from, later(asked, load<i32>(b, OPENED) + tRc)));
  logCommand(ACTIVATE, activated, b, wanted);
  const rows = v128.load(b, ROW);
  const hold = holdOf(rows, wanted, activated - asked - tRp);
  pushEpoch(b, rows, closed);
  store<i32>(b, wanted, ROW);
  store<i32>(b, activated, OPENED);
  store<i32>(b, activated + tRas + hold, CLOSABLE);
  store<i32>(b, refreshBehind(c, activated) - tRp, UNTIL);
  store<i32>(b, activated, USED);
  return activated;
}

/** The same as a function of its own, for what is rare. */
function openRow(c: i32, b: i32, wanted: i32, asked: i32, counted: i32): i32 {
  return open(c, b, wanted, asked, idleFrom(b), counted);
}

/**
 * Where streams contend for a bank, the row that comes back stays open for a while, so that requests which come while
 * this one waits are served with it: a scheduler that sees them together would do so. `row` is to be opened. @inline
 */
function holdOf(rows: v128, row: i32, waited: i32): i32 {
  if (closesAtOnce !== 0) return 0;
  const lately = i32x4.bitmask(i32x4.eq(rows, i32x4.splat(row))) & ((1 << EPOCHS) - 1);
  const holds = (<i32>(<u32>(waited - 4) <= <u32>(LONGEST_WAIT - 4)) & <i32>(lately !== 0)) !== 0;
  return select<i32>(lesser(waited >> 2, LONGEST_HOLD), 0, holds);
}

/** Brings a controller's timetable up to a request that comes behind those booked. @inline */
export function prepare(c: i32, asked: i32): void {
  const latest = later(asked, load<i32>(c, LAST_READ));
  if (seldom(latest > load<i32>(c, PREPARED))) prepareFor(c, later(latest, load<i32>(c, LAST_WRITE)));
}

/** Exported to stay a function. */
export function prepareFor(c: i32, latest: i32): void {
  ensure(c, latest);
  if (latest + REFRESH_AHEAD > load<i32>(c, NEXT_REFRESH)) bookRefresh(c, latest);
  store<i32>(c, lesser(ensuredTo(c), load<i32>(c, NEXT_REFRESH) - REFRESH_AHEAD), PREPARED);
}

/** All rows are closed for a refresh, and nothing else happens until it is over. */
function bookRefresh(c: i32, asked: i32): void {
  let refresh = load<i32>(c, NEXT_REFRESH);
  // After a long pause only the last refresh matters.
  const late = asked - refresh;
  if (late > refreshInterval) refresh += late - (late % refreshInterval);
  const first = bankStates + (((c - controllers) / CONTROLLER) << (banksLog2 + BANK_SHIFT));
  settle(c, first, refresh - refreshInterval);
  while (asked + REFRESH_AHEAD > refresh) {
    const closing = refresh - tRp;
    takeStretch(c, ACTIVATIONS, closing - tRas + 1, refresh + tRfc);
    takeStretch(c, READS, closing - tRtp + 1, refresh + tRfc);
    takeCommand(c, closing);
    logCommand(PRECHARGE_ALL, closing, first, 0);
    takeCommand(c, refresh);
    logCommand(REFRESH, refresh, first, 0);
    refresh += refreshInterval;
  }
  store<i32>(c, refresh, NEXT_REFRESH);
}

/** Closes rows that nobody used any more before a refresh that is long over, while the clocks of that are known. */
function settle(c: i32, banks: i32, refresh: i32): void {
  for (let b = banks; b < banks + ((bankMask + 1) << BANK_SHIFT); b += 1 << BANK_SHIFT) {
    const until = load<i32>(b, UNTIL);
    const idle = idleFrom(b);
    if (until > refresh || idle >= until) continue;
    const closed = firstFree(c, COMMANDS, idle);
    if (closed < until) {
      takeCommand(c, closed);
      logCommand(PRECHARGE, closed, b, 0);
    }
    store<i32>(b, closed, UNTIL);
    store<i32>(b, closed, CLOSABLE);
  }
}

/** A line to be written, its data at the controller at `t`. Controllers write in batches; reads go first. */
export function writeDram(line: i32, t: i32): void {
  count(nDramWriteLines, 1);
  log(line, 1, t);
  const asked = edge(clockOf(t));
  if (othersActive !== 0) serveOthers(asked);
  writeAt(line, asked);
}

/** The same in ticks. */
export function writeAt(line: i32, asked: i32): void {
  logRequest(8, asked, 0, line);
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
