import type { MemorySystem } from '../memory/system.js';
import { L1_FILL, L1_LAST_USE } from '../memory/wasm/l1-set.js';
import type { CoreTiming } from '../timing/core-timing.js';
import type { IssuePlan } from '../timing/plan.js';
import { ReferenceTiming } from '../timing/reference.js';
import { overAfter, type RelativeTimes, relativeTimes, writeTimes } from '../timing/relative.js';
import { CTX, contextBase, l1Base, TRIAL_CORE, TRIAL_THREAD } from './context.js';
import { type Cut, isSeen, latencyOf, type MemoBlock, slotField } from './memo-plan.js';

/** Where in a block a record begins. */
export interface Begin {
  /** First instruction that it covers. */
  readonly from: number;
  /** Whether that has its slot, at which the record begins. */
  readonly isIssued?: boolean;
  /** When the line of the block's first load arrives, half-cycles after the record's begin, if that makes a difference. */
  readonly fill?: number;
}

/** A block, or what follows one of its cuts, begun with certain times; `address`: of its record. */
export interface Begun extends Required<Begin> {
  readonly address: number;
  readonly block: MemoBlock;
  readonly times: RelativeTimes;
}

const TRIAL = contextBase(TRIAL_THREAD);
/** Where its L1 cache notes when a line arrives and when it was last used. */
const FILL = (l1Base(TRIAL_CORE) + L1_FILL) >> 2;
const LAST_USE = (l1Base(TRIAL_CORE) + L1_LAST_USE) >> 2;
/** Slots of trials: a multiple of every cycle, long after all that is over. */
const TRIAL_START = 1 << 20;
/** An address whose line the trial's L1 cache has. */
const PRESENT = 0;
/** Where trials store: no load hits it. */
const STORED = 0x1000;
const STORED_UNTIL = CTX.storeTable + 8 * ((STORED >> 4) & 255) + 4;

/**
 * Blocks tried with the readable timing model, in a context and an L1 cache that no thread has: every line is there, but
 * for that of a block's first load, which arrives when one wants; branches are foreseen or not as one wants.
 */
export class BlockTrial {
  private readonly i32: Int32Array;
  private readonly timing: TrialTiming;
  /** When the line of the block's first load arrives. */
  private arrives = 0;
  /** What the trial has begun with, if it has come past the last access of the block and no farther. */
  private pastAccesses: Begun | undefined;

  constructor(
    buffer: ArrayBufferLike,
    private readonly core: CoreTiming,
  ) {
    this.i32 = new Int32Array(buffer);
    this.set(CTX.core, TRIAL_CORE);
    this.timing = new TrialTiming(buffer, core);
  }

  /** What is pending behind what has been tried; good until the next call. */
  get times(): RelativeTimes {
    return relativeTimes(this.i32, TRIAL, this.core);
  }

  /** When the line of the first load arrives, half-cycles behind the slot. */
  get fill(): number {
    return this.arrives - this.get(CTX.issue);
  }

  /** All accesses of a block one after the other: their slots, and when the data of stores is there, after the begin. */
  access(begun: Begun, see: (i: number, plan: IssuePlan, slot: number, data: number) => void): void {
    const { block, from } = begun;
    const { slots } = block;
    if (slots.length === 0) return;
    const start = this.begin(begun);
    // Of an instruction that has waited it begins at its slot.
    for (let i = Math.max(0, from - 1); i <= slots[slots.length - 1]; i++) {
      const { plan } = block.instructions[i];
      if (i >= from) this.try(block, i, i + 1);
      if (plan.access === undefined) continue;
      const data = plan.access.kind === 'store' ? this.dataOf(plan, i < from) - start : 0;
      see(i, plan, i < from ? 0 : this.slotOf(plan) - start, data);
    }
    this.pastAccesses = begun;
  }

