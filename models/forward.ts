import type { TensorName } from './checkpoint/tensors.js';
import { tensorShape } from './checkpoint/tensors.js';
import { CONTROL, GO_SAMPLE } from './control.js';
import type { Layout } from './layout.js';
import { type Call, type Site, share, type TapeBuilder, type Target } from './tape.js';
import { headSize, kvDim, type ModelShape, ropeLayout } from './zoo.js';

export interface ForwardRequest {
  readonly shape: ModelShape;
  readonly context: number;
  readonly threads: number;
  readonly greedy: boolean;
}

/** Vector kernels work on whole quadwords, so a thread's share of a vector begins on one. */
const QUAD = 4;
/**
 * Where there is plenty of rows, shares begin on a cache line, so that threads do not write into the same
 * one.
 */
const LINE_FLOATS = 32;

/**
 * One position's forward pass, as llama2.c orders it, and the drawing of the next token. Rows and heads are
 * split over the threads; nothing else is, so every number is computed in one fixed order. Every thread
 * normalises the residual stream for itself, which is quicker than to wait for another to have done so.
 * Threads meet five times a layer, wherever one needs what another made.
 */
export function compileForward(
  tape: TapeBuilder,
  request: ForwardRequest,
  layout: Layout,
  target: Target,
): void {
  const { shape, threads, greedy } = request;
  const { dim, hiddenDim, layers, heads, kvHeads, vocabulary } = shape;
  const { activations: buffers } = layout;
  const [size, kv] = [headSize(shape), kvDim(shape)];
  const { address } = target;
  const halfSplit = ropeLayout(shape) === 'half-split';
  const control = address(layout.control);

  /** Calls a kernel for each thread's share of `count` rows; shares are whole granules. */
  const splitBy = (
    granule: number,
    { op, site, layer }: Pick<Site, 'op' | 'site' | 'layer'>,
    count: number,
    callOf: (start: number, rows: number, thread: number) => Call,
  ): void => {
    tape.add({ op, site: layer < 0 ? site : `layer ${layer} ${site}`, layer }, (thread) => {
      const { start, end } = share(count, thread, threads, granule);
      return start === end ? undefined : callOf(start, end - start, thread);
    });
  };

  const split = (
    op: string,
    site: string,
    layer: number,
    count: number,
    callOf: (start: number, rows: number, thread: number) => Omit<Call, 'kernel'>,
  ): void => {
    const granule = count >= 4 * LINE_FLOATS * threads ? LINE_FLOATS : QUAD;
    splitBy(granule, { op, site, layer }, count, (...own) => ({ kernel: target.kernel(op), ...callOf(...own) }));
  };

  const matmul = (name: TensorName, layer: number, out: number, x: number | 'normalised'): void => {
    const { rows: all, columns } = tensorShape(shape, name);
    split('matmul', name, layer, all, (start, rows, thread) => ({
      operands: [
        address(out + 4 * start),
        address(x === 'normalised' ? buffers.own[thread].normalised : x),
        address(layout.tensor(name, Math.max(layer, 0)) + 4 * start * columns),
        columns,
        rows,
        address(buffers.own[thread].row),
      ],
      flops: 2 * rows * columns,
      bytes: 4 * (rows * columns + columns + rows),
    }));
  };

  const normalise = (name: TensorName, layer: number): void => {
    tape.add({ op: 'rmsnorm', site: layer < 0 ? name : `layer ${layer} ${name}`, layer }, (thread) => ({
      kernel: target.kernel('rmsnorm'),
      operands: [
        address(buffers.own[thread].normalised),
        address(buffers.x),
        address(layout.tensor(name, Math.max(layer, 0))),
        dim,
        control + CONTROL.inverseDim,
      ],
      flops: 4 * dim,
      bytes: 12 * dim,
    }));
  };

  const addResidual = (site: string, layer: number): void => {
    split('residual', site, layer, dim, (start, rows) => ({
      operands: [address(buffers.x + 4 * start), address(buffers.projected + 4 * start), rows],
      flops: rows,
      bytes: 12 * rows,
    }));
  };

  const rotate = (site: string, layer: number, vector: number, count: number): void => {
    if (halfSplit) {
      splitBy(size, { op: 'rope', site, layer }, count, (start, rows) => ({
        kernel: target.kernel('rope-half'),
        operands: [address(vector + 4 * start), rows / size, size / 2, address(layout.ropeTable), control],
        flops: 3 * rows,
        bytes: 12 * rows,
      }));
      return;
    }
    split('rope', site, layer, count, (start, rows) => ({
      operands: [
        address(vector + 4 * start),
        rows / 2,
        (start % size) / 2,
        size / 2,
        address(layout.ropeTable),
        control,
      ],
      flops: 3 * rows,
      bytes: 12 * rows,
    }));
  };

  const store = (site: string, layer: number, vector: number, cache: number): void => {
    const call = (start: number, rows: number): Call => ({
      kernel: target.kernel('kvstore'),
      operands: [address(vector + 4 * start), address(cache + 4 * start), rows, 4 * kv, control],
      bytes: 8 * rows,
    });
    // Keys as they were rotated, so that threads need not wait for each other.
    if (halfSplit) splitBy(size, { op: 'kvstore', site, layer }, kv, call);
    else split('kvstore', site, layer, kv, call);
  };

  const attend = (layer: number): void => {
    for (let head = 0; head < heads; head++) {
      const kvHead = Math.floor((head * kvHeads) / heads);
      tape.add({ op: 'attention', site: `layer ${layer} head ${head}`, layer }, (thread) => {
        const own = share(heads, thread, threads, 1);
        return head < own.start || head >= own.end
          ? undefined
          : {
              kernel: target.kernel('attention'),
              operands: [
                address(buffers.q + 4 * head * size),
                address(layout.keys(layer) + 4 * kvHead * size),
                address(layout.values(layer) + 4 * kvHead * size),
                address(buffers.heads + 4 * head * size),
                address(buffers.own[thread].scores),
                size,
                4 * kv,
                control,
              ],
            };
      });
    }
  };

  split('embedding', 'embedding', -1, dim, (start, rows) => ({
    operands: [
      address(buffers.x + 4 * start),
      address(layout.tensor('tokenEmbedding', 0) + 4 * start),
      rows,
      4 * dim,
      control,
    ],
    bytes: 8 * rows,
  }));
  tape.barrier();
  for (let layer = 0; layer < layers; layer++) {
    normalise('rmsAttention', layer);
    matmul('wq', layer, buffers.q, 'normalised');
    matmul('wk', layer, buffers.k, 'normalised');
    matmul('wv', layer, buffers.v, 'normalised');
    // A head's rows may be of several threads, and its halves are rotated by one.
    if (halfSplit) tape.barrier();
    rotate('rope q', layer, buffers.q, dim);
    rotate('rope k', layer, buffers.k, kv);
    store('store k', layer, buffers.k, layout.keys(layer));
    store('store v', layer, buffers.v, layout.values(layer));
    tape.barrier();
    attend(layer);
    tape.barrier();
    matmul('wo', layer, buffers.projected, buffers.heads);
    addResidual('residual attention', layer);
    tape.barrier();
    normalise('rmsFeedForward', layer);
    matmul('w1', layer, buffers.gate, 'normalised');
    matmul('w3', layer, buffers.up, 'normalised');
    split('swiglu', 'swiglu', layer, hiddenDim, (start, rows) => ({
      operands: [address(buffers.gate + 4 * start), address(buffers.up + 4 * start), rows],
      flops: 14 * rows,
      bytes: 12 * rows,
    }));
    tape.barrier();
    matmul('w2', layer, buffers.projected, buffers.gate);
    addResidual('residual feed-forward', layer);
    tape.barrier();
  }
  normalise('rmsFinal', -1);
  matmul('classifier', -1, buffers.logits, 'normalised');

  /** Drawing the next token is the first thread's business, where it is asked for. */
  const draw = (op: string, operands: readonly number[]): void => {
    tape.add(
      { op, site: op, layer: -1 },
      (thread) => (thread === 0 ? { kernel: target.kernel(op), operands, bytes: 4 * vocabulary } : undefined),
      GO_SAMPLE,
    );
  };
  tape.barrier(GO_SAMPLE);
  const [logits, probabilities] = [address(buffers.logits), address(buffers.probabilities)];
  if (greedy) {
    draw('argmax', [logits, vocabulary, control]);
  } else {
    draw('temperature', [probabilities, logits, vocabulary, control]);
    draw('softmax', [probabilities, vocabulary]);
    draw('sample', [probabilities, vocabulary, control, address(buffers.candidates)]);
  }
}
