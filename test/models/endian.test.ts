import test from 'ava';
import { bytesSource } from '../../models/checkpoint/byte-source.js';
import { openLlama2c } from '../../models/checkpoint/llama2c.js';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import type { Checkpoint } from '../../models/checkpoint/tensors.js';
import { writeGroups } from '../../models/checkpoint/write.js';
import { ENDIAN_STRATEGIES, strategyOf } from '../../models/endian.js';
import type { ModelShape } from '../../models/zoo.js';
import { UsageError } from '../../sim/machine/errors.js';
import { machineOf, programOf } from '../support/program.js';
import { runOf } from '../support/runs.js';

const SHAPE: ModelShape = {
  dim: 64,
  hiddenDim: 64,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  vocabulary: 96,
  sequence: 32,
  tiedClassifier: true,
};
const words = syntheticCheckpoint(SHAPE, 'endian');
const TOKENS = [1, 50];
const logits = (checkpoint: Checkpoint, request: Parameters<typeof machineOf>[1]) => {
  const machine = machineOf(checkpoint, request);
  return TOKENS.map((token, i) => machine.forward(token, i));
};

test('a file that is converted while it is read waits for its pieces, in order', (t) => {
  // More than a MiB.
  const large = syntheticCheckpoint({ ...SHAPE, vocabulary: 6000 }, 'endian');
  const program = programOf(large, { endian: 'overlap-vperm', threads: 3 });
  const { loadStages, fileBytes } = program;
  t.true(loadStages.length >= 2);
  t.deepEqual(
    [...loadStages].sort((a, b) => a - b),
    [...loadStages],
  );
  t.is(loadStages.at(-1), fileBytes);
  t.deepEqual(programOf(large, { endian: 'load-vperm' }).loadStages, [fileBytes]);
});

test('a lazy strategy converts in the first forward pass and never again', (t) => {
  const program = programOf(words, { endian: 'lazy-vperm', threads: 3 });
  t.false(program.loads);
  const turns = program.sites.filter(({ site }) => site.endsWith(', turn'));
  t.is(new Set(turns.map(({ layer }) => layer)).size, SHAPE.layers);
  // A second pass that turned again would not give the same numbers.
  t.deepEqual(logits(words, { endian: 'lazy-vperm', threads: 3 }), logits(words, {}));
  t.throws(() => programOf(words, { endian: 'lazy-vperm', batches: [4] }), {
    instanceOf: UsageError,
    message: /--prefill-batch/,
  });
});

test('of weights in groups of bytes only the scales are turned, under every strategy but a copy', (t) => {
  const parts: Uint8Array[] = [];
  writeGroups(words, 32, (bytes) => parts.push(bytes.slice()));
  const checkpoint = openLlama2c(bytesSource(Uint8Array.from(Buffer.concat(parts))), 'int8');
  const wanted = logits(checkpoint, {});
  for (const endian of ENDIAN_STRATEGIES) {
    if (strategyOf(endian).copies) continue;
    t.deepEqual(logits(checkpoint, { endian, threads: 2 }), wanted, endian);
  }
});

test('what overlaps is as long as the longer of both, and a piece; what is lazy is paid by the first token', async (t) => {
  const of = (endian: string, ...set: string[]) =>
    runOf({ prompt: '', steps: '3', ignoreEos: true, threads: '2', kernels: 'vmx128', endian, set });
  const whole = (await of('load-vperm')).simulated;
  const overlapped = (await of('overlap-vperm')).simulated;
  t.true(Math.abs(whole.loadSeconds - whole.deviceReadSeconds - whole.convertSeconds) < 1e-12);
  t.true(overlapped.loadSeconds >= overlapped.deviceReadSeconds);
  t.true(overlapped.loadSeconds < whole.loadSeconds);
  t.true(overlapped.loadSeconds < overlapped.deviceReadSeconds + overlapped.convertSeconds);
  const lazy = (await of('lazy-vperm')).simulated;
  t.is(lazy.convertSeconds, 0);
  t.true(lazy.prefillSeconds > 1.1 * whole.prefillSeconds);
  t.true(Math.abs(lazy.tokensPerSecond / whole.tokensPerSecond - 1) < 0.1);
  const fused = (await of('fused-lwbrx')).simulated;
  t.true(fused.tokensPerSecond < 0.5 * whole.tokensPerSecond);
});

test('weights may begin off a cache line, and off a quadword where they are words; logits stay', (t) => {
  const wanted = logits(words, {});
  t.deepEqual(logits(words, { weightsAt: 16 }), wanted);
  const apart = logits(words, { weightsAt: 4 });
  apart.forEach((row, i) => {
    // Rows that are not whole quadwords are added up in another order.
    t.true(row.every((value, n) => Math.abs(value - wanted[i][n]) < 1e-4));
  });
  t.is(
    programOf(words, { weightsAt: 4 }).regions.find(({ name }) => name === 'weights')!.start % 128,
    (4 - words.payloadOffset + 128) % 128,
  );
  const refused = (request: Parameters<typeof programOf>[1], message: RegExp) =>
    t.throws(() => programOf(words, request), { instanceOf: UsageError, message });
  refused({ weightsAt: 3 }, /multiple of 4/);
  refused({ weightsAt: 4, endian: 'load-copy' }, /not used where/);
});
