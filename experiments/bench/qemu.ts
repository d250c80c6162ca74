import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunError, UsageError } from '../../sim/machine/errors.js';
import { packageRoot } from '../node/package.js';
import { capturedOutput } from '../node/standard-streams.js';
import { execute } from '../run/execute.js';
import type { Mode } from '../run/works.js';

/** The same binaries under QEMU's user mode and here, one after the other. */

const COMPILER = 'powerpc64-linux-gnu-gcc';
const QEMU = 'qemu-ppc64';

interface Build {
  readonly name: string;
  readonly flags: readonly string[];
  /** Products to form: some seconds of QEMU's time. */
  readonly count: number;
}

const BUILDS: readonly Build[] = [
  { name: 'float (-O2)', flags: ['-O2'], count: 8000 },
  { name: 'AltiVec (-O3 -ffast-math)', flags: ['-O3', '-ffast-math'], count: 24_000 },
];

export interface AgainstQemu {
  readonly name: string;
  readonly instructions: number;
  /** Seconds of processor time, start-up and translation included; the fastest of the samples. */
  readonly seconds: { readonly qemu: number; readonly functional: number; readonly detailed: number };
  /** How many times as fast as QEMU. */
  readonly functional: number;
  readonly detailed: number;
}

/** Runs every build under QEMU and here. Refused where QEMU or the cross compiler is not installed. */
export function againstQemu(samples: number, progress: (what: string) => void): AgainstQemu[] {
  for (const tool of [COMPILER, QEMU]) {
    if (spawnSync(tool, ['--version']).status !== 0) {
      throw new UsageError(
        `--qemu needs ${tool}, which is not here (Debian: apt install gcc-powerpc64-linux-gnu ` +
          'libc6-dev-ppc64-cross qemu-user)',
      );
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'xenon-bench-'));
  try {
    return BUILDS.map((build, i) => {
      const program = join(folder, `program${i}`);
      const source = join(packageRoot, 'experiments/bench/product.c');
      execFileSync(COMPILER, ['-static', '-mcpu=cell', ...build.flags, '-o', program, source]);
      return compare(build, program, samples, progress);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compare(
  build: Build,
  program: string,
  samples: number,
  progress: (what: string) => void,
): AgainstQemu {
  const best = (what: string, once: () => Sample): Sample => {
    progress(`${build.name}, ${what}`);
    const all = Array.from({ length: samples }, once);
    return all.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  };
  const qemu = best('QEMU', () => underQemu(program, build.count));
  const [functional, detailed] = (['functional', 'detailed'] as const).map((mode) =>
    best(mode, () => here(program, build.count, mode)),
  );
  for (const { output } of [functional, detailed]) {
    if (output !== qemu.output)
      throw new RunError(`${build.name}: '${output}' here, '${qemu.output}' under QEMU`);
  }
  return {
    name: build.name,
    instructions: detailed.instructions,
    seconds: { qemu: qemu.seconds, functional: functional.seconds, detailed: detailed.seconds },
    functional: qemu.seconds / functional.seconds,
    detailed: qemu.seconds / detailed.seconds,
  };
}

interface Sample {
  readonly seconds: number;
  readonly instructions: number;
  readonly output: string;
}

/** POSIX `times` prints the processor time of the shell itself, then that of its children. */
function underQemu(program: string, count: number): Sample {
  const script = `${QEMU} "$@" && times`;
  const { stdout } = spawnSync('sh', ['-c', script, 'sh', '-cpu', 'power9', program, String(count)], {
    encoding: 'utf8',
  });
  const [output, , children] = stdout.trim().split('\n');
  const parts = [...(children ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  if (parts.length !== 2) throw new RunError(`${QEMU} failed: ${stdout}`);
  const seconds = parts.reduce((sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest), 0);
  return { seconds, instructions: 0, output };
}

function here(program: string, count: number, mode: Mode): Sample {
  const stdout = capturedOutput();
  const before = process.cpuUsage();
  const { exit, simulated } = execute({
    elf: new Uint8Array(readFileSync(program)),
    file: program,
    arguments: [String(count)],
    argv0: 'program',
    environment: [],
    machine: 'xbox360',
    overrides: [],
    mode,
    engine: 'translated',
    threads: 1,
    seed: '1',
    roi: undefined,
    profile: false,
    fileSystem: undefined,
    standard: [stdout, stdout, stdout],
    say: () => {},
  });
  const { user, system } = process.cpuUsage(before);
  if (exit.kind !== 'exit' || exit.status !== 0) throw new RunError(`${program} failed: ${stdout.text()}`);
  return {
    seconds: (user + system) / 1e6,
    instructions: simulated.instructions,
    output: stdout.text().trim(),
  };
}
