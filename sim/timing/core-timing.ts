import type { TimingClass } from '../isa/row.js';
import type { Machine } from '../machine/resolve.js';

/** The numbers of a core that issue timing uses (cycles). */
export type CoreTiming = Machine['core'];
/** Those of an issue window. */
export type Window = CoreTiming['window'];

/** Bits of the branch history that choose a counter: as many as there are, up to the counters' number. */
export const historyMask = ({ predictorHistoryBits, predictorCounters }: CoreTiming): number =>
  ((1 << predictorHistoryBits) - 1) & (predictorCounters - 1);

/** Entries of the vector queue that a thread has at least: half of a shared one, for which both threads ask. */
export const leastRoom = ({ vectorQueueEntries, vectorQueueSharing }: CoreTiming): number =>
  vectorQueueSharing === 'shared' ? Math.max(1, vectorQueueEntries >> 1) : vectorQueueEntries;

/** Accesses whose data goes to or comes from the vector register files. */
const VECTOR_ACCESS: ReadonlySet<TimingClass> = new Set<TimingClass>([
  'loadFloat',
  'storeFloat',
  'loadVector',
  'storeVector',
  'shiftPattern',
]);

/**
 * Whether `second` may issue in the same cycle as `first`, the word before it in an aligned eight-byte pair: one
 * instruction a unit, a branch only second, and the pairings of accesses with vector work that the machine allows.
 */
export function mayPair(core: CoreTiming, first: TimingClass, second: TimingClass): boolean {
  if (!core.pairs[first] || !core.pairs[second]) return false;
  const a = core.unit[first];
  const b = core.unit[second];
  if (a === 'branch' && !core.pairing.branchFirst) return false;
  if (a === 'none' || b === 'none') return true;
  if (a === b) {
    const mixed = VECTOR_ACCESS.has(first) !== VECTOR_ACCESS.has(second);
    return a === 'loadStore' && mixed && core.pairing.loadWithVectorLoad;
  }
  if (VECTOR_ACCESS.has(first) || VECTOR_ACCESS.has(second)) {
    const other = VECTOR_ACCESS.has(first) ? b : a;
    if (other === 'permute') return core.pairing.vectorAccessWithPermute;
    if (other === 'arithmetic') return core.pairing.vectorAccessWithArithmetic;
  }
  return true;
}
