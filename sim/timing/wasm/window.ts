import {
  askBranch,
  askLoad,
  askPrefetch,
  askStore,
  askWritten,
  askZero,
  JOINED,
  MOVING,
  remember,
  TIME,
} from './ask';
import {
  accessWidth,
  addresses,
  aliasesStall,
  branchesComplete,
  dispatchWidth,
  entries,
  finishedRing,
  finishedStores,
  foldsBranches,
  indirectBranchCycles,
  loadHitStoreCycles,
  loadsHoldStations,
  marks,
  mispredictCycles,
  retiredRing,
  retireWidth,
  storesRetireFirst,
  storeWriteCycles,
  takenBranchCycles,
} from './numbers';
import {
  cycleOf,
  freeEntry,
  isQueue,
  issueFrom,
  keep,
  later,
  least,
  oldest,
  put,
  queueRoom,
  queueTake,
  reserve,
  room,
  stall,
  start,
  stationsOf,
  take,
} from './parts';
import {
  ACCESS,
  BLOCK_CYCLES,
  BRANCH,
  COUNTED,
  DATA_BYTES,
  FENCE,
  FENCE_CYCLES,
  FLAGS,
  FOLDS,
  INDIRECT,
  LISTS,
  LOAD,
  PREFETCH,
  QUEUE,
  RESULT_BYTES,
  SERIALIZED,
  SIZE,
  STORE,
  STORE_SIZE,
  UNIT,
  UNIT_BYTES,
  UNITS,
  WAIT_BYTES,
  ZERO,
} from './plan';

/*
 * Issue through a window: the rules of timing/window.ts, step for step, over state in linear memory and plans that were
 * made into words. Times are cycles.
 */

/** Of the words at `marks`: pairs of slots first (parts.ts), then the last retirement and the end of a branch's bubble. */
const DISPATCHES: i32 = 0;
const ACCESSES: i32 = 4;
const RETIREMENTS: i32 = 8;
const LAST_RETIRED: i32 = 12;
const FETCHED: i32 = 16;

/**
 * Times `count` instructions from plan `first` on, the first of them not dispatched before `from`; returns when the last
 * was. What is not known from the state of the window is asked (ask.ts).
 */
export function timeBlock(context: i32, first: i32, count: i32, from: i32, taken: bool, target: i32): i32 {
  let p = first;
  let d = from;
  let access = addresses;
  for (let left = count; left > 0; left--) {
    const flags = load<i32>(p, FLAGS);
    d = later(d, load<i32>(marks + FETCHED));
    if ((flags & FENCE) !== 0) d = later(d, load<i32>(marks + LAST_RETIRED));
    const foreseen = (flags & BRANCH) !== 0 && askBranch(context, p, taken, target);
    if (foldsBranches !== 0 && (flags & BRANCH) !== 0) d = folded(d, p, flags, taken, foreseen);
    else d = dispatched(d, context, p, flags, access, taken, foreseen);
    if ((flags & ACCESS) !== 0) access += 4;
    p += load<i32>(p, SIZE);
  }
  return d;
}

/** An instruction that takes a place in the window; when it is dispatched, `from` or later. @inline */
function dispatched(
  from: i32,
  context: i32,
  p: i32,
  flags: i32,
  access: i32,
  taken: bool,
  foreseen: bool,
): i32 {
  const queue = load<i32>(p, QUEUE);
  const queued = isQueue(queue);
  const unit = earliestRoom(p, from);
  const kind = flags & ACCESS;
  let d = later(from, oldest(retiredRing));
  d = later(d, queued ? freeEntry(queue) : least(stationsOf(unit)));
  d = queueRoom(queue, room(DISPATCHES, dispatchWidth, d));
  if (kind !== 0) {
    d = room(ACCESSES, accessWidth, d);
    take(ACCESSES, d);
  }
  take(DISPATCHES, d);
  queueTake(queue, d);
  const issued = queued ? issueFrom(queue, later(d + 1, least(stationsOf(unit)))) : d;
  let ready = operands(p, issued + 1);
  if ((flags & SERIALIZED) !== 0) ready = later(ready, load<i32>(marks + LAST_RETIRED) + 1);
  if (loadHitStoreCycles > 0 && kind === LOAD) ready = later(ready, askWritten(context, access, ready));
  if (finishedStores > 0 && kind === STORE) ready = later(ready, oldest(finishedRing));
  const begin = start(unit, ready, load<i32>(p, BLOCK_CYCLES));
  execute(context, p, kind, access, unit, begin);
  if ((flags & BRANCH) !== 0) branch(flags, d, begin, taken, foreseen);
  return d;
}

