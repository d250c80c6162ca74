import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { INTERRUPTED, stopsOnInterrupt } from '../../experiments/cli/interrupt.js';
import { scratch, xenonHere } from '../support/runs.js';
import { experimentText } from '../support/sweeps.js';

/** Ctrl-C in the middle of a long command: what is finished can be used. */
const folder = scratch();
test.after.always(() => folder.drop());

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly status: Promise<number | null>;
}

function start(...args: string[]): Running {
  const cli = new URL('../../experiments/cli/xenon.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const take = (piece: Buffer) => {
    text += piece;
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  return { child, output: () => text, status: new Promise((resolve) => child.once('exit', resolve)) };
}

async function until({ output, child }: Running, pattern: RegExp): Promise<void> {
  while (!pattern.test(output()) && child.exitCode === null) await new Promise((go) => setTimeout(go, 5));
}

test.serial('a run ends at its next position with what it has', async (t) => {
  const [json, out] = ['run.json', 'runs'].map((name) => join(folder.path, name));
  const running = start(
    'run',
    ...['--prompt', 'Lily', '--steps', '256', '--ignore-eos', '--threads', '1', '--kernels', 'scalar'],
    ...['--json', json, '--out', out],
  );
  await until(running, /Lily \w+ \w+/);
  running.child.kill('SIGINT');
  t.is(await running.status, INTERRUPTED, running.output());
  const run = JSON.parse(readFileSync(json, 'utf8'));
  t.true(run.interrupted);
  t.true(run.positions.length > 2 && run.positions.length < 256);
  t.is(run.tokens.length, run.positions.length + 1);
  t.is(run.simulated.positionsForwarded, run.positions.length);
  t.true(run.simulated.tokensPerSecond > 0);
  t.regex(running.output(), /interrupted +Interrupted after \d+ of 256 positions/);
  const [id] = readdirSync(out);
  t.regex(readFileSync(join(out, id, 'report.html'), 'utf8'), /Interrupted after \d+ of 256 positions/);

  const whole = await xenonHere(
    'run',
    ...['--prompt', 'Lily', '--steps', String(run.positions.length), '--context', '256', '--ignore-eos'],
    ...['--threads', '1', '--kernels', 'scalar', '--json', '-', '--out', out],
  );
  const same = JSON.parse(whole.stdout);
  t.deepEqual(same.tokens, run.tokens);
  t.deepEqual(same.positions, run.positions);
  t.is(same.simulated.cycles, run.simulated.cycles);
  t.is(same.interrupted, undefined);
});

test.serial('a story that is interrupted is kept, without a comparison', async (t) => {
  const out = join(folder.path, 'started');
  const running = start('start', '--steps', '256', '--ignore-eos', '--out', out);
  await until(running, /Joe said, "/);
  running.child.kill('SIGINT');
  t.is(await running.status, INTERRUPTED, running.output());
  t.regex(running.output(), /interrupted +Interrupted after \d+ of 256 positions/);
  t.notRegex(running.output(), /endian strategy/);
  const [id] = readdirSync(out);
  t.true(JSON.parse(readFileSync(join(out, id, 'run.json'), 'utf8')).interrupted);
});

test.serial('a run takes signals from the first position on that is worth keeping', (t) => {
  const before = process.listeners('SIGINT');
  const { goesOn } = stopsOnInterrupt();
  t.deepEqual(process.listeners('SIGINT'), before);
  t.true(goesOn());
  const [own, ...others] = process.listeners('SIGINT').filter((one) => !before.includes(one));
  process.removeListener('SIGINT', own);
  t.is(others.length, 0);
  t.true(goesOn());
  own('SIGINT');
  t.false(goesOn());
});

test.serial('a run that has nothing to keep ends at once', async (t) => {
  const out = join(folder.path, 'nothing');
  const running = start('run', '--model', 'stories15M-shape', '--steps', '64', '--out', out);
  running.child.kill('SIGINT');
  await running.status;
  t.is(running.child.signalCode, 'SIGINT');
  t.false(existsSync(out));
});

test.serial('an experiment keeps its finished runs, and goes on from there', async (t) => {
  const file = join(folder.path, 'mine.ts');
  writeFileSync(file, experimentText([2, 10, 15, 20], { kernels: 'scalar' }));
  const out = join(folder.path, 'sweep');
  const running = start('experiment', file, '--out', out, '--jobs', '1');
  await until(running, /\[1\/8\]/);
  running.child.kill('SIGINT');
  t.is(await running.status, INTERRUPTED, running.output());
  t.regex(running.output(), /interrupted, [1-7] runs are missing; the same command goes on/);
  t.notRegex(running.output(), /FAILED/);
  const runs = readdirSync(join(out, 'mine')).filter((name) => /^[0-9a-f]{16}$/.test(name));
  t.true(runs.length >= 1 && runs.length < 8);
  const report = await xenonHere('report', join(out, 'mine'), '--out', join(folder.path, 'part.html'));
  t.is(report.status, 0);
  const again = await xenonHere('experiment', file, '--out', out, '--jobs', '1');
  t.is(again.status, 0, again.stderr);
  t.regex(again.stderr, new RegExp(`8 runs, ${runs.length} of them there already`));
});
