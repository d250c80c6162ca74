import test from 'ava';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { largestFitting, neededBytes } from '../../models/fit.js';
import { cacheBytesPerPosition, footprint, usedBytes } from '../../models/footprint.js';
import type { ModelShape } from '../../models/zoo.js';
import { programOf } from '../support/program.js';

const SHAPE: ModelShape = {
  dim: 64,
  hiddenDim: 96,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  vocabulary: 45,
  sequence: 32,
  tiedClassifier: false,
};
const checkpoint = syntheticCheckpoint(SHAPE, 'footprint');
const system = { name: 'GPU ring', owner: 'system', bytes: 1000 };
const times = {
  read: 2,
  converted: 3,
  passes: [
    { seconds: 4, positions: 4 },
    { seconds: 5, positions: 5 },
  ],
};

test('memory fills as a run goes on: file, copy, activations, then the cache position by position', (t) => {
  const { regions } = programOf(checkpoint, { endian: 'load-copy' });
  const points = footprint([system, ...regions], SHAPE, 'fp32', times);
  t.deepEqual(
    points.map(({ event, seconds }) => [event, seconds]),
    [
      ['start', 0],
      ['file read', 2],
      ['converted', 3],
      ['ready', 3],
      ['position 3', 4],
      ['position 4', 5],
    ],
  );
  const of = (name: string): number => regions.find((region) => region.name === name)!.bytes;
  const bytes = (part: 'file buffer' | 'swapped copy' | 'KV cache' | 'activations'): number[] =>
    points.map((point) => point.bytes[part]);
  t.deepEqual(bytes('file buffer'), [0, ...Array(5).fill(of('model file'))]);
  t.deepEqual(bytes('swapped copy'), [0, 0, ...Array(4).fill(of('weights'))]);
  t.deepEqual(bytes('activations'), [0, 0, 0, ...Array(3).fill(of('activations'))]);
  t.deepEqual(bytes('KV cache'), [0, 0, 0, 0, 4 * 512, 5 * 512]);
  t.is(cacheBytesPerPosition(SHAPE, 'fp32'), 2 * 2 * 4 * 32);
  t.is(cacheBytesPerPosition(SHAPE, 'int8'), 2 * 2 * 2 * 20);
  const all = [system, ...regions].reduce((sum, region) => sum + region.bytes, 0);
  t.is(usedBytes(points[5]), all - of('kv cache') + 5 * 512);
});

test('a file converted beforehand is weights at once, with nothing to convert', (t) => {
  const { regions } = programOf(checkpoint, { quant: 'q80' });
  const points = footprint(regions, SHAPE, 'fp32', { ...times, converted: 2 });
  t.deepEqual(
    points.slice(0, 3).map(({ event }) => event),
    ['start', 'file read', 'ready'],
  );
  t.is(points[1].bytes['swapped copy'], 0);
  t.true(points[1].bytes.weights > 30_000);
});

test('what a run needs grows with its context and shrinks with the cache', (t) => {
  const need = (context: number, kvCache: 'fp32' | 'int8' = 'fp32'): number =>
    neededBytes({ checkpoint, quant: 'q80', kvCache, context, threads: 1 });
  t.true(need(32) - need(8) > 24 * 512);
  t.true(need(32, 'int8') < need(32));
  t.is(
    largestFitting(100, (n) => n <= 42),
    42,
  );
  t.is(
    largestFitting(100, () => false),
    0,
  );
  t.is(
    largestFitting(100, () => true),
    100,
  );
});
