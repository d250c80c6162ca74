import seedrandom from 'seedrandom';
import { assemble } from '../../sim/asm/assemble.js';
import { holdSteady } from '../../sim/engine/known-lines.js';
import { runFunctional } from '../../sim/machine/functional.js';
import { machineNamed } from '../../sim/machine/named.js';
import { newMemory, Xenon } from '../../sim/machine/xenon.js';
import { worksFor } from '../run/works.js';
import type { BenchCase } from './cases.js';

const CODE = 0x1_0000;
/** Each thread's own memory. */
const DATA = 0x100_0000;
const DATA_BYTES = 0x110_0000;

export interface Measured {
  readonly name: string;
  /** Million guest instructions a host second, best sample. */
  readonly mips: number;
  readonly samples: readonly number[];
}

/** Runs a case a few times after one warm-up. */
export function measure(one: BenchCase, samples: number): Measured {
  const machine = machineNamed('xbox360');
  const memory = newMemory();
  const works = worksFor(
    'translated',
    one.mode === 'functional' ? 'functional' : 'detailed',
    memory,
    machine,
  );
  const xenon = new Xenon(memory, machine, works);
  const program = assemble(one.source, { file: `${one.name}.s`, base: CODE });
  xenon.write(CODE, program.bytes);
  const data = weightsLike(DATA_BYTES);
  for (const i of one.threads.keys()) xenon.write(DATA + i * DATA_BYTES, data);
  // As weights are.
  holdSteady(memory.buffer, DATA, one.threads.length * DATA_BYTES);
  const instructions = () => one.threads.reduce((sum, t) => sum + xenon.instructions(t), 0);
  const once = (): number => {
    one.threads.forEach((thread, i) => {
      xenon.place(thread, program.symbols.get('start')!, { 3: one.iterations, 4: DATA + i * DATA_BYTES });
    });
    const before = instructions();
    const began = performance.now();
    if (one.mode === 'warming') xenon.warm(one.threads, works.warming!);
    else if (works.counting === undefined) xenon.run(one.threads);
    else runFunctional(memory.buffer, works.counting, one.threads);
    return (instructions() - before) / 1e3 / (performance.now() - began);
  };
  once();
  const rates = Array.from({ length: samples }, once);
  return { name: one.name, mips: Math.max(...rates), samples: rates };
}

/** Big-endian single floats as weights are: small, of either sign, none of them zero. */
function weightsLike(bytes: number): Uint8Array {
  const random = seedrandom.xor128('bench');
  const view = new DataView(new ArrayBuffer(bytes));
  for (let at = 0; at < bytes; at += 4) view.setFloat32(at, random() - 0.5);
  return new Uint8Array(view.buffer);
}
