import { BARRIERS, type SyncKind } from '../memory/system.js';
import { log2 } from '../memory/units.js';
import { L1_FILL, L1_LAST_USE, L1_SET_BYTES } from '../memory/wasm/l1-set.js';
import type { IssuePlan } from '../timing/plan.js';
import { CTX, fetchLine, GUEST_BYTES } from './context.js';
import { pushHasInstructions } from './fetch-points.js';
import { type LookUp, pushAddress, pushFound, pushSpread, pushWay } from './group-code.js';
import type { Label, Local } from './wasm/builder.js';
import {
  FETCH_MISS,
  FLUSH_LINE,
  LOAD_MISS,
  LOAD_RESERVE,
  PREFETCH,
  STORE_CONDITIONAL,
  SYNC,
  ZERO_LINE,
} from './weave-calls.js';
import type { BlockGroups, LoadGroup } from './weave-groups.js';
import { StoreWeaver } from './weave-store.js';

const PHYSICAL = GUEST_BYTES - 1;

/** Rules 4 and 9: accesses, by themselves and in groups that share a line of the L1 cache, and synchronisation. */
export class AccessWeaver extends StoreWeaver {
  /**
   * Tests at the head of a block whether one lookup will do for each group; goes to `otherwise` when not. Notes when
   * the lines arrive. `general` pushes the low word of a general register.
   */
  guard({ groups }: BlockGroups, general: (reg: number) => void, otherwise: Label): void {
    const { body, spans } = this;
    spans.forget();
    for (const [g, group] of groups.entries()) {
      pushSpread(body, group, general, spans);
      body.brIf(otherwise, 'unlikely');
      this.findLine(g, group, general, otherwise);
    }

    this.pushStoreUntil();
    body.get(this.s);
    body.op('i32.gt_s');
    body.brIf(otherwise, 'unlikely');
    body.i32(0);
    body.set(this.called);
  }

  /** Pushes it at the head of a block: until when a load may have to wait for some store. */
  protected pushStoreUntil(): void {
    this.body.get(this.local('storeUntil'));
  }

  /** Looks the line up that group `g` begins in, and notes it; goes to `otherwise` when the L1 cache has it not. */
  protected findLine(g: number, group: LoadGroup, general: (reg: number) => void, otherwise: Label): void {
    const { body } = this;
    this.placeLine(g);
    this.setAddress(group, general);
    this.pushTags();
    body.op('i32.eqz');
    body.brIf(otherwise, 'unlikely');
    this.noteLine(g);
    this.pushLine();
    body.set(this.lines[g]);
  }

  /** Gives what is noted of the line of a group its places. */
  protected placeLine(g: number): void {
    for (const places of [this.ways, this.lines, this.fills]) places[g] ??= this.body.locals.add('i32');
  }

  /** Notes where the line of a group stands that has been looked up, and when it arrives. */
  protected noteLine(g: number): void {
    const { body } = this;
    this.pushWay();
    body.tee(this.ways[g]);
    body.memory('i32.load', L1_FILL);
    body.set(this.fills[g]);
  }

  /** The address that a group begins at. */
  protected setAddress(group: LoadGroup, general: (reg: number) => void): void {
    const { body } = this;
    pushAddress(body, group.members[0], general);
    body.i32(PHYSICAL);
    body.op('i32.and');
    body.set(this.at);
  }

  /** Before the instruction at `pc`: its line must be in the instruction cache. */
  fetch(pc: number): void {
    const { body } = this;
    pushHasInstructions(body, this.fetchMap, pc);
    body.op('i32.eqz');
    const label = body.if(undefined, 'unlikely');
    this.fetchMissed(pc);
    body.end(label);
    this.even = false;
  }

  protected fetchMissed(pc: number): void {
    const { body } = this;
    body.get(this.context);
    body.i32(fetchLine(pc));
    body.get(this.s);
    body.call(FETCH_MISS);
    body.set(this.x);
    body.get(this.x);
    body.get(this.s);
    body.op('i32.gt_s');
    const late = body.if();
    this.closeUntil(this.x);
    body.end(late);
  }

  /** Issue goes on at `ready`, after `s`. */
  protected closeUntil(ready: Local): void {
    const { body } = this;
    body.get(ready);
    body.i32(1);
    body.op('i32.sub');
    this.pushMask();
    body.op('i32.or');
    body.set(this.s);
  }

  /** Goes to `otherwise` where the line of `pc` is not in the instruction cache. */
  guardFetch(pc: number, otherwise: Label): void {
    pushHasInstructions(this.body, this.fetchMap, pc);
    this.body.op('i32.eqz');
    this.body.brIf(otherwise, 'unlikely');
  }

  /** Pushes whether the iteration follows one in groups. */
  pushFollows(): void {
    this.body.get(this.following);
  }

  /** Notes whether the next iteration of a loop will follow one in groups. */
  follows(does: boolean): void {
    this.body.i32(does ? 1 : 0);
    this.body.set(this.following);
  }

