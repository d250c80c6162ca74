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
  nDramReadLines,
  nDramWriteLines,
  nRowConflicts,
  nRowHits,
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
  takeReads,
  takeStretch,
} from './timetable';
import { count, later, lesser } from './words';

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
const LAST_READ: usize = 8;
const LAST_WRITE: usize = 12;
const WAITING: usize = 16;
const PREPARED: usize = 20;
/**
 * Words of a bank: its row; when that was opened, may be closed, is closed by a refresh at the latest, was used last;
 * then of the rows before it, the youngest first, each: the row, when it was opened and closed.
 */
const ROW: usize = 0;
const OPENED: usize = 4;
const CLOSABLE: usize = 8;
const UNTIL: usize = 12;
const USED: usize = 16;
const BEFORE: usize = 20;
const EPOCH: usize = 12;
const EPOCHS: usize = 3;
const BANK_SHIFT: i32 = 6;

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

const NOT_OPEN: i32 = i32.MIN_VALUE;

/** Number of the controller that has a line. @inline */
function controllerOf(line: i32): i32 {
  return (line >> interleaveShift) & controllerMask;
}

/** A line's number among those of its controller, in rows. @inline */
function rowUnit(line: i32): i32 {
  const unit = line >> interleaveShift;
  const local = ((unit >> controllerShift) << interleaveShift) | (line & ((1 << interleaveShift) - 1));
  return local >> bankShift;
}

/** Rows go over the banks in turn. @inline */
function bankOf(number: i32, unit: i32): i32 {
  return bankStates + (((number << banksLog2) + (unit & bankMask)) << BANK_SHIFT);
}

/** A time in ticks and 2^-28 of them. @inline */
function clockOf(t: i32): i64 {
  return <i64>t * <i64>ticksPerHalf + load<i64>(clockPhase);
}

/** The first clock edge at such a time or later. @inline */
function edge(clock: i64): i32 {
  return <i32>((clock + 0xfffffff) >> 28);
}

/** Half-cycles from a clock time to an edge, rounded up. @inline */
function halvesUntil(clock: i64, tick: i32): i32 {
  const ticks = (((<i64>tick) << 28) - clock) >> 12;
  return <i32>((ticks * <i64>halvesPerTick + 0xfffffffff) >> 36);
}

/** A line asked for at `t`; returns when its last data is at the controller. Half-cycles. */
export function readDram(line: i32, t: i32): i32 {
  count(nDramReadLines, 1);
  log(line, 0, t);
  const clock = clockOf(t);
  const asked = edge(clock);
  if (othersActive !== 0) serveOthers(asked);
  return t + halvesUntil(clock, serveRead(line, asked));
}

/** The same in ticks. */
export function readAt(line: i32, asked: i32): i32 {
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
  const answered = readOpen(c, b, wanted, asked);
  const done = answered !== NOT_OPEN ? answered : readClosed(c, b, wanted, asked);
  logRequest(7, asked, done, line);
  return done;
}

/** Reads from the row if it is open; returns when the last data is there, or NOT_OPEN. @inline */
function readOpen(c: i32, b: i32, wanted: i32, asked: i32): i32 {
  if (load<i32>(b, ROW) !== wanted || !isOpenStill(b, asked)) return NOT_OPEN;
  const end = readFrom(c, b, wanted, later(asked, load<i32>(b, OPENED) + tRcdRead));
  if (end !== NOT_OPEN) count(nRowHits, 1);
  return end;
}

/** Opens the row, which is not open any more or not yet, and reads from it; returns when the last data is there. */
function readClosed(c: i32, b: i32, wanted: i32, asked: i32): i32 {
  if (load<i32>(b, ROW) !== wanted && asked < load<i32>(b, OPENED)) {
    const done = readBefore(c, b, wanted, asked);
    if (done !== 0) return done;
  }
  let from = asked;
  let counted = 1;
  while (true) {
    const end = readFrom(c, b, wanted, openRow(c, b, wanted, from, tRcdRead, counted));
    if (end !== NOT_OPEN) return end;
    // A refresh comes between: the row must be opened again behind it.
    counted = 0;
    from = load<i32>(b, UNTIL) + tRp + tRfc;
  }
}

/**
 * Reads a line of an open row from tick `from` on, if there is time before the row is closed; returns when its last data
 * is there, or NOT_OPEN. Mostly both bursts and what they keep others from are in one word of the maps. @inline
 */
