import { assemble } from '../../sim/asm/assemble.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { ReferenceEngine } from '../../sim/engine/reference-engine.js';
import { TimedEvaluator } from '../../sim/engine/timed-evaluator.js';
import { TranslatedEngine } from '../../sim/engine/translated.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { type Machine, resolve } from '../../sim/machine/resolve.js';
import { newMemory, type Works, Xenon } from '../../sim/machine/xenon.js';
import type { MemorySystem } from '../../sim/memory/system.js';
import { ReferenceTiming } from '../../sim/timing/reference.js';
import { runToEnd } from './to-end.js';
import { relaxedFma } from './translated.js';

/** The preset `xbox360` with overrides, as numbers. */
export function machineWith(...overrides: string[]): Machine {
  return resolve('xbox360', applyOverrides(presetNamed('xbox360'), overrides));
}

export type MakeWorks = (memory: WebAssembly.Memory, machine: Machine) => Works;

export type MakeMemory = (memory: WebAssembly.Memory, machine: Machine) => MemorySystem;

/** The evaluator with the readable timing model over any memory system. */
export const referenceWorks =
  (makeMemory: MakeMemory): MakeWorks =>
  (memory, machine) => {
    const { buffer } = memory;
    const memorySystem = makeMemory(memory, machine);
    return {
      engine: new ReferenceEngine(buffer, timedEvaluator(buffer, machine, memorySystem)),
      memorySystem,
    };
  };

export function timedEvaluator(
  buffer: ArrayBufferLike,
  machine: Machine,
  memorySystem: MemorySystem,
): TimedEvaluator {
  const timing = new ReferenceTiming(buffer, machine.core, memorySystem);
  return new TimedEvaluator(buffer, new Evaluator(buffer), timing, machine.core);
}

/** Woven code over any memory system; everything is translated at once. */
export const wovenWorks =
  (makeMemory: MakeMemory, hot = 0): MakeWorks =>
  (memory, machine) => {
    const memorySystem = makeMemory(memory, machine);
    const timed = timedEvaluator(memory.buffer, machine, memorySystem);
    const timing = { timed, memorySystem };
    const engine = new TranslatedEngine(memory, timed.evaluator, { relaxedFma, hot, timing });
    return { engine, memorySystem };
  };

export interface GuestRun {
  /** Cycles from the start to the end of the last thread. */
  readonly cycles: number;
  readonly xenon: Xenon;
  readonly instructions: number;
}

/** Assembled guest code at physical address 0x10000, one thread each; every program ends with `sc`. */
export class GuestProgram {
  readonly xenon: Xenon;
  readonly symbols: ReadonlyMap<string, number>;

  constructor(
    source: string,
    make: MakeWorks,
    readonly machine: Machine = machineWith(),
  ) {
    const memory = newMemory();
    const assembled = assemble(source, { file: 'test.s', base: 0x1_0000 });
    this.symbols = assembled.symbols;
    this.xenon = new Xenon(memory, machine, make(memory, machine));
    this.xenon.write(0x1_0000, assembled.bytes);
  }

  /** Runs the code at a label on some threads at once; gives the cycles this took. */
  run(
    label: string,
    threads: readonly number[] = [0],
    registers: Readonly<Record<number, number>> = {},
  ): GuestRun {
    const pc = this.symbols.get(label);
    if (pc === undefined) throw new Error(`no label ${label}`);
    for (const t of threads) {
      this.xenon.place(t, pc, { 1: 0x1000_0000 + 0x1_0000 * t, 13: t, ...registers });
    }
    const before = this.xenon.cycles(threads);
    const counted = threads.reduce((sum, t) => sum - this.xenon.instructions(t), 0);
    runToEnd(this.xenon, threads);
    return {
      cycles: this.xenon.cycles(threads) - before,
      instructions: threads.reduce((sum, t) => sum + this.xenon.instructions(t), counted),
      xenon: this.xenon,
    };
  }

  /** Slot of the youngest instruction of a thread, half-cycles. */
  slot(thread = 0): number {
    return new DataView(this.xenon.memory.buffer).getInt32(contextBase(thread) + CTX.issue, true);
  }
}
