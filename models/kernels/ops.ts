import { CONTROL, CONTROL_BYTES, writeControl } from '../control.js';
import * as reference from '../reference.js';
import { ropeTable } from '../rope.js';
import { argmax, draw, softmax } from '../sampler.js';
import { at, type CallBuffer, floatBytes, gaussian, type KernelOp, type Tolerance, wordBytes } from './call.js';

const EXACT: Tolerance = { relative: 0, absolute: 0 };
/** Sums in another order than the reference's. */
const SUM: Tolerance = { relative: 0, absolute: 2e-6 };

interface ControlFields {
  readonly dim?: number;
  readonly heads?: number;
  readonly token?: number;
  readonly position?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly seed?: bigint;
}

function control(fields: ControlFields): { bytes: Uint8Array } {
  const { dim = 64, heads = 1, temperature = 1, topP = 0.9, seed = 1n } = fields;
  const bytes = new Uint8Array(CONTROL_BYTES);
  writeControl(bytes, { dim, heads }, { temperature, topP, seed });
  const view = new DataView(bytes.buffer);
  view.setUint32(CONTROL.token, fields.token ?? 0);
  view.setUint32(CONTROL.position, fields.position ?? 0);
  return { bytes };
}

const buffer = (values: ArrayLike<number>, little = false): { bytes: Uint8Array } =>
  ({ bytes: floatBytes(values, little) });
const empty = (floats: number): { bytes: Uint8Array } => ({ bytes: new Uint8Array(4 * floats) });

const matmul: KernelOp = {
  name: 'matmul',
  meaning: 'out[rows] = w[rows][columns] x[columns]',
  examples: [
    { rows: 8, columns: 64 }, { rows: 4, columns: 172 }, { rows: 1, columns: 4 }, { rows: 7, columns: 36 },
    { rows: 3, columns: 288 }, { rows: 5, columns: 7 }, { rows: 2, columns: 33 }, { rows: 6, columns: 8 },
    { rows: 9, columns: 1 },
  ],
  call({ rows, columns }, random, little) {
    const x = gaussian(columns, random);
    const w = gaussian(rows * columns, random, 1 / Math.sqrt(columns));
    const out = new Float32Array(rows);
    reference.matmul(out, x, w);
    return {
      buffers: { out: empty(rows), x: buffer(x), w: buffer(w, little), scratch: empty(columns + 4) },
      registers: [at('out'), at('x'), at('w'), columns, rows, at('scratch')],
      expected: [{ buffer: 'out', floats: out, tolerance: SUM }],
      flops: 2 * rows * columns,
      bytes: 4 * (rows * columns + columns + rows),
    };
  },
};

const rmsnorm: KernelOp = {
  name: 'rmsnorm',
  meaning: 'out[n] = weight[n] * x[n] / sqrt(mean of x^2 + 1e-5)',
  examples: [{ n: 64 }, { n: 288 }, { n: 16 }, { n: 7 }, { n: 33 }],
  call({ n }, random) {
    const [x, weight, out] = [gaussian(n, random), gaussian(n, random), new Float32Array(n)];
    reference.rmsnorm(out, x, weight);
    return {
      buffers: { out: empty(n), x: buffer(x), weight: { ...buffer(weight), skew: n % 4 ? 4 : 0 }, control: control({ dim: n }) },
      registers: [at('out'), at('x'), at('weight'), n, at('control', CONTROL.inverseDim)],
      expected: [{ buffer: 'out', floats: out, tolerance: { relative: 1e-6, absolute: 0 } }],
      flops: 4 * n,
      bytes: 12 * n,
    };
  },
};

const rope: KernelOp = {
  name: 'rope',
  meaning: 'rotates pairs of a query or key vector by the angles of the position',
  examples: [
    { pairs: 32, first: 0, headPairs: 4, position: 3 }, { pairs: 6, first: 2, headPairs: 4, position: 0 },
    { pairs: 48, first: 20, headPairs: 24, position: 11 }, { pairs: 2, first: 0, headPairs: 4, position: 7 },
  ],
  call({ pairs, first, headPairs, position }, random) {
    const shape = { dim: 2 * headPairs, heads: 1 } as Parameters<typeof ropeTable>[0];
    const table = ropeTable(shape, position + 1);
    const vector = gaussian(2 * pairs, random);
    const row = table.subarray(2 * headPairs * position);
    const whole = new Float32Array(2 * (first + pairs));
    whole.set(vector, 2 * first);
    reference.rope(whole, row);
    return {
      buffers: { vector: buffer(vector), table: buffer(table), control: control({ position }) },
      registers: [at('vector'), pairs, first, headPairs, at('table'), at('control')],
      expected: [{ buffer: 'vector', floats: whole.subarray(2 * first), tolerance: { relative: 0, absolute: 2e-7 } }],
      flops: 6 * pairs,
      bytes: 24 * pairs,
    };
  },
};

