import { CTX, contextBase } from '../engine/context.js';

/** What a marked address begins: a call site (numbered by the program), barrier waiting, or command dispatch. */
export type Mark = (thread: number) => number;

/** All that a profile knows, as plain numbers. */
export interface SavedProfile {
  /** By site, as in SiteProfile. */
  readonly sums: readonly (readonly number[])[];
  /** By thread: its site, and the counts when it came there. */
  readonly threads: readonly (readonly number[])[];
}

/**
 * Thread-cycles, instructions and waits of loads for stores by call site. The program marks the addresses where another
 * site begins; engines report every marked address that control reaches. It reads times and counters only, so it changes
 * nothing.
 */
export class SiteProfile {
  /** Half-cycles by site, and instructions by site, summed over threads. */
  readonly halfCycles: Float64Array;
  readonly instructions: Float64Array;
  readonly calls: Float64Array;
  /** Of the half-cycles: those that loads waited for stores to the same quadword. */
  readonly loadHitStore: Float64Array;
  private readonly i32: Int32Array;
  private readonly counts: BigUint64Array;
  private readonly site = new Int32Array(6).fill(-1);
  private readonly since = new Float64Array(6);
  private readonly sinceCount = new Float64Array(6);
  /** Told before a thread passes to another site, -1 for none. */
  onChange: ((thread: number, site: number) => void) | undefined;
  private readonly sinceWait = new Float64Array(6);

  constructor(
    buffer: ArrayBufferLike,
    sites: number,
    private readonly marks: ReadonlyMap<number, Mark>,
  ) {
    this.i32 = new Int32Array(buffer);
    this.counts = new BigUint64Array(buffer);
    this.halfCycles = new Float64Array(sites);
    this.instructions = new Float64Array(sites);
    this.calls = new Float64Array(sites);
    this.loadHitStore = new Float64Array(sites);
  }

  /** Whether another site begins at `pc`. */
  isMarked(pc: number): boolean {
    return this.marks.has(pc);
  }

  /** Control of a thread has reached `pc`. */
  reach(thread: number, pc: number): void {
    const mark = this.marks.get(pc);
    if (mark === undefined) return;
    const next = mark(thread);
    if (next === this.site[thread]) return;
    this.settle(thread);
    this.onChange?.(thread, next);
    this.site[thread] = next;
    if (next >= 0) this.calls[next]++;
  }

  /** Charges a thread's time so far to its present site. */
  settle(thread: number): void {
    const base = contextBase(thread);
    const now = this.i32[(base + CTX.issue) >> 2];
    const count = Number(this.counts[(base + CTX.instructions) >> 3]);
    const waited = Number(this.counts[(base + CTX.loadHitStoreWait) >> 3]);
    const site = this.site[thread];
    if (site >= 0) {
      this.halfCycles[site] += now - this.since[thread];
      this.instructions[site] += count - this.sinceCount[thread];
      this.loadHitStore[site] += waited - this.sinceWait[thread];
    }
    this.since[thread] = now;
    this.sinceCount[thread] = count;
    this.sinceWait[thread] = waited;
  }

  /** Charges a thread's time so far; what follows belongs to `site`, without a call of it, until the next mark. */
  enter(thread: number, site: number): void {
    this.settle(thread);
    this.onChange?.(thread, site);
    this.site[thread] = site;
  }

  /** The same of what belongs to no site. */
  leave(thread: number): void {
    this.enter(thread, -1);
  }

  /** Charges nothing for what a thread did since it was last charged. */
  skip(thread: number): void {
    const { site } = this;
    const before = site[thread];
    site[thread] = -1;
    this.settle(thread);
    site[thread] = before;
  }

  /** All times have been reduced by `delta` half-cycles. */
  rebase(delta: number): void {
    for (let t = 0; t < 6; t++) this.since[t] -= delta;
  }

  save(): SavedProfile {
    return { sums: this.sums().map((list) => [...list]), threads: this.threads().map((list) => [...list]) };
  }

  restore(saved: SavedProfile): void {
    for (const [i, list] of this.sums().entries()) list.set(saved.sums[i]);
    for (const [i, list] of this.threads().entries()) list.set(saved.threads[i]);
  }

  private sums(): Float64Array[] {
    return [this.halfCycles, this.instructions, this.calls, this.loadHitStore];
  }

  private threads(): (Int32Array | Float64Array)[] {
    return [this.site, this.since, this.sinceCount, this.sinceWait];
  }

  clear(): void {
    this.halfCycles.fill(0);
    this.instructions.fill(0);
    this.calls.fill(0);
    this.loadHitStore.fill(0);
  }
}
