import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import test from 'ava';
import { refusalOf, writeWhole } from '../../experiments/node/files.js';
import { checkout, packageRoot } from '../../experiments/node/package.js';
import { askedOf, commandFor, completeRun, threatsOf } from '../../experiments/run/complete.js';
import { readRun, readRuns } from '../../experiments/run/read.js';
import { parseRequest } from '../../experiments/run/request.js';
import { runId, writeRun } from '../../experiments/run/store.js';
import { runReport } from '../../reports/run-report.js';
import { UsageError } from '../../sim/machine/errors.js';
import { run } from '../reports/fixture.js';

const folder = () => mkdtempSync(join(tmpdir(), 'xenon-store-'));
const request = parseRequest({
  model: 'my model.bin',
  prompt: "it's",
  steps: '8',
  temperature: '0',
  topP: '0.9',
  seed: '1',
  machine: 'xbox360',
  set: ['l2.sizeBytes=512KiB'],
  threads: '2',
  placement: 'spread',
  kernels: 'vmx128,matmul=scalar',
  endian: 'offline',
  quant: 'fp32',
  mode: 'detailed',
  engine: 'translated',
  out: 'somewhere',
});
const FILES = [
  'asked.json',
  'host.json',
  'ops.csv',
  'positions.csv',
  'report.html',
  'run.json',
  'stats.json',
  'stats.txt',
];

test('of a file that could not be written whole nothing is left, and it is told by its name', (t) => {
  const path = join(folder(), 'result.json');
  const halfWritten = (file: string): never => {
    writeFileSync(file, 'half');
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { syscall: 'write' });
  };
  const error = t.throws(() => writeWhole(path, halfWritten));
  t.is(refusalOf(error), `${path}: no space left on device`);
  t.deepEqual(readdirSync(dirname(path)), []);
  writeFileSync(path, 'before');
  t.throws(() => writeWhole(path, halfWritten));
  t.is(readFileSync(path, 'utf8'), 'before');
});

test('a run directory holds everything, the host apart, and reads back as it was', (t) => {
  const out = join(folder(), 'deep', 'results');
  const path = writeRun(out, { a: 1 }, run, runReport(run));
  t.is(path, join(out, runId({ a: 1 })));
  t.deepEqual(readdirSync(path).sort(), FILES);
  t.deepEqual(readdirSync(out), [runId({ a: 1 })]);
  const file = readFileSync(join(path, 'run.json'), 'utf8');
  t.false('host' in JSON.parse(file));
  t.false(/mips|"seconds": 61.2/.test(file));
  t.deepEqual(readRun(join(path, 'run.json')), JSON.parse(JSON.stringify(run)));
  t.is(runReport(readRun(join(path, 'run.json'))), readFileSync(join(path, 'report.html'), 'utf8'));
});

test('the same run on another host differs in host.json and the report only', (t) => {
  const elsewhere = { ...run, host: { seconds: 1, mips: 2 } };
  const a = writeRun(folder(), { a: 1 }, run, runReport(run));
  const b = writeRun(folder(), { a: 1 }, elsewhere, runReport(elsewhere));
  const different = FILES.filter(
    (name) => readFileSync(join(a, name), 'utf8') !== readFileSync(join(b, name), 'utf8'),
  );
  t.deepEqual(different, ['host.json', 'report.html']);
});

test('writing again replaces, and leaves no half-written folder', (t) => {
  const out = folder();
  writeRun(out, { a: 1 }, run, 'old');
  const path = writeRun(out, { a: 1 }, run, 'new');
  t.is(readFileSync(join(path, 'report.html'), 'utf8'), 'new');
  t.deepEqual(readdirSync(out), [runId({ a: 1 })]);
  t.deepEqual(readdirSync(path).sort(), FILES);
});

test('an id depends on what was asked, not on the order of keys', (t) => {
  t.is(runId({ a: 1, b: { c: [1, 2], d: undefined } }), runId({ b: { c: [1, 2] }, a: 1 }));
  t.not(runId({ a: 1 }), runId({ a: 2 }));
  t.not(runId({ a: [1, 2] }), runId({ a: [2, 1] }));
  const id = (r: typeof request) => runId(askedOf(r, run));
  t.is(id({ ...request, out: 'elsewhere', logits: 'file' }), id(request));
  t.not(id({ ...request, seed: 2 }), id(request));
  t.regex(id(request), /^[0-9a-f]{16}$/);
});

