import type {
  AccessSize,
  F64,
  I32,
  I64,
  RoundTo,
  Semantics,
  Spr32,
  Spr64,
  V128,
  VBinary,
  VUnary,
} from '../isa/semantics.js';
import { decode } from '../isa/table.js';
import { CTX, contextBase, GUEST_BYTES, PRIORITIES } from './context.js';
import { reciprocalEstimate, rsqrtEstimate } from './estimate.js';
import {
  type Access,
  type AccessKind,
  type BranchOutcome,
  type Event,
  GuestStop,
  NO_ROW,
  type Stop,
} from './event.js';
import * as exact from './exact-vector.js';
import { afterOperation, FPCC, raise, resultClass, roundingMode } from './fpscr.js';
import { hostBinary, hostMultiplyAdd, hostSquareRoot, type Operation } from './host-float.js';
import { LINES_KNOWN } from './known-lines.js';
import { PureOperations } from './pure-operations.js';
import type { FloatResult } from './softfloat.js';
import * as soft from './softfloat.js';
import { bytesOf, f64, hex, i32, i64, int, MASK64, num, reverseBytes, truth, v128 } from './values.js';

const SPR64 = { lr: CTX.lr, ctr: CTX.ctr, vrsave: CTX.vrsave } as const;
const SPR32 = {
  ca: CTX.ca,
  so: CTX.so,
  ov: CTX.ov,
  xerCount: CTX.xerCount,
  fpscr: CTX.fpscr,
  vscr: CTX.vscr,
} as const;
const EXACT = { add: soft.add, subtract: soft.subtract, multiply: soft.multiply, divide: soft.divide };
const NJ = 0x1_0000;

export type Mapped = (physical: number, size: number, ea: bigint, kind: AccessKind | 'fetch') => boolean;

export interface EvaluatorOptions {
  /** 64-bit mode (default) or 32-bit mode. */
  readonly sf?: boolean;
  /**
   * Keep the status bits of FPSCR (exceptions, FR, FI, FPRF). Off by default, as in translated code: then
   * FPSCR changes only by the instructions that write it.
   */
  readonly floatStatus?: boolean;
  /**
   * Which bytes may be accessed so; anything else is a fault. Gets the physical address, the size, the whole
   * effective address and the kind of access. Default: all of guest memory.
   */
  readonly mapped?: Mapped;
}

/**
 * Runs the semantics of the instruction table directly, exactly and slowly, over the linear memory of
 * context.ts: the oracle that every other engine must equal.
 */
export class Evaluator extends PureOperations implements Semantics {
  sf: boolean;
  pc = 0;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  private readonly quads: BigUint64Array;
  private readonly floatStatus: boolean;
  private readonly mapped: Mapped;
  private base = 0;
  private accesses: Access[] = [];
  private outcome: BranchOutcome | undefined;
  private order: Event['barrier'];
  private hint: string | undefined;
  private stop: Stop | undefined;

  constructor(memory: ArrayBufferLike, options: EvaluatorOptions = {}) {
    super();
    this.view = new DataView(memory);
    this.bytes = new Uint8Array(memory);
    this.words = new Uint32Array(memory);
    this.quads = new BigUint64Array(memory);
    this.sf = options.sf ?? true;
    this.floatStatus = options.floatStatus ?? false;
    this.mapped = options.mapped ?? (() => true);
  }

  /**
   * Executes the instruction at the thread's pc; moves pc and counts it unless it stopped (a system call
   * counts).
   */
  step(thread: number): Event {
    const at = contextBase(thread);
    const pc = this.words[(at + CTX.pc) >> 2];
    const physical = pc & (GUEST_BYTES - 1) & ~3;
    if (!this.mapped(physical, 4, BigInt(pc), 'fetch')) {
      const message = `instruction fetch from unmapped address ${hex(pc)}`;
      return { ...this.nothing(pc, 0), stop: { kind: 'fault', message, ea: pc } };
    }
    const event = this.executeOne(thread, pc, this.view.getUint32(physical));
    if (event.stop === undefined || event.stop.kind === 'systemCall') {
      this.quads[(at + CTX.pc) >> 3] = BigInt(event.next);
      this.quads[(at + CTX.instructions) >> 3] += 1n;
    }
    return event;
  }

