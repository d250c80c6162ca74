import { batchWord, LINE_BYTES, lineBytes } from './batch.js';
import { type TensorName, tensorShape } from './checkpoint/tensors.js';
import { CONTROL } from './control.js';
import { cacheOp, matmulOp, narrowOp } from './forward-ops.js';
import { ForwardSplit, LINE_FLOATS, type Place, QUAD, type Turn } from './forward-split.js';
import type { Placed } from './layout.js';
import { BITS } from './quantize/precisions.js';
import { type Call, share } from './tape.js';

/** A piece of a matrix that is turned and then used while it is still in the caches. */
const TURN_BYTES = 64 << 10;

/** A vector that a matrix is multiplied with: an address, or what rmsnorm made last. */
type Input = number | 'normalised';

/**
 * Puts the calls of a forward pass on a tape. Rows and heads are split over the threads; nothing else is, so
 * every number is computed in one fixed order. With one position every thread normalises the residual stream
 * for itself, which is quicker than to wait for another to have done so; with several each thread has some.
 */
export class ForwardCalls extends ForwardSplit {
  embed(): void {
    const { checkpoint } = this.request;
    const { dim } = checkpoint.shape;
    const table = this.tensor('tokenEmbedding', 0);
    const bits = BITS[table.precision];
    this.each(
      bits < 32 ? LINE_FLOATS : this.granuleOf(dim),
      { op: 'embedding', kernel: narrowOp('embedding', table.precision), site: 'embedding', layer: -1 },
      dim,
      (row, start, count) => ({
        operands: [
          this.address(this.layout.activations.x + row * lineBytes(dim) + 4 * start),
          this.address(table.address + (start * bits) / 8),
          count,
          table.rowBytes,
          this.control(row),
          ...(table.group > 1 ? [this.address(table.scales), table.group, start] : []),
        ],
        bytes: (4 + bits / 8) * count,
      }),
    );
  }

  quantizes(name: TensorName, layer: number): boolean {
    const { group } = this.tensor(name, layer);
    return group > 1 && this.request.checkpoint.quantizedActivations === true;
  }

  private normaliseCall(name: TensorName, layer: number, out: number, x: number): Call {
    const { dim } = this.request.checkpoint.shape;
    return {
      kernel: this.target.kernel('rmsnorm'),
      operands: [
        this.address(out),
        this.address(x),
        this.address(this.tensor(name, layer).address),
        dim,
        this.control(0) + CONTROL.inverseDim,
      ],
      flops: 4 * dim,
      bytes: 12 * dim,
    };
  }

  private quantizeCall(name: TensorName, layer: number, out: number, scales: number, x: number): Call {
    const { columns, group } = this.tensor(name, layer);
    return {
      kernel: this.target.kernel('quantize'),
      operands: [this.address(out), this.address(scales), this.address(x), columns, group],
      flops: 5 * columns,
      bytes: 8 * columns,
    };
  }

  /** Normalises the residual stream, for the matrix `next`. */
  normalise(name: TensorName, layer: number, next: TensorName): void {
    const { activations: buffers } = this.layout;
    const stride = lineBytes(this.request.checkpoint.shape.dim);
    if (this.batched) {
      this.spread({ op: 'rmsnorm', site: name, layer }, (row) =>
        this.normaliseCall(name, layer, buffers.normalised + row * stride, buffers.x + row * stride),
      );
      // Each position's quantisation follows in the same thread.
      this.quantizeRows(next, layer, buffers.normalised, stride);
      this.tape.barrier();
      return;
    }
    this.tape.add({ op: 'rmsnorm', site: this.siteName(name, layer), layer }, (thread) =>
      this.normaliseCall(name, layer, buffers.own[thread].normalised, buffers.x),
    );
    this.quantize(next, layer, 'normalised');
  }

