import type { RunOptions } from '../run/request.js';

/** Whole generations of two shapes: one that nearly fits the L2 cache, one that streams. */
const SHAPES = { '260K': 'stories260K-shape', '15M': 'stories15M-shape' };

const ONE_BY_ONE = [
  'unrolled',
  'accumulators',
  'vector',
  'vector4',
  'dot',
  'vmx128-ahead0',
  'vmx128-ahead1',
  'vmx128-ahead2',
  'vmx128-ahead6',
];

/** Variants for all operations, or of the matrix-vector product; threads by turns. */
const KERNELS: readonly (readonly [kernels: string, threads: number, more?: Partial<RunOptions>])[] = [
  ['vmx128', 6],
  ['vmx128', 1],
  ['scalar', 6],
  ['scalar', 3],
  ...ONE_BY_ONE.map((variant, i) => [`vmx128,matmul=${variant}`, [1, 2, 3, 6][i % 4]] as const),
  ['exact', 6],
  ['vmx128', 6, { quant: 'q80' }],
  ['vmx128', 3, { quant: 'bf16', kvCache: 'int8' }],
];

export interface SamplingCase {
  readonly name: string;
  readonly options: Partial<RunOptions>;
  /** Of so many positions one is measured as a sampled run does. */
  readonly stride: number;
}

export const SAMPLING_CASES: readonly SamplingCase[] = Object.entries(SHAPES).flatMap(([size, model]) =>
  KERNELS.map(([kernels, threads, more]) => ({
    name: `${[size, kernels, ...Object.values(more ?? {})].join(' ')}, ${threads} thread${threads === 1 ? '' : 's'}`,
    options: { model, kernels, threads: String(threads), ...more },
    stride: size === '15M' ? 16 : 1,
  })),
);
