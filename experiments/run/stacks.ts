import type { Stacks } from '../../reports/results.js';
import type { StallTable } from '../../sim/observe/stall-table.js';
import { LEAF, LEAVES } from '../../sim/timing/stall.js';

/** The stacks of a table whose sites are these, in cycles. What a site for waiting takes is all `barrier`. */
export function stacksOf(
  table: StallTable,
  threads: readonly number[],
  sites: readonly { readonly op: string; readonly site: string; readonly layer: number }[],
): Stacks {
  const waits = (op: string) => op === 'barrier';
  const ofSite = (threads: readonly number[], site: number): number[] => {
    const cycles = [...table.stack(threads, [site])].map((halfCycles) => halfCycles / 2);
    if (!waits(sites[site].op)) return cycles;
    const idle = cycles[LEAF.idle];
    const all = cycles.reduce((a, b) => a + b, 0);
    return cycles.map((_, leaf) => (leaf === LEAF.barrier ? all - idle : leaf === LEAF.idle ? idle : 0));
  };
  const add = (a: readonly number[], b: readonly number[]) => a.map((x, i) => x + b[i]);
  return {
    leaves: LEAVES.map(({ name, group, title, meaning }) => ({ name, group, title, meaning })),
    threads: threads.map((thread) => ({
      thread,
      cycles: sites.map((_, i) => ofSite([thread], i)).reduce(add),
    })),
    sites: sites
      .map(({ op, site, layer }, i) => ({ op, site, layer, cycles: ofSite(threads, i) }))
      .filter(({ cycles }) => cycles.some((n) => n > 0)),
  };
}
