import type { TimingClass } from '../isa/row.js';
import { leafOfBlame } from '../timing/blame.js';
import { LEAF, LEAVES } from '../timing/stall.js';

const THREADS = 6;

/** What one instruction took, over all threads. Half-cycles. */
export interface InstructionCost {
  readonly pc: number;
  timing: TimingClass;
  executions: number;
  /** By leaf. */
  readonly halfCycles: Float64Array;
  /** L1 cache lines it has brought from the L2 cache and from memory, or found on their way from there. */
  l2Lines: number;
  dramLines: number;
  /** Of its waits: half-cycles by who is to blame (words of timing/blame.ts). */
  readonly blamed: Map<number, number>;
}

/**
 * Where half-cycles went: by thread and site, and by instruction. Both hold the same time but that no instruction
 * takes (idle). A site is whatever its user numbers (call sites of a program, functions); `sites` of them.
 */
export class StallTable {
  /** By thread, site and leaf. */
  readonly halfCycles: Float64Array;
  readonly instructions = new Map<number, InstructionCost>();
  /** Present site of each thread. */
  readonly site = new Int32Array(THREADS);

  constructor(readonly sites = 1) {
    this.halfCycles = new Float64Array(THREADS * sites * LEAVES.length);
  }

  /** The account of the instruction at `pc`; its class may be left out where it is known to be there. */
  instruction(pc: number, timing?: TimingClass): InstructionCost {
    let cost = this.instructions.get(pc);
    if (cost === undefined) {
      const halfCycles = new Float64Array(LEAVES.length);
      cost = {
        pc,
        timing: timing ?? 'nop',
        executions: 0,
        halfCycles,
        l2Lines: 0,
        dramLines: 0,
        blamed: new Map(),
      };
      this.instructions.set(pc, cost);
    } else if (timing !== undefined) cost.timing = timing;
    return cost;
  }

  charge(thread: number, cost: InstructionCost, leaf: number, halfCycles: number): void {
    if (halfCycles === 0) return;
    cost.halfCycles[leaf] += halfCycles;
    this.halfCycles[this.index(thread, this.site[thread], leaf)] += halfCycles;
  }

  /** Charges a wait to the one to blame, and keeps who that was. */
  blame(thread: number, cost: InstructionCost, word: number, halfCycles: number): void {
    if (halfCycles === 0) return;
    this.charge(thread, cost, this.leafOf(word), halfCycles);
    this.note(cost, word, halfCycles);
  }

  /** Keeps who is to blame for a wait that has been charged. */
  note(cost: InstructionCost, word: number, halfCycles: number): void {
    if (halfCycles !== 0) cost.blamed.set(word >>> 0, (cost.blamed.get(word >>> 0) ?? 0) + halfCycles);
  }

  /** The leaf of a wait for `word`: nobody known means something from before the first observed instruction. */
  leafOf(word: number): number {
    const culprit = this.instructions.get((word & ~3) >>> 0);
    return culprit === undefined ? LEAF.structural : leafOfBlame(culprit.timing, word & 3);
  }

  /** The instruction at `pc` has missed the L1 cache. */
  missed(pc: number, isFromDram: boolean): void {
    const cost = this.instruction(pc);
    if (isFromDram) cost.dramLines++;
    else cost.l2Lines++;
  }

  /** A thread does not run. */
  idle(thread: number, halfCycles: number): void {
    this.halfCycles[this.index(thread, this.site[thread], LEAF.idle)] += halfCycles;
  }

  /** Half-cycles by leaf of some threads (all) at some sites (all). */
  stack(threads?: readonly number[], sites?: readonly number[]): Float64Array {
    const sum = new Float64Array(LEAVES.length);
    for (const thread of threads ?? [0, 1, 2, 3, 4, 5]) {
      for (const site of sites ?? Array.from({ length: this.sites }, (_, i) => i)) {
        for (let leaf = 0; leaf < sum.length; leaf++)
          sum[leaf] += this.halfCycles[this.index(thread, site, leaf)];
      }
    }
    return sum;
  }

  clear(): void {
    this.halfCycles.fill(0);
    for (const cost of this.instructions.values()) {
      cost.executions = 0;
      cost.l2Lines = 0;
      cost.dramLines = 0;
      cost.halfCycles.fill(0);
      cost.blamed.clear();
    }
  }

  private index(thread: number, site: number, leaf: number): number {
    return (thread * this.sites + site) * LEAVES.length + leaf;
  }
}
