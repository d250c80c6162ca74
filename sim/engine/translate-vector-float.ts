import type { VBinary, VUnary } from '../isa/semantics.js';
import { Emitter } from './emitter.js';
import type { Value } from './translate-values.js';
import { vectorEstimate } from './translate-vector-estimate.js';
import { Body, Locals } from './wasm/builder.js';
import type { Opcode } from './wasm/opcodes.js';

/**
 * Vector floating point as WebAssembly.
 *
 * With VSCR[NJ] denormal operands count as zeros and denormal results become zeros. Nearly always no word is
 * denormal, so code computes first and then tests results and operands at once: the smallest of the magnitudes must
 * lie above 2^-126 in every word. Zeros fail that test too; the rare arm flushes and computes again. NaN results, and
 * 2^-126 itself, which rounding may have reached from below, are left to the evaluator.
 */

const SMALLEST_NORMAL = 0x0080_0000;
const INFINITY = 0x7f80_0000;
const MAGNITUDE = 0x7fff_ffff;
const HIGH_WORDS = [8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 0, 0, 0, 0, 0];

export interface VectorFloat {
  binary(op: Extract<VBinary, `f32x4.${string}` | 'dot3' | 'dot4'>, a: Value, b: Value): Value;
  unary(op: Extract<VUnary, `f32x4.${string}`>, a: Value): Value;
  multiplyAdd(a: Value, c: Value, b: Value, negate: boolean): Value;
  toInt(a: Value, scale: number, signed: boolean): { value: Value; saturated: Value };
  fromInt(a: Value, scale: number, signed: boolean): Value;
}

/** Operations whose rare case is a function of the module's own. */
type Frequent = 'add' | 'sub' | 'mul' | 'max' | 'min' | 'multiplyAdd' | 'negativeMultiplySubtract';

