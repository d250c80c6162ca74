import { GUEST_BYTES, LINES_BASE } from './context.js';

/**
 * Which lines of guest memory are known to hold numbers of class OPERAND (number-class.ts): a byte for each line of 128
 * bytes, greater than the number at LINES_SINCE when the line has been looked at and nothing has written it since.
 * Translated and evaluated stores make it 0. Whatever else writes guest memory does so while no guest code runs: before
 * threads start, during a system call, or when another engine begins. `forgetLines` there makes all lines unknown but
 * those of a range that whoever wrote it holds steady, as weights are from one forward pass to the next.
 */
export const LINES_KNOWN = LINES_BASE;
const LINE_BYTES = 128;
const LINES = GUEST_BYTES / LINE_BYTES;
/** Behind the line that a store across the end of memory would meet. */
export const LINES_SINCE = LINES_BASE + LINES + 64;

/** The range held steady: its first line and how many there are, 32 bits each. */
export const LINES_STEADY = LINES_SINCE + 8;
/** What is noted of a line there: greater than any number at LINES_SINCE. */
export const ALWAYS_KNOWN = 255;

/** Promises that the host leaves these bytes alone until it calls this again, `changeLines` or `changeAllLines`. */
export function holdSteady(buffer: ArrayBufferLike, address: number, bytes: number): void {
  if (buffer.byteLength < LINES_STEADY + 8) return;
  changeAllLines(buffer);
  const first = Math.ceil(address / LINE_BYTES);
  const end = Math.floor((address + bytes) / LINE_BYTES);
  new Int32Array(buffer, LINES_STEADY, 2).set([first, Math.max(0, end - first)]);
}

/** Tells of bytes that the host has written. */
export function changeLines(buffer: ArrayBufferLike, address: number, bytes: number): void {
  const end = Math.ceil((address + bytes) / LINE_BYTES);
  new Uint8Array(buffer).fill(0, LINES_KNOWN + Math.floor(address / LINE_BYTES), LINES_KNOWN + end);
}

/** Tells that the host may have written anything. */
export function changeAllLines(buffer: ArrayBufferLike): void {
  changeLines(buffer, 0, GUEST_BYTES);
}

/** Makes lines unknown: something that tells nobody where may have written guest memory, but what is held steady. */
export function forgetLines(buffer: ArrayBufferLike): void {
  // Memory of an evaluator alone may end before the table; nothing happens then.
  const bytes = new Uint8Array(buffer);
  if (bytes[LINES_SINCE] < 254) bytes[LINES_SINCE]++;
  else {
    changeAllLines(buffer);
    bytes[LINES_SINCE] = 0;
  }
}
