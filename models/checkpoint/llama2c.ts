import { UsageError } from '../../sim/machine/errors.js';
import { headSize, type ModelShape } from '../zoo.js';
import type { ByteSource } from './byte-source.js';
import { type Checkpoint, type TensorName, tensorBytes, tensorShape } from './tensors.js';

/**
 * llama2.c checkpoints, fp32 little-endian (karpathy/llama2.c, export.py and run.c).
 *
 * Version 0 ("legacy"): seven int32 (dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size, seq_len; a
 * negative vocab_size means that the classifier is a tensor of its own), then the tensors, then RoPE tables
 * that nothing reads any more, then that classifier. Version 1: magic 'ak42', version, the same seven
 * integers, a byte that says whether the classifier is tied, zeros up to 256 bytes; the tensors in another
 * order and without tables.
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

/** Opens a version 0 or version 1 checkpoint; reads only its header. `name` is for messages. */
export function openLlama2c(source: ByteSource, name: string): Checkpoint {
  if (source.size < LEGACY_HEADER_BYTES) {
    throw new UsageError(
      `${name}: truncated checkpoint: ${source.size} bytes, a header has ${LEGACY_HEADER_BYTES}`,
    );
  }
  const head = source.read(0, Math.min(source.size, V1_HEADER_BYTES));
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return view.getUint32(0, true) === MAGIC
    ? openVersion1(source, view, name)
    : openLegacy(source, view, name);
}

function openLegacy(source: ByteSource, view: DataView, name: string): Checkpoint {
  const vocabulary = view.getInt32(20, true);
  const tied = vocabulary > 0;
  const shape = readShape(view, 0, tied, name);
  const tables = 4 * shape.sequence * headSize(shape);
  const checkpoint = lay(source, 'llama2c-v0', shape, LEGACY_HEADER_BYTES, LEGACY_ORDER, tables);
  return requireSize(checkpoint, name);
}

function openVersion1(source: ByteSource, view: DataView, name: string): Checkpoint {
  const version = view.getInt32(4, true);
  if (version !== 1) {
    throw new UsageError(
      `${name}: llama2.c checkpoint of version ${version}: versions 0 and 1 (fp32) can be read`,
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
  return requireSize(lay(source, 'llama2c-v1', shape, V1_HEADER_BYTES, V1_ORDER, 0), name);
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
  format: Checkpoint['format'],
  shape: ModelShape,
  payloadOffset: number,
  order: readonly TensorName[],
  tableBytes: number,
): Checkpoint {
  const offsets = {} as Record<TensorName, number>;
  let end = payloadOffset;
  for (const tensor of order) {
    offsets[tensor] = end;
    end += tensorBytes(shape, tensor);
  }
  end += tableBytes;
  offsets.classifier = shape.tiedClassifier ? offsets.tokenEmbedding : end;
  if (!shape.tiedClassifier) end += tensorBytes(shape, 'classifier');
  return { format, shape, source, payloadOffset, payloadBytes: end - payloadOffset, offsets };
}

function requireSize(checkpoint: Checkpoint, name: string): Checkpoint {
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
export function legacyLayout(shape: ModelShape, source: ByteSource): Checkpoint {
  const tables = 4 * shape.sequence * headSize(shape);
  return lay(source, 'llama2c-v0', shape, LEGACY_HEADER_BYTES, LEGACY_ORDER, tables);
}

/** Columns of a tensor's rows; rows of all layers together. */
export function rowsOf(shape: ModelShape, name: TensorName): { rows: number; columns: number } {
  const { rows, columns, count } = tensorShape(shape, name);
  return { rows: rows * count, columns };
}
