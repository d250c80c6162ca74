import { encodeRow, operandNames } from '../isa/fields.js';
import type { Row } from '../isa/row.js';
import { findRow, ROWS } from '../isa/table.js';
import { Fault } from './error.js';
import {
  type Binder,
  type Expression,
  evaluateExpression,
  parseOperand,
  type Resolver,
  type Value,
} from './expression.js';
import { splitOperands } from './lexer.js';
import { nearest } from './nearest.js';
import { checkBits, checkKind, fieldValue, preferredForm, type Slot, slotsOf } from './operands.js';
import { expandOperands, type Simplified, simplified } from './simplified.js';

/** An instruction whose operands are parsed; it becomes a word when all symbols are known. */
export interface PreparedInstruction {
  encode(address: number, resolve: Resolver): number;
}

/** Named operand expressions of one operand list. */
type Operands = ReadonlyMap<string, Expression>;

/** Parses an instruction. Throws a Fault for an unknown mnemonic or operands that no form of it takes. */
export function prepareInstruction(name: string, rest: string, bind: Binder): PreparedInstruction {
  const mnemonic = name.toLowerCase();
  const pieces = splitOperands(rest);
  const row = findRow(mnemonic);
  const shorthands = simplified().byMnemonic.get(mnemonic) ?? [];
  if (row !== undefined) {
    const operands = rowOperands(row, pieces, bind);
    if (operands !== undefined)
      return { encode: (address, resolve) => encodeBase(row, operands, address, resolve) };
  }
  const shorthand = shorthands.find((one) => one.slots.length === pieces.length);
  if (shorthand !== undefined) {
    const operands = parseSlots(mnemonic, shorthand.slots, pieces, bind);
    return { encode: (address, resolve) => encodeSimplified(shorthand, operands, address, resolve) };
  }
  const mask = row === undefined ? undefined : maskOperands(row, pieces, bind);
  if (row !== undefined && mask !== undefined) {
    return { encode: (address, resolve) => encodeWithMask(row, mask, address, resolve) };
  }
  if (row === undefined && shorthands.length === 0) {
    throw new Fault(`unknown mnemonic ${name}`, nearest(mnemonic, knownMnemonics()));
  }
  const forms = [...shorthands.map((one) => describeSlots(one.slots)), ...(row ? [row.syntax] : [])];
  throw new Fault(
    `${mnemonic} takes ${forms.map((form) => form || 'no operands').join(' or ')}; got ${pieces.length}`,
  );
}

/** Every mnemonic that the assembler knows, rows and simplified ones. */
function knownMnemonics(): string[] {
  return [...ROWS.map((row) => row.name), ...simplified().byMnemonic.keys()];
}

function describeSlots(slots: readonly Slot[]): string {
  return slots.map((slot) => (slot.base ? `${slot.name}(${slot.base})` : slot.name)).join(',');
}

/**
 * Operands of a row, or undefined when their number does not fit. A field that the operand list names twice
 * (vmaddfp128 vD,vA,vB,vD) may be written once or twice.
 */
function rowOperands(row: Row, pieces: readonly string[], bind: Binder): Operands | undefined {
  const slots = slotsOf(row.syntax);
  if (pieces.length === slots.length) return parseSlots(row.name, slots, pieces, bind);
  const unique = slots.filter((slot, i) => slots.findIndex((other) => other.name === slot.name) === i);
  return pieces.length === unique.length ? parseSlots(row.name, unique, pieces, bind) : undefined;
}

function parseSlots(
  mnemonic: string,
  slots: readonly Slot[],
  pieces: readonly string[],
  bind: Binder,
): Operands {
  const operands = new Map<string, Expression>();
  const put = (field: string, expression: Expression): void => {
    const earlier = operands.get(field);
    if (earlier === undefined) operands.set(field, expression);
    else if (JSON.stringify(earlier, plain) !== JSON.stringify(expression, plain)) {
      throw new Fault(
        `operand ${field} of ${mnemonic} stands twice in the list and must be the same both times`,
      );
    }
  };
  slots.forEach((slot, i) => {
    const { expression, base } = parseOperand(pieces[i], bind);
    put(slot.name, expression);
    if (slot.base !== undefined && base === undefined) {
      throw new Fault(`operand ${i + 1} of ${mnemonic} is ${slot.name}(${slot.base}), got ${pieces[i]}`);
    }
    if (slot.base === undefined && base !== undefined) {
      throw new Fault(
        `operand ${i + 1} of ${mnemonic} is ${slot.name} without parentheses, got ${pieces[i]}`,
      );
    }
    if (slot.base !== undefined && base !== undefined) put(slot.base, base);
  });
  return operands;
}

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

function encodeBase(row: Row, operands: Operands, address: number, resolve: Resolver): number {
  const fields: Record<string, number> = {};
  for (const [field, expression] of operands) {
    fields[field] = fieldValue(row, field, evaluateExpression(expression, resolve), address, row.name);
  }
  const preferred = preferredForm(row, fields);
  return encodeRow(preferred.row, preferred.fields);
}

function encodeSimplified(one: Simplified, operands: Operands, address: number, resolve: Resolver): number {
  const given = new Map<string, Value>();
  for (const [field, expression] of operands) {
    const value = evaluateExpression(expression, resolve);
    checkKind(one.name, field, value);
    checkBits(one.name, one.row, field, value);
    given.set(field, value);
  }
  const fields: Record<string, number> = {};
  for (const { field, value } of expandOperands(one, given)) {
    const number = fieldValue(one.row, field, value, address, one.name);
    if (fields[field] !== undefined && fields[field] !== number)
      throw new Fault(`operands of ${one.name} contradict`);
    fields[field] = number;
  }
  return encodeRow(one.row, fields);
}

/** `rlwinm rA,rS,SH,mask`: the last operand stands for MB and ME. */
function maskOperands(row: Row, pieces: readonly string[], bind: Binder): Operands | undefined {
  const names = operandNames(row.syntax);
  if (!row.syntax.endsWith(',MB,ME') || pieces.length !== names.length - 1) return undefined;
  const slots = [...names.slice(0, -2), 'mask'].map((name) => ({ name }));
  return parseSlots(row.name, slots, pieces, bind);
}

function encodeWithMask(row: Row, operands: Operands, address: number, resolve: Resolver): number {
  const mask = evaluateExpression(operands.get('mask')!, resolve).value;
  const bounds = maskBounds(Number(BigInt.asUintN(32, mask)));
  const rest = new Map([...operands].filter(([field]) => field !== 'mask'));
  const known = (value: number): Expression => ({ kind: 'value', value: { value: BigInt(value) } });
  if (bounds === undefined) throw new Fault(`mask ${mask} of ${row.name} is no single run of ones`);
  return encodeBase(row, rest.set('MB', known(bounds.first)).set('ME', known(bounds.last)), address, resolve);
}

/**
 * First and last one, counted from the left, of a run of ones that may wrap around; undefined for other
 * masks.
 */
function maskBounds(mask: number): { first: number; last: number } | undefined {
  if (mask === 0xffffffff) return { first: 0, last: 31 };
  const bit = (i: number): number => (mask >>> (31 - (i & 31))) & 1;
  const positions = Array.from({ length: 32 }, (_, i) => i);
  const starts = positions.filter((i) => bit(i) === 1 && bit(i + 31) === 0);
  const ends = positions.filter((i) => bit(i) === 1 && bit(i + 1) === 0);
  return starts.length === 1 && ends.length === 1 ? { first: starts[0], last: ends[0] } : undefined;
}
