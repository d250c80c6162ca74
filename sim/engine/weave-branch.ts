import { historyMask } from '../timing/core-timing.js';
import type { BranchPlan } from '../timing/plan.js';
import { CTX } from './context.js';
import type { Label } from './wasm/builder.js';
import { WeaveState } from './weave-state.js';

/** Rule 8: branches, their predictor and the link stack. */
export class BranchWeaver extends WeaveState {
  /** A branch ends the block and is taken, to `target` where that is not static. */
  taken(plan: BranchPlan, pc: number, target: (() => void) | undefined): void {
    if (plan.kind === 'return') this.popLink(target!);
    if (plan.links) this.pushLink(pc);
    this.goes(plan, pc, true);
  }

  /** It is not taken. */
  notTaken(plan: BranchPlan, pc: number): void {
    if (plan.links) this.pushLink(pc);
    this.goes(plan, pc, false);
  }

  /** The way that a branch goes, foreseen or not. */
  private goes(plan: BranchPlan, pc: number, taken: boolean): void {
    const { body } = this;
    const returns = taken && plan.kind === 'return';
    const isNeverForeseen = taken && plan.kind === 'indirect';
    if (!plan.conditional && !returns && !isNeverForeseen) return this.ends(plan, taken, true);
    const done = body.block();
    const wrong = body.block();
    if (plan.conditional) this.predict(pc, taken, wrong);
    if (returns) {
      body.get(this.wrong);
      body.brIf(wrong, 'unlikely');
    }
    if (!isNeverForeseen) {
      this.ends(plan, taken, true);
      body.br(done);
    }
    body.end(wrong);
    this.countMispredict();
    this.ends(plan, taken, false);
    body.end(done);
  }

  /** What the branch costs at the end of its block. */
  protected ends({ kind }: BranchPlan, taken: boolean, isForeseen: boolean): void {
    const { indirectBranchCycles, mispredictCycles, takenBranchCycles } = this.core;
    if (!isForeseen) this.close(kind === 'indirect' ? indirectBranchCycles : mispredictCycles);
    else if (taken) this.close(takenBranchCycles);
  }

  /** The predictor's part of a conditional branch, on the way that it goes; goes to `wrong` where that was not foreseen. */
  private predict(pc: number, taken: boolean, wrong: Label): void {
    const { body } = this;
    this.moveHistory(pc, taken);
    body.get(this.y);
    body.memory('i32.load8_u', CTX.predictor);
    body.tee(this.fill);
    // Counters: 0..3, towards 3 when taken, towards 0 when not; most are at an end already.
    body.i32(taken ? 3 : 0);
    body.op('i32.ne');
    const moves = body.if(undefined, 'unlikely');
    body.get(this.y);
    body.get(this.fill);
    body.i32(taken ? 1 : -1);
    body.op('i32.add');
    body.memory('i32.store8', CTX.predictor);
    body.get(this.fill);
    body.i32(1);
    body.op(taken ? 'i32.le_u' : 'i32.gt_u');
    body.brIf(wrong);
    body.end(moves);
  }

  /** Leaves the address of the branch's counter, without CTX.predictor, in `y`, and adds the branch to the history. */
  protected moveHistory(pc: number, taken: boolean): void {
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
    body.set(this.y);
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
  private linkEntry(): void {
    const { body } = this;
    body.get(this.context);
    body.get(this.x);
    body.i32(this.core.linkStackEntries - 1);
    body.op('i32.and');
    body.i32(2);
    body.op('i32.shl');
    body.op('i32.add');
  }

  private pushLink(pc: number): void {
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

  /** Leaves in `wrong` whether the link stack did not foresee the target. */
  private popLink(target: () => void): void {
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
    body.set(this.wrong);
  }
}
