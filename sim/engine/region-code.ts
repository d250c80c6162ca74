import { GPR } from '../isa/registers.js';
import { CTX } from './context.js';
import { Emitter } from './emitter.js';
import { fetchPoints } from './fetch-points.js';
import { offsetFromBase, Spans } from './group-code.js';
import { readAhead } from './host-prefetch.js';
import type { Ahead, MemoBlock } from './memo-plan.js';
import { Prover, suspend } from './proof-code.js';
import { RegionFlow } from './region-flow.js';
import { type Layout, registersOf, singlesOf, writtenOf } from './region-layout.js';
import { type BlockProof, proofsOf } from './region-proof.js';
import { LEFT, type RegionTiming } from './region-timing.js';
import type { Block, Instruction } from './regions.js';
import { Tracer } from './tracing.js';
import { type MovingSemantics, semanticsOf } from './translate-semantics.js';
import { type Helpers, type KnownValues, registerHome, type TranslationMode } from './translate-values.js';
import { Warmer, type WarmingParts, warmGroups } from './warming-code.js';
import type { Body, Label, Local } from './wasm/builder.js';
import { type KnownTimes, Weaver } from './weave.js';
import { type BlockGroups, groupsOf, pointersOf, prefetchAddresses } from './weave-groups.js';
import { MemoWeaver } from './weave-memo.js';
import { ObservingWeaver } from './weave-observe.js';

/** What holds between two instructions. */
interface Known {
  readonly values: KnownValues;
  readonly times: KnownTimes | undefined;
}

/** One of several bodies of a block. */
interface BodyKind {
  /** Loads hit lines that were looked up at the head. */
  readonly groups?: BlockGroups;
  /** Loads lie in one line each, whether or not one look-up stands for all. */
  readonly lines?: BlockGroups;
  /** What the block's proof rests on holds. */
  readonly proved?: boolean;
  readonly head?: Known;
}

/** Instructions of a loop that are worth a body for iterations that follow each other. */
const LONG_LOOP = 48;

/** With this many registers at most a region keeps them in variables from its entry to its exit; fewer with their times. */
const FEW_REGISTERS = { timed: 20, untimed: 48 };

/** The code of one region while it is being emitted. */
export class RegionCode extends RegionFlow {
  private emitter!: Emitter;
  private semantics!: MovingSemantics;
  /** Instructions of its block that were done before one that leaves. */
  private readonly done: Local;
  protected readonly weaver: Weaver | undefined;
  protected readonly memo: MemoWeaver | undefined;
  private readonly warmer: Warmer | undefined;
  private readonly tracer: Tracer | undefined;
  /** Registers and their ready times stay in the context; see Emitter. */
  private readonly inContext: boolean;
  private readonly pointers: ReadonlySet<number>;
  private readonly spans: Spans;
  /** What needs no tests in which block, where that is anything. */
  private readonly proofs: readonly BlockProof[] | undefined;
  private prover: Prover | undefined;
  private current!: { pc: number; done: number };
  constructor(
    body: Body,
    layout: Layout,
    private readonly mode: TranslationMode,
    timing: RegionTiming | undefined,
    private readonly helpers: Helpers,
    warming?: WarmingParts,
  ) {
    super(body, layout, timing);
    this.done = body.locals.add('i32');
    this.pointers = pointersOf(layout.blocks.flatMap(({ instructions }) => instructions));
    this.proofs = mode.unproved ? undefined : proofsOf(layout, this.pointers, mode.sf);
    this.inContext = registersOf(layout) > FEW_REGISTERS[timing === undefined ? 'untimed' : 'timed'];
    this.spans = new Spans(body.locals, writtenOf(layout));
    const { context, inContext, spans } = this;
    if (warming !== undefined) this.warmer = new Warmer(body, context, warming, spans, inContext);
    if (mode.traced) this.tracer = new Tracer(body, context);
    if (timing?.points !== undefined) {
      this.weaver = new ObservingWeaver(body, context, timing.core, spans, inContext, timing.points);
    } else if (timing?.memo !== undefined) {
      this.memo = new MemoWeaver(body, context, timing.core, spans, timing.memo);
      this.weaver = this.memo;
    } else if (timing !== undefined) this.weaver = new Weaver(body, context, timing.core, spans, inContext);
  }

