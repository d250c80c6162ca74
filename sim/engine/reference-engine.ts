import { type Decoded, decode } from '../isa/table.js';
import type { Engine, Exit } from '../machine/scheduler.js';
import type { SiteProfile } from '../observe/site-profile.js';
import type { CoreTiming } from '../timing/core-timing.js';
import type { IssuePlan } from '../timing/plan.js';
import type { ReferenceTiming } from '../timing/reference.js';
import { planOf, syncKindOf } from '../timing/rules.js';
import { CTX, GUEST_BYTES, contextBase } from './context.js';
import type { Evaluator } from './evaluate.js';

/** Bytes between the yield points of straight-line code. */
export const YIELD_BYTES = 256;

interface Known {
  readonly word: number;
  readonly before: number;
  readonly plan: IssuePlan;
}

/** The oracle with the readable timing model: each instruction evaluated, then issued. */
export class ReferenceEngine implements Engine {
  profile: SiteProfile | undefined;
  private readonly plans = new Map<number, Known>();
  private readonly view: DataView;

  constructor(
    memory: ArrayBufferLike,
    private readonly evaluator: Evaluator,
    private readonly timing: ReferenceTiming,
    private readonly core: CoreTiming,
  ) {
    this.view = new DataView(memory);
  }

  run(thread: number, deadline: number): Exit {
    let atStart = true;
    for (;;) {
      const pc = this.pc(thread);
      this.profile?.reach(thread, pc);
      const word = this.word(pc);
      const decoded = decode(word);
      if (decoded !== undefined && syncKindOf(decoded) !== undefined) return { kind: 'sync' };
      if (!atStart && this.yields(thread, pc, deadline)) return { kind: 'yield' };
      atStart = false;
      const exit = this.step(thread, pc, word, decoded);
      if (exit !== undefined) return exit;
    }
  }

  runSync(thread: number): Exit {
    const pc = this.pc(thread);
    const word = this.word(pc);
    return this.step(thread, pc, word, decode(word)) ?? { kind: 'yield' };
  }

  /** After a backward branch, or where straight-line code enters a new 256-byte block. */
  private cameBy: 'fall' | 'backward' | 'forward' = 'forward';

  private yields(thread: number, pc: number, deadline: number): boolean {
    if (this.cameBy === 'forward' || (this.cameBy === 'fall' && pc % YIELD_BYTES !== 0)) return false;
    return this.view.getInt32(contextBase(thread) + CTX.issue, true) >= deadline;
  }

  private step(thread: number, pc: number, word: number, decoded: Decoded | undefined): Exit | undefined {
    const event = this.evaluator.step(thread);
    const { stop } = event;
    if (stop !== undefined && stop.kind !== 'systemCall') {
      return { kind: 'stop', reason: stop.kind, pc, message: stop.message };
    }
    const taken = event.branch?.taken ?? false;
    this.timing.step(thread, {
      pc,
      plan: this.plan(pc, word, decoded!),
      address: event.accesses[0]?.physical ?? 0,
      taken,
      next: event.next,
    });
    this.cameBy = taken ? (event.next <= pc ? 'backward' : 'forward') : 'fall';
    return stop === undefined ? undefined : { kind: 'systemCall' };
  }

  private plan(pc: number, word: number, decoded: Decoded): IssuePlan {
    const before = pc % 8 === 4 ? this.word(pc - 4) : 0;
    const known = this.plans.get(pc);
    if (known !== undefined && known.word === word && known.before === before) return known.plan;
    const plan = planOf(decoded, decode(before), pc, this.evaluator.sf, this.core);
    this.plans.set(pc, { word, before, plan });
    return plan;
  }

  private pc(thread: number): number {
    return Number(this.view.getBigUint64(contextBase(thread) + CTX.pc, true) & 0xffff_ffffn);
  }

  private word(pc: number): number {
    return this.view.getUint32(pc & (GUEST_BYTES - 1));
  }
}
