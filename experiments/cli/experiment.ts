import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import type { ExperimentResult } from '../../reports/experiment.js';
import { UsageError } from '../../sim/machine/errors.js';
import { integer, type RunOptions } from '../run/request.js';
import { findExperiments, type Loaded, shippedExperiments } from '../sweep/load.js';
import { planOf } from '../sweep/plan.js';
import { wordsOfSweep } from '../sweep/results.js';
import { type SlurmOptions, submit, writeSlurmScripts } from '../sweep/slurm.js';
import { type SweepOptions, sweep } from '../sweep/sweep.js';
import { interruptSignal } from './interrupt.js';
import { writeJson } from './output.js';
import { runOptions } from './run.js';
import { statusOf, tell, withProgress } from './sweep-progress.js';
import { formatTable } from './table.js';

interface Options {
  readonly set?: readonly string[];
  readonly jobs?: string;
  readonly shard?: string;
  readonly slurm?: string;
  readonly sbatch?: readonly string[];
  readonly out: string;
  readonly fresh?: boolean;
  readonly quick?: boolean;
  readonly json?: string;
}

export function registerExperiment(program: Command): void {
  program
    .command('experiment')
    .description(
      'run sets of simulations that answer a question, and report them; list names those there are',
    )
    .argument('<what...>', 'list, or experiments by name (02-endian, endian, 02) or TypeScript file')
    .option('--set <path=value...>', 'override a number of the machine in all runs')
    .option('--jobs <n>', 'simulations at a time (default: the cores of this machine)')
    .option('--shard <i/n>', 'only part i of n of the runs; merge parts by copying their folders together')
    .option('--slurm <n>', 'submit to Slurm: an array of n tasks, then merge and report; --jobs is per task')
    .option('--sbatch <option...>', 'options for sbatch, for example --sbatch=--partition=long')
    .option('--out <dir>', 'folder of results, one folder an experiment', 'results')
    .option('--fresh', 'run again what is there already')
    .option('--quick', 'small models, few positions: seconds instead of minutes')
    .option('--json <file>', 'write the results as JSON, - for standard output')
    .addHelpText(
      'after',
      `
Runs that are there already are not repeated, so an interrupted command goes on where it stopped; what is
finished is in its folder, which xenon report takes at any time.

Examples:
  xenon experiment list
  xenon experiment endian threads --quick
  xenon experiment my.ts --jobs 2
  xenon experiment what-if --shard 1/2
  xenon experiment what-if --slurm 20 --jobs 4 --sbatch=--time=2:00:00`,
    )
    .action((what: string[], options: Options) => (what[0] === 'list' ? list(options) : run(what, options)));
  program
    .command('experiments')
    .description('the experiments there are, their questions and number of runs')
    .option('--json <file>', 'as JSON, - for standard output')
    .addHelpText('after', '\nExample:\n  xenon experiments')
    .action((options: Pick<Options, 'json'>) => list(options));
}

/** Defaults of `xenon run`, where commander keeps them. */
const defaults = (): RunOptions => runOptions(new Command()).opts<RunOptions>();

async function list(options: Pick<Options, 'json'>): Promise<void> {
  const common = { set: [], defaults: defaults() };
  const rows = (await shippedExperiments()).map(({ experiment }) => ({
    name: experiment.name,
    question: experiment.question,
    runs: planOf(experiment, { ...common, quick: false }).length,
    quickRuns: planOf(experiment, { ...common, quick: true }).length,
  }));
  if (options.json !== undefined)
    return writeJson(options.json, { schema: 'xenon-experiments/1', experiments: rows });
  const lines = rows.map((r) => [r.name, `${r.runs}`, `${r.quickRuns}`, r.question]);
  process.stdout.write(`${formatTable([['experiment', 'runs', 'quick', 'question'], ...lines])}\n`);
}

async function run(what: readonly string[], options: Options): Promise<void> {
  const common: Omit<SweepOptions, 'source'> = {
    quick: options.quick ?? false,
    set: options.set ?? [],
    defaults: defaults(),
    out: options.out,
    fresh: options.fresh ?? false,
    jobs: options.jobs === undefined ? availableParallelism() : integer(options.jobs, '--jobs', 1, 1024),
    ...(options.shard === undefined ? {} : { shard: shardOf(options.shard) }),
    signal: interruptSignal(),
  };
  const loaded = (await Promise.all(what.map(findExperiments))).flat();
  checkNames(loaded);
  // Bad settings are told before the first run begins.
  for (const { experiment } of loaded) planOf(experiment, common);
  if (options.slurm !== undefined) return submitAll(loaded, options);
  const results: ExperimentResult[] = [];
  for (const { experiment, source } of loaded) {
    const end = await withProgress(experiment.name, (observer) =>
      sweep(experiment, { ...common, source }, observer),
    );
    tell(experiment.name, end, options.json === '-' ? process.stderr : process.stdout);
    process.exitCode = Math.max(Number(process.exitCode ?? 0), statusOf(end));
    if (end.interrupted) break;
    if (end.result !== undefined) results.push(end.result);
  }
  if (options.json === undefined) return;
  writeJson(
    options.json,
    results.length === 1 ? results[0] : { schema: 'xenon-experiment-set/1', experiments: results },
  );
}

/** An array and a report for each experiment; they wait in the queue, not here. */
function submitAll(loaded: readonly Loaded[], options: Options): void {
  const tasks = integer(options.slurm ?? '', '--slurm', 1, 10000);
  for (const name of ['shard', 'fresh', 'json'] as const) {
    if (options[name] !== undefined)
      throw new UsageError(`--slurm goes without --${name}: its tasks make shards, and reports lie in --out`);
  }
  const jobs = integer(options.jobs ?? '1', '--jobs', 1, 1024);
  for (const { experiment, source } of loaded) {
    const set = options.set ?? [];
    const slurm: SlurmOptions = {
      name: options.quick === true ? `${experiment.name}-quick` : experiment.name,
      tasks,
      jobs,
      out: options.out,
      words: wordsOfSweep(source, { quick: options.quick ?? false, set }),
      sbatch: options.sbatch ?? [],
    };
    const scripts = writeSlurmScripts(slurm);
    const { array, report } = submit(scripts, slurm);
    process.stdout.write(
      `${experiment.name}: job array ${array} with ${tasks} tasks, then job ${report} merges and reports\n` +
        `logs and scripts: ${scripts.folder}\n`,
    );
  }
}

function checkNames(loaded: readonly Loaded[]): void {
  const names = loaded.map(({ experiment }) => experiment.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new UsageError(`two experiments are named '${twice}': their results share a folder`);
}

function shardOf(text: string): { part: number; of: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [part, of] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || part < 1 || part > of) {
    throw new UsageError(`--shard takes i/n with i from 1 to n, for example 1/4; got '${text}'`);
  }
  return { part, of };
}
