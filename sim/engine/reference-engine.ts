import { decode } from '../isa/table.js';
import type { Engine, Exit } from '../machine/scheduler.js';
import type { SiteProfile } from '../observe/site-profile.js';
import { syncKindOf } from '../timing/rules.js';
import { CTX, contextBase, GUEST_BYTES } from './context.js';
import { YIELD_BYTES } from './regions.js';
import type { TimedEvaluator } from './timed-evaluator.js';

/** The oracle with the readable timing model: each instruction evaluated, then issued. */
export class ReferenceEngine implements Engine {
  profile: SiteProfile | undefined;
  private readonly view: DataView;

  constructor(
    memory: ArrayBufferLike,
    private readonly timed: TimedEvaluator,
  ) {
    this.view = new DataView(memory);
  }

  run(thread: number, deadline: number): Exit {
    const context = contextBase(thread);
    let mayYield = false;
    for (;;) {
      const pc = this.view.getUint32(context + CTX.pc, true);
      this.profile?.reach(thread, pc);
      const word = this.view.getUint32(pc & (GUEST_BYTES - 1) & ~3);
      if (syncKindOf(decode(word)) !== undefined) return { kind: 'sync' };
      if (mayYield && this.view.getInt32(context + CTX.issue, true) >= deadline) return { kind: 'yield' };
      const event = this.timed.step(thread);
      const { stop } = event;
      if (stop?.kind === 'systemCall') return { kind: 'systemCall' };
      if (stop !== undefined) return { kind: 'stop', reason: stop.kind, pc, message: stop.message };
      mayYield = event.branch?.taken ? event.next <= pc : event.next % YIELD_BYTES === 0;
    }
  }

  runSync(thread: number): Exit {
    const { stop, address } = this.timed.step(thread);
    if (stop === undefined) return { kind: 'yield' };
    if (stop.kind === 'systemCall') return { kind: 'systemCall' };
    return { kind: 'stop', reason: stop.kind, pc: address, message: stop.message };
  }
}
