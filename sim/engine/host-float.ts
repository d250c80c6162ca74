import type { RoundTo } from '../isa/semantics.js';
import { fma32 } from './fma32.js';

/**
 * Shortcuts of the evaluating engine: results to nearest even (as bits of doubles) that the host's own
 * arithmetic gives exactly as the exact path does, or undefined where only that path knows: NaNs, and
 * rounding to single where the operands are not singles. Two roundings, to 53 and then to 24 digits, equal
 * one for the sum, difference, product, quotient and root of singles (53 >= 2 * 24 + 2).
 */

const double = new Float64Array(1);
const bits = new BigUint64Array(double.buffer);

function numberOf(value: bigint): number {
  bits[0] = value;
  return double[0];
}

function finish(result: number): bigint | undefined {
  if (Number.isNaN(result)) return undefined;
  double[0] = result;
  return bits[0];
}

const isSingle = (x: number): boolean => Math.fround(x) === x;

export type Operation = 'add' | 'subtract' | 'multiply' | 'divide';

export function hostBinary(operation: Operation, a: bigint, b: bigint, to: RoundTo): bigint | undefined {
  const x = numberOf(a);
  const y = numberOf(b);
  if (to === 'single' && !(isSingle(x) && isSingle(y))) return undefined;
  const result = apply(operation, x, y);
  return finish(to === 'single' ? Math.fround(result) : result);
}

function apply(operation: Operation, x: number, y: number): number {
  switch (operation) {
    case 'add':
      return x + y;
    case 'subtract':
      return x - y;
    case 'multiply':
      return x * y;
    case 'divide':
      return x / y;
  }
}

export function hostSquareRoot(b: bigint, to: RoundTo): bigint | undefined {
  const x = numberOf(b);
  if (to === 'single' && !isSingle(x)) return undefined;
  return finish(to === 'single' ? Math.fround(Math.sqrt(x)) : Math.sqrt(x));
}

/** a * c + b (or - b) to single; `negate` as in the exact path. */
export function hostMultiplyAdd(
  a: bigint,
  c: bigint,
  b: bigint,
  options: { readonly subtract: boolean; readonly negate: boolean },
): bigint | undefined {
  const [x, y, z] = [numberOf(a), numberOf(c), numberOf(b)];
  if (!isSingle(x) || !isSingle(y) || !isSingle(z)) return undefined;
  const result = fma32(x, y, options.subtract ? -z : z);
  return finish(options.negate ? -result : result);
}
