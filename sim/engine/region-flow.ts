import { CTX } from './context.js';
import type { Emitter } from './emitter.js';
import type { Ahead } from './memo-plan.js';
import { dispatch } from './region-dispatch.js';
import type { Layout } from './region-layout.js';
import { LEFT, type RegionTiming } from './region-timing.js';
import type { Block, Edge } from './regions.js';
import type { Body, Label, Local } from './wasm/builder.js';
import type { Weaver } from './weave.js';
import type { MemoWeaver } from './weave-memo.js';

/** Where control goes in a region that is being emitted, and how it leaves: nested loops, ends of blocks, the budget. */
export abstract class RegionFlow {
  protected readonly context: Local;
  protected readonly budget: Local;
  protected readonly next: Local;
  /** Budget left without timing, instructions of the current block not yet subtracted. */
  protected readonly left: Local;
  protected readonly pc: Local;
  protected readonly reason: Local;
  protected exit!: Label;
  private readonly blockLabels = new Map<number, Label>();
  private readonly loopLabels = new Map<number, Label>();
  /** Where bodies with records begin, behind their tests, that the block before has made. */
  protected readonly recordLabels = new Map<number, Label>();

  protected abstract readonly weaver: Weaver | undefined;
  protected abstract readonly memo: MemoWeaver | undefined;

  constructor(
    readonly body: Body,
    protected readonly layout: Layout,
    protected readonly timing: RegionTiming | undefined,
  ) {
    const { locals } = body;
    [this.context, this.budget, this.next] = locals.parameters;
    this.left = locals.add('i32');
    this.pc = locals.add('i32');
    this.reason = locals.add('i32');
  }

  /** Emits a block. */
  protected abstract block(number: number): void;

  /** Emits a look for the line of `pc` in the instruction cache. */
  protected abstract fetch(pc: number): void;

  /** Whether the block is all of a loop. */
  protected isAlone(number: number): boolean {
    return this.layout.loops.get(number) === number;
  }

  /** What the block before this one has tested for it as well. */
  protected abstract aheadOf(number: number): Ahead | undefined;

  /** Blocks `first` to `last`, the items of one nesting level: single blocks and loops. */
  protected range(first: number, last: number): void {
    const { body, layout } = this;
    // A loop has been begun already where its own blocks are emitted.
    const endOf = (item: number): number | undefined =>
      this.loopLabels.has(item) ? undefined : layout.loops.get(item);
    const items: number[] = [];
    for (let at = first; at <= last; at = (endOf(at) ?? at) + 1) items.push(at);
    const labels = new Map<number, Label>();
    for (const item of [...items].reverse()) {
      if (item > first && this.aheadOf(item) !== undefined) this.recordLabels.set(item, body.block());
      labels.set(item, body.block());
    }
    if (items.length > 1) {
      const labelOf = (block: number) => labels.get(items.findLast((item) => item <= block)!)!;
      dispatch(body, this.next, layout, { first, last }, labelOf);
    }
    for (const [i, item] of items.entries()) {
      body.end(labels.get(item)!);
      for (const later of items.slice(i + 1)) this.blockLabels.set(later, labels.get(later)!);
      const end = endOf(item);
      if (end === undefined) this.block(item);
      else {
        this.weaver?.follows(false);
        if (this.isAlone(item)) this.fetch(layout.blocks[item].pc);
        const loop = body.loop();
        this.loopLabels.set(item, loop);
        this.range(item, end);
        this.loopLabels.delete(item);
        body.end(loop);
      }
    }
  }

