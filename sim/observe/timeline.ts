import { CTX, contextBase, MEMORY_BYTES } from '../engine/context.js';
import type { MemorySystem } from '../memory/system.js';
import type { CoreTiming } from '../timing/core-timing.js';
import type { TimingObserver, WaitFor } from '../timing/observer.js';
import type { IssuePlan, Result, TimedEvent } from '../timing/plan.js';
import { ReferenceTiming } from '../timing/reference.js';

/** When one executed instruction was where; half-cycles. */
export interface Passage {
  readonly thread: number;
  readonly pc: number;
  readonly plan: IssuePlan;
  /** From then on nothing issued because its line had to come; undefined where it was there. */
  readonly fetchedFrom: number | undefined;
  /** Slot of the instruction before it, or the last before its line came: from then on its wait counts. */
  readonly previous: number;
  /** It issued, or entered the vector queue. */
  issued: number;
  /** It issued from the vector queue; undefined for others. */
  queued: number | undefined;
  /** Its last result was ready; the slot of issue without results. */
  ready: number;
  /** Until then nothing behind it could issue. */
  ended: number;
  /** What its longest wait was for. */
  waitedFor: WaitFor | undefined;
}

/** Keeps the passage of every instruction, which `keep` may take away. */
export class PassageRecorder implements TimingObserver {
  private now!: Passage;
  private longest = 0;
  private fetchedFrom: number | undefined;

  constructor(private readonly keep: (passage: Passage) => void) {}

  fetched(_thread: number, _event: TimedEvent, from: number): void {
    this.fetchedFrom = from;
  }

  begin(thread: number, { pc, plan }: TimedEvent, previous: number, slot: number): void {
    this.now = {
      thread,
      pc,
      plan,
      fetchedFrom: this.fetchedFrom,
      previous,
      issued: slot,
      queued: undefined,
      ready: slot,
      ended: slot,
      waitedFor: undefined,
    };
    this.longest = 0;
    this.fetchedFrom = undefined;
  }

  waited(what: WaitFor, _which: number, from: number, _until: number, to: number): void {
    this.now.issued = to;
    if (to - from <= this.longest) return;
    this.longest = to - from;
    this.now.waitedFor = what;
  }

  delayed(): void {}

  queued(_ring: number, slot: number): void {
    this.now.queued = slot;
  }

  stored(): void {}

  produced(_result: Result, ready: number): void {
    this.now.ready = Math.max(this.now.ready, ready);
  }

  closed(): void {}

  end(slot: number): void {
    this.now.ended = slot;
    this.now.ready = Math.max(this.now.ready, this.now.issued);
    this.keep(this.now);
  }
}

export interface LoopInstruction {
  readonly pc: number;
  readonly plan: IssuePlan;
}

export interface SteadyLoop {
  /** Cycles of an iteration once they no longer change, all loads in the L1 cache. */
  readonly cyclesPerIteration: number;
  /** One iteration, times counted from its first instruction's issue. */
  readonly passages: readonly Passage[];
}

/** Enough that the vector queue fills, where it does: issue may run ahead of it by a cycle an iteration. */
const WARM = 300;
const MEASURED = 40;
let scratch: ArrayBuffer | undefined;

/**
 * A loop of straight-line code, its last branch taken, on the readable timing model with every load in the L1 cache
 * and no load behind a store: what the core alone makes of it.
 */
export function steadyLoop(body: readonly LoopInstruction[], core: CoreTiming): SteadyLoop {
  scratch ??= new ArrayBuffer(MEMORY_BYTES);
  const i32 = new Int32Array(scratch);
  const base = contextBase(0) >> 2;
  i32.fill(0, base, contextBase(1) >> 2);
  i32.fill(-1, base + (CTX.storeTable >> 2), base + (CTX.predictor >> 2));
  i32[base + (CTX.cycleMask >> 2)] = 1;
  let kept: Passage[] = [];
  const recorder = new PassageRecorder((passage) => kept.push(passage));
  const timing = new ReferenceTiming(scratch, core, allHits(i32), recorder);
  const iterate = (): number => {
    kept = [];
    let slot = 0;
    for (const [i, { pc, plan }] of body.entries()) {
      const isStore = plan.access?.kind === 'store';
      const taken = i === body.length - 1 && plan.branch !== undefined;
      slot = timing.step(0, {
        pc,
        plan,
        address: isStore ? 0x1000 + 16 * i : 0,
        taken,
        next: taken ? body[0].pc : pc + 4,
      });
    }
    return slot;
  };
  for (let i = 0; i < WARM; i++) iterate();
  const from = i32[base + (CTX.issue >> 2)];
  let to = from;
  for (let i = 0; i < MEASURED; i++) to = iterate();
  const first = kept[0]?.issued ?? 0;
  const shift = (at: number) => at - (first & ~1);
  return {
    cyclesPerIteration: (to - from) / 2 / MEASURED,
    passages: kept.map((p) => ({
      ...p,
      previous: shift(p.previous),
      issued: shift(p.issued),
      queued: p.queued === undefined ? undefined : shift(p.queued),
      ready: shift(p.ready),
      ended: shift(p.ended),
    })),
  };
}

/** Every L1 miss is served at once, every store gathered. */
function allHits(i32: Int32Array): MemorySystem {
  const accepted = (thread: number, s: number): number => {
    i32[(contextBase(thread) + CTX.acceptedAt) >> 2] = s;
    return s;
  };
  return {
    loadMiss: (_core, thread, _line, s) => accepted(thread, s),
    prefetch: (_core, thread, _line, s) => accepted(thread, s),
    store: (_core, _thread, _address, _size, s) => s,
    zeroLine: (_core, _thread, _line, s) => s,
    flushLine: (_core, _thread, _line, s) => s,
    fetchMiss: (_core, _thread, _line, s) => s,
    sync: (_core, _thread, _kind, s) => s,
    loadReserve: (_core, _thread, _line, s) => s,
    storeConditional: (_core, _thread, _line, s) => s,
    rebase: () => {},
    reset: () => {},
    crowdedUntil: [],
  };
}
