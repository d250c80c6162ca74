import type { CoreTiming } from '../timing/core-timing.js';
import type { BranchPlan } from '../timing/plan.js';
import { QUEUE_ENTRIES } from '../timing/records/pending.js';
import * as RECORD from '../timing/records/record.js';
import { PAUSE } from '../timing/records/tables.js';
import { CTX, FETCH_MAP_BASE, fetchLine, MEMO, MEMO_CONTEXT } from './context.js';
import { pushSpread, type Spans } from './group-code.js';
import { ENTER, LEAVE, NEXT, pauseOf, RECENT, REMEMBER, SETTLE } from './memo-module.js';
import {
  type Ahead,
  callsBetween,
  cutField,
  linkOf,
  type MemoBlock,
  type MemoRegion,
  OUTCOME,
  outcomeField,
  regionOf,
} from './memo-plan.js';
import { type BlockProof, stands } from './region-proof.js';
import type { Body, Label, Local } from './wasm/builder.js';
import type { BlockGroups, LoadGroup } from './weave-groups.js';
import { MemoAccessWeaver } from './weave-memo-access.js';
import type { Kept, KnownTimes } from './weave-state.js';

/** Only the bodies without records look at these often. */
const WITHIN_BLOCKS: readonly Kept[] = ['arithmetic', 'permute', 'count', 'storeUntil'];

/**
 * Besides the timing weaves bodies that take it from records (timing-memo.ts): while `record` is not 0 it says what is
 * pending relative to `s`, which then is the slot at which the record begins. It assumes that every load of the block
 * but the first one lies in a line that the L1 cache has and that has arrived when the load's result could be there, and
 * that no load hits a store; the head tests this and goes to the other bodies when not, with all times in the context.
 */
export class MemoWeaver extends MemoAccessWeaver {
  /** The block that is being emitted. */
  private current!: MemoBlock;

  constructor(
    body: Body,
    context: Local,
    core: CoreTiming,
    spans: Spans,
    private readonly region: MemoRegion,
  ) {
    super(body, context, core, spans, [...WITHIN_BLOCKS, 'history']);
  }

  /** Number of the region among all those that are remembered; not 0. */
  get number(): number {
    return regionOf(this.region.get(1)!.ref);
  }

  /** `block`: number of the block at which the region is entered, plus one. */
  override enter(body: Body, block: Local): void {
    super.enter(body, block);
    const pushRef = () => {
      body.get(block);
      body.i32(this.region.get(1)!.ref - 1);
      body.op('i32.add');
    };
    body.get(this.context);
    body.memory('i32.load', MEMO_CONTEXT + MEMO.record);
    body.tee(this.record);
    const has = body.if();
    body.get(this.record);
    body.memory('i32.load', RECORD.REF);
    pushRef();
    body.op('i32.eq');
    const here = body.if('i32');
    body.get(this.record);
    body.get(this.mask);
    body.get(this.s);
    body.op('i32.and');
    body.get(this.mask);
    body.op('i32.add');
    body.i32(2);
    body.op('i32.shl');
    body.op('i32.add');
    body.memory('i32.load', linkOf(1, 0) - 4);
    body.else();
    body.i32(0);
    body.end(here);
    body.tee(this.record);
    body.op('i32.eqz');
    const unknown = body.if(undefined, 'unlikely');
    body.get(this.context);
    pushRef();
    body.call(ENTER);
    body.set(this.record);
    body.end(unknown);
    body.end(has);
  }

  override leave(body: Body): void {
    body.get(this.context);
    body.get(this.record);
    body.memory('i32.store', MEMO_CONTEXT + MEMO.record);
    super.leave(body);
  }

  /** Begins the block with this number; returns its plan, if it has a body with records. */
  enterBlock(number: number): MemoBlock | undefined {
    this.current = this.region.get(number + 1)!;
    return this.planOf(number);
  }

  planOf(number: number): MemoBlock | undefined {
    const block = this.region.get(number + 1)!;
    return block.groups === undefined ? undefined : block;
  }

  /** What the block before this one has tested for it as well, if that stands for all its tests. */
  aheadOf(number: number, proofOf: (number: number) => BlockProof | undefined): Ahead | undefined {
    const [one, next] = [this.planOf(number - 1), this.planOf(number)];
    if (one?.ahead === undefined || next === undefined) return undefined;
    const earlier = (base: number): number => {
      const group = next.groups!.groups.findIndex((group) => group.base === base);
      return one.groups!.groups[one.ahead!.groups[group]]?.base ?? -1;
    };
    const proof = proofOf(number);
    return proof === undefined || stands(proofOf(number - 1), proof, earlier) ? one.ahead : undefined;
  }

  override startBlock(groups?: BlockGroups, known?: KnownTimes): void {
    super.startBlock(groups, known);
    if (this.block === undefined) for (const name of this.needed) this.loadKept(this.body, name);
  }

