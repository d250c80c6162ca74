import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { poolAllocator } from '../../models/memory.js';
import { buildProgram } from '../../models/program.js';
import type { ModelShape } from '../../models/zoo.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { Xenon } from '../../sim/machine/xenon.js';
import { newMemoryPool } from '../../sim/memory/pool.js';
import { kernelSource } from '../node/files.js';
import { type EngineName, worksFor } from '../run/works.js';
import { fillCache } from '../sampling/sample.js';
import { loopMemory } from './loop.js';

/** Whole tokens of a model on one thread: the forward pass with everything in it, and the choice of the next token. */
export interface TokenRun {
  /** Weights are random. */
  readonly shape: ModelShape;
  /** Kernels are scalar but for the product of matrix and vector. */
  readonly matmul: 'scalar' | 'altivec';
  /** Tokens that are simulated, one behind the other around the middle of CONTEXT positions, the cost of all on average. */
  readonly tokens: number;
}

/** Positions that llama2.c generates unless told otherwise. */
export const CONTEXT = 256;
const SEED = 1;

const known = new Map<string, number>();

/** Tokens a second on a machine, the mean over those simulated. */
export function tokensPerSecond(machine: Machine, run: TokenRun, engine: EngineName = 'translated'): number {
  const key = JSON.stringify([machine, run, engine]);
  let rate = known.get(key);
  if (rate === undefined) {
    rate = simulated(machine, run, engine);
    known.set(key, rate);
  }
  return rate;
}

function simulated(machine: Machine, { shape, matmul, tokens }: TokenRun, engine: EngineName): number {
  const memory = loopMemory();
  const program = buildProgram({
    checkpoint: syntheticCheckpoint(shape, String(SEED)),
    sources: kernelSource,
    kernels: { variant: 'scalar', ops: { matmul } },
    endian: 'offline',
    threads: 1,
    context: CONTEXT,
    sampling: { temperature: 0, topP: 1, seed: 1n },
    addressBase: machine.memoryMap.linkAddress,
    allocate: poolAllocator(newMemoryPool(machine)),
  });
  const xenon = new Xenon(memory, machine, worksFor(engine, 'detailed', memory, machine));
  program.load(xenon.bytes);
  // Keys and values of the positions before, which are not simulated.
  fillCache(program, xenon.bytes, SEED);
  const [{ pc, registers }] = program.threads;
  xenon.place(0, pc, registers);
  const before = xenon.cycles([0]);
  const first = (CONTEXT - tokens) >> 1;
  for (let position = first; position < first + tokens; position++) {
    program.feed(xenon.bytes, position === first ? 1 : program.next(xenon.bytes), position, true);
    xenon.run([0]);
  }
  return (tokens * machine.clock) / (xenon.cycles([0]) - before);
}
