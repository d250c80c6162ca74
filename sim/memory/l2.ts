import type { Machine } from '../machine/resolve.js';
import type { Layout } from './layout.js';

/** Bits of a line's flags: dirty, and which cores' L1 caches may hold it. */
export const DIRTY = 1;
export const heldBy = (core: number): number => 2 << core;
export const HELD_BY_ANY = 14;

/** Tags of the shared second-level cache. A line's index stays valid until the next `allocate`. */
export interface L2 {
  /** Index of a line, or -1. */
  find(line: number): number;
  /** Notes a use at time `t` for replacement. */
  touch(index: number, t: number): void;
  /** Puts a line in place of the victim of its set, clean and held by nobody; the victim's tag and flags are left in
   *  `victim` and `victimFlags` (victim -1: the way was empty). Returns the index. */
  allocate(line: number, t: number): number;
  remove(index: number): void;
  /** Word indices into the linear memory. */
  readonly fill: number;
  readonly flags: number;
  readonly victim: number;
  readonly victimFlags: number;
}

/** Ways a set has room for. */
const WAYS = 8;

/** Lays out the tags; replacement by tree pseudo-LRU or true LRU. */
export function newL2(layout: Layout, machine: Machine): L2 {
  const { i32 } = layout;
  const { ways, lockedWays, sizeBytes, lineBytes, replacement } = machine.l2;
  const sets = sizeBytes / (ways * lineBytes);
  const setMask = sets - 1;
  const isTree = replacement === 'treePlru';
  const tag = layout.words(sets * WAYS, -1);
  const fill = layout.times(sets * WAYS);
  const flags = layout.words(sets * WAYS);
  const lastUse = layout.times(sets * WAYS);
  /** One bit a node of the tree, root 1; a bit names the half not used last. */
  const tree = layout.words(sets);
  const victim = layout.words(1, -1);
  const victimFlags = layout.words(1);

  function find(line: number): number {
    const at = (line & setMask) * WAYS;
    for (let way = 0; way < ways; way++) {
      if (i32[tag + at + way] === line) return at + way;
    }
    return -1;
  }

  function touch(index: number, t: number): void {
    if (!isTree) {
      i32[lastUse + index] = t;
      return;
    }
    let bits = i32[tree + (index >> 3)];
    for (let node = ways + (index & 7); node > 1; node >>= 1) {
      const parent = 1 << (node >> 1);
      bits = (node & 1) === 0 ? bits | parent : bits & ~parent;
    }
    i32[tree + (index >> 3)] = bits;
  }

  function leastUsed(set: number): number {
    let best = lockedWays;
    if (isTree) {
      for (;;) {
        let node = 1;
        while (node < ways) node = 2 * node + ((i32[tree + set] >> node) & 1);
        best = node - ways;
        if (best >= lockedWays) return best;
        touch(set * WAYS + best, 0);
      }
    }
    for (let way = best + 1; way < ways; way++) {
      if (i32[lastUse + set * WAYS + way] < i32[lastUse + set * WAYS + best]) best = way;
    }
    return best;
  }

  function allocate(line: number, t: number): number {
    const set = line & setMask;
    let index = -1;
    for (let way = lockedWays; way < ways; way++) {
      if (i32[tag + set * WAYS + way] === -1) {
        index = set * WAYS + way;
        break;
      }
    }
    if (index < 0) index = set * WAYS + leastUsed(set);
    i32[victim] = i32[tag + index];
    i32[victimFlags] = i32[flags + index];
    i32[tag + index] = line;
    i32[flags + index] = 0;
    touch(index, t);
    return index;
  }

  function remove(index: number): void {
    i32[tag + index] = -1;
    i32[flags + index] = 0;
  }

  return { find, touch, allocate, remove, fill, flags, victim, victimFlags };
}
