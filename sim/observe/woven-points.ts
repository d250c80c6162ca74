import type { TimingClass } from '../isa/row.js';

/** An instruction of a body of woven code. */
export interface PointInstruction {
  readonly pc: number;
  readonly timing: TimingClass;
  /** Certainly loses the second slot of the cycle before, and a cycle's worth to an active sibling. */
  readonly losesSlot: boolean;
}

/** A place where woven code counts; offsets are from the start of a thread's counters, counters 64 bits. */
export type Point =
  /** Half-cycles of one leaf at one instruction. */
  | { readonly kind: 'leaf'; readonly offset: number; readonly pc: number; readonly leaf: number }
  /**
   * Half-cycles of waits for others: the word of who is to blame (32 bits), then, 8 bytes on, since when it was that
   * one. With `leaf` that is what they are charged to, whoever it is.
   */
  | {
      readonly kind: 'blame';
      readonly offset: number;
      readonly pc: number;
      readonly leaf: number | undefined;
    }
  /**
   * How often a body was begun, by issue mask: four counters, for masks 1, 3, none and 7; and how often it was left
   * before instruction `from`.
   */
  | { readonly kind: 'begun'; readonly offset: number; readonly body: number }
  | { readonly kind: 'left'; readonly offset: number; readonly body: number; readonly from: number };

/** What the code of a region counts. Its first word, by thread, says whether there is anything new. */
export interface RegionPoints {
  readonly base: number;
  readonly bytes: number;
  readonly points: readonly Point[];
  readonly bodies: readonly (readonly PointInstruction[])[];
}

/** Gives out places while the code of a region is made. */
export class PointAllocator implements RegionPoints {
  readonly points: Point[] = [];
  readonly bodies: PointInstruction[][] = [];
  private readonly known = new Map<string, number>();
  private next: number;

  constructor(readonly base: number) {
    this.next = base + 16;
  }

  get bytes(): number {
    return this.next - this.base;
  }

  leaf(pc: number, leaf: number): number {
    return this.once(`${pc} ${leaf}`, 8, (offset) => ({ kind: 'leaf', offset, pc, leaf }));
  }

  /** `what` tells the waits of one instruction apart. */
  blame(pc: number, what: string, leaf?: number): number {
    return this.once(`${pc} ${what}`, 16, (offset) => ({ kind: 'blame', offset, pc, leaf }));
  }

  /** A new body, which becomes the present one. */
  begun(): number {
    const body = this.bodies.push([]) - 1;
    return this.take(32, (offset) => ({ kind: 'begun', offset, body }));
  }

  left(from: number): number {
    const body = this.bodies.length - 1;
    return this.once(`left ${body} ${from}`, 32, (offset) => ({ kind: 'left', offset, body, from }));
  }

  private once(key: string, bytes: number, make: (offset: number) => Point): number {
    let offset = this.known.get(key);
    if (offset === undefined) {
      offset = this.take(bytes, make);
      this.known.set(key, offset);
    }
    return offset;
  }

  private take(bytes: number, make: (offset: number) => Point): number {
    const offset = this.next;
    this.next += bytes;
    this.points.push(make(offset));
    return offset;
  }
}
