import { bf16Value, fp16Value } from '../quantize/formats.js';
import { unpackRows } from '../quantize/packed.js';
import type { ByteSource } from './byte-source.js';
import {
  type Checkpoint,
  type Encoding,
  type StoredTensor,
  storedBytes,
  type TensorName,
  tensorShape,
} from './tensors.js';

/** Numbers read at a time: whole groups of any size that divides it. */
const CHUNK_NUMBERS = 1 << 18;

/**
 * Decodes one tensor of a layer piece by piece; pieces are at most 256 Ki numbers, beginning at number
 * `start`.
 */
export function decodeTensor(
  source: ByteSource,
  stored: StoredTensor,
  count: number,
  take: (values: Float32Array, start: number) => void,
): void {
  const { encoding, offset, group = 32, form } = stored;
  if (form !== undefined) {
    unpackRows(source, offset, form, count / form.rows, take);
    return;
  }
  const step = Math.max(group, Math.floor(CHUNK_NUMBERS / group) * group);
  for (let start = 0; start < count; start += step) {
    const length = Math.min(step, count - start);
    if (encoding === 'int8') {
      take(decodeInt8(source, stored, count, start, length, group), start);
      continue;
    }
    const bytes = source.read(
      offset + storedBytes(encoding, start, group),
      storedBytes(encoding, length, group),
    );
    take(decode(encoding, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), length), start);
  }
}

function decode(encoding: Encoding, view: DataView, length: number): Float32Array {
  const values = new Float32Array(length);
  switch (encoding) {
    case 'f32':
      for (let i = 0; i < length; i++) values[i] = view.getFloat32(4 * i, true);
      break;
    case 'bf16':
      for (let i = 0; i < length; i++) values[i] = bf16Value(view.getUint16(2 * i, true));
      break;
    case 'f16':
      for (let i = 0; i < length; i++) values[i] = fp16Value(view.getUint16(2 * i, true));
      break;
    case 'q8_0':
      for (let i = 0; i < length; i++) {
        const block = 34 * (i >> 5);
        values[i] = view.getInt8(block + 2 + (i & 31)) * fp16Value(view.getUint16(block, true));
      }
      break;
    case 'q4_0':
      for (let i = 0; i < length; i++) {
        const block = 18 * (i >> 5);
        const nibbles = view.getUint8(block + 2 + (i & 15));
        const quant = (i & 16 ? nibbles >>> 4 : nibbles & 15) - 8;
        values[i] = quant * fp16Value(view.getUint16(block, true));
      }
      break;
  }
  return values;
}

function decodeInt8(
  source: ByteSource,
  { offset }: StoredTensor,
  count: number,
  start: number,
  length: number,
  group: number,
): Float32Array {
  const quants = source.read(offset + start, length);
  const bytes = source.read(offset + count + (4 * start) / group, (4 * length) / group);
  const scales = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from(
    { length },
    (_, i) => ((quants[i] << 24) >> 24) * scales.getFloat32(4 * Math.floor(i / group), true),
  );
}

/** One tensor (all its layers) as fp32, for the reference forward pass. */
export function readTensor(checkpoint: Checkpoint, name: TensorName): Float32Array {
  const { rows, columns, count } = tensorShape(checkpoint.shape, name);
  const each = rows * columns;
  const values = new Float32Array(each * count);
  for (let layer = 0; layer < count; layer++) {
    decodeTensor(checkpoint.source, checkpoint.stored(name, layer), each, (piece, start) => {
      values.set(piece, layer * each + start);
    });
  }
  return values;
}
