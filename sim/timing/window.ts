import { CTX, contextBase } from '../engine/context.js';
import { CTR } from '../isa/registers.js';
import type { PlainMemory } from '../memory/plain-memory.js';
import type { CoreTiming } from './core-timing.js';
import type { IssuePlan, Unit } from './plan.js';
import type { TimedEvent } from './reference.js';

/**
 * Issue through a small window, for the out-of-order relatives of the console's cores. In program order, times in
 * cycles:
 *
 * 1. An instruction is dispatched when the one before it has been (`dispatchWidth` a cycle), when the instruction
 *    `entries` places ahead has retired, and when its queue (without one: its station) has room.
 * 2. In a later cycle it issues from its queue to a station of a unit of its kind: as one of the few oldest there,
 *    in order except from the general queue.
 * 3. In a later cycle it begins, when the registers it reads are there (registers are renamed: nobody waits to
 *    write) and the unit is free; from an in-order station not before those ahead of it there.
 * 4. Results are there after the class's latency, those of loads when the line is.
 * 5. It retires when it is done and all before it have, `retireWidth` a cycle.
 * 6. A taken branch keeps dispatch back for its bubble; a mispredicted one until it is resolved, and the penalty.
 *    Folded branches take no place in the window.
 *
 * `CTX.issue` is the time of dispatch; the caller's branch prediction and the machine's memory are used.
 */
export class WindowTiming {
  private readonly i32: Int32Array;
  private readonly queues: Readonly<Record<QueueName, Queue>>;
  private readonly units: Readonly<Record<Unit, readonly UnitState[]>>;
  private readonly retired: Float64Array;
  private count = 0;
  /** Cycle of the last dispatch, and how many were dispatched in it; the same of retirement. */
  private dispatched = 0;
  private inCycle = 0;
  /** The same of loads and stores. */
  private accessed = 0;
  private accessesInCycle = 0;
  private lastRetired = 0;
  private retiredInCycle = 0;
  /** No dispatch before this: a branch has to be resolved or its target fetched. */
  private fetched = 0;

  constructor(
    buffer: ArrayBufferLike,
    private readonly core: CoreTiming,
    private readonly memory: PlainMemory,
  ) {
    this.i32 = new Int32Array(buffer);
    const w = core.window;
    this.retired = new Float64Array(w.entries);
    this.queues = {
      general: newQueue(w.generalQueue, w.generalIssue, false, w.dispatchWidth),
      float: newQueue(w.floatQueue, w.floatIssue, true, w.floatDispatchWidth),
      vector: newQueue(w.vectorQueue, w.vectorIssue, true, w.vectorDispatchWidth),
    };
    const units = (count: number, stations: number): UnitState[] =>
      Array.from({ length: count }, () => newUnit(stations, w.stationsOutOfOrder));
    const vector = () => units(w.vectorUnitsOfAKind, w.vectorStations);
    this.units = {
      integer: units(w.integerUnits, w.integerStations),
      loadStore: units(w.loadStoreUnits, w.loadStoreStations),
      float: units(w.floatUnits, w.floatStations),
      branch: units(1, w.integerStations),
      arithmetic: vector(),
      permute: vector(),
      vectorComplex: vector(),
      vectorFloat: vector(),
      none: units(w.integerUnits, w.integerStations),
    };
  }

  /** Times one instruction; `predict` says whether its branch was foreseen. Returns `CTX.issue` (half-cycles). */
  step(thread: number, event: TimedEvent, predict: Predict): number {
    const base = contextBase(thread);
    const { plan } = event;
    const { window: w } = this.core;
    const isFolded = plan.branch !== undefined && w.foldsBranches;
    let d = Math.max(this.i32[(base + CTX.issue) >> 2] >> 1, this.fetched);
    if (plan.sync !== undefined || plan.timing === 'isync') d = Math.max(d, this.lastRetired);
    let begin: number;
    let unit: UnitState | undefined;
    if (isFolded) begin = this.operands(base, plan, d + 1);
    else {
      const queue = this.queues[queueOf(plan)];
      unit = earliestRoom(this.units[plan.unit]);
      const isAccess = plan.unit === 'loadStore';
      const hasQueue = queue.issues.length > 0;
      d = Math.max(d, this.retired[this.count % w.entries], hasQueue ? least(queue.issues) : roomAt(unit));
      d = this.dispatchSlot(d, queue, isAccess);
      const issued = hasQueue ? issue(queue, Math.max(d + 1, roomAt(unit))) : d;
      begin = start(unit, this.operands(base, plan, issued + 1), Math.max(1, plan.blockCycles));
    }
    let done = begin + 1;
    let fill = 0;
    if (plan.access !== undefined) {
      fill = this.access(event, begin);
      if (plan.access.kind === 'load' && w.loadsHoldStations && unit !== undefined) keep(unit.begins, fill);
      if (plan.access.kind === 'store') done = Math.max(done, this.storeDone(base, plan, fill));
    }
    if (plan.sync !== undefined) done += this.core.block[plan.timing];
    const { results } = plan;
    for (let k = 0; k < results.length; k++) {
      const { reg, latency, fromMemory } = results[k];
      const t = Math.max(begin + (latency >> 1), fromMemory ? Math.ceil(fill) : 0);
      this.i32[(base + CTX.ready + 4 * reg) >> 2] = 2 * t;
      done = Math.max(done, t);
    }
    if (!isFolded) this.retire(done);
    if (plan.branch !== undefined) this.branch(event, d, begin, predict(thread, event));
    this.i32[(base + CTX.issue) >> 2] = 2 * d;
    return 2 * d;
  }

