import {
  CTX,
  contextBase,
  L1_BASE,
  MEMORY_BYTES,
  OBSERVE_BASE,
  OBSERVE_THREAD_BYTES,
  STATE_BASE,
} from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { ReferenceEngine } from '../../sim/engine/reference-engine.js';
import { TimedEvaluator } from '../../sim/engine/timed-evaluator.js';
import type { MemoPolicy, TimingMemo } from '../../sim/engine/timing-memo.js';
import { TranslatedEngine } from '../../sim/engine/translated.js';
import { REGISTER_COUNT } from '../../sim/isa/registers.js';
import { TIMING_CLASSES } from '../../sim/isa/row.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { Xenon } from '../../sim/machine/xenon.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import { findInL1 } from '../../sim/memory/l1.js';
import type { MemorySystem } from '../../sim/memory/system.js';
import { L1_BYTES, L1_FILL, L1_SET_BYTES, L1_SOURCE } from '../../sim/memory/wasm/l1-set.js';
import { StallRecorder } from '../../sim/observe/stall-recorder.js';
import { type InstructionCost, StallTable } from '../../sim/observe/stall-table.js';
import { WovenStalls } from '../../sim/observe/woven-stalls.js';
import { BLAMES } from '../../sim/timing/blame.js';
import type { CoreTiming } from '../../sim/timing/core-timing.js';
import type { TimingObserver } from '../../sim/timing/observer.js';
import type { TimedEvent } from '../../sim/timing/plan.js';
import { ReferenceTiming } from '../../sim/timing/reference.js';
import { forgetOver } from '../../sim/timing/relative.js';
import { sourcedMemory } from '../../sim/timing/sourced-memory.js';
import { LEAVES } from '../../sim/timing/stall.js';
import { borrowMemory, borrowObserved, giveBack, giveBackObserved, relaxedFma } from './translated.js';

/** How often each thing that timing knows has happened. */
export type Coverage = Map<string, number>;

/** Names that are noted for each instruction are made once. */
const CLASSES = Object.fromEntries(TIMING_CLASSES.map((timing) => [timing, `class ${timing}`]));
const MASKS = Array.from({ length: 8 }, (_, mask) => `mask ${mask}`);

/** The readable model, counting what it meets. */
class CountingTiming extends ReferenceTiming {
  private readonly words: Int32Array;

  constructor(
    buffer: ArrayBufferLike,
    private readonly timed: CoreTiming,
    memory: MemorySystem,
    private readonly met: Coverage,
    observer: TimingObserver | undefined,
  ) {
    super(buffer, timed, memory, observer);
    this.words = new Int32Array(buffer);
  }

  override step(thread: number, event: TimedEvent): number {
    const { plan } = event;
    const context = contextBase(thread);
    const at = (offset: number) => this.words[(context + offset) >> 2];
    const before = at(CTX.issue);
    const mask = at(CTX.cycleMask);
    const first = plan.pairs ? before + 1 : (before | mask) + 1;
    this.note(CLASSES[plan.timing]);
    this.note(MASKS[mask]);
    if (plan.pairs) this.note('second of a pair');
    const late = ({ reg, extra }: { reg: number; extra: number }) => at(CTX.ready + 4 * reg) + extra > first;
    if (plan.pipe === undefined) {
      if (plan.waits.some(late)) this.note('waits for a register it reads');
      if (plan.waits.some((w) => w.extra > 0 && late(w))) this.note('waits for an address');
      if (plan.results.some(({ reg }) => late({ reg, extra: 0 })))
        this.note('waits for a register it writes');
    } else {
      const oldest = (at(CTX.vectorCount) - this.timed.vectorQueueEntries) & 31;
      if (at(CTX.vectorRing + 4 * oldest) > first) this.note('vector queue full');
      if (plan.waits.some(late)) this.note('waits in the vector queue');
    }
    const missed = plan.access !== undefined && this.countAccess(event, context, first);
    const wrong = at(CTX.mispredicts);
    const s = super.step(thread, event);
    if (plan.branch !== undefined) {
      const how = at(CTX.mispredicts) !== wrong ? 'mispredicted' : 'predicted';
      this.note(`${plan.branch.kind} branch ${event.taken ? 'taken' : 'not taken'}, ${how}`);
    }
    if (missed && at(CTX.acceptedAt) > first) this.note('miss slots busy');
    return s;
  }

