import { LAYOUT, PAGE, PROT, roundUp } from './address-space.js';
import type { Handlers, Kernel } from './call.js';
import { fail } from './errno.js';

/** Flags of mmap, mremap and madvise (asm-generic/mman-common.h; PowerPC has the same values). */
const MAP = { shared: 1, fixed: 0x10, anonymous: 0x20, fixedNoReplace: 0x10_0000 } as const;
const MREMAP_MAYMOVE = 1;
const MADV_DONTNEED = 4;
const RIGHTS = PROT.read | PROT.write | PROT.execute;

interface Mapping {
  readonly address: number;
  readonly size: number;
  readonly protection: number;
  readonly flags: number;
  readonly descriptor: number;
  readonly offset: number;
}

/** Files are copied into memory: what the program writes there never reaches the file. */
function map(kernel: Kernel, { address, size, protection, flags, descriptor, offset }: Mapping): number {
  const { space } = kernel;
  if (size <= 0 || offset % PAGE !== 0) fail('EINVAL');
  const rights = protection & RIGHTS;
  const isFile = (flags & MAP.anonymous) === 0;
  const file = isFile ? kernel.files.get(descriptor) : undefined;
  if (file !== undefined) {
    if (!file.readable || file.file.status().kind !== 'file') fail('EACCES');
    if ((flags & MAP.shared) !== 0 && (rights & PROT.write) !== 0) {
      kernel.say(
        'a shared, writable mapping of a file is not provided: sim/linux/memory-calls.ts refuses it',
      );
      fail('EACCES');
    }
  }
  const length = roundUp(size);
  const at = choose(kernel, address, length, flags);
  space.place(at, length, rights);
  if (file !== undefined) {
    const there = Math.max(0, Math.min(size, file.file.status().size - offset));
    space.protect(at, length, PROT.read | PROT.write);
    const into = space.buffer(at, there, PROT.write);
    for (let done = 0; done < there; ) {
      const count = file.file.read(into.subarray(done), offset + done);
      if (count === 0) break;
      done += count;
    }
    space.protect(at, length, rights);
  }
  return at;
}

function choose(kernel: Kernel, address: number, length: number, flags: number): number {
  const { space } = kernel;
  if ((flags & (MAP.fixed | MAP.fixedNoReplace)) === 0) return space.find(length);
  if (address % PAGE !== 0) fail('EINVAL');
  if (address < LAYOUT.lowest || address + length > LAYOUT.heapLimit) fail('ENOMEM');
  if ((flags & MAP.fixed) === 0 && !space.isFree(address, length)) fail('EEXIST');
  return address;
}

function checkRange(address: number, size: number): void {
  if (address % PAGE !== 0 || size < 0) fail('EINVAL');
  if (address + size > LAYOUT.end) fail('EINVAL');
}

function resize(kernel: Kernel, old: number, oldSize: number, size: number, flags: number): number {
  const { space } = kernel;
  checkRange(old, oldSize);
  if (size <= 0) fail('EINVAL');
  const [from, to] = [roundUp(oldSize), roundUp(size)];
  if (!space.allows(old, oldSize, 0)) fail('EFAULT');
  const rights = space.rights(old);
  if (to <= from) {
    if (to < from) space.remove(old + to, from - to);
    return old;
  }
  if (space.isFree(old + from, to - from) && old + to <= LAYOUT.heapLimit) {
    space.place(old + from, to - from, rights);
    return old;
  }
  if ((flags & MREMAP_MAYMOVE) === 0) fail('ENOMEM');
  const at = space.find(to);
  space.place(at, to, rights | PROT.read | PROT.write);
  space.buffer(at, from, PROT.write).set(space.buffer(old, from, 0));
  space.protect(at, to, rights);
  space.remove(old, from);
  return at;
}

/** System calls on memory. */
export const memoryCalls: Handlers = {
  brk: ({ space }, c) => space.setBreak(c.unsigned(0)),
  mmap: (k, c) =>
    map(k, {
      address: c.unsigned(0),
      size: c.unsigned(1),
      protection: c.int(2),
      flags: c.int(3),
      descriptor: c.int(4),
      offset: c.unsigned(5),
    }),
  mmap2: (k, c) =>
    map(k, {
      address: c.unsigned(0),
      size: c.unsigned(1),
      protection: c.int(2),
      flags: c.int(3),
      descriptor: c.int(4),
      offset: c.unsigned(5) * 4096,
    }),
  munmap: ({ space }, c) => {
    checkRange(c.unsigned(0), c.unsigned(1));
    if (c.unsigned(1) === 0) fail('EINVAL');
    space.remove(c.unsigned(0), c.unsigned(1));
    return 0;
  },
  mprotect: ({ space }, c) => {
    checkRange(c.unsigned(0), c.unsigned(1));
    space.protect(c.unsigned(0), c.unsigned(1), c.int(2) & RIGHTS);
    return 0;
  },
  mremap: (k, c) => resize(k, c.unsigned(0), c.unsigned(1), c.unsigned(2), c.int(3)),
  madvise: ({ space }, c) => {
    checkRange(c.unsigned(0), c.unsigned(1));
    if (c.int(2) === MADV_DONTNEED) space.forget(c.unsigned(0), c.unsigned(1));
    return 0;
  },
};
