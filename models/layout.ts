import { UsageError } from '../sim/machine/errors.js';
import { type Activations, layOutActivations, moved, SLACK_BYTES } from './activations.js';
import { LINE_BYTES } from './batch.js';
import type { Checkpoint, StoredTensor, TensorName } from './checkpoint/tensors.js';
import { isMatrix, storedTensors, tensorShape } from './checkpoint/tensors.js';
import { CONTROL_BYTES } from './control.js';
import { type EndianStrategy, strategyOf } from './endian.js';
import { CACHE_STEP, type CacheBlock, cacheBlock, type KvCache } from './kv-cache.js';
import type { Allocate, Region, RegionRequest } from './memory.js';
import { naturalPrecision, wantedForm } from './quantize/packed.js';
import { BITS, type Packed, type Precision } from './quantize/precisions.js';
import { headSize, kvDim, type ModelShape } from './zoo.js';

const LINE = LINE_BYTES;
const lines = (bytes: number): number => Math.ceil(bytes / LINE) * LINE;

/** A tensor of one layer in guest memory. */
export interface Placed extends Pick<Packed, 'precision' | 'columns' | 'rowBytes' | 'group'> {
  readonly address: number;
  /** Address of its scales, where it has any. */
  readonly scales: number;
}

export interface Layout {
  readonly regions: readonly Region[];
  readonly placement: Placement;
  /**
   * The file's image, where one is kept; its bytes are those of the source, unless `offline` turned its words
   * round.
   */
  readonly file: Region | undefined;
  /** A tensor of a layer, where the kernels read it. */
  tensor(name: TensorName, layer: number): Placed;
  /** Address of a byte of the file's payload where it was read to, and where the kernels read it. */
  readonly payload: { readonly read: number; readonly used: number };
  /** True where a layer's weights are brought by a device each time. */
  streams(layer: number): boolean;
  /** Keys and values of a layer, [positions][kvDim]; in signed bytes [kvHeads] blocks. */
  keys(layer: number): number;
  values(layer: number): number;
  readonly cacheBlock: CacheBlock;
  readonly activations: Activations;
  /** RoPE table, [context][headSize / 2](cos, sin). */
  readonly ropeTable: number;
  /** Control blocks, one for each of the positions that go together. */
  readonly control: number;
  readonly barrier: number;
  readonly threadBlocks: readonly number[];
  /** Initial stack pointers. */
  readonly stacks: readonly number[];
}

const BARRIER_BYTES = 2 * LINE;
const THREAD_BLOCK_BYTES = LINE;
const STACK_BYTES = 16 << 10;

/**
 * Where the weights are: `image`, in the file as it was read; `copy`, in a second buffer of the same order;
 * `packed`, each tensor by itself in the console's own form.
 */
export type Placement = 'image' | 'copy' | 'packed';

/** Strategies under which weights come out of blocks of GGUF in a buffer of their own. */
const TAKES_APART: readonly EndianStrategy[] = ['load-copy', 'load-vperm'];

/** How the weights of a checkpoint get into memory; refuses what cannot be. */
export function placementOf(
  checkpoint: Checkpoint,
  endian: EndianStrategy,
  quant: Precision | undefined,
): Placement {
  const tensors = storedTensors(checkpoint);
  const encodings = new Set(tensors.map(({ stored }) => stored.encoding));
  const converts = tensors.some(
    ({ name, stored }) => quant !== undefined && isMatrix(name) && naturalPrecision(stored) !== quant,
  );
  const words = encodings.size === 1 && encodings.has('f32');
  if (endian === 'offline')
    return words && !converts && checkpoint.format.startsWith('llama2c') ? 'image' : 'packed';
  if (converts) {
    throw new UsageError(
      `--quant ${quant} converts the file beforehand, on the host: take --endian offline, not ${endian}`,
    );
  }
  if (encodings.has('packed')) {
    throw new UsageError(
      `this file is in the console's own form, with nothing left to convert: --endian offline, not ${endian}`,
    );
  }
  for (const { name, stored } of tensors) checkInPlace(checkpoint, name, stored, endian);
  if (encodings.has('q8_0') || encodings.has('q4_0')) {
    if (TAKES_APART.includes(endian)) return 'packed';
    throw new UsageError(
      `--endian ${endian} leaves the weights where they are, and blocks of 34 or 18 bytes have to be taken` +
        ` apart: choose ${TAKES_APART.join(', ')} or offline`,
    );
  }
  if (strategyOf(endian).copies !== true) return 'image';
  if (encodings.has('int8')) {
    throw new UsageError(
      '--endian load-copy swaps words into a second buffer, and signed bytes are in order already: choose' +
        ' load-vperm or load-scalar, which swap their scales in place, or offline',
    );
  }
  return words ? 'copy' : 'packed';
}

