import { closeSync, existsSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { writeConsole } from '../../models/checkpoint/console.js';
import { type Sink, writeGroups, writeLegacy } from '../../models/checkpoint/write.js';
import { writeGguf } from '../../models/checkpoint/write-gguf.js';
import { configText, writeSafetensors } from '../../models/checkpoint/write-safetensors.js';
import { naturalPrecision } from '../../models/quantize/packed.js';
import type { Precision } from '../../models/quantize/precisions.js';
import { UsageError } from '../../sim/machine/errors.js';
import { requireWritable, writeAtomically, writeWhole } from '../node/files.js';
import { type FoundModel, findModel } from '../run/model.js';
import { integer, oneOf } from '../run/request.js';
import { LiveLine } from './output.js';
import { mib } from './table.js';

const FORMATS = ['gguf', 'safetensors', 'llama2c', 'llama2c-q80', 'console'] as const;
type Format = (typeof FORMATS)[number];

/** Types of matrices that a format can have, the usual one first. */
const TYPES = {
  gguf: ['q8_0', 'q4_0', 'f32', 'f16', 'bf16'],
  safetensors: ['bf16', 'f16', 'f32'],
  llama2c: ['f32'],
  'llama2c-q80': ['q8_0'],
  console: ['as-is', 'f32', 'bf16', 'f16', 'q8_0', 'q4_0'],
} as const satisfies Record<Format, readonly string[]>;

const PRECISION_OF: Readonly<Record<string, Precision>> = {
  f32: 'fp32',
  bf16: 'bf16',
  f16: 'fp16',
  q8_0: 'q80',
  q4_0: 'q4_0',
};

interface Options {
  readonly to?: string;
  readonly type?: string;
  readonly group: string;
  readonly tokenizer?: string;
}

export function registerConvert(program: Command): void {
  program
    .command('convert')
    .description('write a checkpoint in another format; tensors are read and written piece by piece')
    .argument('<model>', 'llama2.c, GGUF or console file, a folder with safetensors, or a shape of the zoo')
    .argument('<file>', 'file to write; a folder for safetensors')
    .option(
      '--to <format>',
      'gguf; safetensors (with config.json); llama2c (version 0, fp32); llama2c-q80 (version 2, groups of bytes);' +
        ' console (big-endian, each tensor on a cache line, rows padded: what is loaded without conversion);' +
        ' default: by the name, .gguf, .bin (llama2c), .xenon (console), a folder (safetensors)',
    )
    .option(
      '--type <type>',
      `of matrices: gguf ${TYPES.gguf.join(', ')}; safetensors ${TYPES.safetensors.join(', ')};` +
        ` console ${TYPES.console.join(', ')} (default: the first)`,
    )
    .option('--group <n>', 'numbers that share a scale, for llama2c-q80', '32')
    .option('--tokenizer <file>', 'to put into a GGUF file; found in or beside the model where possible')
    .addHelpText(
      'after',
      `
GGUF files get the model's tokenizer; for other formats put it beside them.

Example:
  xenon convert SmolLM2-135M/ smollm2-135m.q8_0.gguf --type q8_0
  xenon convert smollm2-135m.q8_0.gguf smollm2-135m.xenon
  xenon convert stories260K.bin stories260K.q80.bin --to llama2c-q80 --group 4`,
    )
    .action((model: string, file: string, options: Options) => convert(model, file, options));
}

function convert(name: string, file: string, options: Options): void {
  const format = options.to === undefined ? formatOf(file) : oneOf(options.to, FORMATS, '--to');
  const type = oneOf(options.type ?? TYPES[format][0], TYPES[format], `--type for ${format}`);
  const group = integer(options.group, '--group', 4, 1 << 16);
  const found = findModel(name, options.tokenizer, 1);
  const live = new LiveLine();
  const into = (path: string, write: (sink: Sink) => void): number => writeFile(path, write, live);
  let bytes: number;
  if (format === 'safetensors') {
    if (type !== 'f32' && type !== 'f16' && type !== 'bf16')
      throw new UsageError(`no safetensors in ${type}`);
    if (existsSync(join(file, 'model.safetensors'))) throw new UsageError(`${file} holds a model already`);
    requireWritable(file, 'folder');
    mkdirSync(file, { recursive: true });
    bytes = into(join(file, 'model.safetensors'), (sink) => writeSafetensors(found.checkpoint, type, sink));
    writeAtomically(join(file, 'config.json'), configText(found.checkpoint.shape, type));
  } else {
    requireWritable(file, 'file');
    bytes = into(file, (sink) => writeSingle(found, format, type, group, sink));
  }
  live.clear();
  process.stdout.write(`${describe(found, file, format, type, group, bytes)}\n`);
}

const FORMAT_OF_NAME: Readonly<Record<string, Format>> = { gguf: 'gguf', bin: 'llama2c', xenon: 'console' };

/** What a file of that name holds, by the names that such files have. */
function formatOf(file: string): Format {
  if (/[/\\]$/.test(file) || (existsSync(file) && statSync(file).isDirectory())) return 'safetensors';
  const format = FORMAT_OF_NAME[/\.(\w+)$/.exec(file)?.[1].toLowerCase() ?? ''];
  if (format !== undefined) return format;
  const hint = /\.safetensors$/i.test(file)
    ? `name a folder for it and its config.json, such as ${file.replace(/\.safetensors$/i, '')}/`
    : 'name it .gguf, .bin (llama2.c), .xenon (console) or NAME/ (a folder with safetensors)';
  throw new UsageError(`${file} does not say in which format to write: ${hint}, or give --to`);
}

function writeSingle(
  { checkpoint, tokenizer }: FoundModel,
  format: Exclude<Format, 'safetensors'>,
  type: string,
  group: number,
  sink: Sink,
): void {
  switch (format) {
    case 'llama2c':
      return writeLegacy(checkpoint, sink);
    case 'llama2c-q80':
      return writeGroups(checkpoint, group, sink);
    case 'console':
      return writeConsole(checkpoint, PRECISION_OF[type], sink);
    case 'gguf':
      return writeGguf(checkpoint, type as Parameters<typeof writeGguf>[1], sink, tokenizer);
  }
}

/** Writes a file piece by piece; gives its bytes. */
function writeFile(path: string, write: (sink: Sink) => void, live: LiveLine): number {
  let bytes = 0;
  writeWhole(path, (file) => {
    const handle = openSync(file, 'w');
    try {
      write((part) => {
        for (let done = 0; done < part.length; ) done += writeSync(handle, part, done);
        bytes += part.length;
        live.update(() => `${path}: ${mib(bytes)}`);
      });
    } finally {
      closeSync(handle);
    }
  });
  return bytes;
}

/** What was made of what, and what the user has to do about it. */
function describe(
  { checkpoint, tokenizer }: FoundModel,
  file: string,
  format: Format,
  type: string,
  group: number,
  bytes: number,
): string {
  const from = `${checkpoint.format}, ${naturalPrecision(checkpoint.stored('wq', 0))}`;
  const kinds: Readonly<Record<Format, string>> = {
    gguf: `GGUF, ${type}`,
    safetensors: `safetensors, ${type}, with config.json`,
    llama2c: 'llama2.c version 0, fp32',
    'llama2c-q80': `llama2.c version 2, signed bytes in groups of ${group}`,
    console: `console form: big-endian, on cache lines, ${
      type === 'as-is' ? naturalPrecision(checkpoint.stored('wq', 0)) : PRECISION_OF[type]
    }`,
  };
  const words =
    format !== 'gguf'
      ? 'tokenizer: put it beside the file, or name it with --tokenizer'
      : tokenizer?.tables === undefined
        ? 'tokenizer: none could be put in; name one with --tokenizer when it is run'
        : `tokenizer: inside, ${tokenizer.tables.tokens.length} tokens`;
  return `${file}: ${kinds[format]}; ${mib(bytes)} (${bytes} bytes), from ${from}\n${words}`;
}