  /** rmsnorm of the last position alone, and the classifier, where a token is to be drawn. */
  classify(when: number): void {
    const { activations: buffers } = this.layout;
    const { checkpoint } = this.request;
    const { dim } = checkpoint.shape;
    const last = buffers.x + (this.rows.length - 1) * lineBytes(dim);
    this.tape.add(
      { op: 'rmsnorm', site: this.siteName('rmsFinal', -1), layer: -1 },
      (thread) => this.normaliseCall('rmsFinal', -1, buffers.own[thread].normalised, last),
      when,
    );
    this.quantize('classifier', -1, 'normalised', when);
    this.single('classifier', -1, buffers.logits, 'normalised', when);
  }

  /** What the matrix `name` is about to be multiplied with, in groups of bytes where it wants them. */
  quantize(name: TensorName, layer: number, x: Input, when = 0): void {
    if (!this.quantizes(name, layer)) return;
    const { own } = this.layout.activations;
    const site = layer < 0 ? 'quantize' : `quantize for ${name}`;
    this.tape.add(
      { op: 'quantize', site: this.siteName(site, layer), layer },
      (thread) => {
        const { quants, quantScales } = own[thread];
        return this.quantizeCall(name, layer, quants, quantScales, this.inputOf(x, thread));
      },
      when,
    );
  }

  private quantizeRows(name: TensorName, layer: number, x: number, stride: number): void {
    if (!this.quantizes(name, layer)) return;
    const { quants, quantBytes } = this.layout.activations;
    const { columns } = this.tensor(name, layer);
    this.spread({ op: 'quantize', site: `quantize for ${name}`, layer }, (row) => {
      const out = quants + row * quantBytes;
      return this.quantizeCall(name, layer, out, out + lineBytes(columns), x + row * stride);
    });
  }

  private inputOf(x: Input, thread: number): number {
    return x === 'normalised' ? this.layout.activations.own[thread].normalised : x;
  }

  /** Before matrices that take what attention or the feed-forward made: rounds it where they want it so. */
  prepare(name: TensorName, layer: number, x: number, width: number): void {
    if (!this.batched) {
      this.quantize(name, layer, x);
      return;
    }
    if (!this.quantizes(name, layer)) return;
    this.quantizeRows(name, layer, x, lineBytes(width));
    this.tape.barrier();
  }

  /** out = w x for every position. */
  matmul(name: TensorName, layer: number, out: number, x: Input): void {
    if (!this.batched) {
      this.single(name, layer, out, x);
      return;
    }
    const { activations: buffers } = this.layout;
    const { rows: all, columns: real } = tensorShape(this.request.checkpoint.shape, name);
    const placed = this.tensor(name, layer);
    const { precision, columns, rowBytes, group } = placed;
    const quantized = this.quantizes(name, layer);
    const count = this.rows.length;
    const input = quantized ? buffers.quants : x === 'normalised' ? buffers.normalised : x;
    const inputBytes = quantized ? buffers.quantBytes : lineBytes(real);
    const scaleBytes = group > 1 ? (4 * columns) / group : 0;
    const batch = batchWord(count, inputBytes / LINE_BYTES, lineBytes(all) / LINE_BYTES);
    const site = this.siteName(name, layer);
    this.splitBy(this.granuleOf(all), { op: 'matmul', site, layer }, all, (start, rows) => ({
      kernel: this.target.kernel(matmulOp(precision, quantized, true)),
      operands: [
        this.address(out + 4 * start),
        this.address(input),
        this.address(placed.address + start * rowBytes),
        columns,
        rows,
        ...(group > 1 ? [this.address(placed.scales + start * scaleBytes), group] : []),
        batch,
      ],
      flops: 2 * rows * columns * count,
      bytes: rows * (rowBytes + scaleBytes) + 4 * count * (columns + rows),
    }));
  }

