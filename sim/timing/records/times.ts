import {
  addressMargin,
  addressRegisters,
  cycleMask,
  issue,
  ready,
  recordLinks,
  recordRef,
  recordTimes,
  registers,
  vectorArithmetic,
  vectorCount,
  vectorPermute,
  vectorRing,
} from './numbers';

/* The times of a thread relative to its slot, as timing/relative.ts states them. */

const STEP: i32 = 0x61c8_8647;
const QUEUE_BYTES: i32 = 124;

/** How many ready times and pipes are pending, of the thread that `hashOf` has seen last. */
let pending: i32 = 0;
export function pendingOf(): i32 {
  return pending;
}

/** Equal for equal times before the same block. */
export function hashOf(context: i32, ref: i32): i32 {
  const s = load<i32>(context + issue);
  const now = i32x4.splat(s);
  let over = i32x4.splat(-addressMargin);
  let key = i32x4(0x2545_f491, 0x9e37_79b1, 0x5851_f42d, 0x1405_7b7f);
  let sum = i32x4.splat(0);
  let live = i32x4.splat(0);
  for (let reg = 0; reg < registers; reg += 4) {
    if (reg === addressRegisters) over = i32x4.splat(0);
    const after = i32x4.sub(v128.load(context + ready + 4 * reg), now);
    const isLive = i32x4.gt_s(after, over);
    live = i32x4.sub(live, isLive);
    sum = i32x4.add(sum, i32x4.mul(v128.and(after, isLive), key));
    key = i32x4.add(key, i32x4.splat(2 * STEP));
  }
  pending = lanes(live);
  let hash = lanes(sum) + ref * STEP;
  const arithmetic = load<i32>(context + vectorArithmetic) - s;
  if (arithmetic + 2 > 0) {
    pending++;
    hash += (arithmetic + 3) * 0x27d4_eb2f;
  }
  const permute = load<i32>(context + vectorPermute) - s;
  if (permute + 2 > 0) {
    pending++;
    hash += (permute + 3) * 0x1656_67b1;
  }
  const youngest = afterOf(context, 1, s);
  if (youngest > 0) hash += youngest * 0x2c1b_3c6d;
  const mask = load<i32>(context + cycleMask);
  hash += 4 * mask + (s & mask);
  hash = (hash ^ (hash >>> 15)) * 0x2c1b_3c6d;
  return hash ^ (hash >>> 13);
}

/** @inline */
function lanes(sum: v128): i32 {
  return (
    i32x4.extract_lane(sum, 0) +
    i32x4.extract_lane(sum, 1) +
    i32x4.extract_lane(sum, 2) +
    i32x4.extract_lane(sum, 3)
  );
}

/** When the `age` youngest entry of the vector queue issues, after `s`. @inline */
function afterOf(context: i32, age: i32, s: i32): i32 {
  const entry = 4 * (load<i32>(context + vectorCount) - age);
  return load<i32>(context + (entry & QUEUE_BYTES) + vectorRing) - s;
}

/** Whether a record of a block's head stands for the times in the context, of which so many are pending. */
export function isAt(record: i32, context: i32, ref: i32, pending: i32): bool {
  const s = load<i32>(context + issue);
  const mask = load<i32>(context + cycleMask);
  if (load<i32>(record + recordRef) !== ref) return false;
  // The link for its own mask and slot leads to itself.
  if (load<i32>(record + recordLinks + 4 * ((s & mask) + mask - 1)) !== record) return false;
  let at = load<i32>(record + recordTimes);
  const pairs = load<i32>(at);
  if (pairs !== pending) return false;
  for (let end = at + 8 * pairs; at < end; at += 8)
    if (load<i32>(context + load<i32>(at, 4)) - s !== load<i32>(at, 8)) return false;
  at += 4;
  const entries = load<i32>(at);
  for (let k = 1; k <= entries; k++) if (afterOf(context, k, s) !== load<i32>(at + 4 * k)) return false;
  return entries === 32 || afterOf(context, entries + 1, s) <= 0;
}
