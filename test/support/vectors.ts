import * as exact from '../../sim/engine/exact-vector.js';
import { fromWords, word } from '../../sim/engine/exact-vector-lanes.js';
import type { VBinary, VUnary } from '../../sim/isa/semantics.js';

/* Vectors of the exact arithmetic, written as four words in hexadecimal. */

export const vector = (hex: string): Uint8Array => {
  const digits = hex.replaceAll(' ', '');
  return Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
};
export const text = (v: Uint8Array): string =>
  [0, 1, 2, 3].map((i) => word(v, i).toString(16).padStart(8, '0')).join(' ');

const cell = new Float32Array(1);
const cellBits = new Uint32Array(cell.buffer);
export const bitsOf = (value: number): number => {
  cell[0] = value;
  return cellBits[0];
};
export const numberOf = (bits: number): number => {
  cellBits[0] = bits;
  return cell[0];
};
export const of = (...values: number[]): Uint8Array =>
  fromWords([0, 1, 2, 3].map((i) => bitsOf(values[i] ?? 0)));

export const two = (op: VBinary, a: string, b: string, nj = true): string =>
  text(exact.v2(op, vector(a), vector(b), nj));
export const one = (op: VUnary, a: string, nj = true): string => text(exact.v1(op, vector(a), nj));
