import type { Engine, Exit, Interrupted, Stretch } from '../machine/scheduler.js';
import type { SiteProfile } from '../observe/site-profile.js';
import { CTX, contextBase, threadOf } from './context.js';
import { EntryTable } from './entry-table.js';
import type { Evaluator } from './evaluate.js';
import type { Event } from './event.js';
import { LEFT } from './region-timing.js';
import { YIELD_BYTES } from './regions.js';
import type { TimingMemo } from './timing-memo.js';
import { type Entry, type TranslatedOptions, Translations } from './translations.js';

const NJ = 0x1_0000;
const ROUNDING = 3;
const YIELD: Exit = { kind: 'yield' };
const SYNC: Exit = { kind: 'sync' };
/** Instructions one call into translated code may execute at most before it comes back. */
const LONGEST_RUN = 1 << 28;

/**
 * Runs guest code as WebAssembly. Without timing a deadline is a number of retired instructions. Code that is not
 * worth it, or has no translation, goes to the evaluator, and with timing to the readable timing model.
 */
export class TranslatedEngine implements Engine {
  private readonly i32: Int32Array;
  private readonly translations: Translations;
  /** The ways into regions that need no look from here. */
  private readonly table: EntryTable;
  private readonly isTimed: boolean;
  private profiled: SiteProfile | undefined;

  constructor(
    memory: WebAssembly.Memory,
    private readonly evaluator: Evaluator,
    private readonly options: TranslatedOptions,
  ) {
    this.i32 = new Int32Array(memory.buffer);
    this.isTimed = options.timing !== undefined;
    this.table = new EntryTable(memory, (context) => this.reached(context));
    this.translations = new Translations(memory, evaluator.sf, options, (run) => this.table.place(run));
  }

  /** What is remembered of the timing of blocks, if anything is. */
  get memo(): TimingMemo | undefined {
    return this.translations.memo;
  }

  get profile(): SiteProfile | undefined {
    return this.profiled;
  }

  set profile(profile: SiteProfile | undefined) {
    this.profiled = profile;
    // Ways say which addresses are marked.
    this.table.clear();
  }

  /** Runs a thread until a yield point where it has retired at least `deadline` instructions, or another reason. */
  run(thread: number, deadline: number): Exit {
    const context = contextBase(thread);
    return this.goOn(thread, context, deadline, this.enter(context, deadline));
  }

  /** The scheduler's rule for threads that want nothing but translated code; see Engine. */
  schedule(stretch: Stretch): Interrupted | undefined {
    const context = this.table.schedule(stretch);
    stretch.end = this.table.end;
    stretch.together = this.table.together;
    if (context === 0) return undefined;
    const thread = threadOf(context);
    return { thread, exit: this.goOn(thread, context, this.table.deadline, this.table.left) };
  }

  /** Goes from region to region as far as ways are known. */
  private enter(context: number, deadline: number): number {
    return this.isTimed ? this.table.run(context, deadline) : this.table.runCounting(context, deadline);
  }

  /** Goes on with a thread that has left translated code for a reason of LEFT. */
  private goOn(thread: number, context: number, deadline: number, reason: number): Exit {
    for (let left = reason; ; ) {
      let exit: Exit | undefined;
      switch (left) {
        case LEFT.yield:
          if (this.due(context, deadline)) return this.atSync(context) ? SYNC : YIELD;
          break;
        case LEFT.sync:
          return SYNC;
        case LEFT.single:
          exit = this.step(thread, context, deadline);
          break;
        default: {
          const pc = this.pc(context);
          this.reached(context);
          const entry = this.entry(context, pc);
          if (entry?.kind === 'sync') return SYNC;
          if (entry?.kind === 'region') {
            left = entry.run!(context, this.budget(context, deadline), entry.number);
            continue;
          }
          exit =
            entry === undefined ? this.walk(thread, context, deadline) : this.step(thread, context, deadline);
        }
      }
      if (exit !== undefined) return exit;
      left = this.enter(context, deadline);
    }
  }