  /** Registers into local variables. */
  enter(body: Body): void {
    for (const [reg, local] of this.inContext ? [] : this.emitter.registers) {
      const { load, offset } = registerHome(reg);
      body.get(this.context);
      body.memory(load, offset);
      body.set(local);
    }
    this.emitter.enterWords(body);
    this.spans.enter(body, (reg) => this.emitter.pushLowAtEntry(body, GPR + reg));
    this.prover?.resume(body);
    if (this.weaver !== undefined) return this.weaver.enter(body, this.next);
    this.warmer?.enter(body);
    body.get(this.budget);
    body.set(this.left);
  }

  /** Written registers, pc and instruction count back into the context; gives the reason. */
  leave(body: Body): void {
    for (const reg of this.inContext ? [] : this.emitter.written) {
      const { store, offset } = registerHome(reg);
      body.get(this.context);
      body.get(this.emitter.register(reg));
      body.memory(store, offset);
    }
    body.get(this.context);
    body.get(this.pc);
    body.op('i64.extend_i32_u');
    body.memory('i64.store', CTX.pc);
    if (this.weaver === undefined) {
      this.retire(body, () => {
        body.get(this.budget);
        body.get(this.left);
        body.op('i32.sub');
      });
    }
    this.weaver?.leave(body);
    this.warmer?.leave(body);
    if (this.memo !== undefined) suspend(body, this.context, this.reason, this.prover);
    body.get(this.reason);
  }

  emit(): void {
    const { body } = this;
    this.exit = body.block();
    const side = body.block();
    this.emitter = new Emitter(
      body,
      this.mode,
      side,
      () => {
        body.i32(this.current.done);
        body.set(this.done);
        body.i32(this.current.pc);
        body.set(this.pc);
        this.weaver?.beforeSide(this.current.done);
        this.warmer?.beforeSide();
      },
      {
        timed: this.weaver !== undefined || this.warmer !== undefined || this.tracer !== undefined,
        context: this.inContext ? this.context : undefined,
        helpers: this.helpers,
        singles: this.inContext ? undefined : singlesOf(this.layout),
      },
    );
    const { emitter } = this;
    if (this.proofs !== undefined) {
      this.prover = new Prover(
        body,
        this.helpers,
        this.spans,
        (reg) => emitter.pushRegister(reg),
        (reg) => this.pushLow(reg),
        this.memo && { context: this.context, region: this.memo.number },
      );
    }
    this.semantics = semanticsOf(emitter, this.mode, () => body.get(this.context));
    this.range(0, this.layout.blocks.length - 1);
    body.end(side);
    this.spend(() => body.get(this.done));
    this.weaver?.side(this.done);
    this.warmer?.side();
    this.tracer?.side(this.done);
    body.i32(LEFT.single);
    body.set(this.reason);
    body.end(this.exit);
  }

  protected override block(number: number): void {
    const { body, layout } = this;
    const block = layout.blocks[number];
    if (layout.blocks.length > 1) {
      body.i32(0);
      body.set(this.next);
    }
    this.spans.constants = this.proofOf(number)?.constants ?? new Map();
    const plan = this.memo?.enterBlock(number);
    if (plan !== undefined) return this.inMemo(this.memo!, plan, number, block);
    this.memo?.settleIfRemembered();
    this.bodies(number, block, false);
  }

  /** The bodies without records. */
  private bodies(number: number, block: Block, remembers: boolean): void {
    const { body } = this;
    // The guards that may come first see nothing of the code emitted before.
    this.emitter.startBlock();
    // Of what a loop of one block does, nothing takes its lines away: it looks before it begins.
    if (!this.isAlone(number)) this.fetch(block.pc);
    // Where records serve, what they do not serve is rare: one more body is enough for it.
    const groups = remembers ? undefined : this.groupsOf(block);
    if (groups !== undefined && this.isLoop(number, block)) return this.loop(number, block, groups);
    if (groups !== undefined) return this.inGroups(number, block, groups);
    if (!remembers && this.proofOf(number) !== undefined) {
      const otherwise = body.block();
      this.prove(number, undefined, otherwise);
      this.blockBody(number, block, { proved: true });
      body.end(otherwise);
    }
    this.blockBody(number, block, {});
  }

