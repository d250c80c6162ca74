import { type Bytes, ElfError, numbersOf, sliceOf, stringAt } from './elf-bytes.js';

export { ElfError } from './elf-bytes.js';

/** A loadable part of the program. */
export interface ElfSegment {
  /** Address of its first byte in memory. */
  readonly address: number;
  /** Bytes it takes in memory; those beyond `data` are zero. */
  readonly memorySize: number;
  readonly data: Uint8Array;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
}

export interface ElfFunction {
  readonly name: string;
  /** Address of its first instruction (not of its descriptor). */
  readonly address: number;
  /** Bytes of code; 0 where the file does not say. */
  readonly size: number;
}

export interface ElfObject {
  readonly name: string;
  readonly address: number;
  readonly size: number;
}

/** A statically linked big-endian PowerPC program. */
export interface ElfProgram {
  readonly is64: boolean;
  /** Address of the first instruction to run. */
  readonly entry: number;
  /** What r2 holds at the start: the table of contents of a 64-bit program, 0 otherwise. */
  readonly toc: number;
  readonly segments: readonly ElfSegment[];
  /** Functions in order of their addresses. */
  readonly functions: readonly ElfFunction[];
  /** Data objects with names in order of their addresses. */
  readonly objects: readonly ElfObject[];
  /**
   * Where the program headers are in memory (0 when not loaded), their number and size, for the auxiliary
   * vector.
   */
  readonly programHeaders: { readonly address: number; readonly count: number; readonly size: number };
}

interface Header {
  readonly is64: boolean;
  readonly entry: number;
  readonly programHeaders: { readonly offset: number; readonly count: number; readonly size: number };
  readonly sectionHeaders: { readonly offset: number; readonly count: number; readonly size: number };
  readonly abiVersion: number;
}

const TYPE_NAMES: Record<number, string> = {
  1: 'a relocatable object: link it first',
  3: 'position-independent: link it with -static -no-pie',
  4: 'a core dump',
};
const PT_LOAD = 1;
const PT_INTERP = 3;
const SHT_SYMTAB = 2;
/** Addresses of a program that the machine can hold. */
const ADDRESS_LIMIT = 2 ** 32;

/** Reads an executable. Throws ElfError with a message for people; never reads outside of `file`. */
export function readElf(file: Uint8Array): ElfProgram {
  const bytes = { array: file, view: new DataView(file.buffer, file.byteOffset, file.byteLength) };
  const header = readHeader(bytes);
  const { segments, headersAddress } = readSegments(bytes, header);
  const descriptors = header.is64 && header.abiVersion < 2;
  const entry = descriptors ? readDescriptor(header.entry, segments) : { code: header.entry, toc: 0 };
  if (entry === undefined)
    throw new ElfError(`entry descriptor at ${hex(header.entry)} is not in the program`);
  const code = segments.find((segment) => segment.executable && contains(segment, entry.code, 4));
  if (code === undefined || entry.code % 4 !== 0)
    throw new ElfError(`entry point ${hex(entry.code)} is not code`);
  const { functions, objects } = readSymbols(bytes, header, segments, descriptors);
  const { count, size } = header.programHeaders;
  return {
    is64: header.is64,
    entry: entry.code,
    toc: entry.toc,
    segments,
    functions,
    objects,
    programHeaders: { address: headersAddress, count, size },
  };
}

function readHeader(bytes: Bytes): Header {
  const { array } = bytes;
  if (array.length < 20 || array[0] !== 0x7f || array[1] !== 0x45 || array[2] !== 0x4c || array[3] !== 0x46) {
    throw new ElfError('not an ELF file');
  }
  const [elfClass, order] = [array[4], array[5]];
  if (elfClass !== 1 && elfClass !== 2) throw new ElfError(`ELF class ${elfClass} is neither 32 nor 64 bits`);
  if (order !== 2) throw new ElfError('little-endian: a big-endian PowerPC program is wanted');
  const is64 = elfClass === 2;
  const number = numbersOf(bytes, is64);
  const machine = number.half(18, 'machine');
  if (machine !== (is64 ? 21 : 20)) throw new ElfError(`ELF machine ${machine} is not PowerPC`);
  const type = number.half(16, 'type');
  if (type !== 2) throw new ElfError(`not an executable but ${TYPE_NAMES[type] ?? `of ELF type ${type}`}`);
  const wide = is64 ? 8 : 4;
  const tail = 24 + 3 * wide;
  return {
    is64,
    entry: number.address(24, 'entry point'),
    abiVersion: is64 ? number.word(tail, 'flags') & 3 : 0,
    programHeaders: {
      offset: number.address(24 + wide, 'program header offset'),
      size: number.half(tail + 6, 'program header size'),
      count: number.half(tail + 8, 'program header count'),
    },
    sectionHeaders: {
      offset: number.address(24 + 2 * wide, 'section header offset'),
      size: number.half(tail + 10, 'section header size'),
      count: number.half(tail + 12, 'section header count'),
    },
  };
}

