import { existsSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import type { Command } from 'commander';
import { type Comparison, compareSets } from '../../reports/compare.js';
import { comparisonCsv, comparisonMarkdown, comparisonReport } from '../../reports/compare-report.js';
import { runsCsv } from '../../reports/csv.js';
import type { ExperimentResult } from '../../reports/experiment.js';
import { experimentReport } from '../../reports/experiment-report.js';
import { experimentCsv, experimentMarkdown } from '../../reports/experiment-text.js';
import { runMarkdown, runsMarkdown } from '../../reports/markdown.js';
import { overviewReport } from '../../reports/overview.js';
import { comparePrograms, type ProgramComparison } from '../../reports/programs.js';
import { programsCsv, programsMarkdown, programsReport } from '../../reports/programs-report.js';
import { setOfExperiment, setsOfRuns } from '../../reports/result-set.js';
import { runReport } from '../../reports/run-report.js';
import type { NamedRun } from '../../reports/settings.js';
import { chartFiles } from '../../reports/svg-files.js';
import { UsageError } from '../../sim/machine/errors.js';
import { writeAtomically } from '../node/files.js';
import { readRuns } from '../run/read.js';
import { readExperiment } from '../run/read-experiment.js';
import { isProgramFile, readProgram } from '../run/read-programs.js';

interface Options {
  readonly out?: string;
  readonly svg?: string;
  readonly mixVersions?: boolean;
}

export function registerReport(program: Command): void {
  program
    .command('report')
    .description(
      'one self-contained page from result directories: a run in full, several as a table, an experiment, ' +
        'two sets compared, or builds of a compiled program',
    )
    .argument(
      '[dirs...]',
      'run directories, or folders of them (default: results); or one experiment; two of any: compared',
    )
    .option(
      '--out <file>',
      'page to write: .html, or .md, .csv or .json for the same as text (default: report.html)',
    )
    .option('--svg <dir>', 'also write each chart of the page as a file of its own')
    .option('--mix-versions', 'compare results of different versions of the simulator all the same')
    .addHelpText(
      'after',
      `
Examples:
  xenon report results --out all.html
  xenon report results/02-endian --svg charts
  xenon report O2.json O3.json --out builds.html    (what xenon exec --json FILE wrote: builds of a program)
  xenon report before/04-threads after/04-threads --out compared.html`,
    )
    .action((folders: string[], options: Options) => report(folders, options));
}

/** The forms of a report by the ending of the file's name. */
type Formats<T> = Readonly<Record<string, (of: T) => string>>;

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

const RUNS: Formats<readonly NamedRun[]> = {
  '.html': (runs) => (runs.length === 1 ? runReport(runs[0].run) : overviewReport(runs)),
  '.md': (runs) => (runs.length === 1 ? runMarkdown(runs[0].run) : runsMarkdown(runs)),
  '.csv': runsCsv,
  '.json': json,
};
const EXPERIMENT: Formats<ExperimentResult> = {
  '.html': experimentReport,
  '.md': experimentMarkdown,
  '.csv': experimentCsv,
  '.json': json,
};
const PROGRAMS: Formats<ProgramComparison> = {
  '.html': programsReport,
  '.md': programsMarkdown,
  '.csv': programsCsv,
  '.json': json,
};
const COMPARISON: Formats<Comparison> = {
  '.html': comparisonReport,
  '.md': comparisonMarkdown,
  '.csv': comparisonCsv,
  '.json': json,
};

function report(folders: readonly string[], options: Options): void {
  const sources = folders.length === 0 ? ['results'] : folders;
  for (const source of sources) if (!existsSync(source)) throw new UsageError(`results not found: ${source}`);
  const target = options.out ?? defaultTarget(sources);
  if (!(extname(target) in RUNS))
    throw new UsageError(`--out ${target}: the name must end in ${Object.keys(RUNS).join(', ')}`);
  const render = rendererOf(sources, options);
  writeAtomically(target, render(extname(target)));
  process.stdout.write(`${target}\n`);
  if (options.svg === undefined) return;
  for (const { name, svg } of chartFiles(render('.html'))) {
    writeAtomically(join(options.svg, name), svg);
    process.stdout.write(`${join(options.svg, name)}\n`);
  }
}

/** What the folders hold, ready to be written in any form. */
function rendererOf(sources: readonly string[], options: Options): (ending: string) => string {
  if (sources.every(isProgramFile)) {
    const programs = comparePrograms(sources.map(readProgram));
    return (ending) => PROGRAMS[ending](programs);
  }
  if (sources.length === 2) {
    const comparison = compared(sources[0], sources[1], options);
    return (ending) => COMPARISON[ending](comparison);
  }
  const experiment = sources.length === 1 ? readExperiment(sources[0]) : undefined;
  if (experiment !== undefined) return (ending) => EXPERIMENT[ending](experiment);
  const runs = readRuns(sources);
  return (ending) => RUNS[ending](runs);
}

function compared(first: string, second: string, { mixVersions }: Options): Comparison {
  const [a, b] = [readExperiment(first), readExperiment(second)];
  if ((a === undefined) !== (b === undefined)) {
    const [one, other] = a === undefined ? [second, first] : [first, second];
    throw new UsageError(`${one} is an experiment and ${other} is not: compare like with like`);
  }
  const names = apart(first, second);
  const sets =
    a !== undefined && b !== undefined
      ? ([setOfExperiment(names[0], a), setOfExperiment(names[1], b)] as const)
      : setsOfRuns({ name: names[0], runs: readRuns([first]) }, { name: names[1], runs: readRuns([second]) });
  const comparison = compareSets(...sets);
  if (!comparison.sameVersion && mixVersions !== true) {
    throw new UsageError(
      `${first} comes from ${comparison.a.versions.join('; ')}, ${second} from ` +
        `${comparison.b.versions.join('; ')}: a difference may be the simulator's. Make one of them again, or ` +
        'say --mix-versions to compare them all the same',
    );
  }
  if (comparison.runs === 0) {
    throw new UsageError(
      `no run of ${first} is in ${second}: they have ${comparison.onlyInA.slice(0, 3).join('; ')} and ` +
        comparison.onlyInB.slice(0, 3).join('; '),
    );
  }
  return comparison;
}

/** Two paths without the folders that both begin with: what tells them apart. */
function apart(first: string, second: string): [string, string] {
  const [a, b] = [first, second].map((path) => normalize(path).replace(/\/$/, '').split('/'));
  let same = 0;
  while (a[same] === b[same] && same < Math.min(a.length, b.length) - 1) same++;
  return [a.slice(same).join('/'), b.slice(same).join('/')];
}

/** In the folder itself; not inside a run directory when others are compared with it. */
function defaultTarget(sources: readonly string[]): string {
  return sources.length === 1 && existsSync(sources[0]) && statSync(sources[0]).isDirectory()
    ? join(sources[0], 'report.html')
    : 'report.html';
}
