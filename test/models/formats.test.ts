import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import seedrandom from 'seedrandom';
import { type ByteSource, bytesSource } from '../../models/checkpoint/byte-source.js';
import { openConsole, writeConsole } from '../../models/checkpoint/console.js';
import { readTensor } from '../../models/checkpoint/decode.js';
import { requireFinite } from '../../models/checkpoint/finite.js';
import { openGguf } from '../../models/checkpoint/gguf.js';
import { openLlama2c } from '../../models/checkpoint/llama2c.js';
import { openSafetensors, readConfig } from '../../models/checkpoint/safetensors.js';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { type Checkpoint, TENSORS } from '../../models/checkpoint/tensors.js';
import { writeGroups, writeLegacy } from '../../models/checkpoint/write.js';
import { writeGguf } from '../../models/checkpoint/write-gguf.js';
import { ENDIAN_STRATEGIES } from '../../models/endian.js';
import { bumpAllocator } from '../../models/memory.js';
import { buildProgram, type ProgramRequest } from '../../models/program.js';
import { referenceModel } from '../../models/reference.js';
import { encodeChat } from '../../models/tokenizer/chat.js';
import { openGgufTokenizer } from '../../models/tokenizer/gguf.js';
import { openTokenizerJson } from '../../models/tokenizer/hugging-face.js';
import { openLlama2cTokenizer } from '../../models/tokenizer/llama2c.js';
import { decodeAll } from '../../models/tokenizer/tokenizer.js';
import { type ModelShape, zooModel } from '../../models/zoo.js';
import { UsageError } from '../../sim/machine/errors.js';
import { FunctionalMachine } from '../support/functional.js';
import { guestSource } from '../support/kernel.js';
import { configOf, fileOf, safetensorsOf, shardsOf } from '../support/model-files.js';
import { SHARED, sharedFile, sharedJson, withShared } from '../support/shared.js';

const SHAPE: ModelShape = {
  dim: 64,
  hiddenDim: 96,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  vocabulary: 80,
  sequence: 32,
  tiedClassifier: false,
};

const worstOf = (found: Float32Array, wanted: Float32Array): number =>
  found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0);

function logits(checkpoint: Checkpoint, request: Partial<ProgramRequest>): Float32Array[] {
  const machine = new FunctionalMachine(
    buildProgram({
      checkpoint,
      sources: guestSource,
      kernels: { variant: 'vmx128', ops: {} },
      endian: 'offline',
      threads: 2,
      context: 8,
      sampling: { temperature: 0, topP: 0.9, seed: 1n },
      addressBase: 0x8000_0000,
      allocate: bumpAllocator(0x1_0000, 0x1e00_0000),
      ...request,
    }),
  );
  return [1, 70, 5].map((token, position) => machine.forward(token, position));
}

const plain = syntheticCheckpoint(SHAPE, 'formats');
const gguf = (encoding: Parameters<typeof writeGguf>[1], from: Checkpoint = plain): Uint8Array =>
  fileOf((sink) => writeGguf(from, encoding, sink));

withShared('GGUF holds the tensors, the shape but for its context, and the tokenizer of stories260K', (t) => {
  const v0 = openLlama2c(bytesSource(sharedFile('llama2c/stories260K.bin')), 'v0');
  const opened = openGguf(bytesSource(sharedFile('gguf/stories260K.gguf')), 'gguf');
  t.deepEqual(opened.shape, { ...v0.shape, sequence: 2048, tiedClassifier: false });
  for (const name of TENSORS) t.deepEqual(readTensor(opened, name), readTensor(v0, name), name);
  const own = openGgufTokenizer(opened.header, 512, 'gguf')!;
  const wanted = openLlama2cTokenizer(sharedFile('llama2c/tok512.bin'), 512, 'tok512');
  for (const text of ['Once upon a time', '', 'Lily’s cat: “Süß!”\n', '  two  blanks '])
    t.deepEqual(own.encode(text), wanted.encode(text), text);
  const ids = wanted.encode('Once upon a time, äh 🙂');
  t.is(decodeAll(own, ids), decodeAll(wanted, ids));
});