test('a completed run says how to repeat it and which inputs are guesses', (t) => {
  const complete = completeRun(request, run);
  const command = commandFor(request);
  t.is(complete.provenance?.command, command);
  t.regex(complete.provenance?.code ?? '', /^[0-9a-f]{64}$/);
  const source = readFileSync(join(packageRoot, 'models/kernels/matmul.vmx128.s'));
  t.is(run.settings.kernels.matmul, 'vmx128');
  t.is(complete.provenance?.kernels?.['matmul.vmx128'], createHash('sha256').update(source).digest('hex'));
  t.is(Object.keys(complete.provenance?.kernels ?? {}).length, Object.keys(run.settings.kernels).length);
  for (const words of [
    "--model 'my model.bin'",
    "--prompt 'it'\\''s'",
    '--set l2.sizeBytes=512KiB',
    '--threads 2 --placement 0,2',
    '--kernels vmx128,matmul=scalar',
  ]) {
    t.true(command.includes(words), words);
  }
  const threats = threatsOf(request);
  t.true(threats.length > 5);
  for (const threat of threats) {
    t.true(['inferred', 'unverified'].includes(threat.grade));
    t.true(threat.low !== threat.high || (threat.choices?.length ?? 0) > 1, threat.path);
  }
  t.false(
    threatsOf({ machine: 'xbox360', overrides: [`${threats[0].path}=${threats[0].value}`] }).some(
      (x) => x.path === threats[0].path,
    ),
  );
});

test('the commit of a checkout is known, nothing of an installed package', async (t) => {
  const head = spawnSync('git', ['-C', packageRoot, 'rev-parse', 'HEAD'], { encoding: 'utf8' });
  const isCheckout = existsSync(join(packageRoot, '.git')) && head.status === 0;
  const { commit, dirty } = await checkout();
  t.is(commit, isCheckout ? head.stdout.trim() : undefined);
  t.is(typeof dirty, isCheckout ? 'boolean' : 'undefined');
});

test('runs are found in folders of folders, named as shortly as they can be told apart', (t) => {
  const out = folder();
  const a = writeRun(join(out, 'x'), { a: 1 }, run, '');
  writeRun(join(out, 'y'), { a: 2 }, run, '');
  mkdirSync(join(out, '.unfinished.tmp'));
  writeFileSync(join(out, '.unfinished.tmp', 'run.json'), '{');
  t.deepEqual(
    readRuns([out]).map((r) => r.name),
    [runId({ a: 1 }), runId({ a: 2 })],
  );
  t.is(readRuns([a, join(a, 'run.json'), out]).length, 2);
  writeRun(join(out, 'y'), { a: 1 }, run, '');
  t.deepEqual(
    readRuns([out]).map((r) => r.name),
    [
      `x/${runId({ a: 1 })}`,
      ...[runId({ a: 1 }), runId({ a: 2 })].sort().map((id) => (id === runId({ a: 1 }) ? `y/${id}` : id)),
    ],
  );
  t.is(readRuns([out, relative('.', out), join(out, 'x', '..')]).length, 3);
});

test('numbers that were not finite come back as not a number', (t) => {
  const path = writeRun(folder(), {}, { ...run, simulated: { ...run.simulated, ipc: Number.NaN } }, '');
  t.is(readRun(join(path, 'run.json')).simulated.ipc, Number.NaN);
});

test('what cannot be read is told with file and place', (t) => {
  const out = folder();
  const bad = (content: string): string => {
    writeFileSync(join(out, 'run.json'), content);
    return t.throws(() => readRuns([out]), { instanceOf: UsageError })?.message ?? '';
  };
  const file = join(out, 'run.json');
  t.is(
    t.throws(() => readRuns([join(out, 'none')]), { instanceOf: UsageError })?.message,
    `results not found: ${join(out, 'none')}`,
  );
  t.regex(t.throws(() => readRuns([out]), { instanceOf: UsageError })?.message ?? '', /no run\.json below/);
  t.regex(bad('{"schema": '), /run\.json cannot be read as JSON: /);
  t.is(
    bad('{"schema": "xenon-run/9"}'),
    `${file}: its schema is 'xenon-run/9', this version of xenon reads 'xenon-run/1'`,
  );
  t.regex(bad('[]'), /it has no schema field, this version of xenon reads 'xenon-run\/1'/);
  t.regex(
    bad(JSON.stringify({ ...run, simulated: { ...run.simulated, cycles: 'many' } })),
    /not a result of xenon run:\n {2}simulated\.cycles: .*expected number/,
  );
  t.regex(bad('{"schema": "xenon-run/1"}'), /tokens: .*\n(.*\n){4} {2}and \d+ more$/);
  t.true(existsSync(file));
});
