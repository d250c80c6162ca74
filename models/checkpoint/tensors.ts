import type { Packed } from '../quantize/precisions.js';
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

/** How a file stores a tensor's numbers, little-endian. */
export type Encoding =
  | 'f32'
  | 'f16'
  | 'bf16'
  /** GGUF: blocks of 32 numbers, a half as scale and 32 signed bytes. */
  | 'q8_0'
  /** GGUF: blocks of 32 numbers, a half as scale and 16 bytes of two numbers each. */
  | 'q4_0'
  /** llama2.c version 2: signed bytes, then one fp32 scale for each group of them. */
  | 'int8'
  /** The console's own form, see console.ts: big-endian, padded rows, all scales behind all numbers. */
  | 'packed';

/** One tensor of one layer in the source. */
export interface StoredTensor {
  readonly encoding: Encoding;
  /** First byte, and number of bytes, scales included. */
  readonly offset: number;
  readonly bytes: number;
  /** int8: numbers that share a scale. */
  readonly group?: number;
  /** packed: how it lies there. */
  readonly form?: Packed;
}

/** Bytes of `count` numbers. */
export function storedBytes(encoding: Encoding, count: number, group = 32): number {
  switch (encoding) {
    case 'f32':
      return 4 * count;
    case 'f16':
    case 'bf16':
      return 2 * count;
    case 'q8_0':
      return (34 * count) / 32;
    case 'q4_0':
      return (18 * count) / 32;
    case 'int8':
      return count + (4 * count) / group;
    case 'packed':
      throw new RangeError('a packed tensor knows its bytes');
  }
}

/** A checkpoint opened: what is in it and where, the numbers themselves still in the source. */
export interface Checkpoint {
  /** `llama2c-v0`, `gguf-v3`, `safetensors`, ... */
  readonly format: string;
  readonly shape: ModelShape;
  readonly source: ByteSource;
  /** First byte of tensor data; all tensors lie between it and the end of the source. */
  readonly payloadOffset: number;
  readonly payloadBytes: number;
  /** Where a tensor of a layer is; a tied classifier is where the embedding table is. */
  stored(name: TensorName, layer: number): StoredTensor;
  /** True where the format means activations to be quantised too (llama2.c's version 2). */
  readonly quantizedActivations?: boolean;
}

/** How numbers meet a matrix in groups: as they are, or rounded to groups of bytes as runq.c does it. */
export const ACTIVATION_TYPES = ['fp32', 'q80'] as const;
export type ActivationType = (typeof ACTIVATION_TYPES)[number];

/** The checkpoint with activations taken as asked for; as its format means it where nothing is asked. */
export function withActivations<T extends Checkpoint>(
  checkpoint: T,
  activations: ActivationType | undefined,
): T {
  if (activations === undefined) return checkpoint;
  return { ...checkpoint, quantizedActivations: activations === 'q80' };
}

/** Every tensor that a checkpoint stores, a tied classifier left out. */
export function storedTensors(
  checkpoint: Checkpoint,
): { name: TensorName; layer: number; stored: StoredTensor }[] {
  const { shape } = checkpoint;
  return TENSORS.filter((name) => name !== 'classifier' || !shape.tiedClassifier).flatMap((name) =>
    Array.from({ length: tensorShape(shape, name).count }, (_, layer) => ({
      name,
      layer,
      stored: checkpoint.stored(name, layer),
    })),
  );
}
