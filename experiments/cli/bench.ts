import { cpus } from 'node:os';
import type { Command } from 'commander';
import { BENCH_CASES } from '../bench/cases.js';
import { type Measured, measure } from '../bench/measure.js';
import { againstQemu } from '../bench/qemu.js';
import { benchSampling } from './bench-sampling.js';
import { LiveLine, writeJson } from './output.js';
import { formatTable, grouped } from './table.js';

interface Options {
  readonly samples: string;
  readonly only?: string;
  readonly json?: string;
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
    .option('--sampling', 'instead: how often intervals of sampled runs hold what detailed runs take (hours)')
    .option('--steps <n>', 'positions of each case of --sampling (default: 256)')
    .option('--json <file>', 'results as JSON, - for standard output')
    .addHelpText('after', '\nExamples:\n  xenon bench --only streaming\n  xenon bench --qemu --samples 2')
    .action((options: Options) => bench(options));
}

const hostOf = () => ({
  node: process.version,
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
});

function bench(options: Options): void | Promise<void> {
  const samples = Math.max(1, Math.floor(Number(options.samples)) || 1);
  const live = new LiveLine();
  if (options.qemu) return benchQemu(samples, live, options.json);
  if (options.sampling) return benchSampling(options.only ?? '', options.steps, live, options.json);
  const results: Measured[] = [];
  for (const one of BENCH_CASES.filter(({ name }) => name.includes(options.only ?? ''))) {
    live.update(() => one.name);
    results.push(measure(one, samples));
  }
  live.clear();
  const host = hostOf();
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
