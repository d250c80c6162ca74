import type { Command } from 'commander';
import { disassemble } from '../../sim/asm/disassemble.js';
import { GUEST_BYTES } from '../../sim/engine/context.js';
import { UsageError } from '../../sim/machine/errors.js';
import { machineNamed } from '../../sim/machine/named.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { KanataTrace } from '../../sim/observe/kanata.js';
import { MEMORY_FORMATS, type MemoryFormat, memoryTraceText } from '../../sim/observe/memory-trace.js';
import { writeAtomically } from '../node/files.js';
import { standardOutput } from '../node/standard-streams.js';
import { execute } from '../run/execute.js';
import { runKernel } from '../run/kernel.js';
import { integer, oneOf, parseRequest, type RunOptions } from '../run/request.js';
import { RunTimeline } from '../run/run-timeline.js';
import { simulate } from '../run/simulate.js';
import { Watch } from '../run/watch.js';
import { kernelOptions, kernelRequest } from './annotate.js';
import { execRequest, type ProgramOptions, programOptions, withoutSeparator } from './exec.js';
import { LiveLine } from './output.js';
import { simulationOptions } from './run.js';
import { grouped } from './table.js';

interface TraceOptions {
  readonly from: string;
  readonly cycles: string;
  readonly kanata?: string;
  readonly memory?: string;
  readonly memoryFormat: string;
}

interface RunTraceOptions extends TraceOptions {
  readonly timeline?: string;
  readonly interval: string;
}

/** Instructions in a pipeline trace at most: viewers and people stop long before. */
const MOST_INSTRUCTIONS = 1_000_000;

export function registerTrace(program: Command): void {
  const command = program
    .command('trace')
    .description('files for viewers and other simulators: pipeline, timeline, requests to memory');
  traceOptions(kernelOptions(command.command('kernel')))
    .description('one call of a kernel by itself')
    .addHelpText('after', '\nExample:\n  xenon trace kernel matmul.vmx128 --kanata matmul.kanata')
    .action((name: string, options: Parameters<typeof kernelRequest>[1] & TraceOptions) =>
      traceKernel(name, options),
    );
  traceOptions(simulationOptions(command.command('run')))
    .description('a run, as xenon run makes it')
    .option(
      '--timeline <file>',
      'threads, tokens, layers and kernels with counters, for Perfetto or chrome://tracing',
    )
    .option('--interval <cycles>', 'between two values of a counter', '5000')
    .addHelpText(
      'after',
      '\nExample:\n  xenon trace run --steps 8 --timeline run.json --kanata token.kanata --from 200000',
    )
    .action((options: RunOptions & RunTraceOptions) => traceRun(options));
  traceOptions(programOptions(command.command('exec')))
    .description('a Linux program')
    .addHelpText('after', '\nExample:\n  xenon trace exec --memory requests.trc --cycles 1000000 run.elf')
    .action((elf: string, args: string[], options: ProgramOptions & TraceOptions) =>
      traceProgram(elf, withoutSeparator(args, process.argv), options),
    );
}

function traceOptions(command: Command): Command {
  return command
    .option('--from <cycle>', 'where the traced stretch begins', '0')
    .option('--cycles <n>', 'how long it is', '20000')
    .option('--kanata <file>', 'pipeline trace of the stretch, Kanata 0004 for Konata')
    .option('--memory <file>', 'requests to memory in the stretch, for other simulators')
    .option('--memory-format <name>', MEMORY_FORMATS.join(' or '), 'dramsim3');
}

/** What a command asks to be traced. */
class Tracing {
  readonly watch: Watch;
  private readonly kanata: KanataTrace | undefined;
  private readonly format: MemoryFormat;

