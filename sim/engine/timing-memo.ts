import type { MemorySystem } from '../memory/system.js';
import type { CoreTiming } from '../timing/core-timing.js';
import type { IssuePlan } from '../timing/plan.js';
import { ReferenceTiming } from '../timing/reference.js';
import {
  areEqual,
  forgetOver,
  hashOf,
  overAfter,
  type RelativeTimes,
  relativeTimes,
  sumPending,
  writeTimes,
} from '../timing/relative.js';
import {
  CTX,
  contextBase,
  L1_SET_BYTES,
  l1Base,
  MEMO,
  MEMO_BASE,
  MEMO_BYTES,
  MEMO_CONTEXT,
  MEMO_RECORDS,
  MEMO_TABLE,
  TRIAL_CORE,
  TRIAL_THREAD,
} from './context.js';
import { type MemoModule, memoModule } from './memo-module.js';
import {
  type Cut,
  dataField,
  linkOf,
  type MemoBlock,
  type MemoRegion,
  OUTCOME,
  RECORD,
  recordBytes,
  regionOf,
  slotField,
} from './memo-plan.js';

export type MemoPolicy = 'adaptive' | 'always';

/** A block, or what follows one of its cuts, begun with certain times. */
interface Record {
  readonly address: number;
  readonly block: MemoBlock;
  /** First instruction that it covers. */
  readonly from: number;
  readonly times: Times;
}

/** Relative times that are kept, where their words stand, and the records that begin with them, by `recordKey`. */
interface Times extends RelativeTimes {
  readonly address: number;
  readonly records: Map<number, Record>;
}

/** Code that no region has. */
const NOWHERE: MemoBlock = {
  ref: 0,
  instructions: [],
  groups: undefined,
  cuts: [],
  slots: [],
  stores: [],
  next: -1,
  taken: -1,
};

const TRIAL = contextBase(TRIAL_THREAD);
/** Where its L1 cache notes when a line arrives and when it was last used. */
const FILL = (l1Base(TRIAL_CORE) + L1_SET_BYTES / 4) >> 2;
const LAST_USE = (l1Base(TRIAL_CORE) + L1_SET_BYTES / 2) >> 2;
/** Slots of trials: a multiple of every cycle, long after all that is over. */
const TRIAL_START = 1 << 20;
/** An address whose line the trial's L1 cache has. */
const PRESENT = 0;
/** Where trials store: no load hits it. */
const STORED = 0x1000;
const STORED_UNTIL = CTX.storeTable + 8 * ((STORED >> 4) & 255) + 4;
/** Records that are made whatever they bring, and instructions that must then be executed for each more. */
const FREE_RECORDS = 1000;
const INSTRUCTIONS_A_RECORD = 4096;
/** What one block may take at most. */
const LEAST_ROOM = 0x8_0000;

/** The readable model over a block's plans: every line is there, and branches are foreseen or not as one wants. */
class Trial extends ReferenceTiming {
  predicted = true;

  protected override fetch(): number {
    return this.i32[(TRIAL + CTX.issue) >> 2];
  }

  protected override foresees(): boolean {
    return this.predicted;
  }
}

/**
 * Remembers how long a block takes. The timing of a block whose loads hit depends on the relative times at its head
 * and on nothing else, and gives relative times at its end: an automaton, whose states the readable timing model makes
 * as they are met. Translated code that walks it executes instructions without their timing. A prefetch that waits
 * for a miss slot moves the slot on by a delay; what follows is a record of its own.
 */
export class TimingMemo {
  private readonly i32: Int32Array;
  private readonly quads: BigUint64Array;
  private readonly blocks = new Map<number, MemoBlock>();
  private readonly byAddress = new Map<number, Record>();
  /** By hash. */
  private readonly times = new Map<number, Times[]>();
  private readonly trial: Trial;
  private end = MEMO_RECORDS;
  private allowed = FREE_RECORDS;
  private readonly made = { made: 0, delayed: 0, left: 0 };
  private readonly module: MemoModule;
  /** What translated code calls. */
  readonly calls: WebAssembly.ModuleImports;

  constructor(
    memory: WebAssembly.Memory,
    private readonly core: CoreTiming,
    private readonly policy: MemoPolicy,
  ) {
    const { buffer } = memory;
    this.i32 = new Int32Array(buffer);
    this.quads = new BigUint64Array(buffer);
    this.i32.fill(0, MEMO_BASE >> 2, MEMO_RECORDS >> 2);
    this.set(CTX.core, TRIAL_CORE);
    this.trial = new Trial(buffer, core, this.trialMemory());
    const exports = memoModule(memory, core, policy === 'always', {
      make: (context, ref) => this.make(context, ref),
    });
    this.module = exports;
    this.calls = { ...exports, ...this.hostCalls() };
  }

