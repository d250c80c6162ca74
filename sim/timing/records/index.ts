import { follow, make, makeLate, measureLate } from './host';
import {
  always,
  cycleMask,
  entered,
  enteredMask,
  instructions,
  issue,
  memoBegun,
  memoPause,
  memoRecord,
  memoShift,
  storeTable,
  table,
  tableMask,
  vectorCount,
  vectorRing,
} from './numbers';
import { PAIR_BYTES } from './pending';
import { AFTER_DELAYS, LONGEST, TIMES } from './record';
import {
  CREDIT,
  HASH,
  LAST_PAUSE,
  LEFT,
  NEXT,
  PAUSE,
  PLACE_BYTES,
  RECORD,
  SET_BYTES,
  WAY_BYTES,
  WAYS,
  WHERE,
} from './tables';
import { hashOf, isAt, pendingOf, placeInQueue } from './times';

/*
 * What bodies with records (engine/weave-memo.ts) call; engine/timing-memo.ts makes the records. A thread is named by the
 * address of its context. `s` is its slot.
 */

/** How often a thread has taken up a record. */
export let begun: i32 = 0;

/** Times get a record when they are met so often: to make it takes the host as long as some thirty blocks without one. */
const WORTH_A_RECORD: i32 = 4;

/** What looking costs, in instructions for which records save as much; and the most that is kept of what they have saved. */
const COST: i32 = 64;
const MOST_CREDIT: i32 = 4096;
/** How often a block is passed at most before a thread looks for a record there again. */
const LONGEST_PAUSE: i32 = 255;

/**
 * The record at which a thread begins that keeps its times in its context; 0 when it is to go on doing so. `pause`: where it
 * stands what is known of the block.
 */
export function remember(context: i32, ref: i32, s: i32, pause: i32): i32 {
  store<i32>(context + issue, s);
  const hash = hashOf(context, ref);
  const set = table + (hash & tableMask) * SET_BYTES;
  for (let way = set; way < set + SET_BYTES; way += WAY_BYTES) {
    if (load<i32>(way, HASH) !== hash) continue;
    const record = load<i32>(way, RECORD);
    if (record > 0 && isAt(record, context, ref, pendingOf())) return takeUp(context, record, pause);
  }
  const place = placeFor(hash, set);
  const before = load<i32>(place, RECORD);
  const met = load<i32>(place, HASH) === hash && before < 0 ? 1 - before : 1;
  const record = always || met >= WORTH_A_RECORD ? make(context, ref) : 0;
  store<i32>(place, hash, HASH);
  store<i32>(place, record !== 0 ? record : -met, RECORD);
  if (record !== 0) return takeUp(context, record, pause);
  charge(pause, -COST);
  return 0;
}

/** The way for times without a record: where they have been met before, else one without a record, else any. */
function placeFor(hash: i32, set: i32): i32 {
  let place = set + ((hash >> 20) & (WAYS - 1)) * WAY_BYTES;
  for (let way = set; way < set + SET_BYTES; way += WAY_BYTES) {
    if (load<i32>(way, RECORD) > 0) continue;
    place = way;
    if (load<i32>(way, HASH) === hash) break;
  }
  return place;
}

/** @inline */
function takeUp(context: i32, record: i32, pause: i32): i32 {
  begun++;
  store<i32>(context + memoBegun, load<i32>(context + instructions));
  store<i32>(context + memoPause, pause);
  return record;
}

/** A thread that leaves its records settles up with the block where it took up the first; `cost` in instructions. */
export function settleUp(context: i32, cost: i32): void {
  charge(
    load<i32>(context + memoPause),
    load<i32>(context + instructions) - load<i32>(context + memoBegun) - cost,
  );
}

/** What a look-up at a block has brought, which may be negative. */
function charge(pause: i32, gain: i32): void {
  const credit = load<i32>(pause, CREDIT) + gain;
  if (always || credit >= 0) {
    store<i32>(pause, 0, LAST_PAUSE);
    store<i32>(pause, credit < MOST_CREDIT ? credit : MOST_CREDIT, CREDIT);
    return;
  }
  const twice = 2 * load<i32>(pause, LAST_PAUSE) + 1;
  const next = twice < LONGEST_PAUSE ? twice : LONGEST_PAUSE;
  store<i32>(pause, next, PAUSE);
  store<i32>(pause, next, LAST_PAUSE);
  store<i32>(pause, 0, CREDIT);
}

