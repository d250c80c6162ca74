import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { bytesSource } from '../../models/checkpoint/byte-source.js';
import { isConsole, openConsole, writeConsole } from '../../models/checkpoint/console.js';
import { readTensor } from '../../models/checkpoint/decode.js';
import { openGguf } from '../../models/checkpoint/gguf.js';
import { openLlama2c } from '../../models/checkpoint/llama2c.js';
import { openSafetensors, readConfig } from '../../models/checkpoint/safetensors.js';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { type Checkpoint, TENSORS } from '../../models/checkpoint/tensors.js';
import { writeGroups } from '../../models/checkpoint/write.js';
import { writeGguf } from '../../models/checkpoint/write-gguf.js';
import { configText, writeSafetensors } from '../../models/checkpoint/write-safetensors.js';
import { packTensor } from '../../models/quantize/pack.js';
import { unpack } from '../../models/quantize/packed.js';
import { PRECISIONS } from '../../models/quantize/precisions.js';
import { encodeChat } from '../../models/tokenizer/chat.js';
import { openGgufTokenizer } from '../../models/tokenizer/gguf.js';
import { openTokenizerJson } from '../../models/tokenizer/hugging-face.js';
import { openLlama2cTokenizer } from '../../models/tokenizer/llama2c.js';
import type { ModelShape } from '../../models/zoo.js';
import { UsageError } from '../../sim/machine/errors.js';
import { fileOf } from '../support/model-files.js';
import { machineOf, programOf } from '../support/program.js';
import { SHARED, sharedFile, sharedJson, withShared } from '../support/shared.js';

/** Rows of 40 and 72 numbers, which the console fills up to 64 and 96. */
const SHAPE: ModelShape = {
  dim: 40,
  hiddenDim: 72,
  layers: 2,
  heads: 5,
  kvHeads: 1,
  vocabulary: 45,
  sequence: 32,
  tiedClassifier: false,
};
const plain = syntheticCheckpoint(SHAPE, 'convert');
const consoleFile = (from: Checkpoint, quant?: (typeof PRECISIONS)[number]): Uint8Array =>
  fileOf((sink) => writeConsole(from, quant, sink));
const opened = (bytes: Uint8Array): Checkpoint => openConsole(bytesSource(bytes), 'file');

for (const quant of PRECISIONS) {
  test(`console form, ${quant}: the bytes that the guest has in memory, and the same logits`, (t) => {
    const file = consoleFile(plain, quant);
    const checkpoint = opened(file);
    t.deepEqual(checkpoint.shape, SHAPE);
    for (const name of TENSORS) {
      const { offset, form } = checkpoint.stored(name, 0);
      t.is(offset % 128, 0);
      t.is(form!.columns % (name.startsWith('rms') || quant === 'fp32' ? 4 : 32), 0);
    }
    const [from, of] = [machineOf(plain, { quant }), machineOf(checkpoint)];
    for (const [position, token] of [1, 40].entries())
      t.deepEqual(of.forward(token, position), from.forward(token, position));
    const weights = programOf(checkpoint).regions.find(({ name }) => name === 'weights')!;
    const inMemory = of.bytes.subarray(weights.start, weights.start + file.length - checkpoint.payloadOffset);
    t.true(Buffer.from(file.subarray(checkpoint.payloadOffset)).equals(inMemory));
  });
}

test('what is read from the console form is what was written: without what rows are filled up with', (t) => {
  const checkpoint = opened(consoleFile(plain));
  for (const name of TENSORS) t.deepEqual(readTensor(checkpoint, name), readTensor(plain, name), name);
  const halves = opened(consoleFile(plain, 'bf16'));
  const again = opened(consoleFile(halves, 'fp32'));
  for (const name of TENSORS) t.deepEqual(readTensor(again, name), readTensor(halves, name), name);
  // The other halves take as many bytes.
  t.deepEqual(consoleFile(halves, 'fp16'), consoleFile(again, 'fp16'));
  const grouped = openLlama2c(
    bytesSource(
      fileOf((sink) => writeGroups(syntheticCheckpoint({ ...SHAPE, hiddenDim: 80 }, 'g'), 8, sink)),
    ),
    'v2',
  );
  const copy = opened(consoleFile(grouped));
  t.true(copy.quantizedActivations);
  for (const name of TENSORS) t.deepEqual(readTensor(copy, name), readTensor(grouped, name), name);
  t.deepEqual(machineOf(copy).forward(1, 0), machineOf(grouped).forward(1, 0));
});

test('a table that is read in several pieces has the numbers of one', (t) => {
  const large = syntheticCheckpoint({ ...SHAPE, dim: 80, hiddenDim: 120, vocabulary: 12_000 }, 'large');
  const { bytes, form } = packTensor(large, 'tokenEmbedding', 0, 'q80');
  t.true(bytes.length > 1 << 20);
  const all = unpack(bytes, form);
  const read = readTensor(opened(consoleFile(large, 'q80')), 'tokenEmbedding');
  t.true(read.every((value, i) => value === all[Math.floor(i / 80) * form.columns + (i % 80)]));
  // Pieces cut groups of 20.
  const groups = fileOf((sink) => writeGroups(large, 20, sink));
  const [near, exact] = [openLlama2c(bytesSource(groups), 'v2'), large].map((of) =>
    readTensor(of, 'tokenEmbedding'),
  );
  t.true(near.every((value, i) => Math.abs(value - exact[i]) < 0.01));
});