  /**
   * Executes one word as if it stood at `address`, on the thread's registers and memory; leaves its pc alone.
   */
  executeOne(thread: number, address: number, word: number): Event {
    const known = decode(word);
    if (known === undefined) {
      const message = `no instruction ${hex(word)} at ${hex(address)}`;
      return { ...this.nothing(address, word), stop: { kind: 'illegal', message } };
    }
    this.base = contextBase(thread);
    this.pc = address;
    this.accesses = [];
    this.outcome = undefined;
    this.order = undefined;
    this.hint = undefined;
    this.stop = undefined;
    try {
      known.row.exec(this, known.fields);
    } catch (error) {
      if (!(error instanceof GuestStop)) throw error;
      this.stop = error.stop;
    }
    const outcome = this.outcome as BranchOutcome | undefined;
    const next = outcome?.taken ? outcome.target : address + 4;
    return {
      address,
      word,
      row: known.row,
      fields: known.fields,
      accesses: this.accesses,
      branch: outcome,
      barrier: this.order,
      hint: this.hint,
      next: next >>> 0,
      stop: this.stop,
    };
  }

  private nothing(address: number, word: number): Event {
    return { address, word, row: NO_ROW, fields: {}, accesses: [], next: (address + 4) >>> 0 };
  }

  // Registers.
  gpr(n: number): I64 {
    return this.quads[((this.base + CTX.gpr) >> 3) + n] as unknown as I64;
  }
  setGpr(n: number, value: I64): void {
    this.quads[((this.base + CTX.gpr) >> 3) + n] = int(value);
  }
  fpr(n: number): F64 {
    return this.quads[((this.base + CTX.fpr) >> 3) + n] as unknown as F64;
  }
  setFpr(n: number, value: F64): void {
    this.quads[((this.base + CTX.fpr) >> 3) + n] = int(value);
  }
  vr(n: number): V128 {
    const at = this.base + CTX.vr + 16 * n;
    const value = new Uint8Array(16);
    for (let k = 0; k < 16; k++) value[k] = this.bytes[at + (k ^ 3)];
    return v128(value);
  }
  setVr(n: number, value: V128): void {
    const at = this.base + CTX.vr + 16 * n;
    for (let k = 0; k < 16; k++) this.bytes[at + (k ^ 3)] = bytesOf(value)[k];
  }
  crf(n: number): I32 {
    return this.words[((this.base + CTX.crf) >> 2) + n] as unknown as I32;
  }
  setCrf(n: number, value: I32): void {
    this.words[((this.base + CTX.crf) >> 2) + n] = num(value);
  }
  spr64(name: Spr64): I64 {
    return this.quads[(this.base + SPR64[name]) >> 3] as unknown as I64;
  }
  setSpr64(name: Spr64, value: I64): void {
    this.quads[(this.base + SPR64[name]) >> 3] = int(value);
  }
  spr32(name: Spr32): I32 {
    return this.words[(this.base + SPR32[name]) >> 2] as unknown as I32;
  }
  setSpr32(name: Spr32, value: I32): void {
    this.words[(this.base + SPR32[name]) >> 2] = num(value);
  }
  timeBase(): I64 {
    return this.quads[(this.base + CTX.timeBase) >> 3] as unknown as I64;
  }

