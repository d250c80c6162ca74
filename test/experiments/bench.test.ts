import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { profileOf } from '../../experiments/bench/profile.js';
import { FIRST_PASSES, measureForwardPass } from '../../experiments/bench/whole.js';
import { setHostFlags } from '../../experiments/node/capabilities.js';
import { xenonHere } from '../support/runs.js';

setHostFlags();

const bench = (options: readonly string[], env = process.env) =>
  spawnSync(process.execPath, ['dist/experiments/cli/xenon.js', 'bench', ...options], {
    encoding: 'utf8',
    env,
  });

test('without the cross compiler --qemu is refused, naming what is missing', (t) => {
  const { status, stderr } = bench(['--qemu'], { PATH: '/nowhere' });
  t.is(status, 2);
  t.regex(stderr, /--qemu needs powerpc64-linux-gnu-gcc, which is not here/);
});

test('one case is measured alone, and written as JSON and as a table', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'xenon-'));
  const [json, markdown] = [join(folder, 'bench.json'), join(folder, 'bench.md')];
  const files = ['--json', json, '--markdown', markdown];
  const { status, stdout } = bench(['--only', 'scalar, 6 threads', '--samples', '2', ...files]);
  t.is(status, 0);
  const { schema, results, profile } = JSON.parse(readFileSync(json, 'utf8'));
  t.is(schema, 'xenon-bench/1');
  t.is(profile, null);
  t.deepEqual(
    results.map(({ name, samples }: { name: string; samples: number[] }) => [name, samples.length]),
    [['scalar, 6 threads', 2]],
  );
  t.is(results[0].mips, Math.max(...results[0].samples));
  t.true(results[0].mips > 0);
  const row = `scalar, 6 threads +\\D*${results[0].mips.toFixed(0)}`;
  t.regex(stdout, new RegExp(row));
  t.regex(readFileSync(markdown, 'utf8'), new RegExp(row));
});

test('shares of host time are of what the named function does', async (t) => {
  const total = (shares: object) => Object.values(shares).reduce((sum: number, share) => sum + share, 0);
  const shares = await profileOf(() => measureForwardPass(FIRST_PASSES, 1), 'runThreads');
  t.true(Math.abs(total(shares) - 1) < 1e-9);
  for (const part of ['wovenCode', 'missPath'] as const) t.true(shares[part] > 0, part);
  t.is(total(await profileOf(async () => {}, 'runThreads')), 0);
});

test('a study of sampling goes on with its file, and leaves that of another study alone', async (t) => {
  const file = join(mkdtempSync(join(tmpdir(), 'xenon-')), 'study.json');
  const study = (only: string, steps = '20') =>
    xenonHere('bench', '--sampling', '--only', only, '--steps', steps, '--json', file);
  const tables = () => JSON.parse(readFileSync(file, 'utf8')).tables;
  t.is((await study('260K scalar threads=')).status, 0);
  const known = 'known already';
  writeFileSync(file, readFileSync(file, 'utf8').replace('"keepsNothing"', `"${known}": 1, "keepsNothing"`));
  const { status, stdout } = await study('260K scalar kvCache=');
  t.is(status, 0);
  t.regex(stdout, /260K scalar threads=3 +text +\d+ of 50/);
  t.true(tables().length > 1);
  t.is(tables()[0][known], 1);
  t.is(tables().filter(({ name }: { name: string }) => name === tables()[0].name).length, 1);
  const before = readFileSync(file, 'utf8');
  const other = await study('260K scalar threads=', '21');
  t.is(other.status, 2);
  t.regex(other.stderr, /name another file/);
  t.is(readFileSync(file, 'utf8'), before);
});
