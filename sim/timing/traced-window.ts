import { CTX, contextBase, MEMO_BASE, MEMO_BYTES } from '../engine/context.js';
import { REGISTER_COUNT } from '../isa/registers.js';
import type { PlainMemory } from '../memory/plain-memory.js';
import { moduleOf } from '../memory/wasm-constants.js';
import { type CoreTiming, historyMask } from './core-timing.js';
import type { IssuePlan, Unit } from './plan.js';
import type { TimedEvent } from './reference.js';
import { code, places } from './wasm/module.js';
import { KEPT } from './window-parts.js';
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

/** Where translated code leaves the addresses of a block's accesses, in the context. */
export const TRACED_ADDRESSES = CTX.scratch + 0x2000;
/** All instructions of a block have been executed. */
export const ALL = -1;

/** A block of one instruction that the evaluator has executed: the place of its plan, and behind it the plan. */
const SINGLE = MEMO_BASE;

/** Words of a plan before its lists, and the bits of its second one: wasm/plan.ts. */
const HEAD = 13;
const ACCESS = { load: 1, store: 2, prefetch: 3, zero: 4, flush: 5 } as const;
const FLAG = {
  fence: 8,
  serialized: 16,
  branch: 32,
  folds: 64,
  counted: 128,
  conditional: 256,
  indirect: 512,
  returns: 1024,
  links: 2048,
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
  readonly trace: Trace;
  private readonly i32: Int32Array;
  private readonly ready: number;
  private readonly queues: Readonly<Record<QueueName, number>>;
  private readonly units: Readonly<Record<Unit, UnitPlace>>;
  private readonly known = new Map<IssuePlan, readonly number[]>();
  /** Plans of translated code lie from here on. */
  private next = SINGLE + 0x1000;

  constructor(
    memory: WebAssembly.Memory,
    private readonly core: CoreTiming,
    plain: PlainMemory,
  ) {
    this.i32 = new Int32Array(memory.buffer);
    const { layout } = plain;
    const w = core.window;
    const zeros: (readonly [first: number, count: number])[] = [];
    /** The latest few times; the stations of units that were never used are all alike. */
    const latest = (count: number): number => {
      const at = layout.words(1, Math.max(1, count));
      zeros.push([layout.times(Math.max(1, count)), Math.max(1, count)]);
      return at;
    };
    const ring = (count: number): number => {
      const at = layout.words(1);
      layout.times(count);
      return at;
    };
    const marks = layout.times(5);
    this.ready = layout.times(REGISTER_COUNT);
    zeros.push([this.ready, REGISTER_COUNT]);
    this.queues = queuesOf(w, ({ size, oldest, inOrder, width }) => {
      const entries = latest(size);
      const issues = latest(oldest);
      const at = layout.times(2);
      for (const word of [size, width, Number(inOrder), 0, entries, issues]) layout.words(1, word);
      return at;
    });
    this.units = unitsOf(w, (count, stations) => {
      const addresses = Array.from({ length: count }, () => {
        const at = layout.times(1 + KEPT);
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
      used: layout.words(3),
      joined: plain.joined,
      moving: plain.moving,
    };
    const imports = { env: { memory }, memory: { ...plain.module } };
    const { exports } = new WebAssembly.Instance(moduleOf(code, places, numbers), imports);
    this.trace = exports.trace as Trace;
    layout.reset();
  }

  /** Times one instruction that the evaluator has executed. Returns `CTX.issue` (half-cycles). */
  step(thread: number, { pc, plan, address, taken, next }: TimedEvent): number {
    const { i32 } = this;
    const context = contextBase(thread);
    i32[SINGLE >> 2] = SINGLE + 4;
    i32[(SINGLE >> 2) + 1] = 1;
    this.write(SINGLE + 8, pc, plan);
    i32[(context + TRACED_ADDRESSES) >> 2] = address;
    this.trace(context, SINGLE, ALL, taken ? 1 : 0, next | 0);
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
    if (end > MEMO_BASE + MEMO_BYTES) throw new RangeError('no room for the plans of so much code');
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
    this.i32[(at >> 2) + PC] = pc;
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
      (p.fence ? FLAG.fence : 0) |
      (p.serialized ? FLAG.serialized : 0) |
      (p.isBranch ? FLAG.branch : 0) |
      (p.foldsWhenTaken ? FLAG.folds : 0) |
      (p.isCounted ? FLAG.counted : 0) |
      (plan.branch?.conditional === true ? FLAG.conditional : 0) |
      (p.isIndirect ? FLAG.indirect : 0) |
      (plan.branch?.kind === 'return' ? FLAG.returns : 0) |
      (plan.branch?.links === true ? FLAG.links : 0);
    const unit = this.units[plan.unit];
    return [
      4 * (HEAD + waits.length + data.length + results.length),
      flags,
      this.queues[queueOf(plan)],
      unit.first,
      unit.bytes,
      unit.count,
      p.blockCycles,
      p.fenceCycles,
      p.size,
      0,
      4 * waits.length,
      4 * data.length,
      4 * results.length,
      ...waits,
      ...data,
      ...results,
    ];
  }
}

/** Which word of a plan the address of its instruction is. */
const PC = 9;
