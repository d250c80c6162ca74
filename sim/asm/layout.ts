import { Fault, located, type Origin } from './error.js';
import {
  type Binder,
  type Expression,
  evaluateExpression,
  parseExpression,
  type Resolver,
} from './expression.js';
import { nearest } from './nearest.js';

/** A piece of the program with its place; its bytes are written once all symbols are known. */
export interface Piece {
  readonly address: number;
  readonly size: number;
  readonly origin: Origin;
  /** Writes `size` bytes. */
  write(bytes: DataView, resolve: Resolver): void;
}

interface SymbolEntry {
  readonly expression: Expression;
  readonly origin?: Origin;
  readonly isLabel: boolean;
}

/** Largest program, in bytes: a slip in .space must not take the host's memory. */
const MAXIMUM_BYTES = 0x2000_0000;

/** Where everything goes and what names mean: the assembler's state between its two passes. */
export interface Layout {
  readonly pieces: Piece[];
  /** True in .text, where alignment is filled with nops. */
  inCode: boolean;
  /** Statement under way. */
  origin: Origin;
  here(): number;
  /** Appends a piece at the present address. */
  place(size: number, write: Piece['write']): void;
  label(name: string): void;
  set(name: string, expression: Expression): void;
  isDefined(name: string): boolean;
  parse(text: string): Expression;
  /** Value of an expression that must be known now. */
  absolute(text: string): bigint;
  readonly bind: Binder;
  readonly resolve: Resolver;
  /** Labels and symbols with their values; names of local labels left out. */
  symbols(): { name: string; value: number; isLabel: boolean }[];
}

const value = (number: number): Expression => ({ kind: 'value', value: { value: BigInt(number) } });

export function createLayout(
  base: number,
  predefined: Readonly<Record<string, number>>,
  start: Origin,
): Layout {
  const entries = new Map<string, SymbolEntry>();
  for (const name in predefined) entries.set(name, { expression: value(predefined[name]), isLabel: false });
  const localCounts = new Map<string, number>();
  const underWay = new Set<string>();
  let address = base;

  const localName = (text: string): string => {
    const number = text.slice(0, -1);
    const count = localCounts.get(number) ?? 0;
    if (text.endsWith('f')) return `${number}:${count + 1}`;
    if (count === 0) throw new Fault(`no local label ${number}: before this line`);
    return `${number}:${count}`;
  };

  const bind: Binder = (name) => {
    if (name === '.') return value(address);
    if (/^[0-9]/.test(name)) return { kind: 'symbol', name: localName(name) };
    const entry = entries.get(name);
    return entry === undefined || entry.isLabel ? undefined : entry.expression;
  };

  const resolve: Resolver = (name) => {
    const entry = entries.get(name);
    if (entry === undefined) {
      if (name.includes(':')) throw new Fault(`no local label ${name.split(':')[0]}: after this line`);
      const names = [...entries.keys()].filter((other) => !other.includes(':'));
      throw new Fault(`undefined symbol ${name}`, nearest(name, names));
    }
    if (underWay.has(name)) throw new Fault(`symbol ${name} is defined by itself`);
    underWay.add(name);
    try {
      return evaluateExpression(entry.expression, resolve);
    } finally {
      underWay.delete(name);
    }
  };

  const layout: Layout = {
    pieces: [],
    inCode: true,
    origin: start,
    here: () => address,
    place(size, write) {
      if (size < 0) throw new Fault(`a size of ${size} bytes`);
      if (address + size - base > MAXIMUM_BYTES)
        throw new Fault(`the program would be over ${MAXIMUM_BYTES} bytes`);
      layout.pieces.push({ address, size, origin: layout.origin, write });
      address += size;
    },
    label(name) {
      if (/^[0-9]/.test(name)) {
        const number = String(Number(name));
        localCounts.set(number, (localCounts.get(number) ?? 0) + 1);
        entries.set(`${number}:${localCounts.get(number)}`, { expression: value(address), isLabel: true });
        return;
      }
      const earlier = entries.get(name);
      if (earlier !== undefined) throw new Fault(`symbol ${name} is defined already${placeOf(earlier)}`);
      entries.set(name, { expression: value(address), origin: layout.origin, isLabel: true });
    },
    set(name, expression) {
      const earlier = entries.get(name);
      if (earlier?.isLabel) throw new Fault(`${name} is a label${placeOf(earlier)}`);
      entries.set(name, { expression, origin: layout.origin, isLabel: false });
    },
    isDefined: (name) => entries.has(name),
    parse: (text) => parseExpression(text, bind),
    absolute: (text) => evaluateExpression(parseExpression(text, bind), resolve).value,
    bind,
    resolve,
    symbols() {
      return [...entries]
        .filter(([name]) => !name.includes(':'))
        .map(([name, entry]) => {
          const number = located(entry.origin ?? start, () => resolve(name)!.value);
          return { name, value: Number(number), isLabel: entry.isLabel };
        });
    },
  };
  return layout;
}

function placeOf(entry: SymbolEntry): string {
  return entry.origin === undefined ? '' : ` at ${entry.origin.file}:${entry.origin.line}`;
}
