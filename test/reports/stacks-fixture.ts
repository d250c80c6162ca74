import type { Stacks } from '../../reports/results.js';
import { LEAF, LEAVES } from '../../sim/timing/stall.js';
import { ops, run } from './fixture.js';

/** Stacks of the fixture's run: each site's cycles split by a formula. */
export const stacks: Stacks = {
  leaves: LEAVES.map((leaf) => ({ ...leaf })),
  threads: run.settings.placement.map((thread) => ({
    thread,
    cycles: split(ops.reduce((n, o) => n + o.cycles, 0) / 6, 1),
  })),
  sites: ops.map(({ op, site, layer, cycles }) => ({
    op,
    site,
    layer,
    cycles:
      op === 'barrier' ? LEAVES.map((_, i) => (i === LEAF.barrier ? cycles : 0)) : split(cycles, layer + 2),
  })),
};

function split(cycles: number, seed: number): number[] {
  const weights = LEAVES.map(({ name }, i) =>
    name === 'fetch' || name === 'translation'
      ? 0
      : 1 + ((i * 7 + seed * 3) % 11) * (name === 'loadDram' ? 9 : 1),
  );
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => (cycles * w) / sum);
}
