import { bankStates, commandLog, commandLogEntries } from './numbers';
import { BANK_SHIFT, COMMAND_BYTES, COMMANDS_LOGGED } from './state';

/*
 * A record of the commands given to the chips, and of the requests between them, for checks. Without a log
 * `commandLogEntries` is 0, and so is its cost.
 */

/** @inline */
export function logCommand(kind: i32, tick: i32, bank: i32, row: i32): void {
  if (commandLogEntries !== 0) append(kind, tick, (bank - bankStates) >> BANK_SHIFT, row);
}

/** A line asked for and when it was answered; `kind`: to be read, or to be written. @inline */
export function logRequest(kind: i32, asked: i32, answered: i32, line: i32): void {
  if (commandLogEntries !== 0) append(kind, asked, answered, line);
}

/** Exported so that it stays a function of its own. */
export function append(kind: i32, tick: i32, bank: i32, row: i32): void {
  const n = load<i32>(commandLog);
  if (n === commandLogEntries) return;
  store<i32>(commandLog, n + 1);
  const at = commandLog + COMMANDS_LOGGED + n * COMMAND_BYTES;
  store<i32>(at, kind);
  store<i32>(at, tick, 4);
  store<i32>(at, bank, 8);
  store<i32>(at, row, 12);
}
