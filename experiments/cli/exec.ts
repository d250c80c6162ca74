import type { Command } from 'commander';
import { plural } from '../../reports/format.js';
import { UsageError } from '../../sim/machine/errors.js';
import { readBytes } from '../node/files.js';
import { rootFileSystem } from '../node/root-files.js';
import { capturedOutput, standardInput, standardOutput } from '../node/standard-streams.js';
import { describeEnd, type ExecRequest, type ExecResult, execute, exitStatus } from '../run/execute.js';
import type { Span } from '../run/meter.js';
import { integer, oneOf } from '../run/request.js';
import { checkOverrides, recordedInput, type WhatIf, whatIf } from '../run/what-if.js';
import { ENGINES, MODES } from '../run/works.js';
import { writeJson } from './output.js';
import { duration, formatTable, grouped, percent } from './table.js';

/** How a program runs, as the command line has it. */
export interface ProgramOptions {
  readonly machine: string;
  readonly set?: readonly string[];
  readonly root?: string;
  readonly writable?: boolean;
  readonly mode: string;
  readonly engine: string;
  readonly threads: string;
  readonly env?: readonly string[];
  readonly argv0: string;
  readonly seed: string;
}

interface Options extends ProgramOptions {
  readonly json?: string;
  readonly summary?: boolean;
  readonly roi?: string;
  readonly whatIf?: readonly string[];
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function registerExec(program: Command): void {
  programOptions(
    program
      .command('exec')
      .description('run a static big-endian PowerPC Linux program; its exit status is passed through'),
  )
    .option('--roi <symbol>', 'measure only while a thread is between entry and return of this function')
    .option(
      '--what-if <path=value>',
      'run again with this number of the machine changed and say what it cost; may be repeated',
      collect,
    )
    .option('--summary', 'write instructions, cycles and the dearest functions to standard error')
    .option('--json <file>', "the same as JSON; with - the program's output is in it")
    .addHelpText(
      'after',
      `
Examples:
  powerpc64-linux-gnu-gcc -O2 -static -mcpu=cell run.c -o run.elf -lm
  xenon exec --root models/story --summary --roi forward run.elf story.bin
  xenon exec --root models/story --roi forward --what-if core.loadHitStoreCycles=0 run.elf story.bin
  xenon exec --mode functional --root . --writable run.elf /data.txt

Options that xenon does not know go to the program, and so does everything after --.`,
    )
    .action((elf: string, args: string[], options: Options) =>
      exec(elf, withoutSeparator(args, process.argv), options),
    );
}

/** The program, its arguments, and the options that say how it runs. */
export function programOptions(command: Command): Command {
  return command
    .argument('<elf>', 'the program: ppc64 (ELFv1) or ppc32, linked with -static')
    .argument('[args...]', 'its arguments')
    .allowUnknownOption()
    .option('--machine <preset>', 'see xenon machines', 'xbox360')
    .option('--set <path=value>', 'override a number of the machine; may be repeated', collect)
    .option('--root <dir>', 'folder that the program sees as its file system, read-only')
    .option('--writable', 'the program may change files below --root')
    .option('--mode <mode>', 'detailed (full timing) or functional (no timing)', 'detailed')
    .option('--engine <engine>', 'translated, or the slow readable reference', 'translated')
    .option('--threads <n>', 'hardware threads the program may use, 1 to 6', '6')
    .option(
      '--env <NAME=value>',
      'a variable of its environment, which is empty otherwise; may be repeated',
      collect,
    )
    .option('--argv0 <name>', 'what the program is told it is called', 'program')
    .option('--seed <text>', 'of the random bytes that the program gets', '1');
}

/** The parser leaves the first -- among the arguments when an option of the program stands before it. */
export function withoutSeparator(args: readonly string[], raw: readonly string[]): readonly string[] {
  const count = (list: readonly string[]) => list.filter((one) => one === '--').length;
  const at = args.indexOf('--');
  return at < 0 || count(args) < count(raw) ? args : args.toSpliced(at, 1);
}

/** What the options ask for; nothing is measured but the whole. */
export function execRequest(file: string, args: readonly string[], options: ProgramOptions): ExecRequest {
  // Options that the program may have are not known here.
  if (file.startsWith('-')) throw new UsageError(`unknown option '${file}' before the program`);
  if (options.writable && options.root === undefined) throw new UsageError('--writable needs --root');
  for (const variable of options.env ?? []) {
    if (!/^[^=]+=/.test(variable)) throw new UsageError(`--env takes NAME=value, got '${variable}'`);
  }
  return {
    elf: readBytes(file, 'program'),
    file,
    arguments: args,
    argv0: options.argv0,
    environment: options.env ?? [],
    machine: options.machine,
    overrides: options.set ?? [],
    mode: oneOf(options.mode, MODES, '--mode'),
    engine: oneOf(options.engine, ENGINES, '--engine'),
    threads: integer(options.threads, '--threads', 1, 6),
    seed: options.seed,
    roi: undefined,
    profile: false,
    fileSystem:
      options.root === undefined ? undefined : rootFileSystem(options.root, options.writable ?? false),
    standard: [standardInput(), standardOutput(1), standardOutput(2)],
    say: (message) => process.stderr.write(`xenon: ${message}\n`),
  };
}

function exec(file: string, args: readonly string[], options: Options): void {
  const overrides = options.whatIf ?? [];
  if (options.writable && overrides.length > 0)
    throw new UsageError('--what-if runs again: not with --writable');
  checkOverrides(options.machine, overrides);
  const captured = options.json === '-' ? capturedOutput() : undefined;
  const input = recordedInput(standardInput());
  const request: ExecRequest = {
    ...execRequest(file, args, options),
    roi: options.roi,
    profile: options.json !== undefined || options.summary === true,
    standard: [input, captured ?? standardOutput(1), standardOutput(2)],
  };
  if (request.mode === 'functional' && overrides.length > 0)
    throw new UsageError('--what-if needs --mode detailed');
  const result = execute(request);
  if (result.exit.kind === 'signal') process.stderr.write(`xenon: ${result.exit.report}\n`);
  const costs = whatIf(request, result, input, overrides);
  if (options.json !== undefined) {
    const stdout = captured === undefined ? {} : { stdout: captured.text() };
    writeJson(options.json, { ...result, whatIf: costs, ...stdout });
  }
  if (options.summary || costs.length > 0) process.stderr.write(`${summaryOf(result, costs)}\n`);
  process.exitCode = exitStatus(result.exit);
}

const SHOWN = 12;

/** What waits of loads for stores just made have cost. */
const storm = ({ cycles, loadHitStoreCycles }: Span): string =>
  `${grouped(loadHitStoreCycles!)} cycles, ${percent(loadHitStoreCycles! / cycles!, 1)}: loads of quadwords ` +
  'stored just before';

function summaryOf(result: ExecResult, costs: readonly WhatIf[]): string {
  const { simulated: s, memory, bandwidth, roi } = result;
  const measured = roi ?? s;
  // Beside those of the region.
  const whole = roi === null ? '' : ', whole program';
  const cycles = (span: { cycles: number | null; cpi: number | null }) =>
    span.cycles === null ? 'no timing' : `${grouped(span.cycles)} cycles, CPI ${span.cpi?.toFixed(2)}`;
  const rows = [
    ['program', `${result.program.bits} bits, ${describeEnd(result.exit)}`],
    ['instructions', `${grouped(s.instructions)} on ${plural(s.threads.length, 'hardware thread')}`],
    ['simulated', s.seconds === null ? 'no timing' : `${duration(s.seconds)}, ${cycles(s)}`],
    ...(roi === null
      ? []
      : [
          [
            roi.symbol,
            `${plural(roi.calls, 'call')}, ${grouped(roi.instructions)} instructions, ${cycles(roi)}`,
          ],
        ]),
    ...(measured.loadHitStoreCycles === null || measured.loadHitStoreCycles === 0
      ? []
      : [['load-hit-store', storm(measured)]]),
    ...(memory === null
      ? []
      : [
          [
            `memory${whole}`,
            `${grouped(memory.l1Misses)} L1 misses, ${grouped(memory.dramReadLines)} lines read, ` +
              `${grouped(memory.dramWriteLines)} written`,
          ],
        ]),
    ...(bandwidth === null
      ? []
      : [
          [
            `bandwidth${whole}`,
            `${bandwidth.readGBPerSecond.toFixed(2)} GB/s read, ${bandwidth.readPercentOfPeak.toFixed(1)} % of the bus; ` +
              `latency unloaded ${bandwidth.unloadedMemoryLatencyCycles.toFixed(0)} cycles`,
          ],
        ]),
    ...costs.map(({ override, cycles: c, saved, share }) => [
      'what if',
      `${override}: ${grouped(c)} cycles, ${grouped(Math.abs(saved))} ${saved < 0 ? 'more' : 'fewer'} ` +
        `(${percent(Math.abs(share), 1)})`,
    ]),
    ['host', `${result.host.seconds.toFixed(1)} s, ${result.host.mips.toFixed(1)} MIPS`],
  ];
  if (result.functions.length === 0) return formatTable(rows);
  const table = formatTable([
    ['function', 'share', 'cycles', 'instructions', 'CPI', 'load-hit-store'],
    ...result.functions
      .slice(0, SHOWN)
      .map((f) => [
        f.name,
        percent(f.share, 1),
        grouped(f.cycles),
        grouped(f.instructions),
        f.cpi?.toFixed(2) ?? '-',
        f.loadHitStoreCycles === 0 ? '-' : percent(f.loadHitStoreCycles / f.cycles, 1),
      ]),
  ]);
  return `${formatTable(rows)}\n\n${table}`;
}
