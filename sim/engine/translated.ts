import { decode } from '../isa/table.js';
import type { Engine, Exit, Interrupted, Stretch } from '../machine/scheduler.js';
import type { MemorySystem } from '../memory/system.js';
import type { SiteProfile } from '../observe/site-profile.js';
import type { WovenStalls } from '../observe/woven-stalls.js';
import { syncKindOf } from '../timing/rules.js';
import { type CodeWords, type CompiledRegion, compiled, compiledAt } from './code-cache.js';
import { CTX, contextBase, GUEST_BYTES, threadOf } from './context.js';
import { EntryTable } from './entry-table.js';
import type { Evaluator } from './evaluate.js';
import type { Event } from './event.js';
import type { HostCapabilities } from './fma.js';
import { forgetLines } from './known-lines.js';
import {
  type Examined,
  findRegion,
  type Instruction,
  type Region,
  synchronisingRegion,
  YIELD_BYTES,
} from './regions.js';
import type { TimedEvaluator } from './timed-evaluator.js';
import { type MemoPolicy, TimingMemo } from './timing-memo.js';
import type { TraceReader } from './tracing.js';
import { findUntranslatable, LEFT, needsEvaluator, type RegionFunction, translate } from './translate.js';
import { type TranslationMode, Untranslated } from './translate-values.js';
import type { WarmingEvaluator } from './warming.js';
import { wovenCalls } from './weave-calls.js';

const NJ = 0x1_0000;
const ROUNDING = 3;
const YIELD: Exit = { kind: 'yield' };
const SYNC: Exit = { kind: 'sync' };
/** Instructions one call into translated code may execute at most before it comes back. */
const LONGEST_RUN = 1 << 28;
/** How often an address is come to before the code of programs that do not run most of theirs is worth translating. */
const HOT = 4;

export interface TranslatedOptions extends HostCapabilities {
  /** Visits before translation; 0, as by default unless `onlyExecuted`, translates everything at once. */
  readonly hot?: number;
  /**
   * Only instructions that have been executed already come into a region: programs have much code that never runs.
   */
  readonly onlyExecuted?: boolean;
  /** Accesses are checked against the tables at GUARD_BASE, which whoever maps memory keeps. */
  readonly guarded?: boolean;
  /** Tests all vector arithmetic for denormals and NaNs; see region-proof.ts. */
  readonly unproved?: boolean;
  /** Keeps caches warm without time; not together with timing. */
  readonly warming?: WarmingEvaluator;
  /** Tells the readable timing model what was done; deadlines are instructions; not together with timing. */
  readonly traces?: TraceReader;
  /** Keeps time: a deadline is then a slot (half-cycles) instead of a number of retired instructions. */
  readonly timing?: {
    readonly timed: TimedEvaluator;
    readonly memorySystem: MemorySystem;
    /** Makes translated code count where its time goes. */
    readonly observer?: WovenStalls;
    /** Whether the timing of blocks is remembered, which an observer prevents; default adaptive. */
    readonly memo?: MemoPolicy | 'off';
  };
}

/** Where execution can go on: a translated function, or an instruction for the evaluator. */
interface Entry {
  /** A single instruction is always executed by the evaluator; one that synchronises when it is its thread's turn. */
  readonly kind: 'region' | 'single' | 'sync';
  readonly run: RegionFunction | undefined;
  /** The function's place in the entry table, and the block to begin with. */
  readonly place: number;
  readonly number: number;
  /** Addresses and words it was made from. */
  readonly code: CodeWords;
  /** Value of `generation` when the words were last seen to be in memory. */
  checked: number;
}

/** One of the four ways in which the modes of threads let code be translated. */
interface Translation {
  readonly mode: TranslationMode;
  /** Names all that translated code depends on besides guest code. */
  readonly name: string;
  readonly entries: Map<number, Entry>;
  readonly examined: Examined;
}

/**
 * Runs guest code as WebAssembly. Without timing a deadline is a number of retired instructions. Code that is not
 * worth it, or has no translation, goes to the evaluator, and with timing to the readable timing model.
 */
