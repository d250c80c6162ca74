import type { IssuePlan } from '../timing/plan.js';
import { CTX } from './context.js';
import type { Local } from './wasm/builder.js';
import { BranchWeaver } from './weave-branch.js';
import { STORE } from './weave-calls.js';

/** Rules 5 and 6: stores, their queue, and the loads that come too soon after them. */
export class StoreWeaver extends BranchWeaver {
  protected store(plan: IssuePlan, size: number): void {
    const { body } = this;
    this.noneRecent = false;
    this.pushStoreRing(-this.core.storeQueueEntries);
    body.memory('i32.load', CTX.storeRing);
    body.set(this.x);
    this.wait(this.x);
    body.get(this.s);
    body.i32(-2);
    body.op('i32.and');
    body.set(this.y);
    for (const reg of plan.storeData) this.waitForData(this.y, reg);
    this.storeAt(size, this.y);
    this.translated();
  }

  protected waitForData(data: Local, reg: number): void {
    this.raise(data, this.readyOf(reg));
  }

  /** A store to the address `at` whose data is there at `data`. */
  protected storeAt(size: number, data: Local): void {
    const { body } = this;
    this.pushStoreEntry();
    body.tee(this.x);
    this.pushQuadword();
    body.memory('i32.store', CTX.storeTable);
    body.get(this.x);
    body.get(data);
    body.i32(2 * this.core.loadHitStoreCycles);
    body.op('i32.add');
    body.tee(this.fill);
    body.memory('i32.store', CTX.storeTable + 4);
    this.raise(this.local('storeUntil'), this.fill);
    body.get(this.context);
    body.memory('i32.load', CTX.lastDrain);
    body.i32(2);
    body.op('i32.add');
    body.set(this.x);
    this.raise(data, this.x);
    body.get(this.context);
    body.get(this.at);
    body.i32(size);
    body.get(data);
    body.call(STORE);
    body.set(data);
    body.get(this.context);
    body.get(data);
    body.memory('i32.store', CTX.lastDrain);
    this.pushStoreRing(0);
    body.get(data);
    body.memory('i32.store', CTX.storeRing);
    body.get(this.context);
    body.get(this.context);
    body.memory('i32.load', CTX.storeCount);
    body.i32(1);
    body.op('i32.add');
    body.i32(31);
    body.op('i32.and');
    body.memory('i32.store', CTX.storeCount);
  }

  /** Pushes the address, without CTX.storeRing, of the entry `offset` places after the next one. */
  protected pushStoreRing(offset: number): void {
    const { body } = this;
    body.get(this.context);
    body.get(this.context);
    body.memory('i32.load', CTX.storeCount);
    body.i32(offset);
    body.op('i32.add');
    body.i32(31);
    body.op('i32.and');
    body.i32(2);
    body.op('i32.shl');
    body.op('i32.add');
  }

  protected loadHitStore(): void {
    if (this.noneRecent) return;
    const { body } = this;
    // No entry is later than storeUntil.
    body.get(this.local('storeUntil'));
    body.get(this.s);
    body.op('i32.gt_s');
    const recent = body.if();
    this.pushStoreEntry();
    body.tee(this.y);
    body.memory('i32.load', CTX.storeTable);
    this.pushQuadword();
    body.op('i32.eq');
    const same = body.if();
    body.get(this.y);
    body.memory('i32.load', CTX.storeTable + 4);
    body.set(this.x);
    body.get(this.x);
    body.get(this.s);
    body.op('i32.gt_s');
    const late = body.if();
    body.get(this.s);
    body.set(this.y);
    this.wait(this.x);
    body.get(this.context);
    body.get(this.context);
    body.memory('i64.load', CTX.loadHitStoreWait);
    body.get(this.s);
    body.get(this.y);
    body.op('i32.sub');
    body.op('i64.extend_i32_u');
    body.op('i64.add');
    body.memory('i64.store', CTX.loadHitStoreWait);
    body.end(late);
    body.end(same);
    body.end(recent);
  }

  /** Pushes the address, without CTX.storeTable, of the entry of the quadword. */
  protected pushStoreEntry(): void {
    const { body } = this;
    body.get(this.context);
    body.get(this.at);
    body.i32(1);
    body.op('i32.shr_u');
    body.i32(255 << 3);
    body.op('i32.and');
    body.op('i32.add');
  }

  protected pushQuadword(): void {
    this.body.get(this.at);
    this.body.i32(4);
    this.body.op('i32.shr_u');
  }

  protected misaligned(size: number, plan: IssuePlan): void {
    this.misalignedAt(this.s, size, plan);
  }

  /** Moves a slot on where a scalar access to `at` leaves its 32-byte block. */
  protected misalignedAt(slot: Local, size: number, plan: IssuePlan): void {
    if (size <= 1 || plan.timing === 'loadVector' || plan.timing === 'storeVector') return;
    const { body } = this;
    body.get(this.at);
    body.i32(31);
    body.op('i32.and');
    body.i32(32 - size);
    body.op('i32.gt_u');
    const label = body.if();
    body.get(slot);
    body.i32(-2);
    body.op('i32.and');
    body.i32(2 * this.core.misalignedCycles);
    body.op('i32.add');
    body.set(this.x);
    if (slot === this.s) this.wait(this.x);
    else this.waitAt(slot, this.x);
    body.end(label);
  }

  /** Waits for what the memory system says that translating the address of the access has taken. */
  protected translated(): void {
    const { body } = this;
    body.get(this.context);
    body.memory('i32.load', CTX.translation);
    body.get(this.s);
    body.op('i32.add');
    body.set(this.x);
    this.wait(this.x);
  }
}
