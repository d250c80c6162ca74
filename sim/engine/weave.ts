import { leastRoom } from '../timing/core-timing.js';
import type { IssuePlan } from '../timing/plan.js';
import { CTX } from './context.js';
import { AccessWeaver } from './weave-access.js';

export type { KnownTimes } from './weave-state.js';

/**
 * Emits the timing of instructions into translated code: rules 1 to 9 of timing/plan.ts as timing/reference.ts
 * states them, over the same state, with every wait left out whose outcome is known.
 */
export class Weaver extends AccessWeaver {
  /**
   * Instruction `at` of its block, which has been executed; `address` pushes the physical address of its access. With
   * `leaveIf` the thread leaves the block behind the instruction if the i32 on the stack is not 0.
   */
  instruction(plan: IssuePlan, at: number, address: (() => void) | undefined, _leaveIf: () => void): void {
    this.group = this.groups?.groupOf.get(at);
    this.slot(plan);
    if (plan.pipe === undefined) {
      for (const { reg, extra } of plan.waits) this.waitFor(reg, extra);
      for (const { reg } of plan.results) this.waitFor(reg, 0);
    } else {
      this.enterQueue();
      this.issueVector(plan);
    }
    if (plan.access !== undefined) this.access(plan, address!);
    if (plan.sync !== undefined) this.synchronise(plan.sync, address);
    for (const { reg, latency, fromMemory } of plan.results) {
      this.result(reg, latency, fromMemory, plan);
    }
    if (plan.pipe === undefined && plan.blockCycles > 0) this.close(plan.blockCycles);
  }

  // Rules 1 and 2.

  protected slot(plan: IssuePlan): void {
    const { body } = this;
    body.get(this.s);
    if (!plan.pairs) {
      this.pushMask();
      body.op('i32.or');
    }
    body.i32(1);
    body.op('i32.add');
    body.set(this.s);
    const least = !plan.pairs && this.even ? 2 : 1;
    this.front.advance(least);
    this.even = !plan.pairs;
  }

  protected waitFor(reg: number, extra: number): void {
    if (this.front.past(reg, extra)) return;
    const { body } = this;
    if (extra === 0) this.wait(this.readyOf(reg));
    else {
      body.get(this.readyOf(reg));
      body.i32(extra);
      body.op('i32.add');
      body.set(this.x);
      this.wait(this.x);
    }
    this.front.atMost(reg, -extra);
  }

  protected result(reg: number, latency: number, fromMemory: boolean, plan: IssuePlan): void {
    const { body } = this;
    const late = fromMemory;
    const pushOwn = () => {
      body.get(plan.pipe === undefined ? this.s : this.v);
      body.i32(-2);
      body.op('i32.and');
      if (latency === 0) return;
      body.i32(latency);
      body.op('i32.add');
    };
    if (late) {
      pushOwn();
      body.set(this.arrival);
      this.raise(this.arrival, this.fill);
    }
    this.setReady(reg, late ? () => body.get(this.arrival) : pushOwn);
    if (plan.pipe !== undefined) {
      this.front.unknown(reg);
      this.queue.atMost(reg, latency);
    } else {
      if (late) this.front.unknown(reg);
      else this.front.atMost(reg, latency);
      this.queue.unknown(reg);
    }
  }

  // Rule 3.

  protected enterQueue(): void {
    // One of the pipes has issued at least half of the youngest `depth` entries, each two half-cycles after another.
    const { body } = this;
    const least = 2 * (Math.ceil(leastRoom(this.core) / 2) - 1);
    const youngest = this.lastPipe === undefined ? (['arithmetic', 'permute'] as const) : [this.lastPipe];
    for (const [i, pipe] of youngest.entries()) {
      body.get(this.local(pipe));
      body.i32(least);
      body.op('i32.sub');
      body.get(this.s);
      body.op('i32.gt_s');
      if (i > 0) body.op('i32.or');
    }
    const label = body.if();
    this.oldestAddress();
    body.memory('i32.load', CTX.vectorRing);
    body.set(this.x);
    this.wait(this.x);
    body.end(label);
  }

  /** Pushes the address, without CTX.vectorRing, of the entry that must have issued before another one enters. */
  protected oldestAddress(): void {
    const { body, core } = this;
    const all = core.vectorQueueEntries;
    if (core.vectorQueueSharing === 'split') return this.ringAddress(-all);
    body.get(this.context);
    body.get(this.local('count'));
    body.i32(4 * all);
    body.i32(4 * leastRoom(core));
    this.pushMask();
    body.i32(1);
    body.op('i32.eq');
    body.op('select');
    body.op('i32.sub');
    body.i32(31 << 2);
    body.op('i32.and');
    body.op('i32.add');
  }

  /** Pushes the address, without CTX.vectorRing, of the entry `offset` places after the next one. */
  protected ringAddress(offset: number): void {
    const { body } = this;
    body.get(this.context);
    body.get(this.local('count'));
    if (offset !== 0) {
      body.i32(4 * offset);
      body.op('i32.add');
    }
    body.i32(31 << 2);
    body.op('i32.and');
    body.op('i32.add');
  }

  protected issueVector(plan: IssuePlan): void {
    const { body, v } = this;
    const onArithmetic = plan.pipe === 'arithmetic';
    const own = this.local(onArithmetic ? 'arithmetic' : 'permute');
    const other = this.local(onArithmetic ? 'permute' : 'arithmetic');
    body.get(this.s);
    body.i32(-2);
    body.op('i32.and');
    body.set(v);
    body.get(own);
    body.i32(2);
    body.op('i32.add');
    body.set(this.x);
    this.raise(v, this.x);
    if (plan.pipe !== this.lastPipe) this.raise(v, other);
    if (plan.pipe === this.lastPipe) this.queue.advance(2);
    this.lastPipe = plan.pipe;
    for (const { reg, extra } of plan.waits) this.queueWait(reg, extra);
    for (const { reg } of plan.results) this.queueWait(reg, 0);
    this.ringAddress(0);
    body.get(v);
    body.memory('i32.store', CTX.vectorRing);
    body.get(this.local('count'));
    body.i32(4);
    body.op('i32.add');
    body.set(this.local('count'));
    body.get(v);
    if (plan.blockCycles > 1) {
      body.i32(2 * (plan.blockCycles - 1));
      body.op('i32.add');
    }
    body.set(own);
  }

  protected queueWait(reg: number, extra: number): void {
    if (this.queue.past(reg, extra) || this.front.past(reg, extra + 1)) return;
    const { body } = this;
    let until = this.readyOf(reg);
    if (extra !== 0) {
      body.get(until);
      body.i32(extra);
      body.op('i32.add');
      body.set(this.x);
      until = this.x;
    }
    this.raise(this.v, until);
    this.queue.atMost(reg, -extra);
  }
}
