import { kvDim, type ModelShape } from '../zoo.js';
import type { ByteSource } from './byte-source.js';

/**
 * Every tensor of a llama2 model, named as in llama2.c. Matrices are row-major, [rows][columns]; those of the
 * layers lie one after the other.
 */
export const TENSORS = [
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
  'classifier',
] as const;
export type TensorName = (typeof TENSORS)[number];

export interface TensorShape {
  readonly rows: number;
  readonly columns: number;
  /** How many of them follow one another: one a layer, or 1. */
  readonly count: number;
}

export function tensorShape(shape: ModelShape, name: TensorName): TensorShape {
  const { dim, hiddenDim, layers, vocabulary } = shape;
  const kv = kvDim(shape);
  switch (name) {
    case 'tokenEmbedding':
    case 'classifier':
      return { rows: vocabulary, columns: dim, count: 1 };
    case 'rmsAttention':
    case 'rmsFeedForward':
      return { rows: 1, columns: dim, count: layers };
    case 'rmsFinal':
      return { rows: 1, columns: dim, count: 1 };
    case 'wq':
    case 'wo':
      return { rows: dim, columns: dim, count: layers };
    case 'wk':
    case 'wv':
      return { rows: kv, columns: dim, count: layers };
    case 'w1':
    case 'w3':
      return { rows: hiddenDim, columns: dim, count: layers };
    case 'w2':
      return { rows: dim, columns: hiddenDim, count: layers };
  }
}

/** Bytes of all layers of a tensor, fp32. */
export function tensorBytes(shape: ModelShape, name: TensorName): number {
  const { rows, columns, count } = tensorShape(shape, name);
  return 4 * rows * columns * count;
}

/** True for the matrices and tables, false for the vectors of rmsnorm weights. */
export const isMatrix = (name: TensorName): boolean => !name.startsWith('rms');

/** A checkpoint opened: what is in it and where, the numbers themselves still in the source. */
export interface Checkpoint {
  readonly format: 'llama2c-v0' | 'llama2c-v1';
  readonly shape: ModelShape;
  readonly source: ByteSource;
  /** First byte of tensor data; all tensors lie between it and the end of the source. */
  readonly payloadOffset: number;
  readonly payloadBytes: number;
  /** Byte offset of each tensor in the source; a tied classifier has the offset of the embedding table. */
  readonly offsets: Readonly<Record<TensorName, number>>;
}

const CHUNK_BYTES = 1 << 20;

/** The fp32 little-endian numbers of one tensor (all its layers), for the reference forward pass. */
export function readTensor(checkpoint: Checkpoint, name: TensorName): Float32Array {
  const bytes = tensorBytes(checkpoint.shape, name);
  const values = new Float32Array(bytes / 4);
  for (let done = 0; done < bytes; done += CHUNK_BYTES) {
    const chunk = checkpoint.source.read(
      checkpoint.offsets[name] + done,
      Math.min(CHUNK_BYTES, bytes - done),
    );
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let i = 0; i < chunk.byteLength; i += 4) values[(done + i) >> 2] = view.getFloat32(i, true);
  }
  return values;
}
