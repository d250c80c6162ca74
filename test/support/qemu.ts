import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Single instructions on qemu-ppc64, through the runner in qemu-runner.c. */

/** Registers and 256 bytes of memory at MEMORY_ADDRESS, before or after an instruction. */
export interface MachineState {
  readonly gpr: bigint[];
  readonly fpr: bigint[];
  /** Sixteen bytes each, in PowerPC order. */
  readonly vr: Uint8Array[];
  cr: number;
  xer: number;
  lr: bigint;
  ctr: bigint;
  fpscr: number;
  vscr: number;
  readonly memory: Uint8Array;
  /** The CPU does not know the instruction. */
  readonly illegal?: boolean;
}

export const MEMORY_ADDRESS = 0x1800_0000;
export const MEMORY_BYTES = 256;
/** What r31 must hold: the runner's own record. */
export const RECORD_ADDRESS = 0x1810_0000n;
const RECORD_BYTES = 1344;
const AT = {
  gpr: 0,
  fpr: 256,
  vr: 512,
  cr: 1024,
  xer: 1032,
  lr: 1040,
  ctr: 1048,
  fpscr: 1056,
  word: 1064,
  vscr: 1072,
};
const MEMORY = 1088;

const COMPILER = 'powerpc64-linux-gnu-gcc';
const QEMU = 'qemu-ppc64';
const works = (tool: string) => spawnSync(tool, ['--version']).status === 0;

/** Why the runner cannot be used here, or undefined. */
export const qemuMissing: string | undefined = [COMPILER, QEMU].find((tool) => !works(tool));

function encode(word: number, state: MachineState): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  state.gpr.forEach((value, n) => {
    view.setBigUint64(AT.gpr + 8 * n, value);
  });
  state.fpr.forEach((value, n) => {
    view.setBigUint64(AT.fpr + 8 * n, value);
  });
  state.vr.forEach((value, n) => {
    bytes.set(value, AT.vr + 16 * n);
  });
  for (const name of ['cr', 'xer', 'fpscr'] as const) view.setUint32(AT[name] + 4, state[name]);
  for (const name of ['lr', 'ctr'] as const) view.setBigUint64(AT[name], state[name]);
  view.setUint32(AT.word + 4, word);
  view.setUint32(AT.vscr + 12, state.vscr);
  bytes.set(state.memory, MEMORY);
  return bytes;
}

function decode(bytes: Uint8Array): MachineState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, RECORD_BYTES);
  const all = Array.from({ length: 32 }, (_, n) => n);
  return {
    gpr: all.map((n) => view.getBigUint64(AT.gpr + 8 * n)),
    fpr: all.map((n) => view.getBigUint64(AT.fpr + 8 * n)),
    vr: all.map((n) => bytes.slice(AT.vr + 16 * n, AT.vr + 16 * n + 16)),
    cr: view.getUint32(AT.cr + 4),
    xer: view.getUint32(AT.xer + 4),
    lr: view.getBigUint64(AT.lr),
    ctr: view.getBigUint64(AT.ctr),
    fpscr: view.getUint32(AT.fpscr + 4),
    vscr: view.getUint32(AT.vscr + 12),
    memory: bytes.slice(MEMORY, MEMORY + MEMORY_BYTES),
    illegal: view.getUint32(AT.word + 4) === 0xffff_ffff,
  };
}

/** Compiles the runner, executes each word on its state, and gives the states afterwards. */
export function runOnQemu(
  cases: readonly { readonly word: number; readonly state: MachineState }[],
): MachineState[] {
  const directory = mkdtempSync(join(tmpdir(), 'xenon-qemu-'));
  try {
    const program = join(directory, 'runner');
    const source = join(process.cwd(), 'test/support/qemu-runner.c');
    execFileSync(COMPILER, ['-static', '-O1', '-maltivec', '-o', program, source]);
    const input = new Uint8Array(RECORD_BYTES * cases.length);
    cases.forEach(({ word, state }, i) => {
      input.set(encode(word, state), RECORD_BYTES * i);
    });
    const { stdout, stderr, status } = spawnSync(QEMU, ['-cpu', 'power9', program], {
      input,
      maxBuffer: input.length + 1024,
    });
    if (status !== 0 || stdout.length !== input.length) {
      const done = Math.floor(stdout.length / RECORD_BYTES);
      throw new Error(`qemu stopped after ${done} of ${cases.length} cases: ${stderr}`);
    }
    return cases.map((_, i) => decode(stdout.subarray(RECORD_BYTES * i, RECORD_BYTES * (i + 1))));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
