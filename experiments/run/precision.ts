import { type ActivationType, withActivations } from '../../models/checkpoint/tensors.js';
import { AUTO } from '../../models/code.js';
import type { KvCache } from '../../models/kv-cache.js';
import { poolAllocator } from '../../models/memory.js';
import { buildProgram, type GuestProgram } from '../../models/program.js';
import { PRECISIONS, type Precision } from '../../models/quantize/precisions.js';
import { referenceModel } from '../../models/reference.js';
import { argmax } from '../../models/sampler.js';
import { runFunctional } from '../../sim/machine/functional.js';
import { machineNamed } from '../../sim/machine/named.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { newMemory, Xenon } from '../../sim/machine/xenon.js';
import { newMemoryPool } from '../../sim/memory/pool.js';
import { kernelSource } from '../node/files.js';
import type { OpenModel } from './model.js';
import { worksFor } from './works.js';

/** One way to hold and multiply numbers. */
export interface PrecisionChoice {
  readonly quant: Precision;
  readonly activations: ActivationType;
  readonly kvCache: KvCache;
}

/** What it does to the logits of a model's own text. */
export interface PrecisionError extends PrecisionChoice {
  /** Root of the mean square and largest difference from fp32's logits, and both over their standard deviation. */
  readonly rootMeanSquare: number;
  readonly largest: number;
  readonly relative: number;
  /** Positions of `positions` at which the same token is most probable. */
  readonly agreeing: number;
  readonly positions: number;
  /** First position at which another token is drawn, so that greedy texts part; null where none is. */
  readonly firstOther: number | null;
}

/** Everything that kernels can do, fp32 first. */
export const CHOICES: readonly PrecisionChoice[] = [
  ...PRECISIONS.flatMap((quant): PrecisionChoice[] => {
    const plain = { quant, activations: 'fp32', kvCache: 'fp32' } as const;
    return quant.startsWith('q') ? [plain, { ...plain, activations: 'q80' }] : [plain];
  }),
  { quant: 'fp32', activations: 'fp32', kvCache: 'int8' },
  { quant: 'q80', activations: 'q80', kvCache: 'int8' },
  { quant: 'q4_0', activations: 'fp32', kvCache: 'int8' },
];

/** fp32 on the host, every operation in llama2.c's order: its most probable tokens and its logits. */
interface Baseline {
  readonly tokens: readonly number[];
  readonly logits: readonly Float32Array[];
}

function baseline({ checkpoint }: OpenModel, prompt: readonly number[], positions: number): Baseline {
  const reference = referenceModel(checkpoint, positions, 'fp32');
  const tokens = [...prompt];
  const logits: Float32Array[] = [];
  for (let position = 0; position < positions; position++) {
    const row = Float32Array.from(reference.forward(tokens[position], position));
    logits.push(row);
    if (position + 1 >= tokens.length) tokens.push(argmax(row));
  }
  return { tokens, logits };
}

/**
 * Feeds the text that fp32 writes greedily to guest kernels of other precisions, without timing, and compares
 * the logits at each position.
 */
export function precisionErrors(
  model: OpenModel,
  prompt: readonly number[],
  positions: number,
  choices: readonly PrecisionChoice[],
  onChoice: (error: PrecisionError) => void,
): PrecisionError[] {
  const wanted = baseline(model, prompt, positions);
  const machine = machineNamed('xbox360');
  return choices.map((choice) => {
    const error = compare(choice, wanted, guestLogits(machine, model, choice, positions), prompt.length);
    onChoice(error);
    return error;
  });
}

/** The guest's logits at a position, having been fed all before. */
function guestLogits(
  machine: Machine,
  { checkpoint }: OpenModel,
  { quant, activations, kvCache }: PrecisionChoice,
  context: number,
): (token: number, position: number) => Float32Array {
  const memory = newMemory();
  const grouped = quant.startsWith('q');
  const program: GuestProgram = buildProgram({
    checkpoint: grouped ? checkpoint : withActivations(checkpoint, 'fp32'),
    sources: kernelSource,
    kernels: { variant: AUTO, ops: {} },
    endian: 'offline',
    quant,
    ...(grouped ? { activations } : {}),
    kvCache,
    threads: 1,
    context,
    sampling: { temperature: 0, topP: 0.9, seed: 1n },
    addressBase: machine.memoryMap.linkAddress,
    allocate: poolAllocator(newMemoryPool(machine)),
  });
  const works = worksFor('translated', 'functional', memory, machine);
  const xenon = new Xenon(memory, machine, works);
  const [{ pc, registers }] = program.threads;
  xenon.place(0, pc, registers);
  program.load(xenon.bytes);
  return (token, position) => {
    program.feed(xenon.bytes, token, position, false);
    runFunctional(memory.buffer, works.counting!, [0]);
    return program.logits(xenon.bytes);
  };
}

function compare(
  choice: PrecisionChoice,
  { tokens, logits }: Baseline,
  logitsAt: (token: number, position: number) => Float32Array,
  promptTokens: number,
): PrecisionError {
  let [squares, largest, count, agreeing] = [0, 0, 0, 0];
  let [sum, sumSquares] = [0, 0];
  let firstOther: number | null = null;
  logits.forEach((wanted, position) => {
    const found = logitsAt(tokens[position], position);
    wanted.forEach((value, i) => {
      const difference = found[i] - value;
      squares += difference * difference;
      largest = Math.max(largest, Math.abs(difference));
      sum += value;
      sumSquares += value * value;
    });
    count += wanted.length;
    const same = argmax(found) === argmax(wanted);
    if (same) agreeing++;
    else if (firstOther === null && position + 1 >= promptTokens) firstOther = position;
  });
  const rootMeanSquare = Math.sqrt(squares / count);
  const deviation = Math.sqrt(sumSquares / count - (sum / count) ** 2);
  return {
    ...choice,
    rootMeanSquare,
    largest,
    relative: rootMeanSquare / deviation,
    agreeing,
    positions: logits.length,
    firstOther,
  };
}
