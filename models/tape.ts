/**
 * The tape: a command list in guest memory for each thread, one entry a kernel call. Laid out as
 * runtime/runtime.s reads it.
 */
export const ENTRY_BYTES = 64;
const FLAG_BARRIER = 1;
const WHEN_SHIFT = 8;
const ARGUMENTS_AT = 8;

/** A call site: what a kernel call is for. Threads share sites. */
export interface Site {
  readonly op: string;
  /** Place in the forward pass: `layer 3 wq`. */
  readonly site: string;
  /** Layer number, or -1 outside the layers. */
  readonly layer: number;
  /** Kernel calls of one pass, one a thread that has a share; operations and bytes of operands are theirs together. */
  readonly calls: number;
  readonly flops: number;
  readonly bytes: number;
}

interface Entry {
  readonly kernel: number;
  readonly operands: readonly number[];
  readonly site: number;
  /** Bits that go must have for the entry to run. */
  readonly when: number;
  barrier: boolean;
  /** Ends a stage: the tape goes on behind it at the next start. */
  readonly stops?: boolean;
}

export interface Call {
  /** Effective address of the kernel's first instruction. */
  readonly kernel: number;
  /** r3, r4, ..., each a 32-bit number. */
  readonly operands: readonly number[];
  readonly flops?: number;
  readonly bytes?: number;
}

/** Where compiled calls point: kernels by operation, and effective addresses. */
export interface Target {
  kernel(op: string): number;
  address(physical: number): number;
}

/** Collects the entries of all threads. */
export class TapeBuilder {
  readonly sites: Site[];
  private readonly threads: Entry[][];

  constructor(
    threads: number,
    private readonly nothing: number,
    /** Sites known so far: several tapes share one numbering. */
    sites: Site[] = [],
  ) {
    this.sites = sites;
    this.threads = Array.from({ length: threads }, () => []);
  }

  /** One site: each thread's call, or none for a thread without a share. `when`: bits of go. */
  add(
    place: Pick<Site, 'op' | 'site' | 'layer'>,
    callOf: (thread: number) => Call | undefined,
    when = 0,
  ): void {
    const calls = this.threads.map((_, thread) => callOf(thread));
    const total = (of: (call: Call) => number): number =>
      calls.reduce((sum, call) => sum + (call ? of(call) : 0), 0);
    const site = this.sites.length;
    this.sites.push({
      ...place,
      calls: total(() => 1),
      flops: total((call) => call.flops ?? 0),
      bytes: total((call) => call.bytes ?? 0),
    });
    calls.forEach((call, thread) => {
      if (call) this.threads[thread].push({ ...call, site, when, barrier: false });
    });
  }

  /** All threads wait for each other, unless there is only one. With `when`, only if go has these bits. */
  barrier(when = 0): void {
    if (this.threads.length < 2) return;
    for (const entries of this.threads) {
      const last = entries.at(-1);
      if (last && !last.barrier && last.when === when) last.barrier = true;
      else entries.push({ kernel: this.nothing, operands: [], site: -1, when, barrier: true });
    }
  }

  /** Threads end here and go on at the next start; the host may change what is behind. */
  stop(): void {
    this.barrier();
    for (const entries of this.threads)
      entries.push({ kernel: 0, operands: [], site: -1, when: 0, barrier: false, stops: true });
  }

  /** Bytes of each thread's tape, the entry that ends it included. */
  bytes(thread: number): number {
    return ENTRY_BYTES * (this.threads[thread].length + 1);
  }

  /** Site of each entry of a thread's tape, -1 for none. */
  siteNumbers(thread: number): number[] {
    return [...this.threads[thread].map((entry) => entry.site), -1];
  }

  /**
   * Writes a thread's tape, whose address will be `self`; `next` is the address of the tape to run at the
   * following start.
   */
  write(bytes: Uint8Array, thread: number, self: number, next: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.threads[thread].forEach(({ kernel, operands, when, barrier, stops }, i) => {
      const at = i * ENTRY_BYTES;
      if (stops) {
        view.setUint32(at + ARGUMENTS_AT, self + at + ENTRY_BYTES);
        return;
      }
      view.setUint32(at, kernel);
      view.setUint32(at + 4, (when << WHEN_SHIFT) | (barrier ? FLAG_BARRIER : 0));
      operands.forEach((value, n) => {
        view.setUint32(at + ARGUMENTS_AT + 4 * n, value);
      });
    });
    view.setUint32(this.threads[thread].length * ENTRY_BYTES + ARGUMENTS_AT, next);
  }
}

/** The part [start, end) of `count` items that a thread has: whole granules, as even as they go. */
export function share(
  count: number,
  thread: number,
  threads: number,
  granule: number,
): { start: number; end: number } {
  const granules = Math.ceil(count / granule);
  const edge = (n: number): number => Math.min(count, Math.floor((n * granules) / threads) * granule);
  return { start: edge(thread), end: edge(thread + 1) };
}