export class TranslatedEngine implements Engine {
  private readonly view: DataView;
  private readonly i32: Int32Array;
  /** By `mode`. */
  private readonly translations: readonly Translation[];
  private readonly visits = new Map<number, number>();
  /** Addresses of instructions that the evaluator has executed. */
  private readonly executed: Set<number> | undefined;
  /** Whether a word is a synchronising instruction. */
  private readonly syncs = new Map<number, boolean>();
  private generation = 0;
  /** The ways into regions that need no look from here. */
  private readonly table: EntryTable;
  private readonly isTimed: boolean;
  /** Whether synchronising instructions are translated: nobody must see how they are timed. */
  private readonly synchronises: boolean;
  private readonly hot: number;
  private readonly imports: WebAssembly.Imports;
  readonly memo: TimingMemo | undefined;
  private profiled: SiteProfile | undefined;

  constructor(
    memory: WebAssembly.Memory,
    private readonly evaluator: Evaluator,
    private readonly options: TranslatedOptions,
  ) {
    this.view = new DataView(memory.buffer);
    this.i32 = new Int32Array(memory.buffer);
    this.hot = options.hot ?? (options.onlyExecuted ? HOT : 0);
    forgetLines(memory.buffer);
    if (options.onlyExecuted === true) this.executed = new Set();
    const { timing } = options;
    this.isTimed = timing !== undefined;
    this.synchronises = timing !== undefined && timing.observer === undefined;
    const calls = timing === undefined ? options.warming?.calls : wovenCalls(timing.memorySystem);
    const policy = timing?.memo ?? 'adaptive';
    if (timing !== undefined && timing.observer === undefined && policy !== 'off')
      this.memo = new TimingMemo(memory, timing.timed.core, policy);
    this.imports = { e: { memory, ...calls, ...timing?.observer?.calls, ...this.memo?.calls } };
    this.translations = [0, 1, 2, 3].map((number) => this.translationFor(number));
    this.table = new EntryTable(memory, (context) => this.reached(context));
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
    if (this.synchronises) this.entry(context, this.pc(context));
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
    this.executed?.add(event.address);
    return event;
  }

