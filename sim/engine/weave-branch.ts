import { historyMask } from '../timing/core-timing.js';
import type { BranchPlan } from '../timing/plan.js';
import { CTX } from './context.js';
import { WeaveState } from './weave-state.js';

/** Rule 8: branches, their predictor and the link stack. */
export class BranchWeaver extends WeaveState {
  /** The predictor's part of a conditional branch, on the way that it goes: whether that was foreseen is left in `wrong`. */
  protected predict(pc: number, taken: boolean): void {
    const { body } = this;
    const slots = this.core.predictorCounters - 1;
    const history = this.local('history');
    const mask = historyMask(this.core);
    body.get(history);
    body.i32((pc >>> 2) & slots);
    body.op('i32.xor');
    if ((mask & ~slots) !== 0) {
      body.i32(slots);
      body.op('i32.and');
    }
    body.get(this.context);
    body.op('i32.add');
    body.tee(this.y);
    body.memory('i32.load8_u', CTX.predictor);
    body.tee(this.fill);
    body.i32(1);
    body.op(taken ? 'i32.le_u' : 'i32.gt_u');
    body.set(this.wrong);
    // Counters: 0..3, towards 3 when taken, towards 0 when not; most are at an end already.
    body.get(this.fill);
    body.i32(taken ? 3 : 0);
    body.op('i32.ne');
    const moves = body.if(undefined, 'unlikely');
    body.get(this.y);
    body.get(this.fill);
    body.i32(taken ? 1 : -1);
    body.op('i32.add');
    body.memory('i32.store8', CTX.predictor);
    body.end(moves);
    body.get(history);
    body.i32(1);
    body.op('i32.shl');
    if (taken) {
      body.i32(1);
      body.op('i32.or');
    }
    body.i32(mask);
    body.op('i32.and');
    body.set(history);
  }

  /** The branch is taken, to `target` where that is not static. */
  taken(plan: BranchPlan, pc: number, target: (() => void) | undefined): void {
    const { body } = this;
    if (plan.conditional) this.predict(pc, true);
    const flush = plan.kind === 'indirect' ? this.core.indirectBranchCycles : this.core.mispredictCycles;
    if (plan.kind === 'return') this.popLink(plan, target!);
    if (plan.links) this.pushLink(pc);
    if (plan.kind === 'indirect') {
      this.countMispredict();
      return this.close(flush);
    }
    if (!plan.conditional && plan.kind !== 'return') return this.close(this.core.takenBranchCycles);
    body.get(this.wrong);
    const label = body.if();
    this.countMispredict();
    this.close(flush);
    body.else();
    this.close(this.core.takenBranchCycles);
    body.end(label);
  }

  /** The branch is not taken. */
  notTaken(plan: BranchPlan, pc: number): void {
    if (plan.conditional) this.predict(pc, false);
    if (plan.links) this.pushLink(pc);
    if (!plan.conditional) return;
    const { body } = this;
    body.get(this.wrong);
    const label = body.if();
    this.countMispredict();
    this.close(plan.kind === 'indirect' ? this.core.indirectBranchCycles : this.core.mispredictCycles);
    body.end(label);
  }

  protected countMispredict(): void {
    const { body } = this;
    body.get(this.context);
    body.get(this.context);
    body.memory('i32.load', CTX.mispredicts);
    body.i32(1);
    body.op('i32.add');
    body.memory('i32.store', CTX.mispredicts);
  }

  /** Pushes the address, without CTX.linkStack, of the entry whose depth is in `x`. */
  protected linkEntry(): void {
    const { body } = this;
    body.get(this.context);
    body.get(this.x);
    body.i32(this.core.linkStackEntries - 1);
    body.op('i32.and');
    body.i32(2);
    body.op('i32.shl');
    body.op('i32.add');
  }

  protected pushLink(pc: number): void {
    const { body } = this;
    body.get(this.context);
    body.memory('i32.load', CTX.linkDepth);
    body.set(this.x);
    this.linkEntry();
    body.i32(pc + 4);
    body.memory('i32.store', CTX.linkStack);
    body.get(this.context);
    body.get(this.x);
    body.i32(1);
    body.op('i32.add');
    body.memory('i32.store', CTX.linkDepth);
  }

  protected popLink(plan: BranchPlan, target: () => void): void {
    const { body } = this;
    body.get(this.context);
    body.memory('i32.load', CTX.linkDepth);
    body.i32(1);
    body.op('i32.sub');
    body.set(this.x);
    body.get(this.context);
    body.get(this.x);
    body.memory('i32.store', CTX.linkDepth);
    this.linkEntry();
    body.memory('i32.load', CTX.linkStack);
    target();
    body.op('i32.ne');
    if (plan.conditional) {
      body.get(this.wrong);
      body.op('i32.or');
    }
    body.set(this.wrong);
  }
}
