import { rangeOf } from '../isa/fields.js';
import type { Fields, Row } from '../isa/row.js';
import { findRow } from '../isa/table.js';
import { Fault } from './error.js';
import type { RegisterKind, Value } from './expression.js';

/** One operand of an operand list: a field, or a displacement with its base in parentheses. */
export interface Slot {
  readonly name: string;
  readonly base?: string;
}

/** What an operand stands for. `target` is a branch target, given as an address. */
export type OperandKind = RegisterKind | 'target' | 'number';

const slotCache = new Map<string, readonly Slot[]>();

/** Operands of `rD,d(rA)`: rD, and d with base rA. */
export function slotsOf(syntax: string): readonly Slot[] {
  let slots = slotCache.get(syntax);
  if (slots === undefined) {
    slots = syntax
      .split(',')
      .filter((piece) => piece.trim() !== '')
      .map((piece) => {
        const match = /^\s*([\w.]+)(?:\((\w+)\))?\s*$/.exec(piece);
        if (match === null) throw new Error(`operand list ${syntax} cannot be read`);
        return match[2] === undefined ? { name: match[1] } : { name: match[1], base: match[2] };
      });
    slotCache.set(syntax, slots);
  }
  return slots;
}

/**
 * The kind of a field follows from its name: rA, frB, vD, crfD, crbA, BI, SPR, BD; all others are numbers.
 */
export function kindOf(field: string): OperandKind {
  if (/^r[A-Z]$/.test(field)) return 'gpr';
  if (/^fr[A-Z]$/.test(field)) return 'fpr';
  if (/^v[A-Z]$/.test(field)) return 'vr';
  if (/^crf[A-Z]$/.test(field)) return 'crf';
  if (field === 'BI' || /^crb[A-Z]$/.test(field)) return 'crBit';
  if (field === 'SPR' || field === 'TBR') return 'spr';
  if (field === 'LI' || field === 'BD') return 'target';
  return 'number';
}

const KIND_NAMES: Record<OperandKind, string> = {
  gpr: 'a general register (r0..r31)',
  fpr: 'a floating-point register (f0..f31)',
  vr: 'a vector register',
  crf: 'a condition register field (cr0..cr7)',
  crBit: 'a condition bit (4*cr0+lt..4*cr7+so)',
  spr: 'a special register',
  target: 'a branch target',
  number: 'a number',
};

/** Refuses a register of the wrong file; bare numbers stand for any register. */
export function checkKind(mnemonic: string, field: string, value: Value): void {
  const wanted = kindOf(field);
  if (value.register === undefined || value.register === wanted) return;
  if (value.register === 'crf' && value.value === 0n && wanted === 'crBit') return;
  const got = KIND_NAMES[value.register].replace(/ \(.*/, '');
  throw new Fault(`operand ${field} of ${mnemonic} is ${KIND_NAMES[wanted]}, got ${got}`);
}

/** True when the row takes its branch target as an absolute address. */
export function isAbsolute(row: Row): boolean {
  return (row.bits & 2) !== 0;
}

/**
 * The number that goes into a field. Sixteen-bit parts of addresses fit signed and unsigned fields; negative
 * numbers may be written as 32-bit ones; addis takes its immediate signed or not, as GNU as does.
 */
export function fieldValue(row: Row, name: string, value: Value, address: number, mnemonic: string): number {
  checkKind(mnemonic, name, value);
  const { low, high, step } = rangeOf(row.form.fields[name]);
  let number = value.value;
  if (kindOf(name) === 'target')
    number = BigInt.asIntN(32, isAbsolute(row) ? number : number - BigInt(address));
  if (low === -0x8000 && (value.half || row.name === 'addis') && number > 0x7fffn && number <= 0xffffn) {
    number -= 0x10000n;
  }
  // lswi and stswi write a count of 32 as 0.
  if (name === 'NB' && number === 32n) number = 0n;
  if (low < 0 && number >= 0x8000_0000n && number <= 0xffff_ffffn) number -= 0x1_0000_0000n;
  if (number < BigInt(low) || number > BigInt(high)) {
    const what =
      kindOf(name) === 'target'
        ? `${mnemonic} reaches from ${low} to ${high} bytes; the target is ${number}`
        : `operand ${name} of ${mnemonic} is ${number}, not from ${low} to ${high}`;
    throw new Fault(kindOf(name) === 'target' ? `${what} away` : what);
  }
  if (Number(number) % step !== 0)
    throw new Fault(`operand ${name} of ${mnemonic} is ${number}, no multiple of ${step}`);
  return Number(number);
}

/**
 * The row and fields that GNU as makes of these: with one field selected, mtcrf becomes the faster mtocrf, as
 * for every processor from POWER4 on.
 */
export function preferredForm(row: Row, fields: Fields): { row: Row; fields: Fields } {
  const one = findRow('mtocrf');
  const { CRM } = fields;
  if (row.name !== 'mtcrf' || one === undefined || CRM === 0 || (CRM & (CRM - 1)) !== 0)
    return { row, fields };
  return { row: one, fields: { FXM: CRM, rS: fields.rS } };
}

/**
 * Checks the operands `n` and `b` of a simplified rotate against the width of the register part it works on.
 */
export function checkBits(mnemonic: string, row: Row, operand: string, value: Value): void {
  if (operand !== 'n' && operand !== 'b') return;
  const width = row.form.name.startsWith('MD') ? 64n : 32n;
  const highest = operand === 'n' ? width : width - 1n;
  if (value.value < 0n || value.value > highest) {
    throw new Fault(`operand ${operand} of ${mnemonic} is ${value.value}, not from 0 to ${highest}`);
  }
}
