import { type Exec, indexed } from './build.js';
import type { Fields } from './row.js';
import type { I32, I64, Semantics, V128, VBinary, VSaturating, VUnary } from './semantics.js';

/**
 * Meanings that AltiVec rows and their VMX128 twins share; operands are the fields vD, vA, vB, UIMM, SIMM.
 */

export const binary =
  (op: VBinary): Exec =>
  (s, f) =>
    s.setVr(f.vD, s.v2(op, s.vr(f.vA), s.vr(f.vB)));
export const unary =
  (op: VUnary): Exec =>
  (s, f) =>
    s.setVr(f.vD, s.v1(op, s.vr(f.vB)));

/** VSCR[SAT] is the lowest bit and sticky. */
function noteSaturation(s: Semantics, saturated: I32): void {
  s.setSpr32('vscr', s.or32(s.spr32('vscr'), saturated));
}

export const saturating =
  (op: VSaturating): Exec =>
  (s, f) => {
    const { value, saturated } = s.vsat(op, s.vr(f.vA), s.vr(f.vB));
    s.setVr(f.vD, value);
    noteSaturation(s, saturated);
  };

/** Constant byte selection from vA then vB. */
export const shuffle =
  (bytes: readonly number[]): Exec =>
  (s, f) =>
    s.setVr(f.vD, s.vshuffle(s.vr(f.vA), s.vr(f.vB), bytes));

/** Byte numbers 0..15 of the result, computed from their place. */
export const sixteen = (byte: (i: number) => number): number[] =>
  Array.from({ length: 16 }, (_, i) => byte(i));

/** Element `UIMM` of vB, of `size` bytes, in every place; the number is taken modulo the element count. */
export const splat =
  (size: 1 | 2 | 4): Exec =>
  (s, f) => {
    const first = (f.UIMM % (16 / size)) * size;
    const b = s.vr(f.vB);
    s.setVr(
      f.vD,
      s.vshuffle(
        b,
        b,
        sixteen((i) => first + (i % size)),
      ),
    );
  };

/** The five-bit SIMM, sign-extended to `size` bytes, in every place. */
export const splatImmediate =
  (size: 1 | 2 | 4): Exec =>
  (s, f) =>
    s.setVr(f.vD, s.vconst(sixteen((i) => (f.SIMM >> Math.min(31, 8 * (size - 1 - (i % size)))) & 0xff)));

/** Bytes of a merge: elements of vA and vB alternate, from their left or right halves. */
export const merge = (half: 'high' | 'low', size: 1 | 2 | 4): readonly number[] => {
  const from = half === 'high' ? 0 : 8;
  return sixteen((i) => {
    const element = Math.floor(i / size);
    return (element % 2) * 16 + from + Math.floor(element / 2) * size + (i % size);
  });
};

/** Bytes of a pack without saturation: the right half of every element of `size` bytes. */
export const packModulo = (size: 2 | 4): readonly number[] =>
  sixteen((i) => Math.floor(i / (size / 2)) * size + size / 2 + (i % (size / 2)));

/** CR6: 8 when every lane is true, 2 when none is. */
function recordCr6(s: Semantics, lanes: V128): void {
  s.setCrf(6, s.or32(s.shl32(s.vallOnes(lanes), 3), s.shl32(s.vallZero(lanes), 1)));
}

/** A compare; a recording one sets CR6, where a bounds compare only tells whether all lanes are in bounds. */
export const compare =
  (op: VBinary, record: boolean): Exec =>
  (s, f) => {
    const lanes = s.v2(op, s.vr(f.vA), s.vr(f.vB));
    s.setVr(f.vD, lanes);
    if (!record) return;
    if (op === 'f32x4.cmpb') s.setCrf(6, s.shl32(s.vallZero(lanes), 1));
    else recordCr6(s, lanes);
  };

/** vctsxs, vctuxs and their twins. */
export const toInteger =
  (signed: boolean): Exec =>
  (s, f) => {
    const { value, saturated } = s.vtoInt(s.vr(f.vB), f.UIMM, signed);
    s.setVr(f.vD, value);
    noteSaturation(s, saturated);
  };

/** vcfsx, vcfux and their twins. */
export const fromInteger =
  (signed: boolean): Exec =>
  (s, f) =>
    s.setVr(f.vD, s.vfromInt(s.vr(f.vB), f.UIMM, signed));

export const shiftPattern =
  (direction: 'left' | 'right'): Exec =>
  (s, f) =>
    s.setVr(f.vD, s.vshiftPattern(indexed(s, f), direction));

/** Loads at (rA|0)+rB. */
export const load =
  (access: (s: Semantics, ea: I64) => V128): Exec =>
  (s, f) =>
    s.setVr(f.vD, access(s, indexed(s, f)));

/** Stores at (rA|0)+rB. */
export const store =
  (access: (s: Semantics, ea: I64, value: V128) => void): Exec =>
  (s, f) =>
    access(s, indexed(s, f), s.vr(f.vS));

/**
 * The whole aligned quadword, for lvx and also for lvebx, lvehx, lvewx: the architecture leaves their other
 * lanes undefined, and this machine fills them from memory.
 */
export const loadLine = (s: Semantics, ea: I64): V128 => s.loadV(ea);
export const loadLeft = (s: Semantics, ea: I64): V128 => s.loadVLeft(ea);
export const loadRight = (s: Semantics, ea: I64): V128 => s.loadVRight(ea);
export const storeLine = (s: Semantics, ea: I64, value: V128): void => s.storeV(ea, value);
export const storeLeft = (s: Semantics, ea: I64, value: V128): void => s.storeVLeft(ea, value);
export const storeRight = (s: Semantics, ea: I64, value: V128): void => s.storeVRight(ea, value);
export const storeElement =
  (size: 1 | 2 | 4) =>
  (s: Semantics, ea: I64, value: V128): void =>
    s.storeVElement(ea, size, value);

/** A row of an instruction that AltiVec has and this machine has not. */
export const absent =
  (name: string): Exec =>
  (s: Semantics, _f: Fields) =>
    s.illegal(`${name}: Xenon has no integer multiply-sum instructions; convert to float instead`);
