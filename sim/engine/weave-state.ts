import { L1_BYTES } from '../memory/wasm/l1-set.js';
import type { CoreTiming } from '../timing/core-timing.js';
import type { IssuePlan, VectorPipe } from '../timing/plan.js';
import { CTX, L1_BASE } from './context.js';
import { setFetchMap } from './fetch-points.js';
import type { Spans } from './group-code.js';
import type { Body, Local } from './wasm/builder.js';
import { ReadyFacts } from './weave-facts.js';
import type { BlockGroups } from './weave-groups.js';

/** Timing state that lives in local variables while a region runs. */
const KEPT = {
  s: CTX.issue,
  arithmetic: CTX.vectorArithmetic,
  permute: CTX.vectorPermute,
  count: CTX.vectorCount,
  storeUntil: CTX.storeUntil,
  history: CTX.history,
} as const;
export type Kept = keyof typeof KEPT;

/** What is known of times between two instructions. */
export interface KnownTimes {
  readonly front: ReadyFacts;
  readonly queue: ReadyFacts;
  readonly lastPipe: VectorPipe | undefined;
}

/** Half-cycles that pass at least when issue is closed for so many cycles. */
const leastProgress = (cycles: number): number => Math.max(0, 2 * cycles - 2);

/**
 * Timing state while a region is being emitted: which local variables hold it, what is known of it, and the few
 * operations on it that all rules share.
 */
export class WeaveState {
  protected readonly kept = new Map<Kept, Local>();
  protected readonly ready = new Map<number, Local>();
  protected readonly results = new Set<number>();
  protected readonly mask: Local;
  protected readonly l1: Local;
  protected readonly fetchMap: Local;
  protected readonly at: Local;
  protected readonly x: Local;
  protected readonly y: Local;
  protected readonly fill: Local;
  /** When a load's result is there; nothing else uses it, whoever watches. */
  protected readonly arrival: Local;
  protected readonly v: Local;
  protected readonly wrong: Local;
  protected readonly front = new ReadyFacts();
  protected readonly queue = new ReadyFacts();
  /** Whether `s` certainly is the first slot of a cycle. */
  protected even = false;
  /** Pipe of the youngest entry of the vector queue: the other pipe's is not later. */
  protected lastPipe: VectorPipe | undefined;
  /** Set in a body that runs when each of these groups lies in one line that the L1 cache has. */
  protected groups: BlockGroups | undefined;
  /** Group of the current instruction's load, there. */
  protected group: number | undefined;
  /** No store is so young that a load could hit it. */
  protected noneRecent = false;
  protected readonly ways: Local[] = [];
  protected readonly lines: Local[] = [];
  protected readonly fills: Local[] = [];
  protected readonly following: Local;
  protected readonly called: Local;

  constructor(
    protected readonly body: Body,
    protected readonly context: Local,
    protected readonly core: CoreTiming,
    protected readonly spans: Spans,
    /** Ready times stay in the context: no variables, nothing to load at the entry or store at the exit. */
    protected readonly inContext: boolean,
    /** What is in its variable only within a block. */
    private readonly withinBlocks: readonly Kept[] = [],
  ) {
    const { locals } = body;
    for (const name of Object.keys(KEPT) as Kept[]) this.kept.set(name, locals.add('i32'));
    const local = () => locals.add('i32');
    [this.mask, this.l1, this.at, this.x, this.y, this.fill] = Array.from({ length: 6 }, local);
    [this.v, this.wrong, this.called, this.following, this.arrival] = Array.from({ length: 5 }, local);
    this.fetchMap = local();
  }

  /** Timing state into local variables; `_block`: number of the block where the region is entered, plus one. */
  enter(body: Body, _block: Local): void {
    const load = (offset: number, local: Local) => {
      body.get(this.context);
      body.memory('i32.load', offset);
      body.set(local);
    };
    for (const name of this.throughout) this.loadKept(body, name);
    for (const [reg, local] of this.ready) load(CTX.ready + 4 * reg, local);
    load(CTX.cycleMask, this.mask);
    load(CTX.core, this.l1);
    const core = () => body.get(this.l1);
    setFetchMap(body, this.fetchMap, core);
    core();
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
    for (const name of this.throughout) this.storeKept(body, name);
    if (this.inContext) return;
    for (const reg of this.results) store(CTX.ready + 4 * reg, this.ready.get(reg)!);
  }

