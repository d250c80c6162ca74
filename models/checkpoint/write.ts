import { UsageError } from '../../sim/machine/errors.js';
import { bf16Bits, fp16Bits } from '../quantize/formats.js';
import { quantizeInt8, quantizeQ4 } from '../quantize/groups.js';
import { headSize, type ModelShape, normEpsilon, type RopeLayout, ropeLayout, ropeTheta } from '../zoo.js';
import { decodeTensor } from './decode.js';
import { legacyHeader } from './llama2c.js';
import {
  type Checkpoint,
  type Encoding,
  isMatrix,
  storedBytes,
  TENSORS,
  type TensorName,
  tensorShape,
} from './tensors.js';

/** Takes the bytes of a file one after the other. */
export type Sink = (bytes: Uint8Array) => void;

/**
 * The numbers of one tensor of a layer in the rotary order wanted, llama2.c's where nothing is said: of a
 * checkpoint in Hugging Face's, the rows i and i + half of each head of wq and wk become neighbours, or back.
 */
export function readPieces(
  checkpoint: Checkpoint,
  name: TensorName,
  layer: number,
  take: (values: Float32Array) => void,
  wanted: RopeLayout = 'interleaved',
): void {
  const { shape, source } = checkpoint;
  const { rows, columns } = tensorShape(shape, name);
  const stored = checkpoint.stored(name, layer);
  if (ropeLayout(shape) === wanted || (name !== 'wq' && name !== 'wk')) {
    decodeTensor(source, stored, rows * columns, take);
    return;
  }
  const all = new Float32Array(rows * columns);
  const size = headSize(shape);
  const half = size / 2;
  decodeTensor(source, stored, all.length, (values, start) => {
    for (let i = 0; i < values.length; ) {
      const row = Math.floor((start + i) / columns);
      const column = (start + i) % columns;
      const length = Math.min(columns - column, values.length - i);
      const inHead = row % size;
      const together = inHead < half ? 2 * inHead : 2 * (inHead - half) + 1;
      const apart = (inHead >> 1) + (inHead % 2) * half;
      const to = row - inHead + (wanted === 'interleaved' ? together : apart);
      all.set(values.subarray(i, i + length), to * columns + column);
      i += length;
    }
  });
  take(all);
}

/** Little-endian bytes of numbers in an encoding of blocks or single numbers. */
export function encode(values: Float32Array, encoding: Exclude<Encoding, 'int8' | 'packed'>): Uint8Array {
  const bytes = new Uint8Array(storedBytes(encoding, values.length));
  const view = new DataView(bytes.buffer);
  switch (encoding) {
    case 'f32':
      for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i], true);
      break;
    case 'f16':
      for (let i = 0; i < values.length; i++) view.setUint16(2 * i, fp16Bits(values[i]), true);
      break;
    case 'bf16':
      for (let i = 0; i < values.length; i++) view.setUint16(2 * i, bf16Bits(values[i]), true);
      break;
    default: {
      const scales = new Float32Array(values.length / 32);
      const each = encoding === 'q8_0' ? 32 : 16;
      const quants = new Uint8Array(scales.length * each);
      if (encoding === 'q8_0') quantizeInt8(values, 32, new Int8Array(quants.buffer), scales);
      else quantizeQ4(values, quants, scales);
      scales.forEach((scale, block) => {
        view.setUint16(block * (each + 2), fp16Bits(scale), true);
        bytes.set(quants.subarray(block * each, (block + 1) * each), block * (each + 2) + 2);
      });
    }
  }
  return bytes;
}

/** Refuses what llama2.c's files have no room for. */
function requirePlain(shape: ModelShape): void {
  if (ropeTheta(shape) !== 10000 || Math.fround(normEpsilon(shape)) !== Math.fround(1e-5)) {
    throw new UsageError(
      `llama2.c's files cannot say that the rotary base is ${ropeTheta(shape)} and epsilon ${normEpsilon(shape)}: convert to gguf`,
    );
  }
}

/** A llama2.c checkpoint of version 0: fp32. */
export function writeLegacy(checkpoint: Checkpoint, sink: Sink): void {
  const { shape } = checkpoint;
  requirePlain(shape);
  sink(legacyHeader(shape));
  const write = (name: TensorName): void => {
    for (let layer = 0; layer < tensorShape(shape, name).count; layer++)
      readPieces(checkpoint, name, layer, (values) => sink(encode(values, 'f32')));
  };
  TENSORS.filter((name) => name !== 'classifier').forEach(write);
  sink(new Uint8Array(4 * shape.sequence * headSize(shape)));
  if (!shape.tiedClassifier) write('classifier');
}

/** A llama2.c checkpoint of version 2: signed bytes in groups. */
export function writeGroups(checkpoint: Checkpoint, group: number, sink: Sink): void {
  const { shape } = checkpoint;
  requirePlain(shape);
  for (const size of [shape.dim, shape.hiddenDim]) {
    if (size % group !== 0 || group % 4 !== 0)
      throw new UsageError(
        `groups of ${group} numbers: a multiple of 4 that divides ${shape.dim} and ${shape.hiddenDim} is needed`,
      );
  }
  const header = new Uint8Array(256);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x616b3432, true);
  view.setInt32(4, 2, true);
  header.set(legacyHeader({ ...shape, tiedClassifier: true }), 8);
  view.setUint8(36, shape.tiedClassifier ? 1 : 0);
  view.setInt32(37, group, true);
  sink(header);
  const order = [...TENSORS.filter((name) => !isMatrix(name)), ...TENSORS.filter(isMatrix)];
  for (const name of order.filter((tensor) => tensor !== 'classifier' || !shape.tiedClassifier)) {
    const { rows, columns, count } = tensorShape(shape, name);
    for (let layer = 0; layer < count; layer++) {
      if (!isMatrix(name)) {
        readPieces(checkpoint, name, layer, (values) => sink(encode(values, 'f32')));
        continue;
      }
      const scales = new Float32Array((rows * columns) / group);
      let done = 0;
      // Pieces may cut a group: what is left over goes before the next piece.
      let rest = new Float32Array(0);
      readPieces(checkpoint, name, layer, (values) => {
        const all = new Float32Array(rest.length + values.length);
        all.set(rest);
        all.set(values, rest.length);
        const whole = Math.floor(all.length / group) * group;
        const quants = new Int8Array(whole);
        quantizeInt8(all.subarray(0, whole), group, quants, scales.subarray(done));
        done += whole / group;
        rest = all.slice(whole);
        sink(new Uint8Array(quants.buffer));
      });
      sink(encode(scales, 'f32'));
    }
  }
}
