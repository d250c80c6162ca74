import type { VUnary } from '../isa/semantics.js';
import type { Emitter } from './emitter.js';
import { RECIPROCAL_PIECES, RSQRT_PIECES } from './exact-vector-estimate.js';
import { Untranslated, type Value } from './translate-values.js';
import type { Opcode } from './wasm/opcodes.js';

/**
 * The vector estimates as WebAssembly, for VSCR[NJ] = 1: the tables and lines of exact-vector-estimate.ts in
 * all four words at once. Tables of 32 entries are looked up byte by byte with i8x16.swizzle. NaN operands
 * leave the region.
 */

const SIGN = 0x8000_0000;
const INFINITY = 0x7f80_0000;
const DEFAULT_NAN = 0x7fc0_0000;

type EstimateOp = Extract<VUnary, `f32x4.${string}Estimate`>;

/** The estimate of x, which holds no denormals. */
export function vectorEstimate(e: Emitter, op: EstimateOp, x: Value): Value {
  if (!e.mode.nj) throw new Untranslated(`${op} with denormals`);
  const v = (name: Opcode, ...operands: Value[]): Value => e.op('v128', name, ...operands);
  const add = (a: Value, b: Value) => v('i32x4.add', a, b);
  const subtract = (a: Value, b: Value) => v('i32x4.sub', a, b);
  const and = (a: Value, mask: number) => v('v128.and', a, e.splat(mask));
  const right = (a: Value, count: number) => v('i32x4.shr_u', a, e.i32(count));
  const signedRight = (a: Value, count: number) => v('i32x4.shr_s', a, e.i32(count));
  const left = (a: Value, count: number) => v('i32x4.shl', a, e.i32(count));
  /** Where `test` holds `a`, elsewhere `b`. */
  const choose = (test: Value, a: Value, b: Value) => v('v128.bitselect', a, b, test);
  const isZero = () => v('f32x4.eq', x, e.splat(0));
  const isInfinity = () => v('i32x4.eq', x, e.splat(INFINITY));
  const isNegative = () => v('f32x4.lt', x, e.splat(0));

  /** Entry 0..31 of a table of numbers below 2^16 for each word of `index`. */
  const lookUp = (table: readonly number[], index: Value): Value => {
    // The other three bytes of a word must find nothing: numbers above 15 give 0.
    const low = v('v128.or', index, e.splat(0xffff_ff00));
    const high = v('v128.xor', low, e.splat(16));
    const byte = (shift: number) => {
      const half = (from: number, places: Value) =>
        v(
          'i8x16.swizzle',
          e.v128(table.slice(from, from + 16).map((entry) => (entry >> shift) & 255)),
          places,
        );
      return v('v128.or', half(0, low), half(16, high));
    };
    return v('v128.or', byte(0), left(byte(8), 8));
  };

  /** The largest or smallest of straight lines slope * k + start. */
  const lines = (pick: Opcode, k: Value, all: readonly (readonly [slope: number, start: number])[]): Value =>
    all
      .map(([slope, start]) => add(v('i32x4.mul', k, e.splat(slope)), e.splat(start)))
      .reduce((a, b) => v(pick, a, b));

  function reciprocal(): Value {
    const index = and(right(x, 18), 31);
    const start = left(
      lookUp(
        RECIPROCAL_PIECES.map(([start]) => start >> 9),
        index,
      ),
      9,
    );
    const slope = lookUp(
      RECIPROCAL_PIECES.map(([, slope]) => slope),
      index,
    );
    const fraction = subtract(start, v('i32x4.mul', slope, and(right(x, 9), 511)));
    const plain = add(subtract(e.splat(253 << 23), and(x, INFINITY)), fraction);
    // 1/x lies below 2^-126; so does that of an infinity.
    const large = v('f32x4.ge', v('f32x4.abs', x), e.splat((127 + 126) << 23));
    const size = choose(isZero(), e.splat(INFINITY), v('v128.andnot', plain, large));
    return v('v128.or', size, and(x, SIGN));
  }

  function reciprocalSquareRoot(): Value {
    const index = and(right(x, 19), 31);
    const start = left(
      lookUp(
        RSQRT_PIECES.map(([, start]) => start),
        index,
      ),
      10,
    );
    const slope = lookUp(
      RSQRT_PIECES.map(([slope]) => slope),
      index,
    );
    const line = subtract(start, v('i32x4.mul', slope, and(right(x, 9), 1023)));
    const short = v('i32x4.lt_s', line, e.splat(1 << 25));
    const long = add(line, v('v128.and', line, short));
    const half = signedRight(subtract(e.splat(127), right(x, 23)), 1);
    const exponent = add(add(half, short), e.splat(127));
    const up = v('v128.and', right(long, 1), v('v128.or', long, right(long, 2)));
    const rounded = add(long, left(and(up, 1), 2));
    const plain = v('v128.or', left(exponent, 23), and(right(rounded, 2), 0x7f_ffff));
    const positive = v('v128.andnot', plain, isInfinity());
    const real = choose(isNegative(), e.splat(DEFAULT_NAN), positive);
    return choose(isZero(), v('v128.or', x, e.splat(INFINITY)), real);
  }

  function exponential(): Value {
    const fixed = v('i32x4.trunc_sat_f32x4_s', v('f32x4.mul', x, e.splat((127 + 23) << 23)));
    const k = and(signedRight(fixed, 12), 2047);
    const eighths = lines('i32x4.max_s', k, [
      [6, 0],
      [7, -512],
      [8, -1408],
      [9, -2688],
      [10, -4352],
      [12, -8192],
    ]);
    const fraction = left(right(add(eighths, e.splat(7)), 3), 12);
    const plain = add(add(and(fixed, 0xff80_0000), e.splat(127 << 23)), fraction);
    const large = v('f32x4.ge', x, e.splat((127 + 7) << 23));
    const tiny = v('f32x4.lt', x, e.splat(0xc2fc_0000));
    return v('v128.andnot', choose(large, e.splat(INFINITY), plain), tiny);
  }

  function logarithm(): Value {
    const k = and(right(x, 12), 2047);
    const eighths = lines('i32x4.min_s', k, [
      [12, 0],
      [10, 256],
      [9, 640],
      [8, 1408],
      [7, 2559],
      [6, 4095],
    ]);
    const fixed = add(left(subtract(right(x, 23), e.splat(127)), 11), right(eighths, 3));
    const plain = v('f32x4.mul', v('f32x4.convert_i32x4_s', fixed), e.splat((127 - 11) << 23));
    const finite = choose(isInfinity(), e.splat(INFINITY), plain);
    const real = choose(isNegative(), e.splat(DEFAULT_NAN), finite);
    return choose(isZero(), e.splat(SIGN | INFINITY), real);
  }

  const results: Readonly<Record<EstimateOp, () => Value>> = {
    'f32x4.reciprocalEstimate': reciprocal,
    'f32x4.rsqrtEstimate': reciprocalSquareRoot,
    'f32x4.exp2Estimate': exponential,
    'f32x4.log2Estimate': logarithm,
  };
  const result = results[op]();
  return e.value(
    'v128',
    [x, x, result],
    () => {
      e.settle(x);
      e.push(x);
      e.push(x);
      e.body.op('f32x4.eq');
      e.body.op('i32x4.bitmask');
      e.body.i32(15);
      e.body.op('i32.ne');
      e.leaveIf();
      e.push(result);
    },
    { flushed: true },
  );
}