  /** Mode of a thread as a number: an index of `entries`. */
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
    this.generation++;
    forgetLines(this.view.buffer);
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
    return this.isSync(this.word(this.pc(context)));
  }

  private isSync(word: number): boolean {
    let known = this.syncs.get(word);
    if (known === undefined) {
      const decoded = decode(word);
      known = decoded !== undefined && syncKindOf(decoded) !== undefined;
      this.syncs.set(word, known);
    }
    return known;
  }

  /** The entry at an address in the thread's present mode; undefined while it is not worth translating. */
  private entry(context: number, pc: number): Entry | undefined {
    const number = this.mode(context);
    const translation = this.translations[number];
    const found = translation.entries.get(pc);
    if (found !== undefined && this.current(found)) return this.known(found, pc, number);
    const visits = (this.visits.get(pc) ?? 0) + 1;
    this.visits.set(pc, visits);
    const remade = visits === 1 ? this.remade(pc, translation) : undefined;
    const made = remade ?? (visits > this.hot ? this.make(pc, translation) : undefined);
    return made && this.known(made, pc, number);
  }

  private translationFor(number: number): Translation {
    const [nj, rounding] = [(number & 1) !== 0, (number & 2) !== 0];
    const { relaxedFma, guarded, unproved, warming, traces, timing } = this.options;
    const mode = {
      sf: this.evaluator.sf,
      nj,
      rounding,
      relaxedFma,
      guarded,
      unproved,
      traced: traces !== undefined,
    };
    const remembers = this.memo === undefined ? '' : 'with records ';
    const made = timing === undefined ? warming?.key : JSON.stringify(timing.timed.core);
    const name = `${remembers}${made}${JSON.stringify(mode)}`;
    return { mode, name, entries: new Map(), examined: new Map() };
  }

  /** Lets the next thread that comes to `pc` in this mode go on without a look from here. */
  private known(entry: Entry, pc: number, mode: number): Entry {
    const { kind, run, place, number } = entry;
    const isTold = this.profiled?.isMarked(pc) === true;
    if (run !== undefined) this.table.add(pc, mode, { place, number, isSync: kind === 'sync', isTold });
    return entry;
  }

  private isTranslated(entry: Entry | undefined): boolean {
    return entry?.kind === 'region' && this.current(entry);
  }

  private current(entry: Entry): boolean {
    if (entry.checked === this.generation) return true;
    if (!entry.code.every(([pc, word]) => this.word(pc) === word)) return false;
    entry.checked = this.generation;
    return true;
  }

  /** The entry at an address for whose code some engine has compiled a region already. */
  private remade(pc: number, translation: Translation): Entry | undefined {
    const { timing, traces } = this.options;
    if (timing?.observer !== undefined || traces !== undefined) return undefined;
    const isThere = (code: CodeWords) => code.every(([at, word]) => this.word(at) === word);
    const region = compiledAt(translation.name, pc, isThere);
    if (region === undefined) return undefined;
    const kind = this.isSync(this.word(pc)) ? 'sync' : 'region';
    return this.enterable(pc, kind, region, this.imports, translation);
  }

  private make(pc: number, translation: Translation): Entry {
    const { mode, entries, examined } = translation;
    const region = findRegion(
      pc,
      (at) => this.word(at),
      mode.sf,
      (instruction) => needsEvaluator(instruction, mode),
      undefined,
      examined,
      // What has been translated already is not translated again.
      (at) => (this.executed === undefined || this.executed.has(at)) && !this.isTranslated(entries.get(at)),
    );
    if (region.end === 'single' || (region.end === 'sync' && !this.synchronises)) {
      const code = [[pc, this.word(pc)]] as const;
      const checked = this.generation;
      entries.set(pc, { kind: region.end, run: undefined, place: 0, number: 0, code, checked });
      return entries.get(pc)!;
    }
    const kind = region.end ?? 'region';
    const translated = kind === 'sync' ? synchronisingRegion(pc, this.word(pc), mode.sf) : region;
    const result = this.compiled(translated, translation);
    if (result === undefined) return this.make(pc, translation);
    const { traces } = this.options;
    const imports =
      traces === undefined ? this.imports : { e: { ...this.imports.e, ...traces.importsOf(region) } };
    return this.enterable(pc, kind, result, imports, translation);
  }

  /** Lets threads enter a region; returns the entry at `pc`. */
  private enterable(
    pc: number,
    kind: 'region' | 'sync',
    { module, entries: numbers, code, points, memo }: CompiledRegion,
    imports: WebAssembly.Imports,
    { entries }: Translation,
  ): Entry {
    if (memo !== undefined) this.memo!.adopt(memo);
    if (points !== undefined) this.options.timing!.observer!.adopt(points);
    const run = new WebAssembly.Instance(module, imports).exports.run as RegionFunction;
    const place = this.table.place(run);
    for (const [at, number] of numbers) {
      const known = entries.get(at);
      if (at !== pc && known !== undefined && this.current(known)) continue;
      entries.set(at, { kind, run, place, number, code, checked: this.generation });
    }
    return entries.get(pc)!;
  }

  /** Undefined where the region has instructions without a translation, which it will not have next time. */
  private compiled(region: Region, { mode, name, examined }: Translation): CompiledRegion | undefined {
    const { timed, observer } = this.options.timing ?? {};
    const observed = observer === undefined ? '' : `observed at ${observer.next}:`;
    const timing = timed && {
      core: timed.core,
      plan: ({ pc }: Instruction) => timed.plan(pc),
      points: observer?.allocator(),
    };
    try {
      return compiled(`${observed}${name}`, region.entry, this.codeOf(region), () =>
        translate(region, mode, timing, this.memo !== undefined, this.options.warming),
      );
    } catch (error) {
      const found = error instanceof Untranslated ? findUntranslatable(region, mode) : [];
      if (found.length === 0) throw error;
      for (const { pc } of found) examined.delete(pc);
      return undefined;
    }
  }

  /** Addresses and words that a region is made from. */
  private codeOf(region: Region): CodeWords {
    return region.blocks.flatMap(({ instructions, end }) => {
      const own = instructions.map(({ pc, decoded }) => [pc, decoded.word] as const);
      // Whether an instruction pairs depends on the word before it, which may lie outside the region.
      const before = this.isTimed
        ? instructions.filter(({ pc }) => pc % 8 === 4).map(({ pc }) => pc - 4)
        : [];
      // What is executed alone says how the block ends.
      const alone = end.kind === 'single' || end.kind === 'sync' ? [end.pc] : [];
      return [...own, ...[...before, ...alone].map((pc) => [pc, this.word(pc)] as const)];
    });
  }

  private pc(context: number): number {
    return this.i32[(context + CTX.pc) >> 2] >>> 0;
  }

  private retired(context: number): number {
    const low = (context + CTX.instructions) >> 2;
    return 2 ** 32 * (this.i32[low + 1] >>> 0) + (this.i32[low] >>> 0);
  }

  private word(pc: number): number {
    return this.view.getUint32(pc & (GUEST_BYTES - 1) & ~3);
  }
}
