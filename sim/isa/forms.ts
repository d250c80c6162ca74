import type { Field, Form } from './row.js';

/**
 * Instruction forms: where the fields of a word lie.
 *
 * Bits count from the least significant (0..31), as in row.ts; the manuals count from the other end. A form lists
 * every field that some instruction of it uses, so fields may share bits (rD, rS, frD, vD all stand in bits
 * 25..21); the operand list of a row says which of them it has.
 *
 * Sources: Power ISA 2.0x book I, section 1.6; AltiVec technology manual, appendix A; vmx128 encodings as told by
 * public disassemblers.
 */

const at = (lowestBit: number, width: number): Field => ({ pieces: [[lowestBit, width]] });
const signedAt = (lowestBit: number, width: number): Field => ({
  pieces: [[lowestBit, width]],
  signed: true,
});
const split = (...pieces: (readonly [lowestBit: number, width: number])[]): Field => ({ pieces });

/** The five register slots of a 32-bit word, from the left. */
const first = at(21, 5);
const second = at(16, 5);
const third = at(11, 5);
const fourth = at(6, 5);

const rD = first;
const rS = first;
const frD = first;
const frS = first;
const rA = second;
const frA = second;
const rB = third;
const frB = third;
const frC = fourth;
const crfD = at(23, 3);
const crfS = at(18, 3);
const crbD = first;
const Rc = at(0, 1);
const LK = at(0, 1);
const AA = at(1, 1);
/** Six-bit counts and mask bounds keep their high bit apart from the low five. */
const sh6 = split([1, 1], [11, 5]);
const mask6 = split([5, 1], [6, 5]);
/** SPR and time base numbers stand with their two halves swapped. */
const swapped = split([11, 5], [16, 5]);

const vD = first;
const vS = first;
const vA = second;
const vB = third;

/** VMX128 registers have seven bits, the high ones scattered over the low end of the word. */
const vD128 = split([2, 2], [21, 5]);
const vA128 = split([10, 1], [5, 1], [16, 5]);
const vB128 = split([0, 2], [11, 5]);

const fieldsOfForms = {
  I: { LI: { pieces: [[2, 24]], signed: true, scale: 2 }, AA, LK },
  B: { BO: first, BI: second, BD: { pieces: [[2, 14]], signed: true, scale: 2 }, AA, LK },
  SC: { LEV: at(5, 7) },
  D: {
    rD,
    rS,
    frD,
    frS,
    rA,
    SIMM: signedAt(0, 16),
    UIMM: at(0, 16),
    d: signedAt(0, 16),
    TO: first,
    crfD,
    L: at(21, 1),
  },
  DS: { rD, rS, rA, ds: { pieces: [[2, 14]], signed: true, scale: 2 } },
  X: {
    rD,
    rS,
    frD,
    frS,
    vD,
    vS,
    rA,
    rB,
    frA,
    frB,
    crfD,
    crfS,
    crbD,
    L: at(21, 1),
    TO: first,
    TH: first,
    SH: third,
    NB: third,
    U: at(12, 4),
    STRM: at(21, 2),
    Rc,
  },
  XS: { rS, rA, sh: sh6, Rc },
  XL: { BO: first, BI: second, crfD, crfS, crbD, crbA: second, crbB: third, LK },
  XFX: { rD, rS, SPR: swapped, TBR: swapped, CRM: at(12, 8), FXM: at(12, 8) },
  XFL: { FLM: at(17, 8), frB, Rc },
  XO: { rD, rA, rB, OE: at(10, 1), Rc },
  A: { frD, frA, frB, frC, Rc },
  M: { rS, rA, rB, SH: third, MB: fourth, ME: at(1, 5), Rc },
  MD: { rS, rA, sh: sh6, mb: mask6, me: mask6, Rc },
  MDS: { rS, rA, rB, mb: mask6, me: mask6, Rc },
  VX: { vD, vA, vB, UIMM: second, SIMM: signedAt(16, 5) },
  VXR: { vD, vA, vB, Rc: at(10, 1) },
  VA: { vD, vA, vB, vC: fourth, SH: at(6, 4) },
  VX128: { vD: vD128, vA: vA128, vB: vB128 },
  VX128_R: { vD: vD128, vA: vA128, vB: vB128, Rc: at(6, 1) },
  VX128_1: { vD: vD128, vS: vD128, rA, rB },
  /** vC reaches v0..v7 only. */
  VX128_2: { vD: vD128, vA: vA128, vB: vB128, vC: at(6, 3) },
  VX128_3: { vD: vD128, vB: vB128, UIMM: second, SIMM: signedAt(16, 5) },
  VX128_4: { vD: vD128, vB: vB128, MASK: second, TYPE: at(18, 3), PACK: at(16, 2), ROT: at(6, 2) },
  VX128_5: { vD: vD128, vA: vA128, vB: vB128, SH: at(6, 4) },
  VX128_P: { vD: vD128, vB: vB128, PERM: split([6, 3], [16, 5]) },
} satisfies Record<string, Record<string, Field>>;

export type FormName = keyof typeof fieldsOfForms;

/** All forms by name. */
export const FORMS: Readonly<Record<FormName, Form>> = Object.fromEntries(
  Object.entries(fieldsOfForms).map(([name, fields]) => [name, { name, fields }]),
) as unknown as Record<FormName, Form>;
