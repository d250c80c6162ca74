import { tapeSizes } from './batch.js';
import { syntheticCheckpoint } from './checkpoint/synthetic.js';
import { type Checkpoint, storedTensors } from './checkpoint/tensors.js';
import type { EndianStrategy } from './endian.js';
import type { KvCache } from './kv-cache.js';
import { layOut, type StreamPlan } from './layout.js';
import type { Allocate } from './memory.js';
import { packedForm } from './quantize/packed.js';
import type { Precision } from './quantize/precisions.js';
import { ENTRY_BYTES } from './tape.js';
import type { ModelShape } from './zoo.js';

/** Bytes of all weights in the console's own form. */
export function weightBytes(shape: ModelShape, precision: Precision): number {
  return storedTensors(syntheticCheckpoint(shape, 'size')).reduce(
    (sum, { name }) => sum + packedForm(shape, name, precision).bytes,
    0,
  );
}

export interface FitRequest {
  readonly checkpoint: Checkpoint;
  readonly endian?: EndianStrategy;
  /** That of the file where it is not given. */
  readonly quant?: Precision | undefined;
  readonly kvCache?: KvCache;
  readonly context: number;
  readonly threads: number;
  /** Sizes of the batches that a prompt goes in. */
  readonly batches?: readonly number[];
  readonly stream?: StreamPlan | undefined;
  readonly sampling?: boolean;
  /** Takes room from a fresh pool; throws where there is none. */
  readonly allocate: Allocate;
}

/** Room kept for what the layout does not place: kernels, and tapes that hold each call once for each thread. */
function codeBytes({ checkpoint, threads, batches = [] }: FitRequest): number {
  const { layers, heads } = checkpoint.shape;
  const positions = tapeSizes(batches).reduce((sum, size) => sum + size);
  return (1 << 17) + ENTRY_BYTES * (layers + 1) * positions * (heads + 16 * threads);
}

/** Asks the pool for everything that a run needs; throws what the pool throws. */
export function requireFit(request: FitRequest): void {
  const { quant, stream, batches = [], endian = 'offline', sampling = false, ...rest } = request;
  request.allocate({
    name: 'code and tapes',
    owner: 'program',
    bytes: codeBytes(request),
    alignBytes: 128,
  });
  layOut({
    ...rest,
    endian,
    sampling,
    positions: Math.max(1, ...batches),
    ...(quant === undefined ? {} : { quant }),
    ...(stream === undefined ? {} : { stream }),
  });
}

/** Bytes that a run needs besides what the machine keeps for itself. */
export function neededBytes(request: Omit<FitRequest, 'allocate'>): number {
  let end = 0;
  requireFit({
    ...request,
    allocate: ({ bytes, alignBytes, skewBytes = 0 }) => {
      const start = Math.ceil(end / alignBytes) * alignBytes + skewBytes;
      end = start + bytes;
      return start;
    },
  });
  return end;
}

/** The largest number up to `most` for which `fits`, which smaller ones do if larger do; 0 where none does. */
export function largestFitting(most: number, fits: (value: number) => boolean): number {
  if (fits(most)) return most;
  let [fitting, failing] = [0, most];
  while (failing - fitting > 1) {
    const middle = Math.floor((fitting + failing) / 2);
    if (fits(middle)) fitting = middle;
    else failing = middle;
  }
  return fitting;
}
