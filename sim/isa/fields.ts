import type { Field, Fields, Form, Row } from './row.js';

/** Number of bits of a field, all pieces together, without its scale. */
function widthOf(field: Field): number {
  return field.pieces.reduce((sum, [, width]) => sum + width, 0);
}

/** Bits of the word that a field stands in. */
export function maskOf(field: Field): number {
  return field.pieces.reduce((mask, [lowestBit, width]) => mask | (((1 << width) - 1) << lowestBit), 0) >>> 0;
}

/** Smallest and largest value of a field, and the step its values come in. */
export function rangeOf(field: Field): { low: number; high: number; step: number } {
  const step = 2 ** (field.scale ?? 0);
  const count = 2 ** widthOf(field);
  return field.signed
    ? { low: -(count / 2) * step, high: (count / 2 - 1) * step, step }
    : { low: 0, high: (count - 1) * step, step };
}

/** Value of one field of a word. */
function fieldOf(field: Field, word: number): number {
  let value = 0;
  for (const [lowestBit, width] of field.pieces) {
    value = (value << width) | ((word >>> lowestBit) & ((1 << width) - 1));
  }
  if (field.signed) {
    const unused = 32 - widthOf(field);
    value = (value << unused) >> unused;
  }
  return value << (field.scale ?? 0);
}

/** All fields of a word of this form. */
export function fieldsOf(form: Form, word: number): Fields {
  const values: Record<string, number> = {};
  for (const name in form.fields) values[name] = fieldOf(form.fields[name], word);
  return values;
}

/** The bits that stand for a value of one field; throws a RangeError that names `name` when it does not fit. */
function encodeField(field: Field, value: number, name = 'field'): number {
  const { low, high, step } = rangeOf(field);
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${name} = ${value} is not an integer from ${low} to ${high}`);
  }
  if (value % step !== 0) throw new RangeError(`${name} = ${value} is not a multiple of ${step}`);
  let rest = value / step;
  let word = 0;
  for (let i = field.pieces.length - 1; i >= 0; i--) {
    const [lowestBit, width] = field.pieces[i];
    word |= (rest & ((1 << width) - 1)) << lowestBit;
    rest >>= width;
  }
  return word >>> 0;
}

/**
 * The word with these fixed bits and field values (fields left out are zero). Throws a RangeError when a value does
 * not fit, and an Error when the form has no such field. Two names for the same bits must agree.
 */
export function encodeFields(form: Form, bits: number, fields: Fields): number {
  let word = bits;
  let written = 0;
  for (const name in fields) {
    const field = form.fields[name];
    if (field === undefined) throw new Error(`form ${form.name} has no field ${name}`);
    const piece = encodeField(field, fields[name], name);
    const mask = maskOf(field);
    if (((word ^ piece) & mask & written) !== 0) {
      throw new Error(`${name} = ${fields[name]} contradicts another field in the same bits`);
    }
    word |= piece;
    written |= mask;
  }
  return word >>> 0;
}

/** Field names of an operand list in order: 'rD,d(rA)' gives rD, d, rA. */
export function operandNames(syntax: string): string[] {
  return syntax.split(/[,()]/).filter((name) => name !== '');
}

/** A word of this row with the given operands; range checks as in encodeFields. */
export function encodeRow(row: Row, operands: Fields): number {
  return encodeFields(row.form, row.bits, operands);
}
