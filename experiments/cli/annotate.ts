import type { Command } from 'commander';
import { annotateReport } from '../../reports/annotate-report.js';
import type { AnnotateResult } from '../../reports/annotation.js';
import { UsageError } from '../../sim/machine/errors.js';
import { machineNamed } from '../../sim/machine/named.js';
import { writeAtomically } from '../node/files.js';
import { standardOutput } from '../node/standard-streams.js';
import { type Annotatable, annotationOf } from '../run/annotation.js';
import { execute } from '../run/execute.js';
import { runKernel } from '../run/kernel.js';
import { integer, oneOf, parseRequest, type RunOptions } from '../run/request.js';
import { simulate } from '../run/simulate.js';
import { ENGINES } from '../run/works.js';
import { annotationText } from './annotate-text.js';
import { execRequest, type ProgramOptions, programOptions, withoutSeparator } from './exec.js';
import { LiveLine, writeJson } from './output.js';
import { simulationOptions } from './run.js';
import { grouped } from './table.js';

interface Shown {
  readonly top: string;
  readonly symbol?: string;
  readonly json?: string;
  readonly html?: string;
}

interface KernelOptions extends Shown {
  readonly sizes?: string;
  readonly warm: string;
  readonly machine: string;
  readonly set?: readonly string[];
  readonly engine: string;
  readonly seed: string;
}

export function registerAnnotate(program: Command): void {
  const command = program
    .command('annotate')
    .description('what every instruction of a kernel, a run or a program costs, and why');
  shownOptions(kernelOptions(command.command('kernel')))
    .description('one call of a kernel by itself, on one hardware thread')
    .addHelpText(
      'after',
      '\nExample:\n  xenon annotate kernel matmul.vmx128 --sizes rows=288,columns=288 --html matmul.html',
    )
    .action((name: string, options: KernelOptions) => annotateKernel(name, options));
  shownOptions(simulationOptions(command.command('run')))
    .description('the kernels and the runtime of a run, as xenon run makes it')
    .addHelpText('after', '\nExample:\n  xenon annotate run --steps 8 --threads 1 --symbol matmul.vmx128')
    .action((options: RunOptions & Shown) => annotateRun(options));
  shownOptions(programOptions(command.command('exec')))
    .description("the functions of a Linux program, whose output goes to standard error's place")
    .addHelpText('after', '\nExample:\n  xenon annotate exec --root models/story run.elf story.bin --top 3')
    .action((elf: string, args: string[], options: ProgramOptions & Shown) =>
      annotateProgram(elf, withoutSeparator(args, process.argv), options),
    );
}

/** The options that describe one call of a kernel. */
export function kernelOptions(command: Command): Command {
  return command
    .argument('<op.variant>', 'see xenon kernels')
    .option('--sizes <name=n,...>', "sizes that differ from the kernel's first example")
    .option('--warm <n>', 'calls before the measured one; 0 leaves caches and predictors cold', '1')
    .option('--machine <preset>', 'see xenon machines', 'xbox360')
    .option('--set <path=value...>', 'override a number of the machine')
    .option('--engine <engine>', 'translated, or the slow readable reference', 'translated')
    .option('--seed <text>', 'of the operands', '1');
}

function shownOptions(command: Command): Command {
  return command
    .option('--top <n>', 'how many of the dearest kernels or functions to list', '1')
    .option('--symbol <name>', 'list only this kernel or function')
    .option('--json <file>', 'everything as JSON, - for standard output')
    .option('--html <file>', 'a page of its own');
}

/** What a kernel's options ask for. */
export function kernelRequest(name: string, options: Omit<KernelOptions, keyof Shown>) {
  return {
    name,
    sizes: sizesOf(options.sizes),
    warm: integer(options.warm, '--warm', 0, 1000),
    machine: machineNamed(options.machine, options.set),
    engine: oneOf(options.engine, ENGINES, '--engine'),
    seed: options.seed,
  };
}

function annotateKernel(name: string, options: KernelOptions): void {
  const top = topOf(options);
  const request = kernelRequest(name, options);
  const run = runKernel(request);
  const { code, xenon, stalls } = run;
  const sizes = Object.entries(run.sizes).map(([key, n]) => `${key} ${n}`);
  const title =
    `${run.name}, ${sizes.join(', ')}: ${grouped(run.cycles)} cycles, ` +
    `${grouped(run.instructions)} instructions, CPI ${(run.cycles / run.instructions).toFixed(2)}`;
  const places = [{ name: run.name, start: code.base, end: code.base + code.bytes.length }];
  show(annotationOf(title, { stalls, machine: request.machine, bytes: xenon.bytes, places }), options, top);
}

async function annotateRun(options: RunOptions & Shown): Promise<void> {
  const top = topOf(options);
  const request = parseRequest({ ...options, out: '' });
  if (request.mode !== 'detailed') throw new UsageError('xenon annotate needs --mode detailed');
  const live = new LiveLine();
  let found: Annotatable | undefined;
  const result = await simulate(request, {
    onProgress: (text) => live.update(text),
    onMessage: (text) => process.stderr.write(`${text}\n`),
    onSeen: ({ stalls, code, bytes, machine }) => {
      const places = code.map(({ name, assembled }) => ({
        name,
        start: assembled.base,
        end: assembled.base + assembled.bytes.length,
      }));
      found = { stalls, machine, bytes, places };
    },
  });
  live.clear();
  const { settings, simulated } = result;
  const title =
    `${result.model.name}, ${simulated.positionsForwarded} positions on ${settings.threads} threads: ` +
    `${grouped(simulated.cycles)} cycles`;
  show(annotationOf(title, found!), options, top);
}

function annotateProgram(file: string, args: readonly string[], options: ProgramOptions & Shown): void {
  const top = topOf(options);
  let found: Annotatable | undefined;
  const asked = execRequest(file, args, options);
  if (asked.mode === 'functional') throw new UsageError('xenon annotate needs --mode detailed');
  const result = execute({
    ...asked,
    // Standard output is the listing's.
    standard: [asked.standard[0], standardOutput(2), standardOutput(2)],
    onSeen: (seen) => {
      found = seen;
    },
  });
  const { cycles, instructions } = result.simulated;
  const title = `${file}: ${grouped(cycles ?? 0)} cycles, ${grouped(instructions)} instructions`;
  show(annotationOf(title, found!), options, top);
}

const topOf = ({ top }: Shown): number => integer(top, '--top', 1, 10_000);

function show(result: AnnotateResult, options: Shown, top: number): void {
  const { symbol } = options;
  if (symbol !== undefined && !result.places.some(({ name }) => name === symbol)) {
    const names = result.places.slice(0, 8).map(({ name }) => name);
    throw new UsageError(`--symbol ${symbol}: nothing of it has run; the dearest are ${names.join(', ')}`);
  }
  if (options.json !== undefined) writeJson(options.json, result);
  if (options.html !== undefined) writeAtomically(options.html, annotateReport(result));
  if (options.json !== '-') process.stdout.write(`${annotationText(result, { top, symbol })}\n`);
}

/** Sizes as `name=n,...`. */
export function sizesOf(text: string | undefined): Record<string, number> {
  if (text === undefined) return {};
  return Object.fromEntries(
    text.split(',').map((part) => {
      const [key, value, more] = part.split('=');
      if (!key || value === undefined || more !== undefined)
        throw new UsageError(`--sizes takes name=n,..., such as rows=288,columns=288; got '${part}'`);
      return [key, integer(value, `--sizes ${key}`, 0, 1 << 28)];
    }),
  );
}
