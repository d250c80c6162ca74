import { cosSin, pow } from './elementary.js';
import { headSize, type ModelShape } from './zoo.js';

/**
 * RoPE angles as llama2.c computes them, every step rounded to single: frequency of pair i is
 * 1 / 10000^(2i / headSize), its angle is position times that.
 *
 * @returns [positions][headSize / 2][cos, sin]
 */
export function ropeTable(shape: ModelShape, positions: number): Float32Array {
  const size = headSize(shape);
  const frequencies = Array.from({ length: size / 2 }, (_, i) =>
    Math.fround(1 / Math.fround(pow(10000, Math.fround((2 * i) / size)))),
  );
  const table = new Float32Array(positions * size);
  for (let position = 0; position < positions; position++) {
    frequencies.forEach((frequency, i) => {
      table.set(cosSin(Math.fround(position * frequency)), position * size + 2 * i);
    });
  }
  return table;
}
