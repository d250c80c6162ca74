import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ExperimentResult } from '../../reports/experiment.js';
import { experimentReport } from '../../reports/experiment-report.js';
import { experimentCsv, experimentMarkdown } from '../../reports/experiment-text.js';
import { chartFiles } from '../../reports/svg-files.js';
import type { Experiment } from '../api.js';
import { writeAtomically } from '../node/files.js';
import { readRun } from '../run/read.js';
import { analyticResult } from './analytic.js';
import { isAnalytic, type PlannedRun, type PlanOptions, planOf, shardOf } from './plan.js';
import { type PoolObserver, runTasks } from './pool.js';
import { commandOfSweep, type Outcome, summarise } from './results.js';
import type { Done, Task } from './worker.js';

export interface SweepOptions extends PlanOptions {
  readonly out: string;
  readonly jobs: number;
  readonly shard?: { readonly part: number; readonly of: number };
  /** Runs again what is there already. */
  readonly fresh: boolean;
  /** How the experiment is named on the command line. */
  readonly source: string;
  /** The whole command line, where it is not that of `xenon experiment`. */
  readonly command?: string;
  /** Aborted: runs under way are given up, no more begin. */
  readonly signal?: AbortSignal;
}

export interface Progress {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  readonly running: number;
  /** Undefined until a run has finished. */
  readonly secondsLeft: number | undefined;
}

export interface SweepObserver {
  onPlan?(counts: { readonly total: number; readonly there: number }): void;
  onRun?(run: PlannedRun, done: Done, progress: Progress): void;
  onProgress?(progress: () => Progress): void;
}

export interface SweepEnd {
  readonly folder: string;
  /** Undefined while runs are missing. */
  readonly result: ExperimentResult | undefined;
  /** Runs that are still missing: another shard's, or those of an interrupted sweep. */
  readonly missing: number;
  readonly interrupted: boolean;
  readonly failures: readonly { readonly run: PlannedRun; readonly done: Done }[];
}

/** Makes the runs of an experiment that are not there yet; with all of them there, writes its report. */
export async function sweep(
  experiment: Experiment,
  options: SweepOptions,
  observer: SweepObserver = {},
): Promise<SweepEnd> {
  const folder = folderOf(experiment, options);
  if (isAnalytic(experiment)) {
    const result = analyticResult(experiment, options, commandOfSweep(options.source, options));
    writeResult(folder, result);
    return { folder, result, missing: 0, failures: [], interrupted: false };
  }
  const runs = planOf(experiment, options);
  const there = (run: PlannedRun) => existsSync(join(folder, run.id, 'run.json'));
  const own = shardOf(runs, options.shard);
  dropUnfinished(folder, own);
  const wanted = own.filter((run) => options.fresh || !there(run));
  observer.onPlan?.({ total: own.length, there: own.length - wanted.length });
  const failures = await perform(wanted, folder, options, observer);
  const interrupted = options.signal?.aborted ?? false;

  const failed = new Map(failures.map(({ run, done }) => [run.id, 'error' in done ? done.error : '']));
  const known = (run: PlannedRun) => failed.has(run.id) || there(run);
  const missing = new Set(runs.filter((run) => !known(run)).map((run) => run.id)).size;
  if (missing > 0) return { folder, result: undefined, missing, failures, interrupted };
  const outcomes = runs.map((planned): Outcome => {
    const error = failed.get(planned.id);
    return error === undefined
      ? { planned, run: readRun(join(folder, planned.id, 'run.json')) }
      : { planned, error };
  });
  const command = options.command ?? commandOfSweep(options.source, options);
  const result = summarise(experiment, outcomes, { quick: options.quick, command });
  writeResult(folder, result);
  return { folder, result, missing, failures, interrupted: false };
}

/** Quick results lie apart: they answer about another model. */
export const folderOf = ({ name }: Experiment, { out, quick }: { out: string; quick: boolean }): string =>
  join(out, quick ? `${name}-quick` : name);

const WRITERS: Readonly<Record<string, (result: ExperimentResult) => string>> = {
  'experiment.json': (result) => `${JSON.stringify(result, null, 1)}\n`,
  'report.html': experimentReport,
  'report.md': experimentMarkdown,
  'results.csv': experimentCsv,
};
const REPORT_FILES = Object.keys(WRITERS);

function writeResult(folder: string, result: ExperimentResult): void {
  for (const [name, textOf] of Object.entries(WRITERS)) writeAtomically(join(folder, name), textOf(result));
  for (const { name, svg } of chartFiles(experimentReport(result)))
    writeAtomically(join(folder, 'charts', name), svg);
}

async function perform(
  wanted: readonly PlannedRun[],
  out: string,
  { jobs, signal }: Pick<SweepOptions, 'jobs' | 'signal'>,
  observer: SweepObserver,
): Promise<SweepEnd['failures']> {
  const byId = new Map(wanted.map((run) => [run.id, run]));
  const tasks = wanted.map(({ id, request }): Task => ({ id, request, out }));
  const failures: { run: PlannedRun; done: Done }[] = [];
  const began = performance.now();
  let done = 0;
  let running = 0;
  const progress = (): Progress => {
    const perRun = (performance.now() - began) / 1000 / done;
    const secondsLeft = done === 0 ? undefined : perRun * (wanted.length - done);
    return { done, failed: failures.length, total: wanted.length, running, secondsLeft };
  };
  const timer = setInterval(() => observer.onProgress?.(progress), 250);
  try {
    const counting: PoolObserver = {
      onStart: () => running++,
      onDone: ({ id }, end) => {
        const run = byId.get(id) as PlannedRun;
        running--;
        done++;
        if ('error' in end) failures.push({ run, done: end });
        observer.onRun?.(run, end, progress());
      },
    };
    await runTasks(tasks, jobs, counting, signal);
  } finally {
    clearInterval(timer);
  }
  return failures;
}

/** What a killed process left half-written; that of a process that still lives stays. */
function dropUnfinished(folder: string, runs: readonly PlannedRun[]): void {
  if (!existsSync(folder)) return;
  const own = new Set([...runs.map((run) => `.${run.id}`), ...REPORT_FILES]);
  const drop = (inside: string, isOwn: (target: string) => boolean) => {
    for (const name of existsSync(inside) ? readdirSync(inside) : []) {
      const [, target, pid] = /^(.+)\.(\d+)\.tmp$/.exec(name) ?? [];
      if (target !== undefined && isOwn(target) && !isAlive(Number(pid)))
        rmSync(join(inside, name), { recursive: true, force: true });
    }
  };
  drop(folder, (target) => own.has(target));
  drop(join(folder, 'charts'), (target) => target.endsWith('.svg'));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
