import { bankStates, commandLog, commandLogEntries } from './numbers';

/*
 * A record of the commands given to the chips, for checks: word 0 counts them; then kind, tick, number of the bank
 * (counted over all controllers), row, four words each; requests stand between them. Without a log
 * `commandLogEntries` is 0, and so is its cost.
 */

/** Kinds of commands. */
export const PRECHARGE: i32 = 1;
export const ACTIVATE: i32 = 2;
export const READ: i32 = 3;
export const WRITE: i32 = 4;
export const PRECHARGE_ALL: i32 = 5;
export const REFRESH: i32 = 6;

/** @inline */
export function logCommand(kind: i32, tick: i32, bank: i32, row: i32): void {
  if (commandLogEntries !== 0) append(kind, tick, (bank - bankStates) >> 6, row);
}

/** A line asked for and when it was answered: kinds 7, to be read, and 8, to be written. @inline */
export function logRequest(kind: i32, asked: i32, answered: i32, line: i32): void {
  if (commandLogEntries !== 0) append(kind, asked, answered, line);
}

/** Exported so that it stays a function of its own. */
export function append(kind: i32, tick: i32, bank: i32, row: i32): void {
  const n = load<i32>(commandLog);
  if (n === commandLogEntries) return;
  store<i32>(commandLog, n + 1);
  const at = commandLog + 16 + (n << 4);
  store<i32>(at, kind);
  store<i32>(at, tick, 4);
  store<i32>(at, bank, 8);
  store<i32>(at, row, 12);
}
