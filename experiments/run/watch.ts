import type { LookedAt } from '../../sim/engine/switching-engine.js';
import type { CountedMemorySystem } from '../../sim/memory/hierarchy.js';
import type { MemoryRequest } from '../../sim/observe/memory-trace.js';
import { type Passage, PassageRecorder } from '../../sim/observe/timeline.js';
import type { TimingObserver } from '../../sim/timing/observer.js';
import type { LineMiss } from '../../sim/timing/sourced-memory.js';

/** A stretch of time, in CPU cycles since `begin`. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface WatchOptions {
  /** The stretch that is traced; everything is bounded to it. */
  readonly stretch: Stretch;
  /** Takes each instruction that issues in the stretch, times absolute (half-cycles). */
  readonly passage?: (passage: Passage) => void;
  /** Requests to memory are wanted. */
  readonly requests?: boolean;
  /** Takes each L1 miss that brings a line, times absolute, whenever it is. */
  readonly missed?: (miss: LineMiss) => void;
}

/** Looks on while a machine runs, and changes nothing: pipeline, requests to memory, misses. */
export class Watch implements LookedAt {
  /** Half-cycles before time zero of the stored times. */
  private epoch = 0;
  /** Cycle from which the stretch counts; undefined before the run begins that is looked at. */
  private origin: number | undefined;
  readonly pipeline: TimingObserver | undefined;
  /** Those of the stretch, once `collect` has been called. */
  readonly requests: MemoryRequest[] | undefined;

  constructor(private readonly options: WatchOptions) {
    const { passage } = options;
    this.requests = options.requests ? [] : undefined;
    this.pipeline =
      passage &&
      new PassageRecorder((p) => {
        if (!this.isInside(p.issued)) return;
        const at = (slot: number) => slot + this.epoch;
        passage({
          ...p,
          previous: at(p.previous),
          issued: at(p.issued),
          queued: p.queued === undefined ? undefined : at(p.queued),
          ready: at(p.ready),
          ended: at(p.ended),
        });
      });
  }

  /** What is looked at begins now, at this CPU cycle since reset. */
  begin(cycle: number): void {
    this.origin = cycle;
  }

  isLookedAt(slot: number): boolean {
    return this.isInside(slot);
  }

  changesAt(slot: number): number {
    const { origin, epoch } = this;
    if (origin === undefined) return Number.POSITIVE_INFINITY;
    const { from, to } = this.options.stretch;
    const next = [from, to].map((cycle) => 2 * (cycle + origin) - epoch).find((at) => at > slot);
    return next ?? Number.POSITIVE_INFINITY;
  }

  missed(miss: LineMiss): void {
    this.options.missed?.({ ...miss, s: miss.s + this.epoch, fill: miss.fill + this.epoch });
  }

  rebased(delta: number): void {
    this.epoch += delta;
  }

  /** Takes the requests made since last time; to be called often enough that the log does not overflow. */
  collect(memory: CountedMemorySystem): void {
    const { requests } = this;
    if (requests === undefined) return;
    memory.takeRequests((address, isWrite, slot) => {
      if (this.isInside(slot)) requests.push({ address, isWrite, cycle: (slot + this.epoch) / 2 });
    });
  }

  private isInside(slot: number): boolean {
    if (this.origin === undefined) return false;
    const cycle = (slot + this.epoch) / 2 - this.origin;
    return cycle >= this.options.stretch.from && cycle < this.options.stretch.to;
  }
}
