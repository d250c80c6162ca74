import test from 'ava';
import { type ByteSource, bytesSource } from '../../models/checkpoint/byte-source.js';
import { readTensor } from '../../models/checkpoint/decode.js';
import { legacyHeader, openLlama2c } from '../../models/checkpoint/llama2c.js';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { TENSORS, tensorBytes } from '../../models/checkpoint/tensors.js';
import { countParameters, ZOO, zooModel } from '../../models/zoo.js';
import { UsageError } from '../../sim/machine/errors.js';
import { sharedFile, withShared } from '../support/shared.js';

/** A source that counts what is asked of it, so that a test sees memory stay bounded. */
function counted(source: ByteSource): ByteSource & { most: number } {
  return {
    size: source.size,
    most: 0,
    read(offset, length) {
      this.most = Math.max(this.most, length);
      return source.read(offset, length);
    },
  };
}

withShared('versions 0 and 1 of the same model hold the same tensors', (t) => {
  const v0 = openLlama2c(bytesSource(sharedFile('llama2c/stories260K.bin')), 'v0');
  const v1 = openLlama2c(bytesSource(sharedFile('llama2c/stories260K_v1.bin')), 'v1');
  t.is(v0.format, 'llama2c-v0');
  t.is(v1.format, 'llama2c-v1');
  t.deepEqual(v0.shape, zooModel('stories260K').shape);
  t.deepEqual(v1.shape, v0.shape);
  t.is(v0.payloadOffset, 28);
  t.is(v1.payloadOffset, 256);
  for (const name of TENSORS) t.deepEqual(readTensor(v0, name), readTensor(v1, name), name);
});

withShared('a truncated or padded file, and one of another version, are refused', (t) => {
  const file = sharedFile('llama2c/stories260K.bin');
  const refused = (bytes: Uint8Array, pattern: RegExp): void => {
    const error = t.throws(() => openLlama2c(bytesSource(bytes), 'x.bin'), { instanceOf: UsageError });
    t.regex(error.message, pattern);
  };
  refused(file.subarray(0, file.length - 1), /truncated.*1056540.*1056539/);
  refused(file.subarray(0, 27), /truncated/);
  refused(new Uint8Array(0), /truncated/);
  refused(Uint8Array.from([...file, 0]), /1 bytes follow/);
  refused(sharedFile('llama2c/stories260K_v1.bin').subarray(0, 100), /truncated/);
  refused(sharedFile('llama2c/stories260K_q80.bin'), /group size 8 does not divide hidden_dim 172/);
});

test('impossible headers are refused without reading more than a header', (t) => {
  const good = [64, 172, 5, 8, 4, 512, 512];
  const bad: [number[], RegExp][] = [
    [[0, 172, 5, 8, 4, 512, 512], /dim is 0/],
    [[64, -1, 5, 8, 4, 512, 512], /hidden_dim is -1/],
    [[64, 172, 2147483647, 8, 4, 512, 512], /n_layers/],
    [[64, 172, 5, 7, 4, 512, 512], /n_heads 7/],
    [[64, 172, 5, 64, 4, 512, 512], /even multiple/],
    [[64, 172, 5, 8, 3, 512, 512], /n_kv_heads 3/],
    [[64, 172, 5, 8, 4, -2147483648, 512], /vocab_size/],
    [[65536, 262144, 1024, 8, 4, 4194304, 512], /truncated/],
  ];
  for (const [fields, pattern] of [[good, /truncated/] as [number[], RegExp], ...bad]) {
    const bytes = new Uint8Array(4096);
    const view = new DataView(bytes.buffer);
    fields.forEach((value, i) => {
      view.setInt32(4 * i, value, true);
    });
    const source = counted(bytesSource(bytes));
    const error = t.throws(() => openLlama2c(source, 'bad.bin'), { instanceOf: UsageError });
    t.regex(error.message, pattern);
    t.true(source.most <= 256);
  }
});

test('synthetic checkpoints have the exact size, open as files, and are the same for the same seed', (t) => {
  const sizes: Record<string, number> = { stories260K: 1056540, stories15M: 60816028 };
  for (const model of ZOO) {
    const synthetic = syntheticCheckpoint(model.shape, 'seed');
    const opened = openLlama2c(synthetic.source, model.name);
    // The file format has no room for these two.
    const { ropeLayout, ropeTheta, ...stored } = model.shape;
    t.deepEqual(opened.shape, stored);
    t.deepEqual(opened.offsets, synthetic.offsets);
    if (sizes[model.name]) t.is(synthetic.source.size, sizes[model.name]);
  }
  const { shape } = zooModel('stories260K-shape');
  const a = syntheticCheckpoint(shape, 'a');
  const whole = a.source.read(0, a.source.size);
  t.deepEqual(whole.subarray(0, 28), legacyHeader(shape));
  t.deepEqual(syntheticCheckpoint(shape, 'a').source.read(99_991, 200_003), whole.subarray(99_991, 299_994));
  t.notDeepEqual(syntheticCheckpoint(shape, 'b').source.read(1000, 64), whole.subarray(1000, 1064));
});

test('synthetic weights have the variance asked for', (t) => {
  const { shape } = zooModel('stories260K');
  const checkpoint = syntheticCheckpoint(shape, 'seed');
  for (const name of ['wq', 'w2', 'tokenEmbedding'] as const) {
    const values = readTensor(checkpoint, name);
    t.is(values.byteLength, tensorBytes(shape, name));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    const wanted = { wq: 1 / 64, w2: 1 / 172, tokenEmbedding: 4 / 64 }[name];
    t.true(Math.abs(variance / wanted - 1) < 0.03, `${name}: variance ${variance}, wanted ${wanted}`);
    t.true(Math.abs(mean) < 0.02 * Math.sqrt(wanted), `${name}: mean ${mean}`);
  }
  const norms = readTensor(checkpoint, 'rmsAttention');
  t.true(Math.abs(norms.reduce((sum, value) => sum + value, 0) / norms.length - 1) < 0.01);
});

test('parameter counts are the published ones', (t) => {
  t.is(countParameters(zooModel('stories260K').shape).stored, 260_032);
  t.is(countParameters(zooModel('stories15M').shape).stored, 15_191_712);
  t.is(countParameters(zooModel('llama-2-7b').shape).stored, 6_738_415_616);
  t.is(countParameters(zooModel('tinyllama-1.1b').shape).stored, 1_100_048_384);
  t.is(countParameters(zooModel('smollm2-135m').shape).stored, 134_515_008);
  t.is(countParameters(zooModel('smollm2-360m').shape).stored, 361_821_120);
  t.is(countParameters(zooModel('smollm2-1.7b').shape).stored, 1_711_376_384);
  t.throws(() => zooModel('stories16M'), { instanceOf: UsageError, message: /stories15M/ });
});
