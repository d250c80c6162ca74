import { CTX, contextBase } from '../engine/context.js';
import { REGISTER_COUNT } from '../isa/registers.js';
import type { PlainMemory } from '../memory/plain-memory.js';
import type { CoreTiming, Window } from './core-timing.js';
import type { IssuePlan, TimedEvent, Unit } from './plan.js';
import { Queue, Ring, Slots, shift, UnitState } from './window-parts.js';
import {
  type QueueName,
  queueOf,
  queuesOf,
  STORES,
  unitsOf,
  type WindowPlan,
  windowCycles,
  windowPlanOf,
} from './window-plan.js';

/** The plan of an instruction, where it waits and what executes it. */
interface Planned extends WindowPlan {
  readonly queue: Queue;
  readonly units: readonly UnitState[];
}

/**
 * Issue through a small window, for the out-of-order relatives of the console's cores. In program order, times in
 * cycles:
 *
 * 1. An instruction is dispatched when the one before it has been (`dispatchWidth` a cycle), when the instruction
 *    `entries` places ahead has retired, and when its queue (without one: its station) has room.
 * 2. In a later cycle it issues from its queue to a station of a unit of its kind: as one of the few oldest there,
 *    in order except from the general queue.
 * 3. In a later cycle it begins, when the registers it reads are there (registers are renamed: nobody waits to
 *    write) and the unit is free; from an in-order station not before those ahead of it there. Serialized ones begin
 *    when everything older has retired.
 * 4. Results are there after the class's latency, those of loads when the line is.
 * 5. It retires when it is done and all before it have, `retireWidth` a cycle.
 * 6. A store has its data and the store queue's room when it retires, which may have to be in a cycle's first place;
 *    at most `finishedStores` have begun and not retired. Then it writes the data cache, which may cost loads a cycle; a load
 *    of the same word waits until `loadHitStoreCycles` after the store's retirement.
 * 7. A taken branch keeps dispatch back for its bubble; a mispredicted one until it is resolved, and the penalty.
 *    Folded branches take no place in the window: taken ones that write neither LR nor CTR.
 *
 * `CTX.issue` is the time of dispatch; the caller's branch prediction and the machine's memory are used.
 */
export class WindowTiming {
  private readonly i32: Int32Array;
  private readonly w: Window;
  // The numbers of every instruction, out of the machine's tree, whose objects are slow to ask.
  private readonly foldsBranches: boolean;
  private readonly branchesComplete: boolean;
  private readonly loadsHoldStations: boolean;
  private readonly aliasesStall: boolean;
  private readonly storesRetireFirst: boolean;
  private readonly storeWriteCycles: number;
  private readonly loadHitStoreCycles: number;
  private readonly takenBranchCycles: number;
  private readonly mispredictCycles: number;
  private readonly indirectBranchCycles: number;
  private readonly queues: Readonly<Record<QueueName, Queue>>;
  private readonly units: Readonly<Record<Unit, readonly UnitState[]>>;
  /** When the value of each register is there. */
  private readonly ready = new Int32Array(REGISTER_COUNT);
  private readonly retired: Ring;
  private readonly dispatches: Slots;
  private readonly accesses: Slots;
  private readonly retirements: Slots;
  /** When each of the stores that may be finished together retired. */
  private readonly finished: Ring | undefined;
  /** Words stored lately, and when a load may have them. */
  private readonly storedWords = new Int32Array(STORES).fill(-1);
  private readonly storedUntil = new Int32Array(STORES);
  private lastRetired = 0;
  /** No dispatch before this: a branch has to be resolved or its target fetched. */
  private fetched = 0;
  private readonly plans = new Map<IssuePlan, Planned>();

