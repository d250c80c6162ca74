import test from 'ava';
import { Command } from 'commander';
import { type Experiment, experiment, measures } from '../../experiments/api.js';
import { runOptions } from '../../experiments/cli/run.js';
import { modelHash, openModel } from '../../experiments/run/model.js';
import { parseRequest, type RunOptions } from '../../experiments/run/request.js';
import { shippedExperiments } from '../../experiments/sweep/load.js';
import { isAnalytic, planOf, shardOf } from '../../experiments/sweep/plan.js';
import { UsageError } from '../../sim/machine/errors.js';

import { DEFAULTS } from '../support/runs.js';

const defaults = runOptions(new Command()).opts<RunOptions>();
const options = { quick: false, set: [], defaults };

const definition = {
  name: 'mine',
  question: 'What?',
  base: { steps: 4, set: ['l2.ways=4'] },
  factors: {
    threads: [1, 2, 6],
    'l2.sizeBytes': ['1MiB', '2MiB'],
    'kernels.matmul': ['scalar', 'vmx128'],
    port: {
      plain: () => {},
      seeded: (run: { seed: number }, random: () => number) => {
        run.seed = Math.floor(1e6 * random());
      },
    },
  },
  measure: { tokensPerSecond: measures.tokensPerSecond },
  show: [],
  headline: { unit: '', of: () => 1 },
  answer: () => '',
} as const;
const made = (changes: object = {}): Experiment => experiment({ ...definition, ...changes });

test('a plan is the cross product of the levels, each set where it is named', (t) => {
  const runs = planOf(made(), options);
  t.is(runs.length, 24);
  t.is(new Set(runs.map((run) => run.id)).size, 24);
  const run = runs.find(
    ({ levels: l }) =>
      l.threads === 2 &&
      l['l2.sizeBytes'] === '2MiB' &&
      l['kernels.matmul'] === 'scalar' &&
      l.port === 'plain',
  );
  t.deepEqual(run?.request.placement, [0, 2]);
  t.deepEqual(run?.request.overrides, ['l2.ways=4', 'l2.sizeBytes=2MiB']);
  t.deepEqual(run?.request.kernels, { variant: 'auto', ops: { matmul: 'scalar' } });
  t.is(run?.request.steps, 4);
});

test('randomness depends on the experiment and the levels alone', (t) => {
  const seeds = (experiment: Experiment) =>
    planOf(experiment, options)
      .filter(({ levels }) => levels.port === 'seeded')
      .map(({ request }) => request.seed);
  t.deepEqual(seeds(made()), seeds(made()));
  t.is(new Set(seeds(made())).size, 12);
  t.notDeepEqual(seeds(made()), seeds(made({ name: 'other' })));
});

test('the quick form keeps some levels, other settings and the uncertain inputs it names, or one', (t) => {
  const headline = {
    ...definition.headline,
    needs: [{ threads: 6, 'l2.sizeBytes': '1MiB', 'kernels.matmul': 'vmx128', port: 'plain' }],
  };
  const quick = { base: { steps: 2 }, factors: { threads: [6] } };
  const runs = planOf(made({ quick, headline }), { ...options, quick: true });
  t.is(runs.length, 8 + 2);
  t.true(runs.every(({ request }) => request.steps === 2 && request.placement.length === 6));
  t.deepEqual(
    runs.slice(8).map(({ perturbed }) => [perturbed?.path, perturbed?.end]),
    [
      ['memory.latencyCycles', 'low'],
      ['memory.latencyCycles', 'high'],
    ],
  );
  const moved = (uncertain: readonly string[]) =>
    planOf(made({ quick: { ...quick, uncertain }, headline }), { ...options, quick: true })
      .slice(8)
      .map(({ perturbed }) => perturbed?.path);
  t.deepEqual(moved([]), []);
  t.deepEqual(moved(['bus.efficiency']), ['bus.efficiency', 'bus.efficiency']);
  t.is(planOf(made({ headline }), options).length, 24 + 6);
  // What the user has set is known.
  const set = ['memory.latencyCycles=600'];
  t.is(planOf(made({ headline }), { ...options, set }).length, 24 + 4);
});

test('a plan knows the hash of a model without making it', (t) => {
  for (const name of ['story', 'story@int8', 'stories260K-shape'])
    t.is(modelHash(name, undefined, 3), openModel(name, undefined, 3).sha256, name);
  t.not(modelHash('story', undefined, 1), modelHash('story@bf16', undefined, 1));
});

test('combinations that make no sense are left out', (t) => {
  const except = ({ threads }: Record<string, unknown>) => threads === 6;
  t.is(planOf(made({ except }), options).length, 16);
});

test('shards are disjoint and together the whole', (t) => {
  const runs = planOf(made(), options);
  const parts = [1, 2, 3, 4, 5].map((part) => shardOf(runs, { part, of: 5 }).map((run) => run.id));
  t.deepEqual(parts.flat().sort(), runs.map((run) => run.id).sort());
  t.true(parts.every((part) => part.length === 4 || part.length === 5));
  t.is(shardOf([...runs, ...runs], undefined).length, 24);
});

test('what cannot be planned is bad usage', (t) => {
  const message = (changes: object, more = {}) =>
    t.throws(() => planOf(made(changes), { ...options, ...more }), { instanceOf: UsageError })?.message ?? '';
  t.regex(message({ factors: { thread: [1] } }), /'thread' is no setting of a run \(nearest: threads\)/);
  t.regex(message({ factors: { threads: [7] } }), /--threads/);
  t.regex(
    message({ factors: { 'l2.size': ['1MiB'] }, headline: { ...definition.headline, needs: [{}] } }),
    /l2\.size/,
  );
  t.regex(message({ except: () => true }), /no runs/);
  t.regex(message({ quick: { factors: { threads: [4] } } }, { quick: true }), /level 4, threads has 1, 2, 6/);
  t.regex(message({ headline: { ...definition.headline, needs: [{ threads: 5 }] } }), /not planned/);
});

test('every shipped experiment has a plan in both forms', async (t) => {
  const all = await shippedExperiments();
  t.true(all.length >= 11);
  for (const { experiment } of all) {
    const full = planOf(experiment, options);
    const quick = planOf(experiment, { ...options, quick: true });
    if (isAnalytic(experiment)) t.deepEqual([full, quick], [[], []]);
    else t.true(quick.length > 0 && full.length >= quick.length, experiment.name);
    t.regex(experiment.name, /^\d\d-[a-z-]+$/);
  }
});

test('a placement by name takes the hardware threads that the machine has', (t) => {
  const of = (threads: string, more: Partial<RunOptions>) =>
    parseRequest({ ...DEFAULTS, threads, ...more }).placement;
  t.deepEqual(of('2', { machine: 'ps3-ppe' }), [0, 1]);
  t.deepEqual(of('3', { set: ['core.count=2'] }), [0, 2, 1]);
  t.deepEqual(of('3', { set: ['core.threadsPerCore=1'], placement: 'pack' }), [0, 2, 4]);
  t.deepEqual(of('4', {}), [0, 2, 4, 1]);
  // Too many are told of where the machine is known by name.
  t.deepEqual(of('4', { set: ['core.count=1'] }), [0, 2, 4, 1]);
});
