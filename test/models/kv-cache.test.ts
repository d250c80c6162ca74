import test from 'ava';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { cacheBlock } from '../../models/kv-cache.js';
import { referenceModel } from '../../models/reference.js';
import type { ModelShape } from '../../models/zoo.js';
import { machineOf, programOf, worstOf } from '../support/program.js';

const SHAPE: ModelShape = {
  dim: 80,
  hiddenDim: 96,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  vocabulary: 45,
  sequence: 32,
  tiedClassifier: true,
};
const TOKENS = [1, 7, 44, 3, 9, 20];

for (const [ropeLayout, dim] of [
  ['interleaved', 80],
  ['half-split', 96],
] as const) {
  test(`int8, ${ropeLayout}: logits are those of the reference with the same rounding, threads alike`, (t) => {
    const checkpoint = syntheticCheckpoint({ ...SHAPE, dim, ropeLayout }, 'cache');
    const rounded = referenceModel(checkpoint, 16, undefined, 'int8');
    const plain = referenceModel(checkpoint, 16);
    const [one, four] = [1, 4].map((threads) => machineOf(checkpoint, { kvCache: 'int8', threads }));
    TOKENS.forEach((token, position) => {
      const wanted = Float32Array.from(rounded.forward(token, position));
      const found = one.forward(token, position);
      t.true(worstOf(found, wanted) < 5e-5, `position ${position}: ${worstOf(found, wanted)}`);
      t.deepEqual(four.forward(token, position), found);
      const error = worstOf(wanted, plain.forward(token, position));
      t.true(error > 1e-5 && error < 0.15, `${error} from fp32`);
    });
  });
}

test('a cache of bytes takes little more than a quarter', (t) => {
  const bytes = (kvCache: 'fp32' | 'int8'): number =>
    programOf(syntheticCheckpoint({ ...SHAPE, dim: 256 }, 'cache'), { kvCache, context: 32 }).regions.find(
      ({ name }) => name === 'kv cache',
    )!.bytes;
  t.is(bytes('fp32'), 2 * 2 * 32 * 128 * 4);
  t.is(bytes('int8'), 2 * 2 * 2 * (32 * 64 + 128));
  t.deepEqual(cacheBlock(20, 5), { rowBytes: 32, scalesAt: 256, bytes: 384 });
  // Eight positions, as they are read four at a time.
  t.deepEqual(cacheBlock(48, 5), { rowBytes: 48, scalesAt: 384, bytes: 512 });
});
