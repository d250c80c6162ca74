import { decode } from '../isa/table.js';
import type { CoreTiming } from '../timing/core-timing.js';
import type { IssuePlan } from '../timing/plan.js';
import type { ReferenceTiming } from '../timing/reference.js';
import { planOf } from '../timing/rules.js';
import { CTX, contextBase, GUEST_BYTES } from './context.js';
import type { Evaluator } from './evaluate.js';
import type { Event } from './event.js';

interface Known {
  readonly word: number;
  readonly before: number;
  readonly plan: IssuePlan;
}

/** Evaluates one instruction at a time and issues it on the readable timing model. */
export class TimedEvaluator {
  private readonly plans = new Map<number, Known>();
  private readonly view: DataView;

  constructor(
    memory: ArrayBufferLike,
    readonly evaluator: Evaluator,
    private readonly timing: ReferenceTiming,
    readonly core: CoreTiming,
  ) {
    this.view = new DataView(memory);
  }

  step(thread: number): Event {
    const pc = this.view.getUint32(contextBase(thread) + CTX.pc, true);
    const event = this.evaluator.step(thread);
    if (event.stop !== undefined && event.stop.kind !== 'systemCall') return event;
    const plan = this.plan(pc);
    this.timing.step(thread, {
      pc,
      plan,
      address: addressOf(event, plan),
      taken: event.branch?.taken ?? false,
      next: event.next,
    });
    return event;
  }

  /** How the instruction that stands at `pc` issues. */
  plan(pc: number): IssuePlan {
    const word = this.word(pc);
    const before = pc % 8 === 4 ? this.word(pc - 4) : 0;
    const known = this.plans.get(pc);
    if (known !== undefined && known.word === word && known.before === before) return known.plan;
    const plan = planOf(decode(word)!, decode(before), pc, this.evaluator.sf, this.core);
    this.plans.set(pc, { word, before, plan });
    return plan;
  }

  private word(pc: number): number {
    return this.view.getUint32(pc & (GUEST_BYTES - 1) & ~3);
  }
}

/** Where timing sees the access: what moves part of a vector stays inside its quadword, which is what counts. */
function addressOf(event: Event, { timing, access }: IssuePlan): number {
  const physical = event.accesses[0]?.physical ?? 0;
  const isVector = timing === 'loadVector' || timing === 'storeVector';
  return isVector && access !== undefined && 'size' in access && access.size === 16
    ? physical & ~15
    : physical;
}
