import { CRF, GPR, LR } from '../isa/registers.js';
import type { Constants } from './region-constants.js';
import {
  type ConditionBits,
  type EmitterOptions,
  type KnownValues,
  type RegisterFacts,
  registerHome,
  type TranslationMode,
  type Value,
} from './translate-values.js';
import type { Body, Label, Local, ValueType } from './wasm/builder.js';
import type { Opcode } from './wasm/opcodes.js';

/**
 * Emits the code of instructions into one body. Registers are local variables, made when first used: for the whole
 * region, or, given the context they live in, from their first use in a block on, each write going to the context as
 * well. The latter makes entering and leaving cheap where there are more registers than the host has. Within an
 * instruction effects are recorded, then emitted in order; register writes come last and all at once, so reads see
 * the old values.
 */
export class Emitter {
  /** Locals of the registers that the code uses, and which it writes. */
  readonly registers = new Map<number, Local>();
  /** Vectors whose first word is such a register rounded to a single. */
  readonly words = new Map<number, Local>();
  readonly written = new Set<number>();
  private readonly free = new Map<ValueType, Local[]>();
  private taken: Local[] = [];
  private effects: (() => void)[] = [];
  private writes = new Map<number, Value>();
  private outcome: { cond: Value; target: Value | undefined } | undefined;
  private facts = new Map<number, RegisterFacts>();
  private conditions = new Map<number, ConditionBits>();
  private readonly bitLocals = new Map<number, Local>();
  /** Registers whose variable holds their value at this place; with a context only. */
  private readonly present = new Set<number>();
  private shared = new Map<string, Value>();
  /** General registers that hold a constant at this place. */
  private readonly constants = new Map<number, bigint>();
  /**
   * How far the address of the instruction's access is from its base register, where both are known to lie in one cache
   * line if the two are a register and such a constant.
   */
  offsetInLine: number | undefined;
  /** The instruction's vector arithmetic meets and makes neither denormals nor NaNs; see region-proof.ts. */
  proved = false;
  /** Physical address of the instruction's (first) access, kept until the next instruction when it is timed. */
  access: Value | undefined;

  constructor(
    readonly body: Body,
    readonly mode: TranslationMode,
    /** Leaves the region before the current instruction; a branch to it carries nothing. */
    readonly side: Label,
    private readonly beforeSide: () => void,
    readonly options: EmitterOptions = {},
  ) {}

  // Values.

  value(type: ValueType, operands: readonly Value[], emit: () => void, more: Partial<Value> = {}): Value {
    for (const operand of operands) operand.uses++;
    return { type, emit, leaf: false, uses: 0, local: undefined, ...more };
  }

  /** The value of one WebAssembly instruction. */
  op(type: ValueType, name: Opcode, ...operands: Value[]): Value {
    return this.value(type, operands, () => {
      for (const operand of operands) this.push(operand);
      this.body.op(name);
    });
  }

  leaf(type: ValueType, emit: () => void, more: Partial<Value> = {}): Value {
    return { type, emit, leaf: true, uses: 0, local: undefined, ...more };
  }

  i64(value: bigint): Value {
    const bits = BigInt.asUintN(64, value);
    return this.leaf('i64', () => this.body.i64(bits), { constant: bits });
  }

  i32(value: number): Value {
    return this.leaf('i32', () => this.body.i32(value), { constant: value >>> 0 });
  }

  f64(bits: bigint): Value {
    return this.leaf('f64', () => this.body.f64(bits), { constant: bits });
  }

  v128(bytes: readonly number[], flushed = false): Value {
    return this.leaf('v128', () => this.body.v128(bytes), { flushed });
  }

  /** The same 32-bit word in all lanes. */
  splat(word: number, flushed = false): Value {
    return this.v128(
      Array.from({ length: 16 }, (_, k) => (word >>> (8 * (k & 3))) & 0xff),
      flushed,
    );
  }

  /** Leaves a value on the stack. */
  push(value: Value): void {
    if (value.local !== undefined) this.body.get(value.local);
    else if (value.leaf) value.emit();
    else {
      value.emit();
      if (value.uses > 1) {
        value.local = this.temporary(value.type);
        this.body.tee(value.local);
      }
    }
  }

