import seedrandom from 'seedrandom';
import type { ModelShape } from '../zoo.js';
import type { ByteSource } from './byte-source.js';
import { type Llama2cCheckpoint, legacyHeader, legacyLayout } from './llama2c.js';
import { TENSORS, type TensorName, tensorBytes, tensorShape } from './tensors.js';

/**
 * A checkpoint of exact shape with seeded random weights, in the form of a version 0 file of exactly the real
 * one's size. Nothing is stored: any range of bytes can be made again, in blocks that each have their own
 * generator state.
 *
 * Weights are near Gaussian (sum of four uniform numbers). Matrices have variance 1/columns so that
 * activations keep their size; the embedding table is scaled so that logits of a tied classifier have a
 * standard deviation near 2.
 */
const BLOCK_FLOATS = 1 << 14;

export function syntheticCheckpoint(shape: ModelShape, seed: string): Llama2cCheckpoint {
  const header = legacyHeader(shape);
  const base = seedrandom(`weights ${seed}`).int32() >>> 0;
  const layout = legacyLayout(shape, { size: 0, read: () => new Uint8Array(0) });
  const parts = TENSORS.filter((name) => name !== 'classifier' || !shape.tiedClassifier).map((name) => ({
    name,
    start: layout.offsets[name],
    bytes: tensorBytes(shape, name),
    ...weightsLike(shape, name),
  }));
  const source: ByteSource = {
    size: layout.payloadOffset + layout.payloadBytes,
    read(offset, length) {
      const out = new Uint8Array(length);
      out.set(header.subarray(offset, offset + length));
      for (const part of parts) {
        const from = Math.max(offset, part.start);
        const to = Math.min(offset + length, part.start + part.bytes);
        if (from < to)
          fill(out.subarray(from - offset, to - offset), from - part.start, part, base ^ hash(part.start));
      }
      return out;
    },
  };
  return { ...layout, source };
}

interface Distribution {
  readonly mean: number;
  readonly deviation: number;
}

function weightsLike(shape: ModelShape, name: TensorName): Distribution {
  if (name.startsWith('rms')) return { mean: 1, deviation: 0.05 };
  const { columns } = tensorShape(shape, name);
  const gain = name === 'tokenEmbedding' || name === 'classifier' ? 2 : 1;
  return { mean: 0, deviation: gain / Math.sqrt(columns) };
}

/** Writes the bytes [from, from + out.length) of a tensor, little-endian. */
function fill(out: Uint8Array, from: number, { mean, deviation }: Distribution, seed: number): void {
  const firstBlock = Math.floor(from / (4 * BLOCK_FLOATS));
  const lastBlock = Math.floor((from + out.length - 1) / (4 * BLOCK_FLOATS));
  const block = new Uint8Array(4 * BLOCK_FLOATS);
  const view = new DataView(block.buffer);
  // Four bytes of one random word, summed, have mean 510 and this standard deviation.
  const scale = deviation / Math.sqrt((4 * (256 * 256 - 1)) / 12);
  for (let n = firstBlock; n <= lastBlock; n++) {
    let state = hash(seed + Math.imul(n, 0x9e3779b9)) || 1;
    for (let i = 0; i < BLOCK_FLOATS; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const mixed = Math.imul(state, 0x2c1b3c6d);
      const sum = (mixed >>> 24) + ((mixed >>> 16) & 255) + ((mixed >>> 8) & 255) + (mixed & 255);
      // The low bits of the second draw fill the gaps between the 1021 possible sums.
      view.setFloat32(4 * i, mean + scale * (sum - 510 + (state & 1023) / 1024 - 0.5), true);
    }
    const start = n * 4 * BLOCK_FLOATS - from;
    const skip = Math.max(0, -start);
    out.set(block.subarray(skip, Math.min(block.length, out.length - start)), start + skip);
  }
}

/** A 32-bit mix whose neighbours are unlike: Wellons' lowbias32 constants. */
function hash(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}
