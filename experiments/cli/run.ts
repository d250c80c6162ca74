import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { shellWord } from '../../reports/command.js';
import type { EndianComparison, RunResult } from '../../reports/results.js';
import { runReport } from '../../reports/run-report.js';
import { UsageError } from '../../sim/machine/errors.js';
import { machineNamed } from '../../sim/machine/named.js';
import { askedOf, completeRun } from '../run/complete.js';
import { TooLarge } from '../run/memory-report.js';
import {
  checkWarming,
  ENDIAN_STRATEGIES,
  integer,
  oneOf,
  parseRequest,
  type RunOptions,
  type RunRequest,
} from '../run/request.js';
import { type RunObserver, simulate } from '../run/simulate.js';
import { writeRun } from '../run/store.js';
import { sweep } from '../sweep/sweep.js';
import { UNCERTAIN_HEADLINES, type UncertainHeadline, uncertaintyOf } from '../sweep/uncertainty.js';
import { INTERRUPTED, interruptSignal, stopsOnInterrupt } from './interrupt.js';
import { LiveLine, writeJson } from './output.js';
import { summaryOf } from './summary.js';
import { statusOf, tell, withProgress } from './sweep-progress.js';

/** Draws of `--uncertainty` where none are asked for. */
const USUAL_DRAWS = '24';

export function registerRun(program: Command): void {
  runOptions(
    program
      .command('run')
      .description('generate text on the simulated machine')
      .addHelpText(
        'after',
        `
Ctrl-C ends a run at its next position, with the result so far and status 130.

Example:
  xenon run --prompt "Sleepy Joe said" --steps 64 --kernels vmx128 --threads 6
  xenon run --model stories15M-shape --steps 24 --ignore-eos --threads 1 --kernels scalar --json -`,
      ),
  )
    .option(
      '--uncertainty [headline]',
      `instead: the interval of ${Object.keys(UNCERTAIN_HEADLINES).join(', ')} over everything that is not known ` +
        'of the machine, in sampled mode (minutes)',
    )
    .option('--inputs <path...>', 'for --uncertainty only numbers whose path begins so, e.g. bus memory')
    .option(
      '--over <setting=value...>',
      'for --uncertainty speed-up: what the run is compared with, e.g. kernels=scalar threads=1',
    )
    .option('--draws <n>', `draws of all unknowns together for --uncertainty (default: ${USUAL_DRAWS})`)
    .option('--jobs <n>', 'simulations at a time for --uncertainty (default: the cores of this machine)')
    .action(({ uncertainty, inputs, over, draws, jobs, ...options }: RunOptions & UncertaintyFlags) => {
      if (uncertainty !== undefined)
        return runUncertainty(options, { uncertainty, inputs, over, draws, jobs });
      for (const [name, value] of Object.entries({ inputs, over, draws, jobs }))
        if (value !== undefined) throw new UsageError(`--${name} is for --uncertainty`);
      return run(options);
    });
}

/** The options that describe a run and where its result goes, shared by every command that makes one. */
export function runOptions(command: Command): Command {
  return simulationOptions(command)
    .option(
      '--stack',
      'keep where every cycle went, by thread, kernel and layer: a part of the report, cpi.csv, roofline.csv, hotspots.txt',
    )
    .option('--logits <file>', 'write float32 logits, one row a forwarded position')
    .option('--save-snapshot <file>', 'keep the machine as it is once everything is loaded')
    .option(
      '--from-snapshot <file>',
      'begin with such a machine, asked for with the same options, and load nothing',
    )
    .option('--json <file>', 'write the result as JSON, - for standard output')
    .option('--out <dir>', 'folder of run directories', 'results');
}

interface UncertaintyFlags {
  readonly uncertainty?: boolean | string;
  readonly inputs?: readonly string[];
  readonly over?: readonly string[];
  readonly draws?: string;
  readonly jobs?: string;
}

