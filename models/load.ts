import {
  type Checkpoint,
  isMatrix,
  storedTensors,
  type TensorName,
  tensorShape,
} from './checkpoint/tensors.js';
import { SWAP_OP } from './code.js';
import { type EndianStrategy, strategyOf } from './endian.js';
import type { Turn } from './forward-split.js';
import { type Layout, type Placement, type Run, tensorRuns } from './layout.js';
import type { Region } from './memory.js';
import { writePacked } from './quantize/pack.js';
import { wantedForm } from './quantize/packed.js';
import type { Precision } from './quantize/precisions.js';
import { ropeTable } from './rope.js';
import { share, type TapeBuilder, type Target } from './tape.js';
import type { ModelShape } from './zoo.js';

export interface LoadRequest {
  readonly checkpoint: Checkpoint;
  readonly endian: EndianStrategy;
  readonly threads: number;
}

/** Operations that convert numbers, by how wide those are. */
const SWAP_OPS = { 2: `${SWAP_OP}16`, 4: SWAP_OP } as const;

/** Operations that the conversion calls. */
export function loadOps(checkpoint: Checkpoint, endian: EndianStrategy, placement: Placement): string[] {
  if (endian === 'offline') return [];
  const stored = storedTensors(checkpoint);
  if (placement !== 'packed')
    return [
      ...new Set(
        (strategyOf(endian).lazy === true ? tensorRuns(checkpoint) : runsOf(checkpoint, endian)).map(
          (run) => SWAP_OPS[run.numberBytes],
        ),
      ),
    ];
  return [...new Set(stored.map(({ stored: { encoding } }) => convertOp(encoding)))];
}

function convertOp(encoding: string): string {
  if (encoding === 'q8_0') return 'repack-q80';
  if (encoding === 'q4_0') return 'repack-q4';
  return SWAP_OPS[encoding === 'f32' ? 4 : 2];
}

/**
 * What is turned before the first forward pass: all; where kernels turn numbers or the first pass does, not the
 * matrices of 16 and 32 bits. The table of embeddings, whose rows any token may want, is not left to that pass.
 */
function runsOf(checkpoint: Checkpoint, endian: EndianStrategy): Run[] {
  const { fused, lazy } = strategyOf(endian);
  if (fused === undefined && lazy !== true) return tensorRuns(checkpoint);
  const stays = new Set(
    storedTensors(checkpoint)
      .filter(({ name, stored }) => isMatrix(name) && stored.encoding !== 'int8')
      .filter(({ name }) => lazy !== true || name !== 'tokenEmbedding')
      .map(({ stored }) => stored.offset),
  );
  return tensorRuns({
    ...checkpoint,
    stored: (name, layer) => {
      const stored = checkpoint.stored(name, layer);
      return stays.has(stored.offset) ? { ...stored, bytes: 0 } : stored;
    },
  }).filter((run) => run.bytes > 0);
}

/** What is turned while the device reads on: pieces of this size. */
const OVERLAP_BYTES = 1 << 20;

/** Runs cut at multiples of a size, counted from the first byte of the file. */
const cut = (runs: readonly Run[], size: number): Run[] =>
  runs.flatMap((run) => {
    const pieces: Run[] = [];
    const end = run.start + run.bytes;
    for (let start = run.start; start < end; ) {
      const next = Math.min(end, (Math.floor(start / size) + 1) * size);
      pieces.push({ ...run, start, bytes: next - start });
      start = next;
    }
    return pieces;
  });

/**
 * Conversion of the weights as guest code, in stages; gives how many bytes of the file must have been read before
 * each. Where kernels turn numbers only the rest is converted.
 */
export function compileLoad(
  tape: TapeBuilder,
  request: LoadRequest,
  layout: Layout,
  target: Target,
): number[] {
  const { checkpoint, endian } = request;
  const { source } = checkpoint;
  if (endian === 'offline') return [source.size];
  if (layout.placement === 'packed') {
    compileRepack(tape, request, layout, target);
    return [source.size];
  }
  const whole = runsOf(checkpoint, endian);
  if (strategyOf(endian).overlaps !== true) {
    compileRuns(tape, request, layout, target, whole);
    if (strategyOf(endian).lazy === true && whole.length > 0) tape.barrier();
    return [source.size];
  }
  const stages = new Map<number, Run[]>();
  for (const run of cut(whole, OVERLAP_BYTES)) {
    const ready = Math.min(source.size, Math.ceil((run.start + run.bytes) / OVERLAP_BYTES) * OVERLAP_BYTES);
    stages.set(ready, [...(stages.get(ready) ?? []), run]);
  }
  const order = [...stages.keys()].sort((a, b) => a - b);
  order.forEach((ready, i) => {
    if (i > 0) tape.stop();
    compileRuns(tape, request, layout, target, stages.get(ready)!);
  });
  return order;
}

function compileRuns(
  tape: TapeBuilder,
  request: LoadRequest,
  layout: Layout,
  target: Target,
  runs: readonly Run[],
): void {
  const { checkpoint } = request;
  for (const { start, bytes, numberBytes } of runs) {
    const op = SWAP_OPS[numberBytes];
    tape.add({ op, site: `convert bytes ${start} to ${start + bytes}`, layer: -1 }, (thread) => {
      const part = partOf(request, bytes, thread, 128);
      const count = (part.end - part.start) / numberBytes;
      const offset = start - checkpoint.payloadOffset + part.start;
      return count === 0
        ? undefined
        : {
            kernel: target.kernel(op),
            operands: [
              target.address(layout.payload.used + offset),
              target.address(layout.payload.read + offset),
              count,
            ],
            bytes: 2 * numberBytes * count,
          };
    });
  }
}

