import type { CoreTiming } from '../timing/core-timing.js';
import { QUEUE_ENTRIES, SUM } from '../timing/records/pending.js';
import * as RECORD from '../timing/records/record.js';
import {
  areEqual,
  forgetOver,
  hashOf,
  type RelativeTimes,
  relativeTimes,
  sumPending,
  writeTimes,
} from '../timing/relative.js';
import { type Begin, type Begun, BlockTrial } from './block-trial.js';
import {
  CTX,
  contextBase,
  MEMO,
  MEMO_BASE,
  MEMO_BYTES,
  MEMO_CONTEXT,
  MEMO_RECORDS,
  MEMO_TABLE,
} from './context.js';
import { type MemoModule, memoModule } from './memo-module.js';
import {
  cutField,
  dataField,
  fieldOfCut,
  linkOf,
  type MemoBlock,
  type MemoRegion,
  OUTCOME,
  outcomeField,
  recordBytes,
  regionOf,
  slotField,
} from './memo-plan.js';

export type MemoPolicy = 'adaptive' | 'always';

/** What a record stands for. */
interface Record extends Begun {
  readonly times: Times;
}

/** Relative times that are kept, where their words stand, and the records that begin with them. */
interface Times extends RelativeTimes {
  readonly address: number;
  readonly records: Record[];
}

/** Code that no region has. */
const NOWHERE: MemoBlock = {
  ref: 0,
  instructions: [],
  groups: undefined,
  first: undefined,
  ahead: undefined,
  cuts: [],
  slots: [],
  stores: [],
  next: -1,
  taken: -1,
};

