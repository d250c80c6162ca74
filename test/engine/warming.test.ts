import test from 'ava';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { assemble } from '../../sim/asm/assemble.js';
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

/** All kinds of accesses over more lines than the L1 cache has, some of them other threads' as well. */
const EVERY_KIND = `
 li 5,0
 li 8,600
 mtctr 8
1: mulli 6,5,1664
 rlwinm 6,6,0,15,24
 add 6,6,4
 lwzx 7,4,5
 lwz 9,4(6)
 dcbt 0,6
 lvx 1,4,5
 stw 5,64(6)
 stw 5,68(6)
 stwx 5,4,5
 andi. 7,5,28
 bne 2f
 dcbzl 0,6
 lwz 9,8(6)
 lwarx 9,0,4
 stwcx. 9,0,4
2: andi. 7,5,60
 bne 3f
 dcbf 0,6
 lbz 9,3(6)
 sync
 stw 5,64(6)
3: addi 5,5,4
 lhz 9,6(6)
 bdnz 1b
 sc`;

/** The same on threads that share half of their memory. */
function everyKind(translated: boolean, threads: readonly number[]) {
  const memory = borrowMemory();
  const { buffer } = memory;
  const machine = machineWith(...OVERRIDES);
  const memorySystem = newMemorySystem(memory, machine);
  const { module, numbers } = memorySystem;
  const evaluator = new Evaluator(buffer);
  const warming = new WarmingEvaluator(buffer, evaluator, module, numbers.warmClock);
  const engine = translated
    ? new TranslatedEngine(memory, evaluator, { relaxedFma, hot: 1, warming })
    : new EvaluatingEngine(buffer, warming);
  const xenon = new Xenon(memory, machine, { engine: new UntimedEngine(buffer, engine), memorySystem });
  xenon.write(0x1_0000, assemble(EVERY_KIND, { file: 'kinds.s', base: 0x1_0000 }).bytes);
  for (const [i, t] of threads.entries()) xenon.place(t, 0x1_0000, { 4: 0x10_0000 + 0x1_0000 * i });
  xenon.warm(threads, { engine, clock: module });
  const state = new Uint8Array(buffer, L1_BASE, MEMORY_BYTES - L1_BASE).slice();
  const { l1Invalidations } = memorySystem.statistics();
  const time = threads.map((t) => xenon.time(t));
  xenon.bytes.fill(0, 0, 0x40_0000);
  xenon.reset();
  giveBack(memory);
  return { state, l1Invalidations, time, until: module.warmUntil() };
}

test.serial('so does every kind of access, on threads that share memory; time goes on behind it', (t) => {
  for (const threads of [[2], [0, 3, 4]]) {
    const plain = everyKind(false, threads);
    const woven = everyKind(true, threads);
    t.is(Buffer.compare(woven.state, plain.state), 0);
    t.deepEqual(woven.time, plain.time);
    t.true(woven.time[0] > 600 * 4 && woven.time.every((time) => time === woven.time[0]));
    if (threads.length > 1) t.true(plain.l1Invalidations > 50, `${plain.l1Invalidations}`);
  }
});
