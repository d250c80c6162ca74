import { rows as altivecRows } from './altivec.js';
import { rows as branchRows } from './branch.js';
import { fieldsOf } from './fields.js';
import { rows as floatRows } from './float.js';
import { rows as integerRows } from './integer.js';
import { rows as loadStoreRows } from './load-store.js';
import type { Fields, Row } from './row.js';
import { rows as systemRows } from './system.js';
import { rows as vmx128Rows } from './vmx128.js';

/** Every instruction, in the order of the chapters. */
export const ROWS: readonly Row[] = [
  ...integerRows,
  ...branchRows,
  ...loadStoreRows,
  ...floatRows,
  ...systemRows,
  ...altivecRows,
  ...vmx128Rows,
];

/** An instruction word taken apart. */
export interface Decoded {
  readonly word: number;
  readonly row: Row;
  readonly fields: Fields;
}

/** Rows that fix the same bits, by the values of those bits. */
interface MaskGroup {
  readonly mask: number;
  readonly rows: ReadonlyMap<number, Row>;
}

const primaryOf = (word: number): number => word >>> 26;

function bitCount(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
}

/** Mask groups of each primary opcode; those that fix more bits stand first, so the more specific row wins. */
const groups: readonly (readonly MaskGroup[])[] = Array.from({ length: 64 }, (_, primary) => {
  const byMask = new Map<number, Map<number, Row>>();
  for (const row of ROWS) {
    if (primaryOf(row.bits) !== primary) continue;
    const group = byMask.get(row.mask) ?? new Map<number, Row>();
    group.set(row.bits >>> 0, row);
    byMask.set(row.mask, group);
  }
  return [...byMask]
    .map(([mask, rows]) => ({ mask, rows }))
    .sort((a, b) => bitCount(b.mask) - bitCount(a.mask));
});

/** The row of a word; undefined when no instruction of this machine has these bits. */
export function rowOf(word: number): Row | undefined {
  for (const { mask, rows } of groups[primaryOf(word)]) {
    const row = rows.get((word & mask) >>> 0);
    if (row !== undefined) return row;
  }
  return undefined;
}

/** Words that have been taken apart: programs have few, and evaluating engines ask at every instruction. */
const decoded = new Map<number, Decoded>();
const MOST_DECODED = 1 << 16;

/** Row and field values of a word; undefined when no instruction of this machine has these bits. */
export function decode(word: number): Decoded | undefined {
  const known = decoded.get(word | 0);
  if (known !== undefined) return known;
  const row = rowOf(word);
  if (row === undefined) return undefined;
  const made = { word: word >>> 0, row, fields: fieldsOf(row.form, word) };
  if (decoded.size === MOST_DECODED) decoded.clear();
  decoded.set(word | 0, made);
  return made;
}

const rowsByName: ReadonlyMap<string, Row> = new Map(ROWS.map((row) => [row.name, row]));

export const findRow = (name: string): Row | undefined => rowsByName.get(name);

/** The row of a mnemonic; throws for one that does not exist. */
export function byName(name: string): Row {
  const row = rowsByName.get(name);
  if (row === undefined) throw new Error(`no instruction is called ${name}`);
  return row;
}

/**
 * Proof that the table is unambiguous: what stands against it, one line each. Two rows may share words only if one
 * is a strict specialisation of the other (fixes all its bits and more), which decoding then prefers.
 */
export function ambiguities(rows: readonly Row[] = ROWS): string[] {
  const faults: string[] = [];
  const names = new Set<string>();
  for (const row of rows) {
    if (names.has(row.name)) faults.push(`${row.name} is there twice`);
    names.add(row.name);
    if (((row.bits & ~row.mask) | 0) !== 0) faults.push(`${row.name} has bits outside its mask`);
    if (row.mask >>> 26 !== 63) faults.push(`${row.name} does not fix the primary opcode`);
  }
  rows.forEach((a, i) => {
    for (const b of rows.slice(i + 1)) {
      if (((a.bits ^ b.bits) & a.mask & b.mask) !== 0) continue;
      const common = (a.mask & b.mask) >>> 0;
      const isSpecialisation = a.mask !== b.mask && (common === a.mask || common === b.mask);
      if (!isSpecialisation) faults.push(`${a.name} and ${b.name} share words`);
    }
  });
  return faults;
}
