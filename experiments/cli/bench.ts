import type { Command } from 'commander';
import { UsageError } from '../../sim/machine/errors.js';
import { benchAll, hostOf } from '../bench/all.js';
import { BENCH_CASES } from '../bench/cases.js';
import { againstQemu } from '../bench/qemu.js';
import { benchHost, benchMarkdown, benchTables } from '../bench/text.js';
import { writeAtomically } from '../node/files.js';
import { benchSampling } from './bench-sampling.js';
import { LiveLine, writeJson } from './output.js';
import { formatTable, grouped } from './table.js';

interface Options {
  readonly samples: string;
  readonly only?: string;
  readonly json?: string;
  readonly markdown?: string;
  readonly qemu?: boolean;
  readonly sampling?: boolean;
  readonly steps?: string;
}

export function registerBench(program: Command): void {
  program
    .command('bench')
    .description("the simulator's own speed: million guest instructions a second, best of several")
    .option('--samples <n>', 'samples of each case', '5')
    .option('--only <text>', 'cases whose name contains this')
    .option('--qemu', 'instead: the same compiled programs here and under qemu-ppc64')
    .option(
      '--sampling',
      'instead: how often intervals of sampled runs hold what detailed runs take (hours; goes on with --json)',
    )
    .option('--steps <n>', 'positions of each case of --sampling (default: 256)')
    .option('--json <file>', 'results as JSON, - for standard output')
    .option('--markdown <file>', 'results as Markdown, as BENCHMARKS.md has them')
    .addHelpText('after', '\nExamples:\n  xenon bench --only streaming\n  xenon bench --qemu --samples 2')
    .action((options: Options) => bench(options));
}

async function bench(options: Options): Promise<void> {
  const samples = Math.max(1, Math.floor(Number(options.samples)) || 1);
  const live = new LiveLine();
  if (options.qemu) return benchQemu(samples, live, options.json);
  if (options.sampling) return benchSampling(options.only ?? '', options.steps, live, options.json);
  const result = await benchAll(samples, options.only, (what) => live.update(() => what));
  live.clear();
  if (result.results.length === 0) {
    const names = BENCH_CASES.map(({ name }) => name);
    throw new UsageError(
      `--only ${options.only}: no case has that in its name; there are ${names.join('; ')}`,
    );
  }
  if (options.json !== undefined) writeJson(options.json, result);
  if (options.markdown !== undefined) writeAtomically(options.markdown, benchMarkdown(result));
  if (options.json === '-') return;
  process.stdout.write(`${benchHost(result)}\n`);
  for (const { title, rows } of benchTables(result))
    process.stdout.write(`\n${title}\n${formatTable(rows)}\n`);
}

function benchQemu(samples: number, live: LiveLine, json: string | undefined): void {
  const results = againstQemu(samples, (what) => live.update(() => what));
  live.clear();
  if (json !== undefined) writeJson(json, { schema: 'xenon-bench-qemu/1', host: hostOf(), results });
  if (json === '-') return;
  process.stdout.write(`seconds of processor time, start-up and translation included\n\n`);
  process.stdout.write(
    `${formatTable([
      ['program', 'instructions', 'QEMU', 'functional', 'detailed'],
      ...results.map(({ name, instructions, seconds: s, functional, detailed }) => [
        name,
        grouped(instructions),
        s.qemu.toFixed(2),
        `${s.functional.toFixed(2)} (${functional.toFixed(1)} x)`,
        `${s.detailed.toFixed(2)} (${detailed.toFixed(2)} x)`,
      ]),
    ])}\n`,
  );
}