  /** Up to the end of a block, whose branch goes as given; returns how far the slot has moved. */
  toEnd(begun: Begun, taken: boolean, wrong: boolean): number {
    const { block, times } = begun;
    let { from } = begun;
    let start = startOf(times);
    if (this.pastAccesses === begun) from = Math.max(from, block.slots[block.slots.length - 1] + 1);
    else start = this.begin(begun);
    this.pastAccesses = undefined;
    this.try(block, from, block.instructions.length, taken, wrong);
    return this.get(CTX.issue) - start;
  }

  /**
   * Up to before instruction `to`, the late line and what waits for it `shift` later than begun with. The line of the last
   * one arrives at `fill`, where that is given; it and what is returned, how far the slot has moved, are after the begin.
   */
  upTo(begun: Begun, to: number, shift: number, fill?: number): number {
    const { block, from } = begun;
    const start = this.begin(begun, shift);
    this.try(block, from, fill === undefined ? to : to - 1);
    if (fill !== undefined) this.tryOne(block, to - 1, start + fill);
    return this.get(CTX.issue) - start;
  }

  /** Up to the instruction of a cut, whose slot is later by `delay`. It has no results, or not yet those of a load. */
  toCut(begun: Begun, { at, what }: Cut, delay: number): void {
    const { address, block, from } = begun;
    this.begin(begun);
    const start = this.get(CTX.issue);
    this.try(block, from, what === 'miss' ? at : at + 1);
    if (what === 'miss') this.set(CTX.issue, start + this.i32[(address + slotField(block, at)) >> 2]);
    this.set(CTX.issue, align(this.get(CTX.issue) + delay, this.get(CTX.cycleMask)));
  }

  /** Half-cycles behind an instruction until nothing is pending. */
  longestDelay(begun: Begun, at: number): number {
    this.begin(begun);
    this.try(begun.block, begun.from, at + 1);
    return overAfter(this.times, this.core);
  }

  /** Up to the block's first load, whose line comes `late`; returns the slot at which it began. */
  toLate(begun: Begun, late: number): number {
    const { address, block, from } = begun;
    const { at } = block.first!;
    const start = this.begin(begun);
    this.try(block, from, at);
    const slot = start + this.i32[(address + slotField(block, at)) >> 2];
    this.arrives = (slot & ~1) + latencyOf(block.instructions[at].plan) + late;
    this.try(block, at, at + 1);
    return start;
  }

  /** What counts of the rest of a block after such a load, relative to when the line comes. */
  courseAfter(begun: Begun, late: number): number[] {
    const { block } = begun;
    const { at } = block.first!;
    const origin = this.toLate(begun, late) + late;
    const course: number[] = [];
    const noteTimes = (): void => {
      course.push(this.get(CTX.issue) - origin, ...this.times.words);
    };
    for (const [i, { plan }] of block.instructions.entries()) {
      if (i <= at || plan.branch !== undefined) continue;
      this.try(block, i, i + 1);
      if (plan.access?.kind === 'store') course.push(this.dataOf(plan, false) - origin);
      if (plan.access?.kind === 'load' ? isSeen(block, i) : plan.access !== undefined)
        course.push(this.slotOf(plan) - origin);
      if (block.cuts.some((cut) => cut.at === i)) noteTimes();
    }
    noteTimes();
    return course;
  }

  /** Puts what a record begins with into the context, the late line and what waits for it by `shift` later; returns the slot. */
  private begin({ block, from, times, isIssued, fill }: Begun, shift = 0): number {
    const { i32 } = this;
    const start = startOf(times);
    this.pastAccesses = undefined;
    i32.fill(0, (TRIAL + CTX.ready) >> 2, (TRIAL + CTX.linkStack) >> 2);
    for (const offset of [CTX.vectorArithmetic, CTX.vectorPermute, CTX.vectorCount]) this.set(offset, 0);
    this.set(CTX.issue, start);
    this.set(CTX.cycleMask, times.mask);
    writeTimes(i32, TRIAL, times);
    this.arrives = start + fill + shift;
    // The slot after this one is the instruction's, as nothing that it waits for is pending.
    if (isIssued) this.set(CTX.issue, start - 1);
    if (shift === 0) return start;
    for (const { reg, fromMemory } of block.instructions[from - 1].plan.results)
      if (fromMemory) this.set(CTX.ready + 4 * reg, this.arrives);
    return start;
  }