  /** Returns whether the L1 cache is missed. */
  private countAccess({ plan, address }: TimedEvent, context: number, first: number): boolean {
    const { kind } = plan.access!;
    const at = (offset: number) => this.words[(context + offset) >> 2];
    const line = address >>> 7;
    const tag = findInL1(this.words, at(CTX.core), line);
    const hit = tag === 0 ? 'miss' : this.words[(tag + L1_FILL) >> 2] > first ? 'hit in flight' : 'hit';
    this.note(kind === 'load' || kind === 'prefetch' ? `${kind} ${hit}` : kind);
    const entry = CTX.storeTable + 8 * ((address >>> 4) & 255);
    if (kind === 'load' && at(entry) === address >>> 4 && at(entry + 4) > first) this.note('load hits store');
    const size = 'size' in plan.access! ? plan.access.size : 0;
    const isVector = plan.timing === 'loadVector' || plan.timing === 'storeVector';
    if (!isVector && (address & 31) + size > 32) this.note('misaligned');
    const oldest = (at(CTX.storeCount) - this.timed.storeQueueEntries) & 31;
    if (kind === 'store' && at(CTX.storeRing + 4 * oldest) > first) this.note('store queue full');
    return (kind === 'load' || kind === 'prefetch') && tag === 0;
  }

  private note(what: string): void {
    this.met.set(what, (this.met.get(what) ?? 0) + 1);
  }
}

/** One machine on one engine. */
export interface Side {
  readonly xenon: Xenon;
  readonly memory: WebAssembly.Memory;
  readonly buffer: ArrayBuffer;
  /** Where time went, when observed. */
  readonly table: StallTable;
  /** What the woven engine remembers. */
  readonly memo: TimingMemo | undefined;
  readonly isObserved: boolean;
  readStalls(): void;
  /** Sets what woven code has counted back to zero. */
  forgetCounts(): void;
}

export interface Trial {
  readonly machine: Machine;
  /** Core numbers of the woven engine, where they shall differ from the machine's. */
  readonly wovenCore?: CoreTiming;
  readonly sf?: boolean;
  readonly quantumCycles?: number;
  /** Visits before translation. */
  readonly hot?: number;
  /** Whether the woven engine remembers the timing of blocks: each way is compared. */
  readonly memos?: readonly (MemoPolicy | 'off')[];
  /** Attach observers of where time goes, and compare what they say. Woven code without them is compared as well. */
  readonly observed?: boolean;
}

/** What executes on a side. */
interface Engine {
  /** The way of remembering of woven code; undefined for the reference engine. */
  readonly memo?: MemoPolicy | 'off';
  readonly observed: boolean;
  /** Where the reference engine counts what it meets. */
  readonly met?: Coverage;
}

/**
 * Does the same on the reference engine and on woven code, then compares all simulator state there is: registers,
 * issue and ready times, predictors, queues, caches, calendars, statistics. Returns the first differences. The
 * reference engine is by far the slowest, so that one run of it serves all kinds of woven code.
 */
export function compareEngines(
  trial: Trial,
  act: (side: Side) => void,
  met?: Coverage,
  windows: readonly (readonly [address: number, bytes: number])[] = [],
  remembered?: (memo: TimingMemo) => void,
): string[] {
  const { observed = false, memos = ['always'] } = trial;
  const begin = (side: Side): void => {
    // Memories have served other trials, each in its own order.
    for (const [address, bytes] of windows) side.xenon.bytes.fill(0, address, address + bytes);
    act(side);
  };
  return withSide(trial, { observed, met }, (reference) => {
    begin(reference);
    forgetUnasked(reference.buffer, trial.machine);
    const compare = (woven: Side): string[] => {
      begin(woven);
      if (woven.memo !== undefined) remembered?.(woven.memo);
      forgetUnasked(woven.buffer, trial.machine);
      const found = differences(reference.buffer, woven.buffer, windows);
      return woven.isObserved ? [...found, ...differentStalls(reference, woven)] : found;
    };
    const watched = observed ? withSide(trial, { memo: memos[0], observed }, compare) : [];
    // Observers change nothing else.
    if (observed) forgetObservers(reference.buffer);
    return [...watched, ...memos.flatMap((memo) => withSide(trial, { memo, observed: false }, compare))];
  });
}

