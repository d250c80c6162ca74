import { GUEST_BYTES, LINES_BASE } from './context.js';

/**
 * Which lines of guest memory are known to hold numbers of class OPERAND (number-class.ts): a byte for each line of 128
 * bytes, greater than the number at LINES_SINCE when the line has been looked at and nothing has written it since.
 * Translated and evaluated stores make it 0. Whatever else writes guest memory does so while no guest code runs: before
 * threads start, during a system call, or when another engine begins. `forgetLines` there makes all lines unknown.
 */
export const LINES_KNOWN = LINES_BASE;
const LINES = GUEST_BYTES / 128;
/** Behind the line that a store across the end of memory would meet. */
export const LINES_SINCE = LINES_BASE + LINES + 64;

/** Makes all lines unknown: something that tells nobody where may have written guest memory. */
export function forgetLines(buffer: ArrayBufferLike): void {
  // Memory of an evaluator alone may end before the table; nothing happens then.
  const bytes = new Uint8Array(buffer);
  if (bytes[LINES_SINCE] < 254) bytes[LINES_SINCE]++;
  else {
    bytes.fill(0, LINES_KNOWN, LINES_KNOWN + LINES);
    bytes[LINES_SINCE] = 0;
  }
}