  private single(name: TensorName, layer: number, out: number, x: Input, when = 0): void {
    const { checkpoint } = this.request;
    const { rows: all } = tensorShape(checkpoint.shape, name);
    const placed = this.tensor(name, layer);
    const { precision, columns, rowBytes, group } = placed;
    const quantized = this.quantizes(name, layer);
    const scaleBytes = group > 1 ? (4 * columns) / group : 0;
    const kernel = this.target.kernel(matmulOp(precision, quantized, false));
    const call = (start: number, rows: number, thread: number): Call => {
      const { quants, quantScales, row } = this.layout.activations.own[thread];
      const more =
        group > 1
          ? [this.address(placed.scales + start * scaleBytes), group, this.address(quantScales)]
          : [this.address(row)];
      return {
        kernel,
        operands: [
          this.address(out + 4 * start),
          this.address(quantized ? quants : this.inputOf(x, thread)),
          this.address(placed.address + start * rowBytes),
          columns,
          rows,
          ...more,
        ],
        flops: 2 * rows * columns,
        bytes: rows * (rowBytes + scaleBytes) + 4 * (columns + rows),
      };
    };
    const place = { op: 'matmul', site: this.siteName(name, layer), layer };
    const turn = this.request.turn?.(name, Math.max(layer, 0));
    if (turn === undefined) this.splitBy(this.granuleOf(all), place, all, call, when);
    else this.turned(place, all, placed, turn, call);
  }

  /** Every thread turns some of its rows and multiplies with them, again and again: nobody has to wait. */
  private turned(
    place: Place,
    all: number,
    { address, rowBytes }: Placed,
    { op, numberBytes }: NonNullable<ReturnType<Turn>>,
    call: (start: number, rows: number, thread: number) => Call,
  ): void {
    const { threads } = this.request;
    const granule = this.granuleOf(all);
    const rowsEach = Math.max(1, Math.floor(TURN_BYTES / (rowBytes * QUAD))) * QUAD;
    const pieces = Math.ceil(share(all, 0, 1, granule).end / rowsEach);
    for (let piece = 0; piece < pieces; piece++) {
      const own = (thread: number): [start: number, rows: number] => {
        const part = share(all, thread, threads, granule);
        const start = part.start + piece * rowsEach;
        return [start, Math.min(part.end, start + rowsEach) - start];
      };
      if (Array.from({ length: threads }, (_, thread) => own(thread)[1]).every((rows) => rows <= 0)) return;
      const { site, layer } = place;
      this.tape.add({ op, site: `${site}, turn`, layer }, (thread) => {
        const [start, rows] = own(thread);
        const at = this.address(address + start * rowBytes);
        const count = (rows * rowBytes) / numberBytes;
        return rows <= 0
          ? undefined
          : { kernel: this.target.kernel(op), operands: [at, at, count], bytes: 2 * rows * rowBytes };
      });
      this.tape.add(place, (thread) => {
        const [start, rows] = own(thread);
        return rows <= 0 ? undefined : call(start, rows, thread);
      });
    }
  }

  addResidual(site: string, layer: number): void {
    const { activations: buffers } = this.layout;
    const { dim } = this.request.checkpoint.shape;
    this.each(this.granuleOf(dim), { op: 'residual', site, layer }, dim, (row, start, rows) => {
      const at = row * lineBytes(dim) + 4 * start;
      return {
        operands: [this.address(buffers.x + at), this.address(buffers.projected + at), rows],
        flops: rows,
        bytes: 12 * rows,
      };
    });
  }

  /** Rotates the heads of a vector. */
  rotate(site: string, layer: number, vector: number, count: number): void {
    const { size } = this;
    const table = this.address(this.layout.ropeTable);
    const granule = this.wholeHeads ? size : this.granuleOf(count);
    const kernel = this.halfSplit ? 'rope-half' : 'rope';
    this.each(granule, { op: 'rope', kernel, site, layer }, count, (row, start, rows) => {
      const at = this.address(vector + row * lineBytes(count) + 4 * start);
      const operands = this.halfSplit
        ? [at, rows / size, size / 2, table, this.control(row)]
        : [at, rows / 2, (start % size) / 2, size / 2, table, this.control(row)];
      return { operands, flops: 3 * rows, bytes: 12 * rows };
    });
  }

