import { FPR, VR } from '../isa/registers.js';
import type { Block, Edge, Region } from './regions.js';

/**
 * How the blocks of a region stand in a function of nested blocks and loops: in order of address, every backward
 * branch going to the head of a loop that is a range of blocks. Loops nest; a range that would cross another is made
 * longer. In a flat layout there are but two levels, which is quicker to enter: loops of one block, and around them one
 * of all blocks, whose dispatch other backward branches go through.
 */
export interface Layout {
  readonly blocks: readonly Block[];
  /** Number of the block at an address. */
  readonly numbers: ReadonlyMap<number, number>;
  /** Last block of the loop with this head. */
  readonly loops: ReadonlyMap<number, number>;
  /** Number + 1 of the block at every address where the function can be entered: the head of every block. */
  readonly entries: ReadonlyMap<number, number>;
  /**
   * The way from one block to another: the block whose label (forward) or loop (backward) to branch to. When that is
   * another block than the target, a dispatch must go on from there.
   */
  route(from: number, to: number): { readonly via: number; readonly backward: boolean };
  /** In a flat layout, head of the innermost loop that has most instructions, of those that the dispatch goes back to. */
  readonly busiest: number | undefined;
}

export function layOut({ blocks }: Region, isFlat = false): Layout {
  const numbers = new Map(blocks.map((block, i) => [block.pc, i]));
  const edges = blocks.flatMap((block, from) =>
    edgesOf(block).flatMap((edge) => {
      const to = numbers.get(edge.pc);
      return to === undefined ? [] : [{ from, to, yields: edge.yields }];
    }),
  );
  const loops = isFlat ? flatLoops(edges, blocks.length - 1) : loopRanges(edges);
  /** Loops around a block, outermost first. */
  const around = (block: number): number[] =>
    [...loops]
      .filter(([head, last]) => head <= block && block <= last)
      .map(([head]) => head)
      .sort((a, b) => a - b);
  const route = (from: number, to: number) => {
    if (to <= from) return { via: from <= (loops.get(to) ?? -1) ? to : 0, backward: true };
    // The outermost loop that holds the target but not the origin is entered at its head.
    const outside = around(to).find((head) => from < head || from > loops.get(head)!);
    return { via: outside ?? to, backward: false };
  };
  return {
    blocks,
    numbers,
    loops,
    entries: new Map(blocks.map(({ pc }, n) => [pc, n + 1])),
    route,
    busiest: isFlat ? busiestOf(blocks, loopRanges(edges)) : undefined,
  };
}

function busiestOf(blocks: readonly Block[], loops: ReadonlyMap<number, number>): number | undefined {
  const sizeOf = (head: number): number =>
    blocks.slice(head, loops.get(head)! + 1).reduce((sum, { instructions }) => sum + instructions.length, 0);
  const isInnermost = ([head, last]: readonly [number, number]): boolean =>
    last > head && ![...loops.keys()].some((inner) => head < inner && inner <= last);
  const heads = [...loops].filter(isInnermost).map(([head]) => head);
  return heads.sort((a, b) => sizeOf(b) - sizeOf(a))[0];
}

/** Ways from a block to known addresses. */
export function edgesOf({ end }: Block): Edge[] {
  switch (end.kind) {
    case 'fall':
      return [end.next];
    case 'branch':
      return end.next === undefined ? [end.taken] : [end.taken, end.next];
    case 'indirect':
      return end.next === undefined ? [] : [end.next];
    default:
      return [];
  }
}

/** Head and last block of every loop, made to nest. */
function loopRanges(edges: readonly { from: number; to: number }[]): Map<number, number> {
  const loops = new Map<number, number>();
  for (const { from, to } of edges) {
    if (to <= from) loops.set(to, Math.max(loops.get(to) ?? to, from));
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (const [outer, last] of loops) {
      for (const [inner, end] of loops) {
        if (outer < inner && inner <= last && end > last) {
          loops.set(outer, end);
          changed = true;
        }
      }
    }
  }
  return loops;
}

function flatLoops(edges: readonly { from: number; to: number }[], last: number): Map<number, number> {
  const own = edges.filter(({ from, to }) => from === to).map(({ to }): [number, number] => [to, to]);
  if (edges.every(({ from, to }) => to >= from)) return new Map(own);
  return new Map([...own, [0, last]]);
}

const SINGLE_ARITHMETIC = /^f(n?m)?(add|sub|mul|div|sqrt)s\.?$/;

/** Floating-point registers that instructions of a region read as singles to make singles. */
export function singlesOf({ blocks }: Layout): ReadonlySet<number> {
  const made = blocks.flatMap(({ instructions }) =>
    instructions.filter(({ decoded }) => SINGLE_ARITHMETIC.test(decoded.row.name)),
  );
  return new Set(
    made.flatMap(({ flow }) => flow.reads.flatMap(({ reg }) => (reg >= FPR && reg < VR ? [reg] : []))),
  );
}

/** Registers that instructions of a region write. */
export function writtenOf({ blocks }: Layout): ReadonlySet<number> {
  return new Set(
    blocks.flatMap(({ instructions }) =>
      instructions.flatMap(({ flow }) => flow.writes.map(({ reg }) => reg)),
    ),
  );
}

/** How many registers the instructions of a region read or write. */
export function registersOf({ blocks }: Layout): number {
  const registers = new Set<number>();
  for (const { instructions } of blocks) {
    for (const { flow } of instructions) {
      for (const { reg } of [...flow.reads, ...flow.writes]) registers.add(reg);
    }
  }
  return registers.size;
}
