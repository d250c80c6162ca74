import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { UsageError } from '../../sim/machine/errors.js';

/*
 * A snapshot file: MAGIC, the length of the header (u32), the header as JSON, pieces of memory, and the sha256 of all
 * that. Pages of zeros are left out; a piece that shrinks is deflated.
 */
const MAGIC = 'XENONSNAPSHOT/1\n';
const HASH_BYTES = 32;
const PAGE_BYTES = 0x1_0000;
const MOST_PAGES = 64;
/** A piece whose first page keeps more than this is kept as it is: weights do not shrink. */
const WORTHWHILE = 0.9;
const FAST = { level: 1 };

/** Where some pages go, and how many bytes of the file they are; deflated when less than they were. */
type Piece = readonly [page: number, pages: number, bytes: number];

/** The bytes of a snapshot file of a linear memory, with a header of the caller's. */
export function encodeSnapshot(header: object, memory: Uint8Array): Uint8Array {
  const pieces: Piece[] = [];
  const contents: Uint8Array[] = [];
  for (const [page, pages] of stretches(memory)) {
    const bytes = memory.subarray(page * PAGE_BYTES, (page + pages) * PAGE_BYTES);
    const isWorth = deflateRawSync(bytes.subarray(0, PAGE_BYTES), FAST).length < WORTHWHILE * PAGE_BYTES;
    const packed = isWorth ? deflateRawSync(bytes, FAST) : bytes;
    const content = packed.length < bytes.length ? packed : bytes;
    pieces.push([page, pages, content.length]);
    contents.push(content);
  }
  const text = Buffer.from(JSON.stringify({ ...header, memoryBytes: memory.length, pieces }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const parts = [Buffer.from(MAGIC), length, text, ...contents];
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return Buffer.concat([...parts, hash.digest()]);
}

export interface DecodedSnapshot {
  readonly header: Readonly<Record<string, unknown>>;
  /** Writes the memory's bytes; it must be all zeros. */
  unpack(memory: Uint8Array): void;
}

/** Reads a snapshot file. Refuses what is none, or is not as it was written. */
export function decodeSnapshot(file: Uint8Array, name: string): DecodedSnapshot {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new UsageError(`${name} is no snapshot: make one with xenon run --save-snapshot ${name}`);
  const body = bytes.subarray(0, Math.max(0, bytes.length - HASH_BYTES));
  const isWhole = createHash('sha256').update(body).digest().equals(bytes.subarray(body.length));
  if (!isWhole) throw new UsageError(`${name} is damaged or cut short: its checksum is wrong. Make it again`);
  const from = MAGIC.length + 4;
  const headerEnd = from + bytes.readUInt32LE(MAGIC.length);
  const { memoryBytes, pieces, ...header } = JSON.parse(bytes.toString('utf8', from, headerEnd));
  return {
    header,
    unpack(memory) {
      if (memory.length < memoryBytes) throw new UsageError(`${name} is of a larger machine`);
      let at = headerEnd;
      for (const [page, pages, length] of pieces as Piece[]) {
        const content = bytes.subarray(at, at + length);
        memory.set(length < pages * PAGE_BYTES ? inflateRawSync(content) : content, page * PAGE_BYTES);
        at += length;
      }
    },
  };
}

/** Pages that hold anything but zeros, as stretches. */
function* stretches(memory: Uint8Array): Generator<readonly [page: number, pages: number]> {
  const words = new BigUint64Array(memory.buffer, memory.byteOffset, memory.length >> 3);
  const perPage = PAGE_BYTES >> 3;
  const isZero = (page: number): boolean => {
    for (let at = page * perPage; at < (page + 1) * perPage; at++) if (words[at] !== 0n) return false;
    return true;
  };
  let first = -1;
  const pages = memory.length / PAGE_BYTES;
  for (let page = 0; page <= pages; page++) {
    const isUsed = page < pages && !isZero(page);
    if (first >= 0 && (!isUsed || page - first === MOST_PAGES)) {
      yield [first, page - first];
      first = -1;
    }
    if (isUsed && first < 0) first = page;
  }
}