/** The record at which a thread enters a region with one of other code or another mask; 0 when it has none. */
export function enter(context: i32, ref: i32): i32 {
  const record = load<i32>(context + memoRecord);
  const mask = load<i32>(context + cycleMask);
  // Block, mask, and the slot's place in its cycle.
  const where = 16 * ref + mask + (load<i32>(context + issue) & mask);
  const place = entered + (((record >> 3) ^ ((where * 0x61c8_8647) >>> 16)) & enteredMask) * PLACE_BYTES;
  if (load<i32>(place, LEFT) !== record || load<i32>(place, WHERE) !== where) {
    store<i32>(place, record, LEFT);
    store<i32>(place, where, WHERE);
    store<i32>(place, follow(context, ref), NEXT);
  }
  const next = load<i32>(place, NEXT);
  if (next === 0) {
    settle(context, record, load<i32>(context + issue));
    store<i32>(context + memoRecord, 0);
  }
  return next;
}

/** Puts what is pending after `record` into the context. */
export function settle(context: i32, record: i32, s: i32): void {
  let at = load<i32>(record, TIMES);
  const pairs = load<i32>(at);
  for (let end = at + PAIR_BYTES * pairs; at < end; at += PAIR_BYTES)
    store<i32>(context + load<i32>(at, 4), s + load<i32>(at, 8));
  at += 4;
  const entries = load<i32>(at);
  const count = load<i32>(context + vectorCount) << 2;
  for (let k = 1; k <= entries; k++)
    store<i32>(context + placeInQueue(count - 4 * k) + vectorRing, s + load<i32>(at + 4 * k));
  settleUp(context, COST);
}

/**
 * The record that follows a load of `record` with the slot `slot` whose line comes `late`, so many half-cycles after its
 * result could be there. Where all that counts waits for the line, more of it only moves that: the record is one for less,
 * which begins later than the slot. When it begins is left in the context. `cut`: offset of the load's late result.
 */
export function awaitLine(context: i32, record: i32, cut: i32, slot: i32, late: i32): i32 {
  const field = record + cut;
  if (load<i32>(field, AFTER_DELAYS) === 0) measureLate(record, cut, late);
  const longest = load<i32>(field, LONGEST);
  let counted = late;
  if (longest >= 0 && late > longest) counted = longest + ((late - longest) & load<i32>(context + cycleMask));
  store<i32>(context + memoShift, late - counted);
  store<i32>(context + issue, slot + late - counted);
  const known = longest < 0 ? 0 : load<i32>(load<i32>(field, AFTER_DELAYS) + 4 * counted);
  return known !== 0 ? known : makeLate(record, cut, counted);
}

/**
 * Whether some quadword of the line of the address `at` has been stored so lately that a load after slot `s` may have to
 * wait.
 */
export function recent(context: i32, at: i32, s: i32): bool {
  // The eight entries of a line, a quadword's number and a time each, stand in a row, two in a vector.
  const entries = context + storeTable + ((at >> 1) & (0x7f8 & ~63));
  const now = i32x4.splat(s);
  const first = v128.or(after(entries, now), after(entries + 16, now));
  const second = v128.or(after(entries + 32, now), after(entries + 48, now));
  return v128.any_true(i64x2.shr_u(v128.or(first, second), 32)) && isStored(entries, at, now);
}

/** Which words of two entries are after a time; of their numbers that says nothing. @inline */
function after(entries: i32, now: v128): v128 {
  return i32x4.gt_s(v128.load(entries), now);
}

/** The same, where some store to the line's places is that young. */
function isStored(entries: i32, at: i32, now: v128): bool {
  let number = (at >>> 7) << 3;
  let found = i32x4.splat(0);
  for (let pair = entries; pair < entries + 64; pair += 16) {
    const words = v128.load(pair);
    const wanted = i32x4.replace_lane(i32x4.splat(number), 2, number + 1);
    // The time's answer beside the number's; nothing beside the time.
    const isYoung = i64x2.shr_u(i32x4.gt_s(words, now), 32);
    found = v128.or(found, v128.and(i32x4.eq(words, wanted), isYoung));
    number += 2;
  }
  return v128.any_true(found);
}