  /** How often threads have taken up records, met a delay for the first time, and left inside a block. */
  get counts(): {
    readonly begun: number;
    readonly made: number;
    readonly delayed: number;
    readonly left: number;
  } {
    return { begun: this.module.begun.value, ...this.made };
  }

  private hostCalls(): WebAssembly.ModuleImports {
    return {
      memoDelayed: (record: number, cut: number, delay: number): number => this.delayed(record, cut, delay),
      memoEnter: (context: number, ref: number): number => this.enter(context, ref),
      memoNext: (context: number, record: number, outcome: number, s: number): number =>
        this.next(context, record, outcome, s),
      memoLeave: (context: number, record: number, done: number, s: number, fill: number): void =>
        this.leave(context, record, done, s, fill),
    };
  }

  /** Makes the blocks of a region known; what has led out of all regions may lead there. */
  adopt(region: MemoRegion): void {
    for (const block of region.values()) this.blocks.set(block.ref, block);
    for (const { address } of this.byAddress.values()) {
      for (let field = RECORD.outcomes + 4; field < RECORD.cuts; field += 8) {
        const next = this.i32[(address + field) >> 2];
        if (next !== 0 && this.byAddress.get(next)!.block === NOWHERE) this.i32[(address + field) >> 2] = 0;
      }
    }
  }

  /** The block at an address: of the same region, if that has it, else of the one that came last. */
  private blockAt(pc: number, ref: number): MemoBlock {
    let found = NOWHERE;
    for (const block of this.blocks.values()) {
      if (block.instructions[0].pc !== pc) continue;
      if (regionOf(block.ref) === regionOf(ref)) return block;
      found = block;
    }
    return found;
  }

  /** Puts the times of a thread into its context; its registers may then change. */
  settle(thread: number): void {
    const context = contextBase(thread);
    this.setWord(context, MEMO.proved, 0);
    const record = this.word(context, MEMO.record);
    if (record === 0) return;
    writeTimes(this.i32, context, this.byAddress.get(record)!.times);
    this.setWord(context, MEMO.record, 0);
  }

  /** The same, with times that are over in a form that does not depend on which records were used. */
  settleForGood(thread: number): void {
    this.settle(thread);
    forgetOver(this.i32, contextBase(thread), this.core);
  }

  /** A thread enters a region with a record of other code or another mask: its record here, or 0 when it has none. */
  private enter(context: number, ref: number): number {
    const block = this.blocks.get(ref);
    if (block?.groups === undefined || !this.hasRoom()) {
      this.settle(threadOf(context));
      return 0;
    }
    const at = this.word(context, MEMO.record);
    const old = this.byAddress.get(at)!;
    const mask = this.i32[(context + CTX.cycleMask) >> 2];
    const s = this.i32[(context + CTX.issue) >> 2];
    const record = this.record(block, 0, this.kept({ ...old.times, mask, phase: s & mask }));
    if (old.block.ref === ref) this.i32[(at + linkOf(mask, s)) >> 2] = record.address;
    return record.address;
  }

  /** The record for the times in the context before a block; 0 when it is not to be made. */
  private make(context: number, ref: number): number {
    this.setWord(context, MEMO.record, 0);
    if (!this.hasRoom()) this.forget();
    if (!this.mayMake()) return 0;
    const times = relativeTimes(this.i32, context, this.core);
    return this.record(this.blocks.get(ref)!, 0, this.kept(times)).address;
  }

  /** Whether records pay: code that does nothing twice alike would make them without end. */
  private mayMake(): boolean {
    if (this.policy === 'always' || this.made.made < this.allowed) return true;
    let retired = 0;
    for (let thread = 0; thread < 6; thread++)
      retired += Number(this.quads[(contextBase(thread) + CTX.instructions) >> 3]);
    this.allowed = FREE_RECORDS + retired / INSTRUCTIONS_A_RECORD;
    return this.made.made < this.allowed;
  }

