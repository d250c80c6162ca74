import test from 'ava';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { CTX, contextBase, L1_BASE, MEMORY_BYTES, SHARED_BASE } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { TranslatedEngine } from '../../sim/engine/translated.js';
import { EvaluatingEngine, UntimedEngine } from '../../sim/engine/untimed.js';
import { WarmingEvaluator } from '../../sim/engine/warming.js';
import { runFunctional } from '../../sim/machine/functional.js';
import { Xenon } from '../../sim/machine/xenon.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import { machineWith } from '../support/guest.js';
import { programOf } from '../support/program.js';
import { borrowMemory, giveBack, relaxedFma } from '../support/translated.js';

const SHAPE = {
  dim: 64,
  hiddenDim: 96,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  vocabulary: 64,
  sequence: 16,
  tiedClassifier: true,
} as const;
/** Small, so that lines are replaced and taken out of L1 caches. */
const OVERRIDES = ['l2.sizeBytes=64KiB'];

/** Two positions on some threads; the state of caches, DRAM rows, clock and contexts afterwards. */
function warmed(translated: boolean, variant: string, threads: readonly number[]) {
  const memory = borrowMemory();
  const machine = machineWith(...OVERRIDES);
  const { buffer } = memory;
  const memorySystem = newMemorySystem(memory, machine);
  const evaluator = new Evaluator(buffer);
  const { module, numbers } = memorySystem;
  const warming = new WarmingEvaluator(buffer, evaluator, module, numbers.warmClock);
  const engine = translated
    ? new TranslatedEngine(memory, evaluator, { relaxedFma, hot: 1, warming })
    : new EvaluatingEngine(buffer, warming);
  const untimed = new UntimedEngine(buffer, engine);
  const xenon = new Xenon(memory, machine, { engine: untimed, memorySystem });
  const program = programOf(syntheticCheckpoint(SHAPE, 'warming'), {
    kernels: { variant, ops: {} },
    threads: threads.length,
  });
  program.load(xenon.bytes);
  program.threads.forEach(({ pc, registers }, i) => {
    xenon.place(threads[i], pc, registers);
  });
  module.warmFrom(1000);
  let instructions = 0;
  for (const position of [0, 1]) {
    program.feed(xenon.bytes, 5 + position, position, true);
    instructions += runFunctional(buffer, engine, threads);
  }
  const state = new Uint8Array(buffer, L1_BASE, SHARED_BASE - L1_BASE).slice();
  const shared = new Uint8Array(buffer, SHARED_BASE, MEMORY_BYTES - SHARED_BASE).slice();
  const i32 = new Int32Array(buffer);
  const stored = threads.map((thread) => i32[(contextBase(thread) + CTX.warmStored) >> 2]);
  const invalidations = memorySystem.statistics().l1Invalidations;
  xenon.bytes.fill(0, 0, 0x40_0000);
  xenon.reset();
  giveBack(memory);
  return { state, shared, stored, instructions, invalidations };
}

for (const [variant, threads] of [
  ['vmx128', [0, 1, 2, 3, 4, 5]],
  ['scalar', [0, 2]],
] as const) {
  test.serial(`translated warming leaves every cache as plain warming does: ${variant}, ${threads}`, (t) => {
    const plain = warmed(false, variant, threads);
    const woven = warmed(true, variant, threads);
    t.is(woven.instructions, plain.instructions);
    t.true(plain.instructions > 20_000, `${plain.instructions}`);
    if (threads.length > 2) t.true(plain.invalidations > 10, `${plain.invalidations}`);
    t.deepEqual(woven.stored, plain.stored);
    t.is(Buffer.compare(woven.state, plain.state), 0, 'L1 caches and times of use');
    t.is(Buffer.compare(woven.shared, plain.shared), 0, 'L2 cache, open rows, counters, clock');
  });
}
