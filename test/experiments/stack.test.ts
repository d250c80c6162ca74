import test from 'ava';
import { stackText } from '../../experiments/cli/stack-text.js';
import type { RunResult } from '../../reports/results.js';
import { memoryView as section } from '../../reports/sections/memory-view.js';
import { runOf } from '../support/runs.js';

const options = { prompt: 'Once', steps: '5', threads: '3' };
let run: Promise<RunResult> | undefined;
/** The run of both tests, where causes and lines are looked at. */
function seen(): Promise<RunResult> {
  run ??= runOf({ ...options, stack: true });
  return run;
}

test('a run with --stack: the same figures, and causes that sum to all cycles', async (t) => {
  const plain = await runOf(options);
  const { stacks, memoryView, roofline, hotspots, ...rest } = await seen();
  t.deepEqual({ ...rest, host: undefined }, { ...plain, host: undefined });
  t.truthy(memoryView && roofline && hotspots);
  const sum = (cycles: readonly number[]) => cycles.reduce((a, b) => a + b, 0);
  t.is(stacks!.threads.length, 3);
  const [first] = stacks!.threads;
  for (const { cycles } of stacks!.threads) t.is(sum(cycles), sum(first.cycles));
  for (const { op, site, cycles } of stacks!.sites) {
    const cost = plain.ops.find((o) => o.op === op && o.site === site);
    if (op !== 'none') t.is(sum(cycles), cost!.cycles, site);
  }
  t.is(sum(plain.ops.map(({ cycles }) => cycles)), 3 * plain.simulated.cycles);
  for (const { ops, cycles } of plain.phases!.slice(1))
    t.is(sum(Object.values(ops).map((cost) => cost.cycles)), 3 * cycles);
  const bySites = stacks!.leaves.map((_, i) => sum(stacks!.sites.map(({ cycles }) => cycles[i])));
  t.deepEqual(
    bySites,
    stacks!.leaves.map((_, i) => sum(stacks!.threads.map(({ cycles }) => cycles[i]))),
  );
  const text = stackText(stacks!);
  t.regex(text, /matmul +\d+\.\d % +\S/);
  t.regex(text, /barrier +\d+\.\d % +barrier (9\d|100) %/);
});

test('every line of the weights comes, and as many lines as L1 misses', async (t) => {
  const { memoryView, stacks } = await seen();
  t.truthy(stacks);
  const { places, firstTouches, reuse, occupancy, rows } = memoryView!;
  const wq = places.filter(({ name }) => name === 'wq');
  t.true(wq.length > 1 && wq.every(({ layer }, i) => layer === i));
  for (const { touchedLines, bytes, dramLines } of wq) {
    t.true(touchedLines >= bytes / 128);
    t.true(dramLines > 0);
  }
  const lines = places.reduce((sum, p) => sum + p.l2Lines + p.dramLines, 0);
  t.is(lines, firstTouches + reuse.reduce((a, b) => a + b, 0));
  t.true(rows.hits + rows.closed + rows.conflicts > 0);
  t.true(occupancy.length > 10 && occupancy.every(({ read, written }) => read >= 0 && written >= 0));
  const page = section(memoryView!).markup;
  for (const part of ['memory-traffic-720', 'memory-heat-720', 'reuse-720', 'occupancy-720']) {
    t.true(page.includes(part), part);
  }
});
