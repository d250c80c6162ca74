import test from 'ava';
import type { RunOptions } from '../../experiments/run/request.js';
import { coverageOf, studyCase } from '../../experiments/sampling/study.js';
import type { RunResult } from '../../reports/results.js';
import { DEFAULTS, runOf } from '../support/runs.js';

/** With the seeds of sampled runs; synthetic weights are another model with another seed. */
const CASES: readonly (readonly [options: Partial<RunOptions>, ...seeds: string[]])[] = [
  [{ steps: '36', threads: '1' }, '1', '2'],
  [{ steps: '32', threads: '3', kernels: 'scalar', prompt: 'One day' }, '3'],
  // Just fits the L2 cache, so that what a position costs depends on all that came before.
  [{ steps: '40', threads: '1', kernels: 'vmx128,matmul=dot', model: 'stories260K-shape' }, '1'],
  [{ steps: '40', threads: '2', prefillBatch: '3' }, '3'],
];

/** The ends of the interval hold the detailed cycles and are near enough to each other. */
function holds(sampled: RunResult, detailed: RunResult): boolean {
  const { low, high } = sampled.simulated.interval!;
  const { cycles } = detailed.simulated;
  return low <= cycles && cycles <= high && high - low <= 0.02 * sampled.simulated.cycles;
}

for (const [options, ...seeds] of CASES) {
  test(`estimates hold what the detailed run takes: ${JSON.stringify(options)}`, async (t) => {
    const detailed = await runOf({ ...options, ignoreEos: true });
    for (const seed of seeds) {
      const sampled = await runOf({ ...options, ignoreEos: true, mode: 'sampled', seed });
      t.is(sampled.text, detailed.text);
      t.deepEqual(sampled.tokens, detailed.tokens);
      t.true(holds(sampled, detailed), JSON.stringify([sampled.simulated, detailed.simulated.cycles]));
      const { measuredPositions, tokensPerSecond } = sampled.simulated.interval!;
      for (const run of [sampled, detailed]) {
        const rate = run.simulated.tokensPerSecond!;
        t.true(tokensPerSecond.low <= rate && rate <= tokensPerSecond.high, `${rate}`);
      }
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

for (const [caches, keepsNothing, set] of [
  ['just fits the L2 cache', false, []],
  ['is four times the L2 cache', true, ['l2.sizeBytes=256KiB']],
] as const) {
  test(`intervals of many seeds hold what a model that ${caches} takes`, async (t) => {
    const options = {
      ...DEFAULTS,
      model: 'stories260K-shape',
      kernels: 'vmx128,matmul=vector4',
      steps: '48',
    };
    const found = await studyCase('vector4', { ...options, threads: '2', set }, 1, () => {});
    t.is(found.keepsNothing, keepsNothing);
    for (const { form, inside, seeds, widest, transient } of coverageOf(found, 50)) {
      t.true(inside >= 0.95 * seeds, `${form}: ${inside} of ${seeds}`);
      t.true(widest <= 0.01, `${form}: half-width ${widest}`);
      t.true(Math.abs(transient) < 0.002, `${form}: measured positions are off by ${transient}`);
    }
  });
}

test('operations take no less than no cycles, and together all of every thread', async (t) => {
  for (const skipTokens of [true, false]) {
    const { ops, simulated, settings } = await runOf({
      model: 'stories15M-shape',
      steps: '20',
      mode: 'sampled',
      skipTokens,
    });
    for (const { op, cycles } of ops) t.true(cycles >= 0, `${op}: ${cycles}`);
    const spent = ops.reduce((sum, { cycles }) => sum + cycles, 0);
    t.true(Math.abs(spent / (settings.threads * simulated.cycles) - 1) < 1e-12);
  }
});

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
  for (const options of [{ stack: true }, { stream: 'usb' }, { engine: 'reference' }])
    await t.throwsAsync(async () => runOf({ mode: 'sampled', ...options }), {
      message: /every position in detail/,
    });
  await t.throwsAsync(async () => runOf({ skipTokens: true }), { message: /--mode sampled/ });
  for (const machine of ['powermac-g4', 'powermac-g5'])
    await t.throwsAsync(runOf({ mode: 'sampled', machine, threads: '1' }), {
      name: 'UsageError',
      message: /cannot be sampled/,
    });
});
