import { UsageError } from '../../sim/machine/errors.js';
import type { ModelShape } from '../zoo.js';

/** Largest value believed of each: far above any llama2 model, small enough that sizes stay exact. */
const MOST = {
  dim: 1 << 16,
  hiddenDim: 1 << 18,
  layers: 1 << 10,
  heads: 1 << 12,
  kvHeads: 1 << 12,
  vocabulary: 1 << 22,
  sequence: 1 << 22,
} as const;

/** Refuses dimensions that no llama2 model has. `name` is for messages. */
export function requireShape(shape: ModelShape, name: string): ModelShape {
  for (const [field, most] of Object.entries(MOST)) {
    const value = shape[field as keyof typeof MOST];
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new UsageError(`${name}: impossible shape: ${field} is ${value}, allowed are 1..${most}`);
  }
  const { dim, heads, kvHeads } = shape;
  if (dim % heads !== 0 || (dim / heads) % 2 !== 0)
    throw new UsageError(`${name}: impossible shape: dim ${dim} is not an even multiple of ${heads} heads`);
  if (heads % kvHeads !== 0)
    throw new UsageError(`${name}: impossible shape: ${kvHeads} key heads do not divide ${heads} heads`);
  const theta = shape.ropeTheta ?? 10000;
  const epsilon = shape.normEpsilon ?? 1e-5;
  if (!(theta >= 1 && theta < 1e9)) throw new UsageError(`${name}: impossible rotary base ${theta}`);
  if (!(epsilon >= 0 && epsilon < 1)) throw new UsageError(`${name}: impossible epsilon ${epsilon}`);
  return shape;
}

/** A shape without what is as usual, so that equal models have equal shapes. */
export function plainShape(shape: ModelShape): ModelShape {
  const { ropeTheta, ropeLayout, normEpsilon, ...rest } = shape;
  return {
    ...rest,
    ...(ropeTheta === undefined || ropeTheta === 10000 ? {} : { ropeTheta }),
    ...(ropeLayout === 'half-split' ? { ropeLayout } : {}),
    // fp32 files say 9.99999975e-6.
    ...(normEpsilon === undefined || Math.fround(normEpsilon) === Math.fround(1e-5) ? {} : { normEpsilon }),
  };
}
