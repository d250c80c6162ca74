import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { readExperiment } from '../../experiments/run/read-experiment.js';
import { tornadoChart } from '../../reports/charts/tornado.js';
import { experimentReport } from '../../reports/experiment-report.js';
import {
  experimentCsv,
  experimentMarkdown,
  levelsText,
  quantity,
  sentences,
  valueText,
} from '../../reports/experiment-text.js';
import { deviation } from '../../reports/interval.js';
import { UsageError } from '../../sim/machine/errors.js';
import { golden } from '../support/golden.js';
import { experiment, hostileExperiment } from './experiment-fixture.js';

const visible = (page: string): string =>
  page.replace(/<(style|script|title|desc)[^>]*>.*?<\/\1>/gs, '').replace(/<[^>]*>/g, ' ');

test('experiment report: as before', (t) =>
  golden(t, 'reports/golden/experiment.html', experimentReport(experiment)));
test('experiment as Markdown: as before', (t) =>
  golden(t, 'reports/golden/experiment.md', experimentMarkdown(experiment)));

test('the sentence that answers stands apart from what is said besides', (t) => {
  t.deepEqual(sentences('is 0.158 ms of llama2.c.'), ['is 0.158 ms of llama2.c.', '']);
  t.deepEqual(sentences('is the speed. By lwbrx 2.5 ms. More.'), ['is the speed.', 'By lwbrx 2.5 ms. More.']);
  const answer = 'on six threads is what it gives. Three do most.';
  const page = experimentReport({ ...experiment, answer });
  t.regex(page, /<p class="answer">.* on six threads is what it gives\.<\/p>\n<p>Three do most\.<\/p>/);
  const pays = { name: 'pays', title: 'pays from token', words: { '-1': 'never' } };
  t.deepEqual(
    [-1, 18, null].map((value) => valueText(value, pays)),
    ['never', '18', '–'],
  );
});

test('times stand in the unit that the longest of them reads well in; files of data keep theirs', (t) => {
  const timed = {
    ...experiment,
    charts: [{ bars: ['prompt'] }],
    measures: [
      { name: 'prompt', title: 'prompt', unit: 's' },
      { name: 'convert', title: 'conversion', unit: 'ms' },
    ],
    rows: [
      { ...experiment.rows[0], values: [0.00058, 0.00058] },
      { ...experiment.rows[1], values: [0.0021, 0] },
      { ...experiment.rows[2], values: [null, 2100] },
    ],
  };
  const [page, markdown] = [visible(experimentReport(timed)), experimentMarkdown(timed)];
  t.regex(page, /prompt\s+ms\s+conversion\s+s\s+spread\s+1\s+0\.580\s+5\.8e-7\s+spread\s+3\s+2\.10\s+0\s/);
  t.regex(markdown, /prompt \(ms\) \| conversion \(s\)/);
  t.regex(
    markdown,
    /threads 1 \| 0\.580 \| 5\.8e-7 \|\n.*threads 3 \| 2\.10 \| 0 \|\n.*threads 6 \| – \| 2\.10/,
  );
  t.regex(experimentCsv(timed), /prompt_s,conversion_ms,.*\r?\n.*,0\.00058,0\.00058,/);
  const nothing = { ...timed, rows: [{ ...experiment.rows[0], values: [0, null] }] };
  t.regex(experimentMarkdown(nothing), /prompt \(s\).*conversion \(ms\)/);
});

test('the order of its parts', (t) => {
  const page = experimentReport(experiment);
  const parts = [
    '<h1>How far do tokens per second grow with threads?',
    '31.0\u00a0tokens per second</strong> (27.4 to 33.8) on six threads',
    '1 run failed and is missing below',
    'id="lines-0-720"',
    'id="bars-1-0-720"',
    '<h2>Runs',
    '<h2>Method',
    '<h2>How sure the answer is',
    'id="tornado-720"',
    '<h2>What is not known',
    '<h2>Provenance',
    'In full',
  ];
  const places = parts.map((part) => page.indexOf(part, page.indexOf('<body>')));
  t.deepEqual(
    places.map((place, i) => (place < 0 ? parts[i] : '')).filter((part) => part !== ''),
    [],
  );
  t.deepEqual(
    [...places].sort((a, b) => a - b),
    places,
  );
});

test('what is missing is a dash and a sentence, never NaN', (t) => {
  const { headline, ...unanswered } = experiment;
  const page = experimentReport({ ...unanswered, answer: 'Not answered: no finished run.', rows: [] });
  t.regex(page, /<p class="answer">Not answered: no finished run\.<\/p>/);
  t.false(page.includes('How sure the answer is'));
  for (const text of [page, experimentReport(experiment), experimentMarkdown(experiment)]) {
    t.notRegex(visible(text), /NaN|undefined|null/);
  }
  t.regex(visible(experimentReport(experiment)), /pack\s+3\s+–\s+–/);
});

