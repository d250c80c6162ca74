import type { Checkpoint, TensorName } from './checkpoint/tensors.js';
import { TENSORS, tensorBytes, tensorShape } from './checkpoint/tensors.js';
import { CONTROL_BYTES } from './control.js';
import type { Allocate, Region, RegionRequest } from './memory.js';
import { headSize, kvDim, type ModelShape } from './zoo.js';

/** How little-endian weights become usable on a big-endian machine. */
export const ENDIAN_STRATEGIES = [
  'offline',
  'load-copy',
  'load-scalar',
  'load-vperm',
  'fused-vperm',
] as const;
export type EndianStrategy = (typeof ENDIAN_STRATEGIES)[number];

export const ENDIAN_MEANINGS: Readonly<Record<EndianStrategy, string>> = {
  offline: 'the file was converted beforehand; nothing to do',
  'load-copy':
    'one thread swaps the file buffer word by word (lwbrx) into a second, aligned buffer; both stay',
  'load-scalar': 'one thread swaps in place with shifts and masks',
  'load-vperm': 'all threads swap in place with vperm',
  'fused-vperm': 'matrices stay little-endian and are swapped by vperm inside the matmul kernel',
};

/** Cache line: buffers start and end on one, so that no two are in the same line. */
const LINE = 128;
const lines = (bytes: number): number => Math.ceil(bytes / LINE) * LINE;

/** Addresses (physical) of the buffers of the forward pass, fp32. */
export interface Activations {
  /** Residual stream, [dim]. */
  readonly x: number;
  /** Query [dim], key and value [kvDim] of this position. */
  readonly q: number;
  readonly k: number;
  readonly v: number;
  /** Attention's output and a matmul's, [dim]. */
  readonly heads: number;
  readonly projected: number;
  /** Feed-forward, [hiddenDim]. */
  readonly gate: number;
  readonly up: number;
  readonly logits: number;
  /** Sampling: probabilities [vocabulary] and candidates, 8 bytes each; 0 when greedy. */
  readonly probabilities: number;
  readonly candidates: number;
  /** Each thread's own: normalised input [dim], scores [context], a swapped row. */
  readonly own: readonly { readonly normalised: number; readonly scores: number; readonly row: number }[];
}

export interface Layout {
  readonly regions: readonly Region[];
  /**
   * The file's image, where one is kept; its bytes are those of the source, unless `offline` turned its words
   * round.
   */
  readonly file: Region;
  /** Address of a tensor of a layer, where the kernels read it. */
  tensor(name: TensorName, layer: number): number;
  /** Address of a byte of the file's payload where it was read to, and where the kernels read it. */
  readonly payload: { readonly read: number; readonly used: number };
  /** Keys and values of a layer, [positions][kvDim]. */
  keys(layer: number): number;
  values(layer: number): number;
  readonly activations: Activations;
  /** RoPE table, [context][headSize / 2](cos, sin). */
  readonly ropeTable: number;
  readonly control: number;
  readonly barrier: number;
  readonly threadBlocks: readonly number[];
  /** Initial stack pointers. */
  readonly stacks: readonly number[];
}

const BARRIER_BYTES = 2 * LINE;
const THREAD_BLOCK_BYTES = LINE;
const STACK_BYTES = 16 << 10;
/** Vector kernels read up to this much beyond the end of a tensor. */
const SLACK_BYTES = LINE;

/**
 * Finds room for everything but code and tape. The checkpoint is placed so that its payload starts on a cache
 * line: lvx ignores the low four address bits, so a payload at byte 28 of an aligned buffer would be read
 * wrongly.
 */