for (const encoding of ['f32', 'f16', 'bf16', 'q8_0', 'q4_0'] as const) {
  test(`GGUF ${encoding}: guest conversion gives the logits of a file converted beforehand`, (t) => {
    const checkpoint = openGguf(bytesSource(gguf(encoding)), encoding);
    t.deepEqual(checkpoint.shape, SHAPE);
    const wanted = logits(checkpoint, {});
    const reference = referenceModel(checkpoint, 8);
    [1, 70, 5].forEach((token, position) => {
      t.true(worstOf(wanted[position], reference.forward(token, position)) < 1e-4);
    });
    const blocks = encoding.startsWith('q');
    const strategies = blocks
      ? (['load-copy', 'load-vperm'] as const)
      : ENDIAN_STRATEGIES.filter((endian) => encoding !== 'f16' || endian !== 'fused-lwbrx');
    for (const endian of strategies) {
      t.deepEqual(logits(checkpoint, { endian }), wanted, endian);
    }
    if (blocks) t.throws(() => logits(checkpoint, { endian: 'load-scalar' }), { instanceOf: UsageError });
  });
}

test('16-bit GGUF is copied by guest code as well', (t) => {
  const checkpoint = openGguf(bytesSource(gguf('bf16')), 'bf16');
  t.deepEqual(logits(checkpoint, { endian: 'load-copy' }), logits(checkpoint, {}));
});

const SPLIT: ModelShape = { ...SHAPE, ropeLayout: 'half-split', ropeTheta: 100000 };

test('a model in Hugging Face’s rotary layout and its copy in llama2.c’s have the same logits', (t) => {
  const split = syntheticCheckpoint(SPLIT, 'split');
  const interleaved = openGguf(bytesSource(gguf('f32', split)), 'interleaved');
  t.deepEqual(interleaved.shape, { ...SHAPE, ropeTheta: 100000 });
  const [one, other] = [referenceModel(split, 8), referenceModel(interleaved, 8)];
  [1, 70, 5].forEach((token, position) => {
    const wanted = Float32Array.from(one.forward(token, position));
    t.true(worstOf(other.forward(token, position), wanted) < 2e-5);
  });
  t.notDeepEqual(readTensor(split, 'wq'), readTensor(interleaved, 'wq'));
});

for (const [encoding, shards] of [
  ['f32', 1],
  ['f16', 1],
  ['bf16', 3],
] as const) {
  test(`safetensors ${encoding} in ${shards} file(s)`, (t) => {
    const files = safetensorsOf(plain, encoding, shards);
    const shape = readConfig(JSON.stringify(configOf(SPLIT)), 'config.json');
    t.deepEqual(shape, SPLIT);
    const opened = openSafetensors(shardsOf(files), shape);
    const same = openGguf(bytesSource(gguf(encoding)), 'same');
    for (const name of TENSORS.filter((tensor) => !tensor.startsWith('rms')))
      t.deepEqual(readTensor(opened, name), readTensor(same, name), name);
    const reference = referenceModel(opened, 8);
    t.true(worstOf(logits(opened, {})[0], reference.forward(1, 0)) < 1e-4);
  });
}

test('a configuration says what differs from the usual; models that cannot be run are refused', (t) => {
  const read = (change: object) =>
    readConfig(JSON.stringify({ ...configOf(SPLIT), ...change }), 'config.json');
  t.is(read({ num_key_value_heads: undefined }).kvHeads, SHAPE.heads);
  t.is(read({ rms_norm_eps: undefined }).normEpsilon, 1e-6);
  t.is(read({ rope_theta: undefined }).ropeTheta, undefined);
  t.is(read({ tie_word_embeddings: undefined }).tiedClassifier, false);
  t.is(read({ rope_interleaved: true }).ropeLayout, undefined);
  for (const change of [
    { rope_scaling: { rope_type: 'linear', factor: 2 } },
    { attention_bias: true },
    { mlp_bias: true },
    { hidden_act: 'gelu' },
    { head_dim: 8 },
  ])
    t.throws(() => read(change), { instanceOf: UsageError, message: /can be run/ }, JSON.stringify(change));
});

/** A GGUF file with another entry of metadata, a text. */
function withEntry(file: Uint8Array, key: string, value: string): Uint8Array {
  const text = (value: string) => [...u64(value.length), ...new TextEncoder().encode(value)];
  const entry = [...text(key), 8, 0, 0, 0, ...text(value)];
  // The data behind the header stays aligned.
  const filler = [...text('x'), 8, 0, 0, 0];
  const rest = 32 - ((entry.length + filler.length + 8) % 32);
  const bytes = Uint8Array.from([
    ...file.subarray(0, 24),
    ...entry,
    ...filler,
    ...text(' '.repeat(rest)),
    ...file.subarray(24),
  ]);
  bytes[16] += 2;
  return bytes;
}
const u64 = (value: number): number[] => [...new Uint8Array(new BigUint64Array([BigInt(value)]).buffer)];

