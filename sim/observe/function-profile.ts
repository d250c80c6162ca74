import type { ElfProgram } from '../asm/elf.js';
import { functionAt } from '../asm/functions.js';
import { CTX, contextBase } from '../engine/context.js';
import { type Mark, SiteProfile } from './site-profile.js';

/** What one function itself took, without the functions it called, summed over threads. */
export interface FunctionCost {
  readonly name: string;
  readonly cycles: number;
  readonly instructions: number;
  /** Of the cycles: those that loads waited for stores to the same quadword. */
  readonly loadHitStoreCycles: number;
}

/** What lies between a function's entry and its return. */
export interface RegionOfInterest {
  readonly name: string;
  /** Told with the hardware thread at its first entry and at its last return. */
  onEnter(thread: number): void;
  onLeave(thread: number): void;
}

/** Site of code outside any known function. */
const ELSEWHERE = 'elsewhere';

/**
 * A site profile whose sites are the functions of a program: marks stand at every entry and behind every call.
 * With a region of interest, costs count only while some thread is inside it.
 */
export class FunctionProfile {
  readonly sites: SiteProfile;
  private readonly names: string[];
  /** Of the threads that are inside: where each returns to, and its stack pointer. */
  private readonly inside = new Map<number, { readonly returnsTo: number; readonly stack: bigint }>();
  private readonly view: DataView;

  constructor(
    buffer: ArrayBufferLike,
    program: ElfProgram,
    private readonly roi?: RegionOfInterest,
  ) {
    this.view = new DataView(buffer);
    this.names = [...new Set(program.functions.map(({ name }) => name)), ELSEWHERE];
    const siteOf = new Map(this.names.map((name, i) => [name, i]));
    const marks = new Map<number, Mark>();
    const mark = (address: number): void => {
      const name = functionAt(program.functions, address)?.name ?? ELSEWHERE;
      marks.set(address, this.marker(siteOf.get(name)!, address));
    };
    for (const address of returnAddresses(program)) mark(address);
    for (const { address } of program.functions) mark(address);
    for (const { address } of program.functions.filter(({ name }) => name === roi?.name)) {
      marks.set(address, this.entry(siteOf.get(roi!.name)!));
    }
    mark(program.entry);
    this.sites = new SiteProfile(buffer, this.names.length, marks);
  }

  /** Costs so far, the dearest first. */
  costs(): FunctionCost[] {
    for (let thread = 0; thread < 6; thread++) this.sites.settle(thread);
    return this.names
      .map((name, i) => ({
        name,
        cycles: this.sites.halfCycles[i] / 2,
        instructions: this.sites.instructions[i],
        loadHitStoreCycles: this.sites.loadHitStore[i] / 2,
      }))
      .filter(({ instructions }) => instructions > 0)
      .sort((a, b) => b.cycles - a.cycles || b.instructions - a.instructions);
  }

  private marker(site: number, address: number): Mark {
    if (this.roi === undefined) return () => site;
    return (thread) => {
      const { inside } = this;
      const entry = inside.get(thread);
      if (entry?.returnsTo === address && this.stack(thread) === entry.stack) {
        inside.delete(thread);
        if (inside.size === 0) for (let other = 0; other < 6; other++) this.sites.leave(other);
        this.roi!.onLeave(thread);
      }
      return inside.size === 0 ? -1 : site;
    };
  }

  private entry(site: number): Mark {
    return (thread) => {
      if (!this.inside.has(thread)) {
        const lr = this.view.getBigUint64(contextBase(thread) + CTX.lr, true);
        this.inside.set(thread, { returnsTo: Number(lr & 0xffff_ffffn), stack: this.stack(thread) });
        this.roi!.onEnter(thread);
      }
      return site;
    };
  }

  private stack(thread: number): bigint {
    return this.view.getBigUint64(contextBase(thread) + CTX.gpr + 8, true);
  }
}

/** Addresses behind the calls in a program's code. */
function* returnAddresses(program: ElfProgram): Generator<number> {
  for (const { executable, data, address } of program.segments) {
    if (!executable) continue;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 0; at + 4 <= data.length; at += 4) {
      if (isCall(view.getUint32(at))) yield address + at + 4;
    }
  }
}

/** bl, bcl, bclrl, bcctrl: every branch that sets LR. */
function isCall(word: number): boolean {
  if ((word & 1) === 0) return false;
  const primary = word >>> 26;
  const extended = (word >>> 1) & 0x3ff;
  return primary === 18 || primary === 16 || (primary === 19 && (extended === 16 || extended === 528));
}