  rebase(halfCycles: number): void {
    const delta = halfCycles / 2;
    this.dispatched -= delta;
    this.accessed -= delta;
    this.lastRetired -= delta;
    this.fetched -= delta;
    const shift = (times: Float64Array) => {
      for (let i = 0; i < times.length; i++) times[i] -= delta;
    };
    shift(this.retired);
    for (const queue of Object.values(this.queues)) {
      queue.lastIssue -= delta;
      queue.cycle -= delta;
      shift(queue.issues);
      shift(queue.latest);
    }
    for (const unit of Object.values(this.units).flat()) {
      unit.lastBegin -= delta;
      shift(unit.begins);
      shift(unit.busy);
    }
  }

  private dispatchSlot(from: number, queue: Queue, isAccess: boolean): number {
    const { loadStoreDispatchWidth: accessWidth } = this.core.window;
    let d = from;
    if (d === this.dispatched && this.inCycle >= this.core.window.dispatchWidth) d++;
    if (d === queue.cycle && queue.inCycle >= queue.width) d++;
    if (isAccess) {
      if (d === this.accessed && this.accessesInCycle >= accessWidth) d++;
      if (d !== this.accessed) this.accessesInCycle = 0;
      this.accessed = d;
      this.accessesInCycle++;
    }
    if (d !== this.dispatched) this.inCycle = 0;
    if (d !== queue.cycle) queue.inCycle = 0;
    this.dispatched = d;
    this.inCycle++;
    queue.cycle = d;
    queue.inCycle++;
    return d;
  }

  /** When the instruction has what it reads, `from` or later. */
  private operands(base: number, plan: IssuePlan, from: number): number {
    let t = from;
    const { waits, storeData } = plan;
    for (let i = 0; i < waits.length; i++) {
      t = Math.max(t, this.ready(base, waits[i].reg, plan) + (waits[i].extra >> 1));
    }
    if (this.core.window.storesWaitForData) {
      for (let i = 0; i < storeData.length; i++) t = Math.max(t, this.ready(base, storeData[i], plan));
    }
    return t;
  }

  private ready(base: number, reg: number, plan: IssuePlan): number {
    if (reg === CTR && plan.branch !== undefined && this.core.window.knowsCounter) return 0;
    return this.i32[(base + CTX.ready + 4 * reg) >> 2] >> 1;
  }

  private access({ plan, address }: TimedEvent, t: number): number {
    switch (plan.access!.kind) {
      case 'load':
        return this.memory.load(address, t);
      case 'store':
        return this.memory.store(address, t);
      case 'prefetch':
        this.memory.touch(address, t);
        return 0;
      case 'zero':
        this.memory.claim(address, t);
        return 0;
      default:
        return 0;
    }
  }

  /** A store may retire when its data is there and the store queue has taken it. */
  private storeDone(base: number, plan: IssuePlan, taken: number): number {
    let done = taken;
    const { storeData } = plan;
    for (let i = 0; i < storeData.length; i++)
      done = Math.max(done, this.ready(base, storeData[i], plan) + 1);
    return done;
  }

  private retire(done: number): void {
    let r = Math.max(done, this.lastRetired);
    if (r === this.lastRetired && this.retiredInCycle >= this.core.window.retireWidth) r++;
    if (r !== this.lastRetired) this.retiredInCycle = 0;
    this.lastRetired = r;
    this.retiredInCycle++;
    this.retired[this.count % this.core.window.entries] = r;
    this.count++;
  }