  // Memory. Every effective address stands for the physical address in its low 29 bits.
  private access(kind: AccessKind, address: I64, size: number, align = 1): number {
    const ea = Number(int(address) & 0xffff_ffffn);
    const physical = ea & (GUEST_BYTES - 1) & ~(align - 1);
    if (size > 0) {
      const whole = this.sf ? int(address) : BigInt(ea);
      if (physical + size > GUEST_BYTES || !this.mapped(physical, size, whole, kind)) {
        this.leave('fault', `${kind} of ${size} bytes at unmapped address ${hex(whole)}`, ea);
      }
    }
    this.accesses.push({ kind, ea: (ea & ~(align - 1)) >>> 0, physical, size });
    if (kind === 'store' || kind === 'storeConditional' || kind === 'zero') {
      this.bytes[LINES_KNOWN + (physical >>> 7)] = 0;
      this.bytes[LINES_KNOWN + ((physical + size - 1) >>> 7)] = 0;
    }
    return physical;
  }
  private leave(kind: Stop['kind'], message: string, ea?: number): never {
    throw new GuestStop({ kind, message: `${message}, instruction at ${hex(this.pc)}`, ea });
  }
  private read(at: number, size: AccessSize): I64 {
    if (size === 8) return this.view.getBigUint64(at) as unknown as I64;
    const word = size === 4 ? this.view.getUint32(at) : size === 2 ? this.view.getUint16(at) : this.bytes[at];
    return i64(BigInt(word));
  }
  private write(at: number, size: AccessSize, value: I64): void {
    if (size === 8) this.view.setBigUint64(at, int(value));
    else {
      const low = num(this.wrap(value));
      if (size === 4) this.view.setUint32(at, low);
      else if (size === 2) this.view.setUint16(at, low);
      else this.bytes[at] = low;
    }
  }
  load = (ea: I64, size: AccessSize): I64 => this.read(this.access('load', ea, size), size);
  store = (ea: I64, size: AccessSize, value: I64): void =>
    this.write(this.access('store', ea, size), size, value);
  loadReversed = (ea: I64, size: 2 | 4 | 8): I64 => reverseBytes(this.load(ea, size), size);
  storeReversed = (ea: I64, size: 2 | 4 | 8, value: I64): void =>
    this.store(ea, size, reverseBytes(value, size));
  loadF32 = (ea: I64): F64 => f64(soft.doubleFromSingle(this.view.getUint32(this.access('load', ea, 4))));
  storeF32(ea: I64, value: F64): void {
    this.view.setUint32(this.access('store', ea, 4), soft.singleFromDouble(int(value)));
  }
  loadV(ea: I64): V128 {
    const at = this.access('load', ea, 16, 16);
    return v128(this.bytes.slice(at, at + 16));
  }
  storeV(ea: I64, value: V128): void {
    this.bytes.set(bytesOf(value), this.access('store', ea, 16, 16));
  }
  loadVLeft(ea: I64): V128 {
    const result = new Uint8Array(16);
    const count = 16 - Number(int(ea) & 15n);
    const at = this.access('load', ea, count);
    result.set(this.bytes.subarray(at, at + count));
    return v128(result);
  }
  loadVRight(ea: I64): V128 {
    const result = new Uint8Array(16);
    const count = Number(int(ea) & 15n);
    // With nothing to load the cache is looked up all the same.
    const at = this.access('load', ea, count, 16);
    result.set(this.bytes.subarray(at, at + count), 16 - count);
    return v128(result);
  }
  storeVLeft(ea: I64, value: V128): void {
    const count = 16 - Number(int(ea) & 15n);
    this.bytes.set(bytesOf(value).subarray(0, count), this.access('store', ea, count));
  }
  storeVRight(ea: I64, value: V128): void {
    const count = Number(int(ea) & 15n);
    this.bytes.set(bytesOf(value).subarray(16 - count), this.access('store', ea, count, 16));
  }
  storeVElement(ea: I64, size: 1 | 2 | 4, value: V128): void {
    const at = this.access('store', ea, size, size);
    this.bytes.set(bytesOf(value).subarray(at & 15, (at & 15) + size), at);
  }
  loadReserve(ea: I64, size: 4 | 8): I64 {
    const at = this.access('loadReserve', ea, size);
    if (at % size !== 0) this.leave('fault', `unaligned load and reserve at ${hex(at)}`, at);
    const value = this.read(at, size);
    this.quads[(this.base + CTX.reserveAddress) >> 3] = BigInt(at);
    this.quads[(this.base + CTX.reserveValue) >> 3] = int(value);
    return value;
  }
  storeConditional(ea: I64, size: 4 | 8, value: I64): I32 {
    const at = this.access('storeConditional', ea, size);
    if (at % size !== 0) this.leave('fault', `unaligned store conditional at ${hex(at)}`, at);
    const held =
      this.quads[(this.base + CTX.reserveAddress) >> 3] === BigInt(at) &&
      this.quads[(this.base + CTX.reserveValue) >> 3] === int(this.read(at, size));
    if (held) this.write(at, size, value);
    this.quads[(this.base + CTX.reserveAddress) >> 3] = MASK64;
    return truth(held);
  }
  cacheHint(kind: 'dcbt' | 'dcbtst' | 'dcbf' | 'dcbst' | 'icbi', ea: I64): void {
    this.access(kind, ea, 0);
  }
  zeroBlock(ea: I64, size: 32 | 128): void {
    const at = this.access('zero', ea, size, size);
    this.bytes.fill(0, at, at + size);
  }
  barrier(kind: 'sync' | 'lwsync' | 'eieio' | 'isync'): void {
    this.order = kind;
  }
  threadHint(kind: string): void {
    this.hint = kind;
    const priority = PRIORITIES[kind];
    if (priority !== undefined) this.words[(this.base + CTX.priority) >> 2] = priority;
  }

