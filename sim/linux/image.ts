import type { ElfProgram } from '../asm/elf.js';
import { DCBZ_BYTES } from '../isa/load-store.js';
import { UsageError } from '../machine/errors.js';
import { type AddressSpace, LAYOUT, PAGE, PROT } from './address-space.js';

/** What a program finds at its start. */
export interface ImageOptions {
  /** The arguments, the program's own name first. */
  readonly arguments: readonly string[];
  /** NAME=value each. */
  readonly environment: readonly string[];
  /** The sixteen bytes of AT_RANDOM. */
  readonly random: Uint8Array;
}

/** Feature bits of AT_HWCAP: what the console's CPU shares with those that Linux knows. */
const HWCAP = { ppc32: 0x8000_0000, ppc64: 0x4000_0000, altivec: 0x1000_0000, fpu: 0x0800_0000 } as const;

/** Entries of the auxiliary vector (elf.h). */
const AT = {
  null: 0,
  phdr: 3,
  phent: 4,
  phnum: 5,
  pageSize: 6,
  base: 7,
  flags: 8,
  entry: 9,
  uid: 11,
  euid: 12,
  gid: 13,
  egid: 14,
  hwcap: 16,
  clockTick: 17,
  dcacheBlock: 19,
  icacheBlock: 20,
  ucacheBlock: 21,
  secure: 23,
  random: 25,
  hwcap2: 26,
  execName: 31,
} as const;

const encoder = new TextEncoder();

/** Copies the program's segments into memory and starts the heap behind them. */
export function loadSegments(memory: ArrayBufferLike, space: AddressSpace, program: ElfProgram): void {
  const bytes = new Uint8Array(memory);
  let end = 0;
  for (const { address, memorySize, data, readable, writable, executable } of program.segments) {
    if (memorySize === 0) continue;
    const last = address + memorySize;
    if (address < LAYOUT.lowest || last > LAYOUT.heapLimit) {
      const range = `0x${address.toString(16)}..0x${last.toString(16)}`;
      throw new UsageError(
        `the program occupies ${range}; the machine has 0x10000..0x${LAYOUT.heapLimit.toString(16)} for it ` +
          '(512 MB in all: link it at 0x10000000)',
      );
    }
    const first = address - (address % PAGE);
    const rights =
      (readable ? PROT.read : 0) | (writable ? PROT.write : 0) | (executable ? PROT.execute | PROT.read : 0);
    // Segments may share a page: the later one must not clear what the earlier one put there.
    for (let page = first; page < last; page += PAGE) {
      if (!space.allows(page, 1, 0)) space.place(page, PAGE, rights);
      else space.protect(page, PAGE, rights | PROT.read | PROT.write);
    }
    bytes.set(data, address);
    end = Math.max(end, last);
  }
  space.startBreak(end);
}

/**
 * Lays out stack, arguments, environment and auxiliary vector. The stack pointer, the tables above it and the
 * strings have fixed places, so that the stack frames below lie the same whatever is given. Returns the stack
 * pointer.
 */
export function layOutStack(
  memory: ArrayBufferLike,
  space: AddressSpace,
  program: ElfProgram,
  options: ImageOptions,
): number {
  space.place(LAYOUT.stackBottom, LAYOUT.end - LAYOUT.stackBottom, PROT.read | PROT.write);
  const view = new DataView(memory);
  const bytes = new Uint8Array(memory);
  let nextString: number = LAYOUT.strings;
  const put = (data: Uint8Array): number => {
    const at = nextString;
    nextString += (data.length + 16) & ~15;
    if (nextString > LAYOUT.end) {
      throw new UsageError(`arguments and environment take more than ${LAYOUT.end - LAYOUT.strings} bytes`);
    }
    bytes.set(data, at);
    return at;
  };
  const word = program.is64 ? 8 : 4;
  let at: number = LAYOUT.stackTop;
  const push = (value: number): void => {
    if (at + word > LAYOUT.strings) throw new UsageError('too many arguments and environment variables');
    if (word === 8) view.setBigUint64(at, BigInt(value));
    else view.setUint32(at, value);
    at += word;
  };
  const random = put(options.random);
  const name = put(encoder.encode('/program'));
  push(options.arguments.length);
  for (const argument of options.arguments) push(put(encoder.encode(argument)));
  push(0);
  for (const variable of options.environment) push(put(encoder.encode(variable)));
  push(0);
  const features = HWCAP.altivec | HWCAP.fpu | (program.is64 ? HWCAP.ppc64 : HWCAP.ppc32);
  const { address, count, size } = program.programHeaders;
  const auxiliary: readonly (readonly [number, number])[] = [
    [AT.dcacheBlock, DCBZ_BYTES],
    [AT.icacheBlock, 128],
    [AT.ucacheBlock, 0],
    [AT.phdr, address],
    [AT.phent, size],
    [AT.phnum, count],
    [AT.pageSize, PAGE],
    [AT.base, 0],
    [AT.flags, 0],
    [AT.entry, program.entry],
    [AT.uid, 1000],
    [AT.euid, 1000],
    [AT.gid, 1000],
    [AT.egid, 1000],
    [AT.hwcap, features >>> 0],
    [AT.hwcap2, 0],
    [AT.clockTick, 100],
    [AT.secure, 0],
    [AT.random, random],
    [AT.execName, name],
    [AT.null, 0],
  ];
  for (const [kind, value] of auxiliary) {
    push(kind);
    push(value);
  }
  return LAYOUT.stackTop;
}
