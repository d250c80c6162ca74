import type { F64, I32, I64, RoundTo, Semantics } from '../isa/semantics.js';
import type { Emitter } from './emitter.js';
import { choose } from './translate-integer.js';
import { notNaN, requireSingle, singleOf, wordOf } from './translate-memory.js';
import { Untranslated, type Value } from './translate-values.js';

/**
 * Scalar floating point as WebAssembly, for rounding to nearest. The host's operations are exact except for the bits
 * of NaNs and for the double rounding of single-precision results; both are seen in operands or result, and the
 * evaluator then takes the instruction.
 *
 * Arithmetic on singles is the host's on singles, in the first words of vectors: a register that takes part is kept as
 * one beside its double (Value.word), so that sums do not wait for conversions to and fro.
 */

type Part = Pick<
  Semantics,
  | 'fpr'
  | 'setFpr'
  | 'fadd'
  | 'fsub'
  | 'fmul'
  | 'fdiv'
  | 'fsqrt'
  | 'fmadd'
  | 'fneg'
  | 'fabs'
  | 'frsp'
  | 'fcompare'
  | 'fgeZero'
  | 'fselect'
  | 'f64FromBits'
  | 'bitsOfF64'
  | 'f64FromI64'
  | 'i64FromF64'
  | 'freciprocalEstimate'
  | 'frsqrtEstimate'
>;

const val = (x: F64 | I32 | I64): Value => x as unknown as Value;
const f64 = (x: Value): F64 => x as unknown as F64;
const i32 = (x: Value): I32 => x as unknown as I32;
const i64 = (x: Value): I64 => x as unknown as I64;

const FPR_BASE = 32;

type Arithmetic = 'add' | 'sub' | 'mul' | 'div' | 'sqrt';