  protected end(number: number, block: Block, outcome: ReturnType<Emitter['finish']>): void {
    const { body } = this;
    const { end } = block;
    const last = block.instructions[block.instructions.length - 1].pc;
    const branch = this.branchTiming(block, outcome);
    switch (end.kind) {
      case 'fall':
        this.weaver?.passes();
        return this.follow(number, end.next);
      case 'single':
      case 'sync':
        this.weaver?.passes();
        return this.out(end.pc, LEFT[end.kind]);
      case 'branch':
        this.when(end.next === undefined ? 1 : outcome!.cond, () => {
          branch?.taken();
          this.follow(number, end.taken);
        });
        if (end.next === undefined) return;
        branch?.notTaken();
        return this.follow(number, end.next);
      case 'indirect': {
        const jump = () => {
          body.get(outcome!.target!);
          body.op('i32.wrap_i64');
          body.set(this.pc);
          branch?.taken();
          this.yieldIf(() => {
            body.get(this.pc);
            body.i32(last);
            body.op('i32.le_u');
          });
          body.i32(LEFT.branch);
          body.set(this.reason);
          body.br(this.exit);
        };
        if (end.next === undefined) return jump();
        this.when(outcome!.cond, jump);
        branch?.notTaken();
        return this.follow(number, end.next);
      }
    }
  }

  /** Emits what a branch that ends the block costs on either way; nothing for other ends and without timing. */
  private branchTiming(
    block: Block,
    outcome: ReturnType<Emitter['finish']>,
  ): { taken(): void; notTaken(): void } | undefined {
    const { weaver, timing, body } = this;
    if (weaver === undefined || outcome === undefined) return undefined;
    const instruction = block.instructions[block.instructions.length - 1];
    const { pc } = instruction;
    const plan = timing!.plan(instruction).branch!;
    const target = outcome.target === undefined ? undefined : () => body.get(this.pc);
    return { taken: () => weaver.taken(plan, pc, target), notTaken: () => weaver.notTaken(plan, pc) };
  }

  private when(cond: Local | number, then: () => void): void {
    if (typeof cond === 'number') {
      if (cond !== 0) then();
      return;
    }
    this.body.get(cond);
    const label = this.body.if();
    then();
    this.body.end(label);
  }

  /** Goes to the block or out of the region; never falls through. */
  private follow(from: number, edge: Edge): void {
    const { body, layout } = this;
    if (edge.yields) {
      body.i32(edge.pc);
      body.set(this.pc);
      this.yieldIf(undefined);
    }
    const target = layout.numbers.get(edge.pc);
    if (target === undefined) return this.out(edge.pc, LEFT.branch);
    const records = this.recordLabels.get(target);
    if (records !== undefined && target === from + 1 && this.memo!.remembers)
      this.memo!.goAhead(this.aheadOf(target)!, records);
    const route = layout.route(from, target);
    if (route.via !== target) {
      body.i32(target + 1);
      body.set(this.next);
    }
    body.br(route.backward ? this.loopLabels.get(route.via)! : this.blockLabels.get(route.via)!);
  }

  /** Leaves with reason yield when the budget is used up and `also` (left on the stack) holds; pc is set already. */
  private yieldIf(also: (() => void) | undefined): void {
    const { body } = this;
    body.i32(LEFT.yield);
    body.set(this.reason);
    if (this.weaver !== undefined) this.weaver.due(this.budget);
    else {
      body.get(this.left);
      body.i32(0);
      body.op('i32.le_s');
    }
    if (also !== undefined) {
      also();
      body.op('i32.and');
    }
    body.brIf(this.exit, 'unlikely');
  }

  private out(pc: number, reason: number): void {
    const { body } = this;
    body.i32(pc);
    body.set(this.pc);
    body.i32(reason);
    body.set(this.reason);
    body.br(this.exit);
  }

  protected spend(amount: () => void): void {
    const { body } = this;
    // A budget without timing is one of instructions.
    if (this.weaver !== undefined) return this.retire(body, amount);
    body.get(this.left);
    amount();
    body.op('i32.sub');
    body.set(this.left);
  }

  protected retire(body: Body, amount: () => void): void {
    body.get(this.context);
    body.get(this.context);
    body.memory('i64.load', CTX.instructions);
    amount();
    body.op('i64.extend_i32_u');
    body.op('i64.add');
    body.memory('i64.store', CTX.instructions);
  }
}
