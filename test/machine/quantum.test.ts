import test from 'ava';
import seedrandom from 'seedrandom';
import { readsLittle } from '../../models/code.js';
import type { Sizes } from '../../models/kernels/call.js';
import { OPS } from '../../models/kernels/ops.js';
import { assemble } from '../../sim/asm/assemble.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { TimedEvaluator } from '../../sim/engine/timed-evaluator.js';
import { TranslatedEngine } from '../../sim/engine/translated.js';
import { newMemory, Xenon } from '../../sim/machine/xenon.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import { ReferenceTiming } from '../../sim/timing/reference.js';
import { machineWith } from '../support/guest.js';
import { guestSource, variantsOf } from '../support/kernel.js';
import { installKernel, KERNEL_CODE, placeCall } from '../support/kernel-threads.js';
import { relaxedFma } from '../support/translated.js';

const machine = machineWith();
const SHORT = 100;
/** Threads by how many there are: one a core before two. */
const THREADS = [[0], [0, 2], [0, 2, 4], [0, 1, 2, 3, 4, 5]];
/** Threads' buffers are so far apart that they neither share DRAM banks all the time nor never. */
const STRIDE = 0x8_5180;
const ROUNDS = 3;
const memory = newMemory();
const memorySystem = newMemorySystem(memory, machine);
const evaluator = new Evaluator(memory.buffer);
const timing = new ReferenceTiming(memory.buffer, machine.core, memorySystem);
const timed = new TimedEvaluator(memory.buffer, evaluator, timing, machine.core);
const engine = new TranslatedEngine(memory, evaluator, {
  relaxedFma,
  hot: 0,
  timing: { timed, memorySystem },
});

/** Sizes of a kernel's first example, but more rows, so that a call takes tens of thousands of cycles. */
function sizesOf(op: string): Sizes {
  const [example] = OPS[op].examples;
  return 'rows' in example && op.startsWith('matmul') ? { ...example, rows: 8 * example.rows } : example;
}

/** Cycles of a kernel, cold and then warm, on threads that all call it. */
function cyclesOf(op: string, variant: string, threads: readonly number[], quantum: number): number {
  const file = `kernels/${op}.${variant}.s`;
  const code = assemble(guestSource(file), { file, base: KERNEL_CODE, include: guestSource }).bytes;
  const calls = threads.map((thread) =>
    OPS[op].call(sizesOf(op), seedrandom(`${op} ${thread}`), readsLittle(variant)),
  );
  const xenon = new Xenon(memory, machine, { engine, memorySystem }, undefined, quantum);
  installKernel(xenon, code);
  engine.codeChanged();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, thread] of threads.entries()) placeCall(xenon, thread, calls[i], STRIDE);
    xenon.run(threads);
  }
  return xenon.cycles(threads);
}

for (const threads of THREADS) {
  test(`every kernel on ${threads.length} threads at a quantum of ${SHORT} cycles and the one in use: all together within 1 %, and most by themselves`, (t) => {
    const apart: { kernel: string; percent: number }[] = [];
    let [allShort, allUsual] = [0, 0];
    for (const op of Object.keys(OPS)) {
      for (const variant of variantsOf(op)) {
        const [short, usual] = [SHORT, machine.quantumCycles].map((q) => cyclesOf(op, variant, threads, q));
        allShort += short;
        allUsual += usual;
        apart.push({ kernel: `${op}.${variant}`, percent: 100 * (usual / short - 1) });
      }
    }
    apart.sort((a, b) => Math.abs(b.percent) - Math.abs(a.percent));
    const most = apart.slice(0, 5).map(({ kernel, percent }) => `${kernel} ${percent.toFixed(2)} %`);
    t.log(
      `${apart.length} kernels, ${(100 * (allUsual / allShort - 1)).toFixed(3)} %; most: ${most.join(', ')}`,
    );
    t.true(apart.length > 100);
    t.true(Math.abs(allUsual / allShort - 1) < 0.01);
    t.true(apart.filter(({ percent }) => Math.abs(percent) < 1).length >= 0.85 * apart.length);
  });
}
