import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Command } from 'commander';
import { registerReport } from '../../experiments/cli/report.js';
import { writeRun } from '../../experiments/run/store.js';
import { UsageError } from '../../sim/machine/errors.js';
import { run, runs } from '../reports/fixture.js';

const folder = () => mkdtempSync(join(tmpdir(), 'xenon-report-'));
const report = (...words: string[]): void => {
  const program = new Command();
  registerReport(program);
  program.parse(['report', ...words], { from: 'user' });
};

test('one run gives its full page, several give the overview', (t) => {
  const out = folder();
  const path = writeRun(out, { a: 1 }, run, '');
  report(out);
  t.true(
    readFileSync(join(out, 'report.html'), 'utf8').includes('How fast does an Xbox 360 run stories15M?'),
  );
  t.is(readFileSync(join(path, 'report.html'), 'utf8'), '');
  writeRun(out, { a: 2 }, runs[1].run, '');
  const target = join(out, 'deep', 'page.html');
  report(out, '--out', target);
  t.true(readFileSync(target, 'utf8').includes('2 runs compared'));
  t.deepEqual(readdirSync(join(out, 'deep')), ['page.html']);
});

test('the ending of the name says the format', (t) => {
  const out = folder();
  writeRun(out, { a: 1 }, run, '');
  writeRun(out, { a: 2 }, runs[1].run, '');
  report(out, '--out', join(out, 'x.md'));
  t.true(readFileSync(join(out, 'x.md'), 'utf8').startsWith('| run | tokens/s |'));
  report(out, '--out', join(out, 'x.csv'));
  t.is(readFileSync(join(out, 'x.csv'), 'utf8').trimEnd().split('\n').length, 3);
});

test('results of compiled programs are compared as builds', (t) => {
  const out = folder();
  const result = (cycles: number, waits: number) =>
    JSON.stringify({
      schema: 'xenon-exec/1',
      program: { arguments: [] },
      machine: { preset: 'xbox360', overrides: [] },
      simulated: { instructions: 100, cycles, loadHitStoreCycles: waits },
      roi: null,
      functions: [],
    });
  const [a, b, bad] = ['O2', 'O3', 'bad'].map((name) => join(out, `${name}.json`));
  writeFileSync(a, result(200, 0));
  writeFileSync(b, result(900, 650));
  writeFileSync(bad, '{"schema": "xenon-exec/1"}');
  report(a, b, '--out', join(out, 'builds.md'));
  t.regex(readFileSync(join(out, 'builds.md'), 'utf8'), /\*\*4\.50 times the cycles\*\*/);
  t.throws(() => report(a, bad), {
    instanceOf: UsageError,
    message: /bad\.json is not a result of xenon exec/,
  });
});

test('bad usage writes nothing', (t) => {
  const out = folder();
  const message = (...words: string[]) =>
    t.throws(() => report(...words), { instanceOf: UsageError })?.message ?? '';
  t.regex(message(out), /no run\.json below/);
  t.regex(message(join(out, 'none')), /results not found/);
  t.regex(message('package.json', join(out, 'none')), /results not found: .*none$/);
  t.regex(message(out, '--out', join(out, 'x.pdf')), /must end in \.html, \.md, \.csv, \.json$/);
  t.false(existsSync(join(out, 'report.html')));
  t.deepEqual(readdirSync(out), []);
});
