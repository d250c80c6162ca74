import { decodeTensor } from '../checkpoint/decode.js';
import type { Checkpoint, StoredTensor, TensorName } from '../checkpoint/tensors.js';
import { tensorShape } from '../checkpoint/tensors.js';
import { bf16Bits, consoleFp16Bits, fp16Bits, fp16Value } from './formats.js';
import { quantizeInt8, quantizeQ4 } from './groups.js';
import { naturalPrecision, wantedForm } from './packed.js';
import { BITS, type Packed, type Precision } from './precisions.js';

/** A packed tensor, or a file's, is read in pieces of so much. */
const CHUNK_BYTES = 1 << 20;

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
  if (stored.encoding !== 'packed' && form.precision === naturalPrecision(stored) && form.group > 1) {
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