  /** The record after the block's end; 0 when it is not worth one, and the times are in the context. */
  private next(context: number, at: number, outcome: number, s: number): number {
    const { block, from, times } = this.byAddress.get(at)!;
    const taken = outcome >= OUTCOME.taken;
    const wrong = outcome % 2 === 1;
    const last = block.instructions.length;
    const start = this.begunTrial(times);
    this.try(block, from, last, taken, wrong);
    const advance = this.get(CTX.issue) - start;
    const after = relativeTimes(this.i32, TRIAL, this.core);
    this.i32[(context + CTX.issue) >> 2] = s + advance;
    if (!this.mayMake() || !this.hasRoom()) {
      writeTimes(this.i32, context, after);
      return 0;
    }
    const target = this.blockAt(taken ? block.taken : block.next, block.ref);
    const next = this.record(target, 0, this.kept(after)).address;
    const field = (at + RECORD.outcomes + 8 * outcome) >> 2;
    this.i32[field] = advance;
    this.i32[field + 1] = next;
    return next;
  }

  /** The record of what follows a cut after a delay, not longer than the longest that makes a difference. */
  private delayed(at: number, cut: number, delay: number): number {
    const { block, from, times } = this.byAddress.get(at)!;
    const field = (at + RECORD.cuts + 8 * cut) >> 2;
    this.made.delayed++;
    this.begunTrial(times);
    this.tryCut(block, from, block.cuts[cut], delay);
    const after = this.kept(relativeTimes(this.i32, TRIAL, this.core));
    const next = this.record(block, block.cuts[cut].at + 1, after).address;
    if (this.i32[field + 1] === 0) this.i32[field + 1] = this.allocate(4 * (this.i32[field] + 1));
    this.i32[(this.i32[field + 1] >> 2) + delay] = next;
    return next;
  }

  /** The thread leaves the block after `done` instructions; the last one's line arrives at `fill` if that is not 0. */
  private leave(context: number, at: number, done: number, s: number, fill: number): void {
    const { block, from, times } = this.byAddress.get(at)!;
    this.made.left++;
    const start = this.begunTrial(times);
    if (fill === 0) this.try(block, from, done);
    else {
      this.try(block, from, done - 1);
      this.i32[FILL] = start + fill - s;
      this.try(block, done - 1, done);
      this.i32[FILL] = 0;
    }
    const vectors = block.instructions.slice(0, done).filter(({ plan }) => plan.pipe !== undefined).length;
    this.i32[(context + CTX.issue) >> 2] = s + this.get(CTX.issue) - start;
    const count = (context + CTX.vectorCount) >> 2;
    this.i32[count] = (this.i32[count] + vectors) & 31;
    writeTimes(this.i32, context, relativeTimes(this.i32, TRIAL, this.core));
    this.setWord(context, MEMO.wait, this.word(context, MEMO.penalty));
  }

  // Trials.

  /** Puts times into the trial's context; returns its slot. */
  private begunTrial(times: RelativeTimes): number {
    const { i32 } = this;
    const start = TRIAL_START + times.phase;
    i32.fill(0, (TRIAL + CTX.ready) >> 2, (TRIAL + CTX.linkStack) >> 2);
    for (const offset of [CTX.vectorArithmetic, CTX.vectorPermute, CTX.vectorCount]) this.set(offset, 0);
    this.set(CTX.issue, start);
    this.set(CTX.cycleMask, times.mask);
    writeTimes(i32, TRIAL, times);
    return start;
  }

  /** Instructions `from` to before `to`, without delays; the branch at the block's end goes as given. */
  private try(block: MemoBlock, from: number, to: number, taken = false, wrong = false): void {
    this.trial.predicted = !wrong;
    for (let i = from; i < to; i++) {
      const { pc, plan } = block.instructions[i];
      const address = plan.access?.kind === 'store' ? STORED : PRESENT;
      const isTaken = plan.branch !== undefined && taken;
      this.trial.step(TRIAL_THREAD, { pc, plan, address, taken: isTaken, next: pc + 4 });
      if (plan.access?.kind === 'store') this.emptyStoreQueue();
    }
    this.trial.predicted = true;
  }

  /** Instructions `from` to the one of the cut, whose slot is later by `delay`; it has no results. */
  private tryCut(block: MemoBlock, from: number, { at }: Cut, delay: number): void {
    this.try(block, from, at + 1);
    this.set(CTX.issue, align(this.get(CTX.issue) + delay, this.get(CTX.cycleMask)));
  }

  /** What stores have left behind, which code that walks the records sees to. */
  private emptyStoreQueue(): void {
    this.set(CTX.storeCount, 0);
    this.set(CTX.lastDrain, 0);
    this.i32.fill(0, (TRIAL + CTX.storeRing) >> 2, ((TRIAL + CTX.storeRing) >> 2) + 32);
  }

