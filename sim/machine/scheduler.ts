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
  /** Puts all times of a thread into its context, in one form: an engine may keep them otherwise while threads run. */
  settle?(thread: number): void;
  /**
   * Does what the scheduler would do next until something else than running a thread is to be done, or a run has come
   * to another end than its deadline, or the threads to the end of the stretch.
   */
  schedule?(stretch: Stretch): Interrupted | undefined;
}

/** Quanta one after the other; half-cycles. */
export interface Stretch {
  /** End of the present quantum. */
  end: number;
  /** No quantum begins at this time or later. */
  limit: number;
  /** Length of a quantum, and how far beyond its end a thread that is alone runs. */
  quantum: number;
  extra: number;
  readonly window: number;
  /** How far a thread goes ahead of the others before the time `together`, and while the memory is crowded. */
  readonly lead: number;
  together: number;
  /** Address of the word of `MemorySystem.crowdedUntil` for as many threads as run; 0 where there is none. */
  crowdedUntil: number;
}

/** A thread whose run has ended. */
export interface Interrupted {
  readonly thread: number;
  readonly exit: Exit;
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
  /** The same where they meet in memory, or have just begun to run. */
  readonly crowdedLeadCycles: number;
  /** See MemorySystem. */
  readonly crowdedUntil: readonly number[];
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

/** What a thread is about to do: CTX.state. */
export const STATE = {
  done: 0,
  running: 1,
  /** Stands before a synchronising instruction. */
  beforeSync: 2,
  /** Has executed a system call that the host has not seen yet. */
  calling: 3,
  /** Taken out by a system call until woken, or until its time to wake. */
  asleep: 4,
} as const;
const THREADS = 6;
/** Times older than this, half-cycles, are all the same to every rule. */
export const OLDEST = -(1 << 28);
/** Before every time, half-cycles. */
export const UNKNOWN = -0x3fff_ffff;
/** The first thread of a core, whose context has what concerns both. */
const coreOf = (thread: number): number => thread & ~1;
const threadNumbers = (): number[] => Array.from({ length: THREADS }, (_, t) => t);
/** How much farther a thread runs that no other thread can meet, half-cycles: it comes back to the host less often. */
const ALONE = 2 * 2048;
/** How long threads keep together that have met or begun: what comes next is mostly asking for the same work's data. */
export const TOGETHER = 2 * 256;
/** How far threads go at most before the host looks at the time, half-cycles. */
const LONGEST_STRETCH = 1 << 17;
/** Who sleeps alone may sleep for hours: a time from here on (half-cycles) is re-based before anybody wakes at it. */
const FAR = 1 << 30;

/**
 * Runs hardware threads against each other, quantum by quantum. Of all live threads the one that is behind goes first
 * (ties: the lowest number):
 *
 * - one that stands before a synchronising instruction or has made a system call does just that, so these happen in
 *   order of time; fences, reservations and changes of priority are synchronising;
 * - one at low priority waits for what another will store: it goes on to the time of the first thread that is not at
 *   low priority, and so sees the store when it is made;
 * - any other runs to the end of its core's window of `smtWindowCycles`, or, without a sibling, of the quantum.
 *
 * A thread goes no farther than `crowdedLeadCycles` ahead of the next one while so many lines are on their way from memory
 * that the order of requests decides who waits, and for TOGETHER after a synchronising instruction or the start of a
 * thread; elsewhere the order of what threads do in a quantum matters to nobody.
 *
 * When the thread that is behind on its core enters a window, both siblings get their shares of it: one has the core to
 * itself because the sibling has nothing to issue in the window, else the two alternate cycles (a thread at low
 * priority gets one cycle in four). Shares are set anew when a priority changes, and when a thread ends, is taken out
 * by a system call, or goes on. A thread that a system call takes out costs its sibling nothing.
 */
export class Scheduler {
  private readonly i32: Int32Array;
  private readonly f64: Float64Array;
  /** How far one thread may run ahead of the others, cycles. */
  quantumCycles: number;
  private readonly stretch: Stretch;
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
    this.f64 = new Float64Array(buffer);
    this.quantumCycles = options.quantumCycles;
    this.stretch = {
      end: 0,
      limit: 0,
      quantum: 0,
      extra: 0,
      window: 2 * options.smtWindowCycles,
      lead: 2 * options.crowdedLeadCycles,
      together: UNKNOWN,
      crowdedUntil: 0,
    };
    this.stopAll();
  }

  /** Half-cycle time of a thread; of one that does not run, when it ceased to. */
  time(thread: number): number {
    return this.get(thread, CTX.issue) - this.f64[(contextBase(thread) + CTX.tooLate) >> 3];
  }

