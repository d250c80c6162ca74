import type { Command } from 'commander';
import {
  type CaseResult,
  type ConformEngine,
  countingEngine,
  describe,
  evaluateEngine,
  runCases,
  summary,
} from '../../sim/engine/conform.js';
import { BadCases, instructionCases } from '../../sim/engine/conform-cases.js';
import { UsageError } from '../../sim/machine/errors.js';
import { newMemory } from '../../sim/machine/xenon.js';
import { readText } from '../node/files.js';
import { oneOf } from '../run/request.js';
import { ENGINES, translatedEngine } from '../run/works.js';
import { writeJson } from './output.js';

interface Options {
  readonly only?: string;
  readonly engine: string;
  readonly json?: string;
}

export function registerConform(program: Command): void {
  program
    .command('conform')
    .description('run instruction cases and compare registers and memory with what they must be')
    .argument('<files...>', 'JSON files of cases')
    .option(
      '--only <pattern>',
      'only cases whose name contains this text or matches this /regular expression/',
    )
    .option(
      '--engine <engine>',
      'reference (the evaluator) or translated (WebAssembly, every instruction)',
      'reference',
    )
    .option('--json <file>', 'results as JSON, - for standard output')
    .addHelpText('after', '\nExample:\n  xenon conform cases.json --only instr_add')
    .action((files: string[], options: Options) => conform(files, options));
}

function conform(files: readonly string[], options: Options): void {
  const wanted = matcher(options.only);
  const cases = files.flatMap((file) => readCases(file)).filter((one) => wanted(one.name));
  const result = runCases(cases, engineNamed(options.engine));
  const quiet = options.json === '-';
  const reported: CaseResult[] = result.cases.filter((c) => c.outcome !== 'agree');
  if (!quiet) for (const one of reported) for (const line of describe(one)) process.stdout.write(`${line}\n`);
  if (options.json !== undefined) {
    const { agree, differ, unsupported } = result;
    writeJson(options.json, { schema: 'xenon-conform/1', agree, differ, unsupported, cases: result.cases });
  }
  if (!quiet) process.stdout.write(`${summary(result)}\n`);
  if (result.differ + result.unsupported > 0) process.exitCode = 1;
}

function engineNamed(name: string): ConformEngine {
  const memory = newMemory();
  if (oneOf(name, ENGINES, '--engine') === 'reference') return evaluateEngine(memory.buffer);
  return countingEngine(memory.buffer, 'translated', (sf, mapped) =>
    translatedEngine(memory, { sf, mapped, hot: 0 }),
  );
}

function readCases(file: string) {
  const text = readText(file, 'cases');
  try {
    return instructionCases(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof BadCases)
      throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

function matcher(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true;
  const regular = /^\/(.*)\/$/.exec(pattern);
  if (regular === null) return (name) => name.includes(pattern);
  try {
    const expression = new RegExp(regular[1]);
    return (name) => expression.test(name);
  } catch (error) {
    throw new UsageError(`--only ${pattern}: ${(error as Error).message}`);
  }
}
