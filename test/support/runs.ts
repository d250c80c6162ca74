import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from '../../experiments/cli/command-line.js';
import { packageRoot } from '../../experiments/node/package.js';
import { parseRequest, type RunOptions } from '../../experiments/run/request.js';
import { simulate } from '../../experiments/run/simulate.js';
import type { RunResult } from '../../reports/results.js';
import { SHARED } from './shared.js';

export const TINY = {
  model: join(SHARED, 'llama2c/stories260K.bin'),
  tokenizer: join(SHARED, 'llama2c/tok512.bin'),
};

export const hasShared = existsSync(SHARED);

export const DEFAULTS: RunOptions = {
  model: 'story',
  prompt: 'Sleepy Joe said',
  steps: '256',
  temperature: '0',
  topP: '0.9',
  seed: '1',
  machine: 'xbox360',
  threads: '6',
  placement: 'spread',
  kernels: 'auto',
  endian: 'offline',
  quant: 'fp32',
  mode: 'detailed',
  engine: 'translated',
  out: 'results',
};

/** A run inside this process, options as the command line has them. */
export const runOf = (options: Partial<RunOptions>): Promise<RunResult> =>
  simulate(parseRequest({ ...DEFAULTS, ...options }));

/** A folder for one test's files; removed by `drop`. */
export function scratch(): { path: string; drop(): void } {
  const path = mkdtempSync(join(tmpdir(), 'xenon-test-'));
  return { path, drop: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a user does. */
export const xenon = (...args: string[]): Ended => xenonWith('', ...args);

/** The same in this process, without the half second that it takes to start one. */
export const xenonHere = (...args: string[]): Promise<Ended> => {
  // What is written in the meantime is the command's: one at a time.
  const ended = lastHere.then(() => endedHere(args));
  lastHere = ended;
  return ended;
};
let lastHere: Promise<unknown> = Promise.resolve();

async function endedHere(args: readonly string[]): Promise<Ended> {
  const texts = { stdout: '', stderr: '' };
  const interrupts = process.listeners('SIGINT');
  const streams = ['stdout', 'stderr'] as const;
  const writes = streams.map((name) => {
    const { write } = process[name];
    process[name].write = (piece: string | Uint8Array) => {
      texts[name] += typeof piece === 'string' ? piece : Buffer.from(piece).toString();
      return true;
    };
    return write;
  });
  try {
    const status = await commandLine(args, (text) => {
      texts.stderr += text;
    });
    return { status: status || Number(process.exitCode ?? 0), ...texts };
  } finally {
    process.exitCode = undefined;
    for (const [i, name] of streams.entries()) process[name].write = writes[i];
    for (const one of process.listeners('SIGINT'))
      if (!interrupts.includes(one)) process.removeListener('SIGINT', one);
  }
}

/** With a standard input. */
export const xenonWith = (input: string, ...args: string[]): Ended => ended(args, { input });

/** In another environment. */
export const xenonIn = (env: NodeJS.ProcessEnv, ...args: string[]): Ended => ended(args, { env });

/** With standard streams of its own choice. */
export const xenonInto = (stdio: SpawnSyncOptions['stdio'], ...args: string[]): Ended =>
  ended(args, { stdio });

function ended(
  args: readonly string[],
  how: { input?: string; env?: NodeJS.ProcessEnv; stdio?: SpawnSyncOptions['stdio'] },
): Ended {
  const cli = join(packageRoot, 'dist/experiments/cli/xenon.js');
  const own = new URL('../../experiments/cli/xenon.js', import.meta.url).pathname;
  const { status, stdout, stderr } = spawnSync(process.execPath, [existsSync(own) ? own : cli, ...args], {
    ...how,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** Logits written by a run, [positions][vocabulary]. */
export function readLogits(path: string): Float32Array {
  const bytes = Uint8Array.from(readFileSync(path));
  return new Float32Array(bytes.buffer);
}