/** A thread's part of something that all share, or that the first one has to itself. */
function partOf(
  { endian, threads }: LoadRequest,
  count: number,
  thread: number,
  granule: number,
): { start: number; end: number } {
  return strategyOf(endian).threads === 'all'
    ? share(count, thread, threads, granule)
    : { start: 0, end: thread === 0 ? count : 0 };
}

/** How the first forward pass turns matrices of 16 and 32 bits under a lazy strategy. */
export const lazyTurn =
  (checkpoint: Checkpoint): Turn =>
  (name, layer) => {
    const { encoding } = checkpoint.stored(name, layer);
    const isTable = name === 'tokenEmbedding' || (name === 'classifier' && checkpoint.shape.tiedClassifier);
    if (isTable || encoding === 'int8') return undefined;
    const numberBytes = encoding === 'f32' ? 4 : 2;
    return { op: SWAP_OPS[numberBytes], numberBytes };
  };

/** From the file's order and encodings to the console's form, tensor by tensor. */
function compileRepack(tape: TapeBuilder, request: LoadRequest, layout: Layout, target: Target): void {
  const { checkpoint } = request;
  for (const { name, layer, stored } of storedTensors(checkpoint)) {
    const { encoding } = stored;
    const placed = layout.tensor(name, layer);
    const from = layout.payload.read + stored.offset - checkpoint.payloadOffset;
    const op = convertOp(encoding);
    const blocks = encoding === 'q8_0' || encoding === 'q4_0';
    const blockBytes = encoding === 'q8_0' ? 32 : 16;
    const numberBytes = encoding === 'f32' ? 4 : 2;
    const count = blocks ? stored.bytes / (blockBytes + 2) : stored.bytes / numberBytes;
    tape.add({ op, site: `convert ${name} ${layer}`, layer: -1 }, (thread) => {
      const { start, end } = partOf(request, count, thread, 128);
      if (start === end) return undefined;
      const scale = blocks ? [target.address(placed.scales + 4 * start)] : [];
      const [wide, narrow] = blocks ? [blockBytes + 2, blockBytes] : [numberBytes, numberBytes];
      return {
        kernel: target.kernel(op),
        operands: [
          target.address(placed.address + narrow * start),
          target.address(from + wide * start),
          end - start,
          ...scale,
        ],
        bytes: 2 * wide * (end - start),
      };
    });
  }
}

/** Puts every tensor into the console's form: what a file converted beforehand holds. */
export function writeTensors(
  memory: Uint8Array,
  checkpoint: Checkpoint,
  layout: Layout,
  quant: Precision | undefined,
): void {
  for (const { name, layer, stored } of storedTensors(checkpoint)) {
    if (isStreamed(checkpoint, layout, name, layer)) continue;
    const form = wantedForm(checkpoint, name, stored, quant);
    const { address } = layout.tensor(name, layer);
    writePacked(memory.subarray(address, address + form.bytes), checkpoint, name, stored, form);
  }
}

const isStreamed = (checkpoint: Checkpoint, layout: Layout, name: TensorName, layer: number): boolean =>
  tensorShape(checkpoint.shape, name).count > 1 && layout.streams(layer);

/** What a device brings of a streamed layer, bytes. */
export function streamedBytes(
  checkpoint: Checkpoint,
  layout: Layout,
  layer: number,
  quant: Precision | undefined,
): number {
  return storedTensors(checkpoint)
    .filter((tensor) => tensor.layer === layer && isStreamed(checkpoint, layout, tensor.name, layer))
    .reduce((sum, { name, stored }) => sum + wantedForm(checkpoint, name, stored, quant).bytes, 0);
}

/** Puts a streamed layer's tensors into its buffer. */
export function writeLayer(
  memory: Uint8Array,
  checkpoint: Checkpoint,
  layout: Layout,
  layer: number,
  quant: Precision | undefined,
): void {
  for (const { name, layer: of, stored } of storedTensors(checkpoint)) {
    if (of !== layer || !isStreamed(checkpoint, layout, name, layer)) continue;
    const form = wantedForm(checkpoint, name, stored, quant);
    const { address } = layout.tensor(name, layer);
    const out = memory.subarray(address, address + form.bytes);
    out.fill(0);
    writePacked(out, checkpoint, name, stored, form);
  }
}

const CHUNK_BYTES = 1 << 20;

/** Reads the file to its place; `turn` swaps every word on the way (a file converted beforehand). */
export function readFile(memory: Uint8Array, { source }: Checkpoint, file: Region, turn: boolean): void {
  for (let done = 0; done < source.size; done += CHUNK_BYTES) {
    const chunk = source.read(done, Math.min(CHUNK_BYTES, source.size - done));
    const at = file.start + done;
    memory.set(chunk, at);
    if (turn) turnWords(memory, at, chunk.length);
  }
}

/** Swaps the bytes of each whole word; `at` is a multiple of 4. */
function turnWords(memory: Uint8Array, at: number, bytes: number): void {
  const words = new Uint32Array(memory.buffer, memory.byteOffset + at, bytes >> 2);
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    words[i] = (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
  }
}

export function writeRopeTable(memory: Uint8Array, shape: ModelShape, context: number, at: number): void {
  const view = new DataView(memory.buffer, memory.byteOffset + at);
  ropeTable(shape, context).forEach((value, i) => {
    view.setFloat32(4 * i, value);
  });
}
