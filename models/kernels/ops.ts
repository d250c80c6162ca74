import type { KernelOp } from './call.js';
import { BATCH_OPS } from './ops-batch.js';
import { CACHE_OPS } from './ops-cache.js';
import {
  attention,
  embedding,
  kvstore,
  matmul,
  residual,
  rmsnorm,
  rope,
  ropeHalf,
  swiglu,
} from './ops-forward.js';
import { byteswap } from './ops-load.js';
import { NARROW_OPS } from './ops-narrow.js';
import { argmaxOp, sampleOp, softmaxOp, temperature } from './ops-sampling.js';

/** Every operation that guest kernels carry out, by name. */
export const OPS: Readonly<Record<string, KernelOp>> = Object.fromEntries(
  [
    matmul,
    rmsnorm,
    rope,
    ropeHalf,
    kvstore,
    embedding,
    attention,
    softmaxOp,
    swiglu,
    residual,
    argmaxOp,
    temperature,
    sampleOp,
    byteswap,
    ...NARROW_OPS,
    ...BATCH_OPS,
    ...CACHE_OPS,
  ].map((op) => [op.name, op]),
);