test('GGUF says what differs from the usual; models that cannot be run are refused', (t) => {
  const unusual = { ...SHAPE, normEpsilon: Math.fround(1e-6), ropeTheta: 5000 };
  const open = (file: Uint8Array) => openGguf(bytesSource(file), 'f');
  t.deepEqual(open(gguf('f32', syntheticCheckpoint(unusual, 'x'))).shape, unusual);
  const file = gguf('f16');
  t.deepEqual(open(withEntry(file, 'llama.rope.scaling.type', 'none')).shape, SHAPE);
  const refused = (bytes: Uint8Array, message: RegExp): void => {
    t.throws(() => open(bytes), { instanceOf: UsageError, message });
  };
  refused(withEntry(file, 'llama.rope.scaling.type', 'yarn'), /scaled rotary/);
  refused(withEntry(file, 'llama.expert_count', '8'), /mixture of experts/);
  const behind = (key: string): [bytes: Uint8Array, at: number] => [
    file.slice(),
    Buffer.from(file).indexOf(key) + key.length,
  ];
  const [heads, dimension] = behind('llama.rope.dimension_count');
  heads[dimension + 4] = 8;
  refused(heads, /only dim \/ heads = 16/);
  const [moved, vector] = behind('blk.1.attn_norm.weight');
  moved[vector + 16] += 4;
  refused(moved, /no multiple of 32/);
});

test('an infinite half among the weights is found, the largest finite one is none', (t) => {
  const file = gguf('f16');
  const set = (half: number): Checkpoint => {
    new DataView(file.buffer, file.byteOffset).setUint16(file.length - 2, half, true);
    return openGguf(bytesSource(file), 'f');
  };
  requireFinite(set(0x7bff), 'f');
  t.throws(() => requireFinite(set(0xfc00), 'f'), { instanceOf: UsageError, message: /damaged/ });
});

withShared('configurations of SmolLM2 are the shapes of the zoo', (t) => {
  for (const size of ['135m', '360m', '1.7b']) {
    const text = readFileSync(join(SHARED, `smollm/smollm2-${size}-config.json`), 'utf8');
    t.deepEqual(readConfig(text, size), zooModel(`smollm2-${size}`).shape);
  }
});

interface Case {
  text: string;
  ids: number[];
}

withShared('tokenizer.json: every case of SmolLM2’s', (t) => {
  const text = readFileSync(join(SHARED, 'smollm/tokenizer.json'), 'utf8');
  const config = JSON.stringify({
    chat_template:
      "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n'}}" +
      "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
  });
  const tokenizer = openTokenizerJson(text, 49152, { bos: 1, eos: 2, config }, 'tokenizer.json');
  const cases = sharedJson<Case[]>('smollm/tokenizer_cases.json');
  t.true(cases.length > 20);
  for (const { text: given, ids } of cases) {
    const wanted = ids.length > 0 ? ids : [1];
    t.deepEqual(tokenizer.encode(given), wanted, given);
  }
  const pieces = tokenizer.encode('Zürich 🙂');
  t.is(new TextDecoder().decode(Buffer.concat(pieces.map((id) => tokenizer.decode(1, id)))), 'Zürich 🙂');
  const chat = encodeChat(tokenizer, 'Hi', 'm');
  t.deepEqual(
    [chat[0], chat.filter((id) => id === 1).length, chat.filter((id) => id === 2).length],
    [1, 2, 1],
  );
  t.is(tokenizer.decode(1, 2).length, 0);
  t.throws(() => encodeChat({ ...tokenizer, chatTemplate: '{{ raise_exception("no") }}' }, 'Hi', 'm'), {
    instanceOf: UsageError,
  });
  t.throws(() => openTokenizerJson(text, 1000, { bos: 1, eos: 2 }, 'x'), { message: /another vocabulary/ });
});

test('llama2.c files written are those that were read', (t) => {
  const legacy = openLlama2c(bytesSource(fileOf((sink) => writeLegacy(plain, sink))), 'v0');
  for (const name of TENSORS) t.deepEqual(readTensor(legacy, name), readTensor(plain, name), name);
  const v2 = openLlama2c(bytesSource(fileOf((sink) => writeGroups(plain, 16, sink))), 'v2');
  t.is(v2.format, 'llama2c-v2');
  t.true(worstOf(readTensor(v2, 'w2'), readTensor(plain, 'w2')) < 4e-3);
  for (const shape of [SPLIT, { ...SHAPE, normEpsilon: 1e-6 }])
    t.throws(() => writeLegacy(syntheticCheckpoint(shape, 'x'), () => undefined), { instanceOf: UsageError });
  t.throws(() => writeGroups(plain, 20, () => undefined), { instanceOf: UsageError });
});

