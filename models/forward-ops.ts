import type { Checkpoint, StoredTensor } from './checkpoint/tensors.js';
import { isMatrix, storedTensors } from './checkpoint/tensors.js';
import type { KvCache } from './kv-cache.js';
import { naturalPrecision } from './quantize/packed.js';
import type { Precision } from './quantize/precisions.js';
import { ropeLayout } from './zoo.js';

const KINDS = { fp32: '', bf16: '-bf16', fp16: '-fp16', q80: '-q80', q4_0: '-q4' } as const;

/** `embedding-bf16` and the like; plain for fp32. */
export const narrowOp = (op: string, precision: Precision): string => `${op}${KINDS[precision]}`;

/** The product of a matrix and one vector, or several (`batched`). */
export const matmulOp = (precision: Precision, quantizedActivations: boolean, batched: boolean): string =>
  narrowOp('matmul', precision) +
  (quantizedActivations && (precision === 'q80' || precision === 'q4_0') ? 'a8' : '') +
  (batched ? '-batch' : '');

/** Operation on the key and value cache. */
export const cacheOp = (op: 'kvstore' | 'attention', cache: KvCache): string =>
  cache === 'int8' ? `${op}-q8` : op;

export interface ForwardKind {
  readonly checkpoint: Checkpoint;
  /** Precision of the matrices; that of the file where it is not given. */
  readonly quant?: Precision;
  readonly kvCache: KvCache;
  readonly greedy: boolean;
  /** Some positions of the prompt go through the layers together. */
  readonly batched: boolean;
}

/** Operations of a forward pass and of drawing a token. */
export function forwardOps({ checkpoint, quant, kvCache, greedy, batched }: ForwardKind): string[] {
  const precisionOf = (tensor: StoredTensor): Precision => quant ?? naturalPrecision(tensor);
  const stored = storedTensors(checkpoint).filter(({ name }) => isMatrix(name));
  const matrices = stored
    .filter(({ name }) => name !== 'tokenEmbedding' || checkpoint.shape.tiedClassifier)
    .map(({ stored: tensor }) => precisionOf(tensor));
  const inLayers = stored
    .filter(({ name }) => name !== 'tokenEmbedding' && name !== 'classifier')
    .map(({ stored: tensor }) => precisionOf(tensor));
  const table = precisionOf(checkpoint.stored('tokenEmbedding', 0));
  const activations = checkpoint.quantizedActivations === true;
  const grouped = matrices.some((precision) => precision === 'q80' || precision === 'q4_0');
  return [
    narrowOp('embedding', table),
    'rmsnorm',
    ...new Set(matrices.map((precision) => matmulOp(precision, activations, false))),
    ...(batched ? new Set(inLayers.map((precision) => matmulOp(precision, activations, true))) : []),
    ...(activations && grouped ? ['quantize'] : []),
    ropeLayout(checkpoint.shape) === 'half-split' ? 'rope-half' : 'rope',
    cacheOp('kvstore', kvCache),
    cacheOp('attention', kvCache),
    'residual',
    'swiglu',
    ...(greedy ? ['argmax'] : ['temperature', 'softmax', 'sample']),
  ];
}
