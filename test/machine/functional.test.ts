import test from 'ava';
import { assemble } from '../../sim/asm/assemble.js';
import { CTX, contextBase, MEMORY_BYTES } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { TranslatedEngine } from '../../sim/engine/translated.js';
import { EvaluatingEngine } from '../../sim/engine/untimed.js';
import { type FunctionalSystemCall, runFunctional } from '../../sim/machine/functional.js';
import { Deadlock, type Engine, GuestStop } from '../../sim/machine/scheduler.js';
import { borrowMemory, giveBack, relaxedFma } from '../support/translated.js';

const CODE = 0x1_0000;
const ENGINES: readonly ((memory: WebAssembly.Memory) => Engine)[] = [
  (memory) => new EvaluatingEngine(memory.buffer, new Evaluator(memory.buffer)),
  (memory) => new TranslatedEngine(memory, new Evaluator(memory.buffer), { relaxedFma, hot: 2 }),
];

interface Outcome {
  readonly instructions: number;
  readonly view: DataView;
  gpr(thread: number, n: number): number;
}

/** Runs assembled code on some threads; r13 is the thread's number. */
function run(
  make: (typeof ENGINES)[number],
  source: string,
  threads: readonly number[],
  systemCall?: FunctionalSystemCall,
  turn?: number,
): Outcome {
  const memory = borrowMemory();
  try {
    const bytes = new Uint8Array(memory.buffer, 0, MEMORY_BYTES);
    bytes.fill(0, 0x2_0000, 0x2_1000);
    for (let t = 0; t < 6; t++) bytes.fill(0, contextBase(t), contextBase(t + 1));
    bytes.set(assemble(source, { file: 'test.s', base: CODE }).bytes, CODE);
    const view = new DataView(memory.buffer);
    for (const t of threads) {
      view.setBigUint64(contextBase(t) + CTX.pc, BigInt(CODE), true);
      view.setBigUint64(contextBase(t) + CTX.gpr + 8 * 13, BigInt(t), true);
    }
    const instructions = runFunctional(memory.buffer, make(memory), threads, systemCall, turn);
    const gpr = (t: number, n: number) => Number(view.getBigUint64(contextBase(t) + CTX.gpr + 8 * n, true));
    return { instructions, view, gpr };
  } finally {
    giveBack(memory);
  }
}

/** All threads add their number + 1 to a word, then wait until everyone has, at low priority. */
const MEET = (threads: number) => `
 lis 4,2
 addi 6,13,1
 lis 5,0
1: lwarx 3,0,4
 add 3,3,6
 stwcx. 3,0,4
 bne- 1b
 addi 5,4,128
2: lwarx 3,0,5
 addi 3,3,1
 stwcx. 3,0,5
 bne- 2b
 cctpl
3: lwz 3,0(5)
 cmpwi 3,${threads}
 db16cyc
 bne 3b
 cctpm
 lwz 7,0(4)
 sc`;

test('threads that wait for each other at low priority all see the sum', (t) => {
  for (const make of ENGINES) {
    for (const turn of [1, 7, 1000, 100_000]) {
      const threads = [0, 1, 2, 3, 4, 5];
      const { gpr, instructions } = run(make, MEET(6), threads, undefined, turn);
      for (const thread of threads) t.is(gpr(thread, 7), 21);
      // A waiting thread gives its turn away soon.
      t.true(instructions < 6 * 400, `${instructions} instructions with turns of ${turn}`);
    }
  }
});

test('a turn is shared out: one thread waits for a word that the other writes without any hint', (t) => {
  const source = `lis 4,2\n cmpwi 13,0\n bne 2f\n1: lwz 3,0(4)\n cmpwi 3,0\n beq 1b\n sc
2: li 3,77\n stw 3,0(4)\n sc`;
  for (const make of ENGINES) t.is(run(make, source, [0, 3]).gpr(0, 3), 77);
});

test('system calls continue, wait and wake', (t) => {
  // Thread 0 makes call 1 (wait); thread 2 makes call 2 (wake 0), then both call 0.
  const source = `cmpwi 13,0\n bne 1f\n li 0,1\n sc\n li 9,5\n li 0,0\n sc\n1: li 0,2\n sc\n li 9,6\n li 0,0\n sc`;
  for (const make of ENGINES) {
    const calls: string[] = [];
    let n = 0;
    const { gpr } = run(make, source, [0, 2], (thread, wake) => {
      calls.push(`${thread}`);
      n++;
      if (n === 1) return 'wait';
      if (n === 2) {
        wake(0);
        return 'continue';
      }
      return 'done';
    });
    t.deepEqual(calls, ['0', '2', '2', '0']);
    t.deepEqual([gpr(0, 9), gpr(2, 9)], [5, 6]);
  }
});

test('a wait that nobody can end is a deadlock, and an illegal instruction stops the run', (t) => {
  for (const make of ENGINES) {
    t.throws(() => run(make, 'sc', [0], () => 'wait'), { instanceOf: Deadlock });
    t.throws(() => run(make, '.long 0', [0]), { instanceOf: GuestStop });
  }
});
