import { openLlama2c } from '../../models/checkpoint/llama2c.js';
import { poolAllocator } from '../../models/memory.js';
import { buildProgram } from '../../models/program.js';
import { openLlama2cTokenizer } from '../../models/tokenizer/llama2c.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import type { HostCapabilities } from '../../sim/engine/fma.js';
import { TimedEvaluator } from '../../sim/engine/timed-evaluator.js';
import { TranslatedEngine } from '../../sim/engine/translated.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { resolve } from '../../sim/machine/resolve.js';
import { newMemory, Xenon } from '../../sim/machine/xenon.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import { newMemoryPool } from '../../sim/memory/pool.js';
import { ReferenceTiming } from '../../sim/timing/reference.js';

/** A whole run with nothing but sim and models: files and capabilities come from the host, whatever it is. */

export interface PageFiles {
  readonly checkpoint: Uint8Array;
  readonly tokenizer: Uint8Array;
  /** Guest assembly by its path below models/. */
  readonly sources: Readonly<Record<string, string>>;
}

export interface PageRun {
  readonly tokens: readonly number[];
  readonly text: string;
  /** After each position. */
  readonly cycles: readonly number[];
  readonly instructions: number;
}

export function pageRun(files: PageFiles, capabilities: HostCapabilities, positions: number): PageRun {
  const machine = resolve('xbox360', presetNamed('xbox360'));
  const memory = newMemory();
  const { buffer } = memory;
  const memorySystem = newMemorySystem(memory, machine);
  const evaluator = new Evaluator(buffer);
  const timing = new ReferenceTiming(buffer, machine.core, memorySystem);
  const timed = new TimedEvaluator(buffer, evaluator, timing, machine.core);
  const engine = new TranslatedEngine(memory, evaluator, {
    ...capabilities,
    onlyExecuted: true,
    timing: { timed, memorySystem },
  });
  const xenon = new Xenon(memory, machine, { engine, memorySystem });
  const { checkpoint: bytes } = files;
  const source = { size: bytes.length, read: (at: number, length: number) => bytes.slice(at, at + length) };
  const checkpoint = openLlama2c(source, 'story.bin');
  const tokenizer = openLlama2cTokenizer(files.tokenizer, checkpoint.shape.vocabulary, 'tokenizer.bin');
  const threads = [0, 2, 4, 1, 3, 5];
  const program = buildProgram({
    checkpoint,
    sources: (name) => files.sources[name],
    kernels: { variant: 'vmx128', ops: {} },
    endian: 'offline',
    threads: threads.length,
    context: positions,
    sampling: { temperature: 0, topP: 0.9, seed: 1n },
    addressBase: machine.memoryMap.linkAddress,
    allocate: poolAllocator(newMemoryPool(machine)),
  });
  program.load(xenon.bytes);
  for (const [i, { pc, registers }] of program.threads.entries()) xenon.place(threads[i], pc, registers);
  const prompt = tokenizer.encode('One');
  const tokens = prompt.slice(0, 1);
  const cycles: number[] = [];
  const decoder = new TextDecoder();
  let text = '';
  for (let position = 0; position < positions; position++) {
    const draws = position >= prompt.length - 1;
    program.feed(xenon.bytes, tokens[position], position, draws);
    xenon.run(threads);
    cycles.push(xenon.cycles(threads));
    tokens.push(draws ? program.next(xenon.bytes) : prompt[position + 1]);
    text += decoder.decode(tokenizer.decode(tokens[position], tokens[position + 1]), { stream: true });
  }
  return { tokens, text, cycles, instructions: threads.reduce((sum, t) => sum + xenon.instructions(t), 0) };
}
