import { GUARD_BASE, GUARD_BYTES, GUARD_PAGE_BYTES, GUEST_BYTES } from '../engine/context.js';
import type { AccessKind } from '../engine/event.js';
import { fail } from './errno.js';

export const PAGE = GUARD_PAGE_BYTES;
export const PROT = { none: 0, read: 1, write: 2, execute: 4 } as const;

/** Where things lie in the 512 MB that a process has. Effective addresses are physical ones. */
export const LAYOUT = {
  /** Nothing below: null pointers fault. */
  lowest: 0x1_0000,
  /** Programs are linked here; mappings go below first. */
  program: 0x1000_0000,
  /** Heap and mappings end here: a stack that overflows faults. */
  heapLimit: 0x1eff_0000,
  stackBottom: 0x1f00_0000,
  /** The stack pointer at the start, whatever arguments and environment are. */
  stackTop: 0x1ffc_0000,
  /** Pointer tables from stackTop on, strings from here on. */
  strings: 0x1ffd_0000,
  end: 0x1fff_0000,
} as const;

/** Taken, whatever its protection. */
const TAKEN = 8;
/** Has been accessible, so may hold something. */
const USED = 16;

const NEEDED: Partial<Record<AccessKind | 'fetch', number>> = {
  store: PROT.write,
  storeConditional: PROT.write,
  zero: PROT.write,
  fetch: PROT.execute,
};

export const roundUp = (bytes: number): number => Math.ceil(bytes / PAGE) * PAGE;

/** The pages of a process over guest memory: which are mapped, how, and what is free. */
export class AddressSpace {
  private readonly bytes: Uint8Array;
  private readonly pages = new Uint8Array(GUEST_BYTES / PAGE);
  /** What translated code asks, see GUARD_BASE. */
  private readonly guards: { readonly load: Uint8Array; readonly store: Uint8Array };
  private breakStart = 0;
  private breakEnd = 0;

  constructor(memory: ArrayBufferLike) {
    this.bytes = new Uint8Array(memory, 0, GUEST_BYTES);
    this.guards = {
      load: new Uint8Array(memory, GUARD_BASE.load, GUARD_BYTES).fill(1),
      store: new Uint8Array(memory, GUARD_BASE.store, GUARD_BYTES).fill(1),
    };
  }

  /** Whether an access is allowed; the whole effective address counts. */
  mapped = (physical: number, size: number, ea: bigint, kind: AccessKind | 'fetch'): boolean => {
    if (ea >> 29n !== 0n) return false;
    return this.allows(physical, size, NEEDED[kind] ?? PROT.read);
  };

  /** Whether every byte of a range is mapped with these rights. */
  allows(address: number, size: number, rights: number): boolean {
    if (address < 0 || size < 0 || address + size > GUEST_BYTES) return false;
    if (size === 0) return true;
    const last = address + size - 1;
    for (let page = Math.floor(address / PAGE); page <= Math.floor(last / PAGE); page++) {
      const state = this.pages[page];
      if ((state & TAKEN) === 0 || (state & rights) !== rights) return false;
    }
    return true;
  }

  /** Whether no byte of a range is mapped. */
  isFree(address: number, size: number): boolean {
    for (let page = Math.floor(address / PAGE); page < roundUp(address + size) / PAGE; page++) {
      if ((this.pages[page] & TAKEN) !== 0) return false;
    }
    return true;
  }

  /** The rights of the page at an address. */
  rights(address: number): number {
    return this.pages[Math.floor(address / PAGE)] & (PROT.read | PROT.write | PROT.execute);
  }

  /** Bytes of a buffer that the program named; EFAULT unless all of it is mapped. */
  buffer(address: number, size: number, rights: number = PROT.read): Uint8Array {
    if (!this.allows(address, size, rights)) fail('EFAULT');
    return this.bytes.subarray(address, address + size);
  }

  /** Takes the pages of a range, with zeros. Overlapping mappings are replaced. */
  place(address: number, size: number, protection: number): void {
    this.zero(address, size);
    this.each(address, size, () => TAKEN | protection | (protection === 0 ? 0 : USED));
  }

  /** Finds room for a mapping: below the program, the highest first, then between heap and stack. */
  find(size: number): number {
    const inArea = (low: number, high: number): number | undefined => {
      let run = 0;
      for (let page = high / PAGE - 1; page >= low / PAGE; page--) {
        run = (this.pages[page] & TAKEN) === 0 ? run + PAGE : 0;
        if (run >= size) return page * PAGE;
      }
      return undefined;
    };
    const found = inArea(LAYOUT.lowest, LAYOUT.program) ?? inArea(roundUp(this.breakEnd), LAYOUT.heapLimit);
    return found ?? fail('ENOMEM');
  }

  protect(address: number, size: number, protection: number): void {
    if (!this.allows(address, size, 0)) fail('ENOMEM');
    this.each(address, size, (old) => TAKEN | protection | (old & USED) | (protection === 0 ? 0 : USED));
  }

  remove(address: number, size: number): void {
    this.zero(address, size);
    this.each(address, size, () => 0);
  }

  /** Gives pages up but keeps them mapped: they read as zeros. */
  forget(address: number, size: number): void {
    if (!this.allows(address, size, 0)) fail('ENOMEM');
    this.zero(address, size);
  }

  /** Where the heap begins: the first page after the program. */
  startBreak(address: number): void {
    this.breakStart = roundUp(address);
    this.breakEnd = this.breakStart;
  }

  /** The system call brk: the new end of the heap, or the old one where that is impossible. */
  setBreak(wanted: number): number {
    if (wanted < this.breakStart || wanted > LAYOUT.heapLimit) return this.breakEnd;
    const [from, to] = [roundUp(this.breakEnd), roundUp(wanted)];
    if (to > from && !this.isFree(from, to - from)) return this.breakEnd;
    if (to > from) this.place(from, to - from, PROT.read | PROT.write);
    if (to < from) this.remove(to, from - to);
    this.breakEnd = wanted;
    return wanted;
  }

  /** Bytes mapped with any right. */
  mappedBytes(): number {
    let count = 0;
    for (const state of this.pages) if ((state & (PROT.read | PROT.write | PROT.execute)) !== 0) count++;
    return count * PAGE;
  }

  private zero(address: number, size: number): void {
    for (let page = address / PAGE; page < roundUp(address + size) / PAGE; page++) {
      if ((this.pages[page] & USED) !== 0) this.bytes.fill(0, page * PAGE, (page + 1) * PAGE);
    }
  }

  private each(address: number, size: number, change: (old: number) => number): void {
    for (let page = address / PAGE; page < roundUp(address + size) / PAGE; page++) {
      const state = change(this.pages[page]);
      this.pages[page] = state;
      this.guards.load[page] = (state & PROT.read) === 0 ? 1 : 0;
      this.guards.store[page] = (state & PROT.write) === 0 ? 1 : 0;
    }
  }
}
