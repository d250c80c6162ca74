import { OBSERVE_BASE, OBSERVE_THREAD_BYTES } from '../engine/context.js';
import { LEAF } from '../timing/stall.js';
import type { StallTable } from './stall-table.js';
import { type Point, PointAllocator, type RegionPoints } from './woven-points.js';

const THREADS = 6;
/** Issue masks by the place of their counter. */
const MASKS = [1, 3, undefined, 7] as const;

/** Reads what observed woven code counts into a table. */
export class WovenStalls {
  private readonly i32: Int32Array;
  private readonly u32: Uint32Array;
  private readonly regions: RegionPoints[] = [];
  private readonly pointAt = new Map<number, Extract<Point, { kind: 'blame' }>>();
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
      const offset = (address - OBSERVE_BASE) % OBSERVE_THREAD_BYTES;
      this.readBlame(thread, this.pointAt.get(offset)!);
      this.i32[address >> 2] = word;
    },
  };

  allocator(): PointAllocator {
    return new PointAllocator(this.next);
  }

  /** Takes the counters of a region that has been made at `next`. */
  adopt(points: RegionPoints): void {
    this.next = points.base + ((points.bytes + 15) & ~15);
    if (this.next > OBSERVE_THREAD_BYTES) throw new RangeError('too much code to observe all of it');
    this.regions.push(points);
    for (const point of points.points) if (point.kind === 'blame') this.pointAt.set(point.offset, point);
    for (const body of points.bodies) {
      for (const { pc, timing } of body) this.table.instruction(pc, timing);
    }
  }

  /** Moves what a thread has counted since last time to the table, to its present site. */
  read(thread: number): void {
    for (const region of this.regions) {
      const fresh = this.address(thread, region.base) >> 2;
      if (this.i32[fresh] === 0) continue;
      this.i32[fresh] = 0;
      this.readRegion(thread, region);
    }
  }

  private readRegion(thread: number, { points, bodies }: RegionPoints): void {
    const { table } = this;
    const bodyCounts = bodies.map(() => ({
      begun: [0, 0, 0, 0],
      left: [] as { from: number; by: number[] }[],
    }));
    for (const point of points) {
      switch (point.kind) {
        case 'leaf':
          table.charge(thread, table.instruction(point.pc), point.leaf, this.take(thread, point.offset));
          break;
        case 'blame':
          this.readBlame(thread, point);
          break;
        case 'begun':
          bodyCounts[point.body].begun = this.takeByMask(thread, point.offset);
          break;
        case 'left':
          bodyCounts[point.body].left.push({ from: point.from, by: this.takeByMask(thread, point.offset) });
      }
    }
    for (const [b, body] of bodies.entries()) {
      const { begun, left } = bodyCounts[b];
      for (const [i, { pc, losesSlot }] of body.entries()) {
        for (const { from, by } of left) {
          if (from === i) for (const mask of [0, 1, 3]) begun[mask] -= by[mask];
        }
        const executed = begun[0] + begun[1] + begun[3];
        if (executed === 0) continue;
        const cost = table.instruction(pc);
        cost.executions += executed;
        table.charge(thread, cost, LEAF.base, executed);
        if (!losesSlot) continue;
        table.charge(thread, cost, LEAF.dualIssue, executed);
        table.charge(thread, cost, LEAF.sibling, (MASKS[1] - 1) * begun[1] + (MASKS[3] - 1) * begun[3]);
      }
    }
  }

  private readBlame(thread: number, { offset, pc, leaf }: Extract<Point, { kind: 'blame' }>): void {
    const { table } = this;
    const halfCycles = this.take(thread, offset + 8);
    if (halfCycles === 0) return;
    const word = this.i32[this.address(thread, offset) >> 2];
    const cost = table.instruction(pc);
    if (leaf === undefined) return table.blame(thread, cost, word, halfCycles);
    table.charge(thread, cost, leaf, halfCycles);
    table.note(cost, word, halfCycles);
  }

  private takeByMask(thread: number, offset: number): number[] {
    return MASKS.map((_, i) => this.take(thread, offset + 8 * i));
  }

  /** A counter, which then begins anew. */
  private take(thread: number, offset: number): number {
    const at = this.address(thread, offset) >> 2;
    const value = this.u32[at] + 0x1_0000_0000 * this.u32[at + 1];
    if (value !== 0) {
      this.u32[at] = 0;
      this.u32[at + 1] = 0;
    }
    return value;
  }

  private address(thread: number, offset: number): number {
    return OBSERVE_BASE + thread * OBSERVE_THREAD_BYTES + offset;
  }
}
