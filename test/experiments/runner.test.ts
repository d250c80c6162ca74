import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import seedrandom from 'seedrandom';
import { packageRoot } from '../../experiments/node/package.js';
import { type Ended, scratch, xenon, xenonHere } from '../support/runs.js';
import { contents, experimentText } from '../support/sweeps.js';

/** Sweeps as a user makes them: a file of their own outside the repository, the command line, folders. */
const folder = scratch();
const kernels = 'scalar';
test.after.always(() => folder.drop());

const write = (name: string, text: string): string => {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
};
const ids = (out: string): string[] =>
  readdirSync(out)
    .filter((name) => /^[0-9a-f]{16}$/.test(name))
    .sort();

interface Sweep {
  readonly file: string;
  readonly out: string;
  readonly stdout: string;
  /** What it leaves. */
  readonly expected: Readonly<Record<string, string>>;
  readonly milliseconds: number;
}
let swept: Sweep | undefined;

/** A sweep that nothing happens to. */
function undisturbed(t: ExecutionContext): Sweep {
  if (swept !== undefined) return swept;
  const file = write('mine.ts', experimentText([2, 3], { uncertain: ['memory.latencyCycles'], kernels }));
  const out = join(folder.path, 'undisturbed');
  const began = performance.now();
  const { status, stdout, stderr } = xenon('experiment', file, '--out', out, '--json', '-', '--jobs', '2');
  t.is(status, 0, stderr);
  swept = { file, out, stdout, expected: contents(out), milliseconds: performance.now() - began };
  return swept;
}

test.serial('a file of the user runs, reports, and a second command finds all of it there', async (t) => {
  const { file, out, stdout } = undisturbed(t);
  const result = JSON.parse(stdout);
  t.is(result.schema, 'xenon-experiment/1');
  t.is(result.rows.length, 6);
  t.is(result.headline.value, 10);
  t.is(result.headline.swings.length, 1);
  t.is(result.answer, 'in all, 2 of them in the first run.');
  const set = join(out, 'mine');
  t.is(ids(set).length, 6);
  t.regex(readFileSync(join(set, 'report.html'), 'utf8'), /10\.0.positions/);
  t.regex(readFileSync(join(set, 'report.md'), 'utf8'), /seed 2/);
  const [head, ...rows] = readFileSync(join(set, 'results.csv'), 'utf8').trimEnd().split('\n');
  t.regex(
    head,
    /^experiment,steps,seed,uncertain_input,uncertain_value,tokens_per_second,speed_up,positions,run$/,
  );
  t.is(rows.length, 6);

  const times = () => ids(set).map((id) => statSync(join(set, id, 'run.json')).mtimeMs);
  const before = times();
  const again = await xenonHere('experiment', file, '--out', out);
  t.is(again.status, 0, again.stderr);
  t.regex(again.stderr, /6 runs, 6 of them there already/);
  t.deepEqual(times(), before);

  const report = join(folder.path, 'again.html');
  t.is((await xenonHere('report', set, '--out', report)).status, 0);
  t.is(readFileSync(report, 'utf8'), readFileSync(join(set, 'report.html'), 'utf8'));
});

test.serial('a run that fails is told and does not stop the others; it is tried again', async (t) => {
  // No context of the shipped model has 100000 positions.
  const file = write('failing.ts', experimentText([2, 100000], { name: 'failing', kernels }));
  const out = join(folder.path, 'failing');
  const ended = await xenonHere('experiment', file, '--out', out, '--jobs', '1');
  t.is(ended.status, 1);
  t.regex(ended.stderr, /2 of its runs failed:\n.*100000.*beyond the context/);
  t.is(ids(join(out, 'failing')).length, 2);
  t.regex(readFileSync(join(out, 'failing', 'report.html'), 'utf8'), /2 runs failed and are missing/);
  const again = await xenonHere('experiment', file, '--out', out);
  t.is(again.status, 1);
  t.regex(again.stderr, /4 runs, 2 of them there already/);
});

