import { VR } from '../isa/registers.js';
import type { I32, I64, Semantics, V128, VSaturating } from '../isa/semantics.js';
import type { Emitter } from './emitter.js';
import { Untranslated, type Value } from './translate-values.js';
import { vectorFloat } from './translate-vector-float.js';
import type { Opcode } from './wasm/opcodes.js';

/**
 * Vectors as WebAssembly. A register holds each of its four words in host order: byte k as the architecture counts
 * is host byte k ^ 3, halfword h is host lane h ^ 1, word w lane w. Operations lane by lane need not care.
 */

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

const bytes = (make: (k: number) => number): number[] => Array.from({ length: 16 }, (_, k) => make(k) & 0xff);
const GUEST_NUMBER = bytes((k) => k ^ 3);

/** VBinary operations that are one WebAssembly instruction. */
const SAME: Readonly<Record<string, Opcode>> = {
  and: 'v128.and',
  andc: 'v128.andnot',
  or: 'v128.or',
  xor: 'v128.xor',
  'i8x16.add': 'i8x16.add',
  'i16x8.add': 'i16x8.add',
  'i32x4.add': 'i32x4.add',
  'i8x16.sub': 'i8x16.sub',
  'i16x8.sub': 'i16x8.sub',
  'i32x4.sub': 'i32x4.sub',
  'i8x16.cmpeq': 'i8x16.eq',
  'i16x8.cmpeq': 'i16x8.eq',
  'i32x4.cmpeq': 'i32x4.eq',
  'i8x16.cmpgts': 'i8x16.gt_s',
  'i16x8.cmpgts': 'i16x8.gt_s',
  'i32x4.cmpgts': 'i32x4.gt_s',
  'i8x16.cmpgtu': 'i8x16.gt_u',
  'i16x8.cmpgtu': 'i16x8.gt_u',
  'i32x4.cmpgtu': 'i32x4.gt_u',
  'i8x16.maxs': 'i8x16.max_s',
  'i16x8.maxs': 'i16x8.max_s',
  'i32x4.maxs': 'i32x4.max_s',
  'i8x16.maxu': 'i8x16.max_u',
  'i16x8.maxu': 'i16x8.max_u',
  'i32x4.maxu': 'i32x4.max_u',
  'i8x16.mins': 'i8x16.min_s',
  'i16x8.mins': 'i16x8.min_s',
  'i32x4.mins': 'i32x4.min_s',
  'i8x16.minu': 'i8x16.min_u',
  'i16x8.minu': 'i16x8.min_u',
  'i32x4.minu': 'i32x4.min_u',
  'u8x16.avg': 'i8x16.avgr_u',
  'u16x8.avg': 'i16x8.avgr_u',
};

/** Shifts by a count in every lane; WebAssembly has one count for all. */
const SHIFTS: Readonly<
  Record<string, { lanes: 'i8x16' | 'i16x8' | 'i32x4'; vector: Opcode; scalar: Opcode }>
> = {
  'i8x16.shl': { lanes: 'i8x16', vector: 'i8x16.shl', scalar: 'i32.shl' },
  'i16x8.shl': { lanes: 'i16x8', vector: 'i16x8.shl', scalar: 'i32.shl' },
  'i32x4.shl': { lanes: 'i32x4', vector: 'i32x4.shl', scalar: 'i32.shl' },
  'i8x16.shrs': { lanes: 'i8x16', vector: 'i8x16.shr_s', scalar: 'i32.shr_s' },
  'i16x8.shrs': { lanes: 'i16x8', vector: 'i16x8.shr_s', scalar: 'i32.shr_s' },
  'i32x4.shrs': { lanes: 'i32x4', vector: 'i32x4.shr_s', scalar: 'i32.shr_s' },
  'i8x16.shru': { lanes: 'i8x16', vector: 'i8x16.shr_u', scalar: 'i32.shr_u' },
  'i16x8.shru': { lanes: 'i16x8', vector: 'i16x8.shr_u', scalar: 'i32.shr_u' },
  'i32x4.shru': { lanes: 'i32x4', vector: 'i32x4.shr_u', scalar: 'i32.shr_u' },
};