/** Arithmetic on words as they are, and what makes zeros of denormals. */
function arithmetic(e: Emitter) {
  const { body } = e;
  const v = (name: Opcode, ...operands: Value[]): Value => e.op('v128', name, ...operands);

  /** Words that are denormal become zeros of their sign. */
  const flush = (x: Value): Value => {
    const small = v('f32x4.lt', v('f32x4.abs', x), e.splat(SMALLEST_NORMAL));
    return { ...v('v128.andnot', x, v('v128.and', small, e.splat(MAGNITUDE))), flushed: true };
  };

  /** a * c + b in double precision, rounded to odd, then to single: one rounding. */
  const fusedByDoubles = (a: Value, c: Value, b: Value): Value => {
    const half = (high: boolean): Value => {
      const wide = (x: Value) => {
        const part = high ? v('i8x16.swizzle', x, e.v128(HIGH_WORDS)) : x;
        return v('f64x2.promote_low_f32x4', part);
      };
      const product = v('f64x2.mul', wide(a), wide(c));
      const addend = wide(b);
      const sum = v('f64x2.add', product, addend);
      const virtual = v('f64x2.sub', sum, product);
      const error = v(
        'f64x2.add',
        v('f64x2.sub', product, v('f64x2.sub', sum, virtual)),
        v('f64x2.sub', addend, virtual),
      );
      const one = e.v128([1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
      const opposite = v('v128.xor', sum, error);
      const by63 = (x: Value, name: Opcode) => v(name, x, e.i32(63));
      const step = v('v128.or', by63(opposite, 'i64x2.shr_s'), one);
      const even = v('i64x2.eq', v('v128.and', sum, one), zero());
      const exact = v('f64x2.eq', error, zero());
      // An infinite sum has a NaN for its error.
      const finite = v('f64x2.eq', error, error);
      const moves = v('v128.and', v('v128.andnot', even, exact), finite);
      return v('f32x4.demote_f64x2_zero', v('i64x2.add', sum, v('v128.and', step, moves)));
    };
    const [low, high] = [half(false), half(true)];
    return e.value('v128', [low, high], () => {
      e.push(low);
      e.push(high);
      body.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
    });
  };
  const zero = () => e.splat(0, true);

  const fuse = (a: Value, c: Value, b: Value): Value =>
    e.mode.relaxedFma ? v('f32x4.relaxed_madd', a, c, b) : fusedByDoubles(a, c, b);

  const compute = (name: Frequent, [a, c, b]: readonly Value[]): Value => {
    switch (name) {
      case 'multiplyAdd':
        return fuse(a, c, b);
      case 'negativeMultiplySubtract':
        return v('f32x4.neg', fuse(a, c, v('f32x4.neg', b)));
      default:
        return v(`f32x4.${name}`, a, c);
    }
  };
  return { v, flush, compute };
}

/**
 * A function of the module: the operation on flushed operands, its result flushed, and whether that must be left to
 * the evaluator.
 */
function careful(e: Emitter, name: Frequent, operands: number): number {
  return e.options.helpers!.index(`careful ${name}`, () => {
    const locals = new Locals(Array.from({ length: operands }, () => 'v128'));
    const body = new Body(locals);
    const inner = new Emitter(body, e.mode, { level: -1 }, () => {});
    const { v, flush, compute } = arithmetic(inner);
    const flushed = locals.parameters.map((local) => flush(inner.leaf('v128', () => body.get(local))));
    const result = compute(name, flushed);
    result.uses = 5;
    inner.settle(result);
    inner.push(flush(result));
    inner.push(
      v(
        'v128.and',
        v('f32x4.eq', result, result),
        v('f32x4.ne', v('f32x4.abs', result), inner.splat(SMALLEST_NORMAL)),
      ),
    );
    body.op('i32x4.bitmask');
    body.i32(15);
    body.op('i32.ne');
    return { parameters: locals.parameters.map(({ type }) => type), results: ['v128', 'i32'], body };
  });
}

export function vectorFloat(e: Emitter): VectorFloat {
  const { body } = e;
  const { nj } = e.mode;
  const { v, flush, compute } = arithmetic(e);
  const flushed = (x: Value): Value => (!nj || x.flushed || e.proved ? x : flush(x));

  /** Leaves the region unless the comparison on the stack holds in all of the `words` (a mask of their lanes). */
  const leaveUnless = (words = 15): void => {
    body.op('i32x4.bitmask');
    if (words !== 15) {
      body.i32(words);
      body.op('i32.and');
    }
    body.i32(words);
    body.op('i32.ne');
    e.leaveIf();
  };

  /**
   * The result of `compute` with the rules above. `words` are the operand words that matter, `always` is true for
   * operations that flush whatever NJ says, `frequent` names those whose rare case is a function.
   */
  const guarded = (
    operands: readonly Value[],
    compute: (...operands: Value[]) => Value,
    { words = 15, always = false, frequent }: { words?: number; always?: boolean; frequent?: Frequent } = {},
  ): Value => {
    if (e.proved) return { ...compute(...operands), flushed: true };
    const flushes = nj || always;
    // Counted twice: every operand is pushed by the computation and by the test.
    return e.value(
      'v128',
      [...operands, ...operands],
      () => {
        for (const operand of operands) e.settle(operand);
        const result = compute(...operands);
        e.settle(result);
        if (!flushes) {
          e.push(result);
          e.push(result);
          body.op('f32x4.eq');
          leaveUnless();
          e.push(result);
          return;
        }
        const open = operands.filter((x) => !x.flushed);
        e.push(result);
        body.op('f32x4.abs');
        for (const operand of open) {
          e.push(operand);
          body.op('f32x4.abs');
          // The first operand comes out where one is a NaN, so a NaN in the result stays.
          body.op('f32x4.pmin');
        }
        e.push(e.splat(SMALLEST_NORMAL));
        body.op('f32x4.gt');
        body.op('i32x4.bitmask');
        if (words !== 15) {
          body.i32(words);
          body.op('i32.and');
        }
        body.i32(words);
        body.op('i32.eq');
        const label = body.if('v128');
        e.push(result);
        body.else();
        if (frequent !== undefined && e.options.helpers !== undefined) {
          for (const operand of operands) e.push(operand);
          body.call(careful(e, frequent, operands.length));
          e.leaveIf();
          return body.end(label);
        }
        const again = compute(...operands.map((x) => (x.flushed ? x : flush(x))));
        again.uses = 5;
        e.settle(again);
        e.push(again);
        e.push(again);
        body.op('f32x4.eq');
        e.push(again);
        body.op('f32x4.abs');
        e.push(e.splat(SMALLEST_NORMAL));
        body.op('f32x4.ne');
        body.op('v128.and');
        leaveUnless();
        e.push(flush(again));
        body.end(label);
      },
      { flushed: flushes },
    );
  };

  /** The sum of products in all words; leaves when it overflows. */
  const dot =
    (terms: 3 | 4) =>
    (a: Value, b: Value): Value => {
      const wide = (x: Value, high: boolean) =>
        v('f64x2.promote_low_f32x4', high ? v('i8x16.swizzle', x, e.v128(HIGH_WORDS)) : x);
      const product = (high: boolean) => v('f64x2.mul', wide(a, high), wide(b, high));
      const [low, high] = [product(false), product(true)];
      const lane = (x: Value, n: number): Value =>
        e.value('f64', [x], () => {
          e.push(x);
          body.lane('f64x2.extract_lane', n);
        });
      const pairs = v('f64x2.add', low, high);
      const sum = e.op('f64', 'f64.add', lane(pairs, 0), terms === 4 ? lane(pairs, 1) : lane(low, 1));
      const narrow = e.op('f32', 'f32.demote_f64', sum);
      if (e.proved) return e.op('v128', 'f32x4.splat', narrow);
      return e.value('v128', [narrow, narrow], () => {
        e.settle(narrow);
        e.push(narrow);
        body.op('f32.abs');
        body.op('i32.reinterpret_f32');
        body.i32(INFINITY);
        body.op('i32.eq');
        e.leaveIf();
        e.push(narrow);
        body.op('f32x4.splat');
      });
    };

  const frequent = (name: Frequent, ...operands: Value[]): Value =>
    guarded(operands, (...values) => compute(name, values), { frequent: name });

  const compare = (name: Opcode, a: Value, b: Value): Value => v(name, flushed(a), flushed(b));

  return {
    binary(op, a, b) {
      switch (op) {
        case 'f32x4.add':
        case 'f32x4.sub':
        case 'f32x4.mul':
        case 'f32x4.max':
        case 'f32x4.min':
          return frequent(op.slice('f32x4.'.length) as Frequent, a, b);
        case 'f32x4.cmpeq':
          return compare('f32x4.eq', a, b);
        case 'f32x4.cmpge':
          return compare('f32x4.ge', a, b);
        case 'f32x4.cmpgt':
          return compare('f32x4.gt', a, b);
        case 'f32x4.cmpb': {
          const [x, y] = [flushed(a), flushed(b)];
          const above = v('v128.andnot', e.splat(0x8000_0000), v('f32x4.le', x, y));
          const below = v('v128.andnot', e.splat(0x4000_0000), v('f32x4.ge', x, v('f32x4.neg', y)));
          return v('v128.or', above, below);
        }
        case 'dot3':
          return guarded([a, b], dot(3), { words: 7, always: true });
        case 'dot4':
          return guarded([a, b], dot(4), { always: true });
      }
    },
    unary(op, a) {
      switch (op) {
        case 'f32x4.roundNearest':
          return guarded([a], (x) => v('f32x4.nearest', x));
        case 'f32x4.roundZero':
          return guarded([a], (x) => v('f32x4.trunc', x));
        case 'f32x4.roundPlus':
          return guarded([a], (x) => v('f32x4.ceil', x));
        case 'f32x4.roundMinus':
          return guarded([a], (x) => v('f32x4.floor', x));
        default:
          return vectorEstimate(e, op, flushed(a));
      }
    },
    multiplyAdd(a, c, b, negate) {
      return frequent(negate ? 'negativeMultiplySubtract' : 'multiplyAdd', a, c, b);
    },
    toInt(a, scale, signed) {
      const scaled = scale === 0 ? a : v('f32x4.mul', a, e.splat((127 + scale) << 23));
      const value = v(signed ? 'i32x4.trunc_sat_f32x4_s' : 'i32x4.trunc_sat_f32x4_u', scaled);
      const high = v('f32x4.ge', scaled, e.splat(signed ? 0x4f00_0000 : 0x4f80_0000));
      // -2^31 itself fits; of unsigned ones everything down to -1 is cut to 0.
      const low = signed
        ? v('f32x4.lt', scaled, e.splat(0xcf00_0000))
        : v('f32x4.le', scaled, e.splat(0xbf80_0000));
      const saturated = e.op('i32', 'v128.any_true', v('v128.or', high, low));
      return { value, saturated };
    },
    fromInt(a, scale, signed) {
      const value = v(signed ? 'f32x4.convert_i32x4_s' : 'f32x4.convert_i32x4_u', a);
      const scaled = scale === 0 ? value : v('f32x4.mul', value, e.splat((127 - scale) << 23));
      return { ...scaled, flushed: true };
    },
  };
}
