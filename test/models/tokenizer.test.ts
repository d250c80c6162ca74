import test from 'ava';
import { openLlama2cTokenizer, syntheticTokenizer } from '../../models/tokenizer/llama2c.js';
import { decodeAll } from '../../models/tokenizer/tokenizer.js';
import { UsageError } from '../../sim/machine/errors.js';
import { sharedFile, sharedJson, withShared } from '../support/shared.js';

interface Case {
  text: string;
  ids: number[];
}

withShared("texts encode as with llama2.c's tokenizer", (t) => {
  const tokenizer = openLlama2cTokenizer(sharedFile('llama2c/tokenizer.bin'), 32000, 'tokenizer.bin');
  const cases = sharedJson<Case[]>('expected/llama2_tokenizer_cases.json');
  t.true(cases.length >= 7);
  for (const { text, ids } of cases) {
    t.deepEqual(tokenizer.encode(text), ids);
    t.is(decodeAll(tokenizer, ids), text);
  }
});

withShared('characters without a piece fall back to bytes and come back', (t) => {
  const tokenizer = openLlama2cTokenizer(sharedFile('llama2c/tok512.bin'), 512, 'tok512.bin');
  const text = 'Joe 😀 §\u0001';
  const ids = tokenizer.encode(text);
  t.deepEqual(ids.filter((id) => id >= 3 && id < 259).slice(0, 4), [0xf0 + 3, 0x9f + 3, 0x98 + 3, 0x80 + 3]);
  t.is(decodeAll(tokenizer, ids), text);
});

withShared('a blank is dropped after BOS only', (t) => {
  const tokenizer = openLlama2cTokenizer(sharedFile('llama2c/tok512.bin'), 512, 'tok512.bin');
  const [, first] = tokenizer.encode('Sleepy Joe said');
  const text = (previous: number): string => new TextDecoder().decode(tokenizer.decode(previous, first));
  t.is(text(5), ` ${text(1)}`);
});

withShared('a tokenizer of another vocabulary is refused', (t) => {
  const file = sharedFile('llama2c/tok512.bin');
  const error = t.throws(() => openLlama2cTokenizer(file, 32000, 'tok512.bin'), { instanceOf: UsageError });
  t.regex(error.message, /512 pieces.*32000/);
  t.throws(() => openLlama2cTokenizer(file.subarray(0, 6000), 512, 'tok512.bin'), { instanceOf: UsageError });
  t.throws(() => openLlama2cTokenizer(new Uint8Array(100).fill(255), 512, 'junk'), {
    instanceOf: UsageError,
  });
});

test('best score wins, the first among equals', (t) => {
  const tokenizer = openLlama2cTokenizer(
    tokenizerFile({ a: 0, b: 0, aa: -1, ab: -2, aab: -3, ' ': 0 }),
    265,
    'made',
  );
  const id = (n: number): number => 259 + n;
  t.deepEqual(tokenizer.encode('aab'), [1, id(5), id(4)]);
  t.deepEqual(tokenizer.encode('aaa'), [1, id(5), id(2), id(0)]);
  t.deepEqual(tokenizer.encode('bab'), [1, id(5), id(1), id(3)]);
});

test('a synthetic tokenizer encodes every text and is the same for the same seed', (t) => {
  const tokenizer = syntheticTokenizer(512, 'seed');
  const ids = tokenizer.encode('Sleepy Joe said é');
  t.true(ids.length > 10 && ids.every((id) => id >= 0 && id < 512));
  t.deepEqual(syntheticTokenizer(512, 'seed').encode('Sleepy Joe said é'), ids);
  t.true(tokenizer.synthetic);
  t.true(tokenizer.decode(5, 511).length > 0);
});

/** A tokenizer.bin with the 259 fixed pieces and then these. */
function tokenizerFile(pieces: Record<string, number>): Uint8Array {
  const all: [string, number][] = [
    ['<unk>', 0],
    ['<s>', 0],
    ['</s>', 0],
  ];
  for (let byte = 0; byte < 256; byte++)
    all.push([`<0x${byte.toString(16).padStart(2, '0').toUpperCase()}>`, 0]);
  all.push(...Object.entries(pieces));
  const bytes: number[] = [5, 0, 0, 0];
  for (const [text, score] of all) {
    const head = new DataView(new ArrayBuffer(8));
    head.setFloat32(0, score, true);
    head.setInt32(4, text.length, true);
    bytes.push(...new Uint8Array(head.buffer), ...new TextEncoder().encode(text));
  }
  return Uint8Array.from(bytes);
}
