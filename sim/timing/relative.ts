import { CTX } from '../engine/context.js';
import { GPR, REGISTER_COUNT } from '../isa/registers.js';
import type { CoreTiming } from './core-timing.js';
import { PIPE_MARGIN, QUEUE_ENTRIES } from './records/pending.js';

/**
 * The times of a hardware thread relative to its slot `s`, those left out that are over: no rule can tell one time
 * that is over from another. Two threads with the same relative times do the same from there on.
 */
export interface RelativeTimes {
  /** `CTX.cycleMask`, and `s & mask`. */
  readonly mask: number;
  readonly phase: number;
  /** The ready times, pipes and youngest entries of the vector queue that are pending: records/pending.ts. */
  readonly words: Int32Array;
}

/** Nothing is later than this before its slot: what is written for a time that is over. */
const LONG_AGO = 1 << 28;

/**
 * How long before `s` a time is over. The next instruction has the slot `s + 1` at least, and one that leaves the
 * queue begins at the head of that slot's cycle, not before `s`; a pipe is free two half-cycles after its time.
 */
const margin = (offset: number, core: CoreTiming): number => {
  if (offset < CTX.ready) return PIPE_MARGIN;
  return offset < ADDRESSES_END ? 2 * core.addressExtra : 0;
};
const PIPES = [CTX.vectorArithmetic, CTX.vectorPermute] as const;
const ADDRESSES_END = CTX.ready + 4 * (GPR + 32);
const READY_END = CTX.ready + 4 * REGISTER_COUNT;

/** Where times are read to: most are looked up only. */
const READ = new Int32Array(2 + 2 * (PIPES.length + REGISTER_COUNT) + QUEUE_ENTRIES);

/** The times in the context at `base`; good until the next call. */
export function relativeTimes(i32: Int32Array, base: number, core: CoreTiming): RelativeTimes {
  const s = i32[(base + CTX.issue) >> 2];
  const mask = i32[(base + CTX.cycleMask) >> 2];
  let length = 1;
  for (const pipe of PIPES) length = readPending(i32, base, pipe, pipe + 4, s - PIPE_MARGIN, length);
  length = readPending(i32, base, CTX.ready, ADDRESSES_END, s - 2 * core.addressExtra, length);
  length = readPending(i32, base, ADDRESSES_END, READY_END, s, length);
  READ[0] = (length - 1) >> 1;
  const queue = ++length;
  const count = i32[(base + CTX.vectorCount) >> 2];
  for (let age = 1; age <= QUEUE_ENTRIES; age++) {
    const after = i32[(base + CTX.vectorRing + 4 * ((count - age) & (QUEUE_ENTRIES - 1))) >> 2] - s;
    // They issue in order.
    if (after <= 0) break;
    READ[length++] = after;
  }
  READ[queue - 1] = length - queue;
  return { mask, phase: s & mask, words: READ.subarray(0, length) };
}

/** Reads the times at the offsets `from` to before `end` that are later than `over`; returns where READ ends. */
function readPending(
  i32: Int32Array,
  base: number,
  from: number,
  end: number,
  over: number,
  length: number,
): number {
  const s = i32[(base + CTX.issue) >> 2];
  const last = (base + end) >> 2;
  for (let at = (base + from) >> 2; at < last; at++) {
    if (i32[at] <= over) continue;
    READ[length++] = 4 * at - base;
    READ[length++] = i32[at] - s;
  }
  return length;
}

/** Equal for equal times. */
export function hashOf({ mask, phase, words }: RelativeTimes): number {
  let hash = 16 * mask + phase;
  for (let k = 0; k < words.length; k++) hash = Math.imul(hash ^ words[k], 0x9e37_79b1) ^ (hash >>> 15);
  return hash;
}

export function areEqual(a: RelativeTimes, b: RelativeTimes): boolean {
  if (a.mask !== b.mask || a.phase !== b.phase || a.words.length !== b.words.length) return false;
  for (let k = 0; k < a.words.length; k++) if (a.words[k] !== b.words[k]) return false;
  return true;
}

/** By how much the ready times and pipes are later than over, in sum. */
export function sumPending({ words }: RelativeTimes, core: CoreTiming): number {
  let sum = 0;
  for (let k = 1; k < queueOf(words) - 1; k += 2) sum += words[k + 1] + margin(words[k], core);
  return sum;
}

/** Writes the times that are not over into the context at `base`, whose slot and count of entries stand there. */
export function writeTimes(i32: Int32Array, base: number, { words }: RelativeTimes): void {
  const s = i32[(base + CTX.issue) >> 2];
  const count = i32[(base + CTX.vectorCount) >> 2];
  const queue = queueOf(words);
  for (let k = 1; k < queue - 1; k += 2) i32[(base + words[k]) >> 2] = s + words[k + 1];
  for (let k = queue; k < words.length; k++)
    i32[(base + CTX.vectorRing + 4 * ((count - 1 - k + queue) & (QUEUE_ENTRIES - 1))) >> 2] = s + words[k];
}

/** Where the entries of the vector queue begin. */
const queueOf = (words: Int32Array): number => 2 + 2 * words[0];

/** Makes every time that is over one and the same. */
export function forgetOver(i32: Int32Array, base: number, core: CoreTiming): void {
  const kept = relativeTimes(i32, base, core);
  const s = i32[(base + CTX.issue) >> 2];
  for (const pipe of PIPES) i32[(base + pipe) >> 2] = s - LONG_AGO;
  i32.fill(s - LONG_AGO, (base + CTX.ready) >> 2, (base + READY_END) >> 2);
  i32.fill(s - LONG_AGO, (base + CTX.vectorRing) >> 2, ((base + CTX.vectorRing) >> 2) + QUEUE_ENTRIES);
  writeTimes(i32, base, kept);
}

/** The latest of the times, half-cycles after `s` by which all are over. */
export function overAfter({ words }: RelativeTimes, core: CoreTiming): number {
  const queue = queueOf(words);
  // The youngest entry of the queue issues last.
  let latest = queue < words.length ? words[queue] : 0;
  for (let k = 1; k < queue - 1; k += 2) latest = Math.max(latest, words[k + 1] + margin(words[k], core));
  return latest;
}
