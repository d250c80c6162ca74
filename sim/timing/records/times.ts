import {
  addressMargin,
  addressRegisters,
  cycleMask,
  issue,
  ready,
  vectorArithmetic,
  vectorCount,
  vectorPermute,
  vectorRing,
} from './numbers';
import { PAIR_BYTES, PIPE_MARGIN, QUEUE_ENTRIES, SUM } from './pending';
import { LINKS, REF, TIMES } from './record';

/* The times of a thread relative to its slot, as timing/relative.ts states them. */

const STEP: i32 = 0x61c8_8647;

/**
 * By how much the ready times and pipes of the thread that `hashOf` has seen last are later than over, in sum. Where the
 * times that a record has are those of the thread and make up the sum, all others are over.
 */
let pending: i32 = 0;
export function pendingOf(): i32 {
  return pending;
}

/** Equal for equal times before the same block. */
export function hashOf(context: i32, ref: i32): i32 {
  const s = load<i32>(context + issue);
  let at = context + ready;
  let floor = i32x4.splat(s - addressMargin);
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (let end = at + 4 * addressRegisters; at < end; at += 64) {
    a = i32x4.add(a, i32x4.max_s(v128.load(at), floor));
    b = i32x4.add(b, i32x4.max_s(v128.load(at, 16), floor));
    c = i32x4.add(c, i32x4.max_s(v128.load(at, 32), floor));
    d = i32x4.add(d, i32x4.max_s(v128.load(at, 48), floor));
  }
  floor = i32x4.splat(s);
  for (const end = context + vectorRing; at < end; at += 64) {
    a = i32x4.add(a, i32x4.max_s(v128.load(at), floor));
    b = i32x4.add(b, i32x4.max_s(v128.load(at, 16), floor));
    c = i32x4.add(c, i32x4.max_s(v128.load(at, 32), floor));
    d = i32x4.add(d, i32x4.max_s(v128.load(at, 48), floor));
  }
  // What the floors themselves add to each lane.
  const floors = i32x4.splat(((vectorRing - ready) / 64) * s - (addressRegisters / 16) * addressMargin);
  a = i32x4.sub(a, floors);
  b = i32x4.sub(b, floors);
  c = i32x4.sub(c, floors);
  d = i32x4.sub(d, floors);
  pending = lanes(i32x4.add(i32x4.add(a, b), i32x4.add(c, d)));
  const key = i32x4(0x2545_f491, 0x1e37_79b1, 0x5851_f42d, 0x1405_7b7f);
  a = i32x4.add(i32x4.mul(a, key), b);
  a = i32x4.add(i32x4.mul(a, key), c);
  a = i32x4.add(i32x4.mul(a, key), d);
  let hash = lanes(i32x4.mul(a, key)) + ref * STEP;
  const arithmetic = load<i32>(context + vectorArithmetic) + PIPE_MARGIN - s;
  if (arithmetic > 0) {
    pending += arithmetic;
    hash += arithmetic * 0x27d4_eb2f;
  }
  const permute = load<i32>(context + vectorPermute) + PIPE_MARGIN - s;
  if (permute > 0) {
    pending += permute;
    hash += permute * 0x1656_67b1;
  }
  const youngest = afterOf(context, 4 * (load<i32>(context + vectorCount) - 1), s);
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

/** Where an entry of the vector queue stands in its ring; `entry` is four times its number. @inline */
export function placeInQueue(entry: i32): i32 {
  return entry & (4 * (QUEUE_ENTRIES - 1));
}

/** When it issues, after `s`. @inline */
function afterOf(context: i32, entry: i32, s: i32): i32 {
  return load<i32>(context + placeInQueue(entry) + vectorRing) - s;
}

/** Whether a record of a block's head stands for the times in the context, with such a sum. */
export function isAt(record: i32, context: i32, ref: i32, pending: i32): bool {
  const s = load<i32>(context + issue);
  const mask = load<i32>(context + cycleMask);
  if (load<i32>(record, REF) !== ref) return false;
  // The link for its own mask and slot leads to itself.
  if (load<i32>(record + 4 * ((s & mask) + mask - 1), LINKS) !== record) return false;
  let at = load<i32>(record, TIMES);
  if (load<i32>(at + SUM) !== pending) return false;
  for (let end = at + PAIR_BYTES * load<i32>(at); at < end; at += PAIR_BYTES) {
    if (load<i32>(context + load<i32>(at, 4)) - s !== load<i32>(at, 8)) return false;
  }
  at += 4;
  const entries = load<i32>(at);
  // The youngest comes first.
  let entry = 4 * load<i32>(context + vectorCount);
  for (const end = at + 4 * entries; at < end; ) {
    at += 4;
    entry -= 4;
    if (afterOf(context, entry, s) !== load<i32>(at)) return false;
  }
  return entries === QUEUE_ENTRIES || afterOf(context, entry - 4, s) <= 0;
}
