import { OBSERVE_BASE, OBSERVE_THREAD_BYTES } from '../engine/context.js';
import { LEAF } from '../timing/stall.js';
import type { InstructionCost, StallTable } from './stall-table.js';
import { PointAllocator, type RegionPoints } from './woven-points.js';

const THREADS = 6;
/** Half-cycles that a lost cycle leaves to the sibling, by the place of the counter of the issue mask: 1, 3, 7. */
const LEFT_TO_SIBLING = [0, 2, undefined, 6] as const;

interface BlamePoint {
  readonly word: number;
  readonly cost: InstructionCost;
  readonly leaf: number | undefined;
}

/** The points of a region, ready to be read often: word indices from the start of a thread's counters. */
interface Readable {
  readonly fresh: number;
  readonly leaves: readonly {
    readonly word: number;
    readonly leaf: number;
    readonly cost: InstructionCost;
  }[];
  readonly blames: readonly BlamePoint[];
  readonly bodies: readonly {
    readonly begun: number;
    readonly left: readonly { readonly word: number; readonly from: number }[];
    readonly instructions: readonly { readonly cost: InstructionCost; readonly losesSlot: boolean }[];
  }[];
}

/** Reads what observed woven code counts into a table. */
export class WovenStalls {
  private readonly i32: Int32Array;
  private readonly u32: Uint32Array;
  private readonly regions: Readable[] = [];
  private readonly blameAt = new Map<number, BlamePoint>();
  /** Where the counters of the next region will be, from the start of a thread's. */
  next = 0;

  constructor(
    buffer: ArrayBufferLike,
    readonly table: StallTable,
  ) {
    if (buffer.byteLength < OBSERVE_BASE + THREADS * OBSERVE_THREAD_BYTES)
      throw new RangeError('this memory was not made for observing');
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
  }

  /** What woven code calls. */
  readonly calls = {
    reblame: (address: number, word: number): void => {
      const thread = Math.floor((address - OBSERVE_BASE) / OBSERVE_THREAD_BYTES);
      const point = this.blameAt.get(((address - OBSERVE_BASE) % OBSERVE_THREAD_BYTES) >> 2)!;
      this.readBlame(thread, wordsOf(thread), point);
      this.i32[address >> 2] = word;
    },
  };

  allocator(): PointAllocator {
    return new PointAllocator(this.next);
  }

  /** Takes the counters of a region that has been made at `next`. */
  adopt(region: RegionPoints): void {
    this.next = region.base + ((region.bytes + 15) & ~15);
    if (this.next > OBSERVE_THREAD_BYTES) throw new RangeError('too much code to observe all of it');
    const readable = readableOf(region, this.table);
    this.regions.push(readable);
    for (const point of readable.blames) this.blameAt.set(point.word, point);
  }

  /** Moves what a thread has counted since last time to the table, to its present site. */
  read(thread: number): void {
    const words = wordsOf(thread);
    for (const region of this.regions) {
      if (this.i32[words + region.fresh] === 0) continue;
      this.i32[words + region.fresh] = 0;
      this.readRegion(thread, words, region);
    }
  }

  private readRegion(thread: number, words: number, { leaves, blames, bodies }: Readable): void {
    for (const { word, leaf, cost } of leaves) {
      const halfCycles = this.take(words + word);
      if (halfCycles !== 0) this.table.charge(thread, cost, leaf, halfCycles);
    }
    for (const point of blames) this.readBlame(thread, words, point);
    for (const body of bodies) this.readBody(thread, words, body);
  }

  private readBody(thread: number, words: number, body: Readable['bodies'][number]): void {
    const { table } = this;
    const { begun, left, instructions } = body;
    let [alone, shared, low] = [0, 2, 6].map((at) => this.take(words + begun + at));
    if (alone + shared + low === 0) return;
    for (const [i, { cost, losesSlot }] of instructions.entries()) {
      for (const { word, from } of left) {
        if (from !== i) continue;
        alone -= this.take(words + word);
        shared -= this.take(words + word + 2);
        low -= this.take(words + word + 6);
      }
      const executed = alone + shared + low;
      if (executed === 0) continue;
      cost.executions += executed;
      table.charge(thread, cost, LEAF.base, executed);
      if (!losesSlot) continue;
      table.charge(thread, cost, LEAF.dualIssue, executed);
      table.charge(thread, cost, LEAF.sibling, LEFT_TO_SIBLING[1] * shared + LEFT_TO_SIBLING[3] * low);
    }
  }

  private readBlame(thread: number, words: number, { word, cost, leaf }: BlamePoint): void {
    const halfCycles = this.take(words + word + 2);
    if (halfCycles === 0) return;
    const blamed = this.i32[words + word];
    if (leaf === undefined) return this.table.blame(thread, cost, blamed, halfCycles);
    this.table.charge(thread, cost, leaf, halfCycles);
    this.table.note(cost, blamed, halfCycles);
  }

  /** A counter of 64 bits, which then begins anew. */
  private take(at: number): number {
    const low = this.u32[at];
    const high = this.u32[at + 1];
    if (low === 0 && high === 0) return 0;
    this.u32[at] = 0;
    this.u32[at + 1] = 0;
    return low + 0x1_0000_0000 * high;
  }
}

/** Word index of a thread's counters. */
const wordsOf = (thread: number): number => (OBSERVE_BASE + thread * OBSERVE_THREAD_BYTES) >> 2;

function readableOf({ base, points, bodies }: RegionPoints, table: StallTable): Readable {
  const found = bodies.map((body) => ({
    begun: 0,
    left: [] as { word: number; from: number }[],
    instructions: body.map(({ pc, timing, losesSlot }) => ({
      cost: table.instruction(pc, timing),
      losesSlot,
    })),
  }));
  const leaves: Readable['leaves'][number][] = [];
  const blames: BlamePoint[] = [];
  for (const point of points) {
    const word = point.offset >> 2;
    switch (point.kind) {
      case 'leaf':
        leaves.push({ word, leaf: point.leaf, cost: table.instruction(point.pc) });
        break;
      case 'blame':
        blames.push({ word, cost: table.instruction(point.pc), leaf: point.leaf });
        break;
      case 'begun':
        found[point.body].begun = word;
        break;
      case 'left':
        found[point.body].left.push({ word, from: point.from });
    }
  }
  return { fresh: base >> 2, leaves, blames, bodies: found };
}
