import { CA, CRF, CTR, FPSCR, GPR, LR, OV, SO, VRSAVE, VSCR, XER_COUNT } from '../isa/registers.js';
import type { I32, I64, Semantics, Spr32, Spr64 } from '../isa/semantics.js';
import type { Emitter } from './emitter.js';
import type { ConditionBits, Value } from './translate-values.js';
import type { Opcode } from './wasm/opcodes.js';

/** Registers, integers and conditions as WebAssembly. */

type Part = Pick<
  Semantics,
  | 'gpr'
  | 'setGpr'
  | 'crf'
  | 'setCrf'
  | 'spr64'
  | 'setSpr64'
  | 'spr32'
  | 'setSpr32'
  | 'i64'
  | 'add'
  | 'sub'
  | 'mul'
  | 'mulHighS'
  | 'mulHighU'
  | 'divS'
  | 'divU'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shrU'
  | 'shrS'
  | 'rotl64'
  | 'rotl32'
  | 'clz64'
  | 'signExtend'
  | 'zeroExtend'
  | 'eq'
  | 'ltS'
  | 'ltU'
  | 'select'
  | 'i32'
  | 'add32'
  | 'and32'
  | 'or32'
  | 'xor32'
  | 'shl32'
  | 'shr32'
  | 'eqz32'
  | 'select32'
  | 'wrap'
  | 'widen'
>;

const SPR64: Record<Spr64, number> = { lr: LR, ctr: CTR, vrsave: VRSAVE };
const SPR32: Record<Spr32, number> = {
  ca: CA,
  so: SO,
  ov: OV,
  xerCount: XER_COUNT,
  fpscr: FPSCR,
  vscr: VSCR,
};

const val = (x: I64 | I32): Value => x as unknown as Value;
const i64 = (x: Value): I64 => x as unknown as I64;
const i32 = (x: Value): I32 => x as unknown as I32;
const big = (x: Value): bigint | undefined => (typeof x.constant === 'bigint' ? x.constant : undefined);
const small = (x: Value): number | undefined => (typeof x.constant === 'number' ? x.constant : undefined);

