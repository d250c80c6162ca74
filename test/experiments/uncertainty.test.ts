import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Command } from 'commander';
import { runOptions } from '../../experiments/cli/run.js';
import type { RunOptions } from '../../experiments/run/request.js';
import { planOf } from '../../experiments/sweep/plan.js';
import { uncertaintyOf } from '../../experiments/sweep/uncertainty.js';
import type { ExperimentResult } from '../../reports/experiment.js';
import { paramAt } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';

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
  const param = paramAt(nominal, 'bus.efficiency');
  if (!('low' in param)) return t.fail();
  const values = draws.map(({ request }) =>
    Number(request.overrides.find((one) => one.startsWith('bus.efficiency='))?.split('=')[1]),
  );
  t.is(new Set(values).size, DRAWS);
  t.true(values.every((value) => value >= param.low && value <= param.high));
});

test('every discrete unknown has a headline of its own', (t) => {
  const levels = runs.map((run) => `${run.levels.inputs}`);
  t.true(levels.includes('dram.rowPolicy=closed'));
  t.false(levels.some((level) => level.startsWith('gpu')));
});

test('xenon run --uncertainty answers with an interval and goes on where it was', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'xenon-uncertainty-'));
  const ask = () =>
    spawnSync(
      process.execPath,
      [
        'dist/experiments/cli/xenon.js',
        ...['run', '--steps', '24', '--uncertainty', '--inputs', 'bus.efficiency', '--draws', '4'],
        ...['--out', folder, '--json', '-'],
      ],
      { encoding: 'utf8' },
    );
  try {
    const { status, stdout, stderr } = ask();
    t.is(status, 0, stderr);
    const headline = (JSON.parse(stdout) as ExperimentResult).headline;
    if (headline?.low === undefined || headline.high === undefined) return t.fail(stdout);
    t.true(headline.low < headline.value && headline.value < headline.high);
    t.deepEqual(
      headline.swings.map(({ path }) => path),
      ['bus.efficiency'],
    );
    const again = ask();
    t.regex(again.stderr, /7 runs, 7 of them there already/);
    t.is(again.stdout, stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('unknown inputs are refused', (t) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['dist/experiments/cli/xenon.js', 'run', '--uncertainty', '--inputs', 'nonsense'],
    { encoding: 'utf8' },
  );
  t.is(status, 2);
  t.regex(stderr, /--inputs nonsense: no number of xbox360 with a range begins so/);
});
