import { readsLittle } from '../../models/code.js';
import { kernelNames } from '../node/files.js';
import type { RunOptions } from '../run/request.js';

/** Two shapes: one that nearly fits the L2 cache, and one that streams, of which fewer positions are measured. */
const SHAPES = [
  { size: '260K', model: 'stories260K-shape', stride: 1 },
  { size: '15M', model: 'stories15M-shape', stride: 16 },
];

const PROMPT = 'Once upon a time there was a little girl who had a red ball';
const BOTH = ['vmx128', 'scalar'] as const;

interface Settings extends Partial<RunOptions> {
  /** Behind the shape's name: as a file of such numbers. */
  readonly file?: string;
  /** The size whose rows these kernels can take. */
  readonly only?: string;
}

const MATMULS = kernelNames()
  .filter((name) => name.startsWith('matmul.') && !readsLittle(name))
  .map((name): Settings => ({ kernels: `vmx128,${name.replace('.', '=')}` }));

const forBoth = (settings: Settings): Settings[] => BOTH.map((kernels) => ({ kernels, ...settings }));

/**
 * Each variant of the matrix-vector product, and each family of kernels by vector and by scalar: all operations, those
 * that turn little-endian numbers, narrow weights, activations and caches, drawing at random, prompts in pieces, and
 * what conversion at load or in the first pass leaves in the caches.
 */
const FAMILIES: readonly Settings[] = [
  { threads: '1' },
  { threads: '6' },
  ...MATMULS,
  { kernels: 'scalar' },
  { kernels: 'vmx128,rmsnorm=exact,rope=exact,attention=exact,swiglu=exact' },
  ...['fused-vperm', 'fused-lwbrx'].flatMap((endian) => forBoth({ endian })),
  ...['@bf16', '@fp16'].flatMap((file) => forBoth({ endian: 'fused-vperm', file, only: '15M' })),
  { endian: 'fused-lwbrx', file: '@bf16', only: '15M' },
  ...['bf16', 'fp16', 'q80', 'q4_0'].flatMap((quant) => forBoth({ quant })),
  ...['q80', 'q4_0'].flatMap((quant) => forBoth({ quant, activations: 'q80' })),
  ...forBoth({ kvCache: 'int8' }),
  ...forBoth({ temperature: '1' }),
  ...forBoth({ prefillBatch: '4', prompt: PROMPT }),
  { quant: 'q80', prefillBatch: '8', prompt: PROMPT },
  { endian: 'load-vperm' },
  { endian: 'lazy-vperm' },
];

export interface SamplingCase {
  readonly name: string;
  readonly options: Partial<RunOptions>;
  /** Of so many positions one is measured as a sampled run does. */
  readonly stride: number;
}

/** Threads by turns: the next families of a shape have others. */
const THREADS = ['6', '1', '3', '2'];

export const SAMPLING_CASES: readonly SamplingCase[] = SHAPES.flatMap(({ size, model, stride }, shape) =>
  FAMILIES.filter(({ only = size }) => only === size).map(
    ({ file = '', only, kernels = 'vmx128', ...more }, i) => {
      const { prompt, threads = THREADS[(i + shape) % THREADS.length], ...named } = more;
      const settings = Object.entries(named).map(([name, value]) => `${name}=${value}`);
      return {
        name: [`${size}${file}`, kernels, ...settings, `threads=${threads}`].join(' '),
        options: { model: `${model}${file}`, kernels, ...more, threads },
        stride,
      };
    },
  ),
);