const kvstore: KernelOp = {
  name: 'kvstore',
  meaning: 'copies part of a key or value vector to its place in the cache',
  examples: [{ count: 32, stride: 48, position: 2 }, { count: 4, stride: 4, position: 0 }],
  call({ count, stride, position }, random) {
    const source = gaussian(count, random);
    const cache = gaussian(stride * (position + 1), random);
    const after = Float32Array.from(cache);
    after.set(source, stride * position);
    return {
      buffers: { source: buffer(source), cache: buffer(cache), control: control({ position }) },
      registers: [at('source'), at('cache'), count, 4 * stride, at('control')],
      expected: [{ buffer: 'cache', floats: after, tolerance: EXACT }],
      flops: 0,
      bytes: 8 * count,
    };
  },
};

const embedding: KernelOp = {
  name: 'embedding',
  meaning: "copies the token's row of the embedding table",
  examples: [{ count: 64, rows: 5 }, { count: 4, rows: 3 }, { count: 7, rows: 3 }],
  call({ count, rows }, random, little) {
    const table = gaussian(rows * count, random);
    const token = rows - 2;
    return {
      buffers: { out: empty(count), table: buffer(table, little), control: control({ token }) },
      registers: [at('out'), at('table'), count, 4 * count, at('control')],
      expected: [
        { buffer: 'out', floats: table.subarray(token * count, (token + 1) * count), tolerance: EXACT },
      ],
      flops: 0,
      bytes: 8 * count,
    };
  },
};

const attention: KernelOp = {
  name: 'attention',
  meaning: 'one head: scores over all positions so far, softmax, weighted sum of values',
  examples: [
    { size: 8, position: 20, stride: 32 }, { size: 48, position: 3, stride: 48 }, { size: 4, position: 0, stride: 4 },
    { size: 64, position: 33, stride: 64 }, { size: 12, position: 15, stride: 24 },
  ],
  call({ size, position, stride }, random) {
    // Kernels may read up to three positions more; what stands there must not matter.
    const rows = position + 4;
    const q = gaussian(size, random, 2);
    const [keys, values] = [gaussian(rows * stride, random), gaussian(rows * stride, random)];
    const out = new Float32Array(size);
    reference.attention(out, q, keys, values, stride, position);
    return {
      buffers: {
        q: buffer(q), keys: buffer(keys), values: buffer(values), out: empty(size), scores: empty(position + 16),
        control: control({ dim: size, position }),
      },
      registers: [
        at('q'), at('keys'), at('values'), at('out'), at('scores'), size, 4 * stride, at('control'),
      ],
      expected: [{ buffer: 'out', floats: out, tolerance: SUM }],
      flops: (position + 1) * (4 * size + 13),
      bytes: 8 * size * (position + 2),
    };
  },
};

const softmaxOp: KernelOp = {
  name: 'softmax',
  meaning: 'x[n] := e^(x - max) over their sum',
  examples: [{ n: 32 }, { n: 512 }, { n: 1 }, { n: 17 }, { n: 5 }],
  call({ n }, random) {
    const x = gaussian(n, random, 5);
    const out = Float32Array.from(x);
    softmax(out);
    return {
      buffers: { x: buffer(x) },
      registers: [at('x'), n],
      expected: [{ buffer: 'x', floats: out, tolerance: { relative: 3e-6, absolute: 0 } }],
      flops: 13 * n,
      bytes: 8 * n,
    };
  },
};

const swiglu: KernelOp = {
  name: 'swiglu',
  meaning: 'gate[count] := silu(gate) * up',
  examples: [{ count: 172 }, { count: 16 }, { count: 4 }, { count: 8 }, { count: 12 }, { count: 28 }],
  call({ count }, random) {
    const [gate, up] = [gaussian(count, random, 4), gaussian(count, random)];
    [0, -0, 100, -95, 30, -30, 1e-20, -86].slice(0, count).forEach((value, i) => { gate[i] = value; });
    const out = Float32Array.from(gate);
    reference.swiglu(out, up);
    return {
      buffers: { gate: buffer(gate), up: buffer(up) },
      registers: [at('gate'), at('up'), count],
      // Results below the smallest normal number may be 0: the vector unit flushes them.
      expected: [{ buffer: 'gate', floats: out, tolerance: { relative: 1e-6, absolute: 1e-37 } }],
      flops: 14 * count,
      bytes: 12 * count,
    };
  },
};

