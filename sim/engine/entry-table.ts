import { STATE, type Stretch, TOGETHER, UNKNOWN } from '../machine/scheduler.js';
import { code, places } from '../machine/wasm/module.js';
import { ADDRESS, BLOCK, FUNCTION, GENERATION, KINDS, SYNC, TOLD, WAY_BYTES } from '../machine/wasm/ways.js';
import { withConstants } from '../memory/wasm-constants.js';
import {
  CONTEXT_BYTES,
  CONTEXT_SHIFT,
  CTX,
  contextBase,
  ENTRY_LINES,
  ENTRY_TABLE_BASE,
  TURNS_BASE,
} from './context.js';
import { LEFT } from './region-timing.js';
import type { RegionFunction } from './translate.js';

/** What machine/wasm/index.ts exports; a thread is named by the address of its context. */
interface EnteringModule {
  run(context: number, until: number, generation: number): number;
  runCounting(context: number, deadline: number, generation: number): number;
  schedule(
    from: number,
    limit: number,
    quantum: number,
    extra: number,
    window: number,
    generation: number,
  ): number;
  keepTogether(lead: number, until: number, crowdedUntil: number): void;
  readonly left: WebAssembly.Global;
  readonly deadline: WebAssembly.Global;
  readonly end: WebAssembly.Global;
  readonly together: WebAssembly.Global;
}

let compiled: WebAssembly.Module | undefined;

function compile(): WebAssembly.Module {
  const numbers = {
    contextBase: contextBase(0),
    contextBytes: CONTEXT_BYTES,
    contextShift: CONTEXT_SHIFT,
    ...CTX,
    stateDone: STATE.done,
    stateRunning: STATE.running,
    stateBeforeSync: STATE.beforeSync,
    stateAsleep: STATE.asleep,
    leftBranch: LEFT.branch,
    leftYield: LEFT.yield,
    leftSync: LEFT.sync,
    leftSingle: LEFT.single,
    staysTogether: TOGETHER,
    unknown: UNKNOWN,
    lines: ENTRY_TABLE_BASE,
    lineMask: WAY_BYTES * (ENTRY_LINES - 1),
    turns: TURNS_BASE,
  };
  return new WebAssembly.Module(withConstants(code, places, numbers));
}

/** Counted, by KINDS, over all engines of a process: several may use one memory, one after the other. */
let generations = 0;

const nextGeneration = (): number => {
  generations += KINDS;
  return generations;
};

export interface Way {
  /** The function, by its place, and the block to begin with. */
  readonly place: number;
  readonly number: number;
  /** Leads to a synchronising instruction. */
  readonly isSync: boolean;
  /** `reach` is told of threads that come to it. */
  readonly isTold: boolean;
}

/**
 * Ways into the translated code of one engine, where the WebAssembly of machine/wasm finds them without the host: by
 * the address and mode of a thread. The place of an address is taken by whoever came last.
 */
export class EntryTable {
  /** Ways of another generation are not taken. */
  private generation = nextGeneration();
  private readonly i32: Int32Array;
  private readonly functions = new WebAssembly.Table({ element: 'anyfunc', initial: 64 });
  private count = 0;
  private readonly module: EnteringModule;

  constructor(memory: WebAssembly.Memory, reach: (context: number) => void) {
    this.i32 = new Int32Array(memory.buffer);
    compiled ??= compile();
    const env = { memory, table: this.functions };
    const { exports } = new WebAssembly.Instance(compiled, { env, host: { reach } });
    this.module = exports as unknown as EnteringModule;
  }

  /** Numbers a function, for `enter`. */
  place(run: RegionFunction): number {
    if (this.count === this.functions.length) this.functions.grow(this.count);
    this.functions.set(this.count, run);
    return this.count++;
  }

  /** Lets threads in a mode that come to `pc` go on. */
  add(pc: number, mode: number, { place, number, isSync, isTold }: Way): void {
    const line = ENTRY_TABLE_BASE + WAY_BYTES * ((pc >>> 2) & (ENTRY_LINES - 1));
    const set = (at: number, value: number) => {
      this.i32[(line + at) >> 2] = value;
    };
    set(ADDRESS, pc | mode);
    set(GENERATION, this.generation + (isTold ? TOLD : 0) + (isSync ? SYNC : 0));
    set(FUNCTION, place);
    set(BLOCK, number);
  }

  /** Forgets all ways. */
  clear(): void {
    this.generation = nextGeneration();
  }

  /**
   * Runs a thread until a yield point at or after the slot `deadline`, or another reason of LEFT: `branch` where no way
   * is known.
   */
  run(context: number, deadline: number): number {
    return this.module.run(context, deadline, this.generation);
  }

  /** The same without time, until so many instructions have been retired. */
  runCounting(context: number, deadline: number): number {
    return this.module.runCounting(context, deadline, this.generation);
  }

  /** Schedules threads; see machine/wasm/index.ts. Returns the context of one that has `left`, or 0. */
  schedule({ end, limit, quantum, extra, window, lead, together, crowdedUntil }: Stretch): number {
    this.module.keepTogether(lead, together, crowdedUntil);
    return this.module.schedule(end, limit, quantum, extra, window, this.generation);
  }

  /** Why the thread that `schedule` returned left, and how far it was to run. */
  get left(): number {
    return this.module.left.value;
  }

  get deadline(): number {
    return this.module.deadline.value;
  }

  /** Until when threads keep together. */
  get together(): number {
    return this.module.together.value;
  }

  /** The end of the quantum that `schedule` has come to. */
  get end(): number {
    return this.module.end.value;
  }
}
