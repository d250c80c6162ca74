import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Command } from 'commander';
import { registerReport } from '../../experiments/cli/report.js';
import { writeRun } from '../../experiments/run/store.js';
import { changeText, compareSets, comparisonAnswer, meanRatio } from '../../reports/compare.js';
import { comparisonCsv, comparisonMarkdown, comparisonReport } from '../../reports/compare-report.js';
import { setOfExperiment, setsOfRuns } from '../../reports/result-set.js';
import { UsageError } from '../../sim/machine/errors.js';
import { golden } from '../support/golden.js';
import { changedExperiment, experiment, hostileExperiment } from './experiment-fixture.js';
import { runs, variant } from './fixture.js';

const comparison = compareSets(
  setOfExperiment('before', experiment),
  setOfExperiment('after', changedExperiment),
);

test('comparison report: as before', (t) =>
  golden(t, 'reports/golden/comparison.html', comparisonReport(comparison)));
test('comparison as Markdown: as before', (t) =>
  golden(t, 'reports/golden/comparison.md', comparisonMarkdown(comparison)));

test('runs are paired by their levels, whatever their order', (t) => {
  const turned = { ...experiment, rows: [...experiment.rows].reverse() };
  const same = compareSets(setOfExperiment('a', experiment), setOfExperiment('b', turned));
  t.is(same.runs, experiment.rows.length);
  t.is(same.differing, 0);
  t.deepEqual([same.onlyInA, same.onlyInB], [[], []]);
  t.is(comparisonAnswer(same).number, 'No difference:');
  t.true(comparisonReport(same).includes('Equal in all runs.'));
});

test('what differs is counted, marked and averaged geometrically', (t) => {
  t.is(comparison.differing, 2);
  t.deepEqual(comparison.onlyInA, ['pack, threads 1']);
  t.is(comparison.onlyInB.length, 0);
  const speed = comparison.measures[0];
  const changed = speed.changes.filter(({ a, b }) => a !== b);
  t.deepEqual(
    changed.map((change) => changeText(change).replaceAll('\u00a0', ' ')),
    ['+100 %', '−50.0 %'],
  );
  t.true(Math.abs((meanRatio(speed)?.mean ?? 0) - 1) < 1e-12);
  const page = comparisonReport(comparison);
  t.is(page.match(/class="change up"/g)?.length, 2);
  t.is(page.match(/class="change down"/g)?.length, 2);
  t.true(page.includes('1 run only in before: pack, threads 1.'));
  t.notRegex(page.replace(/<script>.*?<\/script>/s, ''), /NaN|undefined|Infinity/);
});

test('a change that is too small to show still shows as one', (t) => {
  t.is(changeText({ label: '', a: 1e9, b: 1e9 + 1 }), '+<0.01\u00a0%');
  t.is(changeText({ label: '', a: 0, b: 1 }), 'differs');
  t.is(changeText({ label: '', a: null, b: null }), '–');
  t.is(changeText({ label: '', a: 0, b: 0 }), 'same');
});

test('hostile text reaches no comparison as markup', (t) => {
  const hostile = setOfExperiment('<script>', hostileExperiment);
  const page = comparisonReport(compareSets(hostile, hostile));
  t.is(page.match(/<script/g)?.length, 1);
  t.false(page.includes('<img'));
});

test('CSV is tidy: one row a run and measure', (t) => {
  const [head, ...rows] = comparisonCsv(comparison).trimEnd().split('\n');
  t.is(head, 'run,measure,unit,a,b,b_over_a');
  t.is(rows.length, comparison.runs * 2);
});

test('folders of runs are paired by the settings that vary inside them', (t) => {
  const machine = (latency: number) =>
    runs.map(({ name, run }) => ({
      name,
      run: { ...run, machine: { ...run.machine, memory: { latencyCycles: latency } } },
    }));
  const [a, b] = setsOfRuns({ name: 'a', runs: machine(610) }, { name: 'b', runs: machine(500) });
  const made = compareSets(a, b);
  t.is(made.runs, runs.length);
  t.deepEqual(
    made.settings.filter(({ name }) => name === 'memory.latencyCycles'),
    [{ name: 'memory.latencyCycles', a: '610', b: '500' }],
  );
  t.false(comparisonReport(made).includes('versions of the simulator'));
});

