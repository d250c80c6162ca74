import type { TimingClass } from '../isa/row.js';
import type { Unit } from './plan.js';

/** The numbers of a core that issue timing uses, all times in cycles unless named otherwise. */
export interface CoreTiming {
  readonly latency: Readonly<Record<TimingClass, number>>;
  readonly block: Readonly<Record<TimingClass, number>>;
  readonly unit: Readonly<Record<TimingClass, Unit>>;
  /** Extra cycles before an integer result can be an address. */
  readonly addressExtra: number;
  /** Cycles from writing a condition register field to a branch that reads it, by the writer. */
  readonly crToBranch: {
    readonly compare: number;
    readonly record: number;
    readonly floatCompare: number;
    readonly vectorCompareInteger: number;
    readonly vectorCompareFloat: number;
  };
  readonly vectorQueueEntries: number;
  readonly storeQueueEntries: number;
  readonly loadHitStoreCycles: number;
  readonly takenBranchCycles: number;
  readonly mispredictCycles: number;
  readonly indirectBranchCycles: number;
  readonly predictorCounters: number;
  readonly linkStackEntries: number;
  /** Cost of a scalar access that crosses a 32-byte block. */
  readonly misalignedCycles: number;
}

/** Timing classes that never share an issue cycle, whatever their unit. */
export const NEVER_PAIRS: ReadonlySet<TimingClass> = new Set<TimingClass>([
  'shiftVariable', 'multiplyImmediate', 'multiplyWord', 'multiplyDouble', 'divideWord', 'divideDouble',
  'loadAlgebraic', 'loadMultiple', 'storeMultiple', 'loadReserve', 'storeConditional', 'moveFromCr', 'moveToCr',
  'moveFromSpr', 'moveToSpr', 'moveFromTimeBase', 'floatDivide', 'floatSquareRoot', 'floatStatus', 'vectorStatus',
  'cacheZero', 'cacheFlush', 'sync', 'lwsync', 'eieio', 'isync', 'threadHint', 'trap', 'systemCall', 'illegal',
]);

/**
 * Whether `second` may issue in the same cycle as `first`, the word before it in an aligned eight-byte pair: one
 * instruction a unit, a vector or floating-point access shares the permute pipe's path, a branch only second.
 */
export function mayPair(core: CoreTiming, first: TimingClass, second: TimingClass): boolean {
  if (NEVER_PAIRS.has(first) || NEVER_PAIRS.has(second)) return false;
  const a = core.unit[first];
  const b = core.unit[second];
  if (a === 'branch') return false;
  if (a === 'none' || b === 'none') return true;
  if (a === b) return false;
  const usesPermutePath = (c: TimingClass, u: Unit) => u === 'permute' || VECTOR_ACCESS.has(c);
  return !(usesPermutePath(first, a) && usesPermutePath(second, b));
}

const VECTOR_ACCESS: ReadonlySet<TimingClass> = new Set<TimingClass>([
  'loadFloat', 'storeFloat', 'loadVector', 'storeVector', 'shiftPattern',
]);
