import type { Machine } from '../machine/resolve.js';
import { type Layout, OLDEST, rebaseTimes } from './layout.js';

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
/** Pseudo-LRU instead of times: one word a set, a bit a node of the tree (root 1) that names the colder half. */
const TREE = 3 * WAYS;

/** Bits of a line's flags: dirty, and which cores' L1 caches may hold it. */
export const DIRTY = 1;
export const heldBy = (core: number): number => 2 << core;
export const HELD_BY_ANY = 14;

export function newL2(layout: Layout, machine: Machine) {
  const { ways, lockedWays, sizeBytes, lineBytes, replacement } = machine.l2;
  const sets = sizeBytes / (ways * lineBytes);
  const { i32 } = layout;
  const first = layout.words(sets * SET_WORDS);
  const isTree = replacement === 'treePlru';
  layout.onReset(() => {
    for (let set = first; set < first + sets * SET_WORDS; set += SET_WORDS) {
      i32.fill(-1, set, set + WAYS);
      i32.fill(OLDEST, set + FILL, set + FILL + WAYS);
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
    /** What `allocateLine` replaced: its line (-1: nothing) and its flags. Word indices. */
    victim: layout.words(1, -1),
    victimFlags: layout.words(1),
  };
}

/** Index of a line, or -1. */
export function findLine(l2: L2, line: number): number {
  const { i32 } = l2;
  const set = l2.first + (line & l2.setMask) * SET_WORDS;
  for (let at = set; at < set + l2.ways; at++) {
    if (i32[at] === line) return at;
  }
  return -1;
}

/** Notes a use at `t`, for replacement. */
export function touchLine(l2: L2, index: number, t: number): void {
  const { i32 } = l2;
  if (!l2.isTree) {
    i32[index + LAST_USE] = t;
    return;
  }
  const offset = index - l2.first;
  const way = offset & (WAYS - 1);
  const tree = index - way + TREE;
  let bits = i32[tree];
  for (let node = l2.ways + way; node > 1; node >>= 1) {
    const parent = 1 << (node >> 1);
    bits = (node & 1) === 0 ? bits | parent : bits & ~parent;
  }
  i32[tree] = bits;
}

/** Puts a line into its set, clean and held by nobody, where a way is empty or in place of the victim. */
export function allocateLine(l2: L2, line: number, t: number): number {
  const { i32 } = l2;
  const set = l2.first + (line & l2.setMask) * SET_WORDS;
  let index = -1;
  for (let at = set + l2.lockedWays; at < set + l2.ways; at++) {
    if (i32[at] === -1) {
      index = at;
      break;
    }
  }
  if (index < 0) index = set + (l2.isTree ? coldest(l2, set) : longestUnused(l2, set));
  i32[l2.victim] = i32[index];
  i32[l2.victimFlags] = i32[index + FLAGS];
  i32[index] = line;
  i32[index + FLAGS] = 0;
  touchLine(l2, index, t);
  return index;
}

export function removeLine(l2: L2, index: number): void {
  l2.i32[index] = -1;
  l2.i32[index + FLAGS] = 0;
}

/** The way the tree points at; pointing at a locked one it is turned away until it does not. */
function coldest(l2: L2, set: number): number {
  const { i32, ways } = l2;
  for (;;) {
    let node = 1;
    while (node < ways) node = 2 * node + ((i32[set + TREE] >> node) & 1);
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
