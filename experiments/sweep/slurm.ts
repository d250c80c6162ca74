import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellWord } from '../../reports/command.js';
import { UsageError } from '../../sim/machine/errors.js';
import { writeAtomically } from '../node/files.js';

/**
 * An experiment on a cluster: a job array whose tasks make a shard each, and behind it a job that makes what a
 * lost task left over and reports. Results are on a file system that all nodes see, in the usual folders.
 */

const CLI = fileURLToPath(new URL('../cli/xenon.js', import.meta.url));

/** A task killed by a signal goes back into the queue this often. */
const MOST_REQUEUES = 3;

export interface SlurmOptions {
  /** Names the job and the folder of its scripts. */
  readonly name: string;
  /** Tasks of the array. */
  readonly tasks: number;
  /** Simulations at a time in each task. */
  readonly jobs: number;
  readonly out: string;
  /** Words of the experiment command without `--shard`, `--slurm`, `--jobs` and `--out`. */
  readonly words: readonly string[];
  /** Options for sbatch, such as `--partition=long`. */
  readonly sbatch: readonly string[];
}

export interface SlurmScripts {
  readonly folder: string;
  readonly run: string;
  readonly report: string;
}

/** Writes both scripts and returns their paths. */
export function writeSlurmScripts(options: SlurmOptions): SlurmScripts {
  const folder = resolve(options.out, 'slurm', options.name);
  mkdirSync(folder, { recursive: true });
  const scripts = { folder, run: join(folder, 'run.sh'), report: join(folder, 'report.sh') };
  writeAtomically(scripts.run, runScript(options, folder));
  writeAtomically(scripts.report, reportScript(options, folder));
  return scripts;
}

/** Submits the array, then the report behind it; gives both job numbers. */
export function submit(
  { run, report }: SlurmScripts,
  { sbatch }: SlurmOptions,
): { readonly array: string; readonly report: string } {
  const array = sbatchOf([...sbatch, run], run);
  // After any end: what failed for good is told by the report.
  return { array, report: sbatchOf([...sbatch, `--dependency=afterany:${array}`, report], report) };
}

function runScript({ name, tasks, jobs, words, out }: SlurmOptions, folder: string): string {
  return `#!/bin/bash
#SBATCH --job-name=xenon-${name}
#SBATCH --array=1-${tasks}
#SBATCH --cpus-per-task=${jobs}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=${folder}/task-%a.log
${command(words, out)} --jobs ${jobs} --shard "$SLURM_ARRAY_TASK_ID/${tasks}"
status=$?
# Killed by a signal (out of memory, an administrator): back into the queue. Finished runs stay finished.
if [ $status -gt 128 ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt ${MOST_REQUEUES} ]; then
  echo "task $SLURM_ARRAY_TASK_ID ended with status $status: queued again"
  scontrol requeue "$SLURM_JOB_ID"
fi
exit $status
`;
}

function reportScript({ name, jobs, words, out }: SlurmOptions, folder: string): string {
  return `#!/bin/bash
#SBATCH --job-name=xenon-${name}-report
#SBATCH --cpus-per-task=${jobs}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=${folder}/report.log
# Finds the results of all tasks, makes those that a lost task left over, and writes the report.
${command(words, out)} --jobs ${jobs}
`;
}

const command = (words: readonly string[], out: string): string =>
  [process.execPath, CLI, 'experiment', ...words, '--out', resolve(out)].map(shellWord).join(' ');

/** The number of the job that sbatch made of a script. */
function sbatchOf(words: readonly string[], script: string): string {
  const ended = spawnSync('sbatch', ['--parsable', ...words], { encoding: 'utf8' });
  if (ended.error !== undefined) {
    throw new UsageError(
      `cannot run sbatch (${ended.error.message}): --slurm needs Slurm's client here; the script is ${script}`,
    );
  }
  const [, job] = /^(\d+)/m.exec(ended.stdout) ?? [];
  if (ended.status !== 0 || job === undefined)
    throw new UsageError(`sbatch refused ${script}: ${(ended.stderr || ended.stdout).trim()}`);
  return job;
}
