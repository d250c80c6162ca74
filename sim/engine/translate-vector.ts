import { VR } from '../isa/registers.js';
import type { I32, I64, Semantics, V128 } from '../isa/semantics.js';
import type { Emitter } from './emitter.js';
import { Untranslated, type Value } from './translate-values.js';
import { unpackD3d } from './translate-vector-d3d.js';
import { vectorFloat } from './translate-vector-float.js';
import { vectorInteger } from './translate-vector-integer.js';
import { bytes, vectorLanes } from './translate-vector-lanes.js';

type Part = Pick<
  Semantics,
  | 'vr'
  | 'setVr'
  | 'v2'
  | 'v1'
  | 'vsat'
  | 'vmadd'
  | 'vnmsub'
  | 'vselect'
  | 'vpermute'
  | 'vshuffle'
  | 'vconst'
  | 'vshiftPattern'
  | 'vtoInt'
  | 'vfromInt'
  | 'vpackD3d'
  | 'vunpackD3d'
  | 'vallOnes'
  | 'vallZero'
  | 'vword3'
  | 'vfromWord3'
>;

const val = (x: V128 | I32 | I64): Value => x as unknown as Value;
const v128 = (x: Value): V128 => x as unknown as V128;
const i32 = (x: Value): I32 => x as unknown as I32;

/** Vectors as WebAssembly; for the order of their bytes see vectorLanes. */
export function vectorSemantics(e: Emitter): Part {
  const { body } = e;
  const vectors = vectorLanes(e);
  const float = vectorFloat(e);
  const integer = vectorInteger(e, vectors);
  const { v, constant, permuted, lane, anyBit, numbers } = vectors;

  return {
    vr: (n) => v128(e.read(VR + n)),
    setVr: (n, value) => e.write(VR + n, val(value)),
    v2(op, a, b) {
      const [x, y] = [val(a), val(b)];
      switch (op) {
        case 'f32x4.add':
        case 'f32x4.sub':
        case 'f32x4.mul':
        case 'f32x4.max':
        case 'f32x4.min':
        case 'f32x4.cmpeq':
        case 'f32x4.cmpge':
        case 'f32x4.cmpgt':
        case 'f32x4.cmpb':
        case 'dot3':
        case 'dot4':
          return v128(float.binary(op, x, y));
      }
      return v128(integer.binary(op, x, y));
    },
    v1(op, a) {
      const x = val(a);
      switch (op) {
        case 'unpackHighS8':
          return v128(
            v(
              'i16x8.extend_low_i8x16_s',
              permuted(x, (k) => k ^ 2),
            ),
          );
        case 'unpackLowS8':
          return v128(
            v(
              'i16x8.extend_high_i8x16_s',
              permuted(x, (k) => k ^ 2),
            ),
          );
        case 'unpackHighS16':
          return v128(
            v(
              'i32x4.extend_low_i16x8_s',
              permuted(x, (k) => k ^ 2),
            ),
          );
        case 'unpackLowS16':
          return v128(
            v(
              'i32x4.extend_high_i16x8_s',
              permuted(x, (k) => k ^ 2),
            ),
          );
        case 'unpackHighPixel':
        case 'unpackLowPixel':
          throw new Untranslated(op);
      }
      return v128(float.unary(op, x));
    },
    vsat(op, a, b) {
      const { value, saturated } = integer.saturating(op, val(a), val(b));
      return { value: v128(value), saturated: i32(saturated) };
    },
    vmadd: (a, c, b) => v128(float.multiplyAdd(val(a), val(c), val(b), false)),
    vnmsub: (a, c, b) => v128(float.multiplyAdd(val(a), val(c), val(b), true)),
    vselect: (a, b, mask) => v128(v('v128.bitselect', val(b), val(a), val(mask))),
    vpermute(a, b, control) {
      const index = v(
        'v128.xor',
        v(
          'v128.and',
          val(control),
          constant(() => 31),
        ),
        constant(() => 3),
      );
      const first = v('i8x16.swizzle', val(a), index);
      if (a === b)
        return v128(
          v(
            'i8x16.swizzle',
            val(a),
            v(
              'v128.and',
              index,
              constant(() => 15),
            ),
          ),
        );
      return v128(
        v(
          'v128.or',
          first,
          v(
            'i8x16.swizzle',
            val(b),
            v(
              'i8x16.sub',
              index,
              constant(() => 16),
            ),
          ),
        ),
      );
    },
    vshuffle(a, b, order) {
      const [x, y] = [val(a), val(b)];
      const host = bytes((k) => (order[k ^ 3] & 16) | ((order[k ^ 3] & 15) ^ 3));
      // Whole words moved are as denormal as they were.
      const wordwise = [0, 4, 8, 12].every(
        (w) => order[w] % 4 === 0 && [1, 2, 3].every((i) => order[w + i] === order[w] + i),
      );
      const usesA = host.some((k) => k < 16);
      const usesB = host.some((k) => k >= 16);
      const flushed = wordwise && (!usesA || x.flushed) && (!usesB || y.flushed);
      if (x === y || !usesB) return v128({ ...permuted(x, (k) => host[k] & 15), flushed });
      if (!usesA) return v128({ ...permuted(y, (k) => host[k] & 15), flushed });
      return v128(
        e.value(
          'v128',
          [x, y],
          () => {
            e.push(x);
            e.push(y);
            body.shuffle(host);
          },
          { flushed },
        ),
      );
    },
    vconst(order) {
      const host = bytes((k) => order[k ^ 3]);
      const normal = [0, 4, 8, 12].every((w) => {
        const word = (order[w] << 24) | (order[w + 1] << 16) | (order[w + 2] << 8) | order[w + 3];
        return (word & 0x7f80_0000) !== 0 || (word & 0x7fff_ffff) === 0;
      });
      return v128(e.v128(host, normal));
    },
    vshiftPattern(ea, direction) {
      const low = e.op('i32', 'i32.and', e.op('i32', 'i32.wrap_i64', val(ea)), e.i32(15));
      return v128(numbers(direction === 'left' ? low : e.op('i32', 'i32.sub', e.i32(16), low)));
    },
    vtoInt(a, scale, signed) {
      const { value, saturated } = float.toInt(val(a), scale, signed);
      return { value: v128(value), saturated: i32(saturated) };
    },
    vfromInt: (a, scale, signed) => v128(float.fromInt(val(a), scale, signed)),
    vpackD3d() {
      throw new Untranslated('vpkd3d128');
    },
    vunpackD3d: (type, b) => v128(unpackD3d(e, vectors, type, val(b))),
    vallOnes: (a) => i32(e.op('i32', 'i32.eqz', anyBit(v('v128.not', val(a))))),
    vallZero: (a) => i32(e.op('i32', 'i32.eqz', anyBit(val(a)))),
    vword3: (a) => i32(lane('i32x4.extract_lane', val(a), 3)),
    vfromWord3(a) {
      const word = val(a);
      return v128(
        e.value('v128', [word], () => {
          e.push(e.splat(0));
          e.push(word);
          body.lane('i32x4.replace_lane', 3);
        }),
      );
    },
  };
}
