import type { VSaturating } from '../isa/semantics.js';
import type { Emitter } from './emitter.js';
import { Untranslated, type Value } from './translate-values.js';
import type { VectorLanes } from './translate-vector-lanes.js';
import type { Opcode } from './wasm/opcodes.js';

/** Vector integer arithmetic as WebAssembly. */
export interface VectorInteger {
  binary(op: string, a: Value, b: Value): Value;
  saturating(op: VSaturating, a: Value, b: Value): { value: Value; saturated: Value };
}

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

export function vectorInteger(e: Emitter, vectors: VectorLanes): VectorInteger {
  const { body } = e;
  const { v, constant, permuted, lane, anyBit, numbers, byGuestNumber } = vectors;

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

  return { binary, saturating };
}
