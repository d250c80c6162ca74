import { headSize, type ModelShape, normEpsilon } from './zoo.js';

/**
 * The control block in guest memory, shared by all threads, big-endian. Between tapes the host writes token,
 * position and go, and reads next; the rest is written once. Offsets in bytes; the kernels' sources name the
 * same numbers.
 */
export const CONTROL = {
  /** u32 token to feed. */
  token: 0,
  /** u32 its position, from 0. */
  position: 4,
  /** u32: GO_FORWARD, and GO_SAMPLE where the next token is wanted. */
  go: 8,
  /** u32 token drawn by argmax or sample. */
  next: 12,
  /** f32, f32. */
  temperature: 16,
  topP: 20,
  /** u64 state of the sampler's generator. */
  random: 24,
  /** f32 x 4: 1 / dim. */
  inverseDim: 64,
  /** f32 x 4: 1 / sqrt(head size). */
  inverseRootHead: 80,
  /** f32 x 4: rmsnorm's epsilon. */
  epsilon: 96,
} as const;

export const CONTROL_BYTES = 128;

export const GO_FORWARD = 1;
export const GO_SAMPLE = 2;

/** How the guest draws tokens. Temperature 0 takes the most probable. */
export interface GuestSampling {
  readonly temperature: number;
  readonly topP: number;
  /** Not 0: the generator's state would stay 0. */
  readonly seed: bigint;
}

/** Writes the fixed part of a control block into its 128 bytes. */
export function writeControl(
  block: Uint8Array,
  shape: Pick<ModelShape, 'dim' | 'heads' | 'normEpsilon'>,
  sampling: GuestSampling,
): void {
  const view = new DataView(block.buffer, block.byteOffset, CONTROL_BYTES);
  view.setFloat32(CONTROL.temperature, sampling.temperature);
  view.setFloat32(CONTROL.topP, sampling.topP);
  view.setBigUint64(CONTROL.random, sampling.seed);
  for (let word = 0; word < 16; word += 4) {
    view.setFloat32(CONTROL.inverseDim + word, 1 / shape.dim);
    view.setFloat32(CONTROL.inverseRootHead + word, 1 / Math.sqrt(headSize(shape)));
    view.setFloat32(CONTROL.epsilon + word, normEpsilon(shape));
  }
}
