import { CTX, contextBase } from '../engine/context.js';
import { BLAME, BLAMES, blameOfResult, isLoad } from '../timing/blame.js';
import type { ClosedBy, TimingObserver, WaitFor } from '../timing/observer.js';
import type { Result, TimedEvent } from '../timing/plan.js';
import { sourceOf } from '../timing/sourced-memory.js';
import { LEAF } from '../timing/stall.js';
import type { InstructionCost, StallTable } from './stall-table.js';

/** Leaf of a wait that has nothing to do with another instruction. */
const LEAF_OF_WAIT: Partial<Record<WaitFor, number>> = {
  missSlots: LEAF.missSlots,
  translation: LEAF.translation,
  line: LEAF.storeQueue,
  misaligned: LEAF.structural,
  loadHitStore: LEAF.loadHitStore,
};

const LEAF_OF_CLOSE: Readonly<Record<ClosedBy, number>> = {
  block: LEAF.structural,
  hint: LEAF.synchronisation,
  fence: LEAF.synchronisation,
  taken: LEAF.branchTaken,
  mispredict: LEAF.branchMispredict,
};

/** Where the words about a wait stand; `which` is an index there. */
const PLACE: Partial<Record<WaitFor, number>> = {
  register: BLAMES.register,
  vectorQueue: BLAMES.vectorRing,
  storeQueue: BLAMES.storeRing,
  loadHitStore: BLAMES.storeTable,
  arithmetic: BLAMES.arithmetic,
  permute: BLAMES.permute,
  lastDrain: BLAMES.lastDrain,
};

/**
 * Charges what the readable timing model tells to a table, by the attribution rule of timing/stall.ts. Who is to
 * blame for times to come stands in the threads' contexts, where woven code reads and writes it too.
 */
export class StallRecorder implements TimingObserver {
  private readonly i32: Int32Array;
  private thread = 0;
  private base = 0;
  private event!: TimedEvent;
  private cost!: InstructionCost;
  /** Who is to blame for what is late, of the present instruction. */
  private word = 0;

  constructor(
    buffer: ArrayBufferLike,
    readonly table: StallTable,
  ) {
    this.i32 = new Int32Array(buffer);
  }

  fetched(thread: number, { pc, plan }: TimedEvent, from: number, until: number, to: number): void {
    const cost = this.table.instruction(pc, plan.timing);
    this.table.charge(thread, cost, LEAF.fetch, until - from);
    this.table.charge(thread, cost, LEAF.sibling, to - until);
  }

  begin(thread: number, event: TimedEvent, previous: number, slot: number): void {
    this.thread = thread;
    this.base = contextBase(thread);
    this.event = event;
    this.cost = this.table.instruction(event.pc, event.plan.timing);
    this.cost.executions++;
    this.word = 0;
    if (event.plan.access !== undefined) this.set(BLAMES.asking, event.pc);
    this.charge(LEAF.base, 1);
    if (event.plan.pairs) return;
    const cycleEnd = previous | 1;
    this.charge(LEAF.dualIssue, cycleEnd - previous);
    this.charge(LEAF.sibling, slot - 1 - cycleEnd);
  }

  waited(what: WaitFor, which: number, from: number, until: number, to: number): void {
    const halfCycles = ((until + 1) & ~1) - from;
    this.charge(LEAF.sibling, to - from - halfCycles);
    const leaf = LEAF_OF_WAIT[what];
    const word = this.wordOf(what, which);
    if (leaf === undefined) return this.table.blame(this.thread, this.cost, word, halfCycles);
    this.charge(leaf, halfCycles);
    if (PLACE[what] !== undefined) this.table.note(this.cost, word, halfCycles);
  }

  delayed(what: WaitFor, which: number): void {
    this.word = this.wordOf(what, which);
  }

  queued(ring: number): void {
    const { plan, pc } = this.event;
    this.set(BLAMES.vectorRing + 4 * ring, this.word);
    const pipe = plan.pipe === 'arithmetic' ? BLAMES.arithmetic : BLAMES.permute;
    this.set(pipe, plan.blockCycles > 1 ? pc | BLAME.pipe : this.word);
  }

  stored(ring: number, gathered: boolean, entry: number): void {
    const { pc } = this.event;
    if (gathered) this.word = pc | BLAME.gather;
    else if (this.word === 0) this.word = pc;
    this.set(BLAMES.storeRing + 4 * ring, this.word);
    this.set(BLAMES.lastDrain, this.word);
    this.set(BLAMES.storeTable + 4 * entry, pc);
  }

  produced(result: Result, _ready: number, late: boolean): void {
    const { plan, pc, address } = this.event;
    const kind =
      late && isLoad(plan.timing) && plan.sync === undefined
        ? sourceOf(this.i32, this.i32[(this.base + CTX.core) >> 2], address >>> 7)
        : blameOfResult(plan.timing, result.fromMemory);
    this.set(BLAMES.register + 4 * result.reg, pc | kind);
  }

  closed(by: ClosedBy, from: number, until: number, to: number): void {
    this.charge(LEAF_OF_CLOSE[by], until - from);
    this.charge(LEAF.sibling, to - until);
  }

  end(): void {}

  private charge(leaf: number, halfCycles: number): void {
    this.table.charge(this.thread, this.cost, leaf, halfCycles);
  }

  private wordOf(what: WaitFor, which: number): number {
    const place = PLACE[what];
    return place === undefined ? this.event.pc : this.i32[(this.base + place + 4 * which) >> 2];
  }

  private set(offset: number, word: number): void {
    this.i32[(this.base + offset) >> 2] = word;
  }
}
