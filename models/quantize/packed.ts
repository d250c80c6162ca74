import type { ByteSource } from '../checkpoint/byte-source.js';
import type { Checkpoint, Encoding, StoredTensor, TensorName } from '../checkpoint/tensors.js';
import { decodeTensor, isMatrix, tensorShape } from '../checkpoint/tensors.js';
import type { ModelShape } from '../zoo.js';
import { bf16Bits, bf16Value, consoleFp16Bits, consoleFp16Value, fp16Bits, fp16Value } from './formats.js';
import { Q4_GROUP, q4Integer, quantizeInt8, quantizeQ4 } from './groups.js';

/**
 * How the guest's kernels take a matrix: q80 and q4_0 are groups of 32 signed bytes or half bytes with an fp32 scale,
 * bf16 the upper halves of 32-bit floats, fp16 half floats, of which those below 2^-14 become zero or 2^-14.
 */
export const PRECISIONS = ['fp32', 'bf16', 'fp16', 'q80', 'q4_0'] as const;
export type Precision = (typeof PRECISIONS)[number];

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

/** One matrix, or the vector of an rmsnorm, as it lies in guest memory. */
export interface Packed {
  readonly precision: Precision;
  readonly rows: number;
  /** Columns as the kernels see them: those that a narrow matrix has more hold zeros. */
  readonly columns: number;
  readonly rowBytes: number;
  /** Numbers that share a scale, 1 where there are none. */
  readonly group: number;
  /** Where its scales [rows][columns / group] begin, fp32. */
  readonly scalesAt: number;
  readonly bytes: number;
}

const CHUNK_BYTES = 1 << 20;
const LINE = 128;
const lines = (bytes: number): number => Math.ceil(bytes / LINE) * LINE;
/** Narrow rows are whole steps of the kernels. */
const STEP_COLUMNS = 32;

/** Bits of a number, scales aside. */
export const BITS: Readonly<Record<Precision, number>> = { fp32: 32, bf16: 16, fp16: 16, q80: 8, q4_0: 4 };

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
  const multiple =
    kind === 'fp32' || (grouped && group % STEP_COLUMNS !== 0)
      ? 1
      : Math.max(STEP_COLUMNS, grouped ? group : 1);
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

/** Writes a tensor of one layer in its packed form to `out`, which holds zeros; reads it piece by piece. */
export function writePacked(
  out: Uint8Array,
  checkpoint: Checkpoint,
  name: TensorName,
  stored: StoredTensor,
  form: Packed,
): void {
  const { columns: real, rows } = tensorShape(checkpoint.shape, name);
  if (
    stored.form !== undefined &&
    stored.form.precision === form.precision &&
    stored.form.bytes === form.bytes
  ) {
    for (let done = 0; done < form.bytes; done += CHUNK_BYTES)
      out.set(checkpoint.source.read(stored.offset + done, Math.min(CHUNK_BYTES, form.bytes - done)), done);
    return;
  }
  if (
    stored.encoding !== 'packed' &&
    form.precision === naturalPrecision(stored) &&
    form.group > 1 &&
    form.columns === real
  ) {
    copyGroups(out, checkpoint, stored, form);
    return;
  }
  // A file's halves stay as they are, whatever the console then reads.
  const write = writers(out, form, stored.encoding === 'f16' ? fp16Bits : consoleFp16Bits);
  const row = new Float32Array(form.columns);
  let filled = 0;
  let done = 0;
  decodeTensor(checkpoint.source, stored, rows * real, (values) => {
    for (let at = 0; at < values.length; ) {
      const part = values.subarray(at, at + real - filled);
      row.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === real) {
        write(row, done++);
        filled = 0;
      }
    }
  });
}

type RowWriter = (row: Float32Array, number: number) => void;

function writers(
  out: Uint8Array,
  { precision, rowBytes, group, scalesAt, columns }: Packed,
  toHalf: (value: number) => number,
): RowWriter {
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  const scales = new Float32Array(columns / group);
  const writeScales = (number: number): void => {
    scales.forEach((scale, i) => {
      view.setFloat32(scalesAt + 4 * (number * scales.length + i), scale);
    });
  };
  const halves =
    (bits: (value: number) => number): RowWriter =>
    (row, number) => {
      for (let i = 0; i < row.length; i++) view.setUint16(number * rowBytes + 2 * i, bits(row[i]));
    };
  switch (precision) {
    case 'fp32':
      return (row, number) => {
        for (let i = 0; i < row.length; i++) view.setFloat32(number * rowBytes + 4 * i, row[i]);
      };
    case 'bf16':
      return halves(bf16Bits);
    case 'fp16':
      return halves(toHalf);
    case 'q80':
      return (row, number) => {
        const quants = new Int8Array(out.buffer, out.byteOffset + number * rowBytes, columns);
        quantizeInt8(row, group, quants, scales);
        writeScales(number);
      };
    case 'q4_0':
      return (row, number) => {
        quantizeQ4(row, out.subarray(number * rowBytes, (number + 1) * rowBytes), scales);
        writeScales(number);
      };
  }
}

/** Groups that are kept as they are: integers and scales go to their places. */
function copyGroups(out: Uint8Array, { source }: Checkpoint, stored: StoredTensor, form: Packed): void {
  const { rows, columns, rowBytes, group, scalesAt } = form;
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  const groups = columns / group;
  const int8 = stored.encoding === 'int8';
  const blockBytes = (group * BITS[form.precision]) / 8;
  for (let row = 0; row < rows; row++) {
    if (int8) {
      out.set(source.read(stored.offset + row * columns, columns), row * rowBytes);
      const scales = source.read(stored.offset + rows * columns + 4 * groups * row, 4 * groups);
      const from = new DataView(scales.buffer, scales.byteOffset, scales.byteLength);
      for (let g = 0; g < groups; g++) {
        view.setFloat32(scalesAt + 4 * (row * groups + g), from.getFloat32(4 * g, true));
      }
      continue;
    }
    const each = blockBytes + 2;
    const bytes = source.read(stored.offset + row * groups * each, groups * each);
    const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let g = 0; g < groups; g++) {
      view.setFloat32(scalesAt + 4 * (row * groups + g), fp16Value(from.getUint16(g * each, true)));
      out.set(bytes.subarray(g * each + 2, (g + 1) * each), row * rowBytes + g * blockBytes);
    }
  }
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

/** A tensor of one layer as the console has it in a precision. */
export function packTensor(
  checkpoint: Checkpoint,
  name: TensorName,
  layer: number,
  quant: Precision | undefined,
): { bytes: Uint8Array; form: Packed } {
  const stored = checkpoint.stored(name, layer);
  const form = wantedForm(checkpoint, name, stored, quant);
  const bytes = new Uint8Array(form.bytes);
  writePacked(bytes, checkpoint, name, stored, form);
  return { bytes, form };
}