/** Does it on woven code alone. */
export const onWoven = (trial: Trial, act: (side: Side) => void): void =>
  withSide(trial, { memo: 'always', observed: false }, act);

function withSide<T>(trial: Trial, engine: Engine, act: (side: Side) => T): T {
  const [borrow, back] = engine.observed ? [borrowObserved, giveBackObserved] : [borrowMemory, giveBack];
  const memory = borrow();
  new Uint8Array(memory.buffer, STATE_BASE, MEMORY_BYTES - STATE_BASE).fill(0);
  const side = sideOver(memory, trial, engine);
  try {
    return act(side);
  } finally {
    side.forgetCounts();
    back(memory);
  }
}

/** What may differ: how long ago something was, and who looks up a line that is known to be there. */
function forgetUnasked(buffer: ArrayBuffer, { core }: Machine): void {
  forgetAsking(buffer);
  const i32 = new Int32Array(buffer);
  for (let thread = 0; thread < 6; thread++) forgetOver(i32, contextBase(thread), core);
}

function sideOver(memory: WebAssembly.Memory, trial: Trial, { memo, observed, met }: Engine): Side {
  const { machine, sf, quantumCycles } = trial;
  const { buffer } = memory;
  const table = new StallTable();
  const counted = newMemorySystem(memory, machine);
  const memorySystem = observed
    ? sourcedMemory(counted, buffer, counted.linesAwaited, ({ pc, isFromDram }) =>
        table.missed(pc, isFromDram),
      )
    : counted;
  const isWoven = memo !== undefined;
  const recorder = observed ? new StallRecorder(buffer, table) : undefined;
  const stalls = observed && isWoven ? new WovenStalls(buffer, table) : undefined;
  const evaluator = new Evaluator(buffer, { sf });
  const core = isWoven ? (trial.wovenCore ?? machine.core) : machine.core;
  const timing =
    met === undefined
      ? new ReferenceTiming(buffer, core, memorySystem, recorder)
      : new CountingTiming(buffer, core, memorySystem, met, recorder);
  const timed = new TimedEvaluator(buffer, evaluator, timing, core);
  const engine = isWoven
    ? new TranslatedEngine(memory, evaluator, {
        relaxedFma,
        hot: trial.hot ?? 0,
        timing: { timed, memorySystem, observer: stalls, memo },
      })
    : new ReferenceEngine(buffer, timed);
  const idle = (thread: number, halfCycles: number) => table.idle(thread, halfCycles);
  const xenon = new Xenon(memory, machine, { engine, memorySystem, idle }, undefined, quantumCycles);
  const readStalls = () => {
    for (let thread = 0; thread < 6; thread++) stalls?.read(thread);
  };
  const forgetCounts = () => {
    if (stalls === undefined) return;
    for (let thread = 0; thread < 6; thread++)
      new Uint8Array(buffer, OBSERVE_BASE + thread * OBSERVE_THREAD_BYTES, stalls.next).fill(0);
  };
  const remembers = engine instanceof TranslatedEngine ? engine.memo : undefined;
  return {
    xenon,
    memory,
    buffer: buffer as ArrayBuffer,
    table,
    memo: remembers,
    isObserved: observed,
    readStalls,
    forgetCounts,
  };
}

