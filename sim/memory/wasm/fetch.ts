import { fetchInstructions } from './caches';
import {
  contextBase,
  coreShift,
  cores,
  fetchDrops,
  fetchedNext,
  fetchedNextFill,
  fetchesNext,
  fetchMapBytes,
  fetchMaps,
  fetchSetMask,
  fetchSetShift,
  fetchTags,
  fetchToIssue,
  fetchTurns,
  fetchWays,
  nFetchesAhead,
  nFetchMisses,
  nFetchWait,
} from './numbers';
import { warmLine } from './warm-l2';
import { count, later } from './words';

/*
 * The cores' instruction caches. Which lines they hold is a bit a line, since translated code asks for nothing else;
 * the tags behind say which line leaves, in turn. A miss goes to the L2 cache on a way of its own: a thread waits for
 * one line at a time, so no queue can be full. With it goes a request for the next line, which waits beside the cache
 * until the thread comes to it. Stores are not looked for here: the architecture leaves that to icbi.
 */

/** The last line of physical memory. */
const LAST_LINE: i32 = (1 << 22) - 1;

/** @inline */
function byteOf(core: i32, line: i32): i32 {
  return fetchMaps + core * fetchMapBytes + (line >> 3);
}

/** Whether a core's instruction cache has a line. @inline */
function holds(core: i32, line: i32): bool {
  return ((<i32>load<u8>(byteOf(core, line)) >> (line & 7)) & 1) !== 0;
}

/** Puts a line in the place of its set whose turn it is. */
function refill(core: i32, line: i32): void {
  const set = (core << fetchSetShift) + (line & fetchSetMask);
  const turn = load<i32>(fetchTurns + (set << 2));
  const tag = fetchTags + ((set * fetchWays + turn) << 2);
  const victim = load<i32>(tag);
  if (victim >= 0) forget(core, victim);
  store<i32>(tag, line);
  store<i32>(fetchTurns + (set << 2), turn + 1 === fetchWays ? 0 : turn + 1);
  const byte = byteOf(core, line);
  const bits = <i32>load<u8>(byte) | (1 << (line & 7));
  store<u8>(byte, bits);
}

/** @inline */
function forget(core: i32, line: i32): void {
  const byte = byteOf(core, line);
  const bits = <i32>load<u8>(byte) & ~(1 << (line & 7));
  store<u8>(byte, bits);
}

/** Takes a line out of all instruction caches, and what has been fetched ahead of it. */
export function dropInstructions(line: i32): void {
  if (fetchDrops === 0) return;
  for (let core = 0; core < cores; core++) {
    if (!holds(core, line)) continue;
    forget(core, line);
    let tag = fetchTags + ((((core << fetchSetShift) + (line & fetchSetMask)) * fetchWays) << 2);
    while (load<i32>(tag) !== line) tag += 4;
    store<i32>(tag, -1);
  }
  for (let ahead = fetchedNext; ahead < fetchedNext + (cores << 3); ahead += 4) {
    if (load<i32>(ahead) === line) store<i32>(ahead, -1);
  }
}

/** The line behind another one that a thread has not fetched yet, or -1. @inline */
function nextOf(core: i32, line: i32): i32 {
  return fetchesNext === 0 || line === LAST_LINE || holds(core, line + 1) ? -1 : line + 1;
}

/** See MemorySystem. */
export function fetchMiss(context: i32, line: i32, s: i32): i32 {
  count(nFetchMisses, 1);
  const core = (context - contextBase) >> coreShift;
  const thread = ((context - contextBase) >> (coreShift - 1)) << 2;
  let fill: i32;
  if (load<i32>(fetchedNext + thread) === line) {
    count(nFetchesAhead, 1);
    fill = later(s, load<i32>(fetchedNextFill + thread));
  } else fill = fetchInstructions(core, line, s);
  refill(core, line);
  const next = nextOf(core, line);
  store<i32>(fetchedNext + thread, next);
  if (next >= 0) store<i32>(fetchedNextFill + thread, fetchInstructions(core, next, s));
  const ready = fill + fetchToIssue;
  count(nFetchWait, ready - s);
  return ready;
}

/** The same without time: `t` orders uses of the L2 cache. */
export function warmInstructions(context: i32, line: i32, t: i32): void {
  const core = (context - contextBase) >> coreShift;
  const thread = ((context - contextBase) >> (coreShift - 1)) << 2;
  if (load<i32>(fetchedNext + thread) !== line) warmFrom(line, t);
  refill(core, line);
  const next = nextOf(core, line);
  store<i32>(fetchedNext + thread, next);
  if (next < 0) return;
  store<i32>(fetchedNextFill + thread, t);
  warmFrom(next, t);
}

function warmFrom(line: i32, t: i32): void {
  warmLine(line, t, true);
}
