import { Evaluator } from '../../sim/engine/evaluate.js';
import { ReferenceEngine } from '../../sim/engine/reference-engine.js';
import { TimedEvaluator } from '../../sim/engine/timed-evaluator.js';
import type { Machine } from '../../sim/machine/resolve.js';
import type { Works } from '../../sim/machine/xenon.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import type { MemorySystem } from '../../sim/memory/system.js';
import { StallRecorder } from '../../sim/observe/stall-recorder.js';
import { StallTable } from '../../sim/observe/stall-table.js';
import { ReferenceTiming } from '../../sim/timing/reference.js';
import { sourcedMemory } from '../../sim/timing/sourced-memory.js';
import { LEAVES, type LeafName } from '../../sim/timing/stall.js';
import { FlatMemory } from './flat-memory.js';
import { GuestProgram } from './guest.js';

/** The readable model with an observer; with `flat` over a memory where every miss takes 100 cycles. */
export function observedReference(
  table: StallTable,
  flat: boolean,
): (memory: WebAssembly.Memory, machine: Machine) => Works {
  return (linear, machine) => {
    const { buffer } = linear;
    let misses = 0;
    const behind = flat ? undefined : newMemorySystem(linear, machine);
    const memory: MemorySystem = behind ?? new FlatMemory(buffer);
    const memorySystem = sourcedMemory(memory, buffer, behind?.linesAwaited ?? (() => misses++));
    const timing = new ReferenceTiming(buffer, machine.core, memorySystem, new StallRecorder(buffer, table));
    const timed = new TimedEvaluator(buffer, new Evaluator(buffer), timing, machine.core);
    return { engine: new ReferenceEngine(buffer, timed), memorySystem, idle: (t, n) => table.idle(t, n) };
  };
}

/** Cycles by leaf, those that are not zero. */
export function cyclesByLeaf(stack: Float64Array): Partial<Record<LeafName, number>> {
  const named: Partial<Record<LeafName, number>> = {};
  for (const [i, { name }] of LEAVES.entries()) if (stack[i] !== 0) named[name] = stack[i] / 2;
  return named;
}

/** What `copies` more of a body cost a thread whose caches and predictors are warm: cycles by leaf, a copy. */
export function stackPerCopy(body: string, copies = 64): Partial<Record<LeafName, number>> {
  const table = new StallTable();
  const pointers = 'lis 7,0x20\n lis 8,0x20\n lwz 0,0(7)\n lwz 0,128(7)\n .rept 120\n nop\n .endr';
  const part = (n: number) => `${pointers}\n .balign 256\n .rept ${n}\n ${body}\n .endr\n sc`;
  const program = new GuestProgram(
    `short: ${part(copies)}\n .balign 256\nlong: ${part(2 * copies)}`,
    observedReference(table, true),
  );
  program.run('long');
  program.run('short');
  const of = (label: string): Float64Array => {
    table.clear();
    program.run(label);
    return table.stack([0]);
  };
  const short = of('short');
  const long = of('long');
  return cyclesByLeaf(long.map((x, i) => (x - short[i]) / copies));
}