test.serial('the runs of all shards, copied together, are those of one machine', async (t) => {
  const { file, expected } = undisturbed(t);
  const merged = join(folder.path, 'merged');
  for (const part of [1, 2]) {
    const out = join(folder.path, `part${part}`);
    const ended = await xenonHere('experiment', file, '--out', out, '--shard', `${part}/2`, '--jobs', '1');
    t.is(ended.status, 0, ended.stderr);
    t.regex(ended.stdout, /3 runs are another shard's/);
    t.is(ids(join(out, 'mine')).length, 3);
    t.false(existsSync(join(out, 'mine', 'report.html')));
    cpSync(out, merged, { recursive: true });
  }
  const ended = await xenonHere('experiment', file, '--out', merged);
  t.regex(ended.stderr, /6 runs, 6 of them there already/);
  t.deepEqual(contents(merged), expected);
});

test.serial('what ended processes left half-written goes, that of a living one stays', async (t) => {
  const { file, out, expected } = undisturbed(t);
  const left = join(folder.path, 'left');
  cpSync(out, left, { recursive: true });
  const set = join(left, 'mine');
  const [id] = ids(set);
  const { pid } = spawnSync(process.execPath, ['--version']);
  for (const name of [`.${id}`, 'report.html', 'charts/other.svg'])
    writeFileSync(join(set, `${name}.${pid}.tmp`), '{');
  const living = `mine/.${id}.${process.pid}.tmp`;
  writeFileSync(join(left, living), '{');
  t.is((await xenonHere('experiment', file, '--out', left)).status, 0);
  t.deepEqual(contents(left), { ...expected, [living]: '{' });
});

test.serial(
  'killed ten times at random moments and resumed, sweeps give the bytes of an undisturbed one',
  async (t) => {
    const { file, expected, milliseconds } = undisturbed(t);
    const random = seedrandom('kill');
    let sweeps = 0;
    let out = '';
    for (let killed = 0; killed < 10; ) {
      if (out === '') out = join(folder.path, `killed${sweeps++}`);
      const command = start('experiment', file, '--out', out, '--jobs', '2');
      const ended = new Promise((resolve) => command.once('exit', (_, signal) => resolve(signal)));
      await Promise.race([ended, sleep(milliseconds * (0.2 + 0.6 * random()))]);
      command.kill('SIGKILL');
      if ((await ended) === 'SIGKILL') killed++;
      else {
        // It came to its end before: compared, and the next one begins from nothing.
        t.deepEqual(contents(out), expected);
        out = '';
        continue;
      }
      for (const id of existsSync(join(out, 'mine')) ? ids(join(out, 'mine')) : []) {
        // Whatever stands under its name is whole.
        t.notThrows(() => JSON.parse(readFileSync(join(out, 'mine', id, 'run.json'), 'utf8')));
      }
    }
    if (out === '') return;
    t.is((await xenonHere('experiment', file, '--out', out)).status, 0);
    t.deepEqual(contents(out), expected);
  },
);

function start(...args: string[]): ChildProcess {
  const cli = new URL('../../experiments/cli/xenon.js', import.meta.url).pathname;
  return spawn(process.execPath, [cli, ...args], { stdio: 'ignore' });
}

const refuses = test.macro<[what: () => string[], ...patterns: RegExp[]]>({
  async exec(t, what, ...patterns) {
    const out = join(folder.path, 'refused');
    const ended = await xenonHere('experiment', ...what(), '--out', out);
    t.is(ended.status, 2, ended.stderr);
    for (const pattern of patterns) t.regex(ended.stderr, pattern);
    t.notRegex(ended.stderr, /\n\s+at /, 'no stack trace');
    t.false(existsSync(out), 'nothing half-written');
  },
  title: (given) => `refused with status 2: ${given}`,
});
test('an unknown experiment', refuses, () => ['endain'], /02-endian/, /nearest: endian/);
test('the same as a user sees it', (t) => {
  const ended = xenon('experiment', 'endain');
  t.is(ended.status, 2);
  t.regex(ended.stderr, /^xenon: .*nearest: endian/);
});
test('a file that is not there', refuses, () => ['none.ts'], /not found: none\.ts/);
test(
  'a file that is no TypeScript',
  refuses,
  () => [write('bad.ts', 'export const = 1')],
  /bad\.ts/,
  /Expected identifier/,
);
test(
  'a file that throws',
  refuses,
  () => [write('throws.ts', "throw new Error('no luck')")],
  /throws\.ts.*no luck/,
);
test(
  'a file without an experiment',
  refuses,
  () => [write('empty.ts', 'export const a = 1')],
  /exports no experiment/,
);
test(
  'a name that leaves its folder',
  refuses,
  () => [write('up.ts', experimentText([2], { name: '../x' }))],
  /names a folder/,
);
test('a shard that is none', refuses, () => ['02', '--shard', '3/2'], /--shard.*1\/4.*3\/2/);
test('no jobs', refuses, () => ['02', '--jobs', '0'], /--jobs/);
test('a wrong path in --set', refuses, () => ['02', '--quick', '--set', 'l2.size=2MiB'], /l2\.sizeBytes/);
test('two experiments of one name', refuses, () => ['02', 'endian'], /02-endian/);

const isBuilt = existsSync(join(packageRoot, 'dist/experiments/api.d.ts'));
const packed = isBuilt ? test.serial : test.serial.skip;
packed(
  `the packed package runs a file of the user, types included${isBuilt ? '' : ' (skipped: needs npm run build)'}`,
  (t) => {
    const home = join(folder.path, 'home');
    mkdirSync(home);
    const { run } = inFolder(home);
    const tarball = run('npm', 'pack', packageRoot, '--ignore-scripts', '--silent').stdout.trim();
    writeFileSync(
      join(home, 'package.json'),
      JSON.stringify({ name: 'home', private: true, type: 'module' }),
    );
    const install = run(
      'npm',
      'install',
      `./${tarball}`,
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
    );
    if (install.status !== 0) {
      t.log(
        `npm could not install without a registry, so the dependencies are those of the repository: ${install.stderr}`,
      );
      mkdirSync(join(home, 'node_modules'), { recursive: true });
      cpSync(join(packageRoot, 'node_modules'), join(home, 'node_modules'), { recursive: true });
      const target = join(home, 'node_modules/xenon-sim');
      mkdirSync(target, { recursive: true });
      t.is(run('tar', 'xzf', tarball, '-C', target, '--strip-components=1').status, 0);
    }
    writeFileSync(join(home, 'my.ts'), experimentText([2], { kernels }));
    const cli = 'node_modules/xenon-sim/dist/experiments/cli/xenon.js';
    const ended = run(process.execPath, cli, 'experiment', 'my.ts');
    t.is(ended.status, 0, ended.stderr);
    t.true(existsSync(join(home, 'results/mine/report.html')));
    const compiler = join(packageRoot, 'node_modules/typescript/bin/tsc');
    writeFileSync(
      join(home, 'wrong.ts'),
      experimentText([2])
        .replace('{ seed: 1 }', "{ seed: 1 }, 'x'")
        .replace('steps: 2, seed: 1 }', 'steps: 7, seed: 1 }'),
    );
    const options = '--noEmit --strict --skipLibCheck --module nodenext --target es2022 --types'.split(' ');
    const checked = run(process.execPath, compiler, ...options, '', 'my.ts', 'wrong.ts').stdout;
    t.regex(checked, /^wrong\.ts.*'7'/ms);
    // All that is wrong is in that file.
    t.notRegex(checked, /^(?!wrong\.ts|\s|$)/m);
  },
);

function inFolder(cwd: string) {
  const run = (command: string, ...args: string[]): Ended => {
    const ended = spawnSync(command, args, { cwd, encoding: 'utf8' });
    return { status: ended.status, stdout: ended.stdout, stderr: ended.stderr };
  };
  return { run };
}