  constructor(
    buffer: ArrayBufferLike,
    private readonly core: CoreTiming,
    private readonly plain: PlainMemory,
  ) {
    this.i32 = new Int32Array(buffer);
    const w = core.window;
    this.w = w;
    this.foldsBranches = w.foldsBranches;
    this.branchesComplete = w.branchesComplete;
    this.loadsHoldStations = w.loadsHoldStations;
    this.aliasesStall = w.aliasesStall;
    this.storesRetireFirst = w.storesRetireFirst;
    const cycles = windowCycles(core);
    this.storeWriteCycles = cycles.storeWriteCycles;
    this.loadHitStoreCycles = cycles.loadHitStoreCycles;
    this.takenBranchCycles = cycles.takenBranchCycles;
    this.mispredictCycles = cycles.mispredictCycles;
    this.indirectBranchCycles = cycles.indirectBranchCycles;
    plain.layout.onRebase((cycles) => this.rebase(cycles));
    this.retired = new Ring(w.entries);
    this.dispatches = new Slots(w.dispatchWidth);
    this.accesses = new Slots(w.loadStoreDispatchWidth);
    this.retirements = new Slots(w.retireWidth);
    if (w.finishedStores > 0) this.finished = new Ring(w.finishedStores);
    this.queues = queuesOf(w, (size) => new Queue(size));
    this.units = unitsOf(w, (count, stations) =>
      Array.from({ length: count }, () => new UnitState(stations, w.stationsOutOfOrder)),
    );
  }

  /** Times one instruction; `predict` says whether its branch was foreseen. Returns `CTX.issue` (half-cycles). */
  step(thread: number, event: TimedEvent, predict: Predict): number {
    const p = this.planned(event.plan);
    const slot = (contextBase(thread) + CTX.issue) >> 2;
    let d = later(this.i32[slot] >> 1, this.fetched);
    if (p.fence) d = later(d, this.lastRetired);
    if (p.isBranch && this.foldsBranches) d = this.folded(d, p, event, thread, predict);
    else {
      const { queue } = p;
      const unit = earliestRoom(p.units, d);
      d = later(d, this.retired.oldest);
      d = later(d, queue.size > 0 ? queue.entries.least : unit.stations.least);
      d = this.dispatch(d, queue, p.access !== undefined);
      const issued = queue.size > 0 ? queue.issue(later(d + 1, unit.stations.least)) : d;
      let from = this.operands(p, issued + 1);
      if (p.serialized) from = later(from, this.lastRetired + 1);
      if (p.access === 'load' && this.loadHitStoreCycles > 0) from = later(from, this.written(event.address));
      if (p.access === 'store' && this.finished !== undefined) from = later(from, this.finished.oldest);
      const begin = unit.start(from, p.blockCycles);
      this.execute(p, event, unit, begin);
      if (p.isBranch) this.branch(p, event, d, begin, predict(thread, event));
    }
    this.i32[slot] = 2 * d;
    return 2 * d;
  }

  private planned(plan: IssuePlan): Planned {
    let known = this.plans.get(plan);
    if (known === undefined) {
      const parts = { queue: this.queues[queueOf(plan)], units: this.units[plan.unit] };
      known = { ...windowPlanOf(plan, this.w, this.core.block), ...parts };
      this.plans.set(plan, known);
    }
    return known;
  }

  private rebase(delta: number): void {
    this.lastRetired -= delta;
    this.fetched -= delta;
    shift(this.ready, delta);
    shift(this.storedUntil, delta);
    const parts = [this.retired, this.dispatches, this.accesses, this.retirements, this.finished];
    for (const part of [...parts, ...Object.values(this.queues), ...Object.values(this.units).flat()])
      part?.rebase(delta);
  }

  private dispatch(from: number, queue: Queue | undefined, isAccess: boolean): number {
    let d = this.dispatches.room(from);
    if (queue !== undefined) d = queue.dispatches.room(d);
    if (isAccess) {
      d = this.accesses.room(d);
      this.accesses.take(d);
    }
    this.dispatches.take(d);
    queue?.dispatches.take(d);
    return d;
  }

  /** When the instruction has what it reads, `from` or later. */
  private operands(p: Planned, from: number): number {
    const { waits, extras } = p;
    let t = from;
    for (let i = 0; i < waits.length; i++) {
      const ready = this.ready[waits[i]] + extras[i];
      if (ready > t) t = ready;
    }
    return t;
  }