withShared('version 2 written from stories260K is, byte for byte, what llama2.c exports', (t) => {
  const v0 = openLlama2c(bytesSource(sharedFile('llama2c/stories260K.bin')), 'v0');
  const made = Buffer.from(fileOf((sink) => writeGroups(v0, 4, sink)));
  t.true(made.equals(sharedFile('llama2c/stories260K_q80_gs4.bin')));
});

/** Counts the most that is asked for at once, so that memory is seen to stay bounded. */
function counted(bytes: Uint8Array): ByteSource & { most: number } {
  const source = bytesSource(bytes);
  return {
    size: source.size,
    most: 0,
    read(offset, length) {
      this.most = Math.max(this.most, length);
      if (offset < 0 || offset + length > this.size) throw new RangeError('read beyond the end');
      return source.read(offset, length);
    },
  };
}

const OPENERS: Record<string, { file: Uint8Array; header: number; open(source: ByteSource): Checkpoint }> = {
  v0: { file: fileOf((sink) => writeLegacy(plain, sink)), header: 28, open: (s) => openLlama2c(s, 'f') },
  v2: { file: fileOf((sink) => writeGroups(plain, 32, sink)), header: 64, open: (s) => openLlama2c(s, 'f') },
  gguf: { file: gguf('q8_0'), header: 1500, open: (s) => openGguf(s, 'f') },
  console: {
    file: fileOf((sink) => writeConsole(plain, 'bf16', sink)),
    header: 700,
    open: (s) => openConsole(s, 'f'),
  },
  safetensors: {
    file: safetensorsOf(plain, 'bf16')[0],
    header: 2500,
    open: (s) => openSafetensors([{ name: 'f', source: s }], SPLIT),
  },
};

/** Opens a damaged file: it is refused in words, or its tensors can be read. */
function survives(bytes: Uint8Array, open: (source: ByteSource) => Checkpoint): 'refused' | 'opened' | Error {
  const source = counted(bytes);
  try {
    const checkpoint = open(source);
    if (checkpoint.shape.dim * checkpoint.shape.vocabulary < 1e6) requireFinite(checkpoint, 'f');
    return source.most > 4 << 20 ? new Error(`${source.most} bytes at once`) : 'opened';
  } catch (error) {
    return error instanceof UsageError && source.most <= 4 << 20 ? 'refused' : (error as Error);
  }
}

for (const [name, { file, header, open }] of Object.entries(OPENERS)) {
  test(`${name}: 1000 damaged files are refused in words or can be read, in bounded memory`, (t) => {
    t.is(survives(file, open), 'opened');
    const random = seedrandom(`fuzz ${name}`);
    const below = (most: number): number => Math.floor(random() * most);
    let refused = 0;
    for (let n = 0; n < 1000; n++) {
      let bytes = file.slice();
      const what = ['truncated', 'bits', 'huge', 'text'][n % 4];
      if (what === 'truncated') bytes = bytes.subarray(0, n % 8 === 0 ? below(bytes.length) : below(header));
      else if (what === 'bits') for (let i = 1 + below(8); i > 0; i--) bytes[below(header)] ^= 1 << below(8);
      else if (what === 'huge') bytes.fill(n % 8 === 2 ? 0xff : 0x7f, ...span(below(header)));
      else bytes.set([0x39, 0x39, 0x39, 0x39], below(header));
      const outcome = survives(bytes, open);
      t.false(outcome instanceof Error, `${what} ${n}: ${outcome instanceof Error ? outcome.stack : ''}`);
      if (outcome === 'refused') refused++;
    }
    t.true(refused > 300, `${refused} refused`);
  });

  test(`${name}: no numbers among the weights are found`, (t) => {
    const bytes = file.slice();
    bytes.fill(0xff, Math.floor(bytes.length / 3));
    t.throws(() => requireFinite(open(bytesSource(bytes)), 'f'), {
      instanceOf: UsageError,
      message: /damaged/,
    });
  });
}

/** Four or eight bytes from `at`. */
const span = (at: number): [number, number] => [at, at + (at % 2 ? 8 : 4)];
