import { L1_LAST_USE } from '../memory/wasm/l1-set.js';
import type { CoreTiming } from '../timing/core-timing.js';
import type { IssuePlan } from '../timing/plan.js';
import * as RECORD from '../timing/records/record.js';
import { CTX } from './context.js';
import type { Spans } from './group-code.js';
import { AWAIT_LINE, DELAYED, LOAD_MISS, PREFETCH } from './memo-module.js';
import {
  type Cut,
  callsBetween,
  cutField,
  cutNumber,
  dataField,
  fieldOfCut,
  isSeen,
  latencyOf,
  loadedAfter,
  type MemoBlock,
  slotField,
} from './memo-plan.js';
import type { Body, Local } from './wasm/builder.js';
import { Weaver } from './weave.js';
import type { Kept } from './weave-state.js';

/** Accesses in bodies that take their timing from records: what they see of the caches, and what they must wait for. */
export class MemoAccessWeaver extends Weaver {
  protected readonly record: Local;
  protected readonly next: Local;
  protected readonly late: Local;
  /** Whether the line of the block's first load was not in the L1 cache at the head, or was to come late. */
  protected readonly isAwaited: Local;
  private readonly issue: Local;
  private readonly from: Local;
  private readonly delay: Local;
  /** The block whose body with records is being emitted. */
  protected block: MemoBlock | undefined;

  constructor(body: Body, context: Local, core: CoreTiming, spans: Spans, withinBlocks: readonly Kept[]) {
    super(body, context, core, spans, true, withinBlocks);
    const local = () => body.locals.add('i32');
    [this.record, this.next, this.late, this.isAwaited] = Array.from({ length: 4 }, local);
    [this.issue, this.from, this.delay] = Array.from({ length: 3 }, local);
  }

  override instruction(
    plan: IssuePlan,
    at: number,
    address: (() => void) | undefined,
    leaveIf: () => void,
  ): void {
    const { block, body } = this;
    if (block === undefined) return super.instruction(plan, at, address, leaveIf);
    if (plan.access?.kind === 'prefetch') return this.prefetch(block, at, address!, leaveIf);
    // No load comes behind a store.
    if (plan.access?.kind === 'store') return this.rememberedStore(block, plan, at, address!);
    if (plan.access === undefined) return;
    const { groupOf } = block.groups!;
    const group = groupOf.get(at)!;
    if (block.first?.at !== at) {
      this.noteUse(block, at, group);
      const isFirst = ![...groupOf].some(([i, g]) => g === group && i < at);
      // At the head nobody knew how late this would be.
      if (!isFirst || !callsBetween(block, 0, at)) return;
      this.pushLate(block, at, group);
      return this.leaveBefore(group, leaveIf);
    }
    body.get(this.isAwaited);
    const label = body.if(undefined, 'unlikely');
    this.awaitLine(block, at, group, leaveIf);
    body.else();
    this.noteUse(block, at, group);
    body.end(label);
  }

  /** Notes when the line of a load is used, where that is to be seen. */
  private noteUse(block: MemoBlock, at: number, group: number): void {
    const { body } = this;
    if (!isSeen(block, at)) return;
    body.get(this.ways[group]);
    this.pushSlot(block, at);
    body.memory('i32.store', L1_LAST_USE);
  }

  /** A first load whose line is not there: brings it, unless it is on its way, and goes on when it will have come. */
  private awaitLine(block: MemoBlock, at: number, group: number, leaveIf: () => void): void {
    const { body, issue: slot, delay } = this;
    body.get(this.lines[group]);
    body.i32(7);
    body.op('i32.shl');
    body.set(this.at);
    this.pushTags();
    body.op('i32.eqz');
    const isMissing = body.if();
    this.pushSlot(block, at);
    body.set(slot);
    body.get(this.context);
    body.get(this.lines[group]);
    body.get(slot);
    body.call(LOAD_MISS);
    body.op('drop');
    this.waitForAcceptance(block, at, 'miss');
    this.pushTags();
    body.op('drop');
    this.noteLine(group);
    const others = loadedAfter(block, at).filter((g) => g !== group);
    if (others.length > 0) {
      this.pushLost(others);
      this.leaveBefore(group, leaveIf);
    }
    body.else();
    this.noteLine(group);
    this.noteUse(block, at, group);
    body.end(isMissing);
    this.pushSlot(block, at);
    body.set(slot);
    body.get(this.fills[group]);
    body.get(slot);
    body.i32(-2);
    body.op('i32.and');
    body.i32(latencyOf(block.instructions[at].plan));
    body.op('i32.add');
    body.op('i32.sub');
    body.tee(delay);
    body.i32(0);
    body.op('i32.gt_s');
    const isLate = body.if();
    for (const local of [this.context, this.record]) body.get(local);
    body.i32(cutField(block, at, 'late'));
    for (const local of [slot, delay]) body.get(local);
    body.call(AWAIT_LINE);
    body.set(this.record);
    body.get(this.context);
    body.memory('i32.load', CTX.issue);
    body.set(this.s);
    body.end(isLate);
  }

  /** Leaves the block if the i32 on the stack is not 0, behind a load before its line comes. */
  private leaveBefore(group: number, leaveIf: () => void): void {
    const { body } = this;
    const leaves = body.if(undefined, 'unlikely');
    body.get(this.fills[group]);
    body.set(this.late);
    body.i32(1);
    leaveIf();
    body.end(leaves);
  }