  /** What follows when it has begun: its access, its results, its retirement. */
  private execute(p: Planned, event: TimedEvent, unit: UnitState, begin: number): void {
    const memory = this.plain.module;
    let done = begin + 1 + p.fenceCycles;
    let fill = 0;
    switch (p.access) {
      case 'load':
        fill = memory.loadAt(event.address, begin);
        if (this.loadsHoldStations) unit.stations.keep(fill);
        if (this.moving > 0) unit.reserve(later(fill, begin + 1), this.moving);
        // The line was on its way already: the pipeline stands still with what is behind the load in it.
        if (this.aliasesStall && this.joined) unit.stall(fill - p.latencies[0]);
        break;
      case 'store':
        done = later(done, memory.storeAt(event.address, begin));
        if (this.moving > 0) unit.reserve(done, this.moving);
        for (let i = 0; i < p.storeData.length; i++) done = later(done, this.ready[p.storeData[i]] + 1);
        break;
      case 'prefetch':
        memory.touch(event.address, begin);
        break;
      case 'zero':
        memory.claim(event.address, begin);
        break;
    }
    const { results, latencies, fromMemory } = p;
    for (let k = 0; k < results.length; k++) {
      let t = begin + latencies[k];
      if (fromMemory[k] !== 0 && fill > t) t = fill;
      this.ready[results[k]] = t;
      if (t > done) done = t;
    }
    const retired = this.retire(done, p.access === 'store' && this.storesRetireFirst);
    if (p.access !== 'store') return;
    this.finished?.put(retired);
    this.remember(event.address, p.size, retired);
    if (this.storeWriteCycles > 0) unit.reserve(retired + 1, this.storeWriteCycles);
  }

  /** For how long the last access keeps others from L1, cycles; whether it found its line on the way. */
  private get moving(): number {
    return this.i32[this.plain.moving >> 2];
  }
  private get joined(): boolean {
    return this.i32[this.plain.joined >> 2] !== 0;
  }

  /** When a store to the word has been written, if it was lately. */
  private written(address: number): number {
    const word = address >>> 2;
    return this.storedWords[word & (STORES - 1)] === word ? this.storedUntil[word & (STORES - 1)] : 0;
  }

  private remember(address: number, size: number, retired: number): void {
    const until = retired + this.loadHitStoreCycles;
    for (let word = address >>> 2; word <= (address + size - 1) >>> 2; word++) {
      this.storedWords[word & (STORES - 1)] = word;
      this.storedUntil[word & (STORES - 1)] = until;
    }
  }

  private retire(done: number, first: boolean): number {
    let r = this.retirements.room(later(done, this.lastRetired));
    if (first && r === this.retirements.cycle) r++;
    this.retirements.take(r);
    this.lastRetired = r;
    this.retired.put(r);
    return r;
  }

  /** A branch that the branch unit resolves while it waits for dispatch; when it is dispatched. */
  private folded(from: number, p: Planned, event: TimedEvent, thread: number, predict: Predict): number {
    let d = from;
    const isFolded = event.taken && p.foldsWhenTaken;
    const completes = !isFolded && (this.branchesComplete || !p.foldsWhenTaken);
    if (completes) d = later(d, this.retired.oldest);
    if (!isFolded) d = this.dispatch(d, undefined, false);
    const resolved = this.operands(p, d + 1);
    for (let k = 0; k < p.results.length; k++) this.ready[p.results[k]] = resolved + p.latencies[k];
    if (completes) this.retire(resolved, false);
    this.branch(p, event, d, resolved, predict(thread, event));
    return d;
  }

  private branch(
    p: Planned,
    event: TimedEvent,
    dispatched: number,
    resolved: number,
    foreseen: boolean,
  ): void {
    // The counter of a loop is known, so nothing is to be foreseen.
    if (p.isIndirect) this.fetched = resolved + this.indirectBranchCycles;
    else if (!foreseen && !p.isCounted) this.fetched = resolved + this.mispredictCycles;
    else if (event.taken) this.fetched = dispatched + this.takenBranchCycles;
  }
}

const later = (a: number, b: number): number => (b > a ? b : a);

/** The unit that has a station free first, at `from` or later. */
function earliestRoom(units: readonly UnitState[], from: number): UnitState {
  let best = units[0];
  for (let i = 1; i < units.length; i++)
    if (later(from, units[i].stations.least) < later(from, best.stations.least)) best = units[i];
  return best;
}

/** Whether a branch was foreseen; brings the predictor up to date. */
export type Predict = (thread: number, event: TimedEvent) => boolean;
