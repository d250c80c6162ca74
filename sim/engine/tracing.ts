import type { Engine, Exit } from '../machine/scheduler.js';
import type { SiteProfile } from '../observe/site-profile.js';
import type { IssuePlan } from '../timing/plan.js';
import type { Predict, WindowTiming } from '../timing/window.js';
import type { WindowPlan } from '../timing/window-plan.js';
import { CTX, contextBase } from './context.js';
import type { Block, Region } from './regions.js';
import type { TimedEvaluator } from './timed-evaluator.js';
import type { TranslatedEngine } from './translated.js';
import type { Body, ImportedFunction, Local } from './wasm/builder.js';

/**
 * Translated code without time that tells what it did: the timing of an issue window then times whole programs that the
 * evaluator would take too long for. A block leaves the addresses of its accesses in the context and calls the host
 * once at its end, or where it leaves.
 */

/** `trace(context, block, done, taken, target)`: `done` instructions of the block at an address, if not all. */
export const TRACE_IMPORT: ImportedFunction = {
  name: 'trace',
  parameters: ['i32', 'i32', 'i32', 'i32', 'i32'],
  results: [],
};
const TRACE = 0;
/** Addresses of a block's accesses, from here on in the context. */
const ADDRESSES = CTX.scratch + 0x2000;
const MOST_ADDRESSES = 0x2000 / 4;
const ALL = -1;

/** Emits the telling into translated code. */
export class Tracer {
  private readonly block: Local;
  private accesses = 0;

  constructor(
    private readonly body: Body,
    private readonly context: Local,
  ) {
    this.block = body.locals.add('i32');
  }

  startBlock(pc: number): void {
    this.accesses = 0;
    this.body.i32(pc);
    this.body.set(this.block);
  }

  access(address: () => void): void {
    if (this.accesses === MOST_ADDRESSES) throw new RangeError('a block with too many accesses to trace');
    this.body.get(this.context);
    address();
    this.body.memory('i32.store', ADDRESSES + 4 * this.accesses++);
  }

  /** The block is over; `target` leaves the address of an indirect branch on the stack. */
  end(cond: Local | number, target: (() => void) | undefined): void {
    const { body } = this;
    body.get(this.context);
    body.get(this.block);
    body.i32(ALL);
    if (typeof cond === 'number') body.i32(cond);
    else body.get(cond);
    if (target === undefined) body.i32(0);
    else target();
    body.call(TRACE);
  }

  /** The block is left after so many instructions. */
  side(done: Local): void {
    const { body } = this;
    body.get(this.context);
    body.get(this.block);
    body.get(done);
    body.i32(0);
    body.i32(0);
    body.call(TRACE);
  }
}

type Trace = (context: number, block: number, done: number, taken: number, target: number) => void;

interface Told {
  pc: number;
  plan: IssuePlan;
  readonly windowPlan: WindowPlan;
  address: number;
  taken: boolean;
  next: number;
}

/** Hands what translated code tells to the timing of a core with an issue window. */
export class TraceReader {
  private readonly i32: Int32Array;

  constructor(
    buffer: ArrayBufferLike,
    readonly timed: TimedEvaluator,
    private readonly window: WindowTiming,
    private readonly predict: Predict,
  ) {
    this.i32 = new Int32Array(buffer);
  }

  /** What a region's code calls. */
  of(region: Region): Trace {
    const blocks = new Map(region.blocks.map((block) => [block.pc | 0, this.events(block)]));
    const i32 = this.i32;
    const window = this.window;
    const predict = this.predict;
    // Loops come to the same block again and again.
    let last = region.blocks[0].pc | 0;
    let events = blocks.get(last)!;
    return (context, pc, done, taken, target) => {
      if (pc !== last) {
        last = pc;
        events = blocks.get(pc)!;
      }
      const thread = (context - contextBase(0)) / (contextBase(1) - contextBase(0));
      let address = (context + ADDRESSES) >> 2;
      const count = done === ALL ? events.length : done;
      for (let i = 0; i < count; i++) {
        const event = events[i];
        const { windowPlan } = event;
        if (windowPlan.access !== undefined) event.address = i32[address++];
        if (windowPlan.isBranch) {
          event.taken = taken !== 0;
          event.next = target >>> 0;
        }
        window.issue(thread, windowPlan, event, predict);
      }
    };
  }

  private events({ instructions }: Block): Told[] {
    return instructions.map(({ pc }) => {
      const plan = this.timed.plan(pc);
      return { pc, plan, windowPlan: this.window.planned(plan), address: 0, taken: false, next: pc + 4 };
    });
  }
}

/** How many instructions run before the time is looked at. */
const STRETCH = 1 << 16;

/** Runs tracing code by the time that the readable model keeps. */
export class TracedEngine implements Engine {
  private readonly i32: Int32Array;
  private readonly counts: BigUint64Array;

  constructor(
    buffer: ArrayBufferLike,
    private readonly inner: TranslatedEngine,
  ) {
    this.i32 = new Int32Array(buffer);
    this.counts = new BigUint64Array(buffer);
  }

  get profile(): SiteProfile | undefined {
    return this.inner.profile;
  }
  set profile(profile: SiteProfile | undefined) {
    this.inner.profile = profile;
  }

  run(thread: number, deadline: number): Exit {
    const base = contextBase(thread);
    for (;;) {
      const retired = Number(this.counts[(base + CTX.instructions) >> 3]);
      const exit = this.inner.run(thread, retired + STRETCH);
      if (exit.kind !== 'yield' || this.i32[(base + CTX.issue) >> 2] >= deadline) return exit;
    }
  }

  runSync(thread: number): Exit {
    return this.inner.runSync(thread);
  }
}
