import { CACHE_STEP, cacheBlock } from '../kv-cache.js';
import { quantizeInt8 } from '../quantize/groups.js';
import * as reference from '../reference.js';
import { at, gaussian, type KernelOp, type KernelWork } from './call.js';
import { buffer, control, empty, SUM } from './operands.js';

/** Rows of one head as the cache of signed bytes holds them: bytes of its block, and what they stand for. */
function headBlock(
  rows: readonly Float32Array[],
  positions: number,
): { bytes: Uint8Array; read: Float32Array } {
  const size = rows[0].length;
  const { rowBytes, scalesAt, bytes: length } = cacheBlock(size, positions);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  const read = new Float32Array(rows.length * size);
  rows.forEach((row, position) => {
    const quants = new Int8Array(size);
    const scale = new Float32Array(1);
    quantizeInt8(row, size, quants, scale);
    bytes.set(new Uint8Array(quants.buffer), position * rowBytes);
    view.setFloat32(scalesAt + 4 * position, scale[0]);
    quants.forEach((quant, i) => {
      read[position * size + i] = quant * scale[0];
    });
  });
  return { bytes, read };
}

const kvstore: KernelOp = {
  name: 'kvstore-q8',
  meaning:
    'puts heads of a key or value vector into the cache as signed bytes, one scale a head and position',
  examples: [
    { heads: 3, size: 64, position: 5 },
    { heads: 1, size: 8, position: 0 },
    { heads: 2, size: 48, position: 2 },
    { heads: 4, size: 20, position: 7 },
  ],
  call({ heads, size, position }, random) {
    const positions = position + 2;
    const { scalesAt, bytes } = cacheBlock(size, positions);
    const source = gaussian(heads * size, random);
    // A head of zeros, and halves: 127 makes the scale 1.
    if (heads > 1) source.fill(0, 0, size);
    source.set([127, 0.5, -1.5, 2.4999998], (heads - 1) * size);
    const before = Array.from({ length: heads }, () =>
      Array.from({ length: positions }, () => gaussian(size, random)),
    );
    const cache = (blocks: readonly (readonly Float32Array[])[]): Uint8Array => {
      const all = new Uint8Array(heads * bytes);
      blocks.forEach((rows, head) => {
        all.set(headBlock(rows, positions).bytes, head * bytes);
      });
      return all;
    };
    const after = before.map((rows, head) =>
      rows.map((row, i) => (i === position ? source.subarray(head * size, (head + 1) * size) : row)),
    );
    return {
      buffers: { source: buffer(source), cache: { bytes: cache(before) }, control: control({ position }) },
      registers: [at('source'), at('cache'), heads, bytes, at('control'), size, scalesAt],
      expected: [{ buffer: 'cache', bytes: cache(after) }],
      flops: 5 * heads * size,
      bytes: heads * (5 * size + 4),
    };
  },
};

/** As attentionWork, with keys and values in signed bytes. */
export const byteAttentionWork = (size: number, position: number): KernelWork => ({
  flops: (position + 1) * (4 * size + 15),
  bytes: (position + 1) * (2 * size + 8) + 8 * size,
});

const attention: KernelOp = {
  name: 'attention-q8',
  meaning: 'attention of one head over keys and values in signed bytes',
  examples: [
    { size: 64, position: 33 },
    { size: 8, position: 20 },
    { size: 48, position: 3 },
    { size: 4, position: 0 },
    { size: 20, position: 15 },
  ],
  call({ size, position }, random) {
    // Kernels may read up to three positions more; what stands there must not matter.
    const positions = Math.ceil((position + 1) / CACHE_STEP) * CACHE_STEP;
    const rows = (): Float32Array[] => Array.from({ length: positions }, () => gaussian(size, random));
    const [keys, values] = [headBlock(rows(), positions), headBlock(rows(), positions)];
    const q = gaussian(size, random, 2);
    const out = new Float32Array(size);
    reference.attention(out, q, keys.read, values.read, size, position);
    return {
      buffers: {
        q: buffer(q),
        keys: { bytes: keys.bytes },
        values: { bytes: values.bytes },
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
        cacheBlock(size, positions).scalesAt,
        at('control'),
      ],
      expected: [{ buffer: 'out', floats: out, tolerance: SUM }],
      ...byteAttentionWork(size, position),
    };
  },
};

/** Operations on a key and value cache of signed bytes. */
export const CACHE_OPS: readonly KernelOp[] = [kvstore, attention];