  private groupsOf({ instructions }: Block): BlockGroups | undefined {
    const { timing, pointers } = this;
    if (this.warmer !== undefined) return warmGroups(instructions, pointers);
    return timing && groupsOf(instructions, (instruction) => timing.plan(instruction), pointers);
  }

  /** The block's proof, where it is worth a body without tests. */
  private proofOf(number: number): BlockProof | undefined {
    const proof = this.proofs?.[number];
    return proof === undefined || proof.proven.size === 0 ? undefined : proof;
  }

  /** Goes to `otherwise` where the block's proof does not hold; `groups` have been looked at already. */
  private prove(number: number, groups: BlockGroups | undefined, otherwise: Label): void {
    const proof = this.proofOf(number);
    const lineOf = (base: number) => groups && this.looker!.lineOf(groups, base);
    if (proof !== undefined) this.prover!.guard(proof, otherwise, lineOf);
  }

  protected override fetch(pc: number): void {
    this.weaver?.fetch(pc);
    this.warmer?.fetch(pc);
  }

  /** Goes to `otherwise` where a line of the block beyond its first is not in the instruction cache. */
  private guardFetches({ instructions }: Block, otherwise: Label): void {
    for (const { pc } of instructions.slice(1)) if (pc % 128 === 0) this.looker!.guardFetch(pc, otherwise);
  }

  /** A body that takes its timing from records, and before it what the block does where its tests fail. */
  private inMemo(memo: MemoWeaver, plan: MemoBlock, number: number, block: Block): void {
    const { body } = this;
    const records = this.recordLabels.get(number) ?? body.block();
    const general = body.block();
    memo.take(plan, general);
    const settle = body.block();
    this.emitter.startBlock();
    memo.guardLines(this.isAlone(number), settle);
    memo.memoGuard(plan, (reg) => this.pushLow(reg), settle);
    this.prove(number, plan.groups, settle);
    body.br(records);
    body.end(settle);
    memo.settle();
    body.end(general);
    this.bodies(number, block, true);
    body.end(records);
    this.emitter.startBlock();
    readAhead(body, this.context, prefetchAddresses(block.instructions), (reg) => this.pushLow(reg));
    memo.remember(plan);
    this.blockBody(number, block, { lines: plan.groups, proved: true });
    memo.remember(undefined);
  }

  protected override aheadOf(number: number): Ahead | undefined {
    if (this.layout.loops.has(number)) return undefined;
    return this.memo?.aheadOf(number, (number) => this.proofOf(number));
  }

  /** Two bodies: one for loads that hit lines known at the head, one for all others. */
  private inGroups(number: number, block: Block, groups: BlockGroups): void {
    const { body, looker } = this;
    const otherwise = body.block();
    this.guardFetches(block, otherwise);
    looker!.guard(groups, (reg) => this.pushLow(reg), otherwise);
    this.prove(number, groups, otherwise);
    this.blockBody(number, block, { groups, proved: true });
    body.end(otherwise);
    this.blockBody(number, block, {});
  }

  /** Whether the block is a loop of its own. */
  private isLoop(number: number, { pc, end }: Block): boolean {
    return end.kind === 'branch' && end.taken.pc === pc && this.isAlone(number);
  }

