import { CTX, contextBase } from '../engine/context.js';

/** Why an engine stopped running a thread. */
export type Exit =
  /** A yield point at or after the deadline. */
  | { readonly kind: 'yield' }
  /** The next instruction must run in time order among all threads. */
  | { readonly kind: 'sync' }
  /** A system call has been executed. */
  | { readonly kind: 'systemCall' }
  /** The instruction at `pc` cannot be executed. */
  | { readonly kind: 'stop'; readonly reason: 'illegal' | 'trap' | 'fault'; readonly pc: number; readonly message: string };

/** An interpretation of guest code with time. */
export interface Engine {
  /** Runs a thread until a yield point at or after `deadline` (half-cycles) or another reason to stop. */
  run(thread: number, deadline: number): Exit;
  /** Executes the one synchronising instruction the thread stands before. */
  runSync(thread: number): Exit;
}

/** What the host does at a system call: go on, or take the thread out until it is started again. */
export type SystemCallHandler = (thread: number) => 'continue' | 'done';

export interface ScheduleOptions {
  /** How far one thread may run ahead of the others, cycles. */
  readonly quantumCycles: number;
  /** How long the two threads of a core keep their shares of the issue slots, cycles. */
  readonly smtWindowCycles: number;
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

const RUNNING = 0;
const WAITING = 1;
const DONE = 2;

/**
 * Runs hardware threads against each other: every live thread up to the end of a window of time, then the next
 * window. The two threads of a core meet every `smtWindowCycles`: a thread whose sibling has nothing to issue in
 * the coming window has the core to itself, otherwise the two alternate cycles (a thread at low priority gets one
 * cycle in four). This depends on times before the window only, so not on the order inside it.
 *
 * Synchronising instructions run when their thread has the smallest time of all (ties: the lowest number).
 */
export class Scheduler {
  private readonly i32: Int32Array;
  private readonly state: Uint8Array;

  constructor(
    buffer: ArrayBufferLike,
    private readonly engine: Engine,
    private readonly options: ScheduleOptions,
    private readonly systemCall: SystemCallHandler,
  ) {
    this.i32 = new Int32Array(buffer);
    this.state = new Uint8Array(6).fill(DONE);
  }

  /** Half-cycle time of a thread. */
  time(thread: number): number {
    return this.i32[(contextBase(thread) + CTX.issue) >> 2];
  }

  /** Runs the given threads until all are done. Returns the latest of their times (half-cycles). */
  run(threads: readonly number[], onWindow?: (now: number) => void): number {
    for (const t of threads) this.state[t] = RUNNING;
    const quantum = 2 * this.options.quantumCycles;
    for (;;) {
      const now = this.earliest(threads);
      if (now === undefined) break;
      const end = (Math.floor(now / quantum) + 1) * quantum;
      this.window(threads, end);
      onWindow?.(now);
    }
    return Math.max(...threads.map((t) => this.time(t)));
  }

  private earliest(threads: readonly number[]): number | undefined {
    let first: number | undefined;
    for (const t of threads) {
      if (this.state[t] !== DONE && (first === undefined || this.time(t) < first)) first = this.time(t);
    }
    return first;
  }

  private window(threads: readonly number[], end: number): void {
    for (;;) {
      for (let core = 0; core < 3; core++) this.runCore(threads, core, end);
      const next = this.nextSync(threads, end);
      if (next === undefined) return;
      this.state[next] = RUNNING;
      this.finish(next, this.engine.runSync(next));
    }
  }

  /** The waiting thread with the smallest time, if no other live thread is behind it. */
  private nextSync(threads: readonly number[], end: number): number | undefined {
    let best: number | undefined;
    for (const t of threads) {
      if (this.state[t] === DONE) continue;
      if (best === undefined || this.time(t) < this.time(best)) best = t;
    }
    if (best === undefined || this.state[best] !== WAITING || this.time(best) >= end) return undefined;
    return best;
  }

  private runCore(threads: readonly number[], core: number, end: number): void {
    const a = threads.includes(2 * core) && this.state[2 * core] !== DONE ? 2 * core : -1;
    const b = threads.includes(2 * core + 1) && this.state[2 * core + 1] !== DONE ? 2 * core + 1 : -1;
    if (a < 0 && b < 0) return;
    if (a < 0 || b < 0) {
      const only = a < 0 ? b : a;
      this.setMask(only, 1);
      this.runTo(only, end);
      return;
    }
    const step = 2 * this.options.smtWindowCycles;
    for (;;) {
      const now = Math.min(this.pending(a), this.pending(b));
      if (now >= end) return;
      const windowEnd = (Math.floor(now / step) + 1) * step;
      this.share(a, b, windowEnd);
      const until = Math.min(windowEnd, end);
      this.runTo(a, until);
      this.runTo(b, until);
      if (until === end) return;
    }
  }

  /** When the thread wants to go on, or never while it waits or is done. */
  private pending(thread: number): number {
    return this.state[thread] === RUNNING ? this.time(thread) : Number.POSITIVE_INFINITY;
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
    if (exit.kind === 'sync') this.state[thread] = WAITING;
    else if (exit.kind === 'systemCall' && this.systemCall(thread) === 'done') this.state[thread] = DONE;
    else if (exit.kind === 'stop') throw new GuestStop(thread, exit);
  }
}