  /** Keys as they were rotated, so that threads need not wait for each other. */
  store(site: string, layer: number, vector: number, cache: number): void {
    const { kv, size } = this;
    const { kvCache } = this.request;
    const kernel = cacheOp('kvstore', kvCache);
    const granule = this.wholeHeads ? size : this.granuleOf(kv);
    const { bytes: blockBytes, scalesAt } = this.layout.cacheBlock;
    this.each(granule, { op: 'kvstore', kernel, site, layer }, kv, (row, start, count) => {
      const from = this.address(vector + row * lineBytes(kv) + 4 * start);
      if (kvCache === 'int8') {
        const block = this.address(cache + (start / size) * blockBytes);
        const operands = [from, block, count / size, blockBytes, this.control(row), size, scalesAt];
        return { operands, flops: 5 * count, bytes: 5 * count };
      }
      const operands = [from, this.address(cache + 4 * start), count, 4 * kv, this.control(row)];
      return { operands, bytes: 8 * count };
    });
  }

  attend(layer: number): void {
    const { size, kv, layout } = this;
    const { checkpoint, threads, kvCache } = this.request;
    const { dim, heads, kvHeads } = checkpoint.shape;
    const { activations: buffers } = layout;
    const headBytes = kvCache === 'int8' ? layout.cacheBlock.bytes : 4 * size;
    const stride = kvCache === 'int8' ? layout.cacheBlock.scalesAt : 4 * kv;
    const kernel = this.target.kernel(cacheOp('attention', kvCache));
    for (let head = 0; head < heads; head++) {
      const kvHead = Math.floor((head * kvHeads) / heads);
      for (const row of this.rows) {
        const at = row * lineBytes(dim) + 4 * head * size;
        const site = this.siteName(`head ${head}`, layer, row);
        this.tape.add({ op: 'attention', site, layer }, (thread) => {
          const own = share(heads, thread, threads, 1);
          return head < own.start || head >= own.end
            ? undefined
            : {
                kernel,
                operands: [
                  this.address(buffers.q + at),
                  this.address(layout.keys(layer) + kvHead * headBytes),
                  this.address(layout.values(layer) + kvHead * headBytes),
                  this.address(buffers.heads + at),
                  this.address(buffers.own[thread].scores),
                  size,
                  stride,
                  this.control(row),
                ],
              };
        });
      }
    }
  }

  activate(layer: number): void {
    const { activations: buffers } = this.layout;
    const { hiddenDim } = this.request.checkpoint.shape;
    const place = { op: 'swiglu', site: 'swiglu', layer };
    this.each(this.granuleOf(hiddenDim), place, hiddenDim, (row, start, rows) => {
      const at = row * lineBytes(hiddenDim) + 4 * start;
      return {
        operands: [this.address(buffers.gate + at), this.address(buffers.up + at), rows],
        flops: 14 * rows,
        bytes: 12 * rows,
      };
    });
  }

  /** Drawing the next token is the first thread's business, where it is asked for. */
  draw(when: number): void {
    const { activations: buffers } = this.layout;
    const { vocabulary } = this.request.checkpoint.shape;
    const one = (op: string, operands: readonly number[]): void => {
      const call = { kernel: this.target.kernel(op), operands, bytes: 4 * vocabulary };
      const site = this.siteName(op, -1);
      this.tape.add({ op, site, layer: -1 }, (thread) => (thread === 0 ? call : undefined), when);
    };
    const [logits, probabilities] = [this.address(buffers.logits), this.address(buffers.probabilities)];
    if (this.request.greedy) {
      one('argmax', [logits, vocabulary, this.control(0)]);
    } else {
      one('temperature', [probabilities, logits, vocabulary, this.control(0)]);
      one('softmax', [probabilities, vocabulary]);
      one('sample', [probabilities, vocabulary, this.control(0), this.address(buffers.candidates)]);
    }
  }
}