  /**
   * A loop of one block with groups, in three bodies: for the first iteration whose lines the L1 cache has, perhaps
   * still in flight; for those that follow such a one, of which much is known; and for all others. The second is left
   * out where the block is long: most is known after a few instructions, and the host's instruction cache is small.
   */
  private loop(number: number, block: Block, groups: BlockGroups): void {
    const { body } = this;
    const weaver = this.weaver!;
    const isLong = block.instructions.length > LONG_LOOP;
    if (this.warmer !== undefined || this.memo !== undefined || isLong)
      return this.inGroups(number, block, groups);
    const otherwise = body.block();
    this.guardFetches(block, otherwise);
    weaver.guard(groups, (reg) => this.pushLow(reg), otherwise);
    this.prove(number, groups, otherwise);
    const following = body.block();
    weaver.pushFollows();
    body.brIf(following);
    weaver.follows(true);
    const known = this.blockBody(number, block, { groups, proved: true });
    body.end(following);
    this.blockBody(number, block, { groups, proved: true, head: known });
    body.end(otherwise);
    weaver.follows(false);
    this.blockBody(number, block, {});
  }

  /** Pushes the low word of a general register. */
  private pushLow(reg: number): void {
    this.emitter.pushLow(GPR + reg);
  }

  /** Returns what is known of values and times when the block's branch is taken. */
  private blockBody(
    number: number,
    block: Block,
    { groups, lines = groups, proved = false, head }: BodyKind,
  ): Known {
    const { body, emitter } = this;
    emitter.startBlock(head?.values, proved ? this.spans.constants : undefined);
    this.weaver?.startBlock(groups, head?.times);
    this.warmer?.startBlock(groups);
    this.tracer?.startBlock(number);
    const last = block.instructions.length - 1;
    // A body in groups or with records runs only where all lines are there, and has no flush.
    const isGuarded = groups !== undefined || this.memo?.remembers === true;
    const fetches = isGuarded ? undefined : fetchPoints(block);
    let outcome: ReturnType<Emitter['finish']>;
    for (const [i, instruction] of block.instructions.entries()) {
      this.current = { pc: instruction.pc, done: i };
      if (fetches?.has(i)) this.fetch(instruction.pc);
      emitter.proved = proved && this.proofOf(number)?.proven.has(i) === true;
      emitter.offsetInLine = lines && proved ? offsetFromBase(lines, i, this.spans) : undefined;
      outcome = this.instruction(instruction, i);
      if (i < last) emitter.release();
    }
    emitter.proved = false;
    emitter.offsetInLine = undefined;
    const keeps = this.proofs?.[number].keeps;
    if (keeps !== undefined && !(proved ? keeps.proved : keeps.tested)) this.prover!.after(false);
    this.spend(() => body.i32(block.instructions.length));
    this.weaver?.endInstructions();
    this.warmer?.endInstructions();
    const target = outcome?.target;
    const pushTarget = (): void => {
      body.get(target!);
      body.op('i32.wrap_i64');
    };
    this.tracer?.end(outcome?.cond ?? 0, target === undefined ? undefined : pushTarget);
    const known = { values: emitter.knownValues(), times: this.weaver?.afterTaken() };
    this.end(number, block, outcome);
    emitter.release();
    return known;
  }

  private instruction(instruction: Instruction, at: number): ReturnType<Emitter['finish']> {
    const { emitter, weaver } = this;
    const { pc, decoded } = instruction;
    this.semantics.pc = pc;
    decoded.row.exec(this.semantics, decoded.fields);
    const outcome = emitter.finish();
    const { access } = emitter;
    if (access !== undefined) {
      this.warmer?.access(
        instruction,
        at,
        () => emitter.push(access),
        () => this.leaveBehindIf(pc, at),
      );
      this.tracer?.access(() => emitter.push(access));
    }
    if (weaver === undefined) return outcome;
    const plan = this.timing!.plan(instruction);
    weaver.begin(pc, plan);
    const leaveIf = () => this.leaveBehindIf(pc, at);
    weaver.instruction(plan, at, access && (() => emitter.push(access)), leaveIf);
    if (weaver.lost(plan, at)) leaveIf();
    return outcome;
  }

  /** If the i32 on the stack is not 0, the evaluator takes the next instruction; then the block is no longer this one. */
  private leaveBehindIf(pc: number, at: number): void {
    this.current = { pc: pc + 4, done: at + 1 };
    this.emitter.leaveIf();
  }

  /** What looks lines up, where anything does. */
  private get looker(): Weaver | Warmer | undefined {
    return this.weaver ?? this.warmer;
  }
}
