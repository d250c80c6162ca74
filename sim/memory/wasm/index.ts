import { loadLine, loadPastL2, missAccepted, orderedAt } from './caches';
import { dropInstructions } from './fetch';
import { atomicAccess, claimLine, storeLineConditionally, writeBack } from './line-commands';
import {
  acceptedAt,
  acceptedTranslation,
  atomicTimes,
  conditionalTime,
  contextBase,
  coreShift,
  dropsWhenFull,
  eieioTime,
  lwsyncTime,
  nBarriers,
  nBarrierWait,
  nLoadMisses,
  nLoadReserves,
  nMissSlotWait,
  nPrefetchesDropped,
  nStoreConditionals,
  prefetchesPastL2,
  reserveTime,
  syncTime,
  translates,
} from './numbers';
import { collects, drainAll, gatherStore } from './store-gather';
import { translate, translatePrefetch } from './translation';
import { count, later } from './words';

export { prepareFor } from './banks';
/*
 * L2 cache, miss slots, store gathering, bus and GDDR3 of a machine: what the host and translated code call. Times are
 * half-cycles; a line is a physical address divided by 128; a thread is named by the address of its context.
 */
export { reserve, reserveAnywhere, waitBetween } from './calendar';
export { append } from './command-log';
export { readDram, writeDram } from './dram';
export { fetchMiss } from './fetch';
export { emptyWay, findLine, putLine, removeLine, roomFor, touchLine } from './l2';
export { occupy, occupyLater } from './occupancy';
export { readAt, readEach, readLater } from './reads';
export { earliestFree, holdEarliest, holdNext } from './slots';
export { activateLater, firstFreeFrom, slide } from './timetable';
export {
  warmFetch,
  warmFlush,
  warmFrom,
  warmFully,
  warmLoad,
  warmMiss,
  warmReserve,
  warmStore,
  warmUntil,
  warmZero,
} from './warm';
export { writeAt } from './writes';

function coreOf(context: i32): i32 {
  return (context - contextBase) >> coreShift;
}

/** The words of a thread's atomics: when its last lwarx and its last stwcx. were done; they follow one another. */
function atomicsOf(context: i32): i32 {
  return atomicTimes + (((context - contextBase) >> (coreShift - 1)) << 3);
}

/** Waits for a miss slot from `s` on. @inline */
function accept(context: i32, core: i32, s: i32): i32 {
  const free = missAccepted(core);
  let accepted = s;
  if (free > s) {
    count(nMissSlotWait, free - s);
    accepted = free;
  }
  store<i32>(context + acceptedAt, accepted);
  return accepted;
}

/** A load that missed the L1 cache; see MemorySystem. */
export function loadMiss(context: i32, line: i32, s: i32): i32 {
  count(nLoadMisses, 1);
  const core = coreOf(context);
  return loadLine(core, line, accept(context, core, s + translate(context, core, line << 7)));
}

/** dcbt that missed the L1 cache. */
export function prefetch(context: i32, line: i32, s: i32): i32 {
  const core = coreOf(context);
  const time = translatePrefetch(context, core, line << 7);
  const from = time > 0 ? s + time : s;
  if (time < 0 || (dropsWhenFull !== 0 && missAccepted(core) > from)) {
    count(nPrefetchesDropped, 1);
    store<i32>(context + acceptedAt, from);
    return from;
  }
  const accepted = accept(context, core, from);
  return prefetchesPastL2 !== 0 ? loadPastL2(core, line, accepted) : loadLine(core, line, accepted);
}

export function storeBytes(context: i32, address: i32, size: i32, s: i32): i32 {
  const core = coreOf(context);
  if (translates === 0) return gatherStore(core, address, size, s);
  store<i32>(context + acceptedTranslation, 0);
  const time = collects(core, address) ? 0 : translate(context, core, address);
  return gatherStore(core, address, size, s + time);
}

export function zeroLine(context: i32, line: i32, s: i32): i32 {
  const core = coreOf(context);
  return claimLine(core, line, s + translate(context, core, line << 7));
}

export function flushLine(context: i32, line: i32, s: i32): i32 {
  const core = coreOf(context);
  dropInstructions(line);
  return writeBack(core, line, s + translate(context, core, line << 7));
}

/** Waits for all stores of a core so far. `kind`: of `sync`, `lwsync` and `eieio` which, from 0 on. */
export function barrier(context: i32, kind: i32, s: i32): i32 {
  const time = kind === 0 ? syncTime : kind === 1 ? lwsyncTime : eieioTime;
  const core = coreOf(context);
  count(nBarriers, 1);
  drainAll(core, s);
  const end = later(s + time, orderedAt(core));
  count(nBarrierWait, end - s);
  return end;
}

export function loadReserve(context: i32, line: i32, s: i32): i32 {
  count(nLoadReserves, 1);
  const own = atomicsOf(context);
  const core = coreOf(context);
  const from = s + translate(context, core, line << 7);
  const ready = atomicAccess(core, line, later(from, load<i32>(own, 4)), reserveTime);
  store<i32>(own, ready);
  return ready;
}

export function storeConditional(context: i32, line: i32, s: i32): i32 {
  count(nStoreConditionals, 1);
  const own = atomicsOf(context);
  const core = coreOf(context);
  const from = s + translate(context, core, line << 7);
  const ready = storeLineConditionally(core, line, later(from, load<i32>(own)), conditionalTime);
  store<i32>(own, ready, 4);
  return ready;
}
