import { CTX, contextBase, fetchLine, fetchMap } from '../engine/context.js';
import { findInL1 } from '../memory/l1.js';
import type { MemorySystem } from '../memory/system.js';
import { L1_FILL, L1_LAST_USE } from '../memory/wasm/l1-set.js';
import { type CoreTiming, historyMask, leastRoom } from './core-timing.js';
import type { ClosedBy, TimingObserver, WaitFor } from './observer.js';
import type { IssuePlan, TimedEvent } from './plan.js';
import type { Predict } from './window.js';

/**
 * The readable timing model: rules 1 to 9 of plan.ts, one instruction at a time, over the timing state in the
 * thread's context. The woven code must give the same slot after every instruction.
 */
export class ReferenceTiming {
  protected readonly i32: Int32Array;
  private readonly u8: Uint8Array;
  private readonly quads: BigUint64Array;

  constructor(
    buffer: ArrayBufferLike,
    private readonly core: CoreTiming,
    private readonly memory: MemorySystem,
    /** Told where time goes. */
    protected readonly observer?: TimingObserver,
    /** Of a core with an issue window, which then replaces rules 1 to 6 by those of window.ts. */
    readonly window?: { step(thread: number, event: TimedEvent, predict: Predict): number },
  ) {
    this.i32 = new Int32Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.quads = new BigUint64Array(buffer);
    this.misaligned = 2 * core.misalignedCycles;
  }

  /** Issues one instruction of a hardware thread and returns its slot `s` afterwards (half-cycles). */
  step(thread: number, event: TimedEvent): number {
    if (this.window !== undefined) return this.window.step(thread, event, this.foreseen);
    const { plan } = event;
    const base = contextBase(thread);
    const mask = this.i32[(base + CTX.cycleMask) >> 2];
    this.mask = mask;

    const previous = this.fetch(thread, base, event, mask);
    let s = plan.pairs ? previous + 1 : (previous | mask) + 1;
    this.observer?.begin(thread, event, previous, s);
    let t = s;
    if (plan.pipe === undefined) {
      for (const { reg, extra } of plan.waits)
        s = this.wait(s, this.ready(base, reg) + extra, 'register', reg);
      for (const { reg } of plan.results) s = this.wait(s, this.ready(base, reg), 'register', reg);
      t = s;
    } else {
      s = this.enterVectorQueue(base, s);
      t = this.issueVector(base, s, plan);
    }

    let fill = 0;
    if (plan.access !== undefined) {
      s = this.access(thread, base, s, event);
      if (plan.access.kind === 'load') fill = this.lastFill;
      t = s;
    }
    if (plan.sync !== undefined) {
      s = this.synchronise(thread, base, s, event);
      t = s;
      fill = this.lastFill;
    }
    for (const result of plan.results) {
      const own = (t & ~1) + result.latency;
      const late = result.fromMemory && fill > own;
      this.i32[(base + CTX.ready + 4 * result.reg) >> 2] = late ? fill : own;
      this.observer?.produced(result, late ? fill : own, late);
    }
    if (plan.pipe === undefined && plan.blockCycles > 0) {
      s = this.close(s, plan.blockCycles, plan.timing === 'threadHint' ? 'hint' : 'block');
    }
    if (plan.branch !== undefined) s = this.branch(base, s, event);
    this.i32[(base + CTX.issue) >> 2] = s;
    this.observer?.end(s);
    return s;
  }

  /** Whether a branch goes where the predictor and the link stack said; brings them up to date. */
  readonly foreseen = (thread: number, event: TimedEvent): boolean =>
    this.foresees(contextBase(thread), event);
  private readonly misaligned: number;
  private lastFill = 0;
  /** CTX.cycleMask of the thread. */
  private mask = 1;

  /** Moves a slot to `until`, if that is later, and on to where the thread may issue. */
  private wait(slot: number, until: number, what: WaitFor, which = 0): number {
    if (until <= slot) return slot;
    const to = (until + this.mask) & ~this.mask;
    this.observer?.waited(what, which, slot, until, to);
    return to;
  }

  /** Keeps issue closed for so many cycles from the slot's cycle on. */
  private close(slot: number, cycles: number, by: ClosedBy): number {
    const until = (slot & ~1) + 2 * cycles - 1;
    this.observer?.closed(by, slot, until, until | this.mask);
    return until | this.mask;
  }

  private ready(base: number, reg: number): number {
    return this.i32[(base + CTX.ready + 4 * reg) >> 2];
  }

  /** Rule 9; returns the slot after which the instruction issues. */
  protected fetch(thread: number, base: number, event: TimedEvent, mask: number): number {
    const s = this.i32[(base + CTX.issue) >> 2];
    const core = this.i32[(base + CTX.core) >> 2];
    const line = fetchLine(event.pc);
    if (((this.u8[fetchMap(core) + (line >> 3)] >> (line & 7)) & 1) !== 0) return s;
    const ready = this.memory.fetchMiss(core, thread, line, s);
    if (ready <= s) return s;
    const until = (ready - 1) | 1;
    this.observer?.fetched(thread, event, s, until, until | mask);
    return until | mask;
  }

