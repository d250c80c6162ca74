import { CTR, LR } from '../isa/registers.js';
import type { Window } from './core-timing.js';
import type { IssuePlan } from './plan.js';
import type { Queue, UnitState } from './window-parts.js';

export type QueueName = 'general' | 'float' | 'vector';

/** Where an instruction waits and what executes it. */
export interface WindowParts {
  readonly queue: Queue;
  readonly units: readonly UnitState[];
}

/** What window timing needs to know of one instruction, in cycles and in the order it is needed. */
export interface WindowPlan extends WindowParts {
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
  parts: WindowParts,
  w: Window,
  block: Readonly<Record<string, number>>,
): WindowPlan {
  const knows = (reg: number) => reg === CTR && plan.branch !== undefined && w.knowsCounter;
  const waits = plan.waits.filter(({ reg }) => !knows(reg));
  const isStore = plan.access?.kind === 'store';
  return {
    ...parts,
    waits: Int32Array.from([...waits.map(({ reg }) => reg), ...(w.storesWaitForData ? plan.storeData : [])]),
    extras: Int32Array.from([
      ...waits.map(({ extra }) => extra >> 1),
      ...(w.storesWaitForData ? plan.storeData.map(() => 0) : []),
    ]),
    storeData: Int32Array.from(isStore ? plan.storeData : []),
    results: Int32Array.from(plan.results, ({ reg }) => reg),
    latencies: Int32Array.from(plan.results, ({ latency }) => latency >> 1),
    fromMemory: Uint8Array.from(plan.results, ({ fromMemory }) => (fromMemory ? 1 : 0)),
    blockCycles: Math.max(1, plan.blockCycles),
    access: plan.access?.kind,
    size: plan.access?.kind === 'store' ? plan.access.size : 0,
    serialized: w.serializesMoves && MOVES.has(plan.timing),
    fence: plan.sync !== undefined || plan.timing === 'isync',
    fenceCycles: plan.sync === undefined ? 0 : block[plan.timing],
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