/** The unit that has a station free first, at `from` or later. @inline */
function earliestRoom(p: i32, from: i32): i32 {
  let best = load<i32>(p, UNIT);
  let time = later(from, least(stationsOf(best)));
  const bytes = load<i32>(p, UNIT_BYTES);
  let unit = best;
  for (let left = load<i32>(p, UNITS); left > 1; left--) {
    unit += bytes;
    const other = later(from, least(stationsOf(unit)));
    if (other < time) {
      time = other;
      best = unit;
    }
  }
  return best;
}

/** When the instruction has what it reads, `from` or later. @inline */
function operands(p: i32, from: i32): i32 {
  let t = from;
  const end = p + LISTS + load<i32>(p, WAIT_BYTES);
  for (let at = p + LISTS; at < end; at += 8) t = later(t, load<i32>(load<i32>(at)) + load<i32>(at, 4));
  return t;
}

/** What follows when it has begun: its access, its results, its retirement. @inline */
function execute(context: i32, p: i32, kind: i32, access: i32, unit: i32, begin: i32): void {
  let done = begin + 1 + load<i32>(p, FENCE_CYCLES);
  let fill = 0;
  const data = p + LISTS + load<i32>(p, WAIT_BYTES);
  const results = data + load<i32>(p, DATA_BYTES);
  const end = results + load<i32>(p, RESULT_BYTES);
  if (kind === LOAD) {
    const answer = askLoad(context, access, begin);
    fill = load<i32>(answer, TIME);
    if (loadsHoldStations !== 0) keep(stationsOf(unit), fill);
    const cycles = load<i32>(answer, MOVING);
    if (cycles > 0) reserve(unit, later(fill, begin + 1), cycles);
    // The line was on its way already: the pipeline stands still with what is behind the load in it.
    if (aliasesStall !== 0 && load<i32>(answer, JOINED) !== 0 && end > results)
      stall(unit, fill - load<i32>(results, 4));
  } else if (kind === STORE) {
    const answer = askStore(context, access, begin);
    done = later(done, load<i32>(answer, TIME));
    const cycles = load<i32>(answer, MOVING);
    if (cycles > 0) reserve(unit, done, cycles);
    for (let at = data; at < results; at += 4) done = later(done, load<i32>(load<i32>(at)) + 1);
  } else if (kind === PREFETCH) askPrefetch(context, access, begin);
  else if (kind === ZERO) askZero(context, access, begin);
  for (let at = results; at < end; at += 12) {
    let t = begin + load<i32>(at, 4);
    if (load<i32>(at, 8) !== 0 && fill > t) t = fill;
    store<i32>(load<i32>(at), t);
    done = later(done, t);
  }
  const retired = retire(done, storesRetireFirst !== 0 && kind === STORE);
  if (kind !== STORE) return;
  if (finishedStores > 0) put(finishedRing, finishedStores, retired);
  if (loadHitStoreCycles > 0)
    remember(context, access, load<i32>(p, STORE_SIZE), retired + loadHitStoreCycles);
  if (storeWriteCycles > 0) reserve(unit, retired + 1, storeWriteCycles);
}

/** @inline */
function retire(done: i32, first: bool): i32 {
  let r = room(RETIREMENTS, retireWidth, later(done, load<i32>(marks + LAST_RETIRED)));
  if (first && r === cycleOf(RETIREMENTS)) r++;
  take(RETIREMENTS, r);
  store<i32>(marks + LAST_RETIRED, r);
  put(retiredRing, entries, r);
  return r;
}

/** A branch that the branch unit resolves while it waits for dispatch; when it is dispatched. @inline */
function folded(from: i32, p: i32, flags: i32, taken: bool, foreseen: bool): i32 {
  let d = from;
  const folds = (flags & FOLDS) !== 0;
  const isFolded = taken && folds;
  const completes = !isFolded && (branchesComplete !== 0 || !folds);
  if (completes) d = later(d, oldest(retiredRing));
  if (!isFolded) {
    d = room(DISPATCHES, dispatchWidth, d);
    take(DISPATCHES, d);
  }
  const resolved = operands(p, d + 1);
  const results = p + LISTS + load<i32>(p, WAIT_BYTES) + load<i32>(p, DATA_BYTES);
  const end = results + load<i32>(p, RESULT_BYTES);
  for (let at = results; at < end; at += 12) store<i32>(load<i32>(at), resolved + load<i32>(at, 4));
  if (completes) retire(resolved, false);
  branch(flags, d, resolved, taken, foreseen);
  return d;
}

/** @inline */
function branch(flags: i32, dispatchedAt: i32, resolved: i32, taken: bool, foreseen: bool): void {
  // The counter of a loop is known, so nothing is to be foreseen.
  if ((flags & INDIRECT) !== 0) store<i32>(marks + FETCHED, resolved + indirectBranchCycles);
  else if (!foreseen && (flags & COUNTED) === 0) store<i32>(marks + FETCHED, resolved + mispredictCycles);
  else if (taken) store<i32>(marks + FETCHED, dispatchedAt + takenBranchCycles);
}
