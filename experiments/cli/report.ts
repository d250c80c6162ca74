import { existsSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Command } from 'commander';
import { runsCsv } from '../../reports/csv.js';
import type { ExperimentResult } from '../../reports/experiment.js';
import { experimentReport } from '../../reports/experiment-report.js';
import { experimentCsv, experimentMarkdown } from '../../reports/experiment-text.js';
import { runMarkdown, runsMarkdown } from '../../reports/markdown.js';
import { overviewReport } from '../../reports/overview.js';
import { runReport } from '../../reports/run-report.js';
import type { NamedRun } from '../../reports/settings.js';
import { UsageError } from '../../sim/machine/errors.js';
import { writeAtomically } from '../node/files.js';
import { readRuns } from '../run/read.js';
import { readExperiment } from '../run/read-experiment.js';

interface Options {
  readonly out?: string;
}

export function registerReport(program: Command): void {
  program
    .command('report')
    .description(
      'one self-contained page from result directories: a run in full, several compared, or an experiment',
    )
    .argument('[dirs...]', 'run directories, or folders of them (default: results); or one experiment')
    .option(
      '--out <file>',
      'page to write: .html, or .md or .csv for the same as text (default: report.html)',
    )
    .addHelpText(
      'after',
      '\nExample:\n  xenon report results --out compared.html\n  xenon report results/02-endian',
    )
    .action((folders: string[], options: Options) => report(folders, options));
}

const FORMATS: Readonly<Record<string, (runs: readonly NamedRun[]) => string>> = {
  '.html': (runs) => (runs.length === 1 ? runReport(runs[0].run) : overviewReport(runs)),
  '.md': (runs) => (runs.length === 1 ? runMarkdown(runs[0].run) : runsMarkdown(runs)),
  '.csv': runsCsv,
};

/** The same endings for the folder of one experiment. */
const EXPERIMENT_FORMATS: Readonly<Record<string, (experiment: ExperimentResult) => string>> = {
  '.html': experimentReport,
  '.md': experimentMarkdown,
  '.csv': experimentCsv,
};

function report(folders: readonly string[], options: Options): void {
  const sources = folders.length === 0 ? ['results'] : folders;
  const target = options.out ?? defaultTarget(sources);
  const format = FORMATS[extname(target)];
  if (format === undefined) {
    throw new UsageError(`--out ${target}: the name must end in ${Object.keys(FORMATS).join(', ')}`);
  }
  const experiment = sources.length === 1 ? readExperiment(sources[0]) : undefined;
  const text =
    experiment === undefined ? format(readRuns(sources)) : EXPERIMENT_FORMATS[extname(target)](experiment);
  writeAtomically(target, text);
  process.stdout.write(`${target}\n`);
}

/** In the folder itself; not inside a run directory when others are compared with it. */
function defaultTarget(sources: readonly string[]): string {
  return sources.length === 1 && existsSync(sources[0]) && statSync(sources[0]).isDirectory()
    ? join(sources[0], 'report.html')
    : 'report.html';
}
