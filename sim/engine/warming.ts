import type { MemoryModule } from '../memory/instantiate.js';
import { accessOf } from '../timing/rules.js';
import { CTX, contextBase, fetchLine, fetchMap, L1_BASE, L1_BYTES } from './context.js';
import type { Evaluator } from './evaluate.js';
import type { Event } from './event.js';
import { pushHasInstructions, setFetchMap } from './fetch-points.js';
import type { Instruction } from './regions.js';
import type { Body, ImportedFunction, Label, Local } from './wasm/builder.js';

/*
 * Functional warming: code runs without time and keeps the caches warm, so that detailed timing can go on afterwards.
 * What an instruction touches is what timing looks at: the line of its first byte. Stores of a thread to the line it
 * stored to last count once, as gathered stores do, until it comes to a fence, an atomic or a system call.
 */

/** What warming code calls, in the order of the indices below; a thread is named by the address of its context. */
export const WARMING_IMPORTS: readonly ImportedFunction[] = [
  'warmLoad',
  'warmPrefetch',
  'warmStore',
  'warmZero',
  'warmFlush',
  'warmFetch',
].map((name) => ({ name, parameters: ['i32', 'i32'], results: [] }));
const CALL = { load: 0, prefetch: 1, store: 2, zero: 3, flush: 4, fetch: 5 };

/** Lines whose places a region remembers at most. */
const MOST_PLACES = 4;
const LAST_USE = 32;

/** The line that loads by one base register touched last, and where its tag stands in the L1 cache. */
interface Place {
  readonly line: Local;
  readonly tag: Local;
}

/** Emits warming into translated code. */
export class Warmer {
  private readonly clock: Local;
  private readonly stored: Local;
  private readonly l1: Local;
  private readonly at: Local;
  private readonly line: Local;
  private readonly set: Local;
  private readonly found: Local;
  private readonly fetchMap: Local;
  private readonly places: readonly Place[];
  /** Numbers of the places of base registers. */
  private readonly bases = new Map<number, number>();

  constructor(
    private readonly body: Body,
    private readonly context: Local,
    private readonly clockAddress: number,
  ) {
    const local = () => body.locals.add('i32');
    [this.clock, this.stored, this.l1, this.at] = Array.from({ length: 4 }, local);
    [this.line, this.set, this.found, this.fetchMap] = Array.from({ length: 4 }, local);
    this.places = Array.from({ length: MOST_PLACES }, () => ({ line: local(), tag: local() }));
  }

  enter(body: Body): void {
    body.i32(this.clockAddress);
    body.memory('i32.load');
    body.set(this.clock);
    body.get(this.context);
    body.memory('i32.load', CTX.warmStored);
    body.set(this.stored);
    const core = () => {
      body.get(this.context);
      body.memory('i32.load', CTX.core);
    };
    setFetchMap(body, this.fetchMap, core);
    core();
    body.i32(L1_BYTES);
    body.op('i32.mul');
    body.i32(L1_BASE);
    body.op('i32.add');
    body.set(this.l1);
    this.forget(body);
  }

  leave(body: Body): void {
    this.saveClock(body);
    body.get(this.context);
    body.get(this.stored);
    body.memory('i32.store', CTX.warmStored);
  }

  /** Before the instruction at `pc`: see fetch-points.ts. */
  fetch(pc: number): void {
    const { body } = this;
    pushHasInstructions(body, this.fetchMap, pc);
    body.op('i32.eqz');
    const label = body.if(undefined, 'unlikely');
    body.i32(fetchLine(pc));
    body.set(this.line);
    this.call(CALL.fetch);
    body.end(label);
  }

