/** A fault in an ELF file, with a message for people. */
export class ElfError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ElfError';
  }
}

/** A file, and the same as a view. */
export interface Bytes {
  readonly array: Uint8Array;
  readonly view: DataView;
}

/**
 * Big-endian numbers of a file; each read names what it is for, so that a short file says what it cuts off.
 */
export interface Numbers {
  half(offset: number, what: string): number;
  word(offset: number, what: string): number;
  /** 32 or 64 bits by the class of the file; above 2^53 an error. */
  address(offset: number, what: string): number;
}

export function numbersOf(bytes: Bytes, is64: boolean): Numbers {
  const { view } = bytes;
  const check = (offset: number, size: number, what: string): void => {
    if (offset + size > view.byteLength)
      throw new ElfError(`the file ends before its ${what} (byte ${offset})`);
  };
  return {
    half(offset, what) {
      check(offset, 2, what);
      return view.getUint16(offset);
    },
    word(offset, what) {
      check(offset, 4, what);
      return view.getUint32(offset);
    },
    address(offset, what) {
      check(offset, is64 ? 8 : 4, what);
      if (!is64) return view.getUint32(offset);
      const value = view.getBigUint64(offset);
      if (value > BigInt(Number.MAX_SAFE_INTEGER))
        throw new ElfError(`${what} 0x${value.toString(16)} is impossible`);
      return Number(value);
    },
  };
}

/** A part of the file; an error when the file does not hold all of it. No copy is made. */
export function sliceOf(bytes: Bytes, offset: number, size: number, what: string): Uint8Array {
  if (offset + size > bytes.array.length) {
    throw new ElfError(`${what}: bytes ${offset} to ${offset + size} of a file of ${bytes.array.length}`);
  }
  return bytes.array.subarray(offset, offset + size);
}

/** The zero-terminated string at an offset of a string table. */
export function stringAt(strings: Uint8Array, offset: number): string {
  if (offset >= strings.length) throw new ElfError(`symbol name at ${offset} of ${strings.length} bytes`);
  const end = strings.indexOf(0, offset);
  return new TextDecoder().decode(strings.subarray(offset, end < 0 ? strings.length : end));
}
