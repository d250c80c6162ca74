import { ChromeTrace } from '../../sim/observe/chrome-trace.js';
import type { LineMiss } from '../../sim/timing/sourced-memory.js';

/** What has been counted up to a time. */
export interface TimelineReading {
  readonly cycle: number;
  readonly instructions: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

export interface TimelineSite {
  readonly op: string;
  readonly site: string;
  readonly layer: number;
}

const MODEL = 0;
const COUNTERS = 9;
/** Waiting and walking the tape belong to the layer they are in. */
const BETWEEN = ['barrier', 'dispatch'];

/**
 * The timeline of a run: for each hardware thread the layer and in it the kernel it works on, the tokens, and over
 * time instructions per cycle, bytes per second from and to memory, misses in flight.
 */
export class RunTimeline {
  private readonly trace: ChromeTrace;
  private readonly open = new Map<
    number,
    { site: number; since: number; layer: number; layerSince: number }
  >();
  private last: TimelineReading | undefined;
  /** Half-cycles that misses of the present interval have taken, together. */
  private inFlight = 0;

  constructor(
    private readonly sites: readonly TimelineSite[],
    threads: readonly number[],
    private readonly clockHz: number,
    private readonly intervalCycles: number,
  ) {
    this.trace = new ChromeTrace(1e6 / clockHz);
    this.trace.process(MODEL, 'model');
    this.trace.thread(MODEL, 0, 'tokens');
    for (const core of new Set(threads.map((t) => t >> 1))) this.trace.process(core + 1, `core ${core}`);
    for (const t of threads) this.trace.thread((t >> 1) + 1, t, `thread ${t}`);
    this.trace.process(COUNTERS, 'memory and issue');
  }

  get events(): number {
    return this.trace.count;
  }

  /** A thread passes to another site, or to none (-1). */
  enter(thread: number, site: number, cycle: number): void {
    const now = this.open.get(thread) ?? { site: -1, since: cycle, layer: -1, layerSince: cycle };
    if (now.site >= 0 && cycle > now.since) {
      const { op, site: name } = this.sites[now.site];
      this.trace.slice((thread >> 1) + 1, thread, op, 'kernel', now.since, cycle, { site: name });
    }
    const next = site < 0 ? undefined : this.sites[site];
    const layer = next === undefined ? -1 : BETWEEN.includes(next.op) ? now.layer : next.layer;
    if (layer !== now.layer) {
      this.closeLayer(thread, now.layer, now.layerSince, cycle);
      this.open.set(thread, { site, since: cycle, layer, layerSince: cycle });
    } else this.open.set(thread, { ...now, site, since: cycle });
  }

  token(position: number, piece: string, from: number, to: number): void {
    this.trace.slice(MODEL, 0, `${position}: ${piece}`, 'token', from, to, { position });
  }

  missed({ s, fill }: LineMiss): void {
    this.inFlight += fill - s;
  }

  /** Called often; writes counters once an interval. */
  sample(read: () => TimelineReading, cycle: number): void {
    if (this.last !== undefined && cycle - this.last.cycle < this.intervalCycles) return;
    const reading = read();
    const { last } = this;
    this.last = reading;
    if (last === undefined || reading.cycle <= last.cycle) return;
    const cycles = reading.cycle - last.cycle;
    const rate = (bytes: number) => (bytes / cycles) * this.clockHz * 1e-9;
    const value = (name: string, values: Readonly<Record<string, number>>) =>
      this.trace.counter(COUNTERS, name, last.cycle, values);
    value('instructions per cycle', { IPC: (reading.instructions - last.instructions) / cycles });
    value('memory, GB/s', {
      read: rate(reading.readBytes - last.readBytes),
      written: rate(reading.writtenBytes - last.writtenBytes),
    });
    value('misses in flight', { lines: this.inFlight / 2 / cycles });
    this.inFlight = 0;
  }

  /** The file; what is still open ends at `cycle`. */
  text(cycle: number): string {
    for (const [thread, { layer, layerSince }] of [...this.open]) {
      this.enter(thread, -1, cycle);
      if (layer >= 0 && this.open.get(thread)!.layer >= 0) this.closeLayer(thread, layer, layerSince, cycle);
    }
    return this.trace.text();
  }

  private closeLayer(thread: number, layer: number, from: number, to: number): void {
    if (layer >= 0 && to > from)
      this.trace.slice((thread >> 1) + 1, thread, `layer ${layer}`, 'layer', from, to);
  }
}
