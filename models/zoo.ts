import { UsageError } from '../sim/machine/errors.js';

/** Dimensions of a llama2 model; the names in brackets are llama2.c's. */
export interface ModelShape {
  /** Width of the residual stream (dim). */
  readonly dim: number;
  /** Width of the feed-forward layer (hidden_dim). */
  readonly hiddenDim: number;
  readonly layers: number;
  /** Query heads (n_heads); the head size is dim / heads. */
  readonly heads: number;
  /** Key and value heads (n_kv_heads), a divisor of `heads`. */
  readonly kvHeads: number;
  readonly vocabulary: number;
  /** Longest context the model was trained for (seq_len). */
  readonly sequence: number;
  /** True where the classifier is the token embedding table itself. */
  readonly tiedClassifier: boolean;
  /** Base of the rotary frequencies, 10000 unless said otherwise. */
  readonly ropeTheta?: number;
  /**
   * Which elements of a head are rotated together: neighbours (2i, 2i + 1) as llama2.c and GGUF have them, or
   * i and i + headSize / 2 as Hugging Face does. Files of the two differ by a permutation of wq's and wk's
   * rows.
   */
  readonly ropeLayout?: RopeLayout;
  /** Added to the mean square in rmsnorm, 1e-5 unless said otherwise. */
  readonly normEpsilon?: number;
}

export type RopeLayout = 'interleaved' | 'half-split';

export const ropeTheta = (shape: Pick<ModelShape, 'ropeTheta'>): number => shape.ropeTheta ?? 10000;
export const ropeLayout = (shape: Pick<ModelShape, 'ropeLayout'>): RopeLayout =>
  shape.ropeLayout ?? 'interleaved';
export const normEpsilon = (shape: Pick<ModelShape, 'normEpsilon'>): number => shape.normEpsilon ?? 1e-5;

export const headSize = (shape: Pick<ModelShape, 'dim' | 'heads'>): number => shape.dim / shape.heads;
/** Width of one position of the key (or value) cache. */
export const kvDim = (shape: ModelShape): number => headSize(shape) * shape.kvHeads;

export interface ZooModel {
  readonly name: string;
  readonly shape: ModelShape;
  /** Where the dimensions come from. */
  readonly source: string;
}

function llama(
  name: string,
  [dim, hiddenDim, layers, heads, kvHeads, vocabulary, sequence]: readonly number[],
  tiedClassifier: boolean,
  source: string,
  rotary: Pick<ModelShape, 'ropeTheta' | 'ropeLayout'> = {},
): ZooModel {
  return {
    name,
    shape: { dim, hiddenDim, layers, heads, kvHeads, vocabulary, sequence, tiedClassifier, ...rotary },
    source,
  };
}

const HUGGING_FACE = { ropeLayout: 'half-split' } as const;

/** The three sizes of SmolLM and SmolLM2 differ in their context and rotary base only. */
function smolLm(name: string, repository: string, sequence: number, thetas: readonly number[]): ZooModel[] {
  const sizes = [
    ['135m', 576, 1536, 30, 9, 3],
    ['360m', 960, 2560, 32, 15, 5],
    ['1.7b', 2048, 8192, 24, 32, 32],
  ] as const;
  return sizes.map(([size, ...dimensions], i) =>
    llama(
      `${name}-${size}`,
      [...dimensions, 49152, sequence],
      true,
      `${repository}-${size.toUpperCase()} on Hugging Face, config.json`,
      thetas[i] === 10000 ? HUGGING_FACE : { ropeTheta: thetas[i], ...HUGGING_FACE },
    ),
  );
}

const TINYLLAMAS = 'karpathy/tinyllamas on Hugging Face; table in the README of karpathy/llama2.c';

/** Models whose exact dimensions are known. */
export const ZOO: readonly ZooModel[] = [
  llama(
    'stories260K',
    [64, 172, 5, 8, 4, 512, 512],
    true,
    `${TINYLLAMAS} (stories260K, its own 512-piece tokenizer)`,
  ),
  llama('stories15M', [288, 768, 6, 6, 6, 32000, 256], true, TINYLLAMAS),
  llama('stories42M', [512, 1376, 8, 8, 8, 32000, 1024], true, TINYLLAMAS),
  llama('stories110M', [768, 2048, 12, 12, 12, 32000, 1024], true, TINYLLAMAS),
  llama(
    'llama-2-7b',
    [4096, 11008, 32, 32, 32, 32000, 2048],
    false,
    'Touvron et al. 2023, "Llama 2", and the params.json Meta publishes; 2048 is what llama2.c exports',
  ),
  llama(
    'tinyllama-1.1b',
    [2048, 5632, 22, 32, 4, 32000, 2048],
    false,
    'TinyLlama/TinyLlama-1.1B-Chat-v1.0 on Hugging Face, config.json',
    HUGGING_FACE,
  ),
  ...smolLm('smollm', 'HuggingFaceTB/SmolLM', 2048, [10000, 10000, 10000]),
  ...smolLm('smollm2', 'HuggingFaceTB/SmolLM2', 8192, [100000, 100000, 130000]),
];

/** A zoo model by name; `NAME-shape` asks for the same shape with synthetic weights. */
export function zooModel(name: string): ZooModel {
  const plain = name.endsWith('-shape') ? name.slice(0, -'-shape'.length) : name;
  const found = ZOO.find((model) => model.name === plain);
  if (!found) {
    throw new UsageError(
      `unknown model '${name}': known are ${ZOO.map((model) => model.name).join(', ')}` +
        ' (NAME-shape for synthetic weights), or a checkpoint file',
    );
  }
  return found;
}

export interface ParameterCount {
  /** Floats stored in a checkpoint. */
  readonly stored: number;
  /** Multiply-adds of the matrix-vector products of one position, attention excluded. */
  readonly matmulMacs: number;
}

export function countParameters(shape: ModelShape): ParameterCount {
  const { dim, hiddenDim, layers, vocabulary } = shape;
  const matrices = layers * (2 * dim * dim + 2 * dim * kvDim(shape) + 3 * dim * hiddenDim);
  const table = vocabulary * dim;
  return {
    stored: matrices + table * (shape.tiedClassifier ? 1 : 2) + (2 * layers + 1) * dim,
    matmulMacs: matrices + table,
  };
}