/** Records that are made whatever they bring, and instructions that must then be executed for each more. */
const FREE_RECORDS = 1000;
const INSTRUCTIONS_A_RECORD = 4096;
/** What one block may take at most. */
const LEAST_ROOM = 0x8_0000;
/** Of a cut that no delay has been met at: longer than any. */
const UNKNOWN_DELAY = 0x3fff_ffff;
/** Half-cycles that a line is taken to be late to try whether more makes a difference. */
const LATENESSES = [128, 512];

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
  /** By the address of their first instruction, in the order in which they came. */
  private readonly blocksAt = new Map<number, MemoBlock[]>();
  private readonly byAddress = new Map<number, Record>();
  /** By hash. */
  private readonly times = new Map<number, Times[]>();
  private readonly trial: BlockTrial;
  private end = MEMO_RECORDS;
  private allowed = FREE_RECORDS;
  private readonly made = { made: 0, delayed: 0, late: 0, left: 0 };
  /** Blocks whose first load waits for its line without records. */
  private readonly unawaited = new Set<number>();
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
    this.trial = new BlockTrial(buffer, core);
    const exports = memoModule(memory, core, policy === 'always', {
      make: (context, ref) => this.make(context, ref),
      measureLate: (record, cut, late) => this.measureLate(record, cut, late),
      makeLate: (record, cut, late) => this.makeLate(record, cut, late),
      follow: (context, ref) => this.follow(context, ref),
    });
    this.module = exports;
    this.calls = { ...exports, ...this.hostCalls() };
  }

  /** How often threads have taken up records, met a delay or a late line for the first time, and left inside a block. */
  get counts(): {
    readonly begun: number;
    readonly made: number;
    readonly delayed: number;
    readonly late: number;
    readonly left: number;
  } {
    return { begun: this.module.begun.value, ...this.made };
  }

  private hostCalls(): WebAssembly.ModuleImports {
    return {
      memoDelayed: (record: number, cut: number, delay: number): number => this.delayed(record, cut, delay),
      memoNext: (context: number, record: number, outcome: number, s: number): number =>
        this.next(context, record, outcome, s),
      memoLeave: (context: number, record: number, done: number, s: number, fill: number): void =>
        this.leave(context, record, done, s, fill),
    };
  }

  /** Makes the blocks of a region known; what has led out of all regions may lead there. */
  adopt(region: MemoRegion): void {
    for (const block of region.values()) {
      if (this.blocks.has(block.ref)) continue;
      this.blocks.set(block.ref, block);
      const { pc } = block.instructions[0];
      this.blocksAt.set(pc, [...(this.blocksAt.get(pc) ?? []), block]);
    }
    for (const { address } of this.byAddress.values()) {
      for (const outcome of Object.values(OUTCOME)) {
        const at = (address + outcomeField(outcome) + RECORD.FOLLOWING) >> 2;
        const next = this.i32[at];
        if (next !== 0 && this.byAddress.get(next)!.block === NOWHERE) this.i32[at] = 0;
      }
    }
  }

  /** The block at an address: of the same region, if that has it, else of the one that came last. */
  private blockAt(pc: number, ref: number): MemoBlock {
    const found = this.blocksAt.get(pc) ?? [];
    return found.find((block) => regionOf(block.ref) === regionOf(ref)) ?? found.at(-1) ?? NOWHERE;
  }

  /** Puts the times of a thread into its context; its registers may then change. */
  settle(thread: number): void {
    const context = contextBase(thread);
    this.setWord(context, MEMO.proved, 0);
    const record = this.word(context, MEMO.record);
    if (record === 0) return;
    this.module.settle(context, record, this.i32[(context + CTX.issue) >> 2]);
    this.setWord(context, MEMO.record, 0);
  }

  /** The same, with times that are over in a form that does not depend on which records were used. */
  settleForGood(thread: number): void {
    this.settle(thread);
    forgetOver(this.i32, contextBase(thread), this.core);
  }

  /** A thread enters a region with a record of other code or another mask: its record here, or 0 when it has none. */
  private follow(context: number, ref: number): number {
    const block = this.blocks.get(ref);
    if (block?.groups === undefined || !this.hasRoom()) return 0;
    const at = this.word(context, MEMO.record);
    const old = this.byAddress.get(at)!;
    const mask = this.i32[(context + CTX.cycleMask) >> 2];
    const s = this.i32[(context + CTX.issue) >> 2];
    const record = this.record(block, AT_HEAD, this.kept({ ...old.times, mask, phase: s & mask }));
    if (old.block.ref === ref) this.i32[(at + linkOf(mask, s)) >> 2] = record.address;
    return record.address;
  }

  /** The record for the times in the context before a block; 0 when it is not to be made. */
  private make(context: number, ref: number): number {
    this.setWord(context, MEMO.record, 0);
    if (!this.hasRoom()) this.forget();
    if (!this.mayMake()) return 0;
    const times = relativeTimes(this.i32, context, this.core);
    return this.record(this.blocks.get(ref)!, AT_HEAD, this.kept(times)).address;
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
    const record = this.byAddress.get(at)!;
    const { block } = record;
    const taken = outcome >= OUTCOME.taken;
    const advance = this.trial.toEnd(record, taken, outcome % 2 === 1);
    const after = this.trial.times;
    this.i32[(context + CTX.issue) >> 2] = s + advance;
    if (!this.mayMake() || !this.hasRoom()) {
      writeTimes(this.i32, context, after);
      this.module.settleUp(context, INSTRUCTIONS_A_RECORD);
      return 0;
    }
    const target = this.blockAt(taken ? block.taken : block.next, block.ref);
    const next = this.record(target, AT_HEAD, this.kept(after)).address;
    const field = at + outcomeField(outcome);
    this.i32[(field + RECORD.ADVANCE) >> 2] = advance;
    this.i32[(field + RECORD.FOLLOWING) >> 2] = next;
    return next;
  }

  /** The record of what follows a cut after a delay, of which no more counts than the longest that makes a difference. */
  private delayed(at: number, cut: number, delay: number): number {
    const record = this.byAddress.get(at)!;
    const { block } = record;
    const longest = (at + fieldOfCut(cut) + RECORD.LONGEST) >> 2;
    const table = (at + fieldOfCut(cut) + RECORD.AFTER_DELAYS) >> 2;
    this.made.delayed++;
    if (this.i32[table] === 0) {
      this.i32[longest] = this.trial.longestDelay(record, block.cuts[cut].at);
      this.i32[table] = this.allocate(4 * (this.i32[longest] + 1));
    }
    const counted = Math.min(delay, this.i32[longest]);
    this.trial.toCut(record, block.cuts[cut], counted);
    const after = this.kept(this.trial.times);
    const fill = Math.max(0, this.trial.fill);
    const from = block.cuts[cut].at;
    // A load has its results still to come.
    const begin = block.cuts[cut].what === 'miss' ? { from, isIssued: true } : { from: from + 1, fill };
    const next = this.record(block, begin, after).address;
    this.i32[(this.i32[table] >> 2) + counted] = next;
    return next;
  }

  /**
   * Finds how late the line of a first load must be for more of it only to move what counts from there on. All times are
   * maxima of sums, some with when the line arrives: a sum with it that is the greatest stays so as the line gets later. A
   * whole cycle of slots more shows it; two of them farther it holds wherever in its cycle the slot is.
   */
  private measureLate(at: number, cut: number, late: number): void {
    const record = this.byAddress.get(at)!;
    if (this.unawaited.has(record.block.ref)) return;
    const cycle = record.times.mask + 1;
    for (const least of LATENESSES) {
      const some = least + (late & (cycle - 1));
      const course = this.trial.courseAfter(record, some);
      const later = this.trial.courseAfter(record, some + cycle);
      if (!course.every((time, i) => time === later[i])) continue;
      const longest = some + 2 * cycle;
      this.i32[(at + cut + RECORD.LONGEST) >> 2] = longest;
      this.i32[(at + cut + RECORD.AFTER_DELAYS) >> 2] = this.allocate(4 * (longest + cycle));
      return;
    }
    this.leaveUnawaited(record.block);
  }

  /** What follows a first load whose line comes so late, the longest lateness at most and less than a cycle of slots. */
  private makeLate(at: number, cut: number, late: number): number {
    const record = this.byAddress.get(at)!;
    const { block } = record;
    this.made.late++;
    this.trial.toLate(record, late);
    const after = this.kept(this.trial.times);
    const begin = { from: block.first!.at + 1, fill: this.trial.fill };
    const next = this.record(block, begin, after).address;
    const table = this.i32[(at + cut + RECORD.AFTER_DELAYS) >> 2];
    if (table !== 0) this.i32[(table >> 2) + late] = next;
    if (!this.mayMake() || !this.hasRoom()) this.leaveUnawaited(block);
    return next;
  }

  /** From now on the first load of a block waits for its line without records. */
  private leaveUnawaited(block: MemoBlock): void {
    this.unawaited.add(block.ref);
    const cut = cutField(block, block.first!.at, 'late');
    for (const record of this.byAddress.values())
      if (record.block === block) this.i32[(record.address + cut + RECORD.LONGEST) >> 2] = -1;
  }

  /** The thread leaves the block after `done` instructions; the last one's line arrives at `fill` if that is not 0. */
  private leave(context: number, at: number, done: number, s: number, fill: number): void {
    const record = this.byAddress.get(at)!;
    const { block, from } = record;
    this.made.left++;
    // After a late result the record may be one that begins later than the thread has.
    const shift = record.fill > 0 && from - 1 === block.first?.at ? this.word(context, MEMO.shift) : 0;
    const begun = s - shift;
    const advance = this.trial.upTo(record, done, shift, fill === 0 ? undefined : fill - begun);
    const vectors = block.instructions.slice(0, done).filter(({ plan }) => plan.pipe !== undefined).length;
    this.i32[(context + CTX.issue) >> 2] = begun + advance;
    const count = (context + CTX.vectorCount) >> 2;
    this.i32[count] = (this.i32[count] + vectors) & (QUEUE_ENTRIES - 1);
    writeTimes(this.i32, context, this.trial.times);
  }

  // Records.

  private kept(times: RelativeTimes): Times {
    const hash = hashOf(times);
    const alike = this.times.get(hash) ?? [];
    for (const known of alike) if (areEqual(known, times)) return known;
    const { mask, phase, words } = times;
    const address = this.allocate(4 * words.length - SUM) - SUM;
    this.i32[(address + SUM) >> 2] = sumPending(times, this.core);
    const own = this.i32.subarray(address >> 2, (address >> 2) + words.length);
    own.set(words);
    const kept = { mask, phase, words: own, address, records: [] };
    this.times.set(hash, [...alike, kept]);
    return kept;
  }

  private record(block: MemoBlock, { from, isIssued = false, fill = 0 }: Begin, times: Times): Record {
    for (const known of times.records) {
      if (known.block !== block || known.from !== from) continue;
      if (known.isIssued === isIssued && known.fill === fill) return known;
    }
    const address = this.allocate(recordBytes(block));
    this.made.made++;
    const record = { address, block, from, isIssued, fill, times };
    times.records.push(record);
    this.byAddress.set(address, record);
    this.fill(record);
    return record;
  }

  /** Everything about a record but what follows it. */
  private fill(record: Record): void {
    const { address, block, times } = record;
    const set = (field: number, value: number) => {
      this.i32[(address + field) >> 2] = value;
    };
    set(RECORD.REF, block.ref);
    set(RECORD.TIMES, times.address);
    set(linkOf(times.mask, times.phase), address);
    this.trial.access(record, (i, { access }, slot, data) => {
      set(slotField(block, i), slot);
      if (access!.kind === 'store') set(dataField(block, i), data);
      for (const [c, { at, what }] of block.cuts.entries()) {
        if (at !== i) continue;
        const late = this.unawaited.has(block.ref) ? -1 : 0;
        set(fieldOfCut(c) + RECORD.LONGEST, what === 'late' ? late : UNKNOWN_DELAY);
      }
    });
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
}

const AT_HEAD: Begin = { from: 0 };