  /** After an instruction; `address` pushes the physical address of its access. */
  access({ decoded: { row, fields }, flow }: Instruction, address: () => void): void {
    const kind = accessOf(flow, row.timing)?.kind;
    if (kind === undefined) return;
    const { body } = this;
    address();
    body.tee(this.at);
    body.i32(7);
    body.op('i32.shr_u');
    body.set(this.line);
    if (kind === 'load' || kind === 'prefetch') return this.lookup(CALL[kind], fields.rA || fields.rB || 0);
    if (kind === 'store') {
      body.get(this.line);
      body.get(this.stored);
      body.op('i32.ne');
      const label = body.if();
      this.call(CALL.store);
      body.get(this.line);
      body.set(this.stored);
      body.end(label);
      return;
    }
    this.call(CALL[kind]);
    body.i32(-1);
    body.set(this.stored);
  }

  /** A load or prefetch by base register `base`: the L1 cache is looked up here, and only misses call. */
  private lookup(miss: number, base: number): void {
    const { body } = this;
    const place = this.placeOf(base);
    const again = place && this.ifAgain(place);
    body.get(this.l1);
    body.get(this.at);
    body.i32(1);
    body.op('i32.shr_u');
    body.i32(63 << 6);
    body.op('i32.and');
    body.op('i32.add');
    body.tee(this.set);
    body.memory('v128.load');
    body.get(this.line);
    body.op('i32x4.splat');
    body.op('i32x4.eq');
    body.op('i32x4.bitmask');
    body.tee(this.found);
    const hit = body.if(undefined, 'likely');
    body.get(this.set);
    body.get(this.found);
    body.op('i32.ctz');
    body.i32(2);
    body.op('i32.shl');
    body.op('i32.add');
    body.set(this.set);
    this.touch(this.set);
    if (place !== undefined) {
      body.get(this.set);
      body.set(place.tag);
      body.get(this.line);
      body.set(place.line);
    }
    body.else();
    this.call(miss);
    body.end(hit);
    if (again !== undefined) body.end(again);
  }

  /** When the line is the one that the base's place remembers; the other arm is left open. */
  private ifAgain(place: Place): Label {
    const { body } = this;
    body.get(place.line);
    body.get(this.line);
    body.op('i32.eq');
    const label = body.if();
    this.touch(place.tag);
    body.else();
    return label;
  }

  /** Notes a use of the line whose tag stands at `tag`. */
  private touch(tag: Local): void {
    const { body } = this;
    body.get(tag);
    body.get(this.clock);
    body.memory('i32.store', LAST_USE);
    this.tick();
  }

  private tick(): void {
    this.body.get(this.clock);
    this.body.i32(1);
    this.body.op('i32.add');
    this.body.set(this.clock);
  }

  /** The place of a base register, for the first few of a region. */
  private placeOf(base: number): Place | undefined {
    if (!this.bases.has(base)) this.bases.set(base, this.bases.size);
    return this.places[this.bases.get(base)!];
  }

  private forget(body: Body): void {
    for (const { line } of this.places) {
      body.i32(-1);
      body.set(line);
    }
  }

  private saveClock(body: Body): void {
    body.i32(this.clockAddress);
    body.get(this.clock);
    body.memory('i32.store');
  }

  /** Every call counts the clock on by one and may take any line out of the L1 cache. */
  private call(what: number): void {
    const { body } = this;
    this.saveClock(body);
    body.get(this.context);
    body.get(this.line);
    body.call(what);
    this.tick();
    this.forget(body);
  }
}

/** Evaluates one instruction at a time and warms the caches with what it touches. */
export class WarmingEvaluator {
  readonly calls: Record<string, (context: number, line: number) => void>;
  private readonly i32: Int32Array;
  private readonly u8: Uint8Array;

  constructor(
    buffer: ArrayBufferLike,
    private readonly evaluator: Evaluator,
    private readonly module: MemoryModule,
    /** Address of the warming clock. */
    readonly clock: number,
  ) {
    const { warmLoad, warmPrefetch, warmStore, warmZero, warmFlush, warmFetch } = module;
    this.calls = { warmLoad, warmPrefetch, warmStore, warmZero, warmFlush, warmFetch };
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
        module.warmLoad(context, line);
        break;
      case 'dcbt':
      case 'dcbtst':
        module.warmPrefetch(context, line);
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