/** What guest code converts or kernels read in place has to be in order for them already. */
function checkInPlace(
  checkpoint: Checkpoint,
  name: TensorName,
  stored: StoredTensor,
  endian: EndianStrategy,
): void {
  const { columns } = tensorShape(checkpoint.shape, name);
  const { encoding, offset } = stored;
  const at = offset - checkpoint.payloadOffset;
  const fits = {
    f32: at % 4 === 0,
    int8: at % 4 === 0,
    f16: at % 16 === 0 && columns % 32 === 0 && isMatrix(name),
    bf16: at % 16 === 0 && columns % 32 === 0 && isMatrix(name),
    q8_0: isMatrix(name),
    q4_0: isMatrix(name),
    packed: false,
  };
  if (fits[encoding]) return;
  throw new UsageError(
    `${name} has rows of ${columns} numbers (${encoding}) at byte ${offset}, which the kernels cannot take as` +
      ` they are: choose --endian offline, not ${endian}`,
  );
}

export interface LayoutRequest {
  readonly checkpoint: Checkpoint;
  readonly endian: EndianStrategy;
  readonly threads: number;
  readonly context: number;
  /** Room for probabilities and candidates is wanted. */
  readonly sampling: boolean;
  /** Precision of the matrices; that of the file where it is not given. */
  readonly quant?: Precision;
  readonly kvCache?: KvCache;
  /** Most positions of a prompt that go together. */
  readonly positions?: number;
  /** Layers whose weights are brought for each position by a device. */
  readonly stream?: StreamPlan;
  /** Bytes behind a cache line at which weights begin that are used where they were read to, 0 to 127. */
  readonly weightsAt?: number;
  readonly allocate: Allocate;
}

/** The layers from `firstLayer` on share `slots` buffers: layer n comes to buffer n mod slots. */
export interface StreamPlan {
  readonly firstLayer: number;
  readonly slots: number;
}

/** Weights can lie off a line in a file's image only; other numbers than words not off a quadword. */
function checkWeightsAt(checkpoint: Checkpoint, placement: Placement, weightsAt: number): void {
  if (placement !== 'image')
    throw new UsageError(
      `--weights-at ${weightsAt}: these weights are not used where the file was read to, so where it lies does not count`,
    );
  const words = storedTensors(checkpoint).every(({ stored }) => stored.encoding === 'f32');
  if (weightsAt % (words ? 4 : 16) !== 0)
    throw new UsageError(`--weights-at ${weightsAt}: must be a multiple of ${words ? 4 : 16}`);
}

/**
 * Finds room for everything but code and tape. The checkpoint is placed so that its payload starts on a cache
 * line: lvx ignores the low four address bits, so a payload at byte 28 of an aligned buffer would be read
 * wrongly.
 */
