import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../node/package.js';

const FLAGS = ['-O3', '-march=native'] as const;

export interface Native {
  readonly flags: string;
  /** Nanoseconds of this processor for one multiply-add of a matrix of 16 MiB. */
  readonly nanosecondsPerMultiplyAdd: number;
}

/** Compiles and times a plain product of matrix and vector; undefined where there is no gcc. */
export function nativeProduct(samples: number): Native | undefined {
  if (spawnSync('gcc', ['--version']).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'xenon-bench-'));
  try {
    const program = join(folder, 'native');
    execFileSync('gcc', [...FLAGS, '-o', program, join(packageRoot, 'experiments/bench/native.c')]);
    const runs = Array.from({ length: samples }, () =>
      Number(execFileSync(program).toString().split(' ')[0]),
    );
    return { flags: `gcc ${FLAGS.join(' ')}`, nanosecondsPerMultiplyAdd: Math.min(...runs) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
