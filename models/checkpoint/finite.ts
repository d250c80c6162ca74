import { UsageError } from '../../sim/machine/errors.js';
import { decodeTensor } from './decode.js';
import { type Checkpoint, type Encoding, type StoredTensor, storedTensors, tensorShape } from './tensors.js';

const CHUNK_BYTES = 17 << 16;

/** Where the scales of groups or the numbers themselves are: bytes from one to the next, and their width. */
const STRIDES: Readonly<
  Record<
    Exclude<Encoding, 'packed'>,
    { readonly bytes: number; readonly bits: 16 | 32; readonly infinite: number }
  >
> = {
  f32: { bytes: 4, bits: 32, infinite: 0x7f80_0000 },
  int8: { bytes: 4, bits: 32, infinite: 0x7f80_0000 },
  bf16: { bytes: 2, bits: 16, infinite: 0x7f80 },
  f16: { bytes: 2, bits: 16, infinite: 0x7c00 },
  q8_0: { bytes: 34, bits: 16, infinite: 0x7c00 },
  q4_0: { bytes: 18, bits: 16, infinite: 0x7c00 },
};

/** Refuses weights that are infinite or no numbers; reads the whole source once, piece by piece. */
export function requireFinite(checkpoint: Checkpoint, name: string): void {
  for (const { name: tensor, layer, stored } of storedTensors(checkpoint)) {
    const { rows, columns } = tensorShape(checkpoint.shape, tensor);
    if (stored.encoding === 'packed') {
      requireFinitePacked(
        checkpoint,
        stored,
        rows * columns,
        `${name}: damaged: ${tensor} of layer ${layer}`,
      );
      continue;
    }
    const at = firstInfinite(checkpoint, stored, rows * columns);
    if (at >= 0)
      throw new UsageError(
        `${name}: damaged: ${tensor} of layer ${layer} has no finite number at byte ${at}`,
      );
  }
}

function requireFinitePacked(
  { source }: Checkpoint,
  stored: StoredTensor,
  count: number,
  what: string,
): void {
  decodeTensor(source, stored, count, (values, start) => {
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new UsageError(`${what} has no finite number at place ${start + at}`);
  });
}

/** Offset in the source, or -1. */
function firstInfinite({ source }: Checkpoint, stored: StoredTensor, count: number): number {
  if (stored.encoding === 'packed') return -1;
  const { bytes: stride, bits, infinite } = STRIDES[stored.encoding];
  const start = stored.encoding === 'int8' ? stored.offset + count : stored.offset;
  const end = stored.offset + stored.bytes;
  const step = Math.floor(CHUNK_BYTES / stride) * stride;
  for (let at = start; at < end; at += step) {
    const chunk = source.read(at, Math.min(step, end - at));
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let i = 0; i < chunk.length; i += stride) {
      const value = bits === 32 ? view.getUint32(i, true) : view.getUint16(i, true);
      if ((value & infinite) === infinite) return at + i;
    }
  }
  return -1;
}
