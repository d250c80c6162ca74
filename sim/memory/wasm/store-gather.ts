import { commitStores } from './caches';
import {
  blockShift,
  blocksInLineShift,
  gatherBlocks,
  gatherBuffers,
  gatherBytes,
  gatherCores,
  gatherFree,
  gatherLatest,
  gatherSerial,
  gatherSerials,
  gatherTimeout,
  nGatherDrains,
  nGathersBegun,
  nGatherTimeouts,
  nStoresGathered,
  nStoresStraddling,
} from './numbers';
import { EXPIRY, GATHERING_SHIFT } from './state';
import { count, later } from './words';

/*
 * The store-gather buffers of all cores. A buffer collects stores to one aligned 64 bytes. It drains when it has had
 * no store for the timeout, or, as the oldest, when the last free buffer is taken, so that the next range finds one.
 *
 * A buffer is named by the address of the word with the range it collects (-1: none). Since when it does (a serial
 * number), its latest store, and from when on it is free stand at fixed distances behind. `gatherBytes` apart: the
 * buffers of different cores.
 */

/** @inline */
function coreOf(core: i32): i32 {
  return gatherCores + (core << GATHERING_SHIFT);
}
/** @inline */
function firstOf(core: i32): i32 {
  return gatherBlocks + core * gatherBytes;
}
/** @inline */
function latestOf(buffer: i32): i32 {
  return load<i32>(buffer + (gatherLatest - gatherBlocks));
}
/** @inline */
function setLatest(buffer: i32, t: i32): void {
  store<i32>(buffer + (gatherLatest - gatherBlocks), t);
}
/** @inline */
function freeOf(buffer: i32): i32 {
  return load<i32>(buffer + (gatherFree - gatherBlocks));
}

/** A store of at most a buffer's size; returns when a buffer has taken it, `t` or later. */
export function gatherStore(core: i32, address: i32, size: i32, t: i32): i32 {
  const from = address >>> blockShift;
  const to = (address + size - 1) >>> blockShift;
  const taken = gather(core, from, t);
  if (to === from) return taken;
  count(nStoresStraddling, 1);
  return gather(core, to, taken);
}

/** @inline */
function gather(core: i32, wanted: i32, t: i32): i32 {
  const own = coreOf(core);
  if (t >= load<i32>(own, EXPIRY)) expire(core, t);
  let buffer = load<i32>(own);
  if (load<i32>(buffer) !== wanted) {
    buffer = collecting(core, wanted);
    if (buffer === 0) return takeBuffer(core, wanted, t);
    store<i32>(own, buffer);
  }
  if (t > latestOf(buffer)) setLatest(buffer, t);
  count(nStoresGathered, 1);
  return t;
}

/** Whether a buffer collects the first byte of a store. */
export function collects(core: i32, address: i32): bool {
  return collecting(core, address >>> blockShift) !== 0;
}

/** Sends a core's buffers of a line to the L2 cache. */
export function drainLine(core: i32, line: i32, t: i32): void {
  const first = firstOf(core);
  for (let b = first; b < first + (gatherBuffers << 2); b += 4) {
    if (load<i32>(b) >> blocksInLineShift === line) drain(core, b, t);
  }
}

/** Sends all of a core's buffers to the L2 cache. */
export function drainAll(core: i32, t: i32): void {
  for (let b = oldestGather(core); b !== 0; b = oldestGather(core)) drain(core, b, t);
}

