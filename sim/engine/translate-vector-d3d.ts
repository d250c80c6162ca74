import type { Emitter } from './emitter.js';
import { Untranslated, type Value } from './translate-values.js';
import type { VectorLanes } from './translate-vector-lanes.js';

/** Bytes of a word of the result, from the most significant: which byte of the operand each is, or none. */
type Places = readonly number[];
const NONE = -1;
const NOTHING: Places = [NONE, NONE, NONE, NONE];
/** Packed halfwords stand on the right. */
const TWO_HALVES: readonly Places[] = [[12, 13, NONE, NONE], [14, 15, NONE, NONE], NOTHING, NOTHING];
const FOUR_HALVES: readonly Places[] = [8, 10, 12, 14].map((at) => [at, at + 1, NONE, NONE]);

/** vupkd3d128 as WebAssembly, of the types that are shuffles and additions; words 0 to 3 of b hold what is packed. */
export function unpackD3d(e: Emitter, { v, constant, permuted }: VectorLanes, type: number, b: Value): Value {
  const place = (words: readonly Places[]): Value =>
    permuted(b, (k) => {
      const from = words[k >> 2][3 - (k & 3)];
      return from === NONE ? 0x80 : from ^ 3;
    });
  /** Beside two unpacked halfwords stand 0 and 1. */
  const withOne = (floats: Value): Value =>
    v(
      'v128.or',
      floats,
      constant((k) => (k < 12 ? 0 : [0, 0, 0x80, 0x3f][k - 12])),
    );
  switch (type) {
    case 0: {
      const colours = [13, 14, 15, 12].map((at) => [NONE, NONE, NONE, at]);
      return v('v128.or', place(colours), e.splat(0x3f80_0000));
    }
    case 1:
    case 4: {
      const parts = place(type === 1 ? TWO_HALVES : FOUR_HALVES);
      const nan = v('i32x4.eq', parts, e.splat(0x8000_0000));
      const sum = v('i32x4.add', v('i32x4.shr_s', parts, e.i32(16)), e.splat(0x4040_0000));
      const floats = v('v128.bitselect', e.splat(0x7fc0_0000), sum, nan);
      if (type === 4) return floats;
      const kept = v(
        'v128.and',
        floats,
        constant((k) => (k < 8 ? 0xff : 0)),
      );
      return withOne(kept);
    }
    case 3:
    case 5: {
      const parts = place(type === 3 ? TWO_HALVES : FOUR_HALVES);
      const sign = v('v128.and', parts, e.splat(0x8000_0000));
      const size = v('i32x4.shr_u', v('v128.and', parts, e.splat(0x7fff_0000)), e.i32(3));
      const normal = v('i32x4.gt_s', size, e.splat((0x400 << 13) - 1));
      const moved = v('v128.and', v('i32x4.add', size, e.splat(0x3800_0000)), normal);
      const floats = v('v128.or', moved, sign);
      return type === 5 ? floats : withOne(floats);
    }
  }
  throw new Untranslated('vupkd3d128');
}
