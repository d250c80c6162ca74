import { z } from 'zod';
import { UsageError } from '../../sim/machine/errors.js';
import { writePacked } from '../quantize/pack.js';
import { packedForm, wantedForm } from '../quantize/packed.js';
import { type Packed, PRECISIONS, type Precision } from '../quantize/precisions.js';
import type { ModelShape } from '../zoo.js';
import type { ByteSource } from './byte-source.js';
import { plainShape, requireShape } from './shape.js';
import {
  type Checkpoint,
  type StoredTensor,
  storedTensors,
  TENSORS,
  type TensorName,
  tensorShape,
} from './tensors.js';
import type { Sink } from './write.js';

/**
 * A model as the console wants it: what `--endian offline` means. Eight bytes of magic, a big-endian u32 with
 * the length of a JSON header, the header; then every tensor in its packed form, layer by layer of each name,
 * big-endian, beginning on 128 bytes, rows of narrow formats filled up to whole steps of the kernels. Places
 * follow from the shape, so the header holds only that and the precision of each tensor.
 */
const MAGIC = 'XENONLM1';
const PREFIX_BYTES = 12;
const MOST_HEADER_BYTES = 1 << 16;
const LINE = 128;
const lines = (bytes: number): number => Math.ceil(bytes / LINE) * LINE;

const size = z.number().int().positive();
const header = z.object({
  shape: z.object({
    dim: size,
    hiddenDim: size,
    layers: size,
    heads: size,
    kvHeads: size,
    vocabulary: size,
    sequence: size,
    tiedClassifier: z.boolean(),
    ropeTheta: z.number().optional(),
    ropeLayout: z.enum(['interleaved', 'half-split']).optional(),
    normEpsilon: z.number().optional(),
  }),
  quantizedActivations: z.boolean(),
  tensors: z.partialRecord(
    z.enum(TENSORS),
    z.object({
      precision: z.enum(PRECISIONS),
      group: z
        .number()
        .int()
        .min(1)
        .max(1 << 16),
    }),
  ),
});

type Kinds = Partial<Record<TensorName, { precision: Precision; group: number }>>;

/** True for a file that `openConsole` takes. */
export const isConsole = (source: ByteSource): boolean =>
  source.size >= PREFIX_BYTES && new TextDecoder().decode(source.read(0, MAGIC.length)) === MAGIC;

/** Writes a checkpoint in the console's form; matrices in `quant`, or in the precision they have. */
export function writeConsole(checkpoint: Checkpoint, quant: Precision | undefined, sink: Sink): void {
  const { shape, quantizedActivations = false } = checkpoint;
  const all = storedTensors(checkpoint);
  const tensors: Kinds = {};
  for (const { name, stored } of all) {
    const { precision, group } = wantedForm(checkpoint, name, stored, quant);
    const known = tensors[name];
    if (known !== undefined && (known.precision !== precision || known.group !== group))
      throw new UsageError(`${name} has layers of different precisions: name one with --type`);
    tensors[name] = { precision, group };
  }
  const text = new TextEncoder().encode(JSON.stringify({ shape, quantizedActivations, tensors }));
  const head = new Uint8Array(lines(PREFIX_BYTES + text.length));
  head.set(new TextEncoder().encode(MAGIC));
  new DataView(head.buffer).setUint32(MAGIC.length, text.length);
  head.set(text, PREFIX_BYTES);
  sink(head);
  for (const { name, stored } of all) {
    const form = wantedForm(checkpoint, name, stored, quant);
    const out = new Uint8Array(form.bytes);
    writePacked(out, checkpoint, name, stored, form);
    sink(out);
  }
}

/** Opens a file in the console's form; reads only its header. `name` is for messages. */
export function openConsole(source: ByteSource, name: string): Checkpoint {
  const { shape, tensors, quantizedActivations, dataOffset } = readHeader(source, name);
  const forms = new Map<TensorName, { first: number; form: Packed }>();
  let end = dataOffset;
  for (const tensor of TENSORS.filter((each) => each !== 'classifier' || !shape.tiedClassifier)) {
    const kind = tensors[tensor];
    if (kind === undefined) throw new UsageError(`${name}: its header has no ${tensor}`);
    const form = packedForm(shape, tensor, kind.precision, kind.group === 1 ? undefined : kind.group);
    if (form.precision !== kind.precision || form.columns % form.group !== 0)
      throw new UsageError(`${name}: ${tensor} cannot be ${kind.precision} in groups of ${kind.group}`);
    forms.set(tensor, { first: end, form });
    end += form.bytes * tensorShape(shape, tensor).count;
  }
  if (!Number.isSafeInteger(end) || source.size !== end) {
    throw new UsageError(
      `${name}: ${source.size < end ? 'truncated' : 'not what its header says'}: ${source.size} bytes, its header` +
        ` asks for ${end}`,
    );
  }
  return {
    format: 'console',
    shape,
    source,
    payloadOffset: dataOffset,
    payloadBytes: end - dataOffset,
    stored(tensor, layer): StoredTensor {
      const key = tensor === 'classifier' && shape.tiedClassifier ? 'tokenEmbedding' : tensor;
      const { first, form } = forms.get(key)!;
      return { encoding: 'packed', offset: first + layer * form.bytes, bytes: form.bytes, form };
    },
    ...(quantizedActivations ? { quantizedActivations } : {}),
  };
}

function readHeader(source: ByteSource, name: string) {
  if (!isConsole(source))
    throw new UsageError(`${name}: no file in the console's form: it does not begin with ${MAGIC}`);
  const prefix = source.read(0, PREFIX_BYTES);
  const length = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES).getUint32(MAGIC.length);
  if (length > MOST_HEADER_BYTES) throw new UsageError(`${name}: impossible header of ${length} bytes`);
  if (PREFIX_BYTES + length > source.size)
    throw new UsageError(
      `${name}: truncated: its header ends at byte ${PREFIX_BYTES + length}, the file has ${source.size}`,
    );
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(source.read(PREFIX_BYTES, length)));
  } catch (error) {
    throw new UsageError(`${name}: its header is no JSON: ${(error as Error).message}`);
  }
  const parsed = header.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues
      .slice(0, 4)
      .map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new UsageError(`${name}: its header describes no model: ${problems.join('; ')}`);
  }
  const { shape, tensors, quantizedActivations } = parsed.data;
  return {
    shape: requireShape(plainShape(shape as ModelShape), name),
    tensors: tensors as Kinds,
    quantizedActivations,
    dataOffset: lines(PREFIX_BYTES + length),
  };
}
