import type { CoreTiming } from '../timing/core-timing.js';
import type { BranchPlan, IssuePlan, VectorPipe } from '../timing/plan.js';
import { CTX, GUEST_BYTES, L1_BASE, L1_BYTES } from './context.js';
import { ReadyFacts } from './weave-facts.js';
import type { BlockGroups, LoadGroup, Member } from './weave-groups.js';
import type { Body, ImportedFunction, Label, Local } from './wasm/builder.js';

const PHYSICAL = GUEST_BYTES - 1;

/** What woven code calls; a thread is named by the address of its context. In the order of the indices below. */
export const WOVEN_IMPORTS: readonly ImportedFunction[] = [
  { name: 'loadMiss', parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
  { name: 'store', parameters: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] },
  { name: 'zeroLine', parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
  { name: 'flushLine', parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
];
const [LOAD_MISS, STORE, ZERO_LINE, FLUSH_LINE] = [0, 1, 2, 3];

/** Timing state that lives in local variables while a region runs. */
const KEPT = {
  s: CTX.issue,
  arithmetic: CTX.vectorArithmetic,
  permute: CTX.vectorPermute,
  count: CTX.vectorCount,
  storeUntil: CTX.storeUntil,
} as const;
type Kept = keyof typeof KEPT;

/** What is known of times between two instructions. */
export interface KnownTimes {
  readonly front: ReadyFacts;
  readonly queue: ReadyFacts;
  readonly lastPipe: VectorPipe | undefined;
}

/** Half-cycles that pass at least when issue is closed for so many cycles. */
const leastProgress = (cycles: number): number => Math.max(0, 2 * cycles - 2);

/**
 * Emits the timing of instructions into translated code: rules 1 to 8 of timing/plan.ts as timing/reference.ts
 * states them, over the same state, with every wait left out whose outcome is known.
 */
export class Weaver {
  private readonly kept = new Map<Kept, Local>();
  private readonly ready = new Map<number, Local>();
  private readonly results = new Set<number>();
  private readonly mask: Local;
  private readonly l1: Local;
  private readonly at: Local;
  private readonly x: Local;
  private readonly y: Local;
  private readonly fill: Local;
  private readonly v: Local;
  private readonly wrong: Local;
  private readonly front = new ReadyFacts();
  private readonly queue = new ReadyFacts();
  /** Whether `s` certainly is the first slot of a cycle. */
  private even = false;
  /** Pipe of the youngest entry of the vector queue: the other pipe's is not later. */
  private lastPipe: VectorPipe | undefined;
  /** Set in a body that runs when each of these groups lies in one line that the L1 cache has. */
  private groups: BlockGroups | undefined;
  /** Group of the current instruction's load, there. */
  private group: number | undefined;
  /** No store is so young that a load could hit it. */
  private noneRecent = false;
  private readonly ways: Local[] = [];
  private readonly lines: Local[] = [];
  private readonly called: Local;

  constructor(
    private readonly body: Body,
    private readonly context: Local,
    private readonly core: CoreTiming,
  ) {
    const { locals } = body;
    for (const name of Object.keys(KEPT) as Kept[]) this.kept.set(name, locals.add('i32'));
    [this.mask, this.l1, this.at, this.x, this.y, this.fill, this.v, this.wrong, this.called] = Array.from(
      { length: 9 },
      () => locals.add('i32'),
    );
  }

  /** Timing state into local variables. */
  enter(body: Body): void {
    const load = (offset: number, local: Local) => {
      body.get(this.context);
      body.memory('i32.load', offset);
      body.set(local);
    };
    for (const [name, local] of this.kept) load(KEPT[name], local);
    for (const [reg, local] of this.ready) load(CTX.ready + 4 * reg, local);
    load(CTX.cycleMask, this.mask);
    body.get(this.context);
    body.memory('i32.load', CTX.core);
    body.i32(L1_BYTES);
    body.op('i32.mul');
    body.i32(L1_BASE);
    body.op('i32.add');
    body.set(this.l1);
  }

  /** And back into the context. */
  leave(body: Body): void {
    const store = (offset: number, local: Local) => {
      body.get(this.context);
      body.get(local);
      body.memory('i32.store', offset);
    };
    // Counted on without end while the region runs.
    body.get(this.local('count'));
    body.i32(31);
    body.op('i32.and');
    body.set(this.local('count'));
    for (const [name, local] of this.kept) store(KEPT[name], local);
    for (const reg of this.results) store(CTX.ready + 4 * reg, this.ready.get(reg)!);
  }

  /** `known`: what holds at the block's head. */
  startBlock(groups?: BlockGroups, known?: KnownTimes): void {
    this.groups = groups;
    this.noneRecent = groups !== undefined;
    this.even = false;
    if (known !== undefined) {
      this.front.take(known.front);
      this.queue.take(known.queue);
      this.lastPipe = known.lastPipe;
      return;
    }
    this.front.forget();
    this.queue.forget();
    this.lastPipe = undefined;
  }

  /** What is known now, and after the direct branch that comes next has been taken. */
  afterTaken(): KnownTimes {
    const known = { front: this.front.copy(), queue: this.queue.copy(), lastPipe: this.lastPipe };
    known.front.advance(leastProgress(Math.min(this.core.takenBranchCycles, this.core.mispredictCycles)));
    return known;
  }

  /** Leaves on the stack whether the thread has come to `deadline`. */
  due(deadline: Local): void {
    this.body.get(this.s);
    this.body.get(deadline);
    this.body.op('i32.ge_s');
  }

  /**
   * Tests at the head of a block whether one lookup will do for each group; goes to `otherwise` when not. `general`
   * pushes the low word of a general register.
   */
  guard({ groups }: BlockGroups, general: (reg: number) => void, otherwise: Label): void {
    const { body } = this;
    for (const [g, group] of groups.entries()) {
      if (this.ways[g] === undefined) {
        this.ways[g] = body.locals.add('i32');
        this.lines[g] = body.locals.add('i32');
      }
      this.pushSpread(group, general);
      body.brIf(otherwise);
      this.pushAddress(group.members[0], general);
      body.i32(PHYSICAL);
      body.op('i32.and');
      body.set(this.at);
      this.pushTags();
      body.op('i32.eqz');
      body.brIf(otherwise);
      this.pushWay();
      body.tee(this.ways[g]);
      body.memory('i32.load', 16);
      body.get(this.s);
      body.op('i32.gt_s');
      body.brIf(otherwise);
      this.pushLine();
      body.set(this.lines[g]);
    }
    body.get(this.local('storeUntil'));
    body.get(this.s);
    body.op('i32.gt_s');
    body.brIf(otherwise);
    body.i32(0);
    body.set(this.called);
  }

  private pushAddress({ base, index, offset }: Member, general: (reg: number) => void): void {
    const { body } = this;
    general(base);
    if (index >= 0) {
      general(index);
      body.op('i32.add');
    }
    if (offset !== 0) {
      body.i32(offset);
      body.op('i32.add');
    }
  }

  /** Pushes 0 when the group lies in one line and none of its accesses crosses a boundary. */
  private pushSpread(group: LoadGroup, general: (reg: number) => void): void {
    const { body } = this;
    const { members } = group;
    // Among those without an index the ends are enough.
    const ends = members.filter((m) => m.index >= 0 || m.offset === group.low || m.offset === group.high);
    const terms: (() => void)[] = [];
    for (const member of ends.slice(1)) {
      terms.push(() => {
        this.pushAddress(ends[0], general);
        this.pushAddress(member, general);
        body.op('i32.xor');
        body.i32(PHYSICAL & ~127);
        body.op('i32.and');
      });
    }
    for (const member of members) {
      if (member.alignment === 1) continue;
      terms.push(() => {
        this.pushAddress(member, general);
        body.i32(member.alignment - 1);
        body.op('i32.and');
      });
    }
    if (terms.length === 0) body.i32(0);
    for (const [i, term] of terms.entries()) {
      term();
      if (i > 0) body.op('i32.or');
    }
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
      const label = body.if('i32');
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

  private pushLost(groups: readonly number[]): void {
    const { body } = this;
    for (const [i, g] of groups.entries()) {
      body.get(this.ways[g]);
      body.memory('i32.load');
      body.get(this.lines[g]);
      body.op('i32.ne');
      if (i > 0) body.op('i32.or');
    }
  }

  /**
   * Instruction `at` of its block, which has been executed; `address` pushes the physical address of its access.
   */
  instruction(plan: IssuePlan, at: number, address: (() => void) | undefined): void {
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
    for (const { reg, latency, fromMemory } of plan.results) {
      this.result(reg, latency, fromMemory, plan);
    }
    if (plan.pipe === undefined && plan.blockCycles > 0) this.close(plan.blockCycles);
  }

  // Rules 1 and 2.

  private slot(plan: IssuePlan): void {
    const { body } = this;
    body.get(this.s);
    if (!plan.pairs) {
      body.get(this.mask);
      body.op('i32.or');
    }
    body.i32(1);
    body.op('i32.add');
    body.set(this.s);
    const least = !plan.pairs && this.even ? 2 : 1;
    this.front.advance(least);
    this.even = !plan.pairs;
  }

  private waitFor(reg: number, extra: number): void {
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

  /** `if (until > s) s = (until + m) & ~m`, as a branch: it is predicted, where a select would be a chain. */
  private wait(until: Local): void {
    const { body } = this;
    body.get(until);
    body.get(this.s);
    body.op('i32.gt_s');
    const label = body.if();
    body.get(until);
    body.get(this.mask);
    body.op('i32.add');
    body.get(this.mask);
    body.i32(-1);
    body.op('i32.xor');
    body.op('i32.and');
    body.set(this.s);
    body.end(label);
  }

  /** `if (other > local) local = other`. */
  private raise(local: Local, other: Local): void {
    const { body } = this;
    body.get(other);
    body.get(local);
    body.op('i32.gt_s');
    const label = body.if();
    body.get(other);
    body.set(local);
    body.end(label);
  }

  private result(reg: number, latency: number, fromMemory: boolean, plan: IssuePlan): void {
    const { body } = this;
    const ready = this.readyOf(reg);
    this.results.add(reg);
    body.get(plan.pipe === undefined ? this.s : this.v);
    body.i32(-2);
    body.op('i32.and');
    if (latency !== 0) {
      body.i32(latency);
      body.op('i32.add');
    }
    body.set(ready);
    const late = fromMemory && this.group === undefined;
    if (late) this.raise(ready, this.fill);
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

  private enterQueue(): void {
    // One of the pipes has issued at least half of the youngest `depth` entries, each two half-cycles after another.
    const { body } = this;
    const least = 2 * (Math.ceil(this.core.vectorQueueEntries / 2) - 1);
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
    this.ringAddress(-this.core.vectorQueueEntries);
    body.memory('i32.load', CTX.vectorRing);
    body.set(this.x);
    this.wait(this.x);
    body.end(label);
  }

  /** Pushes the address, without CTX.vectorRing, of the entry `offset` places after the next one. */
  private ringAddress(offset: number): void {
    const { body } = this;
    body.get(this.context);
    body.get(this.local('count'));
    if (offset !== 0) {
      body.i32(offset);
      body.op('i32.add');
    }
    body.i32(31);
    body.op('i32.and');
    body.i32(2);
    body.op('i32.shl');
    body.op('i32.add');
  }

  private issueVector(plan: IssuePlan): void {
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
    body.i32(1);
    body.op('i32.add');
    body.set(this.local('count'));
    body.get(v);
    if (plan.blockCycles > 1) {
      body.i32(2 * (plan.blockCycles - 1));
      body.op('i32.add');
    }
    body.set(own);
  }

  private queueWait(reg: number, extra: number): void {
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

  // Rules 5 and 6.

  private access(plan: IssuePlan, address: () => void): void {
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
      return body.memory('i32.store', 32);
    }
    address();
    body.set(this.at);
    switch (access.kind) {
      case 'load':
        this.misaligned(access.size, plan);
        this.loadHitStore();
        return this.lookup();
      case 'prefetch':
        return this.lookup();
      case 'store':
        this.misaligned(access.size, plan);
        return this.store(plan, access.size);
      default:
        body.get(this.context);
        this.pushLine();
        body.get(this.s);
        body.call(access.kind === 'zero' ? ZERO_LINE : FLUSH_LINE);
        body.set(this.x);
        this.wait(this.x);
    }
  }

  private pushLine(): void {
    this.body.get(this.at);
    this.body.i32(7);
    this.body.op('i32.shr_u');
  }

  private misaligned(size: number, plan: IssuePlan): void {
    if (size <= 1 || plan.timing === 'loadVector' || plan.timing === 'storeVector') return;
    const { body } = this;
    body.get(this.at);
    body.i32(31);
    body.op('i32.and');
    body.i32(32 - size);
    body.op('i32.gt_u');
    const label = body.if();
    body.get(this.s);
    body.i32(-2);
    body.op('i32.and');
    body.i32(2 * this.core.misalignedCycles);
    body.op('i32.add');
    body.set(this.x);
    this.wait(this.x);
    body.end(label);
  }

  /** Pushes the address, without CTX.storeTable, of the entry of the quadword. */
  private pushStoreEntry(): void {
    const { body } = this;
    body.get(this.context);
    body.get(this.at);
    body.i32(1);
    body.op('i32.shr_u');
    body.i32(255 << 3);
    body.op('i32.and');
    body.op('i32.add');
  }

  private pushQuadword(): void {
    this.body.get(this.at);
    this.body.i32(4);
    this.body.op('i32.shr_u');
  }

  private loadHitStore(): void {
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
    this.wait(this.x);
    body.end(same);
    body.end(recent);
  }

  /** Looks the line of `at` up: its set goes to `y`, a mask of the ways that have it to `x` and on the stack. */
  private pushTags(): void {
    const { body } = this;
    body.get(this.l1);
    body.get(this.at);
    body.i32(1);
    body.op('i32.shr_u');
    body.i32(63 << 6);
    body.op('i32.and');
    body.op('i32.add');
    body.tee(this.y);
    body.memory('v128.load');
    this.pushLine();
    body.op('i32x4.splat');
    body.op('i32x4.eq');
    body.op('i32x4.bitmask');
    body.tee(this.x);
  }

  /** Pushes the address of the tag of the way found. */
  private pushWay(): void {
    const { body } = this;
    body.get(this.y);
    body.get(this.x);
    body.op('i32.ctz');
    body.i32(2);
    body.op('i32.shl');
    body.op('i32.add');
  }

  private lookup(): void {
    const { body } = this;
    this.pushTags();
    const hit = body.if();
    this.pushWay();
    body.tee(this.y);
    body.get(this.s);
    body.memory('i32.store', 32);
    body.get(this.y);
    body.memory('i32.load', 16);
    body.set(this.fill);
    body.else();
    if (this.groups !== undefined) {
      body.i32(1);
      body.set(this.called);
    }
    body.get(this.context);
    this.pushLine();
    body.get(this.s);
    body.call(LOAD_MISS);
    body.set(this.fill);
    body.get(this.context);
    body.memory('i32.load', CTX.acceptedAt);
    body.set(this.x);
    this.wait(this.x);
    body.end(hit);
  }

  private store(plan: IssuePlan, size: number): void {
    const { body } = this;
    this.noneRecent = false;
    const data = this.y;
    const count = () => {
      body.get(this.context);
      body.memory('i32.load', CTX.storeCount);
    };
    const ring = (offset: number) => {
      body.get(this.context);
      count();
      body.i32(offset);
      body.op('i32.add');
      body.i32(31);
      body.op('i32.and');
      body.i32(2);
      body.op('i32.shl');
      body.op('i32.add');
    };
    ring(-this.core.storeQueueEntries);
    body.memory('i32.load', CTX.storeRing);
    body.set(this.x);
    this.wait(this.x);
    body.get(this.s);
    body.i32(-2);
    body.op('i32.and');
    body.set(data);
    for (const reg of plan.storeData) this.raise(data, this.readyOf(reg));
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
    ring(0);
    body.get(data);
    body.memory('i32.store', CTX.storeRing);
    body.get(this.context);
    count();
    body.i32(1);
    body.op('i32.add');
    body.i32(31);
    body.op('i32.and');
    body.memory('i32.store', CTX.storeCount);
  }

  // Rules 7 and 8.

  /** `s = ((s & ~1) + 2 * cycles - 1) | m`: nothing more issues for so many cycles. */
  private close(cycles: number): void {
    const { body } = this;
    body.get(this.s);
    body.i32(-2);
    body.op('i32.and');
    body.i32(2 * cycles - 1);
    body.op('i32.add');
    body.get(this.mask);
    body.op('i32.or');
    body.set(this.s);
    this.front.advance(leastProgress(cycles));
    this.even = false;
  }

  /** The predictor's part of a branch, before its ways part. `cond` is a truth value. */
  predict(plan: BranchPlan, pc: number, cond: Local | number): void {
    const { body } = this;
    if (!plan.conditional) return;
    const slots = this.core.predictorCounters - 1;
    const pushCond = () => (typeof cond === 'number' ? body.i32(cond) : body.get(cond));
    body.get(this.context);
    body.get(this.context);
    body.memory('i32.load', CTX.history);
    body.tee(this.x);
    body.i32(pc >>> 2);
    body.op('i32.xor');
    body.i32(slots);
    body.op('i32.and');
    body.op('i32.add');
    body.tee(this.y);
    body.memory('i32.load8_u', CTX.predictor);
    body.tee(this.fill);
    body.i32(1);
    body.op('i32.gt_u');
    pushCond();
    body.op('i32.ne');
    body.set(this.wrong);
    // Counters: 0..3, towards 3 when taken, towards 0 when not.
    body.get(this.y);
    body.get(this.fill);
    body.get(this.fill);
    body.i32(3);
    body.op('i32.lt_u');
    body.op('i32.add');
    body.get(this.fill);
    body.get(this.fill);
    body.i32(0);
    body.op('i32.ne');
    body.op('i32.sub');
    pushCond();
    body.op('select');
    body.memory('i32.store8', CTX.predictor);
    body.get(this.context);
    body.get(this.x);
    body.i32(1);
    body.op('i32.shl');
    pushCond();
    body.op('i32.or');
    body.i32(slots);
    body.op('i32.and');
    body.memory('i32.store', CTX.history);
  }

  /** The branch is taken, to `target` where that is not static. */
  taken(plan: BranchPlan, pc: number, target: (() => void) | undefined): void {
    const { body } = this;
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
    if (plan.links) this.pushLink(pc);
    if (!plan.conditional) return;
    const { body } = this;
    body.get(this.wrong);
    const label = body.if();
    this.countMispredict();
    this.close(plan.kind === 'indirect' ? this.core.indirectBranchCycles : this.core.mispredictCycles);
    body.end(label);
  }

  private countMispredict(): void {
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

  private popLink(plan: BranchPlan, target: () => void): void {
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

  private get s(): Local {
    return this.local('s');
  }

  private local(name: Kept): Local {
    return this.kept.get(name)!;
  }

  private readyOf(reg: number): Local {
    let local = this.ready.get(reg);
    if (local === undefined) {
      local = this.body.locals.add('i32');
      this.ready.set(reg, local);
    }
    return local;
  }
}