  private branch({ plan, taken }: TimedEvent, dispatched: number, resolved: number, foreseen: boolean): void {
    const { mispredictCycles, indirectBranchCycles, takenBranchCycles, window } = this.core;
    // The counter of a loop is known, so nothing is to be foreseen.
    const isCounted = window.knowsCounter && plan.waits.length === 1 && plan.waits[0].reg === CTR;
    if (plan.branch!.kind === 'indirect') this.fetched = resolved + indirectBranchCycles;
    else if (!foreseen && !isCounted) this.fetched = resolved + mispredictCycles;
    else if (taken) this.fetched = Math.max(this.fetched, dispatched + takenBranchCycles);
  }
}

/** Whether a branch was foreseen; brings the predictor up to date. */
export type Predict = (thread: number, event: TimedEvent) => boolean;
type QueueName = 'general' | 'float' | 'vector';

function queueOf({ unit }: IssuePlan): QueueName {
  switch (unit) {
    case 'float':
      return 'float';
    case 'arithmetic':
    case 'permute':
    case 'vectorComplex':
    case 'vectorFloat':
      return 'vector';
    default:
      return 'general';
  }
}

/** Instructions that have been dispatched and not yet issued to a station. */
interface Queue {
  /** The latest times of issue, as many as there are places. */
  readonly issues: Float64Array;
  /** The latest of them, as many as may issue in a cycle. */
  readonly latest: Float64Array;
  readonly inOrder: boolean;
  lastIssue: number;
  /** How many may come in a cycle, the cycle in which one came last, and how many did. */
  readonly width: number;
  cycle: number;
  inCycle: number;
}

const newQueue = (entries: number, oldest: number, inOrder: boolean, width: number): Queue => ({
  issues: new Float64Array(entries),
  latest: new Float64Array(oldest),
  inOrder,
  lastIssue: 0,
  width,
  cycle: -1,
  inCycle: 0,
});

/** Index of the smallest. */
function leastIndex(times: Float64Array): number {
  let at = 0;
  for (let i = 1; i < times.length; i++) if (times[i] < times[at]) at = i;
  return at;
}

const least = (times: Float64Array): number => times[leastIndex(times)];

/** Puts a time among the largest ones. */
function keep(times: Float64Array, time: number): void {
  const at = leastIndex(times);
  if (time > times[at]) times[at] = time;
}

/** Issues from the queue at `from` or later, once all but a few older ones have; returns when. */
function issue(queue: Queue, from: number): number {
  let t = Math.max(from, least(queue.latest) + 1);
  if (queue.inOrder) t = Math.max(t, queue.lastIssue);
  keep(queue.issues, t);
  keep(queue.latest, t);
  queue.lastIssue = Math.max(queue.lastIssue, t);
  return t;
}

/** One unit: its stations and the cycles in which it begins an instruction. */
interface UnitState {
  /** The latest times at which a station became free. */
  readonly begins: Float64Array;
  readonly outOfOrder: boolean;
  lastBegin: number;
  /** Cycles taken, in a ring: out of order a later instruction may take an earlier one. */
  readonly busy: Float64Array;
}

/** Cycles kept: more than instructions in a window can be apart. A power of two that divides every rebase. */
const RING = 4096;

const newUnit = (stations: number, outOfOrder: boolean): UnitState => ({
  begins: new Float64Array(Math.max(1, stations)),
  outOfOrder,
  lastBegin: 0,
  busy: new Float64Array(RING).fill(-1),
});

/** When a station is free: when one of those that wait longest has begun. */
const roomAt = ({ begins }: UnitState): number => least(begins);

function earliestRoom(units: readonly UnitState[]): UnitState {
  let best = units[0];
  for (let i = 1; i < units.length; i++) if (roomAt(units[i]) < roomAt(best)) best = units[i];
  return best;
}

/** Takes the unit for `cycles` from the first free cycle at or after `from`; returns that cycle. */
function start(unit: UnitState, from: number, cycles: number): number {
  let t = unit.outOfOrder ? from : Math.max(from, unit.lastBegin + 1);
  for (let k = 0; k < cycles; ) {
    if (unit.busy[(t + k) & (RING - 1)] === t + k) {
      t += k + 1;
      k = 0;
    } else k++;
  }
  for (let k = t; k < t + cycles; k++) unit.busy[k & (RING - 1)] = k;
  keep(unit.begins, t);
  unit.lastBegin = Math.max(unit.lastBegin, t);
  return t;
}
