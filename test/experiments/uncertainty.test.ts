import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Command } from 'commander';
import { runOptions } from '../../experiments/cli/run.js';
import type { RunOptions } from '../../experiments/run/request.js';
import { planOf } from '../../experiments/sweep/plan.js';
import { sentenceOf, uncertaintyOf } from '../../experiments/sweep/uncertainty.js';
import type { ExperimentResult, Swing } from '../../reports/experiment.js';
import { mostOf } from '../../reports/interval.js';
import { describeMachine } from '../../sim/machine/describe.js';
import { paramAt, withValue } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { resolve } from '../../sim/machine/resolve.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import { GuestProgram, referenceWorks } from '../support/guest.js';
import { xenonHere } from '../support/runs.js';

const DRAWS = 8;
const definition = uncertaintyOf('uncertainty-test', {
  settings: {},
  machine: 'xbox360',
  overrides: [],
  headline: 'tokens-per-second',
  inputs: [],
  draws: DRAWS,
});
const defaults = runOptions(new Command()).opts<RunOptions>();
const runs = planOf(definition, { quick: false, set: [], defaults });
const nominal = presetNamed('xbox360');

test('every number with a range is moved to both ends, none that is fixed', (t) => {
  const moved = runs.flatMap(({ perturbed }) => (perturbed === undefined ? [] : [perturbed]));
  t.true(moved.length >= 150, `${moved.length} ends`);
  for (const { path, value } of moved) {
    const param = paramAt(nominal, path);
    t.true('low' in param && param.low < param.high, path);
    t.true('low' in param && (value === param.low || value === param.high), path);
  }
  for (const path of ['memory.latencyCycles', 'bus.efficiency', 'core.loadHitStoreCycles'])
    t.true(
      moved.some((one) => one.path === path),
      path,
    );
});

test('a draw moves each number into its own part of the range, each part once', (t) => {
  const draws = runs.filter(({ levels, perturbed }) => `${levels.inputs}`.startsWith('draw') && !perturbed);
  t.is(draws.length, DRAWS);
  // A range so wide that whole numbers of neighbouring parts differ.
  const path = 'memory.latencyCycles';
  const param = paramAt(nominal, path);
  if (!('low' in param)) return t.fail();
  const values = draws.map(({ request }) =>
    Number(request.overrides.find((one) => one.startsWith(`${path}=`))?.split('=')[1]),
  );
  t.is(new Set(values).size, DRAWS);
  t.true(values.every((value) => value >= param.low && value <= param.high));
});

test('draws are what the numbers may be: whole clocks and counts, powers of two where addresses are cut, any share', (t) => {
  const drawn = (path: string) => {
    const draws = runs.filter(({ levels, perturbed }) => `${levels.inputs}`.startsWith('draw') && !perturbed);
    const values = draws
      .flatMap(({ request }) => request.overrides)
      .filter((one) => one.startsWith(`${path}=`));
    t.is(values.length, DRAWS, path);
    return values.map((one) => Number(one.split('=')[1]));
  };
  const isPowerOfTwo = (value: number) => Number.isInteger(Math.log2(value));
  // The ends of all these ranges are whole, those of the middle ones powers of two.
  for (const path of ['bus.efficiency', 'memory.requestShare'])
    t.false(drawn(path).every(Number.isInteger), path);
  for (const path of ['core.takenBranchCycles', 'l2.portCyclesPerLine', 'dram.writeBatchLines'])
    t.true(drawn(path).every(Number.isInteger) && !drawn(path).every(isPowerOfTwo), path);
  for (const path of ['dram.rowBytes', 'translation.eratEntries', 'translation.eratPageLimit'])
    t.true(drawn(path).every(isPowerOfTwo), path);
});

test('every discrete unknown has a headline of its own', (t) => {
  const levels = runs.map((run) => `${run.levels.inputs}`);
  t.true(levels.includes('dram.rowPolicy=closed'));
  t.false(levels.some((level) => level.startsWith('gpu')));
});

test('xenon run --uncertainty answers with an interval and goes on where it was', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'xenon-uncertainty-'));
  const ask = () =>
    xenonHere(
      ...['run', '--steps', '8', '--uncertainty', '--inputs', 'bus.efficiency', '--draws', '4'],
      ...['--jobs', '1', '--out', folder, '--json', '-'],
    );
  try {
    const { status, stdout, stderr } = await ask();
    t.is(status, 0, stderr);
    const headline = (JSON.parse(stdout) as ExperimentResult).headline;
    if (headline?.low === undefined || headline.high === undefined) return t.fail(stdout);
    t.true(headline.low < headline.value && headline.value < headline.high);
    t.deepEqual(
      headline.swings.map(({ path }) => path),
      ['bus.efficiency'],
    );
    const again = await ask();
    t.regex(again.stderr, /7 runs, 7 of them there already/);
    t.is(again.stdout, stdout);
    const { command } = (JSON.parse(stdout) as ExperimentResult).provenance;
    const words = (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'(.*)'$/, '$1'));
    const same = await xenonHere(...words.slice(1), '--jobs', '1', '--out', folder, '--json', '-');
    t.regex(same.stderr, /7 runs, 7 of them there already/);
    t.is(same.stdout, stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the answer names what makes most of the interval, and what to measure first', (t) => {
  const swing = (path: string, atLow: number, atHigh: number): Swing => ({
    path,
    unit: 'cycles',
    lowInput: 0,
    highInput: 1,
    atLow,
    atHigh,
  });
  const swings = [
    swing('core.latency.load', 58, 57.8),
    swing('bus.efficiency', 52, 63),
    swing('memory.latencyCycles', 65, 53),
    swing('core.latency.float', 58, 58),
  ];
  const text = sentenceOf(58, swings);
  t.true(text.startsWith('is the prediction, most of its interval from memory latency'), text);
  t.regex(
    text,
    /in this order: memory\.latencyCycles \(65\.0 to 53\.0\), bus\.efficiency .*, core\.latency\.load/,
  );
  t.false(text.includes('core.latency.float'));
  // 7, 6, 0.2: the first alone has 49 of 85 parts; were it 6, it would take both.
  t.deepEqual(
    mostOf(58, swings).map(({ path }) => path),
    ['memory.latencyCycles'],
  );
  t.deepEqual(
    mostOf(58, [...swings, swing('l2.latencyCycles', 64, 58)]).map(({ path }) => path),
    ['memory.latencyCycles', 'bus.efficiency'],
  );
});

