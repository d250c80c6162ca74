import test from 'ava';
import type { RunOptions } from '../../experiments/run/request.js';
import type { RunResult } from '../../reports/results.js';
import { runOf } from '../support/runs.js';

const CASES: readonly Partial<RunOptions>[] = [
  { steps: '36', threads: '1' },
  { steps: '32', threads: '3', kernels: 'scalar', prompt: 'One day' },
];

/** The ends of the interval hold the detailed cycles and are near enough to each other. */
function holds(sampled: RunResult, detailed: RunResult): boolean {
  const { low, high } = sampled.simulated.interval!;
  const { cycles } = detailed.simulated;
  return low <= cycles && cycles <= high && high - low <= 0.02 * sampled.simulated.cycles;
}

for (const options of CASES) {
  test(`estimates hold what the detailed run takes: ${JSON.stringify(options)}`, async (t) => {
    const detailed = await runOf({ ...options, ignoreEos: true });
    for (const seed of options.threads === '1' ? ['1', '2'] : ['3']) {
      const sampled = await runOf({ ...options, ignoreEos: true, mode: 'sampled', seed });
      t.is(sampled.text, detailed.text);
      t.deepEqual(sampled.tokens, detailed.tokens);
      t.true(holds(sampled, detailed), JSON.stringify([sampled.simulated, detailed.simulated.cycles]));
      const { measuredPositions } = sampled.simulated.interval!;
      t.is(sampled.positions.filter((p) => p.estimated !== true).length, measuredPositions);
      // Everything else is estimated by the same weights.
      const near = (a: number, b: number, by = 0.02) => Math.abs(a / b - 1) < by;
      t.true(near(sampled.simulated.instructions, detailed.simulated.instructions));
      t.true(near(sampled.simulated.dramReadBytes, detailed.simulated.dramReadBytes, 0.1));
      const spent = (run: RunResult) => run.ops.reduce((sum, o) => sum + o.cycles, 0);
      t.true(near(spent(sampled), spent(detailed)));
      const seconds = sampled.positions.reduce((sum, p) => sum + p.seconds, 0);
      t.true(Math.abs(seconds / sampled.simulated.seconds - 1) < 1e-9);
    }
    const skipping = await runOf({ ...options, ignoreEos: true, mode: 'sampled', skipTokens: true });
    t.is(skipping.text, null);
    t.deepEqual(skipping.tokens, []);
    t.is(skipping.positions.length, detailed.positions.length);
    t.true(holds(skipping, detailed), JSON.stringify([skipping.simulated, detailed.simulated.cycles]));
    t.is(skipping.settings.mode, 'sampled');
  });
}

test('a story that ends early is estimated as far as it goes', async (t) => {
  const steps = { steps: '256', threads: '1', prompt: 'The end.', model: 'story' };
  const functional = await runOf({ ...steps, mode: 'functional' });
  const sampled = await runOf({ ...steps, mode: 'sampled' });
  t.is(sampled.text, functional.text);
  t.is(sampled.positions.length, functional.positions.length);
  const { low, high } = sampled.simulated.interval!;
  t.true(low < sampled.simulated.cycles && sampled.simulated.cycles < high);
});

test('what needs every position in detail is refused', async (t) => {
  for (const options of [{ stack: true }, { prefillBatch: '4' }, { stream: 'usb' }, { engine: 'reference' }])
    await t.throwsAsync(async () => runOf({ mode: 'sampled', ...options }), {
      message: /every position in detail/,
    });
  await t.throwsAsync(async () => runOf({ skipTokens: true }), { message: /--mode sampled/ });
});