/** What is wrong with the stacks of the two sides: a sum that is not the thread's time, or a difference. */
function differentStalls(reference: Side, woven: Side): string[] {
  const found: string[] = [];
  woven.readStalls();
  for (const { xenon, table } of [reference, woven]) {
    for (let thread = 0; thread < 6; thread++) {
      const sum = table.stack([thread]).reduce((a, b) => a + b, 0);
      if (sum !== xenon.time(thread))
        found.push(`thread ${thread}: ${sum} of ${xenon.time(thread)} half-cycles`);
    }
  }
  for (let thread = 0; thread < 6; thread++) {
    const [a, b] = [reference, woven].map(({ table }) => table.stack([thread]));
    for (const [i, { name }] of LEAVES.entries()) {
      if (a[i] !== b[i]) found.push(`thread ${thread} ${name}: reference ${a[i]}, woven ${b[i]}`);
    }
  }
  const all = new Set([...reference.table.instructions.keys(), ...woven.table.instructions.keys()]);
  for (const pc of all) {
    const [a, b] = [reference, woven].map(({ table }) => describeCost(table.instructions.get(pc)));
    if (a !== b) found.push(`${pc.toString(16)}: reference ${a}, woven ${b}`);
  }
  return found.slice(0, 20);
}

/** Woven code need not note who looks up a line that is known to be there. */
function forgetAsking(buffer: ArrayBuffer): void {
  const i32 = new Int32Array(buffer);
  for (let thread = 0; thread < 6; thread++) i32[(contextBase(thread) + BLAMES.asking) >> 2] = 0;
}

/** What only observers leave: whom threads blame, and where the lines of the L1 caches came from. */
function forgetObservers(buffer: ArrayBuffer): void {
  const blames = BLAMES.storeTable + 4 * 256 - BLAMES.register;
  for (let thread = 0; thread < 6; thread++)
    new Uint8Array(buffer, contextBase(thread) + BLAMES.register, blames).fill(0);
  for (let set = L1_BASE; set < L1_BASE + 3 * L1_BYTES; set += L1_SET_BYTES)
    new Int32Array(buffer, set, L1_SET_BYTES / 4).fill(0, L1_SOURCE / 4);
}

function describeCost(cost: InstructionCost | undefined): string {
  if (cost === undefined || cost.executions === 0) return '';
  const leaves = LEAVES.flatMap(({ name }, i) =>
    cost.halfCycles[i] === 0 ? [] : [`${name} ${cost.halfCycles[i]}`],
  );
  const blamed = [...cost.blamed].sort(([a], [b]) => a - b).map(([word, n]) => `${word.toString(16)} ${n}`);
  const lines = `${cost.l2Lines} and ${cost.dramLines} lines`;
  return `${cost.executions} ${cost.timing}: ${leaves}; blamed ${blamed}; ${lines}`;
}

function differences(
  a: ArrayBuffer,
  b: ArrayBuffer,
  windows: readonly (readonly [address: number, bytes: number])[],
): string[] {
  const parts = [...windows, [STATE_BASE, MEMORY_BYTES - STATE_BASE] as const];
  const found: string[] = [];
  for (const [address, bytes] of parts) {
    const [x, y] = [a, b].map((buffer) => Buffer.from(buffer, address, bytes));
    if (x.equals(y)) continue;
    for (let at = 0; at < bytes && found.length < 12; at += 4) {
      const [p, q] = [x.readInt32LE(at), y.readInt32LE(at)];
      if (p !== q) found.push(`${nameOf(address + at)}: reference ${p}, woven ${q}`);
    }
  }
  return found;
}

function nameOf(address: number): string {
  const hex = address.toString(16);
  if (address < STATE_BASE) return `guest ${hex}`;
  if (address >= L1_BASE + 3 * L1_BYTES) return `memory system ${hex}`;
  if (address >= L1_BASE) return `L1 ${(address - L1_BASE).toString(16)}`;
  const thread = Math.floor((address - STATE_BASE) / (contextBase(1) - contextBase(0)));
  const offset = address - contextBase(thread);
  if (offset >= CTX.ready && offset < CTX.ready + 4 * REGISTER_COUNT) {
    return `thread ${thread} ready[${(offset - CTX.ready) / 4}]`;
  }
  const name = Object.entries(CTX).findLast(([, start]) => start <= offset)![0];
  return `thread ${thread} ${name}+${offset - CTX[name as keyof typeof CTX]}`;
}
