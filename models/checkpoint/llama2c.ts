import { UsageError } from '../../sim/machine/errors.js';
import { headSize, type ModelShape } from '../zoo.js';
import type { ByteSource } from './byte-source.js';
import {
  type Checkpoint,
  isMatrix,
  type StoredTensor,
  storedBytes,
  type TensorName,
  tensorBytes,
  tensorShape,
} from './tensors.js';

/**
 * llama2.c checkpoints, little-endian (karpathy/llama2.c, export.py, run.c and runq.c).
 *
 * Version 0 ("legacy"): seven int32 (dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size, seq_len; a
 * negative vocab_size means that the classifier is a tensor of its own), then the tensors, then RoPE tables
 * that nothing reads any more, then that classifier. Version 1: magic 'ak42', version, the same seven
 * integers, a byte that says whether the classifier is tied, zeros up to 256 bytes; the tensors in another
 * order and without tables. Both fp32.
 *
 * Version 2: as version 1, then an int32 group size. The rmsnorm weights are fp32; each matrix is signed
 * bytes, then a scale for each group of them. runq.c quantises activations in the same groups.
 */
const LEGACY_HEADER_BYTES = 28;
const V1_HEADER_BYTES = 256;
const MAGIC = 0x616b3432;

const LEGACY_ORDER: readonly TensorName[] = [
  'tokenEmbedding',
  'rmsAttention',
  'wq',
  'wk',
  'wv',
  'wo',
  'rmsFeedForward',
  'w1',
  'w2',
  'w3',
  'rmsFinal',
];
const V1_ORDER: readonly TensorName[] = [
  'rmsAttention',
  'rmsFeedForward',
  'rmsFinal',
  'tokenEmbedding',
  'wq',
  'wk',
  'wv',
  'wo',
  'w1',
  'w2',
  'w3',
];

/**
 * Largest value believed of each header field: far above any llama2 model, small enough that sizes stay
 * exact.
 */
const LIMITS: readonly (readonly [field: keyof ModelShape, llama2cName: string, most: number])[] = [
  ['dim', 'dim', 1 << 16],
  ['hiddenDim', 'hidden_dim', 1 << 18],
  ['layers', 'n_layers', 1 << 10],
  ['heads', 'n_heads', 1 << 12],
  ['kvHeads', 'n_kv_heads', 1 << 12],
  ['vocabulary', 'vocab_size', 1 << 22],
  ['sequence', 'seq_len', 1 << 22],
];

/** A checkpoint whose tensors' layers follow each other, with the place of each first one. */
export interface Llama2cCheckpoint extends Checkpoint {
  readonly offsets: Readonly<Record<TensorName, number>>;
}

/** Opens a checkpoint of version 0, 1 or 2; reads only its header. `name` is for messages. */
export function openLlama2c(source: ByteSource, name: string): Llama2cCheckpoint {
  if (source.size < LEGACY_HEADER_BYTES) {
    throw new UsageError(
      `${name}: truncated checkpoint: ${source.size} bytes, a header has ${LEGACY_HEADER_BYTES}`,
    );
  }
  const head = source.read(0, Math.min(source.size, V1_HEADER_BYTES));
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return view.getUint32(0, true) === MAGIC ? openLater(source, view, name) : openLegacy(source, view, name);
}

function openLegacy(source: ByteSource, view: DataView, name: string): Llama2cCheckpoint {
  const vocabulary = view.getInt32(20, true);
  const tied = vocabulary > 0;
  const shape = readShape(view, 0, tied, name);
  const tables = 4 * shape.sequence * headSize(shape);
  const checkpoint = lay(source, 'llama2c-v0', shape, LEGACY_HEADER_BYTES, LEGACY_ORDER, tables);
  return requireSize(checkpoint, name);
}

function openLater(source: ByteSource, view: DataView, name: string): Llama2cCheckpoint {
  const version = view.getInt32(4, true);
  if (version !== 1 && version !== 2) {
    throw new UsageError(
      `${name}: llama2.c checkpoint of version ${version}: versions 0, 1 (fp32) and 2 (int8) can be read`,
    );
  }
  if (source.size < V1_HEADER_BYTES) {
    throw new UsageError(
      `${name}: truncated checkpoint: ${source.size} bytes, its header has ${V1_HEADER_BYTES}`,
    );
  }
  const tied = view.getUint8(36);
  if (tied > 1)
    throw new UsageError(`${name}: impossible header: shared_classifier is ${tied}, allowed are 0 and 1`);
  const shape = readShape(view, 8, tied === 1, name);
  if (version === 2) return openQuantized(source, shape, view.getInt32(37, true), name);
  return requireSize(lay(source, 'llama2c-v1', shape, V1_HEADER_BYTES, V1_ORDER, 0), name);
}

