import { decode } from '../isa/table.js';
import type { MemorySystem } from '../memory/system.js';
import type { WovenStalls } from '../observe/woven-stalls.js';
import { syncKindOf } from '../timing/rules.js';
import { type CodeWords, type CompiledRegion, compiled, compiledAt } from './code-cache.js';
import { GUEST_BYTES } from './context.js';
import type { HostCapabilities } from './fma.js';
import { forgetLines } from './known-lines.js';
import { type Examined, findRegion, type Instruction, type Region, synchronisingRegion } from './regions.js';
import type { TimedEvaluator } from './timed-evaluator.js';
import { type MemoPolicy, TimingMemo } from './timing-memo.js';
import type { TraceReader } from './tracing.js';
import { findUntranslatable, needsEvaluator, type RegionFunction, translate } from './translate.js';
import { type TranslationMode, Untranslated } from './translate-values.js';
import type { WarmingEvaluator } from './warming.js';
import { wovenCalls } from './weave-calls.js';

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
export interface Entry {
  /** A single instruction is always executed by the evaluator; one that synchronises when it is its thread's turn. */
  readonly kind: 'region' | 'single' | 'sync';
  readonly run: RegionFunction | undefined;
  /** The function's place among those that threads are led to without a look from here, and the block to begin with. */
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

/** The guest's code as far as it has been translated, and what is worth translating. */
export class Translations {
  readonly memo: TimingMemo | undefined;
  private readonly view: DataView;
  /** By mode of a thread: whether VSCR[NJ] is set, and 2 more where FPSCR[RN] is not 0. */
  private readonly translations: readonly Translation[];
  private readonly visits = new Map<number, number>();
  /** Addresses of instructions that the evaluator has executed. */
  private readonly executed: Set<number> | undefined;
  private generation = 0;
  /** Whether synchronising instructions are translated: nobody must see how they are timed. */
  readonly synchronises: boolean;
  private readonly hot: number;
  private readonly imports: WebAssembly.Imports;

  /** `place` finds a place for a new function; see Entry. */
  constructor(
    memory: WebAssembly.Memory,
    sf: boolean,
    private readonly options: TranslatedOptions,
    private readonly place: (run: RegionFunction) => number,
  ) {
    this.view = new DataView(memory.buffer);
    this.hot = options.hot ?? (options.onlyExecuted ? HOT : 0);
    forgetLines(memory.buffer);
    if (options.onlyExecuted === true) this.executed = new Set();
    const { timing } = options;
    this.synchronises = timing !== undefined && timing.observer === undefined;
    const calls = timing === undefined ? options.warming?.calls : wovenCalls(timing.memorySystem);
    const policy = timing?.memo ?? 'adaptive';
    if (timing !== undefined && timing.observer === undefined && policy !== 'off')
      this.memo = new TimingMemo(memory, timing.timed.core, policy);
    this.imports = { e: { memory, ...calls, ...timing?.observer?.calls, ...this.memo?.calls } };
    this.translations = [0, 1, 2, 3].map((number) => this.translationFor(number, sf));
  }

  /** The entry at an address for a thread of such a mode; undefined while it is not worth translating. */
  entry(pc: number, mode: number): Entry | undefined {
    const translation = this.translations[mode];
    const found = translation.entries.get(pc);
    if (found !== undefined && this.current(found)) return found;
    const visits = (this.visits.get(pc) ?? 0) + 1;
    this.visits.set(pc, visits);
    const remade = visits === 1 ? this.remade(pc, translation) : undefined;
    return remade ?? (visits > this.hot ? this.make(pc, translation) : undefined);
  }

  /** The evaluator has executed the instruction at an address. */
  noteExecuted(pc: number): void {
    this.executed?.add(pc);
  }

  /** To be called when something else than the guest has changed its code. */
  codeChanged(): void {
    this.generation++;
    forgetLines(this.view.buffer);
  }

  private translationFor(number: number, sf: boolean): Translation {
    const [nj, rounding] = [(number & 1) !== 0, (number & 2) !== 0];
    const { relaxedFma, guarded, unproved, warming, traces, timing } = this.options;
    const mode = {
      sf,
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
    const kind = this.isSync(pc) ? 'sync' : 'region';
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
    const place = this.place(run);
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
      const before =
        this.options.timing !== undefined
          ? instructions.filter(({ pc }) => pc % 8 === 4).map(({ pc }) => pc - 4)
          : [];
      // What is executed alone says how the block ends.
      const alone = end.kind === 'single' || end.kind === 'sync' ? [end.pc] : [];
      return [...own, ...[...before, ...alone].map((pc) => [pc, this.word(pc)] as const)];
    });
  }

  /** Whether a synchronising instruction stands at an address. */
  isSync(pc: number): boolean {
    return syncKindOf(decode(this.word(pc))) !== undefined;
  }

  /** The word at an address. */
  word(pc: number): number {
    return this.view.getUint32(pc & (GUEST_BYTES - 1) & ~3);
  }
}
