import { logEntries, logFirst } from './numbers';

/**
 * Requests to memory, written down for those who look at them: a count, then from the third word on a word of line and
 * direction and a word of time for each. Without room for any there is no log. @inline
 */
export function log(line: i32, isWrite: i32, t: i32): void {
  if (logEntries === 0) return;
  const count = load<i32>(logFirst);
  store<i32>(logFirst, count + 1);
  if (count >= logEntries) return;
  const at = logFirst + 8 + (count << 3);
  store<i32>(at, (line << 1) | isWrite);
  store<i32>(at, t, 4);
}
