import { CONTROL } from '../control.js';
import * as reference from '../reference.js';
import { ropeTable } from '../rope.js';
import { at, gaussian, type KernelOp, type KernelWork } from './call.js';
import { buffer, control, EXACT, empty, SUM } from './operands.js';

export const matmul: KernelOp = {
  name: 'matmul',
  meaning: 'out[rows] = w[rows][columns] x[columns]',
  examples: [
    { rows: 8, columns: 64 },
    { rows: 4, columns: 172 },
    { rows: 1, columns: 4 },
    { rows: 7, columns: 36 },
    { rows: 3, columns: 288 },
    { rows: 5, columns: 7 },
    { rows: 2, columns: 33 },
    { rows: 6, columns: 8 },
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

export const rmsnorm: KernelOp = {
  name: 'rmsnorm',
  meaning: 'out[n] = weight[n] * x[n] / sqrt(mean of x^2 + epsilon)',
  examples: [{ n: 64 }, { n: 288 }, { n: 16 }, { n: 7, epsilonExponent: -1 }, { n: 33 }],
  call({ n, epsilonExponent = -5 }, random) {
    const epsilon = Number(`1e${epsilonExponent}`);
    const [x, weight, out] = [gaussian(n, random), gaussian(n, random), new Float32Array(n)];
    reference.rmsnorm(out, x, weight, epsilon);
    return {
      buffers: {
        out: empty(n),
        x: buffer(x),
        weight: { ...buffer(weight), skew: n % 4 ? 4 : 0 },
        control: control({ dim: n, epsilon }),
      },
      registers: [at('out'), at('x'), at('weight'), n, at('control', CONTROL.inverseDim)],
      expected: [{ buffer: 'out', floats: out, tolerance: { relative: 1e-6, absolute: 0 } }],
      flops: 4 * n,
      bytes: 12 * n,
    };
  },
};

export const rope: KernelOp = {
  name: 'rope',
  meaning: 'rotates pairs of a query or key vector by the angles of the position',
  examples: [
    { pairs: 32, first: 0, headPairs: 4, position: 3 },
    { pairs: 6, first: 2, headPairs: 4, position: 0 },
    { pairs: 48, first: 20, headPairs: 24, position: 11 },
    { pairs: 2, first: 0, headPairs: 4, position: 7 },
  ],
  call({ pairs, first, headPairs, position }, random) {
    const table = ropeTable({ dim: 2 * headPairs, heads: 1 }, position + 1);
    const vector = gaussian(2 * pairs, random);
    const row = table.subarray(2 * headPairs * position);
    const whole = new Float32Array(2 * (first + pairs));
    whole.set(vector, 2 * first);
    reference.rope(whole, row);
    return {
      buffers: { vector: buffer(vector), table: buffer(table), control: control({ position }) },
      registers: [at('vector'), pairs, first, headPairs, at('table'), at('control')],
      expected: [
        { buffer: 'vector', floats: whole.subarray(2 * first), tolerance: { relative: 0, absolute: 2e-7 } },
      ],
      flops: 6 * pairs,
      bytes: 24 * pairs,
    };
  },
};

export const ropeHalf: KernelOp = {
  name: 'rope-half',
  meaning: 'rotates the two halves of heads against each other by the angles of the position',
  examples: [
    { heads: 3, size: 64, position: 5 },
    { heads: 1, size: 8, position: 0 },
    { heads: 9, size: 16, position: 3 },
  ],
  call({ heads, size, position }, random) {
    const table = ropeTable({ dim: size, heads: 1, ropeLayout: 'half-split', ropeTheta: 1e5 }, position + 1);
    const vector = gaussian(heads * size, random);
    const out = Float32Array.from(vector);
    reference.ropeHalfSplit(out, table.subarray(size * position));
    return {
      buffers: { vector: buffer(vector), table: buffer(table), control: control({ position }) },
      registers: [at('vector'), heads, size / 2, at('table'), at('control')],
      expected: [{ buffer: 'vector', floats: out, tolerance: { relative: 0, absolute: 2e-7 } }],
      flops: 3 * heads * size,
      bytes: 12 * heads * size,
    };
  },
};

export const kvstore: KernelOp = {
  name: 'kvstore',
  meaning: 'copies part of a key or value vector to its place in the cache',
  examples: [
    { count: 32, stride: 48, position: 2 },
    { count: 4, stride: 4, position: 0 },
  ],
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

export const embedding: KernelOp = {
  name: 'embedding',
  meaning: "copies the token's row of the embedding table",
  examples: [
    { count: 64, rows: 5 },
    { count: 4, rows: 3 },
    { count: 7, rows: 3 },
  ],
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

/** Operations and bytes of one head at a position; keys and values of all positions before it are read. */
export const attentionWork = (size: number, position: number): KernelWork => ({
  flops: (position + 1) * (4 * size + 13),
  bytes: 8 * size * (position + 2),
});

export const attention: KernelOp = {
  name: 'attention',
  meaning: 'one head: scores over all positions so far, softmax, weighted sum of values',
  examples: [
    { size: 8, position: 20, stride: 32 },
    { size: 48, position: 3, stride: 48 },
    { size: 4, position: 0, stride: 4 },
    { size: 64, position: 33, stride: 64 },
    { size: 12, position: 15, stride: 24 },
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
        q: buffer(q),
        keys: buffer(keys),
        values: buffer(values),
        out: empty(size),
        scores: empty(position + 16),
        control: control({ dim: size, position }),
      },
      registers: [
        at('q'),
        at('keys'),
        at('values'),
        at('out'),
        at('scores'),
        size,
        4 * stride,
        at('control'),
      ],
      expected: [{ buffer: 'out', floats: out, tolerance: SUM }],
      ...attentionWork(size, position),
    };
  },
};

export const swiglu: KernelOp = {
  name: 'swiglu',
  meaning: 'gate[count] := silu(gate) * up',
  examples: [{ count: 172 }, { count: 16 }, { count: 4 }, { count: 8 }, { count: 12 }, { count: 28 }],
  call({ count }, random) {
    const [gate, up] = [gaussian(count, random, 4), gaussian(count, random)];
    [0, -0, 100, -95, 30, -30, 1e-20, -86].slice(0, count).forEach((value, i) => {
      gate[i] = value;
    });
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

export const residual: KernelOp = {
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
