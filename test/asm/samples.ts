import seedrandom from 'seedrandom';
import { encodeFields, operandNames, rangeOf } from '../../sim/isa/fields.js';
import type { Row } from '../../sim/isa/row.js';
import { rowOf } from '../../sim/isa/table.js';

/** Boundary and in-between values of a field: every corner and a few of its inside. */
export function samplesOf(row: Row, field: string, random: () => number): number[] {
  const { low, high, step } = rangeOf(row.form.fields[field]);
  const count = (high - low) / step + 1;
  const inside = Array.from({ length: 4 }, () => low + step * Math.floor(random() * count));
  // Special registers that exist: XER, LR, CTR, VRSAVE, time base.
  if (field === 'SPR') return [1, 8, 9, 256, 268, 269, ...inside];
  if (field === 'TBR') return [268, 269, ...inside];
  const corners = [low, low + step, high - step, high, ...(low < 0 ? [-step, 0, step] : [])];
  return [...new Set([...corners.filter((value) => value >= low && value <= high), ...inside])];
}

/**
 * Operand values of a row: each operand over all its samples with the others random, and `extra` all-random
 * ones.
 */
export function operandSets(row: Row, extra: number): Record<string, number>[] {
  const random = seedrandom(`operands of ${row.name}`);
  const names = [...new Set(operandNames(row.syntax))];
  const pick = (field: string): number => {
    const samples = samplesOf(row, field, random);
    return samples[Math.floor(random() * samples.length)];
  };
  const any = (): Record<string, number> => Object.fromEntries(names.map((name) => [name, pick(name)]));
  const sets = names.flatMap((name) =>
    samplesOf(row, name, random).map((value) => ({ ...any(), [name]: value })),
  );
  for (let i = 0; i < extra; i++) sets.push(any());
  return names.length === 0 ? [{}] : sets;
}

/** Words of a row over its operand sets; those that a more special row claims (or r1,r1,r1) are left out. */
export function wordsOf(row: Row, extra: number): number[] {
  const words = operandSets(row, extra).map((fields) => encodeFields(row.form, row.bits, fields));
  return words.filter((word) => rowOf(word) === row);
}
