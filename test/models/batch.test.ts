import test from 'ava';
import { prefillPieces } from '../../models/batch.js';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import type { ProgramRequest } from '../../models/program.js';
import { PRECISIONS } from '../../models/quantize/precisions.js';
import type { ModelShape } from '../../models/zoo.js';
import { UsageError } from '../../sim/machine/errors.js';
import { machineOf, programOf } from '../support/program.js';

/** Rows of 40 and 72 numbers, heads of 8: no multiples of the kernels' steps. */
const SHAPE: ModelShape = {
  dim: 40,
  hiddenDim: 72,
  layers: 2,
  heads: 5,
  kvHeads: 1,
  vocabulary: 45,
  sequence: 32,
  tiedClassifier: true,
};
const TOKENS = [1, 7, 44, 3, 9, 20, 33, 2, 5];
const checkpoint = syntheticCheckpoint(SHAPE, 'batch');
const half = syntheticCheckpoint({ ...SHAPE, ropeLayout: 'half-split', tiedClassifier: false }, 'batch');

/** Logits after the whole prompt and one token more, by pieces of `size`. */
function logitsOf(size: number, from: typeof checkpoint, request: Partial<ProgramRequest>): Float32Array[] {
  const pieces = prefillPieces(TOKENS.length, size);
  const machine = machineOf(from, { ...request, batches: pieces });
  let position = 0;
  let logits = new Float32Array(0);
  for (const piece of pieces) {
    const end = position + piece;
    logits = Float32Array.from(machine.forward(TOKENS.slice(position, end), position, end === TOKENS.length));
    position = end;
  }
  return [logits, machine.forward(machine.program.next(machine.bytes), position, true)];
}

for (const quant of PRECISIONS) {
  test(`${quant}: a prompt taken several positions at a time leaves the same logits in every bit`, (t) => {
    const wanted = logitsOf(1, checkpoint, { quant });
    const sizes = [
      [5, 3],
      [4, 1],
      [9, 2],
    ];
    for (const [size, threads] of quant === 'fp32' ? sizes : sizes.slice(0, 1)) {
      t.deepEqual(logitsOf(size, checkpoint, { quant, threads }), wanted, `${size} on ${threads} threads`);
    }
  });
}

test('so it is with heads split in halves, a cache of bytes, and activations in groups of bytes', (t) => {
  const same = (request: Partial<ProgramRequest>): void => {
    t.deepEqual(
      logitsOf(4, half, { ...request, threads: 3 }),
      logitsOf(1, half, request),
      JSON.stringify(request),
    );
  };
  same({});
  same({ kvCache: 'int8' });
  same({ quant: 'q80', activations: 'q80' });
  same({ quant: 'q4_0', activations: 'q80', kvCache: 'int8' });
  same({ endian: 'fused-vperm' });
});

test('a batch reads each matrix of the layers once', (t) => {
  const program = programOf(checkpoint, { batches: [4] });
  const bytes = (like: RegExp): number =>
    program.sites
      .filter(({ op, site }) => op === 'matmul' && like.test(site))
      .reduce((sum, s) => sum + s.bytes, 0);
  const activations = 4 * (40 + 40);
  t.is(bytes(/^layer 0 wq, 4 positions$/), 4 * 40 * 40 + 4 * activations);
  t.is(bytes(/^layer 0 wq$/), 4 * 40 * 40 + activations);
});

test('more positions than kernels take are refused, and so are sizes that were not announced', (t) => {
  t.throws(() => programOf(checkpoint, { batches: [65] }), { instanceOf: UsageError, message: /at most 64/ });
  const machine = machineOf(checkpoint, { batches: [4] });
  t.throws(() => machine.forward([1, 2], 0), { message: /no tape takes 2/ });
});

test('pieces of a prompt', (t) => {
  t.deepEqual(prefillPieces(9, 4), [4, 4, 1]);
  t.deepEqual(prefillPieces(3, 8), [3]);
  t.deepEqual(prefillPieces(2, 1), [1, 1]);
});
