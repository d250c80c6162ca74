import { OLDEST } from '../memory/layout.js';
import { KEPT } from './wasm/pieces.js';
import type { QueueSize } from './window-plan.js';

/** The parts of an issue window: small sets of times in cycles. */

/** The latest few of the times it is told; the least of them is when one of as many places became free. */
export class Latest {
  private readonly times: Int32Array;
  private at = 0;

  constructor(places: number) {
    this.times = new Int32Array(Math.max(1, places));
  }

  get least(): number {
    return this.times[this.at];
  }

  keep(time: number): void {
    const { times } = this;
    if (time <= times[this.at]) return;
    times[this.at] = time;
    let at = 0;
    for (let i = 1; i < times.length; i++) if (times[i] < times[at]) at = i;
    this.at = at;
  }

  rebase(delta: number): void {
    shift(this.times, delta);
  }
}

/** The last few times in the order told. */
export class Ring {
  private readonly times: Int32Array;
  private next = 0;

  constructor(places: number) {
    this.times = new Int32Array(places);
  }

  /** The oldest kept. */
  get oldest(): number {
    return this.times[this.next];
  }

  put(time: number): void {
    this.times[this.next] = time;
    if (++this.next === this.times.length) this.next = 0;
  }

  rebase(delta: number): void {
    shift(this.times, delta);
  }
}

/** So many things a cycle, in time order. */
export class Slots {
  /** Cycle of the last one, and how many it had. */
  cycle = -1;
  used = 0;

  constructor(readonly width: number) {}

  /** The first cycle with room at or after `from`. */
  room(from: number): number {
    return from === this.cycle && this.used >= this.width ? from + 1 : from;
  }

  take(cycle: number): void {
    if (cycle !== this.cycle) this.used = 0;
    this.cycle = cycle;
    this.used++;
  }

  rebase(delta: number): void {
    this.cycle -= delta;
  }
}

/** Instructions that have been dispatched and not yet issued to a station. */
export class Queue {
  readonly entries: Latest;
  /** The latest times of issue, as many as may issue in a cycle. */
  private readonly latest: Latest;
  private lastIssue = 0;
  readonly dispatches: Slots;
  readonly size: number;
  private readonly inOrder: boolean;

  constructor({ size, oldest, inOrder, width }: QueueSize) {
    this.size = size;
    this.inOrder = inOrder;
    this.entries = new Latest(size);
    this.latest = new Latest(oldest);
    this.dispatches = new Slots(width);
  }

  /** Issues at `from` or later, once all but a few older ones have; returns when. */
  issue(from: number): number {
    let t = from;
    const { least } = this.latest;
    if (least >= t) t = least + 1;
    if (this.inOrder && t < this.lastIssue) t = this.lastIssue;
    this.entries.keep(t);
    this.latest.keep(t);
    if (t > this.lastIssue) this.lastIssue = t;
    return t;
  }

  rebase(delta: number): void {
    this.lastIssue -= delta;
    this.entries.rebase(delta);
    this.latest.rebase(delta);
    this.dispatches.rebase(delta);
  }
}

/** One unit: its stations and the cycles in which it begins an instruction. */
export class UnitState {
  /** The latest times at which a station became free. */
  readonly stations: Latest;
  private lastBegin = 0;
  /** Cycles taken: out of order a later instruction may take an earlier one. */
  private readonly busy = new Int32Array(KEPT).fill(-1);

  constructor(
    stations: number,
    private readonly outOfOrder: boolean,
  ) {
    this.stations = new Latest(stations);
  }

  /** Takes the unit for `cycles` from the first free cycle at or after `from`; returns that cycle. */
  start(from: number, cycles: number): number {
    const t = this.reserve(this.outOfOrder || from > this.lastBegin ? from : this.lastBegin + 1, cycles);
    this.stations.keep(t);
    if (t > this.lastBegin) this.lastBegin = t;
    return t;
  }

  /** Takes it for something that waits in none of its stations. */
  reserve(from: number, cycles: number): number {
    const { busy } = this;
    let t = from;
    if (cycles === 1) {
      while (busy[t & (KEPT - 1)] === t) t++;
      busy[t & (KEPT - 1)] = t;
      return t;
    }
    for (let k = 0; k < cycles; ) {
      if (busy[(t + k) & (KEPT - 1)] === t + k) {
        t += k + 1;
        k = 0;
      } else k++;
    }
    for (let k = t; k < t + cycles; k++) busy[k & (KEPT - 1)] = k;
    return t;
  }

  /** Nothing later in order begins before `time`. */
  stall(time: number): void {
    if (time > this.lastBegin) this.lastBegin = time;
  }

  rebase(delta: number): void {
    this.lastBegin -= delta;
    this.stations.rebase(delta);
    shift(this.busy, delta);
  }
}

export function shift(times: Int32Array, delta: number): void {
  for (let i = 0; i < times.length; i++) times[i] = Math.max(OLDEST, times[i] - delta);
}