test('files in the console form that are damaged, and strategies that convert, are refused', (t) => {
  const file = consoleFile(plain, 'q80');
  const refused = (bytes: Uint8Array, message: RegExp): void => {
    t.throws(() => opened(bytes), { instanceOf: UsageError, message });
  };
  t.true(isConsole(bytesSource(file)));
  refused(file.subarray(0, file.length - 1), /truncated/);
  refused(Buffer.concat([file, Buffer.alloc(1)]), /not what its header says/);
  refused(file.subarray(0, 60), /truncated: its header ends/);
  refused(
    Buffer.from(Buffer.from(file).toString('latin1').replace('"q80"', '"q81"'), 'latin1'),
    /describes no model/,
  );
  refused(
    Buffer.from(Buffer.from(file).toString('latin1').replace('"group":32', '"group":36'), 'latin1'),
    /cannot be q80 in groups of 36/,
  );
  const mixed: Checkpoint = {
    ...plain,
    stored: (name, layer) => ({ ...plain.stored(name, layer), encoding: layer === 1 ? 'bf16' : 'f32' }),
  };
  t.throws(() => consoleFile(mixed), { instanceOf: UsageError, message: /layers of different precisions/ });
  t.throws(() => programOf(opened(file), { endian: 'load-copy' }), {
    instanceOf: UsageError,
    message: /nothing left to convert/,
  });
});

for (const type of ['f32', 'bf16', 'f16'] as const) {
  test(`safetensors ${type}: written in Hugging Face’s rotary order and read back`, (t) => {
    const bytes = fileOf((sink) => writeSafetensors(plain, type, sink));
    t.is(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) % 8, 0);
    const shape = readConfig(configText(SHAPE, type), 'config.json');
    t.deepEqual(shape, { ...SHAPE, ropeLayout: 'half-split' });
    const unusual = { ...shape, ropeTheta: 100000, normEpsilon: 1e-6 };
    t.deepEqual(readConfig(configText(unusual, type), 'config.json'), unusual);
    const read = openSafetensors([{ name: 'model', source: bytesSource(bytes) }], shape);
    const back = openGguf(bytesSource(fileOf((sink) => writeGguf(read, 'f32', sink))), 'back');
    const same = openGguf(bytesSource(fileOf((sink) => writeGguf(plain, 'f32', sink))), 'same');
    for (const name of TENSORS) {
      const [found, wanted] = [readTensor(back, name), readTensor(same, name)];
      if (type === 'f32') t.deepEqual(found, wanted, name);
      else t.true(found.every((value, i) => Math.abs(value - wanted[i]) <= Math.abs(wanted[i]) / 256 + 1e-7));
    }
    t.notDeepEqual(readTensor(read, 'wq'), readTensor(plain, 'wq'));
  });
}

withShared('a GGUF file gets a llama2.c tokenizer and encodes as that does', (t) => {
  const tokenizer = openLlama2cTokenizer(sharedFile('llama2c/tok512.bin'), 512, 'tok512');
  const model = syntheticCheckpoint({ ...SHAPE, vocabulary: 512 }, 'tokens');
  const file = openGguf(bytesSource(fileOf((sink) => writeGguf(model, 'q8_0', sink, tokenizer))), 'file');
  const own = openGgufTokenizer(file.header, 512, 'file')!;
  for (const text of ['Once upon a time', '', 'Lily’s cat: “Süß!”\n', '  two  blanks ', '<s> </s>']) {
    t.deepEqual(own.encode(text), tokenizer.encode(text), text);
    for (const [i, id] of own.encode(text).slice(1).entries())
      t.deepEqual(Uint8Array.from(own.decode(i, id)), Uint8Array.from(tokenizer.decode(i, id)));
  }
});

withShared('a GGUF file gets SmolLM2’s tokenizer: every case, and its chat template', (t) => {
  const text = readFileSync(join(SHARED, 'smollm/tokenizer.json'), 'utf8');
  const config = JSON.stringify({
    chat_template: "{% for m in messages %}{{'<|im_start|>' + m['content'] + '<|im_end|>'}}{% endfor %}",
  });
  const tokenizer = openTokenizerJson(text, 49152, { bos: 1, eos: 2, config }, 'tokenizer.json');
  const model = syntheticCheckpoint({ ...SHAPE, dim: 10, vocabulary: 49152, tiedClassifier: true }, 'tokens');
  const file = openGguf(bytesSource(fileOf((sink) => writeGguf(model, 'f16', sink, tokenizer))), 'file');
  const own = openGgufTokenizer(file.header, 49152, 'file')!;
  for (const { text: given, ids } of sharedJson<{ text: string; ids: number[] }[]>(
    'smollm/tokenizer_cases.json',
  ))
    t.deepEqual(own.encode(given), ids.length > 0 ? ids : [1], given);
  t.deepEqual([own.bos, own.eos], [1, 2]);
  t.deepEqual(encodeChat(own, 'Hi', 'm'), encodeChat(tokenizer, 'Hi', 'm'));
});
