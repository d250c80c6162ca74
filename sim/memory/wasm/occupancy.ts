import { OCCUPANCY_BEHIND as BEHIND, OCCUPANCY_BITS as BITS, OCCUPANCY_STRETCH as STRETCH } from './state';
import { count, lesser, seldom } from './words';

/*
 * When a port or a link of short services is busy: a stretch of time around the present, one bit a half-cycle. A request
 * takes the first free half-cycles from its time on, so that one which comes late but is early in time finds the gaps
 * left between those booked before it, at the same cost.
 */
/** Where a search in one word must end: whole words lie inside the stretch. */
const LAST_WORD: i32 = STRETCH - 64;
/** The longest service that lies in one word wherever it begins. */
const LONGEST: i32 = 57;

/**
 * Books `length` half-cycles from `t` on; returns when the service would have begun if it ended then and had no gaps. How
 * much that is later than `t`, a counter adds up (0: none does). @inline
 */
export function occupy(o: i32, t: i32, length: i32, counter: i32): i32 {
  const i = <u32>(t - load<i32>(o));
  if (seldom(length > LONGEST || i > <u32>LAST_WORD)) return occupyLater(o, t, length, counter);
  const at = <usize>(o + (i >> 3));
  const bits = load<u64>(at, BITS);
  const wanted = (((<u64>1) << length) - 1) << (i & 7);
  if (seldom((bits & wanted) !== 0)) return occupyLater(o, t, length, counter);
  store<u64>(at, bits | wanted, BITS);
  return t;
}

/** The same piece by piece. Exported to stay a function. */
export function occupyLater(o: i32, t: i32, length: i32, counter: i32): i32 {
  let i = t - load<i32>(o);
  if (i < 0) return t;
  let left = length;
  while (left > 0) {
    if (i > LAST_WORD) i -= slide(o, i);
    const at = <usize>(o + (i >> 3));
    const bits = load<u64>(at, BITS) >> (i & 7);
    const busy = <i32>ctz(~bits);
    if (busy > 0) {
      i += busy;
      continue;
    }
    const taken = lesser(left, lesser(<i32>ctz(bits), 64 - (i & 7)));
    store<u64>(at, load<u64>(at, BITS) | ((u64.MAX_VALUE >> (64 - taken)) << (i & 7)), BITS);
    i += taken;
    left -= taken;
  }
  const begun = load<i32>(o) + i - length;
  if (counter !== 0) count(counter, begun - t);
  return begun;
}

/** Moves the stretch along until half-cycle `i` of it lies about in its middle; returns how far. */
function slide(o: i32, i: i32): i32 {
  const by = (i - BEHIND) & -64;
  const kept = by < STRETCH ? STRETCH - by : 0;
  const bits = <usize>o + BITS;
  if (kept > 0) memory.copy(bits, bits + (by >> 3), kept >> 3);
  memory.fill(bits + (kept >> 3), 0, (STRETCH - kept) >> 3);
  store<i32>(o, load<i32>(o) + by);
  return by;
}