export function vectorSemantics(e: Emitter): Part {
  const { body } = e;
  const float = vectorFloat(e);
  const v = (name: Opcode, ...operands: Value[]): Value => e.op('v128', name, ...operands);
  const constant = (make: (k: number) => number): Value => e.v128(bytes(make));
  const permuted = (x: Value, make: (k: number) => number): Value => v('i8x16.swizzle', x, constant(make));
  const lane = (name: Opcode, x: Value, n: number): Value =>
    e.value('i32', [x], () => {
      e.push(x);
      body.lane(name, n);
    });
  const anyBit = (x: Value): Value => e.op('i32', 'v128.any_true', x);
  /** `first` + the architecture's byte number, in every byte. */
  const numbers = (first: Value): Value => v('i8x16.add', v('i8x16.splat', first), e.v128(GUEST_NUMBER));
  /** Bytes by the numbers the architecture gives them; numbers of 16 and more give 0. */
  const byGuestNumber = (x: Value, index: Value): Value =>
    v(
      'i8x16.swizzle',
      x,
      v(
        'v128.xor',
        index,
        constant(() => 3),
      ),
    );

  const shiftLanes = ({ lanes, vector, scalar }: (typeof SHIFTS)[string], a: Value, b: Value): Value => {
    const first = lane(lanes === 'i8x16' ? 'i8x16.extract_lane_u' : 'i32x4.extract_lane', b, 0);
    return e.value('v128', [a, a, b, b, first, first], () => {
      for (const x of [a, b, first]) e.settle(x);
      e.push(b);
      e.push(first);
      body.op(`${lanes}.splat`);
      body.op('v128.xor');
      body.op('v128.any_true');
      if (lanes !== 'i32x4') {
        e.leaveIf();
        e.push(a);
        e.push(first);
        body.op(vector);
        return;
      }
      const label = body.if('v128');
      e.push(a);
      for (let n = 0; n < 4; n++) {
        e.push(lane('i32x4.extract_lane', a, n));
        e.push(lane('i32x4.extract_lane', b, n));
        body.op(scalar);
        body.lane('i32x4.replace_lane', n);
      }
      body.else();
      e.push(a);
      e.push(first);
      body.op(vector);
      body.end(label);
    });
  };

  const shiftBits = (a: Value, b: Value, left: boolean): Value => {
    const count = e.op('i32', 'i32.and', lane('i8x16.extract_lane_u', b, 12), e.i32(7));
    const rest = e.op('i32', 'i32.sub', e.i32(31), count);
    // The word next to each, with zero behind the last.
    const next = permuted(a, (k) => (left ? k + 4 : k - 4));
    const [toward, back]: Opcode[] = left ? ['i32x4.shl', 'i32x4.shr_u'] : ['i32x4.shr_u', 'i32x4.shl'];
    return v('v128.or', v(toward, a, count), v(back, v(back, next, e.i32(1)), rest));
  };

  const one = () => e.splat(1);
  const high = () => e.splat(0x8000_0000);
  const binary = (op: string, a: Value, b: Value): Value => {
    if (SAME[op] !== undefined) {
      if (op === 'xor' && a === b) return e.splat(0, true);
      if (op === 'or' && a === b) return a;
      return v(SAME[op], a, b);
    }
    if (SHIFTS[op] !== undefined) return shiftLanes(SHIFTS[op], a, b);
    switch (op) {
      case 'nor':
        return v('v128.not', v('v128.or', a, b));
      case 'u32x4.addCarry':
        return v('v128.and', v('i32x4.lt_u', v('i32x4.add', a, b), a), one());
      case 'u32x4.subCarry':
        return v('v128.andnot', one(), v('i32x4.lt_u', a, b));
      case 'u32x4.avg':
        return v('i32x4.sub', v('v128.or', a, b), v('i32x4.shr_u', v('v128.xor', a, b), e.i32(1)));
      case 's32x4.avg':
        return v('i32x4.sub', v('v128.or', a, b), v('i32x4.shr_s', v('v128.xor', a, b), e.i32(1)));
      case 's8x16.avg':
      case 's16x8.avg': {
        const bias = () => (op === 's8x16.avg' ? constant(() => 0x80) : constant((k) => (k & 1 ? 0x80 : 0)));
        const biased = (x: Value) => v('v128.xor', x, bias());
        return biased(v(op === 's8x16.avg' ? 'i8x16.avgr_u' : 'i16x8.avgr_u', biased(a), biased(b)));
      }
      case 'i32x4.rotl':
        return v(
          'v128.or',
          shiftLanes(SHIFTS['i32x4.shl'], a, b),
          shiftLanes(SHIFTS['i32x4.shru'], a, v('i32x4.sub', e.splat(32), b)),
        );
      case 'shiftLeftOctets':
      case 'shiftRightOctets': {
        const last = lane('i8x16.extract_lane_u', b, 12);
        const count = e.op('i32', 'i32.and', e.op('i32', 'i32.shr_u', last, e.i32(3)), e.i32(15));
        const first = op === 'shiftLeftOctets' ? count : e.op('i32', 'i32.sub', e.i32(0), count);
        return byGuestNumber(a, numbers(first));
      }
      case 'shiftLeftBits':
        return shiftBits(a, b, true);
      case 'shiftRightBits':
        return shiftBits(a, b, false);
    }
    throw new Untranslated(op);
  };

  /** Clamps, then narrows; a lane that the clamp changed saturated. */
  const pack = (
    a: Value,
    b: Value,
    narrow: Opcode,
    clamp: (x: Value) => Value,
  ): { value: Value; saturated: Value } => {
    const [x, y] = [clamp(a), clamp(b)];
    const saturated = anyBit(v('v128.or', v('v128.xor', x, a), v('v128.xor', y, b)));
    // Narrowing keeps host order; the order inside words then has to be mended.
    const value = permuted(v(narrow, x, y), (k) => k ^ 2);
    return { value, saturated };
  };
  const word16 = (value: number) => constant((k) => (value >> (8 * (k & 1))) & 0xff);

  const saturating = (op: VSaturating, a: Value, b: Value): { value: Value; saturated: Value } => {
    const clampS = (lanes: 'i16x8' | 'i32x4', low: Value, top: Value) => (x: Value) =>
      v(`${lanes}.min_s`, v(`${lanes}.max_s`, x, low), top);
    const lanewise = (saturatingOp: Opcode, plainOp: Opcode) => {
      const value = v(saturatingOp, a, b);
      return { value, saturated: anyBit(v('v128.xor', value, v(plainOp, a, b))) };
    };
    switch (op) {
      case 'packS16toS8':
        return pack(a, b, 'i8x16.narrow_i16x8_s', clampS('i16x8', word16(-128), word16(127)));
      case 'packS16toU8':
        return pack(a, b, 'i8x16.narrow_i16x8_u', clampS('i16x8', word16(0), word16(255)));
      case 'packS32toS16':
        return pack(a, b, 'i16x8.narrow_i32x4_s', clampS('i32x4', e.splat(-32768), e.splat(32767)));
      case 'packS32toU16':
        return pack(a, b, 'i16x8.narrow_i32x4_u', clampS('i32x4', e.splat(0), e.splat(65535)));
      case 'packU16toU8':
        return pack(a, b, 'i8x16.narrow_i16x8_u', (x) => v('i16x8.min_u', x, word16(255)));
      case 'packU32toU16':
        return pack(a, b, 'i16x8.narrow_i32x4_u', (x) => v('i32x4.min_u', x, e.splat(65535)));
      case 'u8x16.add':
        return lanewise('i8x16.add_sat_u', 'i8x16.add');
      case 's8x16.add':
        return lanewise('i8x16.add_sat_s', 'i8x16.add');
      case 'u8x16.sub':
        return lanewise('i8x16.sub_sat_u', 'i8x16.sub');
      case 's8x16.sub':
        return lanewise('i8x16.sub_sat_s', 'i8x16.sub');
      case 'u16x8.add':
        return lanewise('i16x8.add_sat_u', 'i16x8.add');
      case 's16x8.add':
        return lanewise('i16x8.add_sat_s', 'i16x8.add');
      case 'u16x8.sub':
        return lanewise('i16x8.sub_sat_u', 'i16x8.sub');
      case 's16x8.sub':
        return lanewise('i16x8.sub_sat_s', 'i16x8.sub');
      case 'u32x4.add': {
        const sum = v('i32x4.add', a, b);
        const over = v('i32x4.lt_u', sum, a);
        return { value: v('v128.or', sum, over), saturated: anyBit(over) };
      }
      case 'u32x4.sub': {
        const under = v('i32x4.lt_u', a, b);
        return { value: v('v128.andnot', v('i32x4.sub', a, b), under), saturated: anyBit(under) };
      }
      case 's32x4.add':
      case 's32x4.sub': {
        const adds = op === 's32x4.add';
        const result = v(adds ? 'i32x4.add' : 'i32x4.sub', a, b);
        const against = v('v128.xor', adds ? result : a, b);
        const overflow = v('i32x4.shr_s', v('v128.and', v('v128.xor', a, result), against), e.i32(31));
        const limit = v('v128.xor', v('i32x4.shr_s', a, e.i32(31)), e.splat(0x7fff_ffff));
        return { value: v('v128.bitselect', limit, result, overflow), saturated: anyBit(overflow) };
      }
    }
  };

  /** vupkd3d128 of the types that are shuffles and additions; words 0..3 of b hold the packed value on the right. */
  const unpackD3d = (type: number, b: Value): Value => {
    /** Word w of the result is the bytes of b (0 for none), given from the most significant. */
    const place = (words: readonly (readonly number[])[]): Value =>
      permuted(b, (k) => {
        const from = words[k >> 2][3 - (k & 3)];
        return from < 0 ? 0x80 : from ^ 3;
      });
    switch (type) {
      case 0: {
        const parts = place([
          [-1, -1, -1, 13],
          [-1, -1, -1, 14],
          [-1, -1, -1, 15],
          [-1, -1, -1, 12],
        ]);
        return v('v128.or', parts, e.splat(0x3f80_0000));
      }
      case 1:
      case 4: {
        const none = [-1, -1, -1, -1];
        const parts = place(
          type === 1
            ? [[12, 13, -1, -1], [14, 15, -1, -1], none, none]
            : [
                [8, 9, -1, -1],
                [10, 11, -1, -1],
                [12, 13, -1, -1],
                [14, 15, -1, -1],
              ],
        );
        const nan = v('i32x4.eq', parts, e.splat(0x8000_0000));
        const sum = v('i32x4.add', v('i32x4.shr_s', parts, e.i32(16)), e.splat(0x4040_0000));
        const floats = v('v128.bitselect', e.splat(0x7fc0_0000), sum, nan);
        if (type === 4) return floats;
        const kept = v(
          'v128.and',
          floats,
          constant((k) => (k < 8 ? 0xff : 0)),
        );
        return v(
          'v128.or',
          kept,
          constant((k) => (k < 12 ? 0 : [0, 0, 0x80, 0x3f][k - 12])),
        );
      }
      case 5:
      case 3: {
        const none = [-1, -1, -1, -1];
        const parts = place(
          type === 3
            ? [[12, 13, -1, -1], [14, 15, -1, -1], none, none]
            : [
                [8, 9, -1, -1],
                [10, 11, -1, -1],
                [12, 13, -1, -1],
                [14, 15, -1, -1],
              ],
        );
        const sign = v('v128.and', parts, high());
        const size = v('i32x4.shr_u', v('v128.and', parts, e.splat(0x7fff_0000)), e.i32(3));
        const normal = v('i32x4.gt_s', size, e.splat((0x400 << 13) - 1));
        const moved = v('v128.and', v('i32x4.add', size, e.splat(0x3800_0000)), normal);
        const floats = v('v128.or', moved, sign);
        return type === 5
          ? floats
          : v(
              'v128.or',
              floats,
              constant((k) => (k < 12 ? 0 : [0, 0, 0x80, 0x3f][k - 12])),
            );
      }
    }
    throw new Untranslated('vupkd3d128');
  };

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
      return v128(binary(op, x, y));
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
      const { value, saturated } = saturating(op, val(a), val(b));
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
    vunpackD3d: (type, b) => v128(unpackD3d(type, val(b))),
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
