import { L1_SOURCE } from '../memory/wasm/l1-set.js';
import { BLAME, BLAMES, blameOfResult } from '../timing/blame.js';
import type { IssuePlan } from '../timing/plan.js';
import { LEAF } from '../timing/stall.js';
import type { Local } from './wasm/builder.js';
import { ChargingWeaver } from './weave-charge.js';

/** Weaves the attribution rule of timing/stall.ts: what each wait is charged to, and who is to blame for it. */
export class ObservingWeaver extends ChargingWeaver {
  private storing = false;
  private resulting: number | undefined;
  private raisedBy: number | undefined;
  private readonly word = this.body.locals.add('i32');

  protected override waitFor(reg: number, extra: number): void {
    this.reason = { kind: 'blame', what: `r${reg}`, push: () => this.pushBlameOf(reg) };
    super.waitFor(reg, extra);
  }

  protected override enterQueue(): void {
    const push = () => {
      this.oldestAddress();
      this.body.memory('i32.load', BLAMES.vectorRing);
    };
    this.reason = { kind: 'blame', what: 'queue', push };
    super.enterQueue();
  }

  protected override access(plan: IssuePlan, address: () => void): void {
    this.reason = { kind: 'leaf', leaf: LEAF.storeQueue };
    super.access(plan, address);
  }

  protected override misaligned(size: number, plan: IssuePlan): void {
    this.reason = { kind: 'leaf', leaf: LEAF.structural };
    super.misaligned(size, plan);
  }

  protected override loadHitStore(): void {
    const { body } = this;
    const push = () => {
      this.pushStoreBlame();
      body.memory('i32.load', BLAMES.storeTable);
    };
    this.reason = { kind: 'blame', what: 'store', push, leaf: LEAF.loadHitStore };
    super.loadHitStore();
  }

  /** Pushes the address, without BLAMES.storeTable, of the word about the quadword. */
  private pushStoreBlame(): void {
    const { body } = this;
    body.get(this.context);
    body.get(this.at);
    body.i32(2);
    body.op('i32.shr_u');
    body.i32(255 << 2);
    body.op('i32.and');
    body.op('i32.add');
  }

  protected override translated(): void {
    const { reason } = this;
    this.reason = { kind: 'leaf', leaf: LEAF.translation };
    super.translated();
    this.reason = reason;
  }

  protected override lookup(miss: number): void {
    this.reason = { kind: 'leaf', leaf: LEAF.missSlots };
    this.body.get(this.context);
    this.body.i32(this.pc);
    this.body.memory('i32.store', BLAMES.asking);
    super.lookup(miss);
  }

  protected override store(plan: IssuePlan, size: number): void {
    const { body } = this;
    const push = () => {
      this.pushStoreRing(-this.core.storeQueueEntries);
      body.memory('i32.load', BLAMES.storeRing);
    };
    this.reason = { kind: 'blame', what: 'store queue', push };
    this.storing = true;
    body.i32(0);
    body.set(this.word);
    super.store(plan, size);
    this.storing = false;
    // Its own place in the queue, if nothing else.
    body.i32(this.pc | BLAME.gather);
    body.get(this.word);
    body.i32(this.pc);
    body.get(this.word);
    body.op('select');
    body.get(this.context);
    body.memory('i32.load', BLAMES.gathered);
    body.op('select');
    body.set(this.word);
    this.pushStoreRing(-1);
    body.get(this.word);
    body.memory('i32.store', BLAMES.storeRing);
    body.get(this.context);
    body.get(this.word);
    body.memory('i32.store', BLAMES.lastDrain);
    this.pushStoreBlame();
    body.i32(this.pc);
    body.memory('i32.store', BLAMES.storeTable);
  }

  protected override waitForData(data: Local, reg: number): void {
    this.raisedBy = reg;
    super.waitForData(data, reg);
    this.raisedBy = undefined;
  }

  protected override issueVector(plan: IssuePlan): void {
    const { body } = this;
    body.i32(0);
    body.set(this.word);
    super.issueVector(plan);
    this.ringAddress(-1);
    body.get(this.word);
    body.memory('i32.store', BLAMES.vectorRing);
    body.get(this.context);
    if (plan.blockCycles > 1) body.i32(this.pc | BLAME.pipe);
    else body.get(this.word);
    body.memory('i32.store', BLAMES[plan.pipe!]);
  }

  protected override queueWait(reg: number, extra: number): void {
    this.raisedBy = reg;
    super.queueWait(reg, extra);
    this.raisedBy = undefined;
  }

  protected override result(reg: number, latency: number, fromMemory: boolean, plan: IssuePlan): void {
    this.setBlameOf(reg, () => this.body.i32(this.pc | blameOfResult(plan.timing, fromMemory)));
    this.resulting = reg;
    super.result(reg, latency, fromMemory, plan);
    this.resulting = undefined;
  }

  protected override raise(local: Local, other: Local): void {
    const blame = this.blameForRaise(local, other);
    if (blame === undefined) return super.raise(local, other);
    const { body } = this;
    body.get(other);
    body.get(local);
    body.op('i32.gt_s');
    const label = body.if();
    body.get(other);
    body.set(local);
    blame();
    body.end(label);
  }

  /** What keeps the blame for `local`, which `other` makes later. */
  private blameForRaise(local: Local, other: Local): (() => void) | undefined {
    const { body } = this;
    const resulting = this.resulting;
    const toWord = (offset: number) => () => {
      body.get(this.context);
      body.memory('i32.load', offset);
      body.set(this.word);
    };
    if (resulting !== undefined) {
      if (other !== this.fill) return undefined;
      return () => this.setBlameOf(resulting, () => this.pushSource());
    }
    if (local === this.v) {
      if (this.raisedBy !== undefined) return toWord(BLAMES.register + 4 * this.raisedBy);
      if (other === this.local('arithmetic')) return toWord(BLAMES.arithmetic);
      if (other === this.local('permute')) return toWord(BLAMES.permute);
      return toWord(BLAMES[this.plan.pipe!]);
    }
    if (!this.storing || local !== this.y) return undefined;
    return toWord(this.raisedBy === undefined ? BLAMES.lastDrain : BLAMES.register + 4 * this.raisedBy);
  }

  /** Pushes the word for a load whose line is late: where the line came from stands beside it. */
  private pushSource(): void {
    const { body } = this;
    if (this.group !== undefined) body.get(this.ways[this.group]);
    else {
      this.pushTags();
      body.op('drop');
      this.pushWay();
    }
    body.memory('i32.load', L1_SOURCE);
    body.i32(this.pc);
    body.op('i32.or');
  }

  private pushBlameOf(reg: number): void {
    this.body.get(this.context);
    this.body.memory('i32.load', BLAMES.register + 4 * reg);
  }

  private setBlameOf(reg: number, push: () => void): void {
    this.body.get(this.context);
    push();
    this.body.memory('i32.store', BLAMES.register + 4 * reg);
  }
}