function readFrom(c: i32, b: i32, wanted: i32, from: i32): i32 {
  const before = burstTicks - 1;
  const i = from - load<i32>(c, BASE) - before;
  if (bursts !== 2 || <u32>i > <u32>(LAST_WORD - before)) return readLater(c, b, wanted, from);
  const at = <usize>(c + (i >> 3));
  const reads = load<u64>(at, READS);
  const commands = load<u64>(at, COMMANDS);
  const bit = (i & 7) + before;
  const free = (~(reads | commands) & (u64.MAX_VALUE >> before)) >> bit;
  const ahead = ctz(free);
  const behindFirst = (free >> ahead) >> burstTicks;
  if (behindFirst === 0) return readLater(c, b, wanted, from);
  const apart = burstTicks + <i32>ctz(behindFirst);
  const first = from + <i32>ahead;
  const last = first + apart;
  if (last + tRtp > load<i32>(b, UNTIL)) return NOT_OPEN;
  const keeps: u64 = (1 << (2 * burstTicks - 1)) - 1;
  const both: u64 = keeps | (keeps << apart);
  store<u64>(at, reads | (both << ((i & 7) + ahead)), READS);
  store<u64>(at, commands | ((<u64>1 | ((<u64>1) << apart)) << (bit + ahead)), COMMANDS);
  logCommand(READ, first, b, wanted);
  logCommand(READ, last, b, wanted);
  store<i32>(c, later(last, load<i32>(c, LAST_READ)), LAST_READ);
  return used(b, last);
}

/** The same for any number of bursts, wherever they are. Exported to stay a function. */
export function readLater(c: i32, b: i32, wanted: i32, from: i32): i32 {
  const first = firstFreeFrom(c, READS, from);
  const last = lastBurst(c, first);
  if (last + tRtp > load<i32>(b, UNTIL)) return NOT_OPEN;
  readBursts(c, b, wanted, first, last);
  return used(b, last);
}

/** Notes the use of a row by a read whose last command is at `last`; returns when its data is there. @inline */
function used(b: i32, last: i32): i32 {
  const end = last + casLatency + burstTicks;
  store<i32>(b, later(end, load<i32>(b, USED)), USED);
  store<i32>(b, later(last + tRtp, load<i32>(b, CLOSABLE)), CLOSABLE);
  return end;
}

