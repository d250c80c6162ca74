import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';

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

test('a study of sampling goes on with its file, and leaves that of another study alone', (t) => {
  const file = join(mkdtempSync(join(tmpdir(), 'xenon-')), 'study.json');
  const study = (only: string, steps = '20') =>
    bench(['--sampling', '--only', only, '--steps', steps, '--json', file]);
  const tables = () => JSON.parse(readFileSync(file, 'utf8')).tables;
  t.is(study('260K scalar threads=').status, 0);
  const known = 'known already';
  writeFileSync(file, readFileSync(file, 'utf8').replace('"keepsNothing"', `"${known}": 1, "keepsNothing"`));
  const { status, stdout } = study('260K scalar kvCache=');
  t.is(status, 0);
  t.regex(stdout, /260K scalar threads=3 +text +\d+ of 50/);
  t.true(tables().length > 1);
  t.is(tables()[0][known], 1);
  t.is(tables().filter(({ name }: { name: string }) => name === tables()[0].name).length, 1);
  const before = readFileSync(file, 'utf8');
  const other = study('260K scalar threads=', '21');
  t.is(other.status, 2);
  t.regex(other.stderr, /name another file/);
  t.is(readFileSync(file, 'utf8'), before);
});
