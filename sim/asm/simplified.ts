import { operandNames } from '../isa/fields.js';
import type { Row } from '../isa/row.js';
import { findRow } from '../isa/table.js';
import { type Expression, evaluateExpression, parseExpression, type Value } from './expression.js';
import { splitOperands } from './lexer.js';
import { simplifiedMnemonics } from './mnemonics.js';
import { type Slot, slotsOf } from './operands.js';

/** A simplified mnemonic with the row it stands for. */
export interface Simplified {
  readonly name: string;
  readonly slots: readonly Slot[];
  readonly row: Row;
  /** Expression of every operand of the row in the order of its syntax, over the names of `slots`. */
  readonly operands: readonly { readonly field: string; readonly expression: Expression }[];
  /** The disassembler writes it. */
  readonly shown: boolean;
}

let compiled: { byMnemonic: Map<string, Simplified[]>; byRow: Map<Row, Simplified[]> } | undefined;

/** All simplified mnemonics, by their own name and by the row they stand for. */
export function simplified(): { byMnemonic: Map<string, Simplified[]>; byRow: Map<Row, Simplified[]> } {
  if (compiled !== undefined) return compiled;
  compiled = { byMnemonic: new Map(), byRow: new Map() };
  for (const line of simplifiedMnemonics().flatMap(withRecordForms).flatMap(withOptionalOperand)) {
    const one = compile(line);
    if (one === undefined) continue;
    compiled.byMnemonic.set(one.name, [...(compiled.byMnemonic.get(one.name) ?? []), one]);
    if (one.shown) compiled.byRow.set(one.row, [...(compiled.byRow.get(one.row) ?? []), one]);
  }
  return compiled;
}

function withRecordForms(line: string): string[] {
  return line.includes('[.]') ? [line.replaceAll('[.]', ''), line.replaceAll('[.]', '.')] : [line];
}

/** The form without an optional operand first: it is the one to disassemble to. */
function withOptionalOperand(line: string): string[] {
  const match = /\[(\w+),?\]/.exec(line);
  if (match === null) return [line];
  const [left, right] = line.split(' = ');
  const zeroed = right.replaceAll(new RegExp(`\\b${match[1]}\\b`, 'g'), '0');
  return [`${left.replace(match[0], '')} = ${zeroed}`, line.replace(match[0], match[0].slice(1, -1))];
}

function compile(line: string): Simplified | undefined {
  const match = /^(~?)(\S+) ?(\S*) = (\S+) ?(\S*)$/.exec(line);
  if (match === null) throw new Error(`simplified mnemonic cannot be read: ${line}`);
  const [, hidden, name, slots, rowName, operandText] = match;
  const row = findRow(rowName);
  if (row === undefined) return undefined;
  const fields = operandNames(row.syntax);
  const texts = splitOperands(operandText);
  if (texts.length !== fields.length) return undefined;
  const keepNames = (symbol: string): Expression => ({ kind: 'symbol', name: symbol });
  return {
    name,
    slots: slotsOf(slots),
    row,
    operands: fields.map((field, i) => ({ field, expression: parseExpression(texts[i], keepNames) })),
    shown: hidden === '',
  };
}

/** Operand values of the row for given operand values of the mnemonic. */
export function expandOperands(
  one: Simplified,
  given: ReadonlyMap<string, Value>,
): { field: string; value: Value }[] {
  return one.operands.map(({ field, expression }) => ({
    field,
    value: evaluateExpression(expression, (name) => given.get(name)),
  }));
}

/**
 * The operands of the mnemonic that give these fields of the row, or undefined when there are none. Operands
 * that stand alone or under + - * with constants are solved for; what is left is checked with the values so
 * found.
 */
export function matchOperands(
  one: Simplified,
  fields: Readonly<Record<string, number>>,
): Map<string, bigint> | undefined {
  const found = new Map<string, bigint>();
  const unsolved = one.operands.filter(({ field, expression }) => {
    const solution = solve(expression, BigInt(fields[field]), found);
    return solution !== 'solved';
  });
  for (const { field, expression } of unsolved) {
    const value = known(expression, found);
    if (value === undefined || value !== BigInt(fields[field])) return undefined;
  }
  return found;
}

function known(expression: Expression, found: ReadonlyMap<string, bigint>): bigint | undefined {
  let complete = true;
  const { value } = evaluateExpression(expression, (name) => {
    const bound = found.get(name);
    if (bound === undefined) complete = false;
    return { value: bound ?? 0n };
  });
  return complete ? value : undefined;
}

function solve(expression: Expression, value: bigint, found: Map<string, bigint>): 'solved' | 'open' {
  const already = known(expression, found);
  if (already !== undefined) return already === value ? 'solved' : 'open';
  if (expression.kind === 'symbol') {
    found.set(expression.name, value);
    return 'solved';
  }
  if (expression.kind !== 'binary') return 'open';
  const left = known(expression.left, found);
  const right = known(expression.right, found);
  if (expression.operator === '+' && right !== undefined) return solve(expression.left, value - right, found);
  if (expression.operator === '-' && left !== undefined) return solve(expression.right, left - value, found);
  if (expression.operator === '*' && left !== undefined && left !== 0n && value % left === 0n) {
    return solve(expression.right, value / left, found);
  }
  return 'open';
}
