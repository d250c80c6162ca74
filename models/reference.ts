import type { Checkpoint } from './checkpoint/tensors.js';
import { readTensor, TENSORS, type TensorName } from './checkpoint/tensors.js';
import { exp } from './elementary.js';
import { ropeTable } from './rope.js';
import { softmax } from './sampler.js';
import { headSize, kvDim, type ModelShape, normEpsilon, ropeLayout } from './zoo.js';

/**
 * The forward pass in TypeScript: fp32, every operation rounded, in the order of llama2.c's run.c compiled
 * without contraction. What all guest kernels are measured against.
 */
export interface ReferenceModel {
  readonly shape: ModelShape;
  /**
   * Logits, [vocabulary], after feeding `token` at `position` (0, 1, 2, ...). Overwritten by the next call.
   */
  forward(token: number, position: number): Float32Array;
}

const { fround } = Math;

/** out[rows] = w[rows][columns] x[columns], one sum in order for each row. */
export function matmul(out: Float32Array, x: Float32Array, w: Float32Array): void {
  const columns = w.length / out.length;
  for (let row = 0; row < out.length; row++) {
    let sum = 0;
    for (let i = 0; i < columns; i++) sum = fround(sum + fround(w[row * columns + i] * x[i]));
    out[row] = sum;
  }
}

export function rmsnorm(
  out: Float32Array,
  x: Float32Array,
  weight: Float32Array,
  epsilon: number = 1e-5,
): void {
  let squares = 0;
  for (const value of x) squares = fround(squares + fround(value * value));
  const mean = fround(fround(squares / x.length) + fround(epsilon));
  const scale = fround(1 / fround(Math.sqrt(mean)));
  for (let i = 0; i < x.length; i++) out[i] = weight[i] * fround(scale * x[i]);
}

/** Rotates the pairs of `vector` in place; `angles` is one row of the RoPE table, repeated for every head. */
export function rope(vector: Float32Array, angles: Float32Array): void {
  for (let i = 0; i < vector.length; i += 2) {
    const [a, b] = [vector[i], vector[i + 1]];
    const [cos, sin] = [angles[i % angles.length], angles[(i % angles.length) + 1]];
    vector[i] = fround(a * cos) - fround(b * sin);
    vector[i + 1] = fround(a * sin) + fround(b * cos);
  }
}

/**
 * Rotates elements i and i + size / 2 of every head in place; `angles` is one row of the RoPE table, all
 * cosines before all sines.
 */
export function ropeHalfSplit(vector: Float32Array, angles: Float32Array): void {
  const size = angles.length;
  const half = size / 2;
  for (let head = 0; head < vector.length; head += size) {
    for (let i = 0; i < half; i++) {
      const [a, b] = [vector[head + i], vector[head + half + i]];
      const [cos, sin] = [angles[i], angles[half + i]];
      vector[head + i] = fround(a * cos) - fround(b * sin);
      vector[head + half + i] = fround(a * sin) + fround(b * cos);
    }
  }
}

/** One head: `keys` and `values` are read at [t * stride, + q.length) for t = 0..position. */
export function attention(
  out: Float32Array,
  q: Float32Array,
  keys: Float32Array,
  values: Float32Array,
  stride: number,
  position: number,
): void {
  const root = fround(Math.sqrt(q.length));
  const scores = new Float32Array(position + 1);
  for (let t = 0; t <= position; t++) {
    let score = 0;
    for (let i = 0; i < q.length; i++) score = fround(score + fround(q[i] * keys[t * stride + i]));
    scores[t] = score / root;
  }
  softmax(scores);
  out.fill(0);
  for (let t = 0; t <= position; t++) {
    for (let i = 0; i < q.length; i++) out[i] = out[i] + fround(scores[t] * values[t * stride + i]);
  }
}

/** gate[i] = silu(gate[i]) * up[i]. */
export function swiglu(gate: Float32Array, up: Float32Array): void {
  for (let i = 0; i < gate.length; i++) {
    const sigmoid = fround(1 / fround(1 + fround(exp(-gate[i]))));
    gate[i] = fround(gate[i] * sigmoid) * up[i];
  }
}

/** x[i] += y[i]. */
export function residual(x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i] = x[i] + y[i];
}

/** Loads every tensor of a checkpoint; `context` positions are kept in the key and value caches. */
export function referenceModel(checkpoint: Checkpoint, context: number): ReferenceModel {
  const { shape } = checkpoint;
  const { dim, hiddenDim, layers, heads, kvHeads } = shape;
  const [size, kv] = [headSize(shape), kvDim(shape)];
  const tensors = Object.fromEntries(TENSORS.map((name) => [name, readTensor(checkpoint, name)])) as Record<
    TensorName,
    Float32Array
  >;
  const layerOf = (name: TensorName, layer: number): Float32Array => {
    const length = tensors[name].length / layers;
    return tensors[name].subarray(layer * length, (layer + 1) * length);
  };
  const angles = ropeTable(shape, context);
  const epsilon = normEpsilon(shape);
  const rotate = ropeLayout(shape) === 'half-split' ? ropeHalfSplit : rope;
  const keys = Array.from({ length: layers }, () => new Float32Array(context * kv));
  const values = Array.from({ length: layers }, () => new Float32Array(context * kv));
  const buffer = (length: number): Float32Array => new Float32Array(length);
  const [x, xb, xb2, q] = [buffer(dim), buffer(dim), buffer(dim), buffer(dim)];
  const [gate, up, logits] = [buffer(hiddenDim), buffer(hiddenDim), buffer(shape.vocabulary)];
  return {
    shape,
    forward(token, position) {
      x.set(tensors.tokenEmbedding.subarray(token * dim, (token + 1) * dim));
      const row = angles.subarray(position * size, (position + 1) * size);
      for (let layer = 0; layer < layers; layer++) {
        const k = keys[layer].subarray(position * kv, (position + 1) * kv);
        const v = values[layer].subarray(position * kv, (position + 1) * kv);
        rmsnorm(xb, x, layerOf('rmsAttention', layer), epsilon);
        matmul(q, xb, layerOf('wq', layer));
        matmul(k, xb, layerOf('wk', layer));
        matmul(v, xb, layerOf('wv', layer));
        rotate(q, row);
        rotate(k, row);
        for (let head = 0; head < heads; head++) {
          const of = (vector: Float32Array): Float32Array => vector.subarray(head * size, (head + 1) * size);
          const kvAt = Math.floor((head * kvHeads) / heads) * size;
          attention(of(xb), of(q), keys[layer].subarray(kvAt), values[layer].subarray(kvAt), kv, position);
        }
        matmul(xb2, xb, layerOf('wo', layer));
        residual(x, xb2);
        rmsnorm(xb, x, layerOf('rmsFeedForward', layer), epsilon);
        matmul(gate, xb, layerOf('w1', layer));
        matmul(up, xb, layerOf('w3', layer));
        swiglu(gate, up);
        matmul(xb2, gate, layerOf('w2', layer));
        residual(x, xb2);
      }
      rmsnorm(xb, x, tensors.rmsFinal, epsilon);
      matmul(logits, xb, tensors.classifier);
      return logits;
    },
  };
}
