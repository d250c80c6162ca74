import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { analyticExperiment } from '../../experiments/api.js';
import { analyticResult } from '../../experiments/sweep/analytic.js';
import { experimentMarkdown } from '../../reports/experiment-text.js';
import { UsageError } from '../../sim/machine/errors.js';
import { scratch, xenonHere } from '../support/runs.js';

const folder = scratch();
test.after.always(() => folder.drop());

const input = (value: number, low: number, high: number) => ({
  value,
  unit: 'GB/s',
  low,
  high,
  grade: 'inferred',
  note: 'for the test',
});
const made = (reads = 'own.rate') =>
  analyticExperiment({
    name: 'sums',
    question: 'What is the sum?',
    machine: 'xbox360',
    inputs: { 'own.rate': input(4, 3, 6), 'own.exact': input(1, 1, 1) },
    factors: { times: [1, 2] },
    measure: {
      rate: {
        title: 'rate',
        unit: 'GB/s',
        of: ({ times }, number) => times * number(reads) + number('own.exact'),
      },
      bus: { title: 'bus', unit: 'GB/s', of: (_, number) => number('bus.readBandwidth') },
    },
    show: [{ bars: ['rate', 'bus'] }],
    headline: {
      unit: 'GB/s',
      of: ({ value }) => value('rate', { times: 2 }),
      uncertain: ['own.rate', 'own.exact'],
    },
    answer: ({ value }) => `at two, ${value('rate', { times: 1 })} at one.`,
  });
const resultOf = (experiment: ReturnType<typeof made>, set: readonly string[] = []) =>
  analyticResult(experiment, { quick: false, set }, 'xenon experiment sums');

test('an analytic experiment is arithmetic on numbers of the machine and its own, with their ranges', (t) => {
  const { headline, rows, threats, answer, common } = resultOf(made());
  t.deepEqual(
    rows.map(({ values }) => values),
    [
      [5, 10.8],
      [9, 10.8],
    ],
  );
  t.deepEqual([headline?.value, headline?.low, headline?.high], [9, 7, 13]);
  t.deepEqual(
    headline?.swings.map(({ path, atLow, atHigh }) => [path, atLow, atHigh]),
    [['own.rate', 7, 13]],
  );
  t.is(answer, 'at two, 5 at one.');
  t.deepEqual(
    threats.map(({ path }) => path),
    ['own.rate'],
  );
  t.is(common.length, 3);
  t.deepEqual(
    resultOf(made(), ['bus.readBandwidth=20']).rows.map(({ values }) => values[1]),
    [20, 20],
  );
});

test('a number that is not there is bad usage', (t) => {
  const message = t.throws(() => resultOf(made('own.rates')), { instanceOf: UsageError })?.message;
  t.regex(message ?? '', /'own\.rates', which is no number/);
});

test('nothing is run, and every form of the report says so', async (t) => {
  const out = join(folder.path, 'out');
  const ended = await xenonHere('experiment', '12', '--out', out);
  t.is(ended.status, 0, ended.stderr);
  const set = join(out, '12-gpu-bound');
  t.regex(readFileSync(join(set, 'report.html'), 'utf8'), /class="notice">Computed, not simulated/);
  t.regex(readFileSync(join(set, 'report.md'), 'utf8'), /\nComputed, not simulated\.\n/);
  t.true(experimentMarkdown(resultOf(made())).includes('Computed, not simulated.'));
  t.true(existsSync(join(set, 'charts/tornado.svg')));
  const again = join(folder.path, 'again.html');
  t.is((await xenonHere('report', set, '--out', again)).status, 0);
  t.is(readFileSync(again, 'utf8'), readFileSync(join(set, 'report.html'), 'utf8'));
});

test('a file of the user may hold one', async (t) => {
  const file = join(folder.path, 'sums.ts');
  writeFileSync(
    file,
    `import { analyticExperiment } from 'xenon-sim';
export default analyticExperiment({ name: 'sums', question: 'Sum?', machine: 'xbox360', inputs: {},
  factors: { n: [1] }, measure: { bus: { title: 'bus', of: (_, number) => number('bus.readBandwidth') } },
  show: [], headline: { unit: 'GB/s', of: ({ value }) => value('bus'), uncertain: [] }, answer: () => 'is all.' });`,
  );
  const ended = await xenonHere('experiment', file, '--out', join(folder.path, 'mine'));
  t.is(ended.status, 0, ended.stderr);
  t.regex(ended.stdout, /10\.8 GB\/s is all\./);
});