export function integerSemantics(e: Emitter): Part {
  const read = (reg: number) => e.read(reg);
  const fold = (value: bigint): I64 => i64(e.i64(value));
  const binary = (name: Opcode, a: I64, b: I64): I64 => i64(e.op('i64', name, val(a), val(b)));
  const compare = (name: Opcode, a: I64, b: I64): I32 => i32(e.op('i32', name, val(a), val(b)));
  const count6 = (x: I64): bigint | undefined => {
    const known = big(val(x));
    return known === undefined ? undefined : known & 63n;
  };

  /** High 64 bits of the unsigned product, by halves. */
  const mulHighU = (a: Value, b: Value): Value => {
    const mask = e.i64(0xffff_ffffn);
    const by32 = e.i64(32n);
    const low = (x: Value) => e.op('i64', 'i64.and', x, mask);
    const high = (x: Value) => e.op('i64', 'i64.shr_u', x, by32);
    const [aLow, aHigh, bLow, bHigh] = [low(a), high(a), low(b), high(b)];
    const mul = (x: Value, y: Value) => e.op('i64', 'i64.mul', x, y);
    const add = (x: Value, y: Value) => e.op('i64', 'i64.add', x, y);
    const first = add(mul(aHigh, bLow), high(mul(aLow, bLow)));
    const second = add(mul(aLow, bHigh), low(first));
    return add(add(mul(aHigh, bHigh), high(first)), high(second));
  };

  const divide = (name: 'i64.div_s' | 'i64.div_u', a: Value, b: Value): Value =>
    e.value('i64', [a, b], () => {
      e.settle(a);
      e.settle(b);
      e.push(b);
      e.body.op('i64.eqz');
      if (name === 'i64.div_s') {
        e.push(a);
        e.body.i64(-(2n ** 63n));
        e.body.op('i64.eq');
        e.push(b);
        e.body.i64(-1);
        e.body.op('i64.eq');
        e.body.op('i32.and');
        e.body.op('i32.or');
      }
      const label = e.body.if('i64');
      e.body.i64(0);
      e.body.else();
      e.push(a);
      e.push(b);
      e.body.op(name);
      e.body.end(label);
    });

  /** One bit of a CR field whose comparison is known: the field shifted right by `count`, and 1. */
  const conditionBit = (bits: ConditionBits, count: number): Value | undefined => {
    if (count === 3) return bits.less;
    if (count === 1) return bits.equal;
    if (count === 2)
      return bits.greater ?? e.op('i32', 'i32.eqz', e.op('i32', 'i32.or', bits.less, bits.equal));
    return undefined;
  };

  return {
    gpr: (n) => i64(read(GPR + n)),
    setGpr: (n, value) => e.write(GPR + n, val(value)),
    crf: (n) => i32(read(CRF + n)),
    setCrf: (n, value) => e.write(CRF + n, val(value)),
    spr64: (name) => i64(read(SPR64[name])),
    setSpr64: (name, value) => e.write(SPR64[name], val(value)),
    spr32: (name) => i32(read(SPR32[name])),
    setSpr32: (name, value) => e.write(SPR32[name], val(value)),

    i64: (value) => fold(BigInt(value)),
    add(a, b) {
      const [x, y] = [big(val(a)), big(val(b))];
      if (x !== undefined && y !== undefined) return fold(x + y);
      if (x === 0n) return b;
      if (y === 0n) return a;
      if (x === undefined && y === undefined) return binary('i64.add', a, b);
      const operands = y === undefined ? [val(b), val(a)] : [val(a), val(b)];
      return i64({ ...val(binary('i64.add', a, b)), made: { op: 'add', operands } });
    },
    sub: (a, b) => (big(val(b)) === 0n ? a : binary('i64.sub', a, b)),
    mul: (a, b) => binary('i64.mul', a, b),
    mulHighU: (a, b) => i64(mulHighU(val(a), val(b))),
    mulHighS(a, b) {
      const sign = (x: Value) => e.op('i64', 'i64.shr_s', x, e.i64(63n));
      const both = (x: Value, y: Value) => e.op('i64', 'i64.and', sign(x), y);
      const unsigned = mulHighU(val(a), val(b));
      const less = e.op('i64', 'i64.sub', unsigned, both(val(a), val(b)));
      return i64(e.op('i64', 'i64.sub', less, both(val(b), val(a))));
    },
    divS: (a, b) => i64(divide('i64.div_s', val(a), val(b))),
    divU: (a, b) => i64(divide('i64.div_u', val(a), val(b))),
    and(a, b) {
      const [x, y] = [big(val(a)), big(val(b))];
      if (x !== undefined && y !== undefined) return fold(x & y);
      if (y === 0xffff_ffff_ffff_ffffn) return a;
      return a === b ? a : binary('i64.and', a, b);
    },
    or(a, b) {
      if (a === b || big(val(b)) === 0n) return a;
      return big(val(a)) === 0n ? b : binary('i64.or', a, b);
    },
    xor: (a, b) => (a === b ? fold(0n) : big(val(b)) === 0n ? a : binary('i64.xor', a, b)),
    shl: (a, count) => (count6(count) === 0n ? a : binary('i64.shl', a, count)),
    shrU: (a, count) => (count6(count) === 0n ? a : binary('i64.shr_u', a, count)),
    shrS: (a, count) => (count6(count) === 0n ? a : binary('i64.shr_s', a, count)),
    rotl64: (a, count) => (count6(count) === 0n ? a : binary('i64.rotl', a, count)),
    rotl32(a, count) {
      const low = (x: Value) => {
        const known = big(x);
        return known === undefined ? e.op('i32', 'i32.wrap_i64', x) : e.i32(Number(known & 31n));
      };
      const rotated = e.op('i32', 'i32.rotl', e.op('i32', 'i32.wrap_i64', val(a)), low(val(count)));
      return i64(e.op('i64', 'i64.extend_i32_u', rotated));
    },
    clz64: (a) => i64(e.op('i64', 'i64.clz', val(a))),
    signExtend: (a, bits) => i64(e.op('i64', `i64.extend${bits}_s`, val(a))),
    zeroExtend: (a, bits) =>
      bits === 32
        ? i64(e.op('i64', 'i64.extend_i32_u', e.op('i32', 'i32.wrap_i64', val(a))))
        : binary('i64.and', a, fold((1n << BigInt(bits)) - 1n)),
    eq: (a, b) => (big(val(b)) === 0n ? i32(e.op('i32', 'i64.eqz', val(a))) : compare('i64.eq', a, b)),
    ltS: (a, b) => compare('i64.lt_s', a, b),
    ltU: (a, b) => compare('i64.lt_u', a, b),
    select: (cond, a, b) => i64(choose(e, 'i64', val(cond), val(a), val(b))),

    i32: (value) => i32(e.i32(value)),
    add32: (a, b) => i32(e.op('i32', 'i32.add', val(a), val(b))),
    and32(a, b) {
      const made = val(a).made;
      if (small(val(b)) === 1 && made?.op === 'shr32' && made.operands[0].bits !== undefined) {
        const bit = conditionBit(made.operands[0].bits, made.count!);
        if (bit !== undefined) return i32(bit);
      }
      return i32(e.op('i32', 'i32.and', val(a), val(b)));
    },
    or32(a, b) {
      const [x, y] = [small(val(a)), small(val(b))];
      if (x !== undefined && y !== undefined) return i32(e.i32(x | y));
      if (x === 0) return b;
      if (y === 0) return a;
      const plain = e.op('i32', 'i32.or', val(a), val(b));
      return i32({ ...plain, bits: comparison(val(a)) });
    },
    xor32: (a, b) => i32(e.op('i32', 'i32.xor', val(a), val(b))),
    shl32: (a, count) => (count === 0 ? a : i32(e.op('i32', 'i32.shl', val(a), e.i32(count)))),
    shr32(a, count) {
      const shifted =
        count === 0
          ? e.value('i32', [val(a)], () => e.push(val(a)))
          : e.op('i32', 'i32.shr_u', val(a), e.i32(count));
      return i32({ ...shifted, made: { op: 'shr32', operands: [val(a)], count } });
    },
    eqz32: (a) => i32(e.op('i32', 'i32.eqz', val(a))),
    select32(cond, a, b) {
      const value = choose(e, 'i32', val(cond), val(a), val(b));
      if (value === val(a) || value === val(b)) return i32(value);
      return i32({ ...value, made: { op: 'select32', operands: [val(cond), val(a), val(b)] } });
    },
    wrap(a) {
      const known = big(val(a));
      return i32(
        known === undefined ? e.op('i32', 'i32.wrap_i64', val(a)) : e.i32(Number(known & 0xffff_ffffn)),
      );
    },
    widen(a) {
      const known = small(val(a));
      return i64(known === undefined ? e.op('i64', 'i64.extend_i32_u', val(a)) : e.i64(BigInt(known)));
    },
  };
}

export function choose(e: Emitter, type: Value['type'], cond: Value, a: Value, b: Value): Value {
  const known = small(cond);
  if (known !== undefined) return known !== 0 ? a : b;
  return e.value(type, [cond, a, b], () => {
    e.push(a);
    e.push(b);
    e.push(cond);
    e.body.op('select');
  });
}

/** Recognises `less ? 8 : equal ? 2 : 4`, as comparisons make CR fields. */
function comparison(value: Value): ConditionBits | undefined {
  const outer = value.made;
  if (outer?.op !== 'select32' || outer.operands[1].constant !== 8) return undefined;
  const inner = outer.operands[2].made;
  if (inner?.op !== 'select32' || inner.operands[1].constant !== 2 || inner.operands[2].constant !== 4)
    return undefined;
  return { less: outer.operands[0], equal: inner.operands[0] };
}