  /** After a call: leaves the block if a line has been taken away that is still to be loaded from. */
  private leaveIfLost(block: MemoBlock, at: number, leaveIf: () => void): void {
    const later = loadedAfter(block, at);
    if (later.length === 0) return;
    this.pushLost(later);
    leaveIf();
  }

  override lost(plan: IssuePlan, at: number): boolean {
    return this.block === undefined && super.lost(plan, at);
  }

  private prefetch(block: MemoBlock, at: number, address: () => void, leaveIf: () => void): void {
    const { body, issue: slot } = this;
    address();
    body.set(this.at);
    this.pushSlot(block, at);
    body.set(slot);
    this.pushTags();
    const hit = body.if();
    this.pushWay();
    body.get(slot);
    body.memory('i32.store', L1_LAST_USE);
    body.else();
    body.get(this.context);
    this.pushLine();
    body.get(slot);
    body.call(PREFETCH);
    body.op('drop');
    this.waitForAcceptance(block, at, 'prefetch');
    this.leaveIfLost(block, at, leaveIf);
    body.end(hit);
  }

  private rememberedStore(block: MemoBlock, plan: IssuePlan, at: number, address: () => void): void {
    const { body, issue: slot } = this;
    const { size } = plan.access as { size: number };
    address();
    body.set(this.at);
    this.pushSlot(block, at);
    body.set(slot);
    this.delayedBy(block, at, 'storeQueue', () => {
      this.misalignedAt(slot, size, plan);
      this.pushStoreRing(-this.core.storeQueueEntries);
      body.memory('i32.load', CTX.storeRing);
      body.set(this.x);
      this.waitAt(slot, this.x);
    });
    body.get(this.s);
    body.get(this.record);
    body.memory('i32.load', dataField(block, at));
    body.op('i32.add');
    body.set(this.y);
    this.loadKept(body, 'storeUntil');
    this.storeAt(size, this.y);
    this.storeKept(body, 'storeUntil');
    this.pushSlot(block, at);
    body.set(slot);
    this.delayedBy(block, at, 'translation', () => this.waitForTranslation(slot));
  }

  /** After the waits that `wait` emits, which move `issue` on: the record of what follows, when it has moved. */
  private delayedBy(block: MemoBlock, at: number, what: Cut['what'], wait: () => void): void {
    const { body, issue: slot, delay } = this;
    body.get(slot);
    body.set(this.from);
    wait();
    body.get(slot);
    body.get(this.from);
    body.op('i32.sub');
    body.tee(delay);
    const moved = body.if();
    this.goOnAfter(block, at, what);
    body.end(moved);
  }

  /** The same for a miss slot, which nothing has before its address is translated. */
  private waitForAcceptance(block: MemoBlock, at: number, what: Cut['what']): void {
    const { body, issue: slot, delay, x } = this;
    body.get(this.context);
    body.memory('i32.load', CTX.acceptedAt);
    body.tee(x);
    body.get(slot);
    body.op('i32.gt_s');
    const moved = body.if();
    body.get(slot);
    body.set(this.from);
    this.pushAligned(x);
    body.tee(slot);
    body.get(this.from);
    body.op('i32.sub');
    body.set(delay);
    this.goOnAfter(block, at, what);
    body.end(moved);
  }

  /** Takes up the record of what follows a slot that is `delay` later than its record says. */
  private goOnAfter(block: MemoBlock, at: number, what: Cut['what']): void {
    const { body, delay, x } = this;
    const cut = cutNumber(block, at, what);
    const field = fieldOfCut(cut);
    // Longer delays than the longest one make no difference.
    body.get(delay);
    body.get(this.record);
    body.memory('i32.load', field + RECORD.LONGEST);
    body.tee(x);
    body.get(delay);
    body.get(x);
    body.op('i32.lt_s');
    body.op('select');
    body.set(delay);
    body.get(this.record);
    body.memory('i32.load', field + RECORD.AFTER_DELAYS);
    body.tee(this.next);
    const hasMet = body.if('i32', 'likely');
    body.get(this.next);
    body.get(delay);
    body.i32(2);
    body.op('i32.shl');
    body.op('i32.add');
    body.memory('i32.load');
    body.else();
    body.i32(0);
    body.end(hasMet);
    body.tee(this.next);
    body.op('i32.eqz');
    const isNew = body.if(undefined, 'unlikely');
    body.get(this.record);
    body.i32(cut);
    body.get(delay);
    body.call(DELAYED);
    body.set(this.next);
    body.end(isNew);
    body.get(this.next);
    body.set(this.record);
    body.get(this.issue);
    body.set(this.s);
  }

  private waitForTranslation(slot: Local): void {
    const { body } = this;
    body.get(this.context);
    body.memory('i32.load', CTX.translation);
    body.get(slot);
    body.op('i32.add');
    body.set(this.x);
    this.waitAt(slot, this.x);
  }

  /** Pushes whether the line of a group arrives too late for the load. */
  protected pushLate(block: MemoBlock, at: number, group: number): void {
    const { body } = this;
    body.get(this.fills[group]);
    this.pushSlot(block, at);
    body.i32(-2);
    body.op('i32.and');
    body.i32(latencyOf(block.instructions[at].plan));
    body.op('i32.add');
    body.op('i32.gt_s');
  }

  private pushSlot(block: MemoBlock, at: number): void {
    this.body.get(this.s);
    this.body.get(this.record);
    this.body.memory('i32.load', slotField(block, at));
    this.body.op('i32.add');
  }
}