export function layOut(
  checkpoint: Checkpoint,
  endian: EndianStrategy,
  threads: number,
  context: number,
  sampling: boolean,
  allocate: Allocate,
): Layout {
  const { shape, payloadOffset, source } = checkpoint;
  const regions: Region[] = [];
  const region = (request: RegionRequest): Region => {
    const placed = { ...request, start: allocate(request) };
    regions.push(placed);
    return placed;
  };
  const copies = endian === 'load-copy';
  const skewBytes = (LINE - (payloadOffset % LINE)) % LINE;
  const file = region({
    name: copies ? 'model file' : 'weights',
    owner: copies ? 'file' : 'weights',
    bytes: source.size + SLACK_BYTES,
    alignBytes: LINE,
    skewBytes,
  });
  const read = file.start + payloadOffset;
  const end = Math.max(...TENSORS.map((name) => checkpoint.offsets[name] + tensorBytes(shape, name)));
  const used = copies
    ? region({
        name: 'weights',
        owner: 'weights',
        bytes: end - payloadOffset + SLACK_BYTES,
        alignBytes: LINE,
      }).start
    : read;

  const kv = 4 * kvDim(shape);
  // Attention reads positions four at a time.
  const cacheBytes = lines(kv * Math.ceil(context / 4) * 4);
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
  const { activations, bytes } = layOutActivations(shape, threads, context, sampling);
  const buffers = region({ name: 'activations', owner: 'activations', bytes, alignBytes: LINE });
  const stacks = region({ name: 'stacks', owner: 'stack', bytes: threads * STACK_BYTES, alignBytes: LINE });
  const blocks = region({
    name: 'runtime data',
    owner: 'program',
    alignBytes: LINE,
    bytes: CONTROL_BYTES + BARRIER_BYTES + threads * THREAD_BLOCK_BYTES,
  });

  const control = blocks.start;
  const barrier = control + CONTROL_BYTES;
  const each = <T>(make: (thread: number) => T): T[] =>
    Array.from({ length: threads }, (_, thread) => make(thread));
  return {
    regions,
    file,
    payload: { read, used },
    tensor: (name, layer) =>
      used +
      checkpoint.offsets[name] -
      payloadOffset +
      (layer * tensorBytes(shape, name)) / tensorShape(shape, name).count,
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

/** Offsets of the activations in their region, and its size. */
function layOutActivations(
  shape: ModelShape,
  threads: number,
  context: number,
  sampling: boolean,
): { activations: Activations; bytes: number } {
  const { dim, hiddenDim, vocabulary } = shape;
  let end = 0;
  const place = (floats: number): number => {
    const start = end;
    end += lines(4 * floats);
    return start;
  };
  const activations = {
    x: place(dim),
    q: place(dim),
    k: place(kvDim(shape)),
    v: place(kvDim(shape)),
    heads: place(dim),
    projected: place(dim),
    gate: place(hiddenDim),
    up: place(hiddenDim),
    logits: place(vocabulary),
    probabilities: place(sampling ? vocabulary : 0),
    candidates: place(sampling ? 2 * vocabulary : 0),
    own: Array.from({ length: threads }, () => ({
      normalised: place(dim),
      scores: place(context),
      row: place(Math.max(dim, hiddenDim)),
    })),
  };
  return { activations, bytes: end + SLACK_BYTES };
}

function moved(offsets: Activations, by: number): Activations {
  const { own, ...shared } = offsets;
  return {
    ...(Object.fromEntries(Object.entries(shared).map(([name, offset]) => [name, offset + by])) as Omit<
      Activations,
      'own'
    >),
    own: own.map(({ normalised, scores, row }) => ({
      normalised: normalised + by,
      scores: scores + by,
      row: row + by,
    })),
  };
}

/** Byte ranges of the file that hold tensors, neighbours joined: what has to be swapped. */
export function tensorRuns(checkpoint: Checkpoint): { start: number; bytes: number }[] {
  const { shape, offsets } = checkpoint;
  const parts = TENSORS.filter((name) => name !== 'classifier' || !shape.tiedClassifier)
    .map((name) => ({ start: offsets[name], bytes: tensorBytes(shape, name) }))
    .sort((a, b) => a.start - b.start);
  const runs: { start: number; bytes: number }[] = [];
  for (const part of parts) {
    const last = runs.at(-1);
    if (last && last.start + last.bytes === part.start) last.bytes += part.bytes;
    else runs.push({ ...part });
  }
  return runs;
}