  /** Rule 3: dispatch waits until the entry `depth` places ahead has issued. */
  private enterVectorQueue(base: number, s: number): number {
    const isAlone = this.mask === 1;
    const depth = isAlone ? this.core.vectorQueueEntries : leastRoom(this.core);
    const count = this.i32[(base + CTX.vectorCount) >> 2];
    const oldest = (count - depth) & 31;
    return this.wait(s, this.i32[(base + CTX.vectorRing + 4 * oldest) >> 2], 'vectorQueue', oldest);
  }

  private issueVector(base: number, s: number, plan: IssuePlan): number {
    const arithmetic = this.i32[(base + CTX.vectorArithmetic) >> 2];
    const permute = this.i32[(base + CTX.vectorPermute) >> 2];
    const onArithmetic = plan.pipe === 'arithmetic';
    let v = s & ~1;
    if (onArithmetic) v = this.later(v, arithmetic + 2, 'arithmetic');
    v = this.later(v, onArithmetic ? permute : permute + 2, 'permute');
    if (!onArithmetic) v = this.later(v, arithmetic, 'arithmetic');
    for (const { reg, extra } of plan.waits)
      v = this.later(v, this.ready(base, reg) + extra, 'register', reg);
    for (const { reg } of plan.results) v = this.later(v, this.ready(base, reg), 'register', reg);
    const count = this.i32[(base + CTX.vectorCount) >> 2];
    this.observer?.queued(count & 31, v);
    this.i32[(base + CTX.vectorRing + 4 * (count & 31)) >> 2] = v;
    this.i32[(base + CTX.vectorCount) >> 2] = (count + 1) & 31;
    const busy = v + 2 * Math.max(0, plan.blockCycles - 1);
    if (onArithmetic) this.i32[(base + CTX.vectorArithmetic) >> 2] = busy;
    else this.i32[(base + CTX.vectorPermute) >> 2] = busy;
    return v;
  }

  /** Rules 5 and 6, the L1 data cache, and the way to the memory system behind it. */
  private access(thread: number, base: number, start: number, event: TimedEvent): number {
    const { plan, address } = event;
    const access = plan.access!;
    const core = this.i32[(base + CTX.core) >> 2];
    const line = address >>> 7;
    let s = start;
    this.lastFill = 0;
    if (access.kind === 'load') {
      if (crosses32(address, access.size, plan)) s = this.wait(s, (s & ~1) + this.misaligned, 'misaligned');
      s = this.loadHitStore(base, s, address);
      s = this.lookup('loadMiss', thread, base, core, line, s);
    } else if (access.kind === 'prefetch') {
      s = this.lookup('prefetch', thread, base, core, line, s);
    } else if (access.kind === 'store') {
      if (crosses32(address, access.size, plan)) s = this.wait(s, (s & ~1) + this.misaligned, 'misaligned');
      s = this.store(thread, base, core, s, event);
    } else if (access.kind === 'zero') {
      const until = this.memory.zeroLine(core, thread, line, s);
      s = this.wait(this.translated(base, s), until, 'line');
    } else {
      const until = this.memory.flushLine(core, thread, line, s);
      s = this.wait(this.translated(base, s), until, 'line');
    }
    return s;
  }

  private loadHitStore(base: number, s: number, address: number): number {
    const quadword = address >>> 4;
    const entry = (base + CTX.storeTable + 8 * (quadword & 255)) >> 2;
    if (this.i32[entry] !== quadword) return s;
    const to = this.wait(s, this.i32[entry + 1], 'loadHitStore', quadword & 255);
    if (to > s) this.quads[(base + CTX.loadHitStoreWait) >> 3] += BigInt(to - s);
    return to;
  }

  /** L1 lookup; a miss goes to the memory system, which may delay the issue (all miss slots busy). */
  private lookup(
    miss: 'loadMiss' | 'prefetch',
    thread: number,
    base: number,
    core: number,
    line: number,
    s: number,
  ): number {
    const tag = findInL1(this.i32, core, line);
    if (tag !== 0) {
      this.i32[(tag + L1_LAST_USE) >> 2] = s;
      this.lastFill = this.i32[(tag + L1_FILL) >> 2];
      return s;
    }
    this.lastFill = this.memory[miss](core, thread, line, s);
    const translated = this.translated(base, s);
    return this.wait(translated, this.i32[(base + CTX.acceptedAt) >> 2], 'missSlots');
  }

  /** What the memory system says that translating the address of the access has taken. */
  private translated(base: number, s: number): number {
    return this.wait(s, s + this.i32[(base + CTX.translation) >> 2], 'translation');
  }

