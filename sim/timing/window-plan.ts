import { CTR, LR } from '../isa/registers.js';
import type { CoreTiming, Window } from './core-timing.js';
import type { IssuePlan, Unit } from './plan.js';

export type QueueName = 'general' | 'float' | 'vector';

/** Words that are remembered to have been stored. */
export const STORES = 256;

/** What window timing needs to know of one instruction, in cycles and in the order it is needed. */
export interface WindowPlan {
  /** Registers to wait for, how much longer than their results, and those whose value is stored. */
  readonly waits: Int32Array;
  readonly extras: Int32Array;
  readonly storeData: Int32Array;
  readonly results: Int32Array;
  readonly latencies: Int32Array;
  readonly fromMemory: Uint8Array;
  readonly blockCycles: number;
  readonly access: 'load' | 'store' | 'prefetch' | 'zero' | 'flush' | undefined;
  /** Bytes of a store. */
  readonly size: number;
  /** Begins when everything older has retired. */
  readonly serialized: boolean;
  /** Is dispatched when everything older has retired, and what it keeps retirement waiting. */
  readonly fence: boolean;
  readonly fenceCycles: number;
  readonly isBranch: boolean;
  readonly isIndirect: boolean;
  /** Taken, it takes no place in the window: it writes neither LR nor CTR. */
  readonly foldsWhenTaken: boolean;
  /** Depends on a loop counter that the branch unit knows, and on nothing else. */
  readonly isCounted: boolean;
}

/** Instructions that move special registers, and operations between condition register bits. */
const MOVES: ReadonlySet<string> = new Set(['moveFromSpr', 'moveToSpr', 'crLogical']);

export function windowPlanOf(
  plan: IssuePlan,
  w: Window,
  block: Readonly<Record<string, number>>,
): WindowPlan {
  const knows = (reg: number) => reg === CTR && plan.branch !== undefined && w.knowsCounter;
  const waits = plan.waits.filter(({ reg }) => !knows(reg));
  const isStore = plan.access?.kind === 'store';
  return {
    waits: Int32Array.from([...waits.map(({ reg }) => reg), ...(w.storesWaitForData ? plan.storeData : [])]),
    extras: Int32Array.from([
      ...waits.map(({ extra }) => extra >> 1),
      ...(w.storesWaitForData ? plan.storeData.map(() => 0) : []),
    ]),
    storeData: Int32Array.from(isStore ? plan.storeData : []),
    results: Int32Array.from(plan.results, ({ reg }) => reg),
    latencies: Int32Array.from(plan.results, ({ latency }) => latency >> 1),
    fromMemory: Uint8Array.from(plan.results, ({ fromMemory }) => (fromMemory ? 1 : 0)),
    blockCycles: Math.max(1, Math.round(plan.blockCycles)),
    access: plan.access?.kind,
    size: plan.access?.kind === 'store' ? plan.access.size : 0,
    serialized: w.serializesMoves && MOVES.has(plan.timing),
    fence: plan.sync !== undefined || plan.timing === 'isync',
    fenceCycles: plan.sync === undefined ? 0 : Math.round(block[plan.timing]),
    isBranch: plan.branch !== undefined,
    isIndirect: plan.branch?.kind === 'indirect',
    foldsWhenTaken:
      plan.branch !== undefined &&
      w.foldsBranches &&
      !plan.results.some(({ reg }) => reg === LR || reg === CTR),
    isCounted: w.knowsCounter && plan.waits.length === 1 && knows(plan.waits[0].reg),
  };
}

/** Which queue an instruction is dispatched to. */
export function queueOf({ unit }: IssuePlan): QueueName {
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

/** A queue that instructions are dispatched to: `oldest` may issue in a cycle, `width` may come. */
export interface QueueSize {
  readonly size: number;
  readonly oldest: number;
  readonly inOrder: boolean;
  readonly width: number;
}

/** The queues of a window. */
export function queuesOf<T>(w: Window, make: (size: QueueSize) => T): Record<QueueName, T> {
  return {
    general: make({
      size: w.generalQueue,
      oldest: w.generalIssue,
      inOrder: false,
      width: w.dispatchWidth,
    }),
    float: make({ size: w.floatQueue, oldest: w.floatIssue, inOrder: true, width: w.floatDispatchWidth }),
    vector: make({
      size: w.vectorQueue,
      oldest: w.vectorIssue,
      inOrder: true,
      width: w.vectorDispatchWidth,
    }),
  };
}

/** The units of a window: how many of a kind, with how many stations each. */
export function unitsOf<T>(w: Window, make: (count: number, stations: number) => T): Record<Unit, T> {
  const vector = () => make(w.vectorUnitsOfAKind, w.vectorStations);
  return {
    integer: make(w.integerUnits, w.integerStations),
    loadStore: make(w.loadStoreUnits, w.loadStoreStations),
    float: make(w.floatUnits, w.floatStations),
    branch: make(1, w.integerStations),
    arithmetic: vector(),
    permute: vector(),
    vectorComplex: vector(),
    vectorFloat: vector(),
    none: make(w.integerUnits, w.integerStations),
  };
}

/** What things of a window take, in whole cycles. */
export function windowCycles(core: CoreTiming) {
  return {
    storeWriteCycles: Math.round(core.window.storeWriteCycles),
    loadHitStoreCycles: Math.round(core.loadHitStoreCycles),
    takenBranchCycles: Math.round(core.takenBranchCycles),
    mispredictCycles: Math.round(core.mispredictCycles),
    indirectBranchCycles: Math.round(core.indirectBranchCycles),
  };
}
