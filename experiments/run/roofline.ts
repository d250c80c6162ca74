import { OPS } from '../../models/kernels/ops.js';
import type { Ceiling, RooflinePoint, RooflineResult } from '../../reports/roofline.js';
import { assemble } from '../../sim/asm/assemble.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { newMemory, Xenon } from '../../sim/machine/xenon.js';
import { kernelNamed, runKernel } from './kernel.js';
import { worksFor } from './works.js';

const CODE = 0x1_0000;
const DATA = 0x100_0000;
const ALL = [0, 1, 2, 3, 4, 5];
const each = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n ');

/** r3 = iterations; r4 = the thread's own memory. */
const loop = (setup: string, body: string): string =>
  `start: mtctr 3\n ${setup}\n .balign 16\n1: ${body}\n bdnz 1b\n sc`;

/** In a row, so that the branch that closes the loop hardly counts. */
const MULTIPLY_ADDS = 240;
/** Independent multiply-adds, enough of them to cover their latency: 4 lanes of 2 operations each, or 1. */
const VECTOR = loop(
  'nop',
  each(MULTIPLY_ADDS, (i) => `vmaddfp128 v${64 + (i % 24)},v1,v2,v${64 + (i % 24)}`),
);
const SCALAR = loop(
  'nop',
  each(MULTIPLY_ADDS, (i) => `fmadds ${4 + (i % 24)},1,2,${4 + (i % 24)}`),
);
/** Four lines an iteration, loaded once each, asked for a kilobyte ahead. */
const STREAM = loop(
  'li 5,1024\n li 6,1152\n li 7,1280\n li 8,1408\n li 9,128\n li 10,256\n li 11,384',
  'dcbt 5,4\n lvx 0,0,4\n dcbt 6,4\n lvx 1,9,4\n dcbt 7,4\n lvx 2,10,4\n dcbt 8,4\n lvx 3,11,4\n addi 4,4,512',
);
const STREAM_BYTES = 512;
/** Not a multiple of the L2 cache's size: streams of six threads would then share sets and drive each other out. */
const THREAD_BYTES = 0x40_1000;

/** Units a second that a loop reaches. */
function sustained(
  machine: Machine,
  source: string,
  threads: readonly number[],
  iterations: number,
  units: number,
): number {
  const memory = newMemory();
  const works = worksFor('translated', 'detailed', memory, machine, { hot: 0 });
  const xenon = new Xenon(memory, machine, works);
  const program = assemble(source, { file: 'ceiling.s', base: CODE });
  xenon.write(CODE, program.bytes);
  threads.forEach((t, i) => {
    xenon.place(t, CODE, { 3: iterations, 4: DATA + i * THREAD_BYTES });
  });
  xenon.run(threads);
  return (threads.length * iterations * units * machine.clock) / xenon.cycles(threads);
}

/** Arithmetic of a kind that a loop on these hardware threads does, of `lanes` numbers at a time. */
const compute = (
  machine: Machine,
  name: string,
  source: string,
  lanes: number,
  threads: readonly number[],
): Ceiling => ({
  name,
  kind: 'compute',
  threads: threads.length,
  peak: 2 * lanes * machine.clock * new Set(threads.map((thread) => thread >> 1)).size,
  sustained: sustained(machine, source, threads, 400, MULTIPLY_ADDS * 2 * lanes),
});
const memory = (machine: Machine, name: string, threads: readonly number[]): Ceiling => ({
  name,
  kind: 'memory',
  threads: threads.length,
  peak: machine.bus.readBandwidth * machine.clock,
  sustained: sustained(machine, STREAM, threads, 2000, STREAM_BYTES),
});

/** What these hardware threads can do at most, by the machine's numbers and in loops written for it. */
export const ceilingsAt = (machine: Machine, threads: readonly number[]) => ({
  vector: compute(machine, 'vector multiply-adds', VECTOR, 4, threads),
  scalar: compute(machine, 'scalar multiply-adds', SCALAR, 1, threads),
  memory: memory(machine, 'memory', threads),
});

/** What the machine can do at most: one thread, then all that bring more. */
function ceilingsOf(machine: Machine): Ceiling[] {
  const cores = ALL.slice(0, machine.core.count).map((i) => 2 * i);
  const one = ceilingsAt(machine, [0]);
  return [
    one.vector,
    one.scalar,
    one.memory,
    compute(machine, 'vector multiply-adds, all cores', VECTOR, 4, cores),
    memory(machine, 'memory, all threads', ALL.slice(0, 2 * machine.core.count)),
  ];
}

/** Ceilings, and points of these kernels. `progress` is told what is measured. */
export function roofline(
  machine: Machine,
  kernels: readonly string[],
  sizes: Readonly<Record<string, number>>,
  progress: (what: string) => void = () => {},
): RooflineResult {
  progress('ceilings');
  const ceilings = ceilingsOf(machine);
  const one = (kind: Ceiling['kind']) => ceilings.find((c) => c.kind === kind && c.threads === 1)!.sustained;
  const points = kernels.map((name): RooflinePoint => {
    progress(name);
    const { op, variant } = kernelNamed(name);
    const known = Object.keys(OPS[op].examples[0]);
    const fitting = Object.fromEntries(Object.entries(sizes).filter(([key]) => known.includes(key)));
    const run = runKernel({ name, sizes: fitting, warm: 0, machine, engine: 'translated', seed: '1' });
    const intensity = run.flops / run.operandBytes;
    return {
      kernel: name,
      op,
      variant,
      sizes: run.sizes,
      flops: run.flops,
      bytes: run.operandBytes,
      dramBytes: run.statistics.dramReadBytes + run.statistics.dramWriteBytes,
      cycles: run.cycles,
      intensity,
      flopsPerSecond: (run.flops * machine.clock) / run.cycles,
      attainable: Math.min(one('compute'), intensity * one('memory')),
    };
  });
  return { schema: 'xenon-roofline/1', machine: machine.name, clockHz: machine.clock, ceilings, points };
}
