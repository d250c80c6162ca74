import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const AS = 'powerpc64-linux-gnu-as';
const OBJCOPY = 'powerpc64-linux-gnu-objcopy';
const OBJDUMP = 'powerpc64-linux-gnu-objdump';
const FLAGS = ['-mcell', '-maltivec', '-mregnames', '-a64', '-mbig'];

const works = (command: string): boolean => spawnSync(command, ['--version']).status === 0;

/** The GNU tools are installed. */
export const haveBinutils = [AS, OBJCOPY, OBJDUMP].every(works);

export interface GnuResult {
  /** Big-endian bytes of .text. */
  readonly bytes: Uint8Array;
  /** Faults by line number, from 1. */
  readonly errors: ReadonlyMap<number, string>;
}

/** Assembles with GNU as; with errors the bytes are empty. Addresses start at 0. */
export function gnuAssemble(source: string): GnuResult {
  const folder = mkdtempSync(join(tmpdir(), 'xenon-as-'));
  try {
    const [input, object, image] = ['in.s', 'out.o', 'out.bin'].map((name) => join(folder, name));
    writeFileSync(input, source);
    const run = spawnSync(AS, [...FLAGS, '-o', object, input], { encoding: 'utf8', maxBuffer: 1 << 28 });
    const errors = new Map<number, string>();
    for (const line of run.stderr.split('\n')) {
      const match = /:(\d+): Error: (.*)$/.exec(line);
      if (match) errors.set(Number(match[1]), match[2]);
    }
    if (run.status !== 0) return { bytes: new Uint8Array(0), errors };
    execFileSync(OBJCOPY, ['-O', 'binary', '-j', '.text', object, image]);
    return { bytes: new Uint8Array(readFileSync(image)), errors };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Assembles lines one word each; a line that GNU as refuses has an error instead of a word. */
export function gnuWords(lines: readonly string[]): ({ word: number } | { error: string })[] {
  let { bytes, errors } = gnuAssemble(`${lines.join('\n')}\n`);
  const refused = errors;
  if (refused.size > 0) {
    const accepted = lines.map((line, i) => (refused.has(i + 1) ? '' : line));
    ({ bytes, errors } = gnuAssemble(`${accepted.join('\n')}\n`));
    if (errors.size > 0)
      throw new Error(`GNU as refuses more lines the second time: ${[...errors.values()][0]}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  const words = lines.map((_, i) => {
    const error = refused.get(i + 1);
    if (error !== undefined) return { error };
    const word = view.getUint32(offset);
    offset += 4;
    return { word };
  });
  if (offset !== bytes.length)
    throw new Error(`GNU as made ${bytes.length / 4} words of ${offset / 4} lines`);
  return words;
}

/** Text of words by objdump, the first at address 0. */
export function gnuDisassemble(words: readonly number[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'xenon-objdump-'));
  try {
    const image = join(folder, 'in.bin');
    const bytes = new Uint8Array(4 * words.length);
    const view = new DataView(bytes.buffer);
    words.forEach((word, i) => {
      view.setUint32(4 * i, word);
    });
    writeFileSync(image, bytes);
    const flags = ['-D', '-z', '-b', 'binary', '-m', 'powerpc:common64', '-M', 'cell,altivec', '-EB'];
    const output = execFileSync(OBJDUMP, [...flags, image], { encoding: 'utf8', maxBuffer: 1 << 28 });
    const matches = output.matchAll(/^\s*[0-9a-f]+:\t(?:[0-9a-f]{2} ){4}\t?(.*)$/gm);
    const texts = [...matches].map((match) => match[1]);
    if (texts.length !== words.length)
      throw new Error(`objdump shows ${texts.length} of ${words.length} words`);
    return texts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
