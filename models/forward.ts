import type { Checkpoint, TensorName } from './checkpoint/tensors.js';
import { isMatrix, storedTensors, tensorShape } from './checkpoint/tensors.js';
import { CONTROL, GO_SAMPLE } from './control.js';
import type { Layout, Placed } from './layout.js';
import { BITS, naturalPrecision, type Precision } from './quantize/packed.js';
import { type Call, type Site, share, type TapeBuilder, type Target } from './tape.js';
import { headSize, kvDim, ropeLayout } from './zoo.js';

export interface ForwardRequest {
  readonly checkpoint: Checkpoint;
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
  const { checkpoint, threads, greedy } = request;
  const { shape } = checkpoint;
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

  const granuleOf = (count: number): number => (count >= 4 * LINE_FLOATS * threads ? LINE_FLOATS : QUAD);

  const split = (
    op: string,
    site: string,
    layer: number,
    count: number,
    callOf: (start: number, rows: number, thread: number) => Omit<Call, 'kernel'>,
  ): void => {
    splitBy(granuleOf(count), { op, site, layer }, count, (...own) => ({
      kernel: target.kernel(op),
      ...callOf(...own),
    }));
  };

  const inputOf = (x: number | 'normalised', thread: number): number =>
    x === 'normalised' ? buffers.own[thread].normalised : x;
  const quantizes = (placed: Placed): boolean => placed.group > 1 && checkpoint.quantizedActivations === true;

  /** What the matrix `name` is about to be multiplied with, in groups of bytes where it wants them. */
  const quantize = (name: TensorName, layer: number, x: number | 'normalised'): void => {
    const placed = layout.tensor(name, Math.max(layer, 0));
    if (!quantizes(placed)) return;
    const { columns, group } = placed;
    tape.add(
      { op: 'quantize', site: layer < 0 ? 'quantize' : `layer ${layer} quantize for ${name}`, layer },
      (thread) => ({
        kernel: target.kernel('quantize'),
        operands: [
          address(buffers.own[thread].quants),
          address(buffers.own[thread].quantScales),
          address(inputOf(x, thread)),
          columns,
          group,
        ],
        flops: 5 * columns,
        bytes: 8 * columns,
      }),
    );
  };

  const matmul = (name: TensorName, layer: number, out: number, x: number | 'normalised'): void => {
    const { rows: all } = tensorShape(shape, name);
    const placed = layout.tensor(name, Math.max(layer, 0));
    const { precision, columns, rowBytes, group } = placed;
    const quantized = quantizes(placed);
    const scaleBytes = group > 1 ? (4 * columns) / group : 0;
    const kernel = target.kernel(matmulOp(precision, quantized));
    const call = (start: number, rows: number, thread: number): Call => {
      const { quants, quantScales, row } = buffers.own[thread];
      const weights = placed.address + start * rowBytes;
      const more =
        group > 1
          ? [address(placed.scales + start * scaleBytes), group, address(quantScales)]
          : [address(row)];
      return {
        kernel,
        operands: [
          address(out + 4 * start),
          address(quantized ? quants : inputOf(x, thread)),
          address(weights),
          columns,
          rows,
          ...more,
        ],
        flops: 2 * rows * columns,
        bytes: rows * (rowBytes + scaleBytes) + 4 * (columns + rows),
      };
    };
    splitBy(granuleOf(all), { op: 'matmul', site: name, layer }, all, call);
  };

  const normalise = (name: TensorName, layer: number): void => {
    tape.add({ op: 'rmsnorm', site: layer < 0 ? name : `layer ${layer} ${name}`, layer }, (thread) => ({
      kernel: target.kernel('rmsnorm'),
      operands: [
        address(buffers.own[thread].normalised),
        address(buffers.x),
        address(layout.tensor(name, Math.max(layer, 0)).address),
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

  const table = layout.tensor('tokenEmbedding', 0);
  const bits = BITS[table.precision];
  splitBy(
    bits < 32 ? LINE_FLOATS : granuleOf(dim),
    { op: 'embedding', site: 'embedding', layer: -1 },
    dim,
    (start, rows) => ({
      kernel: target.kernel(narrowOp('embedding', table.precision)),
      operands: [
        address(buffers.x + 4 * start),
        address(table.address + (start * bits) / 8),
        rows,
        table.rowBytes,
        control,
        ...(table.group > 1 ? [address(table.scales), table.group, start] : []),
      ],
      bytes: (4 + bits / 8) * rows,
    }),
  );
  tape.barrier();
  for (let layer = 0; layer < layers; layer++) {
    normalise('rmsAttention', layer);
    quantize('wq', layer, 'normalised');
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
    quantize('wo', layer, buffers.heads);
    matmul('wo', layer, buffers.projected, buffers.heads);
    addResidual('residual attention', layer);
    tape.barrier();
    normalise('rmsFeedForward', layer);
    quantize('w1', layer, 'normalised');
    matmul('w1', layer, buffers.gate, 'normalised');
    matmul('w3', layer, buffers.up, 'normalised');
    split('swiglu', 'swiglu', layer, hiddenDim, (start, rows) => ({
      operands: [address(buffers.gate + 4 * start), address(buffers.up + 4 * start), rows],
      flops: 14 * rows,
      bytes: 12 * rows,
    }));
    tape.barrier();
    quantize('w2', layer, buffers.gate);
    matmul('w2', layer, buffers.projected, buffers.gate);
    addResidual('residual feed-forward', layer);
    tape.barrier();
  }
  normalise('rmsFinal', -1);
  quantize('classifier', -1, 'normalised');
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

/** Operations of a forward pass and of drawing a token. */
export function forwardOps(checkpoint: Checkpoint, quant: Precision | undefined, greedy: boolean): string[] {
  const precisionOf = (encoding: Parameters<typeof naturalPrecision>[0]): Precision =>
    quant ?? naturalPrecision(encoding);
  const matrices = storedTensors(checkpoint)
    .filter(({ name }) => isMatrix(name) && (name !== 'tokenEmbedding' || checkpoint.shape.tiedClassifier))
    .map(({ stored }) => precisionOf(stored.encoding));
  const table = precisionOf(checkpoint.stored('tokenEmbedding', 0).encoding);
  const activations = checkpoint.quantizedActivations === true;
  const grouped = matrices.some((precision) => precision === 'q80' || precision === 'q4_0');
  return [
    narrowOp('embedding', table),
    'rmsnorm',
    ...new Set(matrices.map((precision) => matmulOp(precision, activations))),
    ...(activations && grouped ? ['quantize'] : []),
    ropeLayout(checkpoint.shape) === 'half-split' ? 'rope-half' : 'rope',
    'kvstore',
    'attention',
    'residual',
    'swiglu',
    ...(greedy ? ['argmax'] : ['temperature', 'softmax', 'sample']),
  ];
}

const KINDS = { fp32: '', bf16: '-bf16', fp16: '-fp16', q80: '-q80', q4_0: '-q4' } as const;

/** `embedding-bf16` and the like; plain for fp32. */
const narrowOp = (op: string, precision: Precision): string => `${op}${KINDS[precision]}`;

const matmulOp = (precision: Precision, quantizedActivations: boolean): string =>
  narrowOp('matmul', precision) +
  (quantizedActivations && (precision === 'q80' || precision === 'q4_0') ? 'a8' : '');
