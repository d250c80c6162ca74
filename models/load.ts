import { type Checkpoint, isMatrix, TENSORS, tensorBytes } from './checkpoint/tensors.js';
import { SWAP_OP } from './code.js';
import { type EndianStrategy, type Layout, tensorRuns } from './layout.js';
import { ropeTable } from './rope.js';
import { share, type TapeBuilder, type Target } from './tape.js';
import type { ModelShape } from './zoo.js';

export interface LoadRequest {
  readonly checkpoint: Checkpoint;
  readonly endian: EndianStrategy;
  readonly threads: number;
}

/** Conversion of the weights as guest code. Under fused-vperm only the few rmsnorm weights are converted. */
export function compileLoad(
  tape: TapeBuilder,
  { checkpoint, endian, threads }: LoadRequest,
  layout: Layout,
  target: Target,
): void {
  if (endian === 'offline') return;
  const { offsets, payloadOffset, shape } = checkpoint;
  const runs =
    endian === 'fused-vperm'
      ? TENSORS.filter((name) => !isMatrix(name)).map((name) => ({
          start: offsets[name],
          bytes: tensorBytes(shape, name),
        }))
      : tensorRuns(checkpoint);
  for (const run of runs) {
    tape.add(
      { op: SWAP_OP, site: `convert bytes ${run.start} to ${run.start + run.bytes}`, layer: -1 },
      (thread) => {
        const part =
          endian === 'load-vperm'
            ? share(run.bytes, thread, threads, 128)
            : { start: 0, end: thread === 0 ? run.bytes : 0 };
        const words = (part.end - part.start) / 4;
        const offset = run.start - payloadOffset + part.start;
        return words === 0
          ? undefined
          : {
              kernel: target.kernel(SWAP_OP),
              operands: [
                target.address(layout.payload.used + offset),
                target.address(layout.payload.read + offset),
                words,
              ],
              bytes: 8 * words,
            };
      },
    );
  }
}

const CHUNK_BYTES = 1 << 20;

/** Reads the file to its place; `turn` swaps every word on the way (a file converted beforehand). */
export function readFile(memory: Uint8Array, { source }: Checkpoint, { file }: Layout, turn: boolean): void {
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
