import {
  acceptedTranslation,
  eratMissTime,
  eratSetMask,
  eratSets,
  eratShiftLimit,
  erats,
  eratWays,
  nEratMisses,
  nTlbMisses,
  nTranslationWait,
  pageShifts,
  reloadTime,
  tlbSetMask,
  tlbSets,
  tlbs,
  tlbWays,
  translates,
} from './numbers';
import { count, lesser, seldom } from './words';

/*
 * Address translation: of each core a table of the pages used lately (ERAT), behind it the TLB, behind that a walk of the
 * page table by hardware or by an interrupt handler. Both tables are shared by the core's threads, set-associative, and
 * replace in turn. They are asked where an access goes beyond the L1 cache: hits there are taken to hit the ERAT as well,
 * and stores that meet a gather buffer, too. Effective addresses are physical ones, so nothing is looked up but cost.
 *
 * A set: the keys of its ways (page and size; 0 for none), then the way to be replaced next. `pageShifts` has the binary
 * logarithm of the page size of each 64 KB of memory, one byte each.
 */

/** A page and its size as one word that is not 0. @inline */
function keyOf(address: i32, shift: i32): i32 {
  return ((address >>> shift) << 5) | shift;
}

/** Whether a table has a key; up to four ways at once. @inline */
function has(set: i32, ways: i32, key: i32): bool {
  if (ways > 4) return hasInMany(set, ways, key);
  return (i32x4.bitmask(i32x4.eq(v128.load(set), i32x4.splat(key))) & ((1 << ways) - 1)) !== 0;
}

/** The same of any number, way by way. Exported to stay a function. */
export function hasInMany(set: i32, ways: i32, key: i32): bool {
  for (let way = 0; way < ways; way++) {
    if (load<i32>(set + (way << 2)) === key) return true;
  }
  return false;
}

function replace(set: i32, ways: i32, key: i32): void {
  const next = load<i32>(set + (ways << 2));
  store<i32>(set + (next << 2), key);
  store<i32>(set + (ways << 2), next + 1 === ways ? 0 : next + 1);
}

/** The set of a core's ERAT for an address in a page of that size. @inline */
function eratOf(core: i32, address: i32, shift: i32): i32 {
  return erats + (core * eratSets + ((address >>> shift) & eratSetMask)) * ((eratWays + 1) << 2);
}

/** Half-cycles that translating an address for a core takes beyond an access; -1 where a prefetch gives up. @inline */
function translationTime(core: i32, address: i32, isPrefetch: bool): i32 {
  const shift = <i32>load<u8>(pageShifts + (address >>> 16));
  const small = lesser(shift, eratShiftLimit);
  const key = keyOf(address, small);
  const erat = eratOf(core, address, small);
  if (seldom(!has(erat, eratWays, key))) return missTime(core, address, shift, erat, key, isPrefetch);
  return 0;
}

/** The same for a page that the ERAT has not. Exported to stay a function. */
export function missTime(core: i32, address: i32, shift: i32, erat: i32, key: i32, isPrefetch: bool): i32 {
  const page = keyOf(address, shift);
  const tlb = tlbs + (core * tlbSets + ((address >>> shift) & tlbSetMask)) * ((tlbWays + 1) << 2);
  let time = eratMissTime;
  if (!has(tlb, tlbWays, page)) {
    if (isPrefetch) return -1;
    count(nTlbMisses, 1);
    replace(tlb, tlbWays, page);
    time += reloadTime;
  }
  count(nEratMisses, 1);
  replace(erat, eratWays, key);
  return time;
}

/** The same, left in the thread's context for whoever makes it wait. @inline */
export function translate(context: i32, core: i32, address: i32): i32 {
  if (translates === 0) return 0;
  const time = translationTime(core, address, false);
  store<i32>(context + acceptedTranslation, time);
  if (time > 0) count(nTranslationWait, time);
  return time;
}

/** For a prefetch: -1 where it gives up. @inline */
export function translatePrefetch(context: i32, core: i32, address: i32): i32 {
  if (translates === 0) return 0;
  const time = translationTime(core, address, true);
  store<i32>(context + acceptedTranslation, time < 0 ? 0 : time);
  if (time > 0) count(nTranslationWait, time);
  return time;
}

/** Whether that changes nothing in the tables. @inline */
export function isTranslated(core: i32, address: i32): bool {
  const small = lesser(<i32>load<u8>(pageShifts + (address >>> 16)), eratShiftLimit);
  return has(eratOf(core, address, small), eratWays, keyOf(address, small));
}

/** Keeps the tables warm without time. @inline */
export function warmTranslation(core: i32, address: i32): void {
  if (translates !== 0) translationTime(core, address, false);
}
