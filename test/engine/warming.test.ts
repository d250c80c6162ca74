import test from 'ava';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { assemble } from '../../sim/asm/assemble.js';
import { CTX, contextBase, L1_BASE, MEMORY_BYTES, SHARED_BASE } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { TranslatedEngine } from '../../sim/engine/translated.js';
import { EvaluatingEngine, UntimedEngine } from '../../sim/engine/untimed.js';
import { WarmingEvaluator } from '../../sim/engine/warming.js';
import { Warmer } from '../../sim/engine/warming-code.js';
import { Xenon } from '../../sim/machine/xenon.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import { machineWith } from '../support/guest.js';
import { programOf } from '../support/program.js';
import { runFunctionalToEnd } from '../support/to-end.js';
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
  const warming = new WarmingEvaluator(buffer, evaluator, module, numbers);
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
    instructions += runFunctionalToEnd(buffer, engine, threads);
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

/**
 * Groups of loads, between prefetches and stores that contend with them for one set of the L1 cache and one of the L2
 * cache; `near` and `far` are the distances of two of the loads.
 */
const groups = (near: number, far: number): string => `
 li 5,0
 li 8,600
 mtctr 8
 li 15,${near}
 li 16,${far}
 mr 6,4
 mr 7,4
 mr 18,4
1: lwz 9,0(18)
 lvx 1,7,15
 dcbt 0,6
 lwz 9,24(18)
 addi 10,6,8192
 lvx 2,7,16
 dcbt 0,10
 addi 10,10,8192
 stw 5,64(10)
 lwz 9,40(18)
 addi 10,10,8192
 lbz 9,0(10)
 lvx 4,0,7
 addi 10,10,8192
 dcbt 0,10
 lwz 9,4(18)
 addi 5,5,4
 mulli 6,5,1664
 rlwinm 6,6,0,12,18
 add 6,6,4
 rlwinm 18,5,10,17,18
 add 18,18,4
 rlwinm 7,5,11,16,18
 add 7,7,18
 rlwinm 9,5,1,25,27
 add 7,7,9
 bdnz 1b
 sc`;

/** The same on threads that share half of their memory. */
function everyKind(translated: boolean, threads: readonly number[], source = EVERY_KIND) {
  const memory = borrowMemory();
  const { buffer } = memory;
  const machine = machineWith(...OVERRIDES);
  const memorySystem = newMemorySystem(memory, machine);
  const { module, numbers } = memorySystem;
  const evaluator = new Evaluator(buffer);
  const warming = new WarmingEvaluator(buffer, evaluator, module, numbers);
  let steps = 0;
  const { step } = warming;
  warming.step = (thread) => {
    steps++;
    return step.call(warming, thread);
  };
  const engine = translated
    ? new TranslatedEngine(memory, evaluator, { relaxedFma, hot: 1, warming })
    : new EvaluatingEngine(buffer, warming);
  const xenon = new Xenon(memory, machine, { engine: new UntimedEngine(buffer, engine), memorySystem });
  xenon.write(0x1_0000, assemble(source, { file: 'kinds.s', base: 0x1_0000 }).bytes);
  for (const [i, t] of threads.entries()) xenon.place(t, 0x1_0000, { 4: 0x10_0000 + 0x1_0000 * i });
  xenon.warm(threads, { engine, clock: module });
  const state = new Uint8Array(buffer, L1_BASE, MEMORY_BYTES - L1_BASE).slice();
  const { l1Invalidations } = memorySystem.statistics();
  const time = threads.map((t) => xenon.time(t));
  xenon.bytes.fill(0, 0, 0x40_0000);
  xenon.reset();
  giveBack(memory);
  return { state, l1Invalidations, time, steps };
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

test.serial('groups of loads whose lines are taken away in their block leave the same', (t) => {
  for (const threads of [[2], [0, 1, 3]]) {
    const plain = everyKind(false, threads, groups(16, 48));
    const woven = everyKind(true, threads, groups(16, 48));
    t.is(Buffer.compare(woven.state, plain.state), 0);
    t.deepEqual(woven.time, plain.time);
    // What the evaluator does is mostly the instruction behind one that took a line away.
    t.true(woven.steps > 100 && woven.steps < plain.steps / 4, `${woven.steps} of ${plain.steps}`);
  }
});

test.serial('loads at negative distances from their base may lie in other lines', (t) => {
  const plain = everyKind(false, [1], groups(-16, -128));
  const woven = everyKind(true, [1], groups(-16, -128));
  t.is(Buffer.compare(woven.state, plain.state), 0);
});

test.serial('a store comes back to a line that was flushed, and to one that was made', (t) => {
  const source = `li 3,200\n mtctr 3\n mr 6,4
1: stw 5,0(6)\n dcbf 0,6\n stw 5,4(6)\n dcbz128 0,6\n stw 5,8(6)\n addi 6,6,1024\n bdnz 1b\n sc`;
  const plain = everyKind(false, [1], source);
  const woven = everyKind(true, [1], source);
  t.is(Buffer.compare(woven.state, plain.state), 0);
});

interface Parts {
  readonly body: unknown;
  forget(body: unknown): void;
}
const WITHOUT: readonly [name: string, instead: (this: Parts) => void][] = [
  [
    'afterCall',
    function () {
      this.forget(this.body);
    },
  ],
  ['writeUses', () => {}],
  ['forget', () => {}],
];
for (const [k, [name, instead]] of WITHOUT.entries()) {
  test.serial(`code without one of its parts is noticed: ${name}`, (t) => {
    const parts = Warmer.prototype as unknown as Record<string, unknown>;
    const whole = parts[name];
    parts[name] = instead;
    try {
      // At another address each time: code is compiled once.
      const differs = [EVERY_KIND, groups(16, 48)].some((loop) => {
        const source = ' nop\n'.repeat(k + 1) + loop;
        const plain = everyKind(false, [0, 3], source);
        const woven = everyKind(true, [0, 3], source);
        return Buffer.compare(woven.state, plain.state) !== 0;
      });
      t.true(differs);
    } finally {
      parts[name] = whole;
    }
  });
}
