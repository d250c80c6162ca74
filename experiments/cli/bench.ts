import { cpus } from 'node:os';
import type { Command } from 'commander';
import { BENCH_CASES } from '../bench/cases.js';
import { type Measured, measure } from '../bench/measure.js';
import { LiveLine, writeJson } from './output.js';
import { formatTable } from './table.js';

interface Options {
  readonly samples: string;
  readonly only?: string;
  readonly json?: string;
}

export function registerBench(program: Command): void {
  program
    .command('bench')
    .description("the simulator's own speed: million guest instructions a second, best of several")
    .option('--samples <n>', 'samples of each case', '5')
    .option('--only <text>', 'cases whose name contains this')
    .option('--json <file>', 'results as JSON, - for standard output')
    .addHelpText('after', '\nExample:\n  xenon bench --only streaming')
    .action((options: Options) => bench(options));
}

function bench(options: Options): void {
  const samples = Math.max(1, Math.floor(Number(options.samples)) || 1);
  const live = new LiveLine();
  const results: Measured[] = [];
  for (const one of BENCH_CASES.filter(({ name }) => name.includes(options.only ?? ''))) {
    live.update(() => one.name);
    results.push(measure(one, samples));
  }
  live.clear();
  const host = { node: process.version, processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
  if (options.json !== undefined) writeJson(options.json, { schema: 'xenon-bench/1', host, results });
  if (options.json === '-') return;
  process.stdout.write(`${host.processor}, ${host.cores} cores, Node ${host.node}\n\n`);
  process.stdout.write(
    `${formatTable([
      ['case', 'MIPS', 'slowest sample'],
      ...results.map((r) => [r.name, r.mips.toFixed(0), Math.min(...r.samples).toFixed(0)]),
    ])}\n`,
  );
}