  /** Where the line of a base register's group stands after `guard`. */
  lineOf({ groups }: BlockGroups, base: number): Local | undefined {
    const g = groups.findIndex((group) => group.base === base);
    return g < 0 ? undefined : this.lines[g];
  }

  /**
   * After instruction `at` of a block with groups: pushes whether a line that is still to be loaded from may have left
   * the L1 cache; returns false, pushing nothing, when that cannot be.
   */
  lost(plan: IssuePlan, at: number): boolean {
    const { groups, body } = this;
    if (groups === undefined || plan.access === undefined || groups.groupOf.has(at)) return false;
    const later = new Set([...groups.groupOf].filter(([i]) => i > at).map(([, g]) => g));
    if (later.size === 0) return false;
    if (plan.access.kind !== 'store') {
      body.get(this.called);
      const label = body.if('i32', 'unlikely');
      body.i32(0);
      body.set(this.called);
      this.pushLost([...later]);
      body.else();
      body.i32(0);
      body.end(label);
      return true;
    }
    this.pushLost([...later]);
    return true;
  }

  protected pushLost(groups: readonly number[]): void {
    const { body } = this;
    for (const [i, g] of groups.entries()) {
      body.get(this.ways[g]);
      body.memory('i32.load');
      body.get(this.lines[g]);
      body.op('i32.ne');
      if (i > 0) body.op('i32.or');
    }
  }

  protected access(plan: IssuePlan, address: () => void): void {
    const access = plan.access!;
    const { body } = this;
    if (this.group !== undefined) {
      if (!this.noneRecent) {
        address();
        body.set(this.at);
        this.loadHitStore();
      }
      body.get(this.ways[this.group]);
      body.get(this.s);
      body.memory('i32.store', L1_LAST_USE);
      body.get(this.fills[this.group]);
      return body.set(this.fill);
    }
    address();
    body.set(this.at);
    switch (access.kind) {
      case 'load':
        this.misaligned(access.size, plan);
        this.loadHitStore();
        return this.lookup(LOAD_MISS);
      case 'prefetch':
        return this.lookup(PREFETCH);
      case 'store':
        this.misaligned(access.size, plan);
        return this.store(plan, access.size);
      default:
        body.get(this.context);
        this.pushLine();
        body.get(this.s);
        body.call(access.kind === 'zero' ? ZERO_LINE : FLUSH_LINE);
        body.set(this.fill);
        this.translated();
        this.wait(this.fill);
    }
  }

  /** What a synchronising instruction asks the memory system for. */
  protected synchronise(kind: SyncKind, address: (() => void) | undefined): void {
    const { body } = this;
    if (kind === 'priority') return;
    body.get(this.s);
    if (kind !== 'loadReserve') {
      body.i32(-2);
      body.op('i32.and');
    }
    body.set(this.y);
    if (kind !== 'loadReserve') {
      body.get(this.context);
      body.memory('i32.load', CTX.lastDrain);
      body.set(this.x);
      this.raise(this.y, this.x);
    }
    body.get(this.context);
    if (address === undefined) body.i32(BARRIERS.indexOf(kind));
    else {
      address();
      body.set(this.at);
      this.pushLine();
    }
    body.get(this.y);
    if (address !== undefined) {
      body.call(kind === 'loadReserve' ? LOAD_RESERVE : STORE_CONDITIONAL);
      return body.set(this.fill);
    }
    body.call(SYNC);
    body.i32(1);
    body.op('i32.or');
    body.set(this.s);
  }

  protected pushLine(): void {
    this.body.get(this.at);
    this.body.i32(7);
    this.body.op('i32.shr_u');
  }

  /** Looks the line of `at` up: its set goes to `y`, a mask of the ways that have it to `x` and on the stack. */
  protected pushTags(): void {
    const { body } = this;
    const shifted = () => {
      body.get(this.at);
      body.i32(7 - log2(L1_SET_BYTES));
      body.op('i32.shr_u');
    };
    pushFound(body, this.lookUp(), shifted, () => this.pushLine());
  }

  /** Pushes the address of the tag of the way found. */
  protected pushWay(): void {
    pushWay(this.body, this.lookUp());
  }

  private lookUp(): LookUp {
    return { l1: this.l1, set: this.y, found: this.x };
  }

  /** `miss`: what to call when the line is not there. */
  protected lookup(miss: number): void {
    const { body } = this;
    this.pushTags();
    const hit = body.if(undefined, 'likely');
    this.pushWay();
    body.tee(this.y);
    body.get(this.s);
    body.memory('i32.store', L1_LAST_USE);
    body.get(this.y);
    body.memory('i32.load', L1_FILL);
    body.set(this.fill);
    body.else();
    if (this.groups !== undefined) {
      body.i32(1);
      body.set(this.called);
    }
    body.get(this.context);
    this.pushLine();
    body.get(this.s);
    body.call(miss);
    body.set(this.fill);
    this.translated();
    body.get(this.context);
    body.memory('i32.load', CTX.acceptedAt);
    body.set(this.x);
    this.wait(this.x);
    body.end(hit);
  }
}