  private store(thread: number, base: number, core: number, start: number, event: TimedEvent): number {
    const { plan, address } = event;
    const count = this.i32[(base + CTX.storeCount) >> 2];
    const ring = (n: number) => (base + CTX.storeRing + 4 * (n & 31)) >> 2;
    const oldest = (count - this.core.storeQueueEntries) & 31;
    const s = this.wait(start, this.i32[ring(oldest)], 'storeQueue', oldest);
    let data = s & ~1;
    for (const reg of plan.storeData) {
      data = this.later(data, this.ready(base, reg), 'register', reg);
    }
    const quadword = address >>> 4;
    const entry = (base + CTX.storeTable + 8 * (quadword & 255)) >> 2;
    const until = data + 2 * this.core.loadHitStoreCycles;
    this.i32[entry] = quadword;
    this.i32[entry + 1] = until;
    this.i32[(base + CTX.storeUntil) >> 2] = later(this.i32[(base + CTX.storeUntil) >> 2], until);
    const leaves = this.later(data, this.i32[(base + CTX.lastDrain) >> 2] + 2, 'lastDrain');
    const drained = this.memory.store(core, thread, address, sizeOf(plan), leaves);
    this.observer?.stored(count & 31, drained > leaves, quadword & 255);
    this.i32[(base + CTX.lastDrain) >> 2] = drained;
    this.i32[ring(count)] = drained;
    this.i32[(base + CTX.storeCount) >> 2] = (count + 1) & 31;
    return this.translated(base, s);
  }

  private synchronise(thread: number, base: number, s: number, event: TimedEvent): number {
    const core = this.i32[(base + CTX.core) >> 2];
    const line = event.address >>> 7;
    const drained = later(s & ~1, this.i32[(base + CTX.lastDrain) >> 2]);
    this.lastFill = 0;
    switch (event.plan.sync!) {
      case 'loadReserve':
        this.lastFill = this.memory.loadReserve(core, thread, line, s);
        return s;
      case 'storeConditional':
        this.lastFill = this.memory.storeConditional(core, thread, line, drained);
        return s;
      case 'priority':
        return s;
      default: {
        const done = this.memory.sync(core, thread, event.plan.sync!, drained) | 1;
        this.observer?.closed('fence', s, done, done);
        return done;
      }
    }
  }

  /** Rule 8. Updates the predictor, the link stack and the history. */
  private branch(base: number, s: number, event: TimedEvent): number {
    const { plan, taken } = event;
    if (!this.foresees(base, event)) {
      const { indirectBranchCycles, mispredictCycles } = this.core;
      return this.close(
        s,
        plan.branch!.kind === 'indirect' ? indirectBranchCycles : mispredictCycles,
        'mispredict',
      );
    }
    return taken ? this.close(s, this.core.takenBranchCycles, 'taken') : s;
  }

  /** Whether a branch goes where the predictor and the link stack said; brings them up to date. */
  protected foresees(base: number, { plan, taken, pc, next }: TimedEvent): boolean {
    const { conditional, kind, links } = plan.branch!;
    const at = (offset: number) => this.i32[(base + offset) >> 2];
    let wrong = false;
    if (conditional) {
      const history = at(CTX.history);
      const slots = this.core.predictorCounters - 1;
      const counter = base + CTX.predictor + (((pc >>> 2) ^ history) & slots);
      const strength = this.u8[counter];
      wrong = strength >= 2 !== taken;
      if (taken) this.u8[counter] = Math.min(3, strength + 1);
      else this.u8[counter] = Math.max(0, strength - 1);
      this.i32[(base + CTX.history) >> 2] = ((history << 1) | (taken ? 1 : 0)) & historyMask(this.core);
    }
    if (taken) {
      if (kind === 'return') wrong = this.popLink(base) !== (next | 0) || wrong;
      if (kind === 'indirect') wrong = true;
    }
    if (links) this.pushLink(base, pc + 4);
    if (wrong) this.i32[(base + CTX.mispredicts) >> 2]++;
    return !wrong;
  }

  /** The later of two times; the observer is told when it is the second. */
  private later(time: number, other: number, what: WaitFor, which = 0): number {
    if (other <= time) return time;
    this.observer?.delayed(what, which);
    return other;
  }

  private pushLink(base: number, address: number): void {
    const depth = this.i32[(base + CTX.linkDepth) >> 2];
    this.i32[(base + CTX.linkStack + 4 * (depth & (this.core.linkStackEntries - 1))) >> 2] = address;
    this.i32[(base + CTX.linkDepth) >> 2] = (depth + 1) | 0;
  }

  private popLink(base: number): number {
    const depth = (this.i32[(base + CTX.linkDepth) >> 2] - 1) | 0;
    this.i32[(base + CTX.linkDepth) >> 2] = depth;
    return this.i32[(base + CTX.linkStack + 4 * (depth & (this.core.linkStackEntries - 1))) >> 2];
  }
}

const later = (a: number, b: number): number => (b > a ? b : a);

const sizeOf = (plan: IssuePlan): number =>
  plan.access !== undefined && plan.access.kind === 'store' ? plan.access.size : 0;

/** A scalar access that leaves its 32-byte block goes through microcode; vector accesses are aligned or made for it. */
function crosses32(address: number, size: number, plan: IssuePlan): boolean {
  return plan.timing !== 'loadVector' && plan.timing !== 'storeVector' && (address & 31) + size > 32;
}