  // Control.
  branch(cond: I32, target: number): void {
    this.outcome = { taken: num(cond) !== 0, target: target >>> 0, kind: 'direct' };
  }
  branchIndirect(cond: I32, target: I64, kind: 'call' | 'return' | 'jump'): void {
    this.outcome = { taken: num(cond) !== 0, target: Number(int(target) & 0xffff_ffffn), kind };
  }
  systemCall(): void {
    this.stop = { kind: 'systemCall', message: `system call at ${hex(this.pc)}` };
  }
  trap(cond: I32): void {
    if (num(cond) !== 0) this.leave('trap', 'trap');
  }
  illegal(message: string): void {
    this.leave('illegal', message);
  }

  // Scalar floating point.
  private get fpscr(): number {
    return this.words[(this.base + CTX.fpscr) >> 2];
  }
  private set fpscr(value: number) {
    this.words[(this.base + CTX.fpscr) >> 2] = value;
  }
  private finish(result: FloatResult, to: RoundTo): F64 {
    if (this.floatStatus) {
      const fprf = resultClass(result.bits, to === 'single');
      this.fpscr = afterOperation(this.fpscr, result.flags, fprf);
    }
    return f64(result.bits);
  }
  private get mode() {
    return roundingMode(this.fpscr);
  }
  /** Whether the host's arithmetic may stand in: rounding to nearest, and nobody asks for status. */
  private get plain(): boolean {
    return !this.floatStatus && this.mode === 0;
  }
  private binary(operation: Operation, a: F64, b: F64, to: RoundTo): F64 {
    const quick = this.plain ? hostBinary(operation, int(a), int(b), to) : undefined;
    if (quick !== undefined) return f64(quick);
    return this.finish(EXACT[operation](int(a), int(b), to, this.mode), to);
  }
  fadd = (a: F64, b: F64, to: RoundTo): F64 => this.binary('add', a, b, to);
  fsub = (a: F64, b: F64, to: RoundTo): F64 => this.binary('subtract', a, b, to);
  fmul = (a: F64, c: F64, to: RoundTo): F64 => this.binary('multiply', a, c, to);
  fdiv = (a: F64, b: F64, to: RoundTo): F64 => this.binary('divide', a, b, to);
  fsqrt(b: F64, to: RoundTo): F64 {
    const quick = this.plain ? hostSquareRoot(int(b), to) : undefined;
    return quick !== undefined ? f64(quick) : this.finish(soft.squareRoot(int(b), to, this.mode), to);
  }
  fmadd(a: F64, c: F64, b: F64, to: RoundTo, options: { subtract: boolean; negate: boolean }): F64 {
    const quick =
      this.plain && to === 'single' ? hostMultiplyAdd(int(a), int(c), int(b), options) : undefined;
    if (quick !== undefined) return f64(quick);
    return this.finish(soft.multiplyAdd(int(a), int(c), int(b), to, this.mode, options), to);
  }
  frsp = (b: F64): F64 => this.finish(soft.roundToSingle(int(b), this.mode), 'single');
  fcompare(a: F64, b: F64): I32 {
    const { order, flags } = soft.compare(int(a), int(b));
    if (this.floatStatus) this.fpscr = raise(((this.fpscr & ~FPCC) | (order << 12)) >>> 0, flags);
    return i32(order);
  }
  f64FromI64 = (value: I64): F64 => this.finish(soft.fromInteger(int(value), this.mode), 'double');
  i64FromF64(value: F64, bits: 32 | 64, rounding: 'zero' | 'current'): I64 {
    const result = soft.toInteger(int(value), bits, rounding === 'zero' ? 1 : this.mode);
    if (this.floatStatus) this.fpscr = afterOperation(this.fpscr, result.flags, null);
    return i64(result.bits);
  }
  freciprocalEstimate = (b: F64): F64 => this.finish(reciprocalEstimate(int(b)), 'single');
  frsqrtEstimate = (b: F64): F64 => this.finish(rsqrtEstimate(int(b)), 'double');

  // Vectors.
  private get nj(): boolean {
    return (this.words[(this.base + CTX.vscr) >> 2] & NJ) !== 0;
  }
  v2 = (op: VBinary, a: V128, b: V128): V128 => v128(exact.v2(op, bytesOf(a), bytesOf(b), this.nj));
  v1 = (op: VUnary, a: V128): V128 => v128(exact.v1(op, bytesOf(a), this.nj));
  vmadd = (a: V128, c: V128, b: V128): V128 => v128(exact.vmadd(bytesOf(a), bytesOf(c), bytesOf(b), this.nj));
  vnmsub = (a: V128, c: V128, b: V128): V128 =>
    v128(exact.vnmsub(bytesOf(a), bytesOf(c), bytesOf(b), this.nj));
}
