import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { headSize, type ModelShape, normEpsilon, ropeTheta } from '../zoo.js';
import { GGUF_NAMES } from './gguf.js';
import {
  type Checkpoint,
  type Encoding,
  isMatrix,
  storedBytes,
  storedTensors,
  tensorShape,
} from './tensors.js';
import { encode, readPieces, type Sink } from './write.js';

const ALIGNMENT = 32;
const TYPES = { f32: 0, f16: 1, q4_0: 2, q8_0: 8, bf16: 30 } as const;

/**
 * A GGUF file of version 3: matrices in one encoding (F16 where their rows are no whole blocks of it), vectors
 * in F32, and the tokenizer where it can be written as tables.
 */
export function writeGguf(
  checkpoint: Checkpoint,
  encoding: Exclude<Encoding, 'int8' | 'packed'>,
  sink: Sink,
  tokenizer?: Tokenizer,
): void {
  const { shape } = checkpoint;
  const tensors = storedTensors(checkpoint).map(({ name, layer }) => {
    const { rows, columns } = tensorShape(shape, name);
    // As llama.cpp does it: rows that are no whole blocks stay halves.
    const blocks = !encoding.startsWith('q') || columns % 32 === 0;
    const kind = isMatrix(name) ? (blocks ? encoding : 'f16') : 'f32';
    return { name, layer, kind, rows, columns, bytes: storedBytes(kind, rows * columns) } as const;
  });
  const out = new Writer();
  out.text('GGUF', false).u32(3).u64(tensors.length);
  const metadata = [...metadataOf(shape), ...tokenizerOf(tokenizer)];
  out.u64(metadata.length);
  for (const [key, value] of metadata) {
    out.text(key);
    if (typeof value === 'string') out.u32(8).text(value);
    else if (typeof value !== 'number') writeList(out, key, value);
    else if (Number.isInteger(value) && !key.includes('epsilon') && !key.includes('freq'))
      out.u32(4).u32(value);
    else out.u32(6).f32(value);
  }
  let offset = 0;
  for (const { name, layer, kind, rows, columns, bytes } of tensors) {
    out.text(GGUF_NAMES[name].replace('N', String(layer)));
    const dimensions = isMatrix(name) ? [columns, rows] : [columns];
    out.u32(dimensions.length);
    for (const size of dimensions) out.u64(size);
    out.u32(TYPES[kind]).u64(offset);
    offset += padded(bytes);
  }
  const header = out.bytes();
  sink(header);
  sink(new Uint8Array(padded(header.length) - header.length));
  for (const { name, layer, kind, bytes } of tensors) {
    readPieces(checkpoint, name, layer, (values) => sink(encode(values, kind)));
    sink(new Uint8Array(padded(bytes) - bytes));
  }
}

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

type Entry = [key: string, value: string | number | readonly (string | number)[]];

function metadataOf(shape: ModelShape): Entry[] {
  return [
    ['general.architecture', 'llama'],
    ['llama.context_length', shape.sequence],
    ['llama.embedding_length', shape.dim],
    ['llama.feed_forward_length', shape.hiddenDim],
    ['llama.attention.head_count', shape.heads],
    ['llama.attention.head_count_kv', shape.kvHeads],
    ['llama.block_count', shape.layers],
    ['llama.rope.dimension_count', headSize(shape)],
    ['llama.rope.freq_base', ropeTheta(shape)],
    ['llama.attention.layer_norm_rms_epsilon', normEpsilon(shape)],
  ];
}

/** What the file says of a tokenizer; nothing where it cannot hold it. */
function tokenizerOf(tokenizer: Tokenizer | undefined): Entry[] {
  const tables = tokenizer?.tables;
  if (tokenizer === undefined || tables === undefined) return [];
  const { kind, cut, tokens, scores, types, merges } = tables;
  const { bos, eos, chatTemplate } = tokenizer;
  return [
    ['tokenizer.ggml.model', kind],
    ...(cut === undefined ? [] : ([['tokenizer.ggml.pre', cut]] as Entry[])),
    ['tokenizer.ggml.tokens', tokens],
    ...(scores === undefined ? [] : ([['tokenizer.ggml.scores', scores]] as Entry[])),
    ['tokenizer.ggml.token_type', types],
    ...(merges === undefined ? [] : ([['tokenizer.ggml.merges', merges]] as Entry[])),
    ['tokenizer.ggml.bos_token_id', bos],
    ['tokenizer.ggml.eos_token_id', eos],
    ...(chatTemplate === undefined ? [] : ([['tokenizer.chat_template', chatTemplate]] as Entry[])),
  ];
}

function writeList(out: Writer, key: string, values: readonly (string | number)[]): void {
  const kind = typeof values[0] === 'string' ? 8 : key.endsWith('scores') ? 6 : 5;
  out.u32(9).u32(kind).u64(values.length);
  for (const value of values) {
    if (typeof value === 'string') out.text(value);
    else if (kind === 6) out.f32(value);
    else out.u32(value);
  }
}

/** Little-endian numbers and strings one after the other. */
class Writer {
  private readonly parts: Uint8Array[] = [];

  private number(length: number, set: (view: DataView) => void): this {
    const bytes = new Uint8Array(length);
    set(new DataView(bytes.buffer));
    this.parts.push(bytes);
    return this;
  }

  u32(value: number): this {
    return this.number(4, (view) => view.setUint32(0, value, true));
  }

  u64(value: number): this {
    return this.number(8, (view) => view.setBigUint64(0, BigInt(value), true));
  }

  f32(value: number): this {
    return this.number(4, (view) => view.setFloat32(0, value, true));
  }

  text(value: string, counted = true): this {
    const bytes = new TextEncoder().encode(value);
    if (counted) this.u64(bytes.length);
    this.parts.push(bytes);
    return this;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
