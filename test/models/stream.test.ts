import test from 'ava';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import type { ModelShape } from '../../models/zoo.js';
import { UsageError } from '../../sim/machine/errors.js';
import { machineOf, programOf } from '../support/program.js';

const SHAPE: ModelShape = {
  dim: 64,
  hiddenDim: 96,
  layers: 5,
  heads: 4,
  kvHeads: 2,
  vocabulary: 45,
  sequence: 32,
  tiedClassifier: false,
};
const checkpoint = syntheticCheckpoint(SHAPE, 'stream');

test('weights brought layer by layer give the logits of weights that stay, in every bit', (t) => {
  const tokens = [1, 40, 7];
  for (const quant of ['fp32', 'q80'] as const) {
    const wanted = tokens.map((token, i, _all, machine = resident[quant]) => machine.forward(token, i));
    for (const stream of [
      { firstLayer: 0, slots: 1 },
      { firstLayer: 2, slots: 2 },
    ]) {
      const machine = machineOf(checkpoint, { quant, stream, threads: 3 });
      tokens.forEach((token, position) => {
        t.deepEqual(machine.forward(token, position), wanted[position], JSON.stringify(stream));
      });
    }
  }
});
const resident = {
  fp32: machineOf(checkpoint, { quant: 'fp32' }),
  q80: machineOf(checkpoint, { quant: 'q80' }),
};

test('a prompt’s batch is brought each layer once', (t) => {
  const together = machineOf(checkpoint, { batches: [4], stream: { firstLayer: 1, slots: 2 } });
  const alone = machineOf(checkpoint, {});
  const tokens = [1, 40, 7, 9];
  const wanted = tokens.map((token, i) => alone.forward(token, i, i === 3)).at(-1);
  t.deepEqual(together.forward(tokens, 0, true), wanted);
  t.deepEqual(
    together.program.streamed.map(({ layer, slot }) => [layer, slot]),
    [
      [1, 1],
      [2, 0],
      [3, 1],
      [4, 0],
    ],
  );
});

test('what a device brings is what is not kept; strategies that convert in the guest are refused', (t) => {
  const weights = (request: Parameters<typeof programOf>[1]) => {
    const { regions, streamed } = programOf(checkpoint, { quant: 'q80', ...request });
    const bytes = regions.filter(({ owner }) => owner === 'weights').reduce((sum, r) => sum + r.bytes, 0);
    return {
      bytes,
      streamed: streamed.reduce((sum, layer) => sum + layer.bytes, 0),
      each: streamed[0]?.bytes,
    };
  };
  const all = weights({});
  const part = weights({ stream: { firstLayer: 2, slots: 2 } });
  t.is(part.streamed, 3 * part.each);
  t.is(all.bytes - part.bytes, part.streamed - 2 * part.each - 128);
  t.throws(() => programOf(checkpoint, { endian: 'load-vperm', stream: { firstLayer: 0, slots: 1 } }), {
    instanceOf: UsageError,
    message: /--endian offline/,
  });
});