  private get throughout(): Kept[] {
    return [...this.kept.keys()].filter((name) => !this.withinBlocks.includes(name));
  }

  protected loadKept(body: Body, name: Kept): void {
    body.get(this.context);
    body.memory('i32.load', KEPT[name]);
    if (name === 'count') {
      // In the variable it is an offset in bytes, counted on without end.
      body.i32(2);
      body.op('i32.shl');
    }
    body.set(this.local(name));
  }

  protected storeKept(body: Body, name: Kept): void {
    body.get(this.context);
    body.get(this.local(name));
    if (name === 'count') {
      body.i32(2);
      body.op('i32.shr_u');
      body.i32(31);
      body.op('i32.and');
    }
    body.memory('i32.store', KEPT[name]);
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

  // What an observer weaves in besides.

  /** An instruction of the block begins. */
  begin(_pc: number, _plan: IssuePlan): void {}

  /** Here the block may be left for good before its instruction `done`: with `side` to follow. */
  beforeSide(_done: number): void {}

  side(_done: Local): void {}

  // What bodies with records weave in besides.

  /** All instructions of the block have been emitted but for what its branch costs. */
  endInstructions(): void {}

  /** The block ends without a branch. */
  passes(): void {}

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

  /** `if (until > s) s = (until + m) & ~m`, as a branch: it is predicted, where a select would be a chain. */
  protected wait(until: Local): void {
    this.waitAt(this.s, until);
  }

  protected waitAt(slot: Local, until: Local): void {
    const { body } = this;
    body.get(until);
    body.get(slot);
    body.op('i32.gt_s');
    const label = body.if();
    this.pushAligned(until);
    body.set(slot);
    body.end(label);
  }

  protected pushMask(): void {
    this.body.get(this.mask);
  }

  /** Pushes the first slot of the thread from a time on. */
  protected pushAligned(time: Local): void {
    const { body } = this;
    body.get(time);
    this.pushMask();
    body.op('i32.add');
    this.pushMask();
    body.i32(-1);
    body.op('i32.xor');
    body.op('i32.and');
  }

  /** `if (other > local) local = other`. */
  protected raise(local: Local, other: Local): void {
    const { body } = this;
    body.get(other);
    body.get(local);
    body.op('i32.gt_s');
    const label = body.if();
    body.get(other);
    body.set(local);
    body.end(label);
  }

  /** `s = ((s & ~1) + 2 * cycles - 1) | m`: nothing more issues for so many cycles. */
  protected close(cycles: number): void {
    const { body } = this;
    body.get(this.s);
    body.i32(-2);
    body.op('i32.and');
    body.i32(2 * cycles - 1);
    body.op('i32.add');
    this.pushMask();
    body.op('i32.or');
    body.set(this.s);
    this.front.advance(leastProgress(cycles));
    this.even = false;
  }

  protected get s(): Local {
    return this.local('s');
  }

  protected local(name: Kept): Local {
    return this.kept.get(name)!;
  }

  /** A variable that holds when a register is ready; with ready times in the context it is `x`. */
  protected readyOf(reg: number): Local {
    const { body } = this;
    if (this.inContext) {
      body.get(this.context);
      body.memory('i32.load', CTX.ready + 4 * reg);
      body.set(this.x);
      return this.x;
    }
    return this.readyVariable(reg);
  }

  private readyVariable(reg: number): Local {
    let local = this.ready.get(reg);
    if (local === undefined) {
      local = this.body.locals.add('i32');
      this.ready.set(reg, local);
    }
    return local;
  }

  /** Notes when a register is ready: the i32 that `push` leaves on the stack. */
  protected setReady(reg: number, push: () => void): void {
    const { body } = this;
    if (this.inContext) body.get(this.context);
    push();
    if (this.inContext) body.memory('i32.store', CTX.ready + 4 * reg);
    else body.set(this.readyVariable(reg));
    this.results.add(reg);
  }
}