  /** What the block's other bodies need in variables. */
  private get needed(): Kept[] {
    const { instructions } = this.current;
    const hasVectors = instructions.some(({ plan }) => plan.pipe !== undefined);
    const hasAccesses = instructions.some(({ plan }) => plan.access !== undefined);
    return WITHIN_BLOCKS.filter((name) => (name === 'storeUntil' ? hasAccesses : hasVectors));
  }

  /** At the head of a block without such a body. */
  settleIfRemembered(): void {
    this.body.get(this.record);
    const label = this.body.if();
    this.settle();
    this.body.end(label);
  }

  /** Tests what the body with records assumes; goes to `general` when the times are in the context. */
  memoGuard(block: MemoBlock, general: (reg: number) => void, otherwise: Label): void {
    const { body } = this;
    const { groups, groupOf } = block.groups!;
    this.spans.forget();
    for (const [g, group] of groups.entries()) {
      this.pushOutside(group, general);
      body.brIf(otherwise, 'unlikely');
      const first = [...groupOf].find(([, group]) => group === g)![0];
      if (block.first?.at === first) {
        this.lookForFirst(block, first, g, group, general, otherwise);
        continue;
      }
      this.findLine(g, group, general, otherwise);
      if (callsBetween(block, 0, first)) continue;
      this.pushLate(block, first, g);
      body.brIf(otherwise, 'unlikely');
    }
    this.guardRecent(groups, general, otherwise);
  }

  /** Looks the line of the first load up, which may wait for it; goes to `otherwise` where it is not to do so. */
  private lookForFirst(
    block: MemoBlock,
    at: number,
    g: number,
    group: LoadGroup,
    general: (reg: number) => void,
    otherwise: Label,
  ): void {
    const { body } = this;
    this.placeLine(g);
    this.setAddress(group, general);
    this.pushLine();
    body.set(this.lines[g]);
    body.i32(0);
    body.set(this.isAwaited);
    const isThere = body.block();
    const isAwaited = body.block();
    this.pushTags();
    body.op('i32.eqz');
    body.brIf(isAwaited, 'unlikely');
    this.noteLine(g);
    this.pushLate(block, at, g);
    body.op('i32.eqz');
    body.brIf(isThere, 'likely');
    body.end(isAwaited);
    body.get(this.record);
    body.memory('i32.load', cutField(block, at, 'late') + RECORD.LONGEST);
    body.i32(0);
    body.op('i32.lt_s');
    body.brIf(otherwise, 'unlikely');
    body.i32(1);
    body.set(this.isAwaited);
    body.end(isThere);
  }

  /** Goes to `otherwise` where a load could hit a store. */
  private guardRecent(groups: readonly LoadGroup[], general: (reg: number) => void, otherwise: Label): void {
    if (groups.length === 0) return;
    const { body } = this;
    this.pushStoreUntil();
    body.get(this.s);
    body.op('i32.gt_s');
    const isYoung = body.if(undefined, 'unlikely');
    for (const group of groups) {
      this.setAddress(group, general);
      this.pushRecent();
      body.brIf(otherwise, 'unlikely');
    }
    body.end(isYoung);
  }

  // What is looked at seldom stays in the context.

  protected override pushMask(): void {
    this.body.get(this.context);
    this.body.memory('i32.load', CTX.cycleMask);
  }

  protected override moveHistory(pc: number, taken: boolean): void {
    this.loadKept(this.body, 'history');
    super.moveHistory(pc, taken);
    this.storeKept(this.body, 'history');
  }

  protected override pushStoreUntil(): void {
    this.body.get(this.context);
    this.body.memory('i32.load', CTX.storeUntil);
  }

  /**
   * Goes to `otherwise` where the instruction cache has not the lines of the block; the first one was looked up before
   * the loop began where the block is `alone` in one.
   */
  guardLines(alone: boolean, otherwise: Label): void {
    const { instructions, ahead } = this.current;
    const byByte = new Map<number, number>();
    for (const [i, { pc }] of [...instructions, ...(ahead?.instructions ?? [])].entries()) {
      if (pc % 128 !== 0 && (i > 0 || alone)) continue;
      const line = fetchLine(pc);
      byByte.set(line >> 3, (byByte.get(line >> 3) ?? 0) | (1 << (line & 7)));
    }
    for (const [byte, bits] of byByte) {
      this.pushFetchBits(byte, bits);
      this.body.brIf(otherwise, 'unlikely');
    }
  }

  /** Pushes 0 when the instruction cache has the lines with these bits of a byte of its map. */
  private pushFetchBits(byte: number, bits: number): void {
    const { body } = this;
    body.get(this.fetchMap);
    body.memory('i32.load8_u', FETCH_MAP_BASE + byte);
    body.i32(bits);
    body.op('i32.and');
    body.i32(bits);
    body.op('i32.ne');
  }

  protected override fetchMissed(pc: number): void {
    this.settleIfRemembered();
    super.fetchMissed(pc);
  }

