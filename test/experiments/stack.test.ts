import test from 'ava';
import { stackText } from '../../experiments/cli/stack-text.js';
import { runOf } from '../support/runs.js';

test('a run with --stack: the same figures, and causes that sum to all cycles', async (t) => {
  const options = { prompt: 'Once', steps: '5', threads: '3' };
  const plain = await runOf(options);
  const { stacks, memoryView, roofline, hotspots, ...rest } = await runOf({ ...options, stack: true });
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
  const bySites = stacks!.leaves.map((_, i) => sum(stacks!.sites.map(({ cycles }) => cycles[i])));
  t.deepEqual(
    bySites,
    stacks!.leaves.map((_, i) => sum(stacks!.threads.map(({ cycles }) => cycles[i]))),
  );
  const text = stackText(stacks!);
  t.regex(text, /matmul +\d+\.\d % +\S/);
  t.regex(text, /barrier +\d+\.\d % +barrier 100 %/);
});
