import { UsageError } from '../../sim/machine/errors.js';
import type { ByteSource } from './byte-source.js';

/** Values of GGUF's metadata; long lists of numbers that nobody asked for are left out. */
export type GgufValue = number | boolean | string | readonly (number | string)[];

export interface GgufTensor {
  readonly name: string;
  /** Fastest-running dimension first. */
  readonly dimensions: readonly number[];
  readonly type: number;
  /** From the beginning of the tensor data. */
  readonly offset: number;
}

export interface GgufHeader {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /** First byte of the tensor data. */
  readonly dataOffset: number;
  readonly alignment: number;
}

const MAGIC = 0x4655_4747;
/** More header than any model has; what bounds the memory that a hostile file can claim. */
const MOST_HEADER_BYTES = 64 << 20;
const MOST_STRING_BYTES = 1 << 20;
const MOST_ENTRIES = 1 << 16;
const CHUNK_BYTES = 1 << 16;

/** Lists that are kept: the embedded tokenizer. */
const KEPT = /^tokenizer\.ggml\.(tokens|scores|token_type|merges)$/;

/** Reads numbers and strings one after the other, through a window of the source. */
class Reader {
  at = 0;
  private start = 0;
  private window: Uint8Array = new Uint8Array(0);
  private readonly end: number;

  constructor(
    private readonly source: ByteSource,
    private readonly name: string,
  ) {
    this.end = Math.min(source.size, MOST_HEADER_BYTES);
  }

  /** The next `length` bytes. */
  take(length: number): DataView {
    if (this.at + length > this.end) {
      throw new UsageError(
        this.end < this.source.size
          ? `${this.name}: header of more than ${MOST_HEADER_BYTES >> 20} MiB, which no model has`
          : `${this.name}: truncated: the header goes on at byte ${this.at}, the file has ${this.source.size}`,
      );
    }
    if (this.at + length > this.start + this.window.length) {
      this.start = this.at;
      this.window = this.source.read(this.at, Math.min(Math.max(length, CHUNK_BYTES), this.end - this.at));
    }
    const view = new DataView(this.window.buffer, this.window.byteOffset + this.at - this.start, length);
    this.at += length;
    return view;
  }

  skip(length: number): void {
    if (this.at + length > this.end) this.take(length);
    this.at += length;
  }

  u32 = (): number => this.take(4).getUint32(0, true);

  /** A size or count; refused where it is beyond exact numbers. */
  u64(what: string): number {
    const value = Number(this.take(8).getBigUint64(0, true));
    if (!Number.isSafeInteger(value)) throw new UsageError(`${this.name}: impossible ${what} ${value}`);
    return value;
  }

  text(what: string): string {
    const length = this.u64(`length of ${what}`);
    if (length > MOST_STRING_BYTES) throw new UsageError(`${this.name}: ${what} of ${length} bytes`);
    const { buffer, byteOffset } = this.take(length);
    return new TextDecoder().decode(new Uint8Array(buffer, byteOffset, length));
  }
}

const STRING = 8;
const LIST = 9;
const BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

function scalar(reader: Reader, type: number): number | boolean {
  const view = reader.take(BYTES[type]);
  switch (type) {
    case 0:
      return view.getUint8(0);
    case 1:
      return view.getInt8(0);
    case 2:
      return view.getUint16(0, true);
    case 3:
      return view.getInt16(0, true);
    case 4:
      return view.getUint32(0, true);
    case 5:
      return view.getInt32(0, true);
    case 6:
      return view.getFloat32(0, true);
    case 7:
      return view.getUint8(0) !== 0;
    case 10:
      return Number(view.getBigUint64(0, true));
    case 11:
      return Number(view.getBigInt64(0, true));
    default:
      return view.getFloat64(0, true);
  }
}

/** One value; undefined for a list that is not kept. */
function readValue(reader: Reader, type: number, key: string, name: string): GgufValue | undefined {
  if (type === STRING) return reader.text(key);
  if (type in BYTES) return scalar(reader, type);
  if (type !== LIST) throw new UsageError(`${name}: ${key} has the unknown type ${type}`);
  const inner = reader.u32();
  const count = reader.u64(`length of ${key}`);
  if (inner !== STRING && !(inner in BYTES))
    throw new UsageError(`${name}: ${key} is a list of the unknown type ${inner}`);
  const kept = KEPT.test(key);
  if (!kept && inner !== STRING) {
    reader.skip(count * BYTES[inner]);
    return undefined;
  }
  const values: (number | string)[] = [];
  for (let i = 0; i < count; i++) {
    const value = inner === STRING ? reader.text(key) : Number(scalar(reader, inner));
    if (kept) values.push(value);
  }
  return kept ? values : undefined;
}

/** Reads the header of a GGUF file, little-endian, version 2 or 3; its size is bounded whatever it says. */
export function readGgufHeader(source: ByteSource, name: string): GgufHeader {
  const reader = new Reader(source, name);
  if (reader.u32() !== MAGIC) throw new UsageError(`${name}: no GGUF file: it does not begin with 'GGUF'`);
  const version = reader.u32();
  if (version !== 2 && version !== 3) {
    const big = version >>> 24 !== 0 && (version & 0xffff) === 0 ? ' (a big-endian file)' : '';
    throw new UsageError(
      `${name}: GGUF of version ${version}${big}: versions 2 and 3, little-endian, can be read`,
    );
  }
  const tensorCount = reader.u64('number of tensors');
  const keys = reader.u64('number of metadata entries');
  if (tensorCount > MOST_ENTRIES || keys > MOST_ENTRIES)
    throw new UsageError(`${name}: impossible header: ${tensorCount} tensors, ${keys} metadata entries`);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < keys; i++) {
    const key = reader.text('key');
    const value = readValue(reader, reader.u32(), key, name);
    if (value !== undefined) metadata.set(key, value);
  }
  const tensors = new Map<string, GgufTensor>();
  for (let i = 0; i < tensorCount; i++) {
    const tensor = reader.text('tensor name');
    const count = reader.u32();
    if (count > 4) throw new UsageError(`${name}: tensor ${tensor} has ${count} dimensions`);
    const dimensions = Array.from({ length: count }, () => reader.u64(`size of ${tensor}`));
    const type = reader.u32();
    tensors.set(tensor, { name: tensor, dimensions, type, offset: reader.u64(`offset of ${tensor}`) });
  }
  const alignment = Number(metadata.get('general.alignment') ?? 32);
  if (!(Number.isInteger(alignment) && alignment >= 1 && alignment <= 65536))
    throw new UsageError(`${name}: impossible alignment ${alignment}`);
  return {
    version,
    metadata,
    tensors,
    dataOffset: Math.ceil(reader.at / alignment) * alignment,
    alignment,
  };
}
