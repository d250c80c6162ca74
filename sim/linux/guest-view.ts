import { type AddressSpace, PROT } from './address-space.js';
import { fail } from './errno.js';

const LONGEST_STRING = 4096;

/** Values that system calls exchange through the program's memory: big-endian, a long as wide as the program's. */
export class GuestView {
  private readonly view: DataView;
  /** Bytes of a C long and of a pointer. */
  readonly long: 4 | 8;

  constructor(
    memory: ArrayBufferLike,
    private readonly space: AddressSpace,
    is64: boolean,
  ) {
    this.view = new DataView(memory);
    this.long = is64 ? 8 : 4;
  }

  bytes(address: number, size: number): Uint8Array {
    return this.space.buffer(address, size, PROT.read);
  }

  room(address: number, size: number): Uint8Array {
    return this.space.buffer(address, size, PROT.write);
  }

  /** A string that ends with a zero byte. */
  text(address: number): string {
    for (let size = 0; size < LONGEST_STRING; size++) {
      if (this.bytes(address + size, 1)[0] === 0)
        return new TextDecoder().decode(this.bytes(address, size).slice());
    }
    return fail('ENAMETOOLONG');
  }

  u32(address: number): number {
    this.bytes(address, 4);
    return this.view.getUint32(address);
  }

  i32(address: number): number {
    return this.u32(address) | 0;
  }

  /** A signed 64-bit number. */
  i64(address: number): number {
    this.bytes(address, 8);
    return Number(this.view.getBigInt64(address));
  }

  /** A C long or pointer, unsigned. */
  word(address: number): number {
    if (this.long === 4) return this.u32(address);
    this.bytes(address, 8);
    return Number(this.view.getBigUint64(address));
  }

  setU32(address: number, value: number): void {
    this.room(address, 4);
    this.view.setUint32(address, value);
  }

  setU64(address: number, value: number | bigint): void {
    this.room(address, 8);
    this.view.setBigUint64(address, BigInt.asUintN(64, BigInt(value)));
  }

  setWord(address: number, value: number): void {
    if (this.long === 4) this.setU32(address, value);
    else this.setU64(address, value);
  }

  /** Seconds and nanoseconds, each a long (`wide`: 64 bits each), as nanoseconds. */
  time(address: number, wide = this.long === 8): number {
    if (wide) return this.i64(address) * 1e9 + this.i64(address + 8);
    return this.i32(address) * 1e9 + this.i32(address + 4);
  }

  setTime(address: number, nanoseconds: number, wide = this.long === 8): void {
    const seconds = Math.floor(nanoseconds / 1e9);
    const rest = Math.floor(nanoseconds - seconds * 1e9);
    if (wide) {
      this.setU64(address, seconds);
      this.setU64(address + 8, rest);
    } else {
      this.setU32(address, seconds);
      this.setU32(address + 4, rest);
    }
  }
}

/** A record being filled in, field after field. */
export class RecordWriter {
  private at: number;

  constructor(
    private readonly memory: GuestView,
    private readonly start: number,
    size: number,
  ) {
    memory.room(start, size).fill(0);
    this.at = start;
  }

  u16(value: number): this {
    this.memory.room(this.at, 2).set([(value >> 8) & 0xff, value & 0xff]);
    this.at += 2;
    return this;
  }

  u32(value: number): this {
    this.memory.setU32(this.at, value);
    this.at += 4;
    return this;
  }

  u64(value: number): this {
    this.memory.setU64(this.at, value);
    this.at += 8;
    return this;
  }

  word(value: number): this {
    return this.memory.long === 8 ? this.u64(value) : this.u32(value);
  }

  /** Goes on at a byte offset from the start. */
  to(offset: number): this {
    this.at = this.start + offset;
    return this;
  }
}
