import {
  CTX,
  contextBase,
  GUEST_BYTES,
  L1_BASE,
  MEMORY_PAGES,
  OBSERVE_BYTES,
  STATE_BASE,
} from '../engine/context.js';
import { changeAllLines, changeLines } from '../engine/known-lines.js';
import { REGISTER_COUNT } from '../isa/registers.js';
import type { MemoryModule } from '../memory/instantiate.js';
import { emptyL1, rebaseL1 } from '../memory/l1.js';
import type { MemorySystem } from '../memory/system.js';
import type { SavedProfile, SiteProfile } from '../observe/site-profile.js';
import { runFunctional } from './functional.js';
import type { Machine } from './resolve.js';
import {
  type Engine,
  OLDEST,
  Scheduler,
  type SystemCallAnswer,
  type SystemCallHandler,
} from './scheduler.js';

/** Times are re-based before they reach this many half-cycles, so that they stay far from the end of 32 bits. */
const REBASE_AT = 1 << 28;
/** By multiples of this: quanta and windows whose lengths are powers of two stay where they are. */
const REBASE_UNIT = 0x1_0000;

/**
 * Turns of warming, instructions. Threads share the L2 cache, so they must not get far ahead of each other: after turns
 * of 20000 positions of a model that just fits it take 1 % less, after these they are within 0.1 %.
 */
const WARMING_TURN = 1000;

/** An engine and the memory system it calls, both over one linear memory. */
export interface Works {
  readonly engine: Engine & { profile: SiteProfile | undefined };
  readonly memorySystem: MemorySystem;
  /** Told of half-cycles that have passed for a thread that did not run. */
  readonly idle?: (thread: number, halfCycles: number) => void;
  /** Told that every stored time has shrunk by so many half-cycles. */
  readonly rebased?: (delta: number) => void;
}

/**
 * What a machine between two runs knows besides its linear memory, as plain numbers. With a copy of the memory's bytes
 * it is the whole machine: another one made alike goes on from there to the half-cycle.
 */
export interface SavedXenon {
  /** Half-cycles that lie before time zero of the stored times. */
  readonly epoch: number;
  readonly quantumCycles: number;
  readonly profile: SavedProfile | undefined;
}

/** What runs the same threads without time and keeps the caches warm; see engine/warming.ts. */
export interface WarmingWorks {
  readonly engine: Engine;
  readonly clock: Pick<MemoryModule, 'warmFrom' | 'warmUntil'>;
}

/** The linear memory of one machine: guest memory and simulator state, with room for observed woven code. */
export function newMemory({ observed = false } = {}): WebAssembly.Memory {
  const pages = MEMORY_PAGES + (observed ? OBSERVE_BYTES / 65536 : 0);
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
}

/** The hardware threads of one console over one linear memory, and their common time. */
export class Xenon {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly i32: Int32Array;
  private readonly scheduler: Scheduler;
  /** Half-cycles that lie before time zero of the stored times. */
  private epoch = 0;

  constructor(
    readonly memory: WebAssembly.Memory,
    readonly machine: Machine,
    private readonly works: Works,
    systemCall: SystemCallHandler = () => 'done',
    quantumCycles = machine.quantumCycles,
    /** Told of a thread that wakes because its time to wake has come. */
    timedOut?: (thread: number) => void,
  ) {
    const { buffer } = memory;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.i32 = new Int32Array(buffer);
    const smtWindowCycles = machine.smt.windowCycles;
    const { crowdedLeadCycles } = machine;
    const { crowdedUntil } = works.memorySystem;
    this.scheduler = new Scheduler(
      buffer,
      works.engine,
      { quantumCycles, crowdedLeadCycles, crowdedUntil, smtWindowCycles, idle: works.idle },
      systemCall,
      timedOut,
    );
    this.reset();
  }

  /** Cold caches, zero registers, time zero. Guest memory stays as it is. */
  reset(): void {
    this.bytes.fill(0, STATE_BASE, L1_BASE);
    for (let thread = 0; thread < 6; thread++) {
      const base = contextBase(thread);
      this.view.setInt32(base + CTX.core, thread >> 1, true);
      this.view.setInt32(base + CTX.cycleMask, 1, true);
      this.view.setInt32(base + CTX.vscr, 0x1_0000, true);
      this.view.setBigInt64(base + CTX.reserveAddress, -1n, true);
      this.i32.fill(-1, (base + CTX.storeTable) >> 2, (base + CTX.predictor) >> 2);
    }
    emptyL1(this.i32);
    this.works.memorySystem.reset();
    this.epoch = 0;
  }

  /** To be called while no thread runs: they have all ended, as between two forward passes. */
  save(): SavedXenon {
    const running = [0, 1, 2, 3, 4, 5].filter((t) => !this.scheduler.isDone(t));
    if (running.length > 0)
      throw new Error(`threads ${running.join(', ')} have not ended: nothing can be saved`);
    const { engine } = this.works;
    return {
      epoch: this.epoch,
      quantumCycles: this.scheduler.quantumCycles,
      profile: engine.profile?.save(),
    };
  }

  /** Goes on where `save` was called; the linear memory has the bytes it had then. */
  restore({ epoch, quantumCycles, profile }: SavedXenon): void {
    changeAllLines(this.bytes.buffer);
    this.epoch = epoch;
    this.scheduler.quantumCycles = quantumCycles;
    if (profile !== undefined) this.works.engine.profile?.restore(profile);
  }

  /** CPU cycles since reset, the latest of these threads. */
  cycles(threads: readonly number[]): number {
    return (this.epoch + Math.max(...threads.map((t) => this.scheduler.time(t)))) / 2;
  }

