import { CTX, contextBase } from '../engine/context.js';
import { forgetLines } from '../engine/known-lines.js';

/** Why an engine stopped running a thread. */
export type Exit =
  /** A yield point at or after the deadline. */
  | { readonly kind: 'yield' }
  /** The next instruction must run in time order among all threads. */
  | { readonly kind: 'sync' }
  /** A system call has been executed. */
  | { readonly kind: 'systemCall' }
  /** The instruction at `pc` cannot be executed. */
  | {
      readonly kind: 'stop';
      readonly reason: 'illegal' | 'trap' | 'fault';
      readonly pc: number;
      readonly message: string;
    };

/** An interpretation of guest code with time. */
export interface Engine {
  /** Runs a thread until a yield point at or after `deadline` (half-cycles) or another reason to stop. */
  run(thread: number, deadline: number): Exit;
  /** Executes the one synchronising instruction the thread stands before. */
  runSync(thread: number): Exit;
}

/**
 * What the host does at a system call: lets the thread go on, ends it, or takes it out until `Scheduler.wake` or,
 * with `until`, a time (half-cycles).
 */
export type SystemCallAnswer = 'continue' | 'done' | 'wait' | { readonly until: number };
export type SystemCallHandler = (thread: number) => SystemCallAnswer;

export interface ScheduleOptions {
  /** How far one thread may run ahead of the others, cycles. */
  readonly quantumCycles: number;
  /** How long the two threads of a core keep their shares of the issue slots, cycles. */
  readonly smtWindowCycles: number;
  /** Told of half-cycles that have passed for a thread that did not run. */
  readonly idle?: (thread: number, halfCycles: number) => void;
}

/** A guest thread hit something that ends the program. */
export class GuestStop extends Error {
  constructor(
    readonly thread: number,
    readonly exit: Extract<Exit, { kind: 'stop' }>,
  ) {
    super(exit.message);
  }
}

/** Every thread that is not done waits for another one. */
export class Deadlock extends Error {
  constructor(readonly threads: readonly number[]) {
    super(`threads ${threads.join(', ')} wait for each other forever`);
  }
}

const RUNNING = 0;
/** Stands before a synchronising instruction. */
const BEFORE_SYNC = 1;
/** Has executed a system call that the host has not seen yet. */
const CALLING = 2;
/** Taken out by a system call until woken, or until its time to wake. */
const ASLEEP = 3;
const DONE = 4;
const THREADS = 6;
const CORES = 3;
const ALL_CORES = (1 << CORES) - 1;
/** After every time of a thread that runs, half-cycles. */
const NEVER = 0x3fff_ffff;
const threadNumbers = (): number[] => Array.from({ length: THREADS }, (_, t) => t);
/** How much farther a thread runs that no other thread can meet, half-cycles: it comes back to the host less often. */
const ALONE = 2 * 2048;

/**
 * Runs hardware threads against each other: every live thread up to the end of a window of time, then the next
 * window. The two threads of a core meet every `smtWindowCycles`: a thread whose sibling has nothing to issue in
 * the coming window has the core to itself, otherwise the two alternate cycles (a thread at low priority gets one
 * cycle in four). This depends on times before the window only, so not on the order inside it.
 *
 * Synchronising instructions and system calls run when their thread has the smallest time of all (ties: the lowest
 * number). A thread that a system call takes out costs its sibling nothing.
 */
export class Scheduler {
  private readonly i32: Int32Array;
  private readonly state = new Uint8Array(THREADS).fill(DONE);
  /** How far one thread may run ahead of the others, cycles. */
  quantumCycles: number;
  /** End of the present window, half-cycles. */
  private end = 0;
  private readonly wakeAt = new Float64Array(THREADS).fill(Number.POSITIVE_INFINITY);

  constructor(
    buffer: ArrayBufferLike,
    private readonly engine: Engine,
    private readonly options: ScheduleOptions,
    private readonly systemCall: SystemCallHandler,
    /** Told of a thread whose time to wake has come before it was woken. */
    private readonly timedOut: (thread: number) => void = () => {},
  ) {
    this.i32 = new Int32Array(buffer);
    this.quantumCycles = options.quantumCycles;
  }

  /** Half-cycle time of a thread. */
  time(thread: number): number {
    return this.i32[(contextBase(thread) + CTX.issue) >> 2];
  }

  isDone(thread: number): boolean {
    return this.state[thread] === DONE;
  }

  /** Lets a thread that is done or asleep run from `time` (half-cycles) on; to be called while others run. */
  wake(thread: number, time: number): void {
    const issue = (contextBase(thread) + CTX.issue) >> 2;
    const before = this.i32[issue];
    this.i32[issue] = Math.max(before, time) | 1;
    this.options.idle?.(thread, this.i32[issue] - before);
    this.state[thread] = RUNNING;
    this.wakeAt[thread] = Number.POSITIVE_INFINITY;
    // Whoever was alone no longer is.
    this.end = Math.min(this.end, this.boundary(this.i32[issue]));
  }

  /** Ends all threads, so that `run` returns. */
  stopAll(): void {
    this.state.fill(DONE);
  }

  /** Runs the given threads, and those they wake, until all are done. */
  run(threads: readonly number[], onWindow?: (now: number) => void): void {
    for (const t of threads) this.state[t] = RUNNING;
    forgetLines(this.i32.buffer);
    for (;;) {
      const now = this.earliest();
      if (now === undefined) return;
      this.window(this.boundary(now));
      onWindow?.(now);
    }
  }

  /** Subtracts from the stored times to wake. */
  rebase(delta: number): void {
    for (let t = 0; t < THREADS; t++) this.wakeAt[t] -= delta;
  }

