import type { TimingClass } from '../isa/row.js';
import type { SyncKind } from '../memory/system.js';

/**
 * The timing rules of one hardware thread, in the words both timing models use.
 *
 * Time is counted in half-cycles: cycle c has the issue slots 2c and 2c+1. `s` is the slot of the thread's youngest
 * issued instruction; `m` is 1 while the thread has its core to itself and 3 (7 at low priority) while its sibling
 * takes every other cycle, so that `align(x) = (x + m) & ~m` is the first slot of a cycle the thread may use.
 *
 * 1. An instruction takes slot `s + 1` if it may share the cycle of the word before it, otherwise `(s | m) + 1`.
 * 2. It then waits for the registers it reads and (no renaming) the ones it writes: `align(ready + extra)`.
 *    Store data is not waited for: the store queue does that.
 * 3. Vector and floating-point arithmetic does not wait: it enters the vector queue, which stops issue only when
 *    all its entries are taken (half of them where a shared queue serves an active sibling, too), and issues from there
 *    in order, at most one a cycle to each of its two pipes.
 * 4. A result is ready `latency` cycles after issue; a load's not before its line has arrived in the L1 cache.
 * 5. A load of a quadword stored less than `loadHitStore` ago restarts when that time is over.
 * 6. A store enters the store queue (a full one stops issue), leaves it in order, one a cycle, when its data is
 *    there, and is gathered towards the L2 cache.
 * 7. Microcoded and non-pipelined instructions stop issue for a fixed number of cycles.
 * 8. A taken branch costs a bubble, a mispredicted one a flush; both close the issue cycle.
 * 9. Before all this an instruction's line must be in the core's instruction cache: one that is not is asked for at
 *    slot `s`, and issue stays closed until it is there. A line on its way for the sibling counts as there. Hits change
 *    nothing: lines are replaced in turn. Fetch brings four instructions a cycle where two issue, so that only
 *    misses can be seen of it.
 */

/** The last three are units of cores with an issue window; elsewhere `arithmetic` does their work. */
export type Unit =
  | 'integer'
  | 'loadStore'
  | 'branch'
  | 'arithmetic'
  | 'permute'
  | 'none'
  | 'float'
  | 'vectorFloat'
  | 'vectorComplex';

/** Which pipe of the vector queue issues the instruction; undefined for the front end's own instructions. */
export type VectorPipe = 'arithmetic' | 'permute';

/** A register to wait for: not before `ready[reg] + extra` half-cycles. */
export interface Wait {
  readonly reg: number;
  readonly extra: number;
}

/** A register written: ready `latency` half-cycles after issue; `fromMemory` also waits for the line. */
export interface Result {
  readonly reg: number;
  readonly latency: number;
  readonly fromMemory: boolean;
}

export type AccessPlan =
  | { readonly kind: 'load' | 'store'; readonly size: number }
  | { readonly kind: 'prefetch' | 'zero' | 'flush' };

export interface BranchPlan {
  readonly conditional: boolean;
  readonly kind: 'direct' | 'call' | 'return' | 'indirect';
  /** Writes the link register, and so the link stack. */
  readonly links: boolean;
}

/** Everything timing needs to know of one instruction at one address. */
export interface IssuePlan {
  readonly timing: TimingClass;
  readonly unit: Unit;
  /** May share the cycle of the word at address - 4. */
  readonly pairs: boolean;
  readonly pipe: VectorPipe | undefined;
  readonly waits: readonly Wait[];
  readonly results: readonly Result[];
  /** Registers whose value is stored: the store's data is ready when they are. */
  readonly storeData: readonly number[];
  readonly access: AccessPlan | undefined;
  readonly branch: BranchPlan | undefined;
  readonly sync: SyncKind | undefined;
  /** Cycles until the next instruction may issue, 0 for pipelined ones; in the vector pipe for its instructions. */
  readonly blockCycles: number;
}

/** What one executed instruction did, as far as timing can see. */
export interface TimedEvent {
  /** Address of the instruction. */
  readonly pc: number;
  readonly plan: IssuePlan;
  /** Physical address of its access, if any. */
  readonly address: number;
  readonly taken: boolean;
  /** Address of the instruction executed next. */
  readonly next: number;
}
