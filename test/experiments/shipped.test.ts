import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Command } from 'commander';
import type { Browser } from 'playwright-core';
import { runOptions } from '../../experiments/cli/run.js';
import type { RunOptions } from '../../experiments/run/request.js';
import { shippedExperiments } from '../../experiments/sweep/load.js';
import { planOf, shardOf } from '../../experiments/sweep/plan.js';
import { runTasks } from '../../experiments/sweep/pool.js';
import { folderOf } from '../../experiments/sweep/sweep.js';
import type { Done, Task } from '../../experiments/sweep/worker.js';
import type { ExperimentResult } from '../../reports/experiment.js';
import { hasChromium, launch, openQuietly } from '../support/chromium.js';
import { scratch, xenonHere } from '../support/runs.js';

/** Every experiment of the package in its quick form: it answers, and its report can be looked at. */
const folder = scratch();
const out = folder.path;
let browser: Browser | undefined;
test.after.always(async () => {
  await browser?.close();
  folder.drop();
});

/** By experiment, how each of its runs ends. */
const ends = new Map<string, readonly Promise<Done>[]>();

/** One thread makes the runs of all, which has translated most of their code after the first of them. */
test.before(async () => {
  const options = { quick: true, out, set: [], defaults: runOptions(new Command()).opts<RunOptions>() };
  const all: Task[] = [];
  const tell = new Map<Task, (done: Done) => void>();
  for (const { experiment } of await shippedExperiments()) {
    const tasks = shardOf(planOf(experiment, options), undefined).map(
      ({ id, request }): Task => ({ id, request, out: folderOf(experiment, options) }),
    );
    all.push(...tasks);
    ends.set(
      experiment.name,
      tasks.map((task) => new Promise((resolve) => tell.set(task, resolve))),
    );
  }
  void runTasks(all, 1, { onDone: (task, done) => tell.get(task)?.(done) });
});

const names = readdirSync(new URL('../../experiments/', import.meta.url))
  .filter((name) => /^\d\d-.*\.js$/.test(name))
  .map((name) => name.slice(0, -3));
for (const name of names) {
  test.serial(`${name} answers in its quick form`, async (t) => {
    const runs = await Promise.all(ends.get(name)!);
    for (const run of runs) t.true('seconds' in run, JSON.stringify(run));
    const ended = await xenonHere('experiment', name, '--quick', '--out', out, '--json', '-');
    t.is(ended.status, 0, ended.stderr);
    if (runs.length > 0)
      t.true(
        ended.stderr.includes(`${runs.length} runs, ${runs.length} of them there already`),
        ended.stderr,
      );
    const result: ExperimentResult = JSON.parse(ended.stdout);
    t.deepEqual(result.failures, []);
    t.true(result.headline !== undefined, result.answer);
    t.notRegex(result.answer, /NaN|undefined|Infinity/);
    t.true(result.answer.endsWith('.') && /\d/.test(result.answer));
    for (const { levels, values } of result.rows) {
      t.false(values.includes(null), `${JSON.stringify(levels)}: ${values}`);
    }
    for (const [i, { title }] of result.measures.entries()) {
      // A measure that is zero everywhere has looked for something that is not there.
      t.true(
        result.rows.some(({ values }) => values[i] !== 0),
        title,
      );
    }
    const report = join(out, `${name}-quick`, 'report.html');
    const page = readFileSync(report, 'utf8');
    t.true(page.includes('<svg class="chart"'));
    t.true(page.includes(result.analytic === true ? 'Computed, not simulated' : 'The quick form'));
    t.notRegex(page.replace(/<script>.*<\/script>/s, ''), /NaN|undefined/);
    if (!hasChromium) return;
    browser ??= await launch();
    t.deepEqual(await openQuietly(browser, report), []);
  });
}