export function floatSemantics(e: Emitter): Part {
  const { body } = e;
  const nearestOnly = () => {
    if (e.mode.rounding) throw new Untranslated('rounding mode');
  };

  const toSingle = (x: Value): Value =>
    e.value(
      'f64',
      [x],
      () => {
        e.push(x);
        body.op('f32.demote_f64');
        body.op('f64.promote_f32');
      },
      { single: true },
    );

  const arithmetic = (name: Arithmetic, to: RoundTo, ...operands: Value[]): F64 => {
    nearestOnly();
    if (to === 'double') return f64(notNaN(e, e.op('f64', `f64.${name}`, ...operands)));
    for (const operand of operands) requireSingle(e, operand);
    const words = operands.map((operand) => wordOf(e, operand));
    return f64(singleOf(e, e.op('v128', `f32x4.${name}`, ...words)));
  };

  /** a * c + b of singles: the product is exact, the sum is rounded to odd where that matters, then to single. */
  const fusedSingle = (a: Value, c: Value, b: Value): Value => {
    const product = e.op('f64', 'f64.mul', a, c);
    const sum = e.op('f64', 'f64.add', product, b);
    return toSingle(
      e.value('f64', [product, b, sum, sum], () => {
        for (const value of [product, b, sum]) e.settle(value);
        // Only a sum half-way between two singles, or below the normal ones, could be rounded wrongly.
        e.push(sum);
        body.op('i64.reinterpret_f64');
        body.i64(0x1fff_ffff);
        body.op('i64.and');
        body.i64(0x1000_0000);
        body.op('i64.eq');
        e.push(sum);
        body.op('f64.abs');
        body.f64(0x3810_0000_0000_0000n);
        body.op('f64.lt');
        body.op('i32.or');
        const label = body.if('f64');
        roundToOdd(e, sum, product, b);
        body.else();
        e.push(sum);
        body.end(label);
      }),
    );
  };

  const relaxed = (a: Value, c: Value, b: Value): Value => {
    const spread = (x: Value) => e.op('v128', 'f64x2.splat', x);
    const all = e.op('v128', 'f64x2.relaxed_madd', spread(a), spread(c), spread(b));
    return e.value('f64', [all], () => {
      e.push(all);
      body.lane('f64x2.extract_lane', 0);
    });
  };

  const negated = (x: Value): Value =>
    e.value(
      'f64',
      [x],
      () => {
        e.push(x);
        body.op('f64.neg');
      },
      { single: x.single, word: x.word && e.op('v128', 'f32x4.neg', x.word) },
    );

  return {
    fpr: (n) => f64(e.read(FPR_BASE + n)),
    setFpr: (n, value) => e.write(FPR_BASE + n, val(value)),
    fadd: (a, b, to) => arithmetic('add', to, val(a), val(b)),
    fsub: (a, b, to) => arithmetic('sub', to, val(a), val(b)),
    fmul: (a, c, to) => arithmetic('mul', to, val(a), val(c)),
    fdiv: (a, b, to) => arithmetic('div', to, val(a), val(b)),
    fsqrt: (b, to) => arithmetic('sqrt', to, val(b)),
    fmadd(a, c, b, to, { subtract, negate }) {
      nearestOnly();
      const [x, y, z] = [val(a), val(c), val(b)];
      let result: Value;
      if (to === 'single') {
        for (const operand of [x, y, z]) requireSingle(e, operand);
        if (e.mode.relaxedFma) {
          const [u, v, w] = [x, y, z].map((operand) => wordOf(e, operand));
          const addend = subtract ? e.op('v128', 'f32x4.neg', w) : w;
          const sum = singleOf(e, e.op('v128', 'f32x4.relaxed_madd', u, v, addend));
          return f64(negate ? negated(sum) : sum);
        }
        result = fusedSingle(x, y, subtract ? e.op('f64', 'f64.neg', z) : z);
      } else {
        if (!e.mode.relaxedFma) throw new Untranslated('double multiply-add');
        result = relaxed(x, y, subtract ? e.op('f64', 'f64.neg', z) : z);
      }
      const sure = notNaN(e, result, to === 'single');
      return f64(negate ? negated(sure) : sure);
    },
    fneg: (a) => f64(negated(val(a))),
    fabs: (a) => f64({ ...e.op('f64', 'f64.abs', val(a)), single: val(a).single }),
    frsp(b) {
      nearestOnly();
      return val(b).single ? f64(notNaN(e, val(b))) : f64(notNaN(e, toSingle(val(b)), true));
    },
    fcompare(a, b) {
      const [x, y] = [val(a), val(b)];
      const less = e.op('i32', 'f64.lt', x, y);
      const equal = e.op('i32', 'f64.eq', x, y);
      const greater = e.op('i32', 'f64.gt', x, y);
      const chosen = (cond: Value, yes: number, no: Value) => choose(e, 'i32', cond, e.i32(yes), no);
      const field = chosen(less, 8, chosen(greater, 4, chosen(equal, 2, e.i32(1))));
      return i32({ ...field, bits: { less, equal, greater } });
    },
    fgeZero: (a) => i32(e.op('i32', 'f64.ge', val(a), e.f64(0n))),
    fselect(cond, a, b) {
      const single = val(a).single && val(b).single;
      return f64({ ...choose(e, 'f64', val(cond), val(a), val(b)), single });
    },
    f64FromBits: (bits) => f64(e.op('f64', 'f64.reinterpret_i64', val(bits))),
    bitsOfF64: (value) => i64(e.op('i64', 'i64.reinterpret_f64', val(value))),
    f64FromI64(value) {
      nearestOnly();
      return f64(e.op('f64', 'f64.convert_i64_s', val(value)));
    },
    i64FromF64(value, bits, rounding) {
      if (rounding === 'current') nearestOnly();
      const x = val(value);
      const whole = rounding === 'current' ? e.op('f64', 'f64.nearest', x) : x;
      const cut =
        bits === 64
          ? e.op('i64', 'i64.trunc_sat_f64_s', whole)
          : e.op('i64', 'i64.extend_i32_s', e.op('i32', 'i32.trunc_sat_f64_s', whole));
      const lowest = e.i64(-(1n << BigInt(bits - 1)));
      return i64(choose(e, 'i64', e.op('i32', 'f64.ne', x, x), lowest, cut));
    },
    freciprocalEstimate() {
      throw new Untranslated('fres');
    },
    frsqrtEstimate() {
      throw new Untranslated('frsqrte');
    },
  };
}

/**
 * Leaves the sum's neighbour with an odd last digit, on the side where the exact product + b lies, or the sum itself
 * where that is exact or already odd (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums").
 */
function roundToOdd(e: Emitter, sum: Value, product: Value, b: Value): void {
  const { body } = e;
  const sub = (x: Value, y: Value) => e.op('f64', 'f64.sub', x, y);
  const virtual = sub(sum, product);
  const error = e.op('f64', 'f64.add', sub(product, sub(sum, virtual)), sub(b, virtual));
  const bits = e.op('i64', 'i64.reinterpret_f64', sum);
  // One unit away from zero when error and sum have the same sign, toward it otherwise.
  const opposite = e.op('i64', 'i64.xor', e.op('i64', 'i64.reinterpret_f64', error), bits);
  const step = e.op('i64', 'i64.or', e.op('i64', 'i64.shr_s', opposite, e.i64(63n)), e.i64(1n));
  const even = e.op('i32', 'i64.eqz', e.op('i64', 'i64.and', bits, e.i64(1n)));
  const inexact = e.op('i32', 'f64.ne', error, e.f64(0n));
  const moved = e.op('i64', 'i64.add', bits, step);
  const odd = choose(e, 'i64', e.op('i32', 'i32.and', even, inexact), moved, bits);
  e.push(odd);
  body.op('f64.reinterpret_i64');
}
