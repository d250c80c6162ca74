import { syntheticCheckpoint } from './checkpoint/synthetic.js';
import { storedTensors } from './checkpoint/tensors.js';
import { layOut } from './layout.js';
import type { Allocate } from './memory.js';
import { type Precision, packedForm } from './quantize/packed.js';
import type { ModelShape } from './zoo.js';

/** Bytes of all weights in the console's own form. */
export function weightBytes(shape: ModelShape, precision: Precision): number {
  return storedTensors(syntheticCheckpoint(shape, 'size')).reduce(
    (sum, { name }) => sum + packedForm(shape, name, precision).bytes,
    0,
  );
}

export interface FitRequest {
  readonly shape: ModelShape;
  readonly precision: Precision;
  readonly context: number;
  readonly threads: number;
  /** Takes room from a fresh pool; throws where there is none. */
  readonly allocate: Allocate;
}

/** Room kept for what the layout does not place: kernels and tapes. Far more than any model needs. */
const CODE_BYTES = 1 << 20;

/** Asks the pool for everything that a run needs; throws what the pool throws. */
export function requireFit({ shape, precision, context, threads, allocate }: FitRequest): void {
  allocate({ name: 'code and tapes', owner: 'program', bytes: CODE_BYTES, alignBytes: 128 });
  const checkpoint = syntheticCheckpoint(shape, 'size');
  layOut({ checkpoint, endian: 'offline', quant: precision, threads, context, sampling: false, allocate });
}

/** The largest context up to the model's own for which `fits`, or 0. */
export function largestContext(sequence: number, fits: (context: number) => boolean): number {
  let [fitting, failing] = [0, sequence + 1];
  while (failing - fitting > 1) {
    const middle = Math.floor((fitting + failing) / 2);
    if (fits(middle)) fitting = middle;
    else failing = middle;
  }
  return fitting;
}
