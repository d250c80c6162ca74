import type { ByteSource } from '../../models/checkpoint/byte-source.js';

/** All bytes that a model is read from, in memory that threads share and none writes to. */
export interface HeldWeights {
  /** Path of the file, or hash of the recipe of synthetic weights. */
  readonly key: string;
  readonly bytes: SharedArrayBuffer;
}

let held: HeldWeights | undefined;

/** From now on these bytes are read from memory; undefined: nothing is. */
export function hold(weights: HeldWeights | undefined): void {
  held = weights;
}

/** What is held under a key. Reads are copies, since much of the host's own library refuses shared memory. */
export function heldSource(key: string): ByteSource | undefined {
  if (held?.key !== key) return undefined;
  const bytes = new Uint8Array(held.bytes);
  return { size: bytes.length, read: (offset, length) => bytes.slice(offset, offset + length) };
}

const PIECE_BYTES = 1 << 24;

/** Reads all of a source into memory that threads share. */
export function holdable(key: string, source: ByteSource): HeldWeights {
  const bytes = new SharedArrayBuffer(source.size);
  const all = new Uint8Array(bytes);
  for (let at = 0; at < source.size; at += PIECE_BYTES)
    all.set(source.read(at, Math.min(PIECE_BYTES, source.size - at)), at);
  return { key, bytes };
}
