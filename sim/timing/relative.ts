import { CTX } from '../engine/context.js';
import { GPR, REGISTER_COUNT } from '../isa/registers.js';
import type { CoreTiming } from './core-timing.js';

/**
 * The times of a hardware thread relative to its slot `s`, those left out that are over: no rule can tell one time
 * that is over from another. Two threads with the same relative times do the same from there on.
 */
export interface RelativeTimes {
  /** `CTX.cycleMask`, and `s & mask`. */
  readonly mask: number;
  readonly phase: number;
  /** Offset in the context and time after `s` of ready times and pipes. */
  readonly pending: readonly (readonly [offset: number, after: number])[];
  /** Issue times of the youngest entries of the vector queue after `s`, the youngest first. */
  readonly queue: readonly number[];
}

/** Nothing is later than this before its slot: what is written for a time that is over. */
const LONG_AGO = 1 << 28;
const RING_ENTRIES = 32;

/**
 * How long before `s` a time is over. The next instruction has the slot `s + 1` at least, and one that leaves the
 * queue begins at the head of that slot's cycle, not before `s`; a pipe is free two half-cycles after its time.
 */
const margin = (offset: number, core: CoreTiming): number => {
  if (offset === CTX.vectorArithmetic || offset === CTX.vectorPermute) return 2;
  return offset < CTX.ready + 4 * (GPR + 32) ? 2 * core.addressExtra : 0;
};

const OFFSETS: readonly number[] = [
  CTX.vectorArithmetic,
  CTX.vectorPermute,
  ...Array.from({ length: REGISTER_COUNT }, (_, reg) => CTX.ready + 4 * reg),
];

/** The times in the context at `base`. */
export function relativeTimes(i32: Int32Array, base: number, core: CoreTiming): RelativeTimes {
  const at = (offset: number) => i32[(base + offset) >> 2];
  const s = at(CTX.issue);
  const mask = at(CTX.cycleMask);
  const pending: [number, number][] = [];
  for (const offset of OFFSETS) {
    const after = at(offset) - s;
    if (after + margin(offset, core) > 0) pending.push([offset, after]);
  }
  const queue: number[] = [];
  const count = at(CTX.vectorCount);
  for (let age = 1; age <= RING_ENTRIES; age++) {
    const after = at(CTX.vectorRing + 4 * ((count - age) & 31)) - s;
    // They issue in order.
    if (after <= 0) break;
    queue.push(after);
  }
  return { mask, phase: s & mask, pending, queue };
}

export const keyOf = ({ mask, phase, pending, queue }: RelativeTimes): string =>
  `${mask} ${phase} ${pending.join(' ')};${queue.join(' ')}`;

/** Writes the times that are not over into the context at `base`, whose slot and count of entries stand there. */
export function writeTimes(i32: Int32Array, base: number, { pending, queue }: RelativeTimes): void {
  const s = i32[(base + CTX.issue) >> 2];
  const count = i32[(base + CTX.vectorCount) >> 2];
  for (const [offset, after] of pending) i32[(base + offset) >> 2] = s + after;
  for (const [i, after] of queue.entries())
    i32[(base + CTX.vectorRing + 4 * ((count - 1 - i) & 31)) >> 2] = s + after;
}

/** Makes every time that is over one and the same. */
export function forgetOver(i32: Int32Array, base: number, core: CoreTiming): void {
  const kept = relativeTimes(i32, base, core);
  const s = i32[(base + CTX.issue) >> 2];
  for (const offset of OFFSETS) i32[(base + offset) >> 2] = s - LONG_AGO;
  i32.fill(s - LONG_AGO, (base + CTX.vectorRing) >> 2, ((base + CTX.vectorRing) >> 2) + RING_ENTRIES);
  writeTimes(i32, base, kept);
}

/** The latest of the times, half-cycles after `s` by which all are over. */
export function overAfter({ pending, queue }: RelativeTimes, core: CoreTiming): number {
  const all = [...pending.map(([offset, after]) => after + margin(offset, core)), ...queue];
  return Math.max(0, ...all);
}
