import { maskOf, operandNames } from '../isa/fields.js';
import type { Fields, Row } from '../isa/row.js';
import { decode } from '../isa/table.js';
import { isAbsolute, kindOf, preferredForm, slotsOf } from './operands.js';
import { matchOperands, simplified } from './simplified.js';

export interface Disassembled {
  /** What the assembler takes back to the same word at the same address. */
  readonly text: string;
  /** The instruction; undefined when the machine has none for this word. */
  readonly row?: Row;
}

/** Symbols by name with their addresses, as `Assembled.labels` has them. */
export type SymbolTable = ReadonlyMap<string, number>;

/** Text of one instruction word at an address. With symbols, branch targets are named in a comment. */
export function disassemble(word: number, address = 0, symbols?: SymbolTable): Disassembled {
  const decoded = decode(word);
  if (decoded === undefined) return { text: raw(word) };
  const { row, fields } = decoded;
  const hasReserved = ((word ^ row.bits) & ~operandMask(row)) !== 0;
  if (hasReserved)
    return { text: `${raw(word)}  # ${joined(row.name, rowOperands(row, fields, address))}`, row };
  for (const one of simplified().byRow.get(row) ?? []) {
    const found = matchOperands(one, fields);
    if (found === undefined) continue;
    const texts = one.slots.map(({ name }) => operandText(row, name, Number(found.get(name)), address));
    return { text: joined(one.name, texts) + targetComment(row, fields, address, symbols), row };
  }
  const texts = rowOperands(row, fields, address);
  if (preferredForm(row, fields).row !== row)
    return { text: `${raw(word)}  # ${joined(row.name, texts)}`, row };
  return { text: joined(row.name, texts) + targetComment(row, fields, address, symbols), row };
}

/** Bits of the word that operands say. */
const operandMask = ({ syntax, form }: Row): number =>
  operandNames(syntax).reduce((bits, name) => bits | maskOf(form.fields[name]), 0);

const raw = (word: number): string => `.long 0x${(word >>> 0).toString(16).padStart(8, '0')}`;

function rowOperands(row: Row, fields: Fields, address: number): string[] {
  return slotsOf(row.syntax).map(({ name, base }) => {
    const text = operandText(row, name, fields[name], address);
    return base === undefined ? text : `${text}(${operandText(row, base, fields[base], address)})`;
  });
}

const joined = (name: string, operands: readonly string[]): string =>
  operands.length === 0 ? name : `${name} ${operands.join(',')}`;

/** In these instructions register 0 in the place of rA stands for the value 0. */
const readsZero = (row: Row): boolean => /^(load|store|cache|shiftPattern)/.test(row.timing);

function operandText(row: Row, field: string, value: number, address: number): string {
  switch (kindOf(field)) {
    case 'gpr':
      return field === 'rA' && value === 0 && readsZero(row) ? '0' : `r${value}`;
    case 'fpr':
      return `f${value}`;
    case 'vr':
      return `v${value}`;
    case 'crf':
      return `cr${value}`;
    case 'crBit':
      return row.timing === 'floatStatus' ? String(value) : conditionBit(value);
    case 'target':
      return `0x${(targetOf(row, value, address) >>> 0).toString(16)}`;
    default:
      return field === 'NB' && value === 0 ? '32' : String(value);
  }
}

function conditionBit(bit: number): string {
  const name = ['lt', 'gt', 'eq', 'so'][bit & 3];
  return bit < 4 ? name : `4*cr${bit >> 2}+${name}`;
}

const targetOf = (row: Row, value: number, address: number): number =>
  isAbsolute(row) ? value : address + value;

function targetComment(row: Row, fields: Fields, address: number, symbols: SymbolTable | undefined): string {
  const field = operandNames(row.syntax).find((name) => kindOf(name) === 'target');
  if (field === undefined || symbols === undefined) return '';
  const name = nameOfAddress(targetOf(row, fields[field], address) >>> 0, symbols);
  return name === undefined ? '' : `  # <${name}>`;
}

/** `loop` or `loop+0x10`: the nearest symbol at or before an address; undefined when there is none. */
export function nameOfAddress(address: number, symbols: SymbolTable): string | undefined {
  let best: string | undefined;
  let bestAddress = -1;
  for (const [name, at] of symbols) {
    if (at <= address && at > bestAddress) {
      best = name;
      bestAddress = at;
    }
  }
  if (best === undefined) return undefined;
  return address === bestAddress ? best : `${best}+0x${(address - bestAddress).toString(16)}`;
}
