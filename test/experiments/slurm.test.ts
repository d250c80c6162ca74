import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { scratch, xenonHere, xenonIn } from '../support/runs.js';
import { type Cluster, noSlurm, startCluster, until } from '../support/slurm.js';
import { contents, experimentText } from '../support/sweeps.js';

/** An experiment as a job array of a real Slurm on this machine. */
const folder = scratch();
const why = noSlurm();
let cluster: Cluster | undefined;
test.after.always(async () => {
  await cluster?.stop();
  folder.drop();
});

const write = (name: string, text: string): string => {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
};
/** Processes of a command line, by their ids. */
const processesOf = (...words: string[]): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words.every((word) => line.includes(word));
      } catch {
        return false;
      }
    })
    .map(Number);

const slurm = why === undefined ? test.serial : test.serial.skip;
slurm(
  `an array makes the runs, a killed task is queued again, the last job reports${why === undefined ? '' : ` (skipped: ${why})`}`,
  async (t) => {
    mkdirSync(join(folder.path, 'slurm'));
    cluster = await startCluster(join(folder.path, 'slurm'));
    const file = write('mine.ts', experimentText([40, 41]));
    const whole = join(folder.path, 'whole');
    t.is((await xenonHere('experiment', file, '--out', whole, '--jobs', '1')).status, 0);

    const out = join(folder.path, 'queued');
    const submitted = xenonIn(cluster.env, 'experiment', file, '--out', out, '--slurm', '2');
    t.is(submitted.status, 0, submitted.stderr);
    const [, array, report] =
      /job array (\d+) with 2 tasks, then job (\d+) merges/.exec(submitted.stdout) ?? [];
    t.regex(cluster.show(report), new RegExp(`Dependency=afterany:${array}_\\*`));

    await until(() => processesOf('--shard', '1/2', out).length > 0, 'the first task');
    for (const pid of processesOf('--shard', '1/2', out)) process.kill(pid, 'SIGKILL');
    const log = join(out, 'slurm/mine/task-1.log');
    await until(() => existsSync(log) && /queued again/.test(readFileSync(log, 'utf8')), 'the requeue');
    await until(
      () => cluster?.states(array).length === 0 && cluster.states(report).length === 0,
      'the end',
      () =>
        readdirSync(join(out, 'slurm/mine'))
          .map((name) => readFileSync(join(out, 'slurm/mine', name), 'utf8'))
          .join('\n'),
    );
    t.regex(cluster.show(array), /ArrayTaskId=1 [\s\S]*?Restarts=1/);
    t.regex(readFileSync(log, 'utf8'), /ended with status 137: queued again/);
    t.regex(readFileSync(join(out, 'slurm/mine/report.log'), 'utf8'), /4 runs, 4 of them there already/);
    t.deepEqual(contents(join(out, 'mine')), contents(join(whole, 'mine')));
  },
);

test('without Slurm the scripts are written and the message says so', (t) => {
  const file = write('other.ts', experimentText([2], { name: 'other' }));
  const out = join(folder.path, 'none');
  const ended = xenonIn(
    { PATH: '/nowhere' },
    'experiment',
    file,
    '--out',
    out,
    '--slurm',
    '3',
    '--jobs',
    '4',
  );
  t.is(ended.status, 2);
  t.regex(ended.stderr, /sbatch.*needs Slurm's client.*run\.sh/);
  const script = readFileSync(join(out, 'slurm/other/run.sh'), 'utf8');
  t.regex(script, /--array=1-3\n#SBATCH --cpus-per-task=4\n/);
  t.regex(script, /--jobs 4 --shard "\$SLURM_ARRAY_TASK_ID\/3"/);
});

test('options that make no sense beside --slurm are refused', async (t) => {
  for (const [option, pattern] of [
    [['--shard', '1/2'], /without --shard/],
    [['--fresh'], /without --fresh/],
  ] as const) {
    const ended = await xenonHere('experiment', '02', '--slurm', '2', ...option);
    t.is(ended.status, 2);
    t.regex(ended.stderr, pattern);
  }
  t.regex((await xenonHere('experiment', '02', '--slurm', '0')).stderr, /--slurm/);
});
