import { maskOf, operandNames } from './fields.js';
import { FORMS, type FormName } from './forms.js';
import type { Fields, Row, TimingClass } from './row.js';
import type { I32, I64, Semantics } from './semantics.js';

/** Helpers that the scalar chapters share: making rows, effective addresses, condition results. */

export type Exec = (s: Semantics, f: Fields) => void;

/** Fixed bits of a word: primary opcode and, from bit 1 upwards, extended opcode. */
export const opcode = (primary: number, extended = 0, record = 0): number =>
  ((primary << 26) | (extended << 1) | record) >>> 0;

/**
 * Row maker for one chapter. Every bit that no operand covers is fixed, so reserved bits must be as the manual
 * prints them, as in binutils.
 */
export const chapterRows =
  (chapter: string) =>
  (
    name: string,
    formName: FormName,
    bits: number,
    syntax: string,
    timing: TimingClass,
    meaning: string,
    exec: Exec,
  ): Row => {
    const form = FORMS[formName];
    const operandBits = operandNames(syntax).reduce((union, name) => union | maskOf(form.fields[name]), 0);
    const mask = ~operandBits >>> 0;
    return { name, form, bits: bits >>> 0, mask, syntax, timing, chapter, meaning: `${meaning}.`, exec };
  };

/** (rA|0) + displacement. */
export function displaced(s: Semantics, f: Fields, displacement: number): I64 {
  if (f.rA === 0) return s.i64(displacement);
  return displacement === 0 ? s.gpr(f.rA) : s.add(s.gpr(f.rA), s.i64(displacement));
}

/** (rA|0) + rB. */
export function indexed(s: Semantics, f: Fields): I64 {
  return f.rA === 0 ? s.gpr(f.rB) : s.add(s.gpr(f.rA), s.gpr(f.rB));
}

/** What an update form leaves in rA: the effective address, whose upper word is zero in 32-bit mode. */
export const addressResult = (s: Semantics, ea: I64): I64 => (s.sf ? ea : s.zeroExtend(ea, 32));

export const not = (s: Semantics, a: I64): I64 => s.xor(a, s.i64(-1));
export const nonZero32 = (s: Semantics, a: I32): I32 => s.eqz32(s.eqz32(a));

/** LT, GT or EQ from two truth values, with SO. */
export function conditionField(s: Semantics, less: I32, equal: I32, summaryOverflow: I32): I32 {
  const order = s.select32(less, s.i32(8), s.select32(equal, s.i32(2), s.i32(4)));
  return s.or32(order, summaryOverflow);
}

/** CR0 from the signed comparison of a result with zero: 64 bits of it, or the low 32 in 32-bit mode. */
export function recordCr0(s: Semantics, value: I64, summaryOverflow: I32 = s.spr32('so')): void {
  const seen = s.sf ? value : s.signExtend(value, 32);
  const zero = s.i64(0);
  s.setCrf(0, conditionField(s, s.ltS(seen, zero), s.eq(seen, zero), summaryOverflow));
}

/** OV and SO from one overflow; gives the new SO. */
export function setOverflow(s: Semantics, overflow: I32): I32 {
  const summary = s.or32(s.spr32('so'), overflow);
  s.setSpr32('ov', overflow);
  s.setSpr32('so', summary);
  return summary;
}

/** A bit of CR, 0..31 from the left, as a truth value. */
export function crBit(s: Semantics, bit: number): I32 {
  return s.and32(s.shr32(s.crf(bit >> 2), 3 - (bit & 3)), s.i32(1));
}

/** A code address as the program counter holds it: without the upper word in 32-bit mode or below zero. */
export const codeAddress = (s: Semantics, address: number): number =>
  s.sf && address >= 0 ? address : address >>> 0;