const folder = () => mkdtempSync(join(tmpdir(), 'xenon-compare-'));
const report = (...words: string[]): void => {
  const program = new Command();
  registerReport(program);
  program.parse(['report', ...words], { from: 'user' });
};
const experimentFolder = (out: string, name: string, result: object): string => {
  mkdirSync(join(out, name));
  writeFileSync(join(out, name, 'experiment.json'), JSON.stringify(result));
  return join(out, name);
};

test('xenon report A B compares, in every form', (t) => {
  const out = folder();
  const a = experimentFolder(out, 'a', experiment);
  const b = experimentFolder(out, 'b', changedExperiment);
  for (const ending of ['html', 'md', 'csv', 'json']) report(a, b, '--out', join(out, `c.${ending}`));
  t.true(readFileSync(join(out, 'c.html'), 'utf8').includes('2 of 10 runs differ'));
  t.is(JSON.parse(readFileSync(join(out, 'c.json'), 'utf8')).schema, 'xenon-comparison/1');
  report(a, b, '--out', join(out, 'c.html'), '--svg', join(out, 'charts'));
  t.deepEqual(readdirSync(join(out, 'charts')), ['changes.svg']);
  const [x, y] = ['x', 'y'].map((name, i) => {
    writeRun(join(out, name), { i }, variant({}, { tokensPerSecond: 10 + i }), '');
    return join(out, name);
  });
  report(x, y, '--out', join(out, 'runs.html'));
  t.true(readFileSync(join(out, 'runs.html'), 'utf8').includes('1 of 1 run differs'));
  t.regex(readFileSync(join(out, 'runs.html'), 'utf8'), /What differs between x and y\?/);
});

test('versions of the simulator are not mixed silently', (t) => {
  const out = folder();
  const other = { ...changedExperiment, provenance: { ...experiment.provenance, code: 'ff'.repeat(32) } };
  const a = experimentFolder(out, 'a', experiment);
  const b = experimentFolder(out, 'b', other);
  const target = join(out, 'c.html');
  const message = t.throws(() => report(a, b, '--out', target), { instanceOf: UsageError })?.message ?? '';
  t.regex(message, /code ffffffff.*--mix-versions/);
  t.deepEqual(readdirSync(out), ['a', 'b']);
  report(a, b, '--out', target, '--mix-versions');
  t.regex(readFileSync(target, 'utf8'), /class="notice">The results come from different versions/);
});

test('what cannot be compared is bad usage', (t) => {
  const out = folder();
  const a = experimentFolder(out, 'a', experiment);
  const b = experimentFolder(out, 'b', { ...experiment, rows: [] });
  writeRun(join(out, 'run'), { a: 1 }, runs[0].run, '');
  const message = (...words: string[]) =>
    t.throws(() => report(...words), { instanceOf: UsageError })?.message ?? '';
  t.regex(message(a, join(out, 'run')), /is an experiment and .*run is not/);
  t.regex(message(a, b), /no run of .*a is in .*b/);
  t.regex(message(a, b, '--out', join(out, 'x.pdf')), /must end in/);
});

test('charts are written as files of their own', (t) => {
  const out = folder();
  const a = experimentFolder(out, 'a', experiment);
  report(a, '--out', join(out, 'a.html'), '--svg', join(out, 'charts'));
  t.deepEqual(readdirSync(join(out, 'charts')).sort(), ['bars-1-0.svg', 'lines-0.svg', 'tornado.svg']);
  const svg = readFileSync(join(out, 'charts/lines-0.svg'), 'utf8');
  t.true(svg.startsWith('<?xml') && svg.includes('<style>') && svg.trimEnd().endsWith('</svg>'));
});