/** The options that say what is simulated. */
export function simulationOptions(command: Command): Command {
  return command
    .option(
      '--model <name|file|dir>',
      'a zoo name (stories15M-shape, smollm2-135m, ...), a llama2.c or GGUF file, or a folder with safetensors',
      'story',
    )
    .option(
      '--tokenizer <file>',
      'tokenizer.bin or tokenizer.json; found in or beside the model where possible',
    )
    .option('--prompt <text>', 'text to continue', 'Sleepy Joe said')
    .option('--steps <n>', 'positions in all, prompt included; 0 means the whole context', '256')
    .option('--temperature <t>', '0 is greedy', '0')
    .option('--top-p <p>', 'nucleus sampling, with a temperature above 0', '0.9')
    .option('--seed <s>', 'of the sampler and of synthetic weights', '1')
    .option('--ignore-eos', 'go on after the end of a story (timing runs)')
    .option('--context <n>', 'size of the KV cache, positions (default: the steps)')
    .option('--machine <preset>', 'see xenon machines', 'xbox360')
    .option('--set <path=value...>', 'override a number of the machine, e.g. l2.sizeBytes=2MiB')
    .option('--threads <n>', 'hardware threads, 1 to 6', '6')
    .option('--placement <where>', 'spread, pack or a list of hardware threads such as 0,2,4', 'spread')
    .option(
      '--kernels <variant[,op=variant...]>',
      'see xenon kernels; auto: vmx128, and for llama2.c version 2 those that round as runq.c does',
      'auto',
    )
    .option(
      '--endian <strategy>',
      `how little-endian weights are turned: ${ENDIAN_STRATEGIES.join(', ')}`,
      'offline',
    )
    .option(
      '--quant <type>',
      'fp32, bf16, fp16, q80 or q4_0: converts on load (default: what the file holds)',
    )
    .option(
      '--activations <type>',
      'what meets matrices in groups: fp32 (weight-only), or q80, rounded as runq.c does (default: as the format means it)',
    )
    .option('--kv-cache <type>', 'fp32, or int8: signed bytes, one scale a head and position', 'fp32')
    .option('--prefill-batch <n>', 'positions of the prompt that read the weights together, 1 to 64', '1')
    .option('--weights-at <bytes>', 'where the weights begin behind a cache line: 0 to 127', '0')
    .option('--stream <device>', 'usb, hdd or dvd brings each time the layers that do not fit')
    .option('--chat', 'put the prompt into the chat template of an Instruct model')
    .addOption(
      new Option(
        '--mode <mode>',
        'detailed (full timing), sampled (chosen positions in detail, the rest estimated with an interval) or ' +
          'functional (no timing)',
      ).default('detailed'),
    )
    .option(
      '--skip-tokens',
      'sampled: execute only what is measured, on random tokens and a cache of random numbers; no text (what nearly ' +
        'fits the L2 cache: the other positions without time)',
    )
    .option('--engine <engine>', 'translated, or the slow readable reference', 'translated');
}

/** Simulates; of a model that does not fit, what is missing goes where the result would have gone. */
async function simulateOrSay(
  request: RunRequest,
  json: string | undefined,
  observer: RunObserver,
): Promise<RunResult> {
  try {
    return await simulate(request, observer);
  } catch (error) {
    if (error instanceof TooLarge && json !== undefined) writeJson(json, error.report);
    throw error;
  }
}

/** Runs at other settings that belong to a run's result, made once it has ended. */
export interface Comparison {
  make(
    request: RunRequest,
    result: RunResult,
    observer: RunObserver,
  ): Promise<readonly EndianComparison[] | undefined>;
  textOf(rows: readonly EndianComparison[]): string;
}

/** Simulates, writes the run directory, and says what came of it; Ctrl-C keeps what there is by then. */
export async function run(options: RunOptions, comparison?: Comparison): Promise<void> {
  const request = parseRequest(options);
  const show = (text: string) => {
    if (options.json !== '-') process.stdout.write(text);
  };
  const live = new LiveLine();
  const observer: RunObserver = {
    ...stopsOnInterrupt(),
    onProgress: (text) => live.update(text),
    onMessage: (text) => {
      live.clear();
      process.stderr.write(`${text}\n`);
    },
  };
  const simulated = await simulateOrSay(request, options.json, {
    ...observer,
    onText: (piece) => {
      live.clear();
      show(piece);
    },
  });
  live.clear();
  show(`${simulated.text === null ? '' : '\n\n'}${summaryOf(simulated)}\n`);
  const rows = simulated.interrupted ? undefined : await comparison?.make(request, simulated, observer);
  live.clear();
  if (rows !== undefined) show(`\n${comparison!.textOf(rows)}\n`);
  const result = completeRun(request, simulated, rows);
  const folder = writeRun(request.out, askedOf(request, result), result, runReport(result));
  if (options.json !== undefined) writeJson(options.json, result);
  show(`\nreport: ${folder}/report.html\n`);
  if (observer.goesOn?.() === false) process.exitCode = INTERRUPTED;
}

