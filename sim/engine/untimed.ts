import { decode } from '../isa/table.js';
import type { Engine, Exit } from '../machine/scheduler.js';
import type { MemorySystem } from '../memory/system.js';
import type { SiteProfile } from '../observe/site-profile.js';
import { syncKindOf } from '../timing/rules.js';
import { CTX, contextBase, GUEST_BYTES } from './context.js';
import type { Evaluator } from './evaluate.js';
import { YIELD_BYTES } from './regions.js';

/** An engine whose deadline is a number of retired instructions and that leaves every time alone. */
export type CountingEngine = Engine;

/** Runs such an engine by time: every instruction takes one cycle. */
export class UntimedEngine implements Engine {
  /** Has no effect: without time there is nothing to charge. */
  profile: SiteProfile | undefined;
  private readonly i32: Int32Array;
  private readonly counts: BigUint64Array;

  constructor(
    memory: ArrayBufferLike,
    private readonly inner: CountingEngine,
  ) {
    this.i32 = new Int32Array(memory);
    this.counts = new BigUint64Array(memory);
  }

  run(thread: number, deadline: number): Exit {
    const issue = this.i32[(contextBase(thread) + CTX.issue) >> 2];
    const budget = Math.max(1, (deadline - issue) >> 1);
    return this.timed(thread, (retired) => this.inner.run(thread, retired + budget));
  }

  runSync(thread: number): Exit {
    return this.timed(thread, () => this.inner.runSync(thread));
  }

  private timed(thread: number, act: (retired: number) => Exit): Exit {
    const base = contextBase(thread);
    const before = Number(this.counts[(base + CTX.instructions) >> 3]);
    const exit = act(before);
    const after = Number(this.counts[(base + CTX.instructions) >> 3]);
    this.i32[(base + CTX.issue) >> 2] += 2 * (after - before);
    return exit;
  }
}

/** The oracle as a counting engine: one instruction after the other. */
export class EvaluatingEngine implements CountingEngine {
  private readonly view: DataView;

  constructor(
    memory: ArrayBufferLike,
    private readonly evaluator: Pick<Evaluator, 'step'>,
  ) {
    this.view = new DataView(memory);
  }

  run(thread: number, deadline: number): Exit {
    const base = contextBase(thread);
    for (let mayYield = false; ; ) {
      const pc = this.view.getUint32(base + CTX.pc, true);
      const word = this.view.getUint32(pc & (GUEST_BYTES - 1) & ~3);
      if (syncKindOf(decode(word)) !== undefined) return { kind: 'sync' };
      if (mayYield && this.retired(base) >= deadline) return { kind: 'yield' };
      const { exit, next, backward } = this.step(thread);
      if (exit !== undefined) return exit;
      mayYield = backward || next % YIELD_BYTES === 0;
    }
  }

  runSync(thread: number): Exit {
    return this.step(thread).exit ?? { kind: 'yield' };
  }

  private retired(base: number): number {
    return Number(this.view.getBigUint64(base + CTX.instructions, true));
  }

  private step(thread: number): { exit: Exit | undefined; next: number; backward: boolean } {
    const { stop, address, branch, next } = this.evaluator.step(thread);
    const backward = branch?.taken === true && next <= address;
    if (stop === undefined) return { exit: undefined, next, backward };
    if (stop.kind === 'systemCall') return { exit: { kind: 'systemCall' }, next, backward };
    return { exit: { kind: 'stop', reason: stop.kind, pc: address, message: stop.message }, next, backward };
  }
}

/** The memory system of an engine without time: never asked for anything. */
export const NO_MEMORY_SYSTEM: MemorySystem = {
  loadMiss: (_core, _thread, _line, s) => s,
  prefetch: (_core, _thread, _line, s) => s,
  store: (_core, _thread, _address, _size, s) => s,
  zeroLine: (_core, _thread, _line, s) => s,
  flushLine: (_core, _thread, _line, s) => s,
  fetchMiss: (_core, _thread, _line, s) => s,
  sync: (_core, _thread, _kind, s) => s,
  loadReserve: (_core, _thread, _line, s) => s,
  storeConditional: (_core, _thread, _line, s) => s,
  rebase: () => {},
  reset: () => {},
  crowdedUntil: [],
};
