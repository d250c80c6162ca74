import seedrandom from 'seedrandom';
import type { KernelCall, Sizes } from '../../models/kernels/call.js';
import { OPS } from '../../models/kernels/ops.js';
import { type Assembled, assemble } from '../../sim/asm/assemble.js';
import { nearest } from '../../sim/asm/nearest.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { UsageError } from '../../sim/machine/errors.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { newMemory, Xenon } from '../../sim/machine/xenon.js';
import type { MemoryStatistics } from '../../sim/memory/statistics.js';
import { StallTable } from '../../sim/observe/stall-table.js';
import { kernelNames, kernelSource } from '../node/files.js';
import type { Watch } from './watch.js';
import { type EngineName, worksFor } from './works.js';

const CODE = 0x1_0000;
/** Where a kernel returns to: a system call. */
const RETURN = 0xf000;
const SYSTEM_CALL = 0x4400_0002;
const DATA = 0x10_0000;
const STACK_BYTES = 0x1000;
/** Hardware thread that runs a kernel by itself. */
const THREAD = 0;

export interface KernelRequest {
  /** `matmul.vmx128`. */
  readonly name: string;
  /** Sizes that differ from the first example's. */
  readonly sizes: Sizes;
  /** Calls before the one that is measured; 0: caches and predictors are cold. */
  readonly warm: number;
  readonly machine: Machine;
  readonly engine: EngineName;
  readonly seed: string;
}

/** One measured call of a kernel. */
export interface KernelRun {
  readonly name: string;
  readonly op: string;
  readonly variant: string;
  readonly sizes: Sizes;
  readonly cycles: number;
  readonly instructions: number;
  readonly flops: number;
  readonly operandBytes: number;
  readonly statistics: MemoryStatistics;
  readonly stalls: StallTable;
  readonly code: Assembled;
  readonly xenon: Xenon;
  /** Where the call's buffers are: physical address and size. */
  readonly buffers: readonly { readonly name: string; readonly start: number; readonly bytes: number }[];
}

/** Runs a kernel by itself on one hardware thread, its random operands in memory; `watch` sees the measured call. */
export function runKernel(request: KernelRequest, watch?: Watch): KernelRun {
  const { op, variant } = kernelNamed(request.name);
  const sizes = sizesOf(request);
  const call = OPS[op].call(sizes, seedrandom(`${request.seed} ${op}`), variant.endsWith('-le'));
  const file = `kernels/${request.name}.s`;
  const code = assemble(kernelSource(file), { file, base: CODE, include: kernelSource });
  const memory = newMemory({ observed: true });
  const stalls = new StallTable();
  const works = worksFor(request.engine, 'detailed', memory, request.machine, { stalls, hot: 0, watch });
  const xenon = new Xenon(memory, request.machine, works);
  xenon.write(CODE, code.bytes);
  new DataView(memory.buffer).setUint32(RETURN, SYSTEM_CALL);
  const once = () => {
    const buffers = place(xenon, call);
    xenon.run([THREAD]);
    return buffers;
  };
  for (let i = 0; i < request.warm; i++) once();
  works.readStalls(THREAD);
  stalls.clear();
  works.counted!.clearStatistics();
  const before = { cycles: xenon.cycles([THREAD]), instructions: xenon.instructions(THREAD) };
  const buffers = place(xenon, call);
  watch?.begin(before.cycles);
  xenon.run([THREAD], () => watch?.collect(works.counted!));
  watch?.collect(works.counted!);
  works.readStalls(THREAD);
  // The system call that a kernel returns to is not part of it.
  const ending = stalls.instruction(RETURN).halfCycles.reduce((a, b) => a + b, 0) / 2;
  const cycles = xenon.cycles([THREAD]) - before.cycles - ending;
  stalls.instructions.delete(RETURN);
  return {
    name: request.name,
    op,
    variant,
    sizes,
    cycles,
    instructions: xenon.instructions(THREAD) - before.instructions - 1,
    flops: call.flops,
    operandBytes: call.bytes,
    statistics: works.counted!.statistics(2 * cycles),
    stalls,
    code,
    xenon,
    buffers,
  };
}

/** Puts operands and registers where the kernel takes them. */
function place(xenon: Xenon, call: KernelCall): KernelRun['buffers'] {
  const { bytes } = xenon;
  const placed: { name: string; start: number; bytes: number }[] = [];
  let next = DATA;
  for (const [name, { bytes: content, skew = 0 }] of Object.entries(call.buffers)) {
    bytes.set(content, next + skew);
    placed.push({ name, start: next + skew, bytes: content.length });
    next = (next + skew + content.length + 255) & ~127;
  }
  const addressOf = (name: string) => placed.find((buffer) => buffer.name === name)!.start;
  const registers: Record<number, number> = { 1: next + STACK_BYTES, 12: CODE };
  call.registers.forEach((operand, i) => {
    registers[3 + i] =
      typeof operand === 'number' ? operand : addressOf(operand.buffer) + (operand.offset ?? 0);
  });
  xenon.place(THREAD, CODE, registers);
  new DataView(xenon.memory.buffer).setBigUint64(contextBase(THREAD) + CTX.lr, BigInt(RETURN), true);
  return placed;
}

/** The operation and variant of a kernel file; refuses what there is not, naming the nearest. */
export function kernelNamed(name: string): { readonly op: string; readonly variant: string } {
  const known = kernelNames();
  if (!known.includes(name)) {
    const close = nearest(name, known);
    throw new UsageError(
      `no kernel '${name}': name an operation and variant of xenon kernels, such as matmul.vmx128` +
        (close === undefined ? '' : ` (nearest: ${close})`),
    );
  }
  const dot = name.indexOf('.');
  return { op: name.slice(0, dot), variant: name.slice(dot + 1) };
}

function sizesOf({ name, sizes }: KernelRequest): Sizes {
  const { op } = kernelNamed(name);
  const [example] = OPS[op].examples;
  for (const [key, value] of Object.entries(sizes)) {
    if (!(key in example)) {
      throw new UsageError(`--sizes ${key}=${value}: sizes of ${op} are ${Object.keys(example).join(', ')}`);
    }
  }
  return { ...example, ...sizes };
}