  /** Makes sure that pushing the value again costs nothing and may happen under a condition. */
  settle(value: Value): void {
    if (value.leaf || value.local !== undefined) return;
    value.emit();
    value.local = this.temporary(value.type);
    this.body.set(value.local);
  }

  /** A local variable for the rest of the instruction. */
  temporary(type: ValueType): Local {
    const local = this.free.get(type)?.pop() ?? this.body.locals.add(type);
    this.taken.push(local);
    return local;
  }

  /** Leaves the region before the current instruction when the i32 on the stack is not zero. */
  leaveIf(): void {
    this.beforeSide();
    this.body.brIf(this.side, 'unlikely');
  }

  // Registers.

  register(reg: number): Local {
    let local = this.registers.get(reg);
    if (local === undefined) {
      local = this.body.locals.add(registerHome(reg).type);
      this.registers.set(reg, local);
    }
    return local;
  }

  read(reg: number): Value {
    const pending = this.writes.get(reg);
    if (pending !== undefined) return pending;
    const constant = this.constants.get(reg);
    if (constant !== undefined) return this.i64(constant);
    const key = `r${reg}`;
    let value = this.shared.get(key);
    if (value === undefined) {
      const local = this.register(reg);
      if (this.options.context !== undefined && !this.present.has(reg)) {
        this.pushHome(reg);
        this.body.set(local);
        this.present.add(reg);
      }
      const bits = this.conditions.get(reg);
      const word = this.wordOf(reg);
      value = this.leaf(local.type, () => this.body.get(local), {
        ...this.facts.get(reg),
        bits,
        word: word && this.leaf('v128', () => this.body.get(word)),
      });
      this.shared.set(key, value);
    }
    return value;
  }

  private wordOf(reg: number): Local | undefined {
    if (this.options.singles?.has(reg) !== true) return undefined;
    let local = this.words.get(reg);
    if (local === undefined) {
      local = this.body.locals.add('v128');
      this.words.set(reg, local);
    }
    return local;
  }

  /** Sets what is kept beside registers, from their variables. */
  enterWords(body: Body): void {
    for (const reg of this.words.keys()) this.roundWord(body, reg);
  }

  private roundWord(body: Body, reg: number): void {
    body.get(this.register(reg));
    body.op('f32.demote_f64');
    body.op('f32x4.splat');
    body.set(this.wordOf(reg)!);
  }

  /** Leaves a register's value in the context on the stack. */
  private pushHome(reg: number): void {
    const { load, offset } = registerHome(reg);
    this.body.get(this.options.context!);
    this.body.memory(load, offset);
  }

  /** Leaves a register's value on the stack; between instructions. */
  pushRegister(reg: number): void {
    if (this.options.context !== undefined && !this.present.has(reg)) this.pushHome(reg);
    else this.body.get(this.register(reg));
  }

  /** Leaves the low word of a general register on the stack; between instructions. */
  pushLow(reg: number): void {
    if (!this.present.has(reg)) return this.pushLowAtEntry(this.body, reg);
    this.body.get(this.register(reg));
    this.body.op('i32.wrap_i64');
  }

  /** The same where no instruction has been emitted, in any body. */
  pushLowAtEntry(body: Body, reg: number): void {
    const { context } = this.options;
    if (context !== undefined) {
      body.get(context);
      body.memory('i32.load', registerHome(reg).offset);
      return;
    }
    body.get(this.register(reg));
    body.op('i32.wrap_i64');
  }

  write(reg: number, value: Value): void {
    value.uses++;
    if (value.word !== undefined && this.options.singles?.has(reg)) value.word.uses++;
    for (const bit of bitValues(value.bits)) bit.uses++;
    this.writes.set(reg, value);
  }

  // Instructions.

  /** Something to emit in its place among the instruction's effects. */
  effect(operands: readonly Value[], emit: () => void): void {
    for (const operand of operands) operand.uses++;
    this.effects.push(emit);
  }

  /** The instruction may branch; a target is given when it is not static. */
  branch(cond: Value, target: Value | undefined): void {
    cond.uses++;
    if (target !== undefined) target.uses++;
    this.outcome = { cond, target };
  }

  /** Notes the physical address of an access. */
  touch(address: Value): Value {
    if (this.options.timed) this.access ??= address;
    return address;
  }