/** Refuses what the many sampled runs of --uncertainty cannot keep or have. */
function refuseOfOneRun(options: RunOptions): void {
  const given: readonly (readonly [string, boolean])[] = [
    ['--mode functional', options.mode === 'functional'],
    ['--engine reference', options.engine === 'reference'],
    ['--stack', options.stack === true],
    ['--stream', options.stream !== undefined],
    ['--logits', options.logits !== undefined],
    ['--save-snapshot', options.saveSnapshot !== undefined],
    ['--from-snapshot', options.fromSnapshot !== undefined],
  ];
  for (const [option, isGiven] of given)
    if (isGiven) throw new UsageError(`--uncertainty makes many sampled runs: leave ${option} away`);
}

/** A command line that asks the same, options in their order: from them the draws are seeded. */
function commandOfUncertainty(
  asked: Readonly<Record<string, string | boolean | undefined>>,
  set: readonly string[],
  {
    headline,
    inputs,
    over,
    draws,
  }: Readonly<Record<'inputs' | 'over', readonly string[]>> & Readonly<Record<'headline' | 'draws', string>>,
): string {
  const options = Object.entries(asked).flatMap(([key, value]) => {
    const option = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === undefined || value === false ? [] : value === true ? [option] : [option, value];
  });
  const several = (option: string, values: readonly string[]) =>
    values.length > 0 ? [option, ...values] : [];
  const words = [
    ...options,
    ...several('--set', set),
    ...['--uncertainty', headline, ...several('--inputs', inputs), ...several('--over', over)],
    ...['--draws', draws],
  ];
  return `xenon run ${words.map(shellWord).join(' ')}`;
}

/** The run's headline over all that is not known of the machine; finished runs are not repeated. */
async function runUncertainty(
  options: RunOptions,
  { uncertainty, inputs = [], over = [], draws = USUAL_DRAWS, jobs }: UncertaintyFlags,
): Promise<void> {
  refuseOfOneRun(options);
  checkWarming(machineNamed(options.machine, options.set));
  const sampled = options.mode === 'detailed' ? { mode: 'sampled', skipTokens: true } : {};
  const { json, out, set = [], ...asked } = { ...options, ...sampled };
  parseRequest({ ...asked, set, out });
  const headline = oneOf(
    uncertainty === true ? 'tokens-per-second' : `${uncertainty}`,
    Object.keys(UNCERTAIN_HEADLINES) as UncertainHeadline[],
    '--uncertainty',
  );
  if (over.length > 0 && headline !== 'speed-up')
    throw new UsageError('--over is for --uncertainty speed-up');
  const count = integer(draws, '--draws', 4, 10_000);
  const key = createHash('sha256')
    .update(JSON.stringify([asked, set, headline, inputs, over, count]))
    .digest('hex');
  const definition = uncertaintyOf(`uncertainty-${key.slice(0, 12)}`, {
    settings: {},
    machine: options.machine,
    overrides: set,
    headline,
    inputs,
    over,
    draws: count,
  });
  const parallel = jobs === undefined ? availableParallelism() : integer(jobs, '--jobs', 1, 1024);
  const sweepOptions = {
    quick: false,
    set,
    defaults: { ...asked, json, out },
    out,
    fresh: false,
    jobs: parallel,
    source: definition.name,
    command: commandOfUncertainty(asked, set, { headline, inputs, over, draws: `${count}` }),
    signal: interruptSignal(),
  };
  const end = await withProgress('uncertainty', (observer) => sweep(definition, sweepOptions, observer));
  tell('uncertainty', end, json === '-' ? process.stderr : process.stdout);
  process.exitCode = statusOf(end);
  if (end.result !== undefined && json !== undefined) writeJson(json, end.result);
}
