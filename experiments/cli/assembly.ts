import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { AssemblyError, assemble } from '../../sim/asm/assemble.js';
import { assembleListing, disassembleListing } from '../../sim/asm/listing.js';
import { UsageError } from '../../sim/machine/errors.js';
import { readBytes, readText } from '../node/files.js';
import { writeJson } from './output.js';

interface Options {
  readonly base: string;
  readonly output?: string;
  readonly json?: string;
}

export function registerAssembly(program: Command): void {
  program
    .command('asm')
    .description('assemble GNU-syntax PowerPC and VMX128 source: prints address, word and source line')
    .argument('<file>', 'assembly source')
    .option('--base <address>', 'address of the first byte', '0')
    .option('-o, --output <file>', 'write the big-endian words as a binary file')
    .option('--json <file>', 'words and symbols as JSON, - for standard output')
    .addHelpText('after', '\nExample:\n  xenon asm kernel.s --base 0x10000')
    .action((file: string, options: Options) => asm(file, options));
  program
    .command('disasm')
    .description('disassemble words: a text file of hexadecimal words, or a big-endian binary file')
    .argument('<file>', 'words, or a binary file')
    .option('--base <address>', 'address of the first word', '0')
    .option('--json <file>', 'address, word and text as JSON, - for standard output')
    .addHelpText('after', '\nExample:\n  echo 7c632214 | xenon disasm /dev/stdin')
    .action((file: string, options: Options) => disasm(file, options));
}

function asm(file: string, options: Options): void {
  const base = addressOf(options.base);
  const program = assembleFile(file, base);
  if (options.output !== undefined) writeFileSync(options.output, program.bytes);
  if (options.json !== undefined) {
    writeJson(options.json, {
      schema: 'xenon-asm/1',
      base,
      words: [...program.words].map((word) => word.toString(16).padStart(8, '0')),
      symbols: Object.fromEntries(program.symbols),
    });
  } else if (options.output === undefined) {
    process.stdout.write(assembleListing(program));
  }
}

function assembleFile(file: string, base: number) {
  const source = readText(file, 'source');
  const include = (name: string) => readText(join(dirname(file), name), 'included file');
  try {
    return assemble(source, { file, base, include });
  } catch (error) {
    if (error instanceof AssemblyError) throw new UsageError(error.message);
    throw error;
  }
}

function disasm(file: string, options: Options): void {
  const base = addressOf(options.base);
  const bytes = wordsOf(readBytes(file, 'words'), file);
  const listing = disassembleListing(bytes, base);
  if (options.json === undefined) process.stdout.write(listing);
  else {
    const lines = listing
      .trimEnd()
      .split('\n')
      .filter((line) => /^[0-9a-f]{8} {2}/.test(line));
    const instructions = lines.map((line) => ({
      address: line.slice(0, 8),
      word: line.slice(10, 18),
      text: line.slice(20),
    }));
    writeJson(options.json, { schema: 'xenon-disasm/1', instructions });
  }
}

/** Text of hexadecimal words (comments after #, addresses before a colon) or the bytes of a binary file. */
function wordsOf(content: Uint8Array, file: string): Uint8Array {
  const isText = content.every((b) => b === 9 || b === 10 || b === 13 || (b >= 32 && b < 127));
  if (!isText) return content;
  const words: number[] = [];
  new TextDecoder()
    .decode(content)
    .split('\n')
    .forEach((line, i) => {
      const plain = line
        .replace(/#.*/, '')
        .replace(/^\s*[0-9a-fA-Fx]+:/, '')
        .trim();
      for (const part of plain === '' ? [] : plain.split(/[\s,]+/)) {
        if (!/^(0x)?[0-9a-fA-F]{1,8}$/.test(part)) {
          throw new UsageError(`${file}:${i + 1}: '${part}' is not a hexadecimal word of 32 bits\n  ${line}`);
        }
        words.push(Number.parseInt(part, 16));
      }
    });
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word);
  return bytes;
}

function addressOf(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_fffc || value % 4 !== 0) {
    throw new UsageError(
      `--base takes an address, a multiple of 4 below 2^32 such as 0x10000; got '${text}'`,
    );
  }
  return value;
}