  private trialMemory(): MemorySystem {
    const never = (): never => {
      throw new Error('a trial asked for what no record stands for');
    };
    return {
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
  }

  // Records.

  private kept(times: RelativeTimes): Times {
    const hash = hashOf(times);
    const alike = this.times.get(hash) ?? [];
    for (const known of alike) if (areEqual(known, times)) return known;
    const { mask, phase, words } = times;
    const address = this.allocate(4 * (1 + words.length)) + 4;
    this.i32[(address >> 2) - 1] = sumPending(times, this.core);
    const own = this.i32.subarray(address >> 2, (address >> 2) + words.length);
    own.set(words);
    const kept = { mask, phase, words: own, address, records: new Map<number, Record>() };
    this.times.set(hash, [...alike, kept]);
    return kept;
  }

  private record(block: MemoBlock, from: number, times: Times): Record {
    const key = recordKey(block, from);
    const known = times.records.get(key);
    if (known !== undefined) return known;
    const address = this.allocate(recordBytes(block));
    this.made.made++;
    const record = { address, block, from, times };
    times.records.set(key, record);
    this.byAddress.set(address, record);
    this.fill(record);
    return record;
  }

  /** Everything about a record but what follows it. */
  private fill({ address, block, from, times }: Record): void {
    const set = (field: number, value: number) => {
      this.i32[(address + field) >> 2] = value;
    };
    set(RECORD.ref, block.ref);
    set(RECORD.times, times.address);
    set(linkOf(times.mask, times.phase), address);
    const { slots } = block;
    if (slots.length === 0) return;
    const start = this.begunTrial(times);
    // Of an instruction that has waited the record begins at its slot.
    for (let i = Math.max(0, from - 1); i <= slots[slots.length - 1]; i++) {
      const { plan } = block.instructions[i];
      if (i >= from) this.try(block, i, i + 1);
      if (plan.access === undefined) continue;
      set(slotField(block, i), i < from ? 0 : this.slotOf(plan) - start);
      if (plan.access.kind === 'store') set(dataField(block, i), this.dataOf(plan, i < from) - start);
      for (const [c, { at }] of block.cuts.entries()) {
        if (at !== i) continue;
        set(RECORD.cuts + 8 * c, overAfter(relativeTimes(this.i32, TRIAL, this.core), this.core));
      }
    }
  }

  /** The slot of the access that the trial has come past. */
  private slotOf({ access }: IssuePlan): number {
    // A look-up notes its slot; a store has no results and blocks nothing.
    return access!.kind === 'store' ? this.get(CTX.issue) : this.i32[LAST_USE];
  }

  /** When the data of the store is there that the trial has come past, or begins after. */
  private dataOf({ storeData }: IssuePlan, isBefore: boolean): number {
    if (!isBefore) return this.get(STORED_UNTIL) - 2 * this.core.loadHitStoreCycles;
    return Math.max(this.get(CTX.issue) & ~1, ...storeData.map((reg) => this.get(CTX.ready + 4 * reg)));
  }

  /** Whether a block's records may be made. */
  private hasRoom(): boolean {
    return this.end < MEMO_BASE + MEMO_BYTES - LEAST_ROOM;
  }

  /** Room of zeros. */
  private allocate(bytes: number): number {
    if (this.end + bytes > MEMO_BASE + MEMO_BYTES) throw new Error('no room for timing records');
    const at = this.end;
    this.end += (bytes + 7) & ~7;
    this.i32.fill(0, at >> 2, this.end >> 2);
    return at;
  }

  /** Forgets all records, at a place where the contexts say which are in use. */
  private forget(): void {
    for (let thread = 0; thread < 6; thread++) this.settle(thread);
    this.byAddress.clear();
    this.times.clear();
    this.i32.fill(0, MEMO_TABLE >> 2, MEMO_RECORDS >> 2);
    this.end = MEMO_RECORDS;
  }

  // Words.

  private word(context: number, offset: number): number {
    return this.i32[(context + MEMO_CONTEXT + offset) >> 2];
  }

  private setWord(context: number, offset: number, value: number): void {
    this.i32[(context + MEMO_CONTEXT + offset) >> 2] = value;
  }

  private get(offset: number): number {
    return this.i32[(TRIAL + offset) >> 2];
  }

  private set(offset: number, value: number): void {
    this.i32[(TRIAL + offset) >> 2] = value;
  }
}

/** A region has fewer instructions than this. */
const MOST_INSTRUCTIONS = 512;
const recordKey = ({ ref }: MemoBlock, from: number): number => ref * MOST_INSTRUCTIONS + from;

const align = (slot: number, mask: number): number => (slot + mask) & ~mask;

const threadOf = (context: number): number => (context - contextBase(0)) / (contextBase(1) - contextBase(0));
