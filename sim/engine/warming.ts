import { codeWith, type MemoryModule } from '../memory/instantiate.js';
import { CTX, contextBase, fetchLine, fetchMap } from './context.js';
import type { Evaluator } from './evaluate.js';
import type { Event } from './event.js';
import type { WarmingParts } from './warming-code.js';
import { type InlineFunction, inlineFunction } from './wasm/inline.js';

/*
 * Functional warming: code runs without time and keeps the caches warm, so that detailed timing can go on afterwards.
 * What an instruction touches is what timing looks at: the line of its first byte. Stores of a thread to the line it
 * stored to last count once, as gathered stores do, until it comes to a fence, an atomic or a system call. Here plainly;
 * warming-code.ts does the same in translated code.
 */

/** Evaluates one instruction at a time and warms the caches with what it touches. */
export class WarmingEvaluator implements WarmingParts {
  /** What translated code may call. */
  readonly calls: WebAssembly.ModuleImports;
  readonly clock: number;
  readonly miss: InlineFunction;
  /** Names all that translated code is made of. */
  readonly key: string;
  private readonly i32: Int32Array;
  private readonly u8: Uint8Array;

  constructor(
    buffer: ArrayBufferLike,
    private readonly evaluator: Evaluator,
    private readonly module: MemoryModule,
    /** Those of the module; see memory/wasm/numbers.ts. */
    numbers: Readonly<Record<string, number>>,
  ) {
    this.clock = numbers.warmClock;
    this.calls = { ...module };
    this.miss = inlineFunction(codeWith(numbers), 'warmMiss');
    this.key = `${this.clock}:${this.miss.code}`;
    this.i32 = new Int32Array(buffer);
    this.u8 = new Uint8Array(buffer);
  }

  step(thread: number): Event {
    const event = this.evaluator.step(thread);
    const context = contextBase(thread);
    if (event.stop === undefined || event.stop.kind === 'systemCall') this.fetch(context, event.address);
    const stored = (context + CTX.warmStored) >> 2;
    const [access] = event.accesses;
    if (event.barrier !== undefined || event.stop !== undefined) this.i32[stored] = -1;
    if (access === undefined || event.stop !== undefined) return event;
    const { module } = this;
    const line = access.physical >>> 7;
    const before = this.i32[stored];
    if (access.kind !== 'load' && !access.kind.startsWith('dcbt')) this.i32[stored] = -1;
    switch (access.kind) {
      case 'load':
      case 'dcbt':
      case 'dcbtst':
        module.warmLoad(context, line);
        break;
      case 'store':
        if (before !== line) module.warmStore(context, line);
        this.i32[stored] = line;
        break;
      case 'zero':
        module.warmZero(context, line);
        break;
      case 'loadReserve':
        module.warmReserve(context, line);
        break;
      case 'storeConditional':
        module.warmStore(context, line);
        break;
      default:
        this.module.warmFlush(context, line);
    }
    return event;
  }

  private fetch(context: number, pc: number): void {
    const line = fetchLine(pc);
    const byte = fetchMap(this.i32[(context + CTX.core) >> 2]) + (line >> 3);
    if (((this.u8[byte] >> (line & 7)) & 1) === 0) this.module.warmFetch(context, line);
  }
}
