import { encodeFields, operandNames, rangeOf } from '../../sim/isa/fields.js';
import type { Row } from '../../sim/isa/row.js';

/**
 * Random operands and register values that favour the awkward ones. `random` gives 0 <= x < 1 (seedrandom).
 */
export type Random = () => number;

export const below = (random: Random, n: number): number => Math.floor(random() * n);
export const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)];
export const randomBits = (random: Random, bits: number): bigint => {
  let value = 0n;
  for (let have = 0; have < bits; have += 16) value = (value << 16n) | BigInt(below(random, 0x1_0000));
  return BigInt.asUintN(bits, value);
};

/** BO values that are valid forms and leave CTR alone. */
const BO_WITHOUT_COUNT = [4, 12, 20];
/** Special registers that programs may read and write without leaving 64-bit user mode: XER, LR, VRSAVE. */
const SPRS = [1, 8, 256];

/** Random values for the operands of a row, those in `fixed` as given. */
export function randomFields(row: Row, random: Random, fixed: Readonly<Record<string, number>> = {}) {
  const fields: Record<string, number> = {};
  for (const name of operandNames(row.syntax)) {
    const { low, high, step } = rangeOf(row.form.fields[name]);
    if (name in fixed) fields[name] = fixed[name];
    else if (name === 'BO') fields[name] = pick(random, BO_WITHOUT_COUNT);
    else if (name === 'SPR') fields[name] = pick(random, SPRS);
    else fields[name] = low + step * below(random, (high - low) / step + 1);
  }
  return fields;
}

export const randomWord = (row: Row, random: Random, fixed: Readonly<Record<string, number>> = {}): number =>
  encodeFields(row.form, row.bits, randomFields(row, random, fixed));

const INTEGERS = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0xffff_ffff_8000_0000n,
  0xffff_ffff_ffff_ffffn,
];

/** 64 bits: a corner value, a small number, or any. */
export function randomInteger(random: Random): bigint {
  const kind = below(random, 4);
  if (kind === 0) return pick(random, INTEGERS);
  if (kind === 1) return BigInt.asUintN(64, BigInt(below(random, 200) - 100));
  return randomBits(random, 64) >> BigInt(kind === 2 ? below(random, 64) : 0);
}

const DOUBLES = [
  0x0n,
  0x1n,
  0xf_ffff_ffff_ffffn,
  0x10_0000_0000_0000n,
  0x3ff0_0000_0000_0000n,
  0x3ff0_0000_0000_0001n,
  0x3fef_ffff_ffff_ffffn,
  0x4000_0000_0000_0000n,
  0x7fef_ffff_ffff_ffffn,
  0x7ff0_0000_0000_0000n,
  0x7ff8_0000_0000_0000n,
  0x7ff8_0000_2000_0001n,
  0x7ff0_0000_0000_0001n,
  0x7ff4_0000_4000_0000n,
  // Around single precision: largest, just too large, least normal, halfway, least denormal, half of it.
  0x47ef_ffff_e000_0000n,
  0x47ef_ffff_f000_0000n,
  0x3810_0000_0000_0000n,
  0x380f_ffff_f000_0000n,
  0x36a0_0000_0000_0000n,
  0x3690_0000_0000_0000n,
  0x3ff0_0000_1000_0000n,
  0x3ff0_0000_3000_0000n,
  0x41df_ffff_ffc0_0000n,
  0x41e0_0000_0000_0000n,
  0x43df_ffff_ffff_ffffn,
  0x43e0_0000_0000_0000n,
  0x3fe0_0000_0000_0000n,
  0x3ff8_0000_0000_0000n,
  0x4004_0000_0000_0000n,
];

/** The bits of a double: a corner value of either sign, a single, a number near 1, or any pattern. */
export function randomDouble(random: Random): bigint {
  const sign = BigInt(below(random, 2)) << 63n;
  const exponent = (from: number, count: number) => BigInt(from + below(random, count)) << 52n;
  switch (below(random, 6)) {
    case 0:
      return sign | pick(random, DOUBLES);
    case 1:
      return sign | exponent(1023 - 30, 60) | (randomBits(random, 23) << 29n);
    case 2:
      return sign | exponent(1023 - 2, 4) | randomBits(random, 52);
    case 3:
      return sign | exponent(1023 - 150, 300) | (randomBits(random, 23) << 29n);
    case 4:
      return sign | exponent(1023 - 2, 4) | (randomBits(random, 3) << 49n) | randomBits(random, 2);
    default:
      return randomBits(random, 64);
  }
}

const SINGLES = [
  0x0, 0x1, 0x7f_ffff, 0x80_0000, 0x3f80_0000, 0x3f80_0001, 0x3f7f_ffff, 0x7f7f_ffff, 0x7f80_0000,
  0x7fc0_0000, 0x7f80_0001, 0x7fa1_2345, 0x4b00_0000, 0x4b80_0000, 0x4f00_0000, 0x4f80_0000, 0x3f00_0000,
  0x3fc0_0000,
];

/** The bits of a single. */
export function randomSingle(random: Random): number {
  const sign = below(random, 2) * 0x8000_0000;
  switch (below(random, 5)) {
    case 0:
      return sign + pick(random, SINGLES);
    case 1:
      return sign + below(random, 0x100) * 0x80_0000 + below(random, 0x80_0000);
    case 2:
      return Number(randomBits(random, 32));
    default:
      return sign + (127 - 4 + below(random, 8)) * 0x80_0000 + below(random, 0x80_0000);
  }
}

/** Sixteen bytes in PowerPC order: four singles, one repeated single, or any bytes. */
export function randomVector(random: Random): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  const kind = below(random, 4);
  const same = randomSingle(random);
  for (let i = 0; i < 4; i++) {
    view.setUint32(
      4 * i,
      kind === 0 ? same : kind === 1 ? Number(randomBits(random, 32)) : randomSingle(random),
    );
  }
  return bytes;
}