  /** Instructions `from` to before `to`, without delays; the branch at the block's end goes as given. */
  private try(block: MemoBlock, from: number, to: number, taken = false, wrong = false): void {
    this.timing.predicted = !wrong;
    const { first } = block;
    for (let i = from; i < to; i++) {
      const isFirst = first !== undefined && block.groups!.groupOf.get(i) === first.group;
      this.tryOne(block, i, isFirst ? this.arrives : 0, taken);
    }
    this.timing.predicted = true;
  }

  /** One of them, whose line arrives at `fill`. */
  private tryOne(block: MemoBlock, i: number, fill: number, taken = false): void {
    const { pc, plan } = block.instructions[i];
    const address = plan.access?.kind === 'store' ? STORED : PRESENT;
    const isTaken = plan.branch !== undefined && taken;
    this.i32[FILL] = fill;
    this.timing.step(TRIAL_THREAD, { pc, plan, address, taken: isTaken, next: pc + 4 });
    if (plan.access?.kind === 'store') this.emptyStoreQueue();
  }

  /** What stores have left behind, which code that walks the records sees to. */
  private emptyStoreQueue(): void {
    this.set(CTX.storeCount, 0);
    this.set(CTX.lastDrain, 0);
    this.i32.fill(0, (TRIAL + CTX.storeRing) >> 2, ((TRIAL + CTX.storeRing) >> 2) + 32);
  }

  /** The slot of the access that has just been tried. */
  private slotOf({ access }: IssuePlan): number {
    // A look-up notes its slot; a store has no results and blocks nothing.
    return access!.kind === 'store' ? this.get(CTX.issue) : this.i32[LAST_USE];
  }

  /** When the data of the store is there that has just been tried, or that the trial begins after. */
  private dataOf({ storeData }: IssuePlan, isBefore: boolean): number {
    if (!isBefore) return this.get(STORED_UNTIL) - 2 * this.core.loadHitStoreCycles;
    // Waits end at the head of a cycle.
    return Math.max(this.get(CTX.issue), ...storeData.map((reg) => this.get(CTX.ready + 4 * reg)));
  }

  private get(offset: number): number {
    return this.i32[(TRIAL + offset) >> 2];
  }

  private set(offset: number, value: number): void {
    this.i32[(TRIAL + offset) >> 2] = value;
  }
}

/** The slot at which a trial begins. */
const startOf = ({ phase }: RelativeTimes): number => TRIAL_START + phase;

const align = (slot: number, mask: number): number => (slot + mask) & ~mask;

const never = (): never => {
  throw new Error('a trial asked for what no record stands for');
};

/** Stores take no time; nothing else is asked for. */
const NO_MEMORY: MemorySystem = {
  loadMiss: never,
  prefetch: never,
  store: (_core, _thread, _address, _size, s) => s,
  zeroLine: never,
  flushLine: never,
  fetchMiss: never,
  sync: never,
  loadReserve: never,
  storeConditional: never,
  rebase: never,
  reset: never,
  crowdedUntil: [],
};

/** The readable model without instruction fetch and predictor. */
class TrialTiming extends ReferenceTiming {
  predicted = true;

  constructor(buffer: ArrayBufferLike, core: CoreTiming) {
    super(buffer, core, NO_MEMORY);
  }

  protected override fetch(): number {
    return this.i32[(TRIAL + CTX.issue) >> 2];
  }

  protected override foresees(): boolean {
    return this.predicted;
  }
}
