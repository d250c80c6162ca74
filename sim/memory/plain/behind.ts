import {
  l1Dirty,
  l1Fills,
  l1Lines,
  l1Sets,
  l1Uses,
  l1Ways,
  l2Dirty,
  l2Fills,
  l2Lines,
  l2Sets,
  l2Uses,
  l2Ways,
  requestCount,
  requests,
  sharesBus,
} from './numbers';
import {
  BUS,
  BUS_TIME,
  CASTOUTS,
  L1_MISSES,
  L2_LATENCY,
  L2_MISSES,
  MEMORY_LATENCY,
  MOVING,
  NEXT_REQUEST,
  PORT,
  PORT_TIME,
  REFILL,
  WRITE_TIME,
} from './state';
import { clock, count, duration, setTime, setWord, time, turn } from './words';

/*
 * What lies behind a miss of L1: the caches' places, L2, the bus and memory. Lines are addresses divided by the size of
 * an L1 line; an L2 line of two sectors counts as two.
 */

/** The place of a line, or -1. @inline */
function find(lines: i32, sets: i32, ways: i32, line: i32): i32 {
  const first = <i32>(<u32>line % <u32>sets) * ways;
  for (let at = first; at < first + ways; at++) if (load<i32>(lines + (at << 2)) === line) return at;
  return -1;
}

/** The least recently used place of a line's set. @inline */
function oldest(uses: i32, sets: i32, ways: i32, line: i32): i32 {
  const first = <i32>(<u32>line % <u32>sets) * ways;
  let at = first;
  for (let i = first + 1; i < first + ways; i++)
    if (load<i64>(uses + (i << 3)) < load<i64>(uses + (at << 3))) at = i;
  return at;
}

export function findInL1(line: i32): i32 {
  return find(l1Lines, l1Sets, l1Ways, line);
}

export function findInL2(line: i32): i32 {
  return find(l2Lines, l2Sets, l2Ways, line);
}

/** A dirty line leaves for memory at `t`; on a way of its own it keeps nobody. */
function castout(t: f64): void {
  count(CASTOUTS);
  if (sharesBus !== 0) setTime(BUS, Math.max(t, time(BUS)) + duration(WRITE_TIME));
}

/** A line into L2 from memory, asked for at `t`; when it arrives. */
export function fromMemory(line: i32, t: f64): f64 {
  const request = requests + (turn(NEXT_REQUEST, requestCount) << 2);
  const from = Math.max(Math.max(t, time(BUS)), <f64>load<i32>(request));
  setTime(BUS, from + duration(BUS_TIME));
  const arrives = Math.ceil(from + duration(MEMORY_LATENCY));
  store<i32>(request, <i32>arrives);
  const at = oldest(l2Uses, l2Sets, l2Ways, line);
  const wasDirty = load<u8>(l2Dirty + at) !== 0 && load<i32>(l2Lines + (at << 2)) >= 0;
  store<i32>(l2Lines + (at << 2), line);
  store<u8>(l2Dirty + at, 0);
  if (wasDirty) castout(from);
  store<i64>(l2Uses + (at << 3), clock());
  store<i32>(l2Fills + (at << 2), <i32>arrives);
  return arrives;
}

/** A line from L2 or beyond, asked for at `t`; when it arrives in L1. */
function fromBehind(line: i32, t: f64): f64 {
  const from = Math.max(t, time(PORT));
  setTime(PORT, from + duration(PORT_TIME));
  const at = findInL2(line);
  if (at < 0) {
    count(L2_MISSES);
    return fromMemory(line, from);
  }
  store<i64>(l2Uses + (at << 3), clock());
  return Math.max(from + duration(L2_LATENCY), <f64>load<i32>(l2Fills + (at << 2)));
}

/** Puts a line that arrives at `fill` into L1. */
export function install(line: i32, fill: f64, isDirty: bool, t: f64): void {
  const at = oldest(l1Uses, l1Sets, l1Ways, line);
  const victim = load<i32>(l1Lines + (at << 2));
  const wasDirty = load<u8>(l1Dirty + at) !== 0;
  store<i32>(l1Lines + (at << 2), line);
  store<i64>(l1Uses + (at << 3), clock());
  store<i32>(l1Fills + (at << 2), <i32>fill);
  store<u8>(l1Dirty + at, isDirty ? 1 : 0);
  const refill = duration(REFILL);
  setWord(MOVING, <i32>Math.ceil(refill));
  if (victim < 0 || !wasDirty) return;
  setWord(MOVING, <i32>Math.ceil(refill + refill));
  setTime(PORT, Math.max(time(PORT), t) + duration(PORT_TIME));
  const below = findInL2(victim);
  if (below >= 0) store<u8>(l2Dirty + below, 1);
  else castout(t);
}

/** The slot that is free first, by address. @inline */
export function firstFree(slots: i32, entries: i32): i32 {
  let best = slots;
  for (let slot = slots + 4; slot < slots + (entries << 2); slot += 4)
    if (load<i32>(slot) < load<i32>(best)) best = slot;
  return best;
}

/** A miss of L1 through one of the slots; when the line is there. */
export function miss(slots: i32, entries: i32, line: i32, t: f64, isDirty: bool): f64 {
  count(L1_MISSES);
  const slot = firstFree(slots, entries);
  const from = Math.max(t, <f64>load<i32>(slot));
  const fill = fromBehind(line, from);
  store<i32>(slot, <i32>fill);
  install(line, fill, isDirty, from);
  return fill;
}