/** When a line's last burst is read if its first is at `first`. */
function lastBurst(c: i32, first: i32): i32 {
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
 * A request from before the bank's row was opened: reads from the row open then, or opens and closes its row in
 * between; returns when its last data is there, or 0 where neither fits.
 */
function readBefore(c: i32, b: i32, wanted: i32, asked: i32): i32 {
  for (let epoch = <usize>b + BEFORE; epoch < <usize>b + BEFORE + EPOCHS * EPOCH; epoch += EPOCH) {
    const closed = load<i32>(epoch, 8);
    if (asked >= closed) break;
    if (load<i32>(epoch) !== wanted) continue;
    const first = firstFree(c, READS, later(asked, load<i32>(epoch, 4) + tRcdRead));
    const last = lastBurst(c, first);
    if (last + tRtp <= closed) {
      count(nRowHits, 1);
      readBursts(c, b, wanted, first, last);
      return last + casLatency + burstTicks;
    }
  }
  const opened = load<i32>(b, OPENED);
  const earliest = later(later(asked, load<i32>(b, BEFORE + 8) + tRp), load<i32>(b, BEFORE + 4) + tRc);
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
  pushEpoch(b, wanted, activated, close);
  readBursts(c, b, wanted, first, last);
  return last + casLatency + burstTicks;
}

/** The first refresh behind a tick. @inline */
function refreshBehind(c: i32, tick: i32): i32 {
  const next = load<i32>(c, NEXT_REFRESH);
  let refresh = next - refreshInterval > tick ? next - refreshInterval : next;
  while (refresh - refreshInterval > tick) refresh -= refreshInterval;
  return refresh;
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

/** Whether a row has been open lately. @inline */
function returns(b: i32, row: i32): bool {
  const last = <i32>(load<i32>(b, BEFORE) === row);
  return (last | <i32>(load<i32>(b, BEFORE + 12) === row) | <i32>(load<i32>(b, BEFORE + 24) === row)) !== 0;
}

/** @inline */
function pushEpoch(b: i32, row: i32, opened: i32, closed: i32): void {
  v128.store(b, v128.load(b, BEFORE + 8), BEFORE + 20);
  store<i64>(b, load<i64>(b, BEFORE), BEFORE + 12);
  store<i32>(b, row, BEFORE);
  store<i32>(b, opened, BEFORE + 4);
  store<i32>(b, closed, BEFORE + 8);
}

/**
 * Opens a row for a request at `asked`; returns the first tick of a column command, `rcd` behind the activation. `counted` is 1
 * where it counts which row the request has found open, 0 where it has been counted. What nobody can predict makes no
 * branches. @inline
 */
function openRow(c: i32, b: i32, wanted: i32, asked: i32, rcd: i32, counted: i32): i32 {
  const opened = load<i32>(b, OPENED);
  const until = load<i32>(b, UNTIL);
  const closable = load<i32>(b, CLOSABLE);
  const isOpen = (<i32>(asked < until) & <i32>isOpenStill(b, asked)) !== 0;
  const isWanted = load<i32>(b, ROW) === wanted;
  const conflicts = counted & <i32>isOpen & <i32>!isWanted;
  count(nRowConflicts, conflicts);
  count(nRowsClosed, counted - conflicts);
  // A row that nothing else closes is closed with all others, before a refresh.
  const forced = select<i32>(until, later(asked, closable), isWanted);
  let closed = select<i32>(forced, lesser(idleFrom(b), until), isOpen);
  if (closed < until) {
    closed = firstFree(c, COMMANDS, closed);
    if (closed < until) {
      takeCommand(c, closed);
      logCommand(PRECHARGE, closed, b, 0);
    }
  }
  const isClosed = closed < until;
  const from = later(isClosed ? closed + tRp : until + tRp + tRfc, later(asked, opened + tRc));
  const activated = activateFrom(c, from);
  logCommand(ACTIVATE, activated, b, wanted);
  pushEpoch(b, load<i32>(b, ROW), opened, lesser(closed, until));
  store<i32>(b, wanted, ROW);
  store<i32>(b, activated, OPENED);
  store<i32>(b, activated + tRas + holdOf(b, wanted, activated - asked - tRp), CLOSABLE);
  store<i32>(b, refreshBehind(c, activated) - tRp, UNTIL);
  store<i32>(b, activated, USED);
  return activated + rcd;
}

/**
 * Where streams contend for a bank, the row that comes back stays open for a while, so that requests which come while
 * this one waits are served with it: a scheduler that sees them together would do so. @inline
 */
function holdOf(b: i32, row: i32, waited: i32): i32 {
  if (closesAtOnce !== 0) return 0;
  const holds = <i32>(<u32>(waited - 4) <= <u32>(LONGEST_WAIT - 4)) & <i32>returns(b, row);
  return select<i32>(lesser(waited >> 2, LONGEST_HOLD), 0, holds);
}

/** Brings a controller's timetable up to a request that comes behind those booked. @inline */
function prepare(c: i32, asked: i32): void {
  const latest = later(asked, later(load<i32>(c, LAST_READ), load<i32>(c, LAST_WRITE)));
  if (latest > load<i32>(c, PREPARED)) prepareFor(c, latest);
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
  let open = load<i32>(b, ROW) === wanted && isOpenStill(b, from) && from < load<i32>(b, UNTIL);
  if (open) count(nRowHits, 1);
  let counted = open ? 0 : 1;
  while (true) {
    if (!open) column = openRow(c, b, wanted, from, tRcdWrite, counted);
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
    open = false;
    counted = 0;
    from = load<i32>(b, UNTIL) + tRp + tRfc;
  }
}

/** Leaves the row of a line open, as an access would, without time passing. */
export function warmRow(line: i32, t: i32): void {
  const tick = edge(clockOf(t));
  const unit = rowUnit(line);
  const c = controllers + controllerOf(line) * CONTROLLER;
  const b = bankOf(controllerOf(line), unit);
  const row = unit >> banksLog2;
  prepare(c, tick);
  if (load<i32>(b, ROW) !== row || tick >= load<i32>(b, UNTIL)) {
    pushEpoch(b, load<i32>(b, ROW), load<i32>(b, OPENED), tick);
    store<i32>(b, row, ROW);
    store<i32>(b, tick, OPENED);
    store<i32>(b, tick + tRas, CLOSABLE);
    store<i32>(b, refreshBehind(c, tick) - tRp, UNTIL);
  }
  if (tick > load<i32>(b, USED)) store<i32>(b, tick, USED);
}