/** Starts to collect a range; returns when. */
function takeBuffer(core: i32, wanted: i32, t: i32): i32 {
  const own = coreOf(core);
  if (gatherBuffers === 1 && load<i32>(firstOf(core)) !== -1) drain(core, firstOf(core), t);
  const idle = idleOf(core);
  const buffer = freeBuffer(core, idle);
  // Looked for before anything is stored: loads of four words would wait for a store to one of them.
  const oldest = gatherBuffers > 1 && (idle & (idle - 1)) === 0 ? oldestGather(core) : 0;
  const taken = later(t, freeOf(buffer));
  store<i32>(buffer, wanted);
  const serial = load<i32>(gatherSerial);
  store<i32>(buffer + (gatherSerials - gatherBlocks), serial);
  store<i32>(gatherSerial, serial + 1);
  setLatest(buffer, taken);
  store<i32>(own, buffer);
  const over = taken + gatherTimeout;
  if (over < load<i32>(own, EXPIRY)) store<i32>(own, over, EXPIRY);
  count(nGathersBegun, 1);
  if (oldest !== 0) drain(core, oldest, taken);
  return taken;
}

function drain(core: i32, buffer: i32, t: i32): void {
  const line = load<i32>(buffer) >> blocksInLineShift;
  store<i32>(buffer, -1);
  count(nGatherDrains, 1);
  store<i32>(buffer + (gatherFree - gatherBlocks), commitStores(core, line, t));
}

/** Drains what has timed out by `t`. */
function expire(core: i32, t: i32): void {
  const begin = firstOf(core);
  let first = t + gatherTimeout;
  for (let b = begin; b < begin + (gatherBuffers << 2); b += 4) {
    if (load<i32>(b) === -1) continue;
    const over = latestOf(b) + gatherTimeout;
    if (over <= t) {
      count(nGatherTimeouts, 1);
      drain(core, b, over);
    } else if (over < first) first = over;
  }
  store<i32>(coreOf(core), first, EXPIRY);
}

/** The buffer of a core that collects a range, or 0. Buffers that there are not collect nothing. */
function collecting(core: i32, wanted: i32): i32 {
  const first = firstOf(core);
  const range = i32x4.splat(wanted);
  for (let b = first; b < first + gatherBytes; b += 16) {
    const found = i32x4.bitmask(i32x4.eq(v128.load(b), range));
    if (found !== 0) return b + (ctz(found) << 2);
  }
  return 0;
}

/** The buffer of a core that has collected longest, or 0. */
function oldestGather(core: i32): i32 {
  const first = firstOf(core);
  const next = i32x4.splat(load<i32>(gatherSerial));
  let most = i32x4.splat(-1);
  for (let b = first; b < first + gatherBytes; b += 16) most = i32x4.max_s(most, agesOf(b, next));
  most = i32x4.max_s(most, i32x4.shuffle(most, most, 2, 3, 0, 1));
  most = i32x4.max_s(most, i32x4.shuffle(most, most, 1, 0, 3, 2));
  if (i32x4.extract_lane(most, 0) < 0) return 0;
  let b = first - 16;
  let found = 0;
  do {
    b += 16;
    found = i32x4.bitmask(i32x4.eq(agesOf(b, next), most));
  } while (found === 0);
  return b + (ctz(found) << 2);
}

/** How many serial numbers ago each of four buffers began to collect; -1 for those that do not. @inline */
function agesOf(buffers: i32, next: v128): v128 {
  const ages = i32x4.sub(next, v128.load(buffers + (gatherSerials - gatherBlocks)));
  return v128.or(ages, i32x4.eq(v128.load(buffers), i32x4.splat(-1)));
}

/** Which buffers of a core collect nothing, a bit each. @inline */
function idleOf(core: i32): i32 {
  const first = firstOf(core);
  let idle = 0;
  for (let b = 0; b < gatherBytes; b += 16) {
    idle |= i32x4.bitmask(i32x4.eq(v128.load(first + b), i32x4.splat(-1))) << (b >> 2);
  }
  return idle & (-1 >>> (32 - gatherBuffers));
}

/** The buffer of a core that is free first, of those that collect nothing. @inline */
function freeBuffer(core: i32, idle: i32): i32 {
  const first = firstOf(core);
  let best = first + (ctz(idle) << 2);
  for (let left = idle & (idle - 1); left !== 0; left &= left - 1) {
    const b = first + (ctz(left) << 2);
    if (freeOf(b) < freeOf(best)) best = b;
  }
  return best;
}
