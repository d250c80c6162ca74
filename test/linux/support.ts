import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { rootFileSystem } from '../../experiments/node/root-files.js';
import { capturedOutput } from '../../experiments/node/standard-streams.js';
import { type ExecRequest, type ExecResult, execute } from '../../experiments/run/execute.js';
import { LinuxError } from '../../sim/linux/errno.js';
import type { OpenFile } from '../../sim/linux/file-system.js';

/** Compiles C programs for PowerPC, runs them under QEMU and on the simulated machine. */

export type Bits = 32 | 64;

const COMPILER = { 32: 'powerpc-linux-gnu-gcc', 64: 'powerpc64-linux-gnu-gcc' } as const;
/** 32-bit QEMU's default CPU has no AltiVec. */
const QEMU = { 32: ['qemu-ppc', '-cpu', '7448'], 64: ['qemu-ppc64', '-cpu', 'power9'] } as const;

const known = new Map<string, boolean>();

function works(tool: string): boolean {
  const works = known.get(tool) ?? spawnSync(tool, ['--version']).status === 0;
  known.set(tool, works);
  return works;
}

const NEEDS = {
  compilers: Object.values(COMPILER),
  qemu: [...Object.values(COMPILER), ...Object.values(QEMU).map(([tool]) => tool)],
  native: [COMPILER[64], 'gcc'],
};

/** `test` where the tools are there, otherwise a skipped test whose title says why. */
export function withTools(
  needs: keyof typeof NEEDS,
  title: string,
  body: (t: ExecutionContext) => void | Promise<void>,
): void {
  const absent = NEEDS[needs].find((tool) => !works(tool));
  if (absent === undefined) test(title, body);
  else test.skip(`${title} (skipped: no ${absent})`, body);
}

const scratch = mkdtempSync(join(tmpdir(), 'xenon-linux-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
let folders = 0;

/** A new folder below the tests' own. */
export function newFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = join(scratch, `folder${folders++}`);
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

export const sourceFile = (name: string): string => join(process.cwd(), 'test/linux', name);

const built = new Map<string, string>();

/** Compiles a source below test/linux for PowerPC; returns the program's path. */
export function compile(source: string, bits: Bits, ...flags: string[]): string {
  return build(COMPILER[bits], [sourceFile(source)], ['-static', ...flags]);
}

/** Compiles for this machine. */
export const compileNative = (source: string, ...flags: string[]): string =>
  build('gcc', [sourceFile(source)], flags);

export function build(compiler: string, sources: readonly string[], flags: readonly string[]): string {
  const key = [compiler, ...sources, ...flags].join(' ');
  let program = built.get(key);
  if (program === undefined) {
    program = join(scratch, `program${built.size}`);
    execFileSync(compiler, ['-w', ...flags, '-o', program, ...sources, '-lm'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    built.set(key, program);
  }
  return program;
}

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** Runs a program under QEMU or, without `bits`, on this machine. */
export function runHost(
  bits: Bits | undefined,
  program: string,
  args: readonly string[] = [],
  options: { cwd?: string; env?: Record<string, string>; input?: string; plugin?: string } = {},
): Ended {
  const qemu = bits === undefined ? [] : QEMU[bits];
  const plugin = options.plugin === undefined ? [] : ['-plugin', options.plugin];
  const [command, ...before] = [...qemu, ...plugin, program];
  const { stdout, stderr, status } = spawnSync(command, [...before, ...args], {
    cwd: options.cwd,
    env: options.env ?? {},
    input: options.input ?? '',
    encoding: 'utf8',
  });
  return { stdout, stderr, status };
}

/** Standard input with a given text. */
function input(text: string): OpenFile {
  const bytes = new TextEncoder().encode(text);
  let done = 0;
  const refuse = (): never => {
    throw new LinuxError('EBADF');
  };
  return {
    seekable: false,
    status: () => ({ kind: 'pipe', size: 0, permissions: 0o600 }),
    read: (into) => {
      const part = bytes.subarray(done, done + into.length);
      into.set(part);
      done += part.length;
      return part.length;
    },
    write: refuse,
    truncate: refuse,
    close: () => {},
  };
}

export interface Ran extends Ended {
  readonly result: ExecResult;
  /** What the simulator itself had to say. */
  readonly messages: readonly string[];
}

interface Options extends Partial<ExecRequest> {
  readonly root?: string;
  readonly writable?: boolean;
  readonly input?: string;
}

/** Runs a program on the simulated machine, without timing unless asked for. */
export function runXenon(program: string, args: readonly string[] = [], options: Options = {}): Ran {
  const [stdout, stderr] = [capturedOutput(), capturedOutput()];
  const messages: string[] = [];
  const { root, writable, input: text, ...rest } = options;
  const result = execute({
    elf: new Uint8Array(readFileSync(program)),
    file: program,
    arguments: args,
    argv0: 'program',
    environment: [],
    machine: 'xbox360',
    overrides: [],
    mode: 'functional',
    engine: 'translated',
    threads: 6,
    seed: '1',
    roi: undefined,
    profile: false,
    fileSystem: root === undefined ? undefined : rootFileSystem(root, writable ?? false),
    standard: [input(text ?? ''), stdout, stderr],
    say: (message) => messages.push(message),
    ...rest,
  });
  const status = result.exit.kind === 'exit' ? result.exit.status : null;
  return { stdout: stdout.text(), stderr: stderr.text(), status, result, messages };
}