  /** Leaves the region before the instruction when the value is not zero. */
  leaveWhen(value: Value): void {
    this.effect([value], () => {
      this.push(value);
      this.leaveIf();
    });
  }

  /**
   * Emits the instruction. A branch's condition and target are left in local variables that the caller must use
   * before the next instruction.
   */
  finish(): { cond: Local | number; target: Local | undefined } | undefined {
    if (this.access !== undefined) this.settle(this.access);
    for (const effect of this.effects) effect();
    const outcome = this.outcome;
    let result: { cond: Local | number; target: Local | undefined } | undefined;
    if (outcome !== undefined) {
      const keep = (value: Value): Local => {
        const local = this.temporary(value.type);
        this.push(value);
        this.body.set(local);
        return local;
      };
      const { cond, target } = outcome;
      const known = cond.constant;
      result = {
        cond: known === undefined ? keep(cond) : Number(known),
        target: target === undefined ? undefined : keep(target),
      };
    }
    this.commit();
    this.effects = [];
    this.writes.clear();
    this.outcome = undefined;
    this.shared.clear();
    return result;
  }

  /** Gives back the temporaries of the last instruction. */
  release(): void {
    for (const local of this.taken) {
      const pool = this.free.get(local.type);
      if (pool === undefined) this.free.set(local.type, [local]);
      else pool.push(local);
    }
    this.taken = [];
    this.access = undefined;
  }

  /** What is known of registers between two instructions. */
  knownValues(): KnownValues {
    return new Map(this.facts);
  }

  /** Other code may come before the next instruction; `known` and `constants` are what holds all the same. */
  startBlock(known?: KnownValues, constants: Constants = new Map()): void {
    this.facts = new Map(known);
    this.constants.clear();
    for (const [reg, value] of constants) this.constants.set(GPR + reg, BigInt(value));
    this.conditions.clear();
    this.present.clear();
  }

  private commit(): void {
    const conditions: [reg: number, bits: ConditionBits][] = [];
    for (const value of this.writes.values()) this.push(value);
    const kept = [...this.writes].filter(([reg]) => this.wordOf(reg) !== undefined);
    const given = kept.filter(([, { word }]) => word !== undefined);
    for (const [, { word }] of given) this.push(word!);
    for (const [reg, { bits }] of this.writes) {
      if (reg >= CRF && reg < LR && bits !== undefined) conditions.push([reg, this.keepBits(reg, bits)]);
    }
    for (const [reg] of [...given].reverse()) this.body.set(this.wordOf(reg)!);
    for (const reg of [...this.writes.keys()].reverse()) {
      this.body.set(this.register(reg));
      this.written.add(reg);
      this.constants.delete(reg);
      this.keep(reg);
      this.conditions.delete(reg);
    }
    for (const [reg, { word }] of kept) if (word === undefined) this.roundWord(this.body, reg);
    for (const [reg, bits] of conditions) this.conditions.set(reg, bits);
    for (const [reg, value] of this.writes) {
      if (value.single || value.flushed)
        this.facts.set(reg, { single: value.single, flushed: value.flushed });
      else this.facts.delete(reg);
    }
  }

  /** A register's new value into the context, where it lives there. */
  private keep(reg: number): void {
    if (this.options.context === undefined) return;
    const { store, offset } = registerHome(reg);
    this.body.get(this.options.context);
    this.body.get(this.register(reg));
    this.body.memory(store, offset);
    this.present.add(reg);
  }

  /** The truth values of a comparison in variables of their own, which later branches read. */
  private keepBits(reg: number, { less, equal, greater }: ConditionBits): ConditionBits {
    const keep = (place: number, value: Value): Value => {
      const local = this.bitLocals.get(place) ?? this.body.locals.add('i32');
      this.bitLocals.set(place, local);
      this.push(value);
      this.body.set(local);
      return this.leaf('i32', () => this.body.get(local));
    };
    return {
      less: keep(4 * reg, less),
      equal: keep(4 * reg + 1, equal),
      greater: greater && keep(4 * reg + 2, greater),
    };
  }
}

const bitValues = (bits: ConditionBits | undefined): Value[] =>
  bits === undefined
    ? []
    : bits.greater === undefined
      ? [bits.less, bits.equal]
      : [bits.less, bits.equal, bits.greater];