  /** The smallest time of the threads that are live or have a time to wake. */
  private earliest(): number | undefined {
    let first = Number.POSITIVE_INFINITY;
    let asleep = false;
    for (let t = 0; t < THREADS; t++) {
      if (this.isLive(t)) first = Math.min(first, this.time(t));
      else if (this.state[t] === ASLEEP) {
        asleep = true;
        first = Math.min(first, this.wakeAt[t]);
      }
    }
    if (first !== Number.POSITIVE_INFINITY) return first;
    if (asleep) throw new Deadlock(threadNumbers().filter((t) => this.state[t] === ASLEEP));
    return undefined;
  }

  private isLive(thread: number): boolean {
    return this.state[thread] < ASLEEP;
  }

  /** The end of the window that holds a time. */
  private boundary(time: number): number {
    const quantum = 2 * this.quantumCycles;
    return (Math.floor(time / quantum) + 1) * quantum;
  }

  /** Whether just one thread is live and none will wake by itself. */
  private isAlone(): boolean {
    let live = 0;
    for (let t = 0; t < THREADS; t++) {
      if (this.isLive(t)) live++;
      else if (this.state[t] === ASLEEP && this.wakeAt[t] !== Number.POSITIVE_INFINITY) return false;
    }
    return live === 1;
  }

  private window(end: number): void {
    for (let t = 0; t < THREADS; t++) {
      if (this.state[t] !== ASLEEP || this.wakeAt[t] >= end) continue;
      this.wake(t, this.wakeAt[t]);
      this.timedOut(t);
      forgetLines(this.i32.buffer);
    }
    this.end = this.isAlone() ? end + ALONE : end;
    for (;;) {
      this.runCores();
      const next = this.nextInOrder(this.end);
      if (next < 0) return;
      if (this.state[next] === CALLING) this.call(next);
      else {
        this.state[next] = RUNNING;
        this.finish(next, this.engine.runSync(next));
      }
    }
  }

  /** The live thread with the smallest time, if that is what it waits for and it comes before the window's end. */
  private nextInOrder(end: number): number {
    let best = -1;
    for (let t = 0; t < THREADS; t++) {
      if (this.isLive(t) && (best < 0 || this.time(t) < this.time(best))) best = t;
    }
    if (best < 0 || this.state[best] === RUNNING || this.time(best) >= end) return -1;
    return best;
  }

  private call(thread: number): void {
    // A handler may end all threads, this one included.
    this.state[thread] = RUNNING;
    const answer = this.systemCall(thread);
    forgetLines(this.i32.buffer);
    if (answer === 'continue') return;
    if (answer === 'done') this.state[thread] = DONE;
    else {
      this.state[thread] = ASLEEP;
      this.wakeAt[thread] = answer === 'wait' ? Number.POSITIVE_INFINITY : answer.until;
    }
  }

  /**
   * Every core up to the end of the window, the one that is behind first: what a core asks of the shared memory
   * system then comes nearly in order of time, and a long quantum changes little.
   */
  private runCores(): void {
    let left = ALL_CORES;
    while (left !== 0) {
      let first = -1;
      let time = NEVER;
      for (let core = 0; core < CORES; core++) {
        if ((left & (1 << core)) === 0) continue;
        const pending = Math.min(this.pending(2 * core), this.pending(2 * core + 1));
        if (pending >= time) continue;
        first = core;
        time = pending;
      }
      if (time >= this.end) return;
      left &= ~(1 << first);
      this.runCore(2 * first, 2 * first + 1);
    }
  }

  /** The two threads of a core, again the one that is behind first. */
  private runCore(a: number, b: number): void {
    if (!this.isLive(a) || !this.isLive(b)) {
      const only = this.isLive(a) ? a : b;
      this.setMask(only, 1);
      this.runTo(only, this.end);
      return;
    }
    const step = 2 * this.options.smtWindowCycles;
    for (;;) {
      const timeA = this.pending(a);
      const timeB = this.pending(b);
      const now = Math.min(timeA, timeB);
      if (now >= this.end) return;
      const windowEnd = (Math.floor(now / step) + 1) * step;
      this.share(a, b, windowEnd);
      const until = Math.min(windowEnd, this.end);
      this.runTo(timeA <= timeB ? a : b, until);
      this.runTo(timeA <= timeB ? b : a, until);
    }
  }

  /** When the thread wants to go on, or never while it waits. */
  private pending(thread: number): number {
    return this.state[thread] === RUNNING ? this.time(thread) : NEVER;
  }

  private share(a: number, b: number, windowEnd: number): void {
    const aActive = this.pending(a) < windowEnd;
    const bActive = this.pending(b) < windowEnd;
    const lowA = this.low(a);
    const lowB = this.low(b);
    this.setMask(a, !bActive || (lowB && !lowA) ? 1 : lowA && !lowB ? 7 : 3);
    this.setMask(b, !aActive || (lowA && !lowB) ? 1 : lowB && !lowA ? 7 : 3);
  }

  private low(thread: number): boolean {
    return this.i32[(contextBase(thread) + CTX.priority) >> 2] < 0;
  }

  private setMask(thread: number, mask: number): void {
    this.i32[(contextBase(thread) + CTX.cycleMask) >> 2] = mask;
  }

  private runTo(thread: number, deadline: number): void {
    while (this.state[thread] === RUNNING && this.time(thread) < deadline) {
      this.finish(thread, this.engine.run(thread, deadline));
    }
  }

  private finish(thread: number, exit: Exit): void {
    if (exit.kind === 'sync') this.state[thread] = BEFORE_SYNC;
    else if (exit.kind === 'systemCall') this.state[thread] = CALLING;
    else if (exit.kind === 'stop') throw new GuestStop(thread, exit);
  }
}