test('a speed-up is asked for over another run, both with every input at both ends and in every draw', (t) => {
  const asked = uncertaintyOf('uncertainty-test', {
    settings: {},
    machine: 'xbox360',
    overrides: [],
    headline: 'speed-up',
    inputs: ['bus.efficiency', 'l2.replacement'],
    draws: DRAWS,
    over: ['threads=1', 'kernels.matmul=scalar'],
  });
  const planned = planOf(asked, { quick: false, set: [], defaults });
  const [one, other] = ['this run', 'compared with'].map((run) =>
    planned.filter(({ levels }) => levels.run === run),
  );
  // As it is, another replacement, draws, two ends.
  t.is(one.length, 1 + 1 + DRAWS + 2);
  t.is(other.length, one.length);
  t.true(other.every(({ request }) => request.placement.length === 1));
  t.true(other.every(({ request }) => request.kernels.ops.matmul === 'scalar'));
  t.true(one.every(({ request }) => request.placement.length === 6));
  t.deepEqual(
    one.map(({ request }) => request.overrides),
    other.map(({ request }) => request.overrides),
  );
});

test('a speed-up without what it is over, and an unknown setting, are refused', (t) => {
  const asked = { settings: {}, machine: 'xbox360', overrides: [], inputs: [], draws: DRAWS } as const;
  t.throws(() => uncertaintyOf('x', { ...asked, headline: 'speed-up' }), { message: /--over setting=value/ });
  const unknown = uncertaintyOf('x', { ...asked, headline: 'speed-up', over: ['kernel=scalar'] });
  t.throws(() => planOf(unknown, { quick: false, set: [], defaults }), {
    message: "--over: 'kernel' is no setting of a run (nearest: kernels)",
  });
});

test('numbers that are only recorded change nothing, and are not moved', (t) => {
  const source = `start: lis 3,0x20\n li 0,50\n mtctr 0\n 1: lvx 1,0,3\n vmaddfp 2,1,1,2\n stvx 2,0,3\n lwz 5,0(3)
    addi 3,3,128\n or 1,1,1\n or 2,2,2\n isync\n bdnz 1b\n sc`;
  const cyclesOf = (config: typeof nominal) =>
    new GuestProgram(source, referenceWorks(newMemorySystem), resolve('xbox360', config)).run('start', [0, 1])
      .cycles;
  const usual = cyclesOf(nominal);
  const paths = describeMachine(nominal).flatMap(({ path, recorded }) => (recorded ? [path] : []));
  t.true(paths.length >= 8);
  const moved = runs.flatMap(({ request, perturbed }) => [
    ...request.overrides.map((override) => override.split('=')[0]),
    ...(perturbed === undefined ? [] : [perturbed.path]),
  ]);
  for (const path of paths) {
    const { value } = paramAt(nominal, path);
    const other = withValue(nominal, path, 2 * Number(value), { source: 'own', grade: 'override' });
    t.is(cyclesOf(other), usual, path);
    t.false(moved.includes(path), path);
  }
});

test('a number is told that is not moved, as its range is wider than what can be simulated', (t) => {
  const wide = 'core.predictorCounters (1024 to 16384)';
  const results = { value: () => 1 } as unknown as Parameters<typeof definition.answer>[0];
  t.true(definition.answer(results, []).endsWith(`cannot hold both ends of the range: ${wide}.`));
  const asked = { settings: {}, machine: 'xbox360', overrides: [], draws: DRAWS } as const;
  const of = (...inputs: string[]) => uncertaintyOf('x', { ...asked, headline: 'tokens-per-second', inputs });
  t.notRegex(of('bus').answer(results, []), /Not moved/);
  t.throws(() => of('core.predictorCounters'), { message: /--inputs .*: Not moved, .*1024 to 16384/ });
});

test('unknown inputs are refused', async (t) => {
  const { status, stderr } = await xenonHere('run', '--uncertainty', '--inputs', 'nonsense');
  t.is(status, 2);
  t.regex(stderr, /--inputs nonsense: no number of xbox360 with a range begins so/);
});