  /** Lets a thread that does not run stand at `time` (half-cycles); it was idle until then. */
  moveTo(thread: number, time: number): void {
    this.options.idle?.(thread, time - this.time(thread));
    this.keepTime(thread, time);
  }

  isDone(thread: number): boolean {
    return this.state(thread) === STATE.done;
  }

  /** Lets a thread that is done or asleep run from `time` (half-cycles) on; to be called while others run. */
  wake(thread: number, time: number): void {
    const now = Math.max(this.time(thread), time) | 1;
    this.moveTo(thread, now);
    this.become(thread, STATE.running);
    this.wakeAt[thread] = Number.POSITIVE_INFINITY;
    // Whoever was alone no longer is.
    this.stretch.end = Math.min(this.stretch.end, this.boundary(now));
  }

  /** Ends all threads, so that `run` returns. */
  stopAll(): void {
    for (let t = 0; t < THREADS; t++) this.set(t, CTX.state, STATE.done);
  }

  /**
   * Runs the given threads, and those they wake, until all are done. `onQuanta` is told the time of the thread behind at
   * every quantum, or now and then, at most LONGEST_STRETCH apart, and re-bases times that have grown large.
   */
  run(threads: readonly number[], onQuanta: (now: number) => void, isToldAll: boolean): void {
    for (const t of threads) this.become(t, STATE.running);
    forgetLines(this.i32.buffer);
    for (;;) {
      const now = this.earliest();
      if (now === undefined) return;
      if (now < FAR) this.quanta(now, isToldAll ? 0 : LONGEST_STRETCH);
      onQuanta(now);
    }
  }

  /** Subtracts from the stored times of threads, the times to wake and the ends of windows. */
  rebase(delta: number): void {
    this.stretch.together = Math.max(UNKNOWN, this.stretch.together - delta);
    for (let t = 0; t < THREADS; t++) {
      this.keepTime(t, this.time(t) - delta);
      this.wakeAt[t] -= delta;
      if (t === coreOf(t))
        this.set(t, CTX.shareUntil, Math.max(UNKNOWN, this.get(t, CTX.shareUntil) - delta));
    }
  }

  /** The smallest time of the threads that are live or have a time to wake. */
  private earliest(): number | undefined {
    let first = Number.POSITIVE_INFINITY;
    let asleep = false;
    for (let t = 0; t < THREADS; t++) {
      if (this.isLive(t)) first = Math.min(first, this.time(t));
      else if (this.state(t) === STATE.asleep) {
        asleep = true;
        first = Math.min(first, this.wakeAt[t]);
      }
    }
    if (first !== Number.POSITIVE_INFINITY) return first;
    if (asleep) throw new Deadlock(threadNumbers().filter((t) => this.state(t) === STATE.asleep));
    return undefined;
  }

  private isLive(thread: number): boolean {
    const state = this.state(thread);
    return state !== STATE.done && state !== STATE.asleep;
  }

  /** The end of the quantum that holds a time. */
  private boundary(time: number): number {
    const quantum = 2 * this.quantumCycles;
    return (Math.floor(time / quantum) + 1) * quantum;
  }

  /** Whether just one thread is live and none will wake by itself. */
  private isAlone(): boolean {
    for (let t = 0; t < THREADS; t++) {
      if (this.state(t) === STATE.asleep && this.wakeAt[t] !== Number.POSITIVE_INFINITY) return false;
    }
    return this.live() === 1;
  }

  private live(): number {
    let live = 0;
    for (let t = 0; t < THREADS; t++) if (this.isLive(t)) live++;
    return live;
  }

  /** The quantum that holds a time, and those behind it that begin within `length` half-cycles and need no look from here. */
  private quanta(now: number, length: number): void {
    const { stretch } = this;
    const end = this.boundary(now);
    let limit = now + length;
    for (let t = 0; t < THREADS; t++) {
      if (this.state(t) !== STATE.asleep) continue;
      if (this.wakeAt[t] < end) {
        this.wake(t, this.wakeAt[t]);
        this.timedOut(t);
        forgetLines(this.i32.buffer);
      } else if (this.wakeAt[t] !== Number.POSITIVE_INFINITY) limit = 0;
    }
    stretch.quantum = 2 * this.quantumCycles;
    stretch.extra = this.isAlone() ? ALONE : 0;
    stretch.end = end + stretch.extra;
    stretch.limit = limit;
    stretch.crowdedUntil = this.options.crowdedUntil[this.live() > 2 ? 1 : 0] ?? 0;
    for (;;) {
      const interrupted = this.engine.schedule?.(stretch);
      if (interrupted !== undefined) this.finish(interrupted.thread, interrupted.exit);
      else {
        const next = this.behind();
        if (next < 0) return;
        this.go(next);
      }
    }
  }

