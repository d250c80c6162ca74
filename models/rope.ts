import { cosSin, pow } from './elementary.js';
import { headSize, type ModelShape, ropeLayout, ropeTheta } from './zoo.js';

/**
 * RoPE angles as llama2.c computes them, every step rounded to single: frequency of pair i is
 * 1 / theta^(2i / headSize), its angle is position times that.
 *
 * @returns [positions][headSize / 2][cos, sin]; with the half-split layout [positions][cos, sin][headSize / 2]
 */
export function ropeTable(
  shape: Pick<ModelShape, 'dim' | 'heads' | 'ropeTheta' | 'ropeLayout'>,
  positions: number,
): Float32Array {
  const size = headSize(shape);
  const theta = ropeTheta(shape);
  const split = ropeLayout(shape) === 'half-split';
  const frequencies = Array.from({ length: size / 2 }, (_, i) =>
    Math.fround(1 / Math.fround(pow(theta, Math.fround((2 * i) / size)))),
  );
  const table = new Float32Array(positions * size);
  for (let position = 0; position < positions; position++) {
    frequencies.forEach((frequency, i) => {
      const [cos, sin] = cosSin(Math.fround(position * frequency));
      const row = position * size;
      table[row + (split ? i : 2 * i)] = cos;
      table[row + (split ? size / 2 + i : 2 * i + 1)] = sin;
    });
  }
  return table;
}
