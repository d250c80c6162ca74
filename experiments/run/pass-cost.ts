import type { MemoryStatistics } from '../../sim/memory/statistics.js';
import type { SiteProfile } from '../../sim/observe/site-profile.js';

/** What has been counted up to some moment, or between two; all are sums, so they add and scale. */
export interface PassCost {
  readonly cycles: number;
  readonly instructions: number;
  readonly spinInstructions: number;
  readonly dramReadBytes: number;
  readonly dramWriteBytes: number;
  /** Cycles in which the read link was busy. */
  readonly busReadBusy: number;
  /** By call site. */
  readonly calls: Float64Array;
  readonly siteCycles: Float64Array;
  readonly siteInstructions: Float64Array;
}

/** The counters of a profile and of a memory system now. */
export function costNow(
  cycles: number,
  instructions: number,
  spinInstructions: number,
  profile: SiteProfile,
  { dramReadBytes, dramWriteBytes, busReadBusy }: MemoryStatistics,
): PassCost {
  return {
    cycles,
    instructions,
    spinInstructions,
    dramReadBytes,
    dramWriteBytes,
    busReadBusy: busReadBusy / 2,
    calls: profile.calls.slice(),
    siteCycles: profile.halfCycles.map((halfCycles) => halfCycles / 2),
    siteInstructions: profile.instructions.slice(),
  };
}

/** Sum of costs, each times its weight. */
export function combined(costs: readonly PassCost[], weights: readonly number[]): PassCost {
  const sum = (of: (cost: PassCost) => number): number =>
    costs.reduce((total, cost, i) => total + weights[i] * of(cost), 0);
  const sums = (of: (cost: PassCost) => Float64Array): Float64Array =>
    of(costs[0]).map((_, site) => sum((cost) => of(cost)[site]));
  return {
    cycles: sum((c) => c.cycles),
    instructions: sum((c) => c.instructions),
    spinInstructions: sum((c) => c.spinInstructions),
    dramReadBytes: sum((c) => c.dramReadBytes),
    dramWriteBytes: sum((c) => c.dramWriteBytes),
    busReadBusy: sum((c) => c.busReadBusy),
    calls: sums((c) => c.calls),
    siteCycles: sums((c) => c.siteCycles),
    siteInstructions: sums((c) => c.siteInstructions),
  };
}

/** What was counted between two moments. */
export const between = (from: PassCost, to: PassCost): PassCost => combined([to, from], [1, -1]);