export function layOut(request: LayoutRequest): Layout {
  const { checkpoint, endian, threads, context, quant, stream, allocate } = request;
  const { kvCache = 'fp32', positions = 1, weightsAt = 0 } = request;
  const { shape, payloadOffset, source } = checkpoint;
  const regions: Region[] = [];
  const region = (asked: RegionRequest): Region => {
    const placed = { ...asked, start: allocate(asked) };
    regions.push(placed);
    return placed;
  };
  const placement = stream === undefined ? placementOf(checkpoint, endian, quant) : 'packed';
  if (stream !== undefined && endian !== 'offline')
    throw new UsageError(
      `weights are streamed from a file converted beforehand: --endian offline, not ${endian}`,
    );
  const streams = (layer: number): boolean => stream !== undefined && layer >= stream.firstLayer;
  const keepsFile = placement !== 'packed' || endian !== 'offline';
  if (weightsAt > 0) checkWeightsAt(checkpoint, placement, weightsAt);
  const skewBytes = (LINE + weightsAt - (payloadOffset % LINE)) % LINE;
  const file = keepsFile
    ? region({
        name: placement === 'image' ? 'weights' : 'model file',
        owner: placement === 'image' ? 'weights' : 'file',
        bytes: source.size + SLACK_BYTES,
        alignBytes: LINE,
        skewBytes,
      })
    : undefined;
  const read = file === undefined ? 0 : file.start + payloadOffset;
  const all = storedTensors(checkpoint);
  const forms = new Map<string, Packed & { at: number; slot: number }>();
  let packedBytes = 0;
  const slotOf = (name: TensorName, layer: number): number =>
    stream !== undefined && tensorShape(shape, name).count > 1 && streams(layer) ? layer % stream.slots : -1;
  // Bytes so far of what stays, and of each streamed layer.
  const layerBytes = new Map<number, number>();
  if (placement === 'packed') {
    for (const { name, layer, stored } of all) {
      const form = wantedForm(checkpoint, name, stored, quant);
      const slot = slotOf(name, layer);
      const at = slot < 0 ? packedBytes : (layerBytes.get(layer) ?? 0);
      forms.set(`${name} ${layer}`, { ...form, at, slot });
      if (slot < 0) packedBytes += form.bytes;
      else layerBytes.set(layer, at + form.bytes);
    }
  }
  const slotBytes = Math.max(0, ...layerBytes.values());
  const end = Math.max(...all.map(({ stored }) => stored.offset + stored.bytes));
  const used =
    placement === 'image'
      ? read
      : region({
          name: 'weights',
          owner: 'weights',
          bytes: (placement === 'copy' ? end - payloadOffset : packedBytes) + SLACK_BYTES,
          alignBytes: LINE,
        }).start;
  const streamed =
    stream === undefined
      ? 0
      : region({
          name: 'stream buffers',
          owner: 'weights',
          bytes: stream.slots * slotBytes + SLACK_BYTES,
          alignBytes: LINE,
        }).start;
  const tensor = (name: TensorName, layer: number): Placed => {
    const key = name === 'classifier' && shape.tiedClassifier ? 'tokenEmbedding' : name;
    const form = forms.get(`${key} ${layer}`);
    if (form !== undefined) {
      const address = (form.slot < 0 ? used : streamed + form.slot * slotBytes) + form.at;
      return { ...form, address, scales: form.group > 1 ? address + form.scalesAt : 0 };
    }
    return inFile(checkpoint, key, layer, used - payloadOffset);
  };

  const block = cacheBlock(headSize(shape), context);
  const cacheBytes =
    kvCache === 'int8'
      ? shape.kvHeads * block.bytes
      : lines(4 * kvDim(shape) * Math.ceil(context / CACHE_STEP) * CACHE_STEP);
  const cache = region({
    name: 'kv cache',
    owner: 'kvCache',
    bytes: 2 * shape.layers * cacheBytes,
    alignBytes: LINE,
  });
  const table = region({
    name: 'rope table',
    owner: 'weights',
    bytes: lines(4 * context * headSize(shape)),
    alignBytes: LINE,
  });
  const { activations, bytes } = layOutActivations(request);
  const buffers = region({ name: 'activations', owner: 'activations', bytes, alignBytes: LINE });
  const stacks = region({ name: 'stacks', owner: 'stack', bytes: threads * STACK_BYTES, alignBytes: LINE });
  const blocks = region({
    name: 'runtime data',
    owner: 'program',
    alignBytes: LINE,
    bytes: positions * CONTROL_BYTES + BARRIER_BYTES + threads * THREAD_BLOCK_BYTES,
  });

  const control = blocks.start;
  const barrier = control + positions * CONTROL_BYTES;
  const each = <T>(make: (thread: number) => T): T[] =>
    Array.from({ length: threads }, (_, thread) => make(thread));
  return {
    regions,
    placement,
    file,
    payload: { read, used },
    tensor,
    streams,
    cacheBlock: block,
    keys: (layer) => cache.start + 2 * layer * cacheBytes,
    values: (layer) => cache.start + (2 * layer + 1) * cacheBytes,
    activations: moved(activations, buffers.start),
    ropeTable: table.start,
    control,
    barrier,
    threadBlocks: each((thread) => barrier + BARRIER_BYTES + thread * THREAD_BLOCK_BYTES),
    stacks: each((thread) => stacks.start + (thread + 1) * STACK_BYTES - LINE),
  };
}

/** A tensor where the file has it; `base`: address of the file's first byte, had it been read to there. */
function inFile(checkpoint: Checkpoint, name: TensorName, layer: number, base: number): Placed {
  const { rows, columns } = tensorShape(checkpoint.shape, name);
  const stored = checkpoint.stored(name, layer);
  const { offset, group = 1 } = stored;
  const precision = naturalPrecision(stored);
  const rowBytes = (columns * BITS[precision]) / 8;
  const address = base + offset;
  return { precision, columns, rowBytes, group, address, scales: group > 1 ? address + rows * rowBytes : 0 };
}

/** A byte range of the file and how wide its numbers are. */
export interface Run {
  readonly start: number;
  readonly bytes: number;
  readonly numberBytes: 2 | 4;
}

/** Byte ranges of the file that hold numbers, neighbours joined: what has to be swapped. */
export function tensorRuns(checkpoint: Checkpoint): Run[] {
  const parts = storedTensors(checkpoint)
    .map(({ name, stored }) => numbersOf(checkpoint.shape, name, stored))
    .sort((a, b) => a.start - b.start);
  const runs: Run[] = [];
  for (const part of parts) {
    const last = runs.at(-1);
    if (last && last.start + last.bytes === part.start && last.numberBytes === part.numberBytes)
      runs[runs.length - 1] = { ...last, bytes: last.bytes + part.bytes };
    else runs.push(part);
  }
  return runs;
}

/** The part of a tensor whose byte order matters: of signed bytes only their scales. */
function numbersOf(shape: ModelShape, name: TensorName, { encoding, offset, bytes }: StoredTensor): Run {
  const { rows, columns } = tensorShape(shape, name);
  if (encoding === 'int8')
    return { start: offset + rows * columns, bytes: bytes - rows * columns, numberBytes: 4 };
  return { start: offset, bytes, numberBytes: encoding === 'f32' ? 4 : 2 };
}
