import { bankOf, clockOf, controllerOf, edge, prepare, pushEpoch, refreshBehind, rowUnit } from './banks';
import { banksLog2, controllers, tRas, tRp } from './numbers';
import { CLOSABLE, CONTROLLER, LAST_READ, OPENED, PREPARED, ROW, UNTIL, USED } from './state';
import { later } from './words';

/*
 * Rows that accesses leave open without time passing.
 */

/** Leaves the row of a line open, as an access at `t` would. */
export function warmRow(line: i32, t: i32): void {
  const tick = tickOf(t);
  const c = controllerFor(line);
  const b = bankFor(line);
  prepare(c, tick);
  if (!isRow(b, line) || isClosed(b, tick)) openUnseen(c, b, line, tick);
  useRow(b, tick);
}

/** The clock edge of an access. @inline */
export function tickOf(t: i32): i32 {
  return edge(clockOf(t));
}

/** @inline */
export function controllerFor(line: i32): i32 {
  return controllers + controllerOf(line) * CONTROLLER;
}

/** @inline */
export function bankFor(line: i32): i32 {
  return bankOf(controllerOf(line), rowUnit(line));
}

/** Whether `prepare` would do anything. @inline */
export function isAhead(c: i32, tick: i32): bool {
  return later(tick, load<i32>(c, LAST_READ)) > load<i32>(c, PREPARED);
}

/** Whether the line's row is the present one of its bank. @inline */
export function isRow(b: i32, line: i32): bool {
  return load<i32>(b, ROW) === rowUnit(line) >> banksLog2;
}

/** Whether a refresh has closed that. @inline */
export function isClosed(b: i32, tick: i32): bool {
  return tick >= load<i32>(b, UNTIL);
}

/** Opens the line's row where another one was. @inline */
export function openUnseen(c: i32, b: i32, line: i32, tick: i32): void {
  pushEpoch(b, v128.load(b, ROW), tick);
  store<i32>(b, rowUnit(line) >> banksLog2, ROW);
  store<i32>(b, tick, OPENED);
  store<i32>(b, tick + tRas, CLOSABLE);
  store<i32>(b, refreshBehind(c, tick) - tRp, UNTIL);
}

/** @inline */
export function useRow(b: i32, tick: i32): void {
  store<i32>(b, later(tick, load<i32>(b, USED)), USED);
}
