import type { ByteSource } from '../checkpoint/byte-source.js';
import type { Checkpoint, Encoding, StoredTensor, TensorName } from '../checkpoint/tensors.js';
import { isMatrix, tensorShape } from '../checkpoint/tensors.js';
import type { ModelShape } from '../zoo.js';
import { bf16Value, consoleFp16Value } from './formats.js';
import { Q4_GROUP, q4Integer } from './groups.js';
import { BITS, type Packed, type Precision } from './precisions.js';

const NATURAL: Readonly<Record<Exclude<Encoding, 'packed'>, Precision>> = {
  f32: 'fp32',
  bf16: 'bf16',
  f16: 'fp16',
  q8_0: 'q80',
  q4_0: 'q4_0',
  int8: 'q80',
};

/** The precision that takes a file's numbers as they are. */
export const naturalPrecision = ({ encoding, form }: Pick<StoredTensor, 'encoding' | 'form'>): Precision =>
  encoding === 'packed' ? form!.precision : NATURAL[encoding];

const CHUNK_BYTES = 1 << 20;
const LINE = 128;
const lines = (bytes: number): number => Math.ceil(bytes / LINE) * LINE;
/** Narrow rows are whole steps of the kernels. */
const STEP_COLUMNS = 32;

/**
 * The console's own form of a tensor of one layer: big-endian, beginning on a cache line, rows of narrow
 * formats filled up to 32 columns, all scales behind all numbers.
 */
export function packedForm(
  shape: ModelShape,
  name: TensorName,
  precision: Precision,
  group = Q4_GROUP,
): Packed {
  const { rows, columns: real } = tensorShape(shape, name);
  const kind = isMatrix(name) ? precision : 'fp32';
  const grouped = kind === 'q80' || kind === 'q4_0';
  const multiple = kind === 'fp32' || (grouped && group % STEP_COLUMNS !== 0) ? 1 : STEP_COLUMNS;
  const columns = Math.ceil(real / multiple) * multiple;
  const rowBytes = (columns * BITS[kind]) / 8;
  const scalesAt = lines(rows * rowBytes);
  const scales = grouped ? lines((4 * rows * columns) / group) : 0;
  return {
    precision: kind,
    rows,
    columns,
    rowBytes,
    group: grouped ? group : 1,
    scalesAt,
    bytes: scalesAt + scales,
  };
}

/**
 * What precision a checkpoint's tensor will have: that of the file, or the one asked for; a llama2.c file of
 * version 2 keeps its groups.
 */
export function wantedForm(
  checkpoint: Checkpoint,
  name: TensorName,
  stored: StoredTensor,
  quant: Precision | undefined,
): Packed {
  const precision = quant ?? naturalPrecision(stored);
  const own = stored.encoding === 'int8' ? stored.group : stored.form?.group;
  const group = precision === 'q80' && own !== undefined && own > 1 ? own : Q4_GROUP;
  return packedForm(checkpoint.shape, name, precision, group);
}

/** The numbers that the console reads from a tensor in its packed form, [rows][columns]. */
export function unpack(bytes: Uint8Array, form: Packed): Float32Array {
  const numbers = form.rows * form.columns;
  return decodePacked(bytes, bytes.subarray(form.scalesAt), form, numbers);
}

/**
 * Reads a packed tensor piece by piece, whole rows at a time, without what rows are filled up with; `columns` of
 * each are real.
 */
export function unpackRows(
  source: ByteSource,
  offset: number,
  form: Packed,
  columns: number,
  take: (values: Float32Array, start: number) => void,
): void {
  const { rows, rowBytes, scalesAt, group } = form;
  const scaleBytes = group > 1 ? (4 * form.columns) / group : 0;
  const step = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes));
  for (let row = 0; row < rows; row += step) {
    const count = Math.min(step, rows - row);
    const numbers = source.read(offset + row * rowBytes, count * rowBytes);
    const scales = source.read(offset + scalesAt + row * scaleBytes, count * scaleBytes);
    const all = decodePacked(numbers, scales, form, count * form.columns);
    const real = new Float32Array(count * columns);
    for (let i = 0; i < count; i++)
      real.set(all.subarray(i * form.columns, i * form.columns + columns), i * columns);
    take(real, row * columns);
  }
}

function decodePacked(
  bytes: Uint8Array,
  scales: Uint8Array,
  { precision, group }: Packed,
  numbers: number,
): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scaleView = new DataView(scales.buffer, scales.byteOffset, scales.byteLength);
  const scale = (i: number): number => scaleView.getFloat32(4 * Math.floor(i / group));
  const read: Record<Precision, (i: number) => number> = {
    fp32: (i) => view.getFloat32(4 * i),
    bf16: (i) => bf16Value(view.getUint16(2 * i)),
    fp16: (i) => consoleFp16Value(view.getUint16(2 * i)),
    q80: (i) => view.getInt8(i) * scale(i),
    q4_0: (i) => q4Integer(bytes, i >> 5, i & 31) * scale(i),
  };
  const one = read[precision];
  const values = new Float32Array(numbers);
  for (let i = 0; i < numbers; i++) values[i] = one(i);
  return values;
}
