import type { PointAllocator } from '../observe/woven-points.js';
import type { CoreTiming } from '../timing/core-timing.js';
import type { BranchPlan, IssuePlan } from '../timing/plan.js';
import { LEAF } from '../timing/stall.js';
import { CONTEXT_SHIFT, OBSERVE_BASE, OBSERVE_THREAD_BYTES, STATE_BASE } from './context.js';
import type { Spans } from './group-code.js';
import { BLAME_INDEX, CHARGE_INDEX } from './observe-functions.js';
import type { Body, Local } from './wasm/builder.js';
import { Weaver } from './weave.js';
import type { BlockGroups } from './weave-groups.js';
import type { KnownTimes } from './weave-state.js';

/** Why the present step of the slot may be a wait. */
export type Reason =
  | { readonly kind: 'leaf'; readonly leaf: number }
  /** `push` pushes the word of who is to blame; `leaf` where that does not decide it. */
  | { readonly kind: 'blame'; readonly what: string; readonly push: () => void; readonly leaf?: number };

/**
 * Weaves counters besides the timing: every step of the slot is added to one of its place and cause. Waits are counted
 * in their taken arms, which are rare; slots lost between instructions follow from how often each body runs, where the
 * code knows them.
 */
export class ChargingWeaver extends Weaver {
  protected pc = 0;
  protected plan!: IssuePlan;
  protected reason!: Reason;
  private closedBy: number | undefined;
  private inBranch = false;
  /** Whether the slot certainly is the last of a cycle that the thread may use. */
  private closed = false;
  /** Start of the thread's counters; the same plus the place of the present mask. */
  private readonly counters: Local;
  private readonly byMask: Local;
  private readonly to: Local;
  private readonly cycle: Local;
  private readonly leaving: Local;

  constructor(
    body: Body,
    context: Local,
    core: CoreTiming,
    spans: Spans,
    inContext: boolean,
    private readonly points: PointAllocator,
  ) {
    super(body, context, core, spans, inContext);
    const local = () => body.locals.add('i32');
    [this.counters, this.byMask, this.to, this.cycle, this.leaving] = Array.from({ length: 5 }, local);
  }

  override enter(body: Body, block: Local): void {
    super.enter(body, block);
    body.get(this.context);
    body.i32(STATE_BASE);
    body.op('i32.sub');
    body.i32(CONTEXT_SHIFT);
    body.op('i32.shr_u');
    body.i32(OBSERVE_THREAD_BYTES);
    body.op('i32.mul');
    body.i32(OBSERVE_BASE);
    body.op('i32.add');
    body.tee(this.counters);
    body.get(this.mask);
    body.i32(1);
    body.op('i32.shr_u');
    body.i32(3);
    body.op('i32.shl');
    body.op('i32.add');
    body.set(this.byMask);
    body.get(this.counters);
    body.i32(1);
    body.memory('i32.store', this.points.base);
  }

  override startBlock(groups?: BlockGroups, known?: KnownTimes): void {
    super.startBlock(groups, known);
    this.closed = false;
    this.count(this.byMask, this.points.begun());
  }

  override beforeSide(done: number): void {
    this.body.i32(this.points.left(done));
    this.body.get(this.byMask);
    this.body.op('i32.add');
    this.body.set(this.leaving);
  }

  override side(): void {
    this.count(this.leaving, 0);
  }

  override begin(pc: number, plan: IssuePlan): void {
    this.pc = pc;
    this.plan = plan;
    const losesSlot = !plan.pairs && this.even;
    this.points.bodies.at(-1)!.push({ pc, timing: plan.timing, losesSlot });
  }

  // Steps of the slot.

  protected override slot(plan: IssuePlan): void {
    if (!plan.pairs && !this.even && !this.closed) this.lostSlot();
    this.closed = false;
    super.slot(plan);
  }

  /** Counts what lies between the slot and the end of the last cycle that the thread must leave to others. */
  private lostSlot(): void {
    const { body } = this;
    body.get(this.s);
    body.get(this.mask);
    body.op('i32.and');
    body.get(this.mask);
    body.op('i32.ne');
    const label = body.if();
    body.get(this.s);
    body.i32(1);
    body.op('i32.or');
    body.set(this.cycle);
    body.get(this.s);
    body.get(this.mask);
    body.op('i32.or');
    body.set(this.to);
    this.charge(LEAF.dualIssue);
    body.end(label);
  }

  protected override wait(until: Local): void {
    const { body } = this;
    body.get(until);
    body.get(this.s);
    body.op('i32.gt_s');
    const label = body.if();
    body.get(until);
    body.i32(1);
    body.op('i32.add');
    body.i32(-2);
    body.op('i32.and');
    body.set(this.cycle);
    body.get(until);
    body.get(this.mask);
    body.op('i32.add');
    body.get(this.mask);
    body.i32(-1);
    body.op('i32.xor');
    body.op('i32.and');
    body.set(this.to);
    if (this.reason.kind === 'leaf') this.charge(this.reason.leaf);
    else this.blame(this.reason);
    body.get(this.to);
    body.set(this.s);
    body.end(label);
  }

  protected override close(cycles: number): void {
    const { body } = this;
    const own = this.inBranch
      ? LEAF.branchTaken
      : this.plan.timing === 'threadHint'
        ? LEAF.synchronisation
        : LEAF.structural;
    body.get(this.s);
    body.i32(-2);
    body.op('i32.and');
    body.i32(2 * cycles - 1);
    body.op('i32.add');
    body.tee(this.cycle);
    body.get(this.mask);
    body.op('i32.or');
    body.set(this.to);
    this.charge(this.closedBy ?? own);
    this.closedBy = undefined;
    super.close(cycles);
    this.closed = true;
  }

  override fetch(pc: number): void {
    this.pc = pc;
    super.fetch(pc);
    this.closed = false;
  }

  protected override closeUntil(ready: Local): void {
    const { body } = this;
    body.get(ready);
    body.i32(1);
    body.op('i32.sub');
    body.tee(this.to);
    body.i32(1);
    body.op('i32.or');
    body.set(this.cycle);
    body.get(this.to);
    body.get(this.mask);
    body.op('i32.or');
    body.set(this.to);
    this.charge(LEAF.fetch);
    super.closeUntil(ready);
  }

  override taken(plan: BranchPlan, pc: number, target: (() => void) | undefined): void {
    this.inBranch = true;
    super.taken(plan, pc, target);
    this.inBranch = false;
  }

  protected override countMispredict(): void {
    super.countMispredict();
    this.closedBy = LEAF.branchMispredict;
  }

  // Counters.

  /** Adds 1 to the counter at `base` + offset. */
  private count(base: Local, offset: number): void {
    const { body } = this;
    body.get(base);
    body.get(base);
    body.memory('i64.load', offset);
    body.i64(1);
    body.op('i64.add');
    body.memory('i64.store', offset);
  }

  /** Charges the step of the slot to `cycle` to a leaf, and from there to `to` to the sibling. */
  private charge(leaf: number): void {
    this.pushStep(this.points.leaf(this.pc, leaf));
    this.body.call(CHARGE_INDEX);
  }

  /** The same to who is to blame. */
  private blame({ what, leaf, push }: Extract<Reason, { kind: 'blame' }>): void {
    this.pushStep(this.points.blame(this.pc, what, leaf));
    push();
    this.body.call(BLAME_INDEX);
  }

  private pushStep(offset: number): void {
    const { body } = this;
    body.get(this.counters);
    body.i32(offset);
    body.i32(this.points.leaf(this.pc, LEAF.sibling));
    body.get(this.s);
    body.get(this.cycle);
    body.get(this.to);
  }
}
