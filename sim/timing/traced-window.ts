import { CTX, contextBase, MEMO_BASE, MEMO_BYTES } from '../engine/context.js';
import { REGISTER_COUNT } from '../isa/registers.js';
import type { PlainMemory } from '../memory/plain-memory.js';
import { moduleOf } from '../memory/wasm-constants.js';
import { type CoreTiming, historyMask } from './core-timing.js';
import type { IssuePlan, TimedEvent, Unit } from './plan.js';
import { code, places } from './wasm/module.js';
import { BUSY, KEPT, LATEST, READY, RING, SLOTS, TIMES } from './wasm/pieces.js';
import * as PLAN from './wasm/plan.js';
import {
  type QueueName,
  queueOf,
  queuesOf,
  STORES,
  unitsOf,
  windowCycles,
  windowPlanOf,
} from './window-plan.js';

/** `trace(context, block, done, taken, target)`: see wasm/index.ts. */
export type Trace = (context: number, block: number, done: number, taken: number, target: number) => void;

/** What wasm/index.ts exports. */
interface TracingModule {
  readonly trace: Trace;
  traceOnce(context: number, block: number, taken: number, target: number): void;
  settle(): void;
  reset(): void;
}

/** Where translated code leaves the addresses of a block's accesses, in the context. */
export const TRACED_ADDRESSES = CTX.scratch + 0x2000;
/** All instructions of a block have been executed. */
export const ALL = -1;

/** Where things lie that are no part of the machine's state. */
const PLACES = {
  /** A block of one instruction that the evaluator has executed: the place of its plan, and behind it the plan. */
  single: MEMO_BASE,
  /** Questions of a block, 36 bytes each, and those that a walk has come by: wasm/ask.ts, wasm/memo.ts. */
  asked: MEMO_BASE + 0x1000,
  visited: MEMO_BASE + 0x1_1000,
  /** The table of the window's parts: wasm/state.ts. */
  pieces: MEMO_BASE + 0x1_4000,
  buckets: MEMO_BASE + 0x1_8000,
  /** Plans of translated code, then the memo, whose last block needs room. */
  plans: MEMO_BASE + 0x3_8000,
  memo: MEMO_BASE + 0x50_0000,
  memoEnd: MEMO_BASE + MEMO_BYTES - 0x4_0000,
} as const;
const BUCKETS = 0x8000;
const ACCESS = {
  load: PLAN.LOAD,
  store: PLAN.STORE,
  prefetch: PLAN.PREFETCH,
  zero: PLAN.ZERO,
  flush: PLAN.FLUSH,
} as const;

interface UnitPlace {
  readonly first: number;
  readonly bytes: number;
  readonly count: number;
}

/**
 * The rules of window.ts as WebAssembly (wasm/index.ts), for translated code to tell what it has done, over state that
 * lies with the memory's. Both give the same times.
 */
export class TracedWindow {
  private readonly module: TracingModule;
  private readonly i32: Int32Array;
  private readonly ready: number;
  private readonly queues: Readonly<Record<QueueName, number>>;
  private readonly units: Readonly<Record<Unit, UnitPlace>>;
  private readonly known = new Map<IssuePlan, readonly number[]>();
  /** Plans of translated code lie from here on. */
  private next: number = PLACES.plans;