  /** Instructions retired by a thread since reset. */
  instructions(thread: number): number {
    return Number(this.view.getBigUint64(contextBase(thread) + CTX.instructions, true));
  }

  /** Cycles since reset that loads of a thread waited for stores to the same quadword. */
  loadHitStoreCycles(thread: number): number {
    return Number(this.view.getBigUint64(contextBase(thread) + CTX.loadHitStoreWait, true)) / 2;
  }

  /** Sets a thread's program counter and general registers; the others keep their values. */
  place(thread: number, pc: number, registers: Readonly<Record<number, number>> = {}): void {
    const base = contextBase(thread);
    this.view.setBigUint64(base + CTX.pc, BigInt(pc), true);
    for (const [n, value] of Object.entries(registers)) {
      this.view.setBigUint64(base + CTX.gpr + 8 * Number(n), BigInt.asUintN(64, BigInt(value)), true);
    }
  }

  /** Time of one thread, half-cycles since reset. */
  time(thread: number): number {
    return this.epoch + this.scheduler.time(thread);
  }

  /** Lets a thread that is done or waits run from `time` (half-cycles since reset) on, while others run. */
  wake(thread: number, time: number): void {
    this.scheduler.wake(thread, time - this.epoch);
  }

  /** What a system call answers to take its thread out until `time` (half-cycles since reset). */
  until(time: number): SystemCallAnswer {
    return { until: time - this.epoch };
  }

  /** From the next quantum on. */
  setQuantum(cycles: number): void {
    this.scheduler.quantumCycles = cycles;
  }

  isDone(thread: number): boolean {
    return this.scheduler.isDone(thread);
  }

  /** Ends all threads: `run` returns. */
  stopAll(): void {
    this.scheduler.stopAll();
  }

  gpr(thread: number, n: number): bigint {
    return this.view.getBigUint64(contextBase(thread) + CTX.gpr + 8 * n, true);
  }

  /**
   * Lets the threads run, from a common time on, until each has made the system call that ends it. `onTime` is told how
   * far they are: at every quantum, or unless `isToldAll` a few times a million cycles.
   */
  run(threads: readonly number[], onTime?: (cycles: number) => void, isToldAll = true): void {
    const start = Math.max(...threads.map((t) => this.scheduler.time(t)));
    for (const t of threads) this.scheduler.moveTo(t, start | 1);
    const onQuanta = (now: number): void => {
      const cycles = (this.epoch + now) / 2;
      this.keepSmall(now);
      onTime?.(cycles);
    };
    this.scheduler.run(threads, onQuanta, isToldAll && onTime !== undefined);
    // Threads that another one has ended stand where they were.
    for (let thread = 0; thread < 6; thread++) this.works.engine.settle?.(thread);
    this.keepSmall(this.scheduler.time(threads[0]));
  }

  /** Threads that have ended wait until the last of them has. */
  meet(threads: readonly number[]): void {
    const end = Math.max(...threads.map((t) => this.scheduler.time(t)));
    for (const t of threads) this.scheduler.moveTo(t, end);
  }

  /**
   * As `run`, without time: caches and open rows become what the accesses make of them, branch predictors and queues
   * stay as they are. Time goes on by a half-cycle an access, so that the order of uses is kept; it means nothing.
   */
  warm(threads: readonly number[], { engine, clock }: WarmingWorks): void {
    for (let t = 0; t < 6; t++) this.view.setInt32(contextBase(t) + CTX.warmStored, -1, true);
    clock.warmFrom(Math.max(...threads.map((t) => this.scheduler.time(t))));
    runFunctional(this.memory.buffer, engine, threads, undefined, WARMING_TURN);
    const now = clock.warmUntil() | 1;
    for (const t of threads) {
      this.scheduler.moveTo(t, now);
      this.works.engine.profile?.skip(t);
    }
    this.keepSmall(now);
  }

  /** Re-bases all times if `now` has grown large. */
  private keepSmall(now: number): void {
    if (now > REBASE_AT) this.rebase(now - (now % REBASE_UNIT));
  }

  /** Moves time zero; every stored time shrinks by `delta` half-cycles. */
  private rebase(delta: number): void {
    const shift = (index: number) => {
      this.i32[index] = Math.max(OLDEST, this.i32[index] - delta);
    };
    for (let thread = 0; thread < 6; thread++) {
      const at = (offset: number) => (contextBase(thread) + offset) >> 2;
      for (const offset of [CTX.vectorArithmetic, CTX.vectorPermute, CTX.storeUntil, CTX.lastDrain])
        shift(at(offset));
      for (let r = 0; r < REGISTER_COUNT; r++) shift(at(CTX.ready) + r);
      for (let i = 0; i < 32; i++) {
        shift(at(CTX.vectorRing) + i);
        shift(at(CTX.storeRing) + i);
      }
      for (let i = 0; i < 256; i++) shift(at(CTX.storeTable) + 2 * i + 1);
    }
    rebaseL1(this.i32, delta);
    this.scheduler.rebase(delta);
    this.works.memorySystem.rebase(delta);
    this.works.engine.profile?.rebase(delta);
    this.works.rebased?.(delta);
    this.epoch += delta;
  }

  /** Copies bytes into guest memory. */
  write(address: number, bytes: Uint8Array): void {
    if (address + bytes.length > GUEST_BYTES) throw new RangeError('write beyond guest memory');
    this.bytes.set(bytes, address);
    changeLines(this.bytes.buffer, address, bytes.length);
  }
}