  runSync(thread: number): Exit {
    const context = contextBase(thread);
    this.reached(context);
    // Next time it may need no look from here.
    if (this.translations.synchronises) this.entry(context, this.pc(context));
    return this.exitOf(this.stepOne(thread)) ?? YIELD;
  }

  /** A thread has come to where it stands by a branch, or stands before a synchronising instruction. */
  private reached(context: number): void {
    this.profiled?.reach(threadOf(context), this.pc(context));
  }

  settle(thread: number): void {
    this.memo?.settleForGood(thread);
  }

  private stepOne(thread: number): Event {
    this.memo?.settle(thread);
    const { timing, warming, traces } = this.options;
    const event = (timing?.timed ?? warming ?? traces?.timed ?? this.evaluator).step(thread);
    this.translations.noteExecuted(event.address);
    return event;
  }

  /** Mode of a thread as a number; see Translations. */
  private mode(context: number): number {
    const nj = (this.i32[(context + CTX.vscr) >> 2] & NJ) !== 0 ? 1 : 0;
    return (this.i32[(context + CTX.fpscr) >> 2] & ROUNDING) !== 0 ? nj + 2 : nj;
  }

  /** What translated code is given to know when to yield. */
  private budget(context: number, deadline: number): number {
    if (this.isTimed) return deadline;
    return Math.max(0, Math.min(LONGEST_RUN, deadline - this.retired(context)));
  }

  private due(context: number, deadline: number): boolean {
    if (this.isTimed) return this.i32[(context + CTX.issue) >> 2] >= deadline;
    return this.retired(context) >= deadline;
  }

  /** To be called when something else than the guest has changed its code. */
  codeChanged(): void {
    this.translations.codeChanged();
    this.table.clear();
  }

  /** One instruction by the evaluator. */
  private step(thread: number, context: number, deadline: number): Exit | undefined {
    const event = this.stepOne(thread);
    const exit = this.exitOf(event);
    if (exit !== undefined) return exit;
    const taken = event.branch?.taken ?? false;
    const mayYield = taken ? event.next <= event.address : event.next % YIELD_BYTES === 0;
    if (!mayYield || !this.due(context, deadline)) return undefined;
    return this.atSync(context) ? SYNC : YIELD;
  }

  /** Code that is not hot: by the evaluator, up to the next taken branch or reason to stop. */
  private walk(thread: number, context: number, deadline: number): Exit | undefined {
    for (;;) {
      const pc = this.pc(context);
      this.reached(context);
      if (this.atSync(context)) return SYNC;
      const exit = this.step(thread, context, deadline);
      if (exit !== undefined) return exit;
      if (this.pc(context) !== pc + 4) return undefined;
    }
  }

  private exitOf(event: Event): Exit | undefined {
    const { stop } = event;
    if (stop === undefined) {
      if (event.accesses.some(({ kind }) => kind === 'icbi')) this.codeChanged();
      return undefined;
    }
    if (stop.kind === 'systemCall') return { kind: 'systemCall' };
    return { kind: 'stop', reason: stop.kind, pc: event.address, message: stop.message };
  }

  private atSync(context: number): boolean {
    return this.translations.isSync(this.pc(context));
  }

  /** The entry at an address in the thread's present mode; undefined while it is not worth translating. */
  private entry(context: number, pc: number): Entry | undefined {
    const mode = this.mode(context);
    const entry = this.translations.entry(pc, mode);
    if (entry !== undefined) this.lead(entry, pc, mode);
    return entry;
  }

  /** Lets the next thread that comes to `pc` in this mode go on without a look from here. */
  private lead({ kind, run, place, number }: Entry, pc: number, mode: number): void {
    const isTold = this.profiled?.isMarked(pc) === true;
    if (run !== undefined) this.table.add(pc, mode, { place, number, isSync: kind === 'sync', isTold });
  }

  private pc(context: number): number {
    return this.i32[(context + CTX.pc) >> 2] >>> 0;
  }

  private retired(context: number): number {
    const low = (context + CTX.instructions) >> 2;
    return 2 ** 32 * (this.i32[low + 1] >>> 0) + (this.i32[low] >>> 0);
  }
}
