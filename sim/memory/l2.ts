import type { Machine } from '../machine/resolve.js';
import { type Layout, OLDEST, rebaseTimes } from './layout.js';
import { whole } from './units.js';

/**
 * Tags of the shared second-level cache. A set is 32 words: tags, fill times, flags, and what replacement needs,
 * eight of each. The index of a line is the word of its tag; it stays valid until the next `allocateLine`.
 */
export type L2 = ReturnType<typeof newL2>;

const WAYS = 8;
const SET_WORDS = 4 * WAYS;
/** Offsets from a line's index. */
export const FILL = WAYS;
export const FLAGS = 2 * WAYS;
const LAST_USE = 3 * WAYS;
/**
 * Pseudo-LRU instead of times: one word a set. Bit n is node n of the tree (root 1, ways below its leaves) and names
 * the colder half; bit 0 says that no way is empty.
 */
const TREE = 3 * WAYS;
const FULL = 1;

/** Bits of a line's flags: dirty, and which cores' L1 caches may hold it. */
export const DIRTY = 1;
export const heldBy = (core: number): number => 2 << core;
export const HELD_BY_ANY = 14;

export function newL2(layout: Layout, machine: Machine) {
  const { sizeBytes, lineBytes, replacement } = machine.l2;
  const ways = whole(machine.l2.ways);
  const lockedWays = whole(machine.l2.lockedWays);
  const sets = whole(sizeBytes / (ways * lineBytes));
  const { i32 } = layout;
  const first = layout.words(sets * SET_WORDS);
  const isTree = replacement === 'treePlru';
  const pathMasks = layout.words(WAYS);
  const pathBits = layout.words(WAYS);
  layout.onReset(() => {
    for (let set = first; set < first + sets * SET_WORDS; set += SET_WORDS) {
      i32.fill(-1, set, set + WAYS);
      i32.fill(OLDEST, set + FILL, set + FILL + WAYS);
      if (!isTree) i32.fill(OLDEST, set + LAST_USE, set + LAST_USE + WAYS);
    }
    for (let way = 0; way < ways; way++) {
      i32[pathMasks + way] = -1;
      i32[pathBits + way] = 0;
      for (let node = ways + way; node > 1; node >>= 1) {
        i32[pathMasks + way] &= ~(1 << (node >> 1));
        if ((node & 1) === 0) i32[pathBits + way] |= 1 << (node >> 1);
      }
    }
  });
  layout.onRebase((delta) => {
    for (let set = first; set < first + sets * SET_WORDS; set += SET_WORDS) {
      rebaseTimes(i32, set + FILL, WAYS, delta);
      if (!isTree) rebaseTimes(i32, set + LAST_USE, WAYS, delta);
    }
  });
  return {
    i32,
    first,
    setMask: sets - 1,
    ways,
    lockedWays,
    isTree,
    /** What a use of each way does to its set's tree: bits kept, bits set. Word indices. */
    pathMasks,
    pathBits,
    /** What `allocateLine` replaced: its line (-1: nothing) and its flags. Word indices. */
    victim: layout.words(1, -1),
    victimFlags: layout.words(1),
  };
}

/** Index of a line, or -1. The eight comparisons are written out: this is where misses spend their time. */
export function findLine(l2: L2, line: number): number {
  const { i32 } = l2;
  const set = l2.first + (line & l2.setMask) * SET_WORDS;
  if (i32[set] === line) return set;
  if (i32[set + 1] === line) return set + 1;
  if (i32[set + 2] === line) return set + 2;
  if (i32[set + 3] === line) return set + 3;
  if (i32[set + 4] === line) return set + 4;
  if (i32[set + 5] === line) return set + 5;
  if (i32[set + 6] === line) return set + 6;
  if (i32[set + 7] === line) return set + 7;
  return -1;
}

/** Notes a use at `t`, for replacement. */
export function touchLine(l2: L2, index: number, t: number): void {
  const { i32 } = l2;
  if (!l2.isTree) {
    i32[index + LAST_USE] = t;
    return;
  }
  const way = (index - l2.first) & (WAYS - 1);
  const tree = index - way + TREE;
  i32[tree] = (i32[tree] & i32[l2.pathMasks + way]) | i32[l2.pathBits + way];
}

/** Puts a line into its set, clean and held by nobody, where a way is empty or in place of the victim. */
export function allocateLine(l2: L2, line: number, t: number): number {
  const { i32 } = l2;
  const set = l2.first + (line & l2.setMask) * SET_WORDS;
  const index = set + (l2.isTree ? coldest(l2, set) : longestUnused(l2, set));
  i32[l2.victim] = i32[index];
  i32[l2.victimFlags] = i32[index + FLAGS];
  i32[index] = line;
  i32[index + FLAGS] = 0;
  touchLine(l2, index, t);
  return index;
}

export function removeLine(l2: L2, index: number): void {
  const { i32 } = l2;
  i32[index] = -1;
  i32[index + FLAGS] = 0;
  if (!l2.isTree) i32[index + LAST_USE] = OLDEST;
  else i32[index - ((index - l2.first) & (WAYS - 1)) + TREE] &= ~FULL;
}

/** An empty way, or the one the tree points at; pointing at a locked one it is turned away until it does not. */
function coldest(l2: L2, set: number): number {
  const { i32, ways } = l2;
  if ((i32[set + TREE] & FULL) === 0) {
    for (let way = l2.lockedWays; way < ways; way++) {
      if (i32[set + way] === -1) return way;
    }
    i32[set + TREE] |= FULL;
  }
  for (;;) {
    const tree = i32[set + TREE];
    let node = 1;
    while (node < ways) node = 2 * node + ((tree >> node) & 1);
    if (node - ways >= l2.lockedWays) return node - ways;
    touchLine(l2, set + node - ways, 0);
  }
}

function longestUnused(l2: L2, set: number): number {
  const { i32 } = l2;
  let best = l2.lockedWays;
  for (let way = best + 1; way < l2.ways; way++) {
    if (i32[set + LAST_USE + way] < i32[set + LAST_USE + best]) best = way;
  }
  return best;
}
