import type { Command } from 'commander';
import { OPS } from '../../models/kernels/ops.js';
import { rooflineReport } from '../../reports/roofline-report.js';
import { machineNamed } from '../../sim/machine/named.js';
import { kernelNames, writeAtomically } from '../node/files.js';
import { kernelNamed } from '../run/kernel.js';
import { roofline } from '../run/roofline.js';
import { sizesOf } from './annotate.js';
import { LiveLine, writeJson } from './output.js';
import { formatTable, grouped, percent } from './table.js';

interface Options {
  readonly sizes?: string;
  readonly machine: string;
  readonly set?: readonly string[];
  readonly json?: string;
  readonly html?: string;
}

export function registerRoofline(program: Command): void {
  program
    .command('roofline')
    .description('what the machine can do at most, peak and sustained, and how near kernels come')
    .argument('[op.variant...]', 'kernels, see xenon kernels (default: all that calculate)')
    .option(
      '--sizes <name=n,...>',
      "sizes that differ from each kernel's first example, where it has them (default: rows=768,columns=288)",
    )
    .option('--machine <preset>', 'see xenon machines', 'xbox360')
    .option('--set <path=value...>', 'override a number of the machine')
    .option('--json <file>', 'ceilings and points as JSON, - for standard output')
    .option('--html <file>', 'a page with the chart')
    .addHelpText(
      'after',
      '\nExample:\n  xenon roofline matmul.scalar matmul.vmx128 --sizes rows=768,columns=288 --html roof.html',
    )
    .action((kernels: string[], options: Options) => run(kernels, options));
}

function run(names: readonly string[], options: Options): void {
  for (const name of names) kernelNamed(name);
  // Matrices large enough that the start of a call does not matter.
  const sizes = options.sizes === undefined ? { rows: 768, columns: 288 } : sizesOf(options.sizes);
  const machine = machineNamed(options.machine, options.set);
  const live = new LiveLine();
  const chosen = names.length > 0 ? names : kernelNames().filter((name) => calculates(name));
  const result = roofline(machine, chosen, sizes, (what) => live.update(() => what));
  live.clear();
  if (options.json !== undefined) writeJson(options.json, result);
  if (options.html !== undefined) writeAtomically(options.html, rooflineReport(result));
  if (options.json === '-') return;
  const giga = (perSecond: number) => (perSecond / 1e9).toFixed(2);
  const ceilings = formatTable([
    ['ceiling', 'threads', 'peak', 'sustained', 'share', 'unit'],
    ...result.ceilings.map(({ name, kind, threads, peak, sustained }) => [
      name,
      String(threads),
      giga(peak),
      giga(sustained),
      percent(sustained, peak),
      kind === 'compute' ? 'GFLOP/s' : 'GB/s',
    ]),
  ]);
  const points = formatTable([
    ['kernel', 'operations/byte', 'cycles', 'GFLOP/s', 'attainable', 'share', 'DRAM bytes'],
    ...result.points.map((p) => [
      p.kernel,
      p.intensity.toFixed(3),
      grouped(p.cycles),
      giga(p.flopsPerSecond),
      giga(p.attainable),
      percent(p.flopsPerSecond, p.attainable),
      grouped(p.dramBytes),
    ]),
  ]);
  process.stdout.write(`${ceilings}\n\n${points}\n`);
}

/** Whether a kernel does arithmetic at all; byte swapping and copies have no place under this roof. */
function calculates(name: string): boolean {
  const { op, variant } = kernelNamed(name);
  const known = OPS[op];
  return known?.call(known.examples[0], () => 0.5, variant.endsWith('-le')).flops > 0;
}