function readSegments(bytes: Bytes, header: Header): { segments: ElfSegment[]; headersAddress: number } {
  const { is64 } = header;
  const { offset, size, count } = header.programHeaders;
  const number = numbersOf(bytes, is64);
  if (count === 0) throw new ElfError('no program headers');
  if (size !== (is64 ? 56 : 32)) throw new ElfError(`program headers of ${size} bytes`);
  sliceOf(bytes, offset, count * size, 'program headers');
  const segments: ElfSegment[] = [];
  let headersAddress = 0;
  for (let i = 0; i < count; i++) {
    const at = offset + i * size;
    const kind = number.word(at, 'segment type');
    if (kind === PT_INTERP) throw new ElfError('dynamically linked: link it with -static');
    if (kind !== PT_LOAD) continue;
    const flags = number.word(at + (is64 ? 4 : 24), 'segment flags');
    const dataOffset = number.address(at + (is64 ? 8 : 4), 'segment offset');
    const address = number.address(at + (is64 ? 16 : 8), 'segment address');
    const fileSize = number.address(at + (is64 ? 32 : 16), 'segment file size');
    const memorySize = number.address(at + (is64 ? 40 : 20), 'segment memory size');
    if (memorySize < fileSize)
      throw new ElfError(`segment at ${hex(address)} is smaller in memory than in the file`);
    if (address + memorySize > ADDRESS_LIMIT)
      throw new ElfError(`segment at ${hex(address)} ends beyond 32-bit addresses`);
    const data = sliceOf(bytes, dataOffset, fileSize, `segment at ${hex(address)}`);
    if (dataOffset <= offset && offset + count * size <= dataOffset + fileSize) {
      headersAddress = address + offset - dataOffset;
    }
    segments.push({
      address,
      memorySize,
      data,
      readable: (flags & 4) !== 0,
      writable: (flags & 2) !== 0,
      executable: (flags & 1) !== 0,
    });
  }
  if (segments.length === 0) throw new ElfError('no segment to load');
  const sorted = segments.filter((segment) => segment.memorySize > 0).sort((a, b) => a.address - b.address);
  sorted.forEach((segment, i) => {
    const next = sorted[i + 1];
    if (next && segment.address + segment.memorySize > next.address) {
      throw new ElfError(`segments at ${hex(segment.address)} and ${hex(next.address)} overlap`);
    }
  });
  return { segments, headersAddress };
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly entrySize: number;
}

function readSections(bytes: Bytes, header: Header): Section[] {
  const { is64 } = header;
  const { offset, size, count } = header.sectionHeaders;
  if (count === 0) return [];
  const number = numbersOf(bytes, is64);
  if (size !== (is64 ? 64 : 40)) throw new ElfError(`section headers of ${size} bytes`);
  sliceOf(bytes, offset, count * size, 'section headers');
  return Array.from({ length: count }, (_, i) => {
    const at = offset + i * size;
    return {
      type: number.word(at + 4, 'section type'),
      offset: number.address(at + (is64 ? 24 : 16), 'section offset'),
      size: number.address(at + (is64 ? 32 : 20), 'section size'),
      link: number.word(at + (is64 ? 40 : 24), 'section link'),
      entrySize: number.address(at + (is64 ? 56 : 36), 'section entry size'),
    };
  });
}

const STT_OBJECT = 1;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10;

function readSymbols(
  bytes: Bytes,
  header: Header,
  segments: readonly ElfSegment[],
  descriptors: boolean,
): { functions: ElfFunction[]; objects: ElfObject[] } {
  const { is64 } = header;
  const sections = readSections(bytes, header);
  const table = sections.find((section) => section.type === SHT_SYMTAB);
  const functions: ElfFunction[] = [];
  const objects: ElfObject[] = [];
  if (table === undefined) return { functions, objects };
  const entrySize = is64 ? 24 : 16;
  if (table.entrySize !== entrySize) throw new ElfError(`symbols of ${table.entrySize} bytes`);
  const names = sections[table.link];
  if (names === undefined) throw new ElfError(`symbol names in section ${table.link} of ${sections.length}`);
  sliceOf(bytes, table.offset, table.size, 'symbol table');
  const strings = sliceOf(bytes, names.offset, names.size, 'symbol names');
  const number = numbersOf(bytes, is64);
  for (let at = table.offset; at + entrySize <= table.offset + table.size; at += entrySize) {
    const kind = bytes.array[at + (is64 ? 4 : 12)] & 15;
    const section = number.half(at + (is64 ? 6 : 14), 'symbol section');
    if (section === 0 || (kind !== STT_FUNC && kind !== STT_OBJECT && kind !== STT_GNU_IFUNC)) continue;
    const value = number.address(at + (is64 ? 8 : 4), 'symbol value');
    const size = number.address(at + (is64 ? 16 : 8), 'symbol size');
    const name = stringAt(strings, number.word(at, 'symbol name'));
    if (kind === STT_OBJECT) {
      objects.push({ name, address: value, size });
      continue;
    }
    const isCode = segments.some((segment) => segment.executable && contains(segment, value, 1));
    const address = descriptors && !isCode ? readDescriptor(value, segments)?.code : value;
    if (address !== undefined) functions.push({ name, address, size });
  }
  const byAddress = (a: { address: number }, b: { address: number }): number => a.address - b.address;
  return { functions: functions.sort(byAddress), objects: objects.sort(byAddress) };
}

/** A function descriptor (64-bit ELF, version 1): code address, then table of contents. */
function readDescriptor(
  address: number,
  segments: readonly ElfSegment[],
): { code: number; toc: number } | undefined {
  const segment = segments.find((one) => contains(one, address, 16));
  if (segment === undefined) return undefined;
  const { data } = segment;
  const offset = address - segment.address;
  if (offset + 16 > data.length) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const code = Number(view.getBigUint64(offset));
  const toc = Number(view.getBigUint64(offset + 8));
  return code < ADDRESS_LIMIT && toc < ADDRESS_LIMIT ? { code, toc } : undefined;
}

function contains(segment: ElfSegment, address: number, size: number): boolean {
  return address >= segment.address && address + size <= segment.address + segment.memorySize;
}

const hex = (value: number): string => `0x${value.toString(16)}`;