  /** What a thread that is behind does next. */
  private go(thread: number): void {
    // Whatever it does, it may enter a window with it.
    const until = this.until(thread);
    switch (this.state(thread)) {
      case STATE.running:
        return this.finish(thread, this.engine.run(thread, until));
      case STATE.beforeSync:
        return this.synchronise(thread);
      default:
        return this.call(thread);
    }
  }

  /** The live thread with the smallest time, if that comes before the quantum's end, or -1. */
  private behind(): number {
    let first = -1;
    let time = this.stretch.end;
    for (let t = 0; t < THREADS; t++) {
      if (!this.isLive(t) || this.time(t) >= time) continue;
      first = t;
      time = this.time(t);
    }
    return first;
  }

  /** How far a thread goes that is behind all others. */
  private until(thread: number): number {
    let until = this.stretch.end;
    if (this.isLive(thread ^ 1)) {
      if (this.time(thread) >= this.get(coreOf(thread), CTX.shareUntil)) this.share(thread, thread ^ 1);
      until = Math.min(until, this.get(coreOf(thread), CTX.shareUntil));
    } else this.set(thread, CTX.cycleMask, 1);
    if (this.goesSlowly(this.time(thread))) {
      for (let t = 0; t < THREADS; t++) {
        if (t !== thread && this.isLive(t)) until = Math.min(until, this.time(t) + this.stretch.lead);
      }
    }
    if (!this.isLow(thread)) return until;
    for (let t = 0; t < THREADS; t++) {
      if (this.isLive(t) && !this.isLow(t)) until = Math.min(until, this.time(t));
    }
    return until;
  }

  /** Whether threads keep together at a time. */
  private goesSlowly(now: number): boolean {
    const { together, crowdedUntil } = this.stretch;
    return now < together || (crowdedUntil !== 0 && now < this.i32[crowdedUntil >> 2]);
  }

  /** Shares of the window that `first`, which is behind, enters. */
  private share(first: number, second: number): void {
    const { window } = this.stretch;
    const end = (Math.floor(this.time(first) / window) + 1) * window;
    const isAlone = this.time(second) >= end;
    const [low, otherIsLow] = [this.isLow(first), this.isLow(second)];
    this.set(first, CTX.cycleMask, isAlone || (otherIsLow && !low) ? 1 : low && !otherIsLow ? 7 : 3);
    this.set(second, CTX.cycleMask, low && !otherIsLow ? 1 : otherIsLow && !low ? 7 : 3);
    this.set(coreOf(first), CTX.shareUntil, end);
  }

  private synchronise(thread: number): void {
    const wasLow = this.isLow(thread);
    this.stretch.together = this.time(thread) + TOGETHER;
    this.set(thread, CTX.state, STATE.running);
    this.finish(thread, this.engine.runSync(thread));
    if (this.isLow(thread) !== wasLow) this.forgetShares(thread);
  }

  private call(thread: number): void {
    // Who is alone and who wakes when is looked at again before the next quantum.
    this.stretch.limit = 0;
    // A handler may end all threads, this one included.
    this.set(thread, CTX.state, STATE.running);
    const answer = this.systemCall(thread);
    forgetLines(this.i32.buffer);
    if (answer === 'continue') return;
    if (answer === 'done') this.become(thread, STATE.done);
    else {
      this.become(thread, STATE.asleep);
      this.wakeAt[thread] = answer === 'wait' ? Number.POSITIVE_INFINITY : answer.until;
    }
  }

  private finish(thread: number, exit: Exit): void {
    if (exit.kind === 'sync') this.set(thread, CTX.state, STATE.beforeSync);
    else if (exit.kind === 'systemCall') this.set(thread, CTX.state, STATE.calling);
    else if (exit.kind === 'stop') throw new GuestStop(thread, exit);
  }

  private isLow(thread: number): boolean {
    return this.get(thread, CTX.priority) < 0;
  }

  private state(thread: number): number {
    return this.get(thread, CTX.state);
  }

  /** A thread begins or ceases to be live. */
  private become(thread: number, state: number): void {
    this.set(thread, CTX.state, state);
    if (state === STATE.running) this.stretch.together = this.time(thread) + TOGETHER;
    this.forgetShares(thread);
  }

  private forgetShares(thread: number): void {
    this.set(coreOf(thread), CTX.shareUntil, UNKNOWN);
  }

  private keepTime(thread: number, time: number): void {
    const issue = Math.max(OLDEST, time);
    this.set(thread, CTX.issue, issue);
    this.f64[(contextBase(thread) + CTX.tooLate) >> 3] = issue - time;
  }

  private get(thread: number, offset: number): number {
    return this.i32[(contextBase(thread) + offset) >> 2];
  }

  private set(thread: number, offset: number, value: number): void {
    this.i32[(contextBase(thread) + offset) >> 2] = value;
  }
}
