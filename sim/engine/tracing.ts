import { ALL, TRACED_ADDRESSES, type TracedWindow } from '../timing/traced-window.js';
import { CONTEXT_BYTES } from './context.js';
import type { Region } from './regions.js';
import type { TimedEvaluator } from './timed-evaluator.js';
import type { Body, ImportedFunction, Local } from './wasm/builder.js';

/**
 * Translated code without time that tells what it did: the timing of an issue window then times whole programs that the
 * evaluator would take too long for. A block leaves the addresses of its accesses in the context and calls the timing
 * once at its end, or where it leaves.
 */

/** `trace(context, block, done, taken, target)`: see timing/wasm/index.ts. */
export const TRACE_IMPORT: ImportedFunction = {
  name: 'trace',
  parameters: ['i32', 'i32', 'i32', 'i32', 'i32'],
  results: [],
};
const TRACE = 0;
/** Where the plans of the region's blocks are. */
export const PLANS_IMPORT = 'plans';
const PLANS = 0;
const MOST_ADDRESSES = (CONTEXT_BYTES - TRACED_ADDRESSES) / 4;

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

  startBlock(number: number): void {
    this.accesses = 0;
    this.body.getGlobal(PLANS);
    this.body.i32(4 * number);
    this.body.op('i32.add');
    this.body.set(this.block);
  }

  access(address: () => void): void {
    if (this.accesses === MOST_ADDRESSES) throw new RangeError('a block with too many accesses to trace');
    this.body.get(this.context);
    address();
    this.body.memory('i32.store', TRACED_ADDRESSES + 4 * this.accesses++);
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

/** Gives translated code the timing of a core with an issue window to tell. */
export class TraceReader {
  constructor(
    readonly timed: TimedEvaluator,
    private readonly window: TracedWindow,
  ) {}

  /** What a region's code calls, and where the plans of its blocks are. */
  importsOf(region: Region): WebAssembly.ModuleImports {
    const blocks = region.blocks.map(({ instructions }) =>
      instructions.map(({ pc }) => ({ pc, plan: this.timed.plan(pc) })),
    );
    const plans = new WebAssembly.Global({ value: 'i32' }, this.window.place(blocks));
    return { trace: this.window.trace as WebAssembly.ImportValue, plans };
  }
}
