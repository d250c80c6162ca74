import { foresees } from './branch';
import { claim, loadAt, storeAt, touch } from './memory';
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
  issue,
  joined,
  loadHitStoreCycles,
  loadsHoldStations,
  marks,
  mispredictCycles,
  moving,
  retiredRing,
  retireWidth,
  storedUntil,
  storedWords,
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
 * made into words. What translated code tells of a block is timed at once. Times are cycles.
 */

/** Of the words at `marks`: pairs of slots first (parts.ts), then the last retirement and the end of a branch's bubble. */
const DISPATCHES: usize = 0;
const ACCESSES: usize = 4;
const RETIREMENTS: usize = 8;
const LAST_RETIRED: usize = 12;
const FETCHED: usize = 16;

/** Words that are remembered to have been stored, less one. */
const STORES: i32 = 255;
const ALL: i32 = -1;

/**
 * Times `done` instructions of a block, or all; `block` is the place of the address of its plans, which their number
 * precedes. `taken` and `target` are what became of its branch. The addresses of its accesses are in the context.
 */
export function trace(context: i32, block: i32, done: i32, taken: i32, target: i32): void {
  let p = load<i32>(block);
  let left = done === ALL ? load<i32>(p) : done;
  let access = context + addresses;
  let d = load<i32>(context + issue) >> 1;
  p += 4;
  for (; left > 0; left--) {
    const flags = load<i32>(p, FLAGS);
    let address = 0;
    if ((flags & ACCESS) !== 0) {
      address = load<i32>(access);
      access += 4;
    }
    d = later(d, load<i32>(marks + FETCHED));
    if ((flags & FENCE) !== 0) d = later(d, load<i32>(marks + LAST_RETIRED));
    if (foldsBranches !== 0 && (flags & BRANCH) !== 0) d = folded(d, context, p, flags, taken !== 0, target);
    else d = dispatched(d, context, p, flags, address, taken !== 0, target);
    p += load<i32>(p, SIZE);
  }
  store<i32>(context + issue, d << 1);
}

/** An instruction that takes a place in the window; when it is dispatched, `from` or later. @inline */
function dispatched(
  from: i32,
  context: i32,
  p: i32,
  flags: i32,
  address: i32,
  taken: bool,
  target: i32,
): i32 {
  const queue = load<i32>(p, QUEUE);
  const queued = isQueue(queue);
  const unit = earliestRoom(p);
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
  if (loadHitStoreCycles > 0 && kind === LOAD) ready = later(ready, written(address));
  if (finishedStores > 0 && kind === STORE) ready = later(ready, oldest(finishedRing));
  const begin = start(unit, ready, load<i32>(p, BLOCK_CYCLES));
  execute(p, kind, address, unit, begin);
  if ((flags & BRANCH) !== 0) branch(context, p, flags, d, begin, taken, target);
  return d;
}

/** The unit whose stations are free first. @inline */
function earliestRoom(p: i32): i32 {
  let best = load<i32>(p, UNIT);
  const bytes = load<i32>(p, UNIT_BYTES);
  let unit = best;
  for (let left = load<i32>(p, UNITS); left > 1; left--) {
    unit += bytes;
    if (least(stationsOf(unit)) < least(stationsOf(best))) best = unit;
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
function execute(p: i32, kind: i32, address: i32, unit: i32, begin: i32): void {
  let done = begin + 1 + load<i32>(p, FENCE_CYCLES);
  let fill = 0;
  const data = p + LISTS + load<i32>(p, WAIT_BYTES);
  const results = data + load<i32>(p, DATA_BYTES);
  const end = results + load<i32>(p, RESULT_BYTES);
  if (kind === LOAD) {
    fill = loadAt(address, begin);
    if (loadsHoldStations !== 0) keep(stationsOf(unit), fill);
    const cycles = load<i32>(moving);
    if (cycles > 0) reserve(unit, later(fill, begin + 1), cycles);
    // The line was on its way already: the pipeline stands still with what is behind the load in it.
    if (aliasesStall !== 0 && load<i32>(joined) !== 0 && end > results)
      stall(unit, fill - load<i32>(results, 4));
  } else if (kind === STORE) {
    done = later(done, storeAt(address, begin));
    const cycles = load<i32>(moving);
    if (cycles > 0) reserve(unit, done, cycles);
    for (let at = data; at < results; at += 4) done = later(done, load<i32>(load<i32>(at)) + 1);
  } else if (kind === PREFETCH) touch(address, begin);
  else if (kind === ZERO) claim(address, begin);
  for (let at = results; at < end; at += 12) {
    let t = begin + load<i32>(at, 4);
    if (load<i32>(at, 8) !== 0 && fill > t) t = fill;
    store<i32>(load<i32>(at), t);
    done = later(done, t);
  }
  const retired = retire(done, storesRetireFirst !== 0 && kind === STORE);
  if (kind !== STORE) return;
  if (finishedStores > 0) put(finishedRing, finishedStores, retired);
  if (loadHitStoreCycles > 0) remember(address, load<i32>(p, STORE_SIZE), retired + loadHitStoreCycles);
  if (storeWriteCycles > 0) reserve(unit, retired + 1, storeWriteCycles);
}

/** When a store to the word has been written, if it was lately. @inline */
function written(address: i32): i32 {
  const word = address >>> 2;
  const at = (word & STORES) << 2;
  return load<i32>(storedWords + at) === word ? load<i32>(storedUntil + at) : 0;
}

function remember(address: i32, size: i32, until: i32): void {
  for (let word = address >>> 2; word <= (address + size - 1) >>> 2; word++) {
    store<i32>(storedWords + ((word & STORES) << 2), word);
    store<i32>(storedUntil + ((word & STORES) << 2), until);
  }
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
function folded(from: i32, context: i32, p: i32, flags: i32, taken: bool, target: i32): i32 {
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
  branch(context, p, flags, d, resolved, taken, target);
  return d;
}

/** @inline */
function branch(
  context: i32,
  p: i32,
  flags: i32,
  dispatchedAt: i32,
  resolved: i32,
  taken: bool,
  target: i32,
): void {
  const foreseen = foresees(context, p, flags, taken, target);
  const fetched = load<i32>(marks + FETCHED);
  // The counter of a loop is known, so nothing is to be foreseen.
  if ((flags & INDIRECT) !== 0) store<i32>(marks + FETCHED, resolved + indirectBranchCycles);
  else if (!foreseen && (flags & COUNTED) === 0) store<i32>(marks + FETCHED, resolved + mispredictCycles);
  else if (taken) store<i32>(marks + FETCHED, later(fetched, dispatchedAt + takenBranchCycles));
}
