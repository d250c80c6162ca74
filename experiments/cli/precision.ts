import type { Command } from 'commander';
import { UsageError } from '../../sim/machine/errors.js';
import { openModel } from '../run/model.js';
import { CHOICES, type PrecisionError, precisionErrors } from '../run/precision.js';
import { integer } from '../run/request.js';
import { writeJson } from './output.js';
import { formatTable } from './table.js';

interface Options {
  readonly tokenizer?: string;
  readonly prompt: string;
  readonly steps: string;
  readonly json?: string;
}

export function registerPrecision(program: Command): void {
  program
    .command('precision')
    .description("what each precision does to a model's logits and to its greedy choices, against fp32")
    .argument('[model]', 'as for xenon run; best a model with weights of its own', 'story')
    .option('--tokenizer <file>', 'tokenizer.bin or tokenizer.json')
    .option('--prompt <text>', 'text to continue', 'Sleepy Joe said')
    .option('--steps <n>', 'positions compared', '256')
    .option('--json <file>', 'as JSON, - for standard output')
    .addHelpText(
      'after',
      `
The text that fp32 writes greedily (on the host, in llama2.c's order) is fed to the guest's kernels in every
precision, without timing. Differences are of logits; the same token counts as agreeing.

Example:
  xenon precision stories260K.bin --tokenizer tok512.bin --json precision.json`,
    )
    .action((model: string, options: Options) => precision(model, options));
}

function precision(name: string, options: Options): void {
  const model = openModel(name, options.tokenizer, 1);
  const prompt = model.tokenizer.encode(options.prompt);
  const { sequence } = model.checkpoint.shape;
  const positions = integer(options.steps, '--steps', 1, sequence);
  if (prompt.length > positions)
    throw new UsageError(`the prompt has ${prompt.length} tokens: --steps must be at least that`);
  const errors = precisionErrors(model, prompt, positions, CHOICES, ({ quant, activations, kvCache }) => {
    if (process.stderr.isTTY)
      process.stderr.write(`${quant}, activations ${activations}, KV cache ${kvCache} done\n`);
  });
  if (options.json !== undefined) {
    writeJson(options.json, {
      schema: 'xenon-precision/1',
      model: model.name,
      promptTokens: prompt.length,
      errors,
    });
    if (options.json === '-') return;
  }
  process.stdout.write(`${model.name}, ${positions} positions:\n\n${table(errors)}\n`);
}

const table = (errors: readonly PrecisionError[]): string =>
  formatTable([
    ['weights', 'activations', 'KV cache', 'rms error', 'relative', 'largest', 'agreeing', 'texts part at'],
    ...errors.map((e) => [
      e.quant,
      e.activations,
      e.kvCache,
      e.rootMeanSquare.toPrecision(3),
      `${(100 * e.relative).toPrecision(3)} %`,
      e.largest.toPrecision(3),
      `${e.agreeing} of ${e.positions}`,
      e.firstOther === null ? 'never' : `${e.firstOther}`,
    ]),
  ]);