const residual: KernelOp = {
  name: 'residual',
  meaning: 'x[count] += y[count]',
  examples: [{ count: 64 }, { count: 4 }, { count: 12 }, { count: 28 }],
  call({ count }, random) {
    const [x, y] = [gaussian(count, random), gaussian(count, random)];
    const out = Float32Array.from(x);
    reference.residual(out, y);
    return {
      buffers: { x: buffer(x), y: buffer(y) },
      registers: [at('x'), at('y'), count],
      expected: [{ buffer: 'x', floats: out, tolerance: EXACT }],
      flops: count,
      bytes: 12 * count,
    };
  },
};

const argmaxOp: KernelOp = {
  name: 'argmax',
  meaning: 'next := index of the largest logit, the first among equals',
  examples: [{ n: 512 }, { n: 64, ties: 3 }, { n: 1 }, { n: 37 }, { n: 100, ties: 50 }],
  call({ n, ties = 0 }, random) {
    const logits = gaussian(n, random).map((value) => value - 20);
    for (let i = 0; i < ties; i++) logits[Math.floor(random() * n)] = 7;
    return {
      buffers: { logits: buffer(logits), control: control({}) },
      registers: [at('logits'), n, at('control')],
      expected: [{ buffer: 'control', offset: CONTROL.next, bytes: wordBytes([argmax(logits)]) }],
      flops: n,
      bytes: 4 * n,
    };
  },
};

const temperature: KernelOp = {
  name: 'temperature',
  meaning: 'out[n] = logits[n] / temperature',
  examples: [{ n: 64 }, { n: 512 }, { n: 3 }],
  call({ n }, random) {
    const logits = gaussian(n, random, 4);
    const t = Math.fround(0.8);
    return {
      buffers: { out: empty(n), logits: buffer(logits), control: control({ temperature: t }) },
      registers: [at('out'), at('logits'), n, at('control')],
      expected: [{ buffer: 'out', floats: logits.map((value) => value / t), tolerance: { relative: 1e-7, absolute: 0 } }],
      flops: n,
      bytes: 8 * n,
    };
  },
};

const sampleOp: KernelOp = {
  name: 'sample',
  meaning: 'next := a token drawn from probabilities, from the smallest set above top-p',
  examples: [
    { n: 512, topP: 0.9, seed: 1 }, { n: 64, topP: 1, seed: 2 }, { n: 40, topP: 0.5, seed: 3 },
    { n: 33, topP: 0, seed: 4 }, { n: 300, topP: 0.99, seed: 5 }, { n: 96, topP: 0.05, seed: 6 },
  ],
  call({ n, topP, seed }, random) {
    const probabilities = gaussian(n, random, 2);
    softmax(probabilities);
    // Equal probabilities: the smaller index comes first.
    for (let i = 3; i < n; i += 5) probabilities[i] = probabilities[i - 1];
    const state = BigInt(seed) * 0x9e3779b97f4a7c15n & 0xffffffffffffffffn;
    const drawn = draw(probabilities, topP, state);
    return {
      buffers: {
        probabilities: buffer(probabilities), control: control({ topP, seed: state }), scratch: empty(2 * n),
      },
      registers: [at('probabilities'), n, at('control'), at('scratch')],
      expected: [{ buffer: 'control', offset: CONTROL.next, bytes: wordBytes([drawn.token]) }],
      flops: n,
      bytes: 4 * n,
    };
  },
};

const byteswap: KernelOp = {
  name: 'byteswap',
  meaning: 'little-endian words to big-endian ones, to another place or in place',
  examples: [{ words: 256 }, { words: 77, skew: 4 }, { words: 3 }, { words: 64, copy: 1 }, { words: 39, skew: 12 }],
  call({ words, skew = 0, copy = 0 }, random) {
    const values = gaussian(words, random);
    const source = { bytes: floatBytes(values, true), skew };
    const target = copy ? 'target' : 'source';
    const buffers: Record<string, CallBuffer> = { source };
    if (copy) buffers.target = { ...empty(words), skew };
    return {
      buffers,
      registers: [at(target), at('source'), words],
      expected: [{ buffer: target, floats: values, tolerance: EXACT }],
      flops: 0,
      bytes: 8 * words,
    };
  },
};

/** Every operation that guest kernels carry out, by name. */
export const OPS: Readonly<Record<string, KernelOp>> = Object.fromEntries(
  [
    matmul, rmsnorm, rope, kvstore, embedding, attention, softmaxOp, swiglu, residual, argmaxOp, temperature,
    sampleOp, byteswap,
  ].map((op) => [op.name, op]),
);