function openQuantized(
  source: ByteSource,
  shape: ModelShape,
  group: number,
  name: string,
): Llama2cCheckpoint {
  if (group < 1) throw new UsageError(`${name}: impossible header: group_size is ${group}`);
  const sizes = { dim: shape.dim, hidden_dim: shape.hiddenDim };
  for (const [label, size] of Object.entries(sizes)) {
    if (size % group !== 0) {
      throw new UsageError(
        `${name}: group size ${group} does not divide ${label} ${size}: runq.c drops the last` +
          ` ${size % group} inputs of such a row and reads scales of other groups; export it with a group` +
          ' size that divides both',
      );
    }
  }
  if (group % 4 !== 0) {
    throw new UsageError(
      `${name}: group size ${group}: the kernels take groups of whole quadwords, multiples of 4`,
    );
  }
  const bytes = (tensor: TensorName): number =>
    isMatrix(tensor)
      ? storedBytes('int8', tensorBytes(shape, tensor) / 4, group)
      : tensorBytes(shape, tensor);
  const placed = place(shape, V1_HEADER_BYTES, V1_ORDER, 0, bytes);
  const stored = (tensor: TensorName, layer: number): StoredTensor => {
    const { count } = tensorShape(shape, tensor);
    const each = bytes(tensor) / count;
    const offset = placed.offsets[tensor] + layer * each;
    return isMatrix(tensor)
      ? { encoding: 'int8', offset, bytes: each, group }
      : { encoding: 'f32', offset, bytes: each };
  };
  return requireSize(
    {
      format: 'llama2c-v2',
      shape,
      source,
      payloadOffset: V1_HEADER_BYTES,
      ...placed,
      stored,
      quantizedActivations: true,
    },
    name,
  );
}

function readShape(view: DataView, at: number, tiedClassifier: boolean, name: string): ModelShape {
  const values = LIMITS.map(([field, label, most], i) => {
    const raw = view.getInt32(at + 4 * i, true);
    const value = field === 'vocabulary' && at === 0 ? Math.abs(raw) : raw;
    if (value < 1 || value > most) {
      throw new UsageError(
        `${name}: impossible header: ${label} is ${raw}, allowed are 1..${most};` +
          ' is this a llama2.c checkpoint?',
      );
    }
    return [field, value] as const;
  });
  const shape = { ...Object.fromEntries(values), tiedClassifier } as unknown as ModelShape;
  const { dim, heads, kvHeads } = shape;
  if (dim % heads !== 0 || (dim / heads) % 2 !== 0) {
    throw new UsageError(
      `${name}: impossible header: dim ${dim} is not an even multiple of n_heads ${heads}`,
    );
  }
  if (heads % kvHeads !== 0) {
    throw new UsageError(
      `${name}: impossible header: n_kv_heads ${kvHeads} does not divide n_heads ${heads}`,
    );
  }
  return shape;
}

function lay(
  source: ByteSource,
  format: string,
  shape: ModelShape,
  payloadOffset: number,
  order: readonly TensorName[],
  tableBytes: number,
): Llama2cCheckpoint {
  const bytes = (tensor: TensorName): number => tensorBytes(shape, tensor);
  const placed = place(shape, payloadOffset, order, tableBytes, bytes);
  const stored = (tensor: TensorName, layer: number): StoredTensor => {
    const each = bytes(tensor) / tensorShape(shape, tensor).count;
    return { encoding: 'f32', offset: placed.offsets[tensor] + layer * each, bytes: each };
  };
  return { format, shape, source, payloadOffset, ...placed, stored };
}

function place(
  shape: ModelShape,
  payloadOffset: number,
  order: readonly TensorName[],
  tableBytes: number,
  bytes: (tensor: TensorName) => number,
): Pick<Llama2cCheckpoint, 'offsets' | 'payloadBytes'> {
  const offsets = {} as Record<TensorName, number>;
  let end = payloadOffset;
  for (const tensor of order) {
    offsets[tensor] = end;
    end += bytes(tensor);
  }
  end += tableBytes;
  offsets.classifier = shape.tiedClassifier ? offsets.tokenEmbedding : end;
  if (!shape.tiedClassifier) end += bytes('classifier');
  return { offsets, payloadBytes: end - payloadOffset };
}

function requireSize(checkpoint: Llama2cCheckpoint, name: string): Llama2cCheckpoint {
  const expected = checkpoint.payloadOffset + checkpoint.payloadBytes;
  const { size } = checkpoint.source;
  if (size < expected) {
    throw new UsageError(
      `${name}: truncated checkpoint: its header asks for ${expected} bytes, the file has ${size}`,
    );
  }
  if (size > expected) {
    throw new UsageError(
      `${name}: not what its header says: ${size - expected} bytes follow the last tensor` +
        ` (expected ${expected} bytes in all)`,
    );
  }
  return checkpoint;
}

/** The 28-byte header and total size of a legacy file of this shape. */
export function legacyHeader(shape: ModelShape): Uint8Array {
  const bytes = new Uint8Array(LEGACY_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  LIMITS.forEach(([field], i) => {
    view.setInt32(4 * i, Number(shape[field]), true);
  });
  if (!shape.tiedClassifier) view.setInt32(20, -shape.vocabulary, true);
  return bytes;
}

/** The tensors of a legacy file of this shape without opening one: for synthetic checkpoints. */
export function legacyLayout(shape: ModelShape, source: ByteSource): Llama2cCheckpoint {
  const tables = 4 * shape.sequence * headSize(shape);
  return lay(source, 'llama2c-v0', shape, LEGACY_HEADER_BYTES, LEGACY_ORDER, tables);
}

/** Columns of a tensor's rows; rows of all layers together. */
export function rowsOf(shape: ModelShape, name: TensorName): { rows: number; columns: number } {
  const { rows, columns, count } = tensorShape(shape, name);
  return { rows: rows * count, columns };
}
