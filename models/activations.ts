import { LINE_BYTES, lineBytes } from './batch.js';
import type { Checkpoint } from './checkpoint/tensors.js';
import { kvDim } from './zoo.js';

/**
 * Addresses (physical) of the buffers of the forward pass, fp32. Where several positions of a prompt go
 * together, their rows follow one another, each beginning on a cache line.
 */
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
  /** Several positions: normalised inputs [dim], and with quantised activations rows of `quantBytes`. */
  readonly normalised: number;
  readonly quants: number;
  /**
   * Each thread's own: normalised input [dim], scores [context], a swapped row; with quantised activations
   * integers as floats [dim or hiddenDim] and their scales.
   */
  readonly own: readonly Own[];
  /** Integers as floats, and their scales on the next cache line. */
  readonly quantBytes: number;
}

interface Own {
  readonly normalised: number;
  readonly scores: number;
  readonly row: number;
  readonly quants: number;
  readonly quantScales: number;
}

export interface ActivationsRequest {
  readonly checkpoint: Checkpoint;
  readonly threads: number;
  readonly context: number;
  /** Room for probabilities and candidates is wanted. */
  readonly sampling: boolean;
  /** Most positions of a prompt that go together. */
  readonly positions?: number;
}

const lines = (bytes: number): number => Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
/** Vector kernels read up to this much beyond the end of a tensor. */
export const SLACK_BYTES = LINE_BYTES;

/** Offsets of the activations in their region, and its size. */
export function layOutActivations(request: ActivationsRequest): { activations: Activations; bytes: number } {
  const { checkpoint, threads, context, sampling, positions = 1 } = request;
  const { shape, quantizedActivations } = checkpoint;
  const { dim, hiddenDim, vocabulary } = shape;
  const widest = Math.max(dim, hiddenDim);
  let end = 0;
  const place = (floats: number): number => {
    const start = end;
    end += lines(4 * floats);
    return start;
  };
  const rows = (floats: number): number => place((positions * lineBytes(floats)) / 4);
  const quantBytes = 2 * lineBytes(widest);
  const several = positions > 1;
  const activations = {
    x: rows(dim),
    q: rows(dim),
    k: rows(kvDim(shape)),
    v: rows(kvDim(shape)),
    heads: rows(dim),
    projected: rows(dim),
    gate: rows(hiddenDim),
    up: rows(hiddenDim),
    logits: place(vocabulary),
    probabilities: place(sampling ? vocabulary : 0),
    candidates: place(sampling ? 2 * vocabulary : 0),
    normalised: several ? rows(dim) : 0,
    quants: several && quantizedActivations ? place((positions * quantBytes) / 4) : 0,
    quantBytes,
    own: Array.from({ length: threads }, () => ({
      normalised: place(dim),
      scores: place(context),
      row: place(widest),
      quants: place(quantizedActivations ? widest : 0),
      quantScales: place(quantizedActivations ? widest : 0),
    })),
  };
  return { activations, bytes: end + SLACK_BYTES };
}

/** The buffers where their region is. */
export function moved(offsets: Activations, by: number): Activations {
  const { own, quantBytes, ...shared } = offsets;
  return {
    ...(Object.fromEntries(Object.entries(shared).map(([name, offset]) => [name, offset + by])) as Omit<
      Activations,
      'own' | 'quantBytes'
    >),
    quantBytes,
    own: own.map(({ normalised, scores, row, quants, quantScales }) => ({
      normalised: normalised + by,
      scores: scores + by,
      row: row + by,
      quants: quants + by,
      quantScales: quantScales + by,
    })),
  };
}
