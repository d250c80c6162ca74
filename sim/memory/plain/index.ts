import { findInL1, findInL2, firstFree, fromMemory, install, miss } from './behind';
import {
  joinsTakeSlots,
  l1Dirty,
  l1Fills,
  l1Uses,
  l2Dirty,
  l2Fills,
  lineShift,
  loadSlotCount,
  loadSlots,
  missesWaitForStores,
  storeQueue,
  storeQueueEntries,
  storeSlotCount,
  storeSlots,
  storesOverlap,
  streamCount,
  writesBack,
} from './numbers';
import {
  DRAINED,
  FETCHED_BY_STORE,
  JOINED,
  L2_MISSES,
  MOVING,
  NEXT_STORE,
  PORT,
  STORE_MISS_TIME,
  STORE_TIME,
} from './state';
import { watch } from './streams';
import { clock, count, duration, setTime, setWord, tick, time, turn, word } from './words';

/*
 * Two levels of cache, a bus and a fixed latency behind them: what PlainMemory of memory/plain-memory.ts describes.
 */

/** @inline */
function lineOf(address: i32): i32 {
  return <i32>(<u32>address >>> lineShift);
}

/** A load of a line that arrives at `fill` waits for a slot, which it keeps until then. */
function join(fill: i32, t: i32): i32 {
  const slot = firstFree(loadSlots, loadSlotCount);
  const free = load<i32>(slot);
  const from = t > free ? t : free;
  const until = from > fill ? from : fill;
  store<i32>(slot, until);
  return until;
}

export function loadAt(address: i32, t: i32): i32 {
  tick();
  setWord(MOVING, 0);
  const line = lineOf(address);
  const at = findInL1(line);
  if (at >= 0) {
    const fill = load<i32>(l1Fills + (at << 2));
    const joined = fill > t;
    setWord(JOINED, joined ? 1 : 0);
    store<i64>(l1Uses + (at << 3), clock());
    if (streamCount > 0) watch(line, false, <f64>t);
    return joined && joinsTakeSlots !== 0 ? join(fill, t) : fill;
  }
  setWord(JOINED, 0);
  const from = missesWaitForStores !== 0 ? Math.max(<f64>t, time(DRAINED)) : <f64>t;
  const fill = miss(loadSlots, loadSlotCount, line, from, false);
  if (streamCount > 0) watch(line, true, <f64>t);
  return <i32>fill;
}

/** When a store that writes L1 is done with it. */
function writeBack(line: i32, at: i32, from: f64): f64 {
  let done: f64;
  if (at >= 0) {
    store<i64>(l1Uses + (at << 3), clock());
    store<u8>(l1Dirty + at, 1);
    done = Math.max(from + 1, <f64>load<i32>(l1Fills + (at << 2)));
  } else {
    if (findInL2(line) < 0) setWord(FETCHED_BY_STORE, line);
    done = miss(storeSlots, storeSlotCount, line, from, true);
  }
  return line === word(FETCHED_BY_STORE) ? done + duration(STORE_MISS_TIME) : done;
}

/** When a store that goes through to L2, which allocates, is done with it. */
function writeThrough(line: i32, at: i32, from: f64): f64 {
  if (at >= 0) store<i64>(l1Uses + (at << 3), clock());
  let below = findInL2(line);
  const port = Math.max(from, time(PORT));
  setTime(PORT, port + duration(STORE_TIME));
  let done: f64;
  if (below >= 0) done = Math.max(port + duration(STORE_TIME), <f64>load<i32>(l2Fills + (below << 2)));
  else {
    const slot = firstFree(storeSlots, storeSlotCount);
    done = fromMemory(line, Math.max(port, <f64>load<i32>(slot)));
    store<i32>(slot, <i32>done);
    count(L2_MISSES);
    below = findInL2(line);
  }
  store<u8>(l2Dirty + below, 1);
  return done;
}

export function storeAt(address: i32, t: i32): i32 {
  tick();
  setWord(MOVING, 0);
  const line = lineOf(address);
  const at = findInL1(line);
  const place = storeQueue + (turn(NEXT_STORE, storeQueueEntries) << 2);
  const from = Math.max(<f64>t, time(DRAINED));
  const done = writesBack !== 0 ? writeBack(line, at, from) : writeThrough(line, at, from);
  // Places are left in order; misses of several stores may overlap where there are slots for them.
  setTime(DRAINED, storesOverlap !== 0 ? from + 1 : done);
  const room = load<i32>(place);
  store<i32>(place, <i32>Math.max(done, <f64>room));
  return t > room ? t : room;
}

export function touch(address: i32, t: i32): void {
  tick();
  const line = lineOf(address);
  const at = findInL1(line);
  if (at < 0) miss(loadSlots, loadSlotCount, line, <f64>t, false);
  else store<i64>(l1Uses + (at << 3), clock());
}

export function claim(address: i32, t: i32): void {
  tick();
  const line = lineOf(address);
  const at = findInL1(line);
  if (at >= 0) store<u8>(l1Dirty + at, 1);
  else install(line, <f64>t + 1, true, <f64>t);
}
