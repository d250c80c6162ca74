import { closeSync, existsSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { requireFinite } from '../../models/checkpoint/finite.js';
import type { Checkpoint } from '../../models/checkpoint/tensors.js';
import { type Sink, writeGroups, writeLegacy } from '../../models/checkpoint/write.js';
import { writeGguf } from '../../models/checkpoint/write-gguf.js';
import { UsageError } from '../../sim/machine/errors.js';
import { openWeights } from '../run/model.js';
import { integer, oneOf } from '../run/request.js';

const TYPES = ['f32', 'f16', 'bf16', 'q8_0', 'q4_0'] as const;
const FORMATS = ['llama2c', 'llama2c-q80', 'gguf'] as const;

interface Options {
  readonly to: string;
  readonly type: string;
  readonly group: string;
}

export function registerConvert(program: Command): void {
  program
    .command('convert')
    .description('write a checkpoint in another format; tensors are read and written piece by piece')
    .argument('<model>', 'llama2.c or GGUF file, or a folder with safetensors')
    .argument('<file>', 'file to write')
    .option(
      '--to <format>',
      `${FORMATS.join(', ')} (version 0 in fp32, version 2 in groups of bytes, GGUF)`,
      'gguf',
    )
    .option('--type <type>', `of GGUF's matrices: ${TYPES.join(', ')}`, 'q8_0')
    .option('--group <n>', 'numbers that share a scale, for llama2c-q80', '32')
    .addHelpText(
      'after',
      `
A GGUF file written here has no tokenizer in it: name one with --tokenizer when it is run.

Example:
  xenon convert SmolLM2-135M/ smollm2-135m.q8_0.gguf --type q8_0
  xenon convert stories260K.bin stories260K.q80.bin --to llama2c-q80 --group 4`,
    )
    .action((model: string, file: string, options: Options) => convert(model, file, options));
}

function convert(model: string, file: string, options: Options): void {
  if (!existsSync(model)) throw new UsageError(`model file not found: ${model}`);
  const format = oneOf(options.to, FORMATS, '--to');
  const type = oneOf(options.type, TYPES, '--type');
  const group = integer(options.group, '--group', 4, 1 << 16);
  const { checkpoint } = openWeights(model);
  requireFinite(checkpoint, model);
  const write: Record<(typeof FORMATS)[number], (checkpoint: Checkpoint, sink: Sink) => void> = {
    llama2c: writeLegacy,
    'llama2c-q80': (from, sink) => writeGroups(from, group, sink),
    gguf: (from, sink) => writeGguf(from, type, sink),
  };
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = openSync(temporary, 'w');
  let bytes = 0;
  try {
    write[format](checkpoint, (part) => {
      for (let done = 0; done < part.length; ) done += writeSync(handle, part, done);
      bytes += part.length;
    });
  } catch (error) {
    closeSync(handle);
    rmSync(temporary);
    throw error;
  }
  closeSync(handle);
  renameSync(temporary, file);
  process.stdout.write(`${file}: ${format}${format === 'gguf' ? ` ${type}` : ''}, ${bytes} bytes\n`);
}