  constructor(
    memory: WebAssembly.Memory,
    private readonly core: CoreTiming,
    plain: PlainMemory,
    /** Whether what has been timed is remembered; it changes no time. */
    remembers = true,
  ) {
    this.i32 = new Int32Array(memory.buffer);
    const { layout } = plain;
    const w = core.window;
    const table: number[] = [];
    const piece = (kind: number, address: number, number = 0) => {
      table.push(kind, address, number);
    };
    const zeros: (readonly [first: number, count: number])[] = [];
    /** The latest few times; the stations of units that were never used are all alike. */
    const latest = (count: number): number => {
      const at = layout.words(1, Math.max(1, count));
      zeros.push([layout.times(Math.max(1, count)), Math.max(1, count)]);
      piece(LATEST, at);
      return at;
    };
    const ring = (count: number): number => {
      const at = layout.words(1);
      layout.times(count);
      piece(RING, at, count);
      return at;
    };
    const marks = layout.times(5);
    const used = layout.words(3);
    for (const slots of [0, 4, 8]) piece(SLOTS, marks + slots, used + slots);
    piece(TIMES, marks + 12, 2);
    this.ready = layout.times(REGISTER_COUNT);
    piece(READY, this.ready, REGISTER_COUNT);
    zeros.push([this.ready, REGISTER_COUNT]);
    this.queues = queuesOf(w, ({ size, oldest, inOrder, width }) => {
      const entries = latest(size);
      const issues = latest(oldest);
      const at = layout.times(2);
      piece(TIMES, at, 1);
      piece(SLOTS, at + 4, at + 20);
      for (const word of [size, width, Number(inOrder), 0, entries, issues]) layout.words(1, word);
      return at;
    });
    this.units = unitsOf(w, (count, stations) => {
      const addresses = Array.from({ length: count }, () => {
        const at = layout.times(2 + KEPT);
        piece(TIMES, at, 1);
        piece(BUSY, at);
        latest(stations);
        return at;
      });
      return { first: addresses[0], bytes: count > 1 ? addresses[1] - addresses[0] : 0, count };
    });
    layout.onReset(() => {
      for (const [first, count] of zeros) this.i32.fill(0, first >> 2, (first >> 2) + count);
    });
    const numbers = {
      ...CTX,
      addresses: TRACED_ADDRESSES,
      predictorMask: core.predictorCounters - 1,
      historyMask: historyMask(core),
      linkStackMask: core.linkStackEntries - 1,
      entries: w.entries,
      dispatchWidth: w.dispatchWidth,
      accessWidth: w.loadStoreDispatchWidth,
      retireWidth: w.retireWidth,
      finishedStores: w.finishedStores,
      foldsBranches: Number(w.foldsBranches),
      branchesComplete: Number(w.branchesComplete),
      loadsHoldStations: Number(w.loadsHoldStations),
      stationsOutOfOrder: Number(w.stationsOutOfOrder),
      aliasesStall: Number(w.aliasesStall),
      storesRetireFirst: Number(w.storesRetireFirst),
      ...windowCycles(core),
      retiredRing: ring(w.entries),
      finishedRing: ring(Math.max(1, w.finishedStores)),
      storedWords: layout.words(STORES, -1),
      storedUntil: layout.times(STORES),
      marks,
      used,
      joined: plain.joined,
      moving: plain.moving,
      remembers: Number(remembers),
      stateCycle: layout.times(1),
      asked: PLACES.asked,
      visited: PLACES.visited,
      buckets: PLACES.buckets,
      bucketMask: BUCKETS - 1,
      memoFirst: PLACES.memo,
      memoEnd: PLACES.memoEnd,
      pieces: PLACES.pieces,
      // Addresses may be needed that much longer than they are ready.
      readyFloor: Math.max(0, Math.ceil(core.addressExtra)),
    };
    this.i32.set([...table, 0], PLACES.pieces >> 2);
    const imports = { env: { memory }, memory: { ...plain.module } };
    const { exports } = new WebAssembly.Instance(moduleOf(code, places, numbers), imports);
    this.module = exports as unknown as TracingModule;
    layout.onReset(() => this.module.reset());
    layout.reset();
  }

  /** Puts all times into the one linear memory; see Engine. */
  settle(): void {
    this.module.settle();
  }

  /** What translated code calls behind a block. */
  get trace(): Trace {
    return this.module.trace;
  }

