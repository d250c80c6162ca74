import type { Checkpoint } from './checkpoint/tensors.js';
import { type TensorName, tensorShape } from './checkpoint/tensors.js';
import { exp } from './elementary.js';
import type { KvCache } from './kv-cache.js';
import { quantizeInt8 } from './quantize/groups.js';
import { packTensor } from './quantize/pack.js';
import { unpack } from './quantize/packed.js';
import type { Precision } from './quantize/precisions.js';
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

/** Integers in groups, each group with its scale. */
export interface Groups {
  readonly integers: Int8Array;
  readonly scales: Float32Array;
}

/** out[rows] = w[rows][columns] x[columns] in integers, group by group, as runq.c does it. */
export function matmulGroups(out: Float32Array, x: Groups, w: Groups, group: number): void {
  const columns = w.integers.length / out.length;
  for (let row = 0; row < out.length; row++) {
    let sum = 0;
    for (let g = 0; g < columns / group; g++) {
      let integer = 0;
      for (let i = g * group; i < (g + 1) * group; i++)
        integer += x.integers[i] * w.integers[row * columns + i];
      const scale = w.scales[(row * columns) / group + g];
      sum = fround(sum + fround(fround(integer * scale) * x.scales[g]));
    }
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

/** A matrix that can be multiplied with a vector, and whose rows can be read. */
interface Matrix {
  times(out: Float32Array, x: Float32Array): void;
  row(n: number): Float32Array;
}

function matrixOf(checkpoint: Checkpoint, name: TensorName, layer: number, quant?: Precision): Matrix {
  const { bytes, form } = packTensor(checkpoint, name, layer, quant);
  const { columns, rows, group } = form;
  const values = unpack(bytes, form);
  const row = (n: number): Float32Array => values.subarray(n * columns, (n + 1) * columns);
  const padded = new Float32Array(columns);
  if (group === 1 || !checkpoint.quantizedActivations) {
    return {
      row,
      times(out, x) {
        padded.set(x);
        matmul(out, padded, values);
      },
    };
  }
  const scales = Float32Array.from({ length: (rows * columns) / group }, (_, i) =>
    new DataView(bytes.buffer).getFloat32(form.scalesAt + 4 * i),
  );
  const integers = Int8Array.from(
    values,
    (value, i) => Math.round(value / scales[Math.floor(i / group)]) || 0,
  );
  const xq = { integers: new Int8Array(columns), scales: new Float32Array(columns / group) };
  return {
    row,
    times(out, x) {
      padded.set(x);
      quantizeInt8(padded, group, xq.integers, xq.scales);
      matmulGroups(out, xq, { integers, scales }, group);
    },
  };
}

/** Rounds each head of a vector to signed bytes and back, as a cache of them keeps it. */
function throughBytes(vector: Float32Array, size: number): void {
  const integers = new Int8Array(vector.length);
  const scales = new Float32Array(vector.length / size);
  quantizeInt8(vector, size, integers, scales);
  for (let i = 0; i < vector.length; i++) vector[i] = integers[i] * scales[Math.floor(i / size)];
}

/**
 * Loads every tensor of a checkpoint; `context` positions are kept in the key and value caches. With `quant`
 * the matrices are what the console has in that precision; with `kvCache` int8 keys and values are what is left
 * of them in signed bytes.
 */
export function referenceModel(
  checkpoint: Checkpoint,
  context: number,
  quant?: Precision,
  kvCache: KvCache = 'fp32',
): ReferenceModel {
  const { shape } = checkpoint;
  const { dim, hiddenDim, layers, heads, kvHeads } = shape;
  const [size, kv] = [headSize(shape), kvDim(shape)];
  const matrices = (name: TensorName): Matrix[] =>
    Array.from({ length: tensorShape(shape, name).count }, (_, layer) =>
      matrixOf(checkpoint, name, layer, quant),
    );
  const embedding = matrices('tokenEmbedding')[0];
  const classifier = shape.tiedClassifier ? embedding : matrices('classifier')[0];
  const [wq, wk, wv, wo] = [matrices('wq'), matrices('wk'), matrices('wv'), matrices('wo')];
  const [w1, w2, w3] = [matrices('w1'), matrices('w2'), matrices('w3')];
  const norms = (name: TensorName): Float32Array[] => matrices(name).map((vector) => vector.row(0));
  const [rmsAttention, rmsFeedForward, rmsFinal] = [
    norms('rmsAttention'),
    norms('rmsFeedForward'),
    norms('rmsFinal')[0],
  ];
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
      x.set(embedding.row(token).subarray(0, dim));
      const row = angles.subarray(position * size, (position + 1) * size);
      for (let layer = 0; layer < layers; layer++) {
        const k = keys[layer].subarray(position * kv, (position + 1) * kv);
        const v = values[layer].subarray(position * kv, (position + 1) * kv);
        rmsnorm(xb, x, rmsAttention[layer], epsilon);
        wq[layer].times(q, xb);
        wk[layer].times(k, xb);
        wv[layer].times(v, xb);
        rotate(q, row);
        rotate(k, row);
        if (kvCache === 'int8') {
          throughBytes(k, size);
          throughBytes(v, size);
        }
        for (let head = 0; head < heads; head++) {
          const of = (vector: Float32Array): Float32Array => vector.subarray(head * size, (head + 1) * size);
          const kvAt = Math.floor((head * kvHeads) / heads) * size;
          attention(of(xb), of(q), keys[layer].subarray(kvAt), values[layer].subarray(kvAt), kv, position);
        }
        wo[layer].times(xb2, xb);
        residual(x, xb2);
        rmsnorm(xb, x, rmsFeedForward[layer], epsilon);
        w1[layer].times(gate, xb);
        w3[layer].times(up, xb);
        swiglu(gate, up);
        w2[layer].times(xb2, gate);
        residual(x, xb2);
      }
      rmsnorm(xb, x, rmsFinal, epsilon);
      classifier.times(logits, xb);
      return logits;
    },
  };
}