  /** Goes to `records`, past the next block's tests, where this block's have stood for them. */
  goAhead({ groups }: Ahead, records: Label): void {
    const { body } = this;
    for (const places of [this.ways, this.lines, this.fills]) {
      for (const from of groups) body.get(places[from]);
      for (const to of [...groups.keys()].reverse()) body.set(places[to]);
    }
    if (groups.length === 0) body.get(this.record);
    else {
      // A line that was awaited may not be there yet.
      body.i32(0);
      body.get(this.record);
      body.get(this.isAwaited);
      body.op('select');
    }
    body.brIf(records, 'likely');
  }

  get remembers(): boolean {
    return this.block !== undefined;
  }

  /** Takes up a record, if the thread is in none; goes to `general` where the times are to stay in the context. */
  take({ ref }: MemoBlock, general: Label): void {
    const { body } = this;
    body.get(this.record);
    body.op('i32.eqz');
    const isForgotten = body.if(undefined, 'unlikely');
    // Most blocks at which no record is taken up are to be passed.
    const pause = pauseOf(ref);
    body.i32(0);
    body.memory('i32.load', pause + PAUSE);
    body.tee(this.x);
    const passes = body.if();
    body.i32(0);
    body.get(this.x);
    body.i32(1);
    body.op('i32.sub');
    body.memory('i32.store', pause + PAUSE);
    body.br(general);
    body.end(passes);
    body.get(this.context);
    body.i32(ref);
    body.get(this.s);
    body.i32(pause);
    body.call(REMEMBER);
    body.tee(this.record);
    body.op('i32.eqz');
    body.brIf(general, 'unlikely');
    body.end(isForgotten);
  }

  /** The body with records begins or, without a block, ends. */
  remember(block: MemoBlock | undefined): void {
    this.block = block;
  }

  /** Puts the times into the context. */
  settle(): void {
    const { body } = this;
    body.get(this.context);
    body.get(this.record);
    body.get(this.s);
    body.call(SETTLE);
    body.i32(0);
    body.set(this.record);
  }

  // What leaves a block inside.

  /** Leaves the block for good: what it has done so far goes into the context. */
  override side(done: Local): void {
    const { body } = this;
    body.get(this.record);
    const label = body.if();
    for (const local of [this.context, this.record, done, this.s, this.late]) body.get(local);
    body.call(LEAVE);
    body.get(this.context);
    body.memory('i32.load', CTX.issue);
    body.set(this.s);
    body.i32(0);
    body.set(this.record);
    body.end(label);
  }

  /** What is left for good besides: a body without records, whose variables are the thread's. */
  override beforeSide(_done: number): void {
    if (this.block === undefined) this.storeNeeded();
  }

  private storeNeeded(): void {
    for (const name of this.needed) this.storeKept(this.body, name);
  }

  /** Pushes whether a load from the line of `at` could hit a store. */
  private pushRecent(): void {
    const { body } = this;
    for (const local of [this.context, this.at, this.s]) body.get(local);
    body.call(RECENT);
  }

  /** Pushes 0 when the group lies in one line and none of its accesses crosses a boundary. */
  private pushOutside(group: LoadGroup, general: (reg: number) => void): void {
    pushSpread(this.body, group, general, this.spans);
  }

  // The end of a block.

  protected override ends(plan: BranchPlan, taken: boolean, isForeseen: boolean): void {
    if (this.block === undefined) return super.ends(plan, taken, isForeseen);
    if (taken) this.goOn(isForeseen ? OUTCOME.taken : OUTCOME.takenWrong);
    else this.goOn(isForeseen ? OUTCOME.next : OUTCOME.nextWrong);
  }

  override passes(): void {
    if (this.block !== undefined) this.goOn(OUTCOME.next);
  }

  /** Takes up the record of what follows. */
  private goOn(outcome: number): void {
    const { body } = this;
    const field = outcomeField(outcome);
    body.get(this.record);
    body.memory('i32.load', field + RECORD.FOLLOWING);
    body.tee(this.next);
    const known = body.if(undefined, 'likely');
    body.get(this.s);
    body.get(this.record);
    body.memory('i32.load', field + RECORD.ADVANCE);
    body.op('i32.add');
    body.set(this.s);
    body.get(this.next);
    body.set(this.record);
    body.else();
    body.get(this.context);
    body.get(this.record);
    body.i32(outcome);
    body.get(this.s);
    body.call(NEXT);
    body.set(this.record);
    body.get(this.context);
    body.memory('i32.load', CTX.issue);
    body.set(this.s);
    body.end(known);
  }

  /** All instructions of the block have been emitted but for what its branch costs. */
  override endInstructions(): void {
    const { block, body } = this;
    if (block === undefined) return this.storeNeeded();
    const vectors = block.instructions.filter(({ plan }) => plan.pipe !== undefined).length % QUEUE_ENTRIES;
    if (vectors === 0) return;
    body.get(this.context);
    body.get(this.context);
    body.memory('i32.load', CTX.vectorCount);
    body.i32(vectors);
    body.op('i32.add');
    body.i32(QUEUE_ENTRIES - 1);
    body.op('i32.and');
    body.memory('i32.store', CTX.vectorCount);
  }
}