  constructor(
    private readonly options: TraceOptions,
    timeline?: () => RunTimeline | undefined,
  ) {
    const from = integer(options.from, '--from', 0, Number.MAX_SAFE_INTEGER);
    const length = integer(options.cycles, '--cycles', 1, Number.MAX_SAFE_INTEGER);
    this.format = oneOf(options.memoryFormat, MEMORY_FORMATS, '--memory-format');
    const kanata = options.kanata === undefined ? undefined : new KanataTrace(MOST_INSTRUCTIONS);
    this.kanata = kanata;
    this.watch = new Watch({
      stretch: { from, to: from + length },
      passage: kanata && ((passage) => kanata.add(passage)),
      requests: options.memory !== undefined,
      missed: timeline && ((miss) => timeline()?.missed(miss)),
    });
  }

  /** Writes what was asked for, with the text of instructions from guest memory, and says so. */
  write(machine: Machine, bytes: Uint8Array): void {
    const { kanata, watch } = this;
    const options = this.options;
    if (options.kanata !== undefined && kanata !== undefined) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const textOf = (pc: number) => disassemble(view.getUint32(pc & (GUEST_BYTES - 1) & ~3), pc).text;
      writeAtomically(options.kanata, kanata.text(textOf));
      say(`${options.kanata}: ${grouped(kanata.count)} instructions`);
      if (kanata.count === 0) process.stderr.write('xenon: no instruction issued in the stretch asked for\n');
    }
    if (options.memory !== undefined && watch.requests !== undefined) {
      const ratio = machine.dram.clock / machine.clock;
      writeAtomically(options.memory, memoryTraceText(watch.requests, this.format, ratio));
      say(`${options.memory}: ${grouped(watch.requests.length)} requests, ${this.format}`);
    }
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function traceKernel(name: string, options: Parameters<typeof kernelRequest>[1] & TraceOptions): void {
  somethingAsked(options);
  const tracing = new Tracing(options);
  const request = kernelRequest(name, options);
  const { xenon, cycles } = runKernel(request, tracing.watch);
  say(`${name}: ${grouped(cycles)} cycles`);
  tracing.write(request.machine, xenon.bytes);
}

async function traceRun(options: RunOptions & RunTraceOptions): Promise<void> {
  somethingAsked(options);
  const request = parseRequest({ ...options, out: '' });
  if (request.mode !== 'detailed') throw new UsageError('xenon trace needs --mode detailed');
  const interval = integer(options.interval, '--interval', 100, 1e9);
  const machine = machineNamed(request.machine, request.overrides);
  const live = new LiveLine();
  let timeline: RunTimeline | undefined;
  const tracing = new Tracing(options, options.timeline === undefined ? undefined : () => timeline);
  await simulate(request, {
    onProgress: (text) => live.update(text),
    onMessage: (text) => process.stderr.write(`${text}\n`),
    watching: (sites) => {
      if (options.timeline !== undefined)
        timeline = new RunTimeline(sites, request.placement, machine.clock, interval);
      return { watch: tracing.watch, timeline };
    },
    onSeen: ({ bytes, cycles }) => {
      live.clear();
      say(`${grouped(cycles)} cycles`);
      tracing.write(machine, bytes);
      if (options.timeline === undefined || timeline === undefined) return;
      writeAtomically(options.timeline, timeline.text(cycles));
      say(`${options.timeline}: ${grouped(timeline.events)} events`);
    },
  });
}

function traceProgram(file: string, args: readonly string[], options: ProgramOptions & TraceOptions): void {
  somethingAsked(options);
  const asked = execRequest(file, args, options);
  if (asked.mode === 'functional') throw new UsageError('xenon trace needs --mode detailed');
  const tracing = new Tracing(options);
  const result = execute({
    ...asked,
    // Standard output is ours.
    standard: [asked.standard[0], standardOutput(2), standardOutput(2)],
    watch: tracing.watch,
    onSeen: ({ machine, bytes }) => tracing.write(machine, bytes),
  });
  say(`${file}: ${grouped(result.simulated.cycles ?? 0)} cycles`);
}

function somethingAsked(options: TraceOptions & { readonly timeline?: string }): void {
  if (options.kanata === undefined && options.memory === undefined && options.timeline === undefined)
    throw new UsageError('name a file to write: --kanata, --memory or, for a run, --timeline');
}