test('a chart of some runs draws those, and names what tells them apart', (t) => {
  const where = { placement: 'spread' };
  const charts = [
    { bars: ['tokensPerSecond'], where },
    { line: 'speedup', x: 'threads', where },
    { bars: ['tokensPerSecond'], where: { placement: 'neither' } },
    { bars: ['tokensPerSecond'], where: { placement: 'spread', threads: [1, 6] } },
  ];
  const page = experimentReport({ ...experiment, charts });
  const described = (name: string) => new RegExp(`id="${name}-720-description">([^<]*)`).exec(page)?.[1];
  t.is(
    described('bars-0-0'),
    'threads 1: tokens per second 4.71; threads 3: tokens per second 12.9; threads 6: tokens per second 31.0',
  );
  t.regex(described('lines-1') ?? '', /by threads\. [^;]*: 1 1\.00, 3 2\.74, 6 6\.58\.$/);
  t.false(page.includes('bars-2-0'));
  t.is(described('bars-3-0'), 'threads 1: tokens per second 4.71; threads 6: tokens per second 31.0');
  t.true(page.includes('data-v="pack">pack'), 'the table has all');
});

test('values that mean something else are words', (t) => {
  const measures = [{ ...experiment.measures[0], words: { '31': 'enough' } }, experiment.measures[1]];
  const worded = { ...experiment, measures };
  t.regex(visible(experimentReport(worded)), /spread\s+6\s+enough\s+6\.58/);
  t.true(experimentReport(worded).includes('data-v="31">enough'));
  t.regex(experimentMarkdown(worded), /\| enough \|/);
  t.regex(experimentCsv(worded), /04-threads,spread,6,,,31,/);
});

test('the quick form says so', (t) => {
  t.false(experimentReport(experiment).includes('The quick form'));
  t.true(experimentReport({ ...experiment, quick: true }).includes('The quick form'));
});

test('the interval combines what each input does alone', (t) => {
  t.deepEqual(deviation(10, []), {});
  const swing = (atLow: number, atHigh: number) => ({
    path: 'p',
    unit: '',
    lowInput: 0,
    highInput: 1,
    atLow,
    atHigh,
  });
  t.deepEqual(deviation(10, [swing(7, 11), swing(14, 10)]), { low: 7, high: 10 + Math.hypot(1, 4) });
  // An input that moves the answer one way only, from both ends.
  t.deepEqual(deviation(10, [swing(9, 8)]), { low: 8, high: 10 });
});

test('what is counted has no unit, in tornado, table and Markdown', (t) => {
  const [swing] = experiment.headline!.swings;
  const swings = [{ ...swing, path: 'bus.requestsInFlight', unit: 'count', lowInput: 16, highInput: 32 }];
  const counted = { ...experiment, headline: { ...experiment.headline!, swings } };
  t.regex(experimentReport(counted), />bus\.requestsInFlight, 16 to 32</);
  for (const text of [experimentReport(counted), experimentMarkdown(counted)])
    t.notRegex(text, /(16|32) count/);
});

test('the widest input stands first in the tornado', (t) => {
  const { value, unit, swings } = experiment.headline as NonNullable<typeof experiment.headline>;
  const chart = tornadoChart(value, unit, swings, 720);
  const places = ['memory.latencyCycles, 500', 'bus.efficiency, 56', 'l2.latencyCycles, 32'].map((s) =>
    chart.indexOf(`>${s}`),
  );
  t.true(places.every((place) => place > 0));
  t.deepEqual(
    [...places].sort((a, b) => a - b),
    places,
  );
  t.notThrows(() => tornadoChart(0, '', [{ ...swings[0], atLow: 0, atHigh: 0 }], 340));
});

test('CSV is tidy: one row a run, factors first, units in names', (t) => {
  const lines = experimentCsv(experiment).trimEnd().split('\n');
  t.is(
    lines[0],
    'experiment,placement,threads,uncertain_input,uncertain_value,tokens_per_second,over_one_thread,run',
  );
  t.is(lines.length, experiment.rows.length + 1);
  t.true(lines[5].startsWith('04-threads,pack,3,,,,,'));
  t.true(lines[6].startsWith('04-threads,spread,6,l2.latencyCycles,32,31.5,'));
});

test('quantities and levels read as a person writes them', (t) => {
  t.is(quantity(3.4, 'x'), '3.40×');
  t.is(quantity(12.5, '%'), '12.5\u00a0%');
  t.is(levelsText(experiment.factors, { placement: 'pack', threads: 3 }), 'pack, threads 3');
  t.is(levelsText([], {}), 'the run');
});

test('hostile text reaches no page as markup', (t) => {
  const page = experimentReport(hostileExperiment);
  t.is(page.match(/<script/g)?.length, 1);
  t.is(page.match(/<\/style>/g)?.length, 1);
  t.false(page.includes('<img'));
  // A block of code shows what it holds.
  const text = experimentMarkdown(hostileExperiment).replace(/^ {4}.*$/gm, '');
  t.false(/(?<!\\)<script/.test(text));
});

test('experiment.json reads back; what is none is told', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'xenon-experiment-'));
  t.is(readExperiment(folder), undefined);
  const file = join(folder, 'experiment.json');
  writeFileSync(file, JSON.stringify(experiment));
  t.deepEqual(readExperiment(folder), JSON.parse(JSON.stringify(experiment)));
  t.deepEqual(readExperiment(file), readExperiment(folder));
  const message = (content: string) => {
    writeFileSync(file, content);
    return t.throws(() => readExperiment(folder), { instanceOf: UsageError })?.message ?? '';
  };
  t.regex(message('{"schema":'), /cannot be read as JSON/);
  t.regex(message('{"schema":"xenon-experiment/2"}'), /not a result of xenon experiment:\n {2}schema/);
});
