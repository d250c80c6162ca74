import { logCommand } from './command-log';
import {
  bankMask,
  bankShift,
  bankStates,
  banksLog2,
  clockPhase,
  closesAtOnce,
  controllerMask,
  controllerShift,
  controllers,
  halvesPerTick,
  interleaveShift,
  nRowConflicts,
  nRowsClosed,
  refreshInterval,
  rowIdle,
  ticksPerHalf,
  tRas,
  tRc,
  tRfc,
  tRp,
  tRtp,
} from './numbers';
import {
  ACTIVATE,
  ACTIVATIONS,
  BANK_SHIFT,
  CLOSABLE,
  CLOSED,
  COMMANDS,
  CONTROLLER,
  EPOCHS,
  LAST_READ,
  LAST_WRITE,
  NEXT_REFRESH,
  OPENED,
  PRECHARGE,
  PRECHARGE_ALL,
  PREPARED,
  READS,
  REFRESH,
  ROW,
  UNTIL,
  USED,
} from './state';
import {
  activateFrom,
  ensure,
  ensuredTo,
  firstFree,
  takeCommand,
  takeCommandBefore,
  takeStretch,
} from './timetable';
import { count, later, lesser, seldom } from './words';

/*
 * The banks of the GDDR3 chips: which lines they hold, which row is open, when another one may be, and refreshes.
 * Times are DRAM clocks (ticks).
 */

/** A refresh is booked this far ahead of requests: more than a queue is long. */
export const REFRESH_AHEAD: i32 = 1024;

/** Ticks that a row is kept open for others at most, and the wait behind which none is: it must not feed itself. */
const LONGEST_HOLD: i32 = 48;
const LONGEST_WAIT: i32 = 400;

/** Of PREPARED after writes, which `prepare` does not look for. */
export const UNPREPARED: i32 = i32.MIN_VALUE;

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
export function halvesUntil(clock: i64, tick: i32): i32 {
  const ticks = (((<i64>tick) << 28) - clock) >> 12;
  return <i32>((ticks * <i64>halvesPerTick + 0xfffffffff) >> 36);
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
export function idleFrom(b: i32): i32 {
  const closable = load<i32>(b, CLOSABLE);
  return closesAtOnce !== 0 ? closable : later(closable, load<i32>(b, USED) + rowIdle);
}

/** Whether a request at `asked` still finds the bank's row open, as far as idling goes. @inline */
export function isOpenStill(b: i32, asked: i32): bool {
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
export function insertEpoch(b: i32, row: i32, opened: i32, closed: i32): void {
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
export function open(c: i32, b: i32, wanted: i32, asked: i32, idle: i32, counted: i32): i32 {
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
export function openRow(c: i32, b: i32, wanted: i32, asked: i32, counted: i32): i32 {
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
