/**
 * Numbers in groups that share a scale. All arithmetic is single precision with every step rounded, as the C
 * programs that define these formats do it.
 */
const { fround } = Math;

/** Nearest integer, halves away from zero, as C's round. */
export function round(x: number): number {
  const size = Math.abs(x);
  const floor = Math.floor(size);
  return Math.sign(x) * (size - floor >= 0.5 ? floor + 1 : floor);
}

/**
 * Groups of signed bytes, q * scale with scale = largest magnitude / 127: runq.c's, and GGUF's Q8_0 but for
 * the scale's 16 bits. `values` is whole groups.
 */
export function quantizeInt8(
  values: Float32Array,
  group: number,
  quants: Int8Array,
  scales: Float32Array,
): void {
  for (let start = 0, g = 0; start < values.length; start += group, g++) {
    const end = start + group;
    let largest = 0;
    for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(values[i]));
    const scale = fround(largest / 127);
    scales[g] = scale;
    for (let i = start; i < end; i++) quants[i] = scale === 0 ? 0 : round(fround(values[i] / scale));
  }
}

export const Q4_GROUP = 32;

/**
 * GGUF's Q4_0: whole groups of 32, (n - 8) * scale with n in 0..15; the number of largest magnitude has n = 0. Byte
 * j of a group's 16 holds number j in its low half and number j + 16 in its high half.
 */
export function quantizeQ4(values: Float32Array, bytes: Uint8Array, scales: Float32Array): void {
  for (let start = 0, g = 0; start < values.length; start += Q4_GROUP, g++) {
    let extreme = 0;
    for (let i = start; i < start + Q4_GROUP; i++)
      if (Math.abs(values[i]) > Math.abs(extreme)) extreme = values[i];
    const scale = fround(extreme / -8);
    const inverse = scale === 0 ? 0 : fround(1 / scale);
    scales[g] = scale;
    for (let j = 0; j < 16; j++) {
      bytes[16 * g + j] = nibble(values[start + j], inverse) | (nibble(values[start + j + 16], inverse) << 4);
    }
  }
}

const nibble = (value: number, inverse: number): number =>
  Math.min(15, Math.trunc(fround(fround(value * inverse) + 8.5)));

/** Number i of a group of Q4_0, without its scale. */
export const q4Integer = (bytes: Uint8Array, group: number, i: number): number =>
  ((bytes[16 * group + (i & 15)] >>> (i < 16 ? 0 : 4)) & 15) - 8;
