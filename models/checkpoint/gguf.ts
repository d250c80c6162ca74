import { UsageError } from '../../sim/machine/errors.js';
import type { ModelShape } from '../zoo.js';
import type { ByteSource } from './byte-source.js';
import { type GgufHeader, type GgufTensor, readGgufHeader } from './gguf-header.js';
import { plainShape, requireShape } from './shape.js';
import {
  type Checkpoint,
  type Encoding,
  isMatrix,
  type StoredTensor,
  storedBytes,
  storedTensors,
  type TensorName,
  tensorShape,
} from './tensors.js';

export interface GgufCheckpoint extends Checkpoint {
  readonly header: GgufHeader;
}

const ENCODINGS: Readonly<Record<number, Encoding>> = {
  0: 'f32',
  1: 'f16',
  2: 'q4_0',
  8: 'q8_0',
  30: 'bf16',
};
/** Types that other programs write, for messages. */
const OTHERS: Readonly<Record<number, string>> = {
  3: 'Q4_1',
  6: 'Q5_0',
  7: 'Q5_1',
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  12: 'Q4_K',
  13: 'Q5_K',
  14: 'Q6_K',
  15: 'Q8_K',
  20: 'IQ4_NL',
  23: 'IQ4_XS',
};

/** The file's names; `N` is the layer. */
export const GGUF_NAMES: Readonly<Record<TensorName, string>> = {
  tokenEmbedding: 'token_embd.weight',
  rmsAttention: 'blk.N.attn_norm.weight',
  wq: 'blk.N.attn_q.weight',
  wk: 'blk.N.attn_k.weight',
  wv: 'blk.N.attn_v.weight',
  wo: 'blk.N.attn_output.weight',
  rmsFeedForward: 'blk.N.ffn_norm.weight',
  w1: 'blk.N.ffn_gate.weight',
  w2: 'blk.N.ffn_down.weight',
  w3: 'blk.N.ffn_up.weight',
  rmsFinal: 'output_norm.weight',
  classifier: 'output.weight',
};

/**
 * Opens a GGUF file with a llama model of F32, F16, BF16, Q8_0 and Q4_0 tensors; reads only its header. Its wq
 * and wk are in llama2.c's rotary order already.
 */
export function openGguf(source: ByteSource, name: string): GgufCheckpoint {
  const header = readGgufHeader(source, name);
  const shape = requireShape(shapeOf(header, name), name);
  const { dataOffset } = header;
  const stored = (tensor: TensorName, layer: number): StoredTensor => {
    const wanted = tensor === 'classifier' && shape.tiedClassifier ? 'tokenEmbedding' : tensor;
    return storedTensor(header, source, shape, wanted, layer, name);
  };
  const checkpoint: GgufCheckpoint = {
    format: `gguf-v${header.version}`,
    shape,
    source,
    payloadOffset: dataOffset,
    payloadBytes: Math.max(0, source.size - dataOffset),
    stored,
    header,
  };
  // Every tensor is looked at now, so that a bad file is refused before anything is done with it.
  storedTensors(checkpoint);
  return checkpoint;
}

function shapeOf({ metadata, tensors }: GgufHeader, name: string): ModelShape {
  const architecture = metadata.get('general.architecture');
  if (architecture !== 'llama')
    throw new UsageError(`${name}: architecture '${String(architecture)}': only 'llama' can be run`);
  const number = (key: string, otherwise?: number): number => {
    const value = metadata.get(`llama.${key}`) ?? otherwise;
    if (typeof value !== 'number') throw new UsageError(`${name}: its metadata has no number llama.${key}`);
    return value;
  };
  const scaling = metadata.get('llama.rope.scaling.type');
  if ((scaling !== undefined && scaling !== 'none') || tensors.has('rope_freqs.weight'))
    throw new UsageError(
      `${name}: scaled rotary frequencies (${String(scaling ?? 'rope_freqs')}) cannot be run`,
    );
  if (Number(metadata.get('llama.expert_count') ?? 0) > 0)
    throw new UsageError(`${name}: a mixture of experts cannot be run`);
  const dim = number('embedding_length');
  const heads = number('attention.head_count');
  for (const key of ['rope.dimension_count', 'attention.key_length', 'attention.value_length']) {
    if (number(key, dim / heads) !== dim / heads)
      throw new UsageError(
        `${name}: llama.${key} is ${number(key)}, only dim / heads = ${dim / heads} can be run`,
      );
  }
  const table = tensors.get(GGUF_NAMES.tokenEmbedding);
  if (table === undefined) throw new UsageError(`${name}: it has no tensor ${GGUF_NAMES.tokenEmbedding}`);
  return plainShape({
    dim,
    hiddenDim: number('feed_forward_length'),
    layers: number('block_count'),
    heads,
    kvHeads: number('attention.head_count_kv', heads),
    vocabulary: table.dimensions[1] ?? 0,
    sequence: number('context_length'),
    tiedClassifier: !tensors.has(GGUF_NAMES.classifier),
    ropeTheta: number('rope.freq_base', 10000),
    normEpsilon: number('attention.layer_norm_rms_epsilon', 1e-5),
  });
}

function storedTensor(
  header: GgufHeader,
  source: ByteSource,
  shape: ModelShape,
  tensor: TensorName,
  layer: number,
  name: string,
): StoredTensor {
  const label = GGUF_NAMES[tensor].replace('N', String(layer));
  const found = header.tensors.get(label);
  if (found === undefined) throw new UsageError(`${name}: it has no tensor ${label}`);
  const { rows, columns } = tensorShape(shape, tensor);
  requireDimensions(found, isMatrix(tensor) ? [columns, rows] : [columns], name);
  const encoding = ENCODINGS[found.type];
  if (encoding === undefined) {
    throw new UsageError(
      `${name}: ${label} is of type ${OTHERS[found.type] ?? found.type}: F32, F16, BF16, Q8_0 and Q4_0 can be read`,
    );
  }
  if (!isMatrix(tensor) && encoding !== 'f32')
    throw new UsageError(`${name}: ${label} is of type ${encoding}, a vector has to be F32`);
  if (encoding.startsWith('q') && columns % 32 !== 0)
    throw new UsageError(`${name}: ${label} has rows of ${columns} numbers, no whole blocks of 32`);
  const bytes = storedBytes(encoding, rows * columns);
  const offset = header.dataOffset + found.offset;
  if (found.offset % header.alignment !== 0)
    throw new UsageError(`${name}: ${label} is at ${found.offset}, no multiple of ${header.alignment}`);
  if (!Number.isSafeInteger(offset + bytes) || offset + bytes > source.size)
    throw new UsageError(
      `${name}: truncated: ${label} ends at byte ${offset + bytes}, the file has ${source.size}`,
    );
  return { encoding, offset, bytes };
}

function requireDimensions(
  { name: label, dimensions }: GgufTensor,
  wanted: readonly number[],
  name: string,
): void {
  if (dimensions.length !== wanted.length || dimensions.some((size, i) => size !== wanted[i])) {
    throw new UsageError(
      `${name}: ${label} has the dimensions ${dimensions.join(' x ')}, this model's are ${wanted.join(' x ')}`,
    );
  }
}