  /** Times one instruction that the evaluator has executed. Returns `CTX.issue` (half-cycles). */
  step(thread: number, { pc, plan, address, taken, next }: TimedEvent): number {
    const { i32 } = this;
    const context = contextBase(thread);
    i32[PLACES.single >> 2] = PLACES.single + 4;
    i32[(PLACES.single >> 2) + 1] = 1;
    this.write(PLACES.single + 8, pc, plan);
    i32[(context + TRACED_ADDRESSES) >> 2] = address;
    this.module.traceOnce(context, PLACES.single, taken ? 1 : 0, next | 0);
    return i32[(context + CTX.issue) >> 2];
  }

  /** Puts the plans of blocks into memory; returns the address of the blocks' places, one word each. */
  place(blocks: readonly (readonly { readonly pc: number; readonly plan: IssuePlan }[])[]): number {
    const { i32 } = this;
    const first = this.next;
    let at = first + 4 * blocks.length;
    for (const [number, instructions] of blocks.entries()) {
      i32[(first >> 2) + number] = at;
      this.need(at + 4);
      i32[at >> 2] = instructions.length;
      at += 4;
      for (const { pc, plan } of instructions) at = this.write(at, pc, plan);
    }
    this.next = at;
    return first;
  }

  private need(end: number): void {
    if (end > PLACES.memo) throw new RangeError('no room for the plans of so much code');
  }

  /** Writes an instruction's plan; returns the address behind it. */
  private write(at: number, pc: number, plan: IssuePlan): number {
    let words = this.known.get(plan);
    if (words === undefined) {
      words = this.wordsOf(plan);
      this.known.set(plan, words);
    }
    this.need(at + 4 * words.length);
    this.i32.set(words, at >> 2);
    this.i32[(at + PLAN.PC) >> 2] = pc;
    return at + 4 * words.length;
  }

  private wordsOf(plan: IssuePlan): number[] {
    const p = windowPlanOf(plan, this.core.window, this.core.block);
    const register = (reg: number) => this.ready + 4 * reg;
    const waits = [...p.waits].flatMap((reg, i) => [register(reg), p.extras[i]]);
    const data = [...p.storeData].map(register);
    const results = [...p.results].flatMap((reg, k) => [register(reg), p.latencies[k], p.fromMemory[k]]);
    const flags =
      (p.access === undefined ? 0 : ACCESS[p.access]) |
      (p.fence ? PLAN.FENCE : 0) |
      (p.serialized ? PLAN.SERIALIZED : 0) |
      (p.isBranch ? PLAN.BRANCH : 0) |
      (p.foldsWhenTaken ? PLAN.FOLDS : 0) |
      (p.isCounted ? PLAN.COUNTED : 0) |
      (plan.branch?.conditional === true ? PLAN.CONDITIONAL : 0) |
      (p.isIndirect ? PLAN.INDIRECT : 0) |
      (plan.branch?.kind === 'return' ? PLAN.RETURNS : 0) |
      (plan.branch?.links === true ? PLAN.LINKS : 0);
    const unit = this.units[plan.unit];
    const lists = [...waits, ...data, ...results];
    const words = new Array<number>(PLAN.LISTS / 4).fill(0);
    for (const [at, value] of [
      [PLAN.SIZE, PLAN.LISTS + 4 * lists.length],
      [PLAN.FLAGS, flags],
      [PLAN.QUEUE, this.queues[queueOf(plan)]],
      [PLAN.UNIT, unit.first],
      [PLAN.UNIT_BYTES, unit.bytes],
      [PLAN.UNITS, unit.count],
      [PLAN.BLOCK_CYCLES, p.blockCycles],
      [PLAN.FENCE_CYCLES, p.fenceCycles],
      [PLAN.STORE_SIZE, p.size],
      [PLAN.WAIT_BYTES, 4 * waits.length],
      [PLAN.DATA_BYTES, 4 * data.length],
      [PLAN.RESULT_BYTES, 4 * results.length],
    ])
      words[at / 4] = value;
    return [...words, ...lists];
  }
}
