import test from 'ava';
import { assemble } from '../../sim/asm/assemble.js';
import type { TimingClass } from '../../sim/isa/row.js';
import { newMemory, Xenon } from '../../sim/machine/xenon.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import { StallTable } from '../../sim/observe/stall-table.js';
import { BLAME, blameOfResult, leafOfBlame } from '../../sim/timing/blame.js';
import { LEAF, LEAVES, type LeafName } from '../../sim/timing/stall.js';
import { GuestProgram, machineWith, referenceWorks } from '../support/guest.js';
import { cyclesByLeaf, observedReference, stackPerCopy } from '../support/observed.js';

const machine = machineWith();

test('leaves have names of their own, numbered in order', (t) => {
  t.is(new Set(LEAVES.map(({ name }) => name)).size, LEAVES.length);
  LEAVES.forEach(({ name }, i) => {
    t.is(LEAF[name], i);
  });
});

// Expected stacks are derived by hand from the attribution rule in stall.ts and the preset's numbers.
const charges = test.macro<[body: string, stack: Partial<Record<LeafName, number>>]>({
  exec(t, body, stack) {
    t.deepEqual(stackPerCopy(body), stack);
  },
  title: (given) => given ?? '',
});

test('a pair that shares a cycle is all base', charges, 'add 3,4,5\n lwz 6,0(7)\n add 9,4,5\n lwz 10,0(7)', {
  base: 2,
});
test('integer instructions lose every second slot', charges, 'add 3,4,5\n add 6,4,5', {
  base: 1,
  dualIssue: 1,
});
test('a chain of adds waits one cycle each for an integer', charges, 'add 3,3,4\n add 3,3,4', {
  base: 1,
  dualIssue: 1,
  dependencyInteger: 2,
});
test('a chain of loads waits for the L1 cache', charges, 'lwz 9,0(9)', {
  base: 0.5,
  dualIssue: 0.5,
  loadUse: 4,
});
test('a load behind a store to the same quadword', charges, 'stw 4,0(7)\n lwz 5,0(7)\n add 6,5,5\n nop', {
  base: 2,
  dualIssue: 1,
  loadHitStore: machine.core.loadHitStoreCycles - 1,
  loadUse: machine.core.latency.load - 1,
});
test('a multiplication holds the front end', charges, 'mulld 3,4,5\n nop', {
  base: 1,
  dualIssue: 0.5,
  structural: machine.core.block.multiplyDouble - 0.5,
});
test('a chain of multiply-adds fills the vector queue', charges, 'vmaddfp128 64,1,2,64\n nop', {
  base: 1,
  dependencyVector: machine.core.latency.vectorFloat - 1,
});
test('a chain of scalar multiply-adds', charges, 'fmadds 3,1,2,3\n nop', {
  base: 1,
  dependencyFloat: machine.core.latency.float - 1,
});
test('taken branches', charges, 'b . + 8\n nop', {
  base: 0.5,
  branchTaken: machine.core.takenBranchCycles - 0.5,
});
test('a fence', charges, 'lwsync\n nop', { base: 1, synchronisation: 33.5, dualIssue: 0.5 });
test('a thread hint', charges, 'db16cyc\n nop', { base: 1, dualIssue: 0.5, synchronisation: 15.5 });

/** A loop, a second time, on these threads. */
function looped(body: string, threads: readonly number[], count = 40): { table: StallTable; cycles: number } {
  const table = new StallTable();
  const source = `start: mulli 3,13,0x4000\n addis 3,3,0x20\n li 5,16\n li 6,32\n li 0,${count}\n mtctr 0
    .balign 16\n1: ${body}\n bdnz 1b\n sc`;
  const program = new GuestProgram(source, observedReference(table, false), machine);
  program.run('start', threads);
  table.clear();
  const before = threads.map((thread) => program.xenon.time(thread));
  program.run('start', threads);
  const after = threads.map((thread) => program.xenon.time(thread));
  threads.forEach((thread, i) => {
    const sum = table.stack([thread]).reduce((a, b) => a + b, 0);
    if (sum !== after[i] - before[i]) throw new Error(`thread ${thread}: ${sum} of ${after[i] - before[i]}`);
  });
  const idle = table.stack()[LEAF.idle];
  const byInstruction = [...table.instructions.values()].reduce(
    (sum, { halfCycles }) => sum + halfCycles.reduce((a, b) => a + b, 0),
    0,
  );
  if (byInstruction + idle !== table.stack().reduce((a, b) => a + b, 0))
    throw new Error('instructions differ');
  return { table, cycles: (Math.max(...after) - Math.min(...before)) / 2 };
}

/** The leaf with most cycles besides issue itself. */
function mainReason(table: StallTable, threads?: readonly number[]): string {
  const stack = cyclesByLeaf(table.stack(threads));
  return Object.entries(stack)
    .filter(([name]) => !['base', 'dualIssue', 'idle'].includes(name))
    .sort(([, a], [, b]) => b - a)[0][0];
}

test('loads that miss: from memory, then from the L2 cache', (t) => {
  t.is(mainReason(looped('lwz 7,0(3)\n lwzx 8,7,3\n lwzx 8,8,3\n addi 3,3,8', [0], 800).table), 'loadUse');
  t.is(mainReason(looped('lwz 7,0(3)\n add 8,7,7\n addi 3,3,256', [0], 400).table), 'loadL2');
  t.is(mainReason(looped('lwz 7,0(3)\n add 8,7,7\n addi 3,3,256', [0], 12_000).table), 'loadDram');
});

test('the rare reasons', (t) => {
  const reasons: Readonly<Record<string, string>> = {
    missSlots: 'dcbt 0,3\n dcbt 5,3\n addi 3,3,4096\n dcbt 0,3\n dcbt 6,3',
    storeQueue:
      'stw 9,0(3)\n stw 9,4(3)\n stw 9,8(3)\n stw 9,12(3)\n dcbz128 0,3\n dcbz128 0,3\n dcbz128 5,3',
    storeGather: 'stw 9,0(3)\n stw 9,128(3)\n stw 9,256(3)\n stw 9,384(3)\n addis 3,3,4',
    branchMispredict: 'bl 2f\n nop\n2: mflr 8\n addi 8,8,20\n mtlr 8\n blr',
    synchronisation: 'lwarx 7,0,3\n stwcx. 7,0,3\n bne- 1b',
    structural: 'lwz 7,30(3)\n stw 8,62(3)',
    dependencyFloat: 'fcmpu 0,1,2\n beq 2f\n nop\n2: nop',
  };
  for (const [reason, body] of Object.entries(reasons)) {
    const { table } = looped(body, [0], 300);
    t.is(mainReason(table), reason, JSON.stringify(cyclesByLeaf(table.stack())));
  }
});

const PAIRS = '.rept 8\n add 7,8,9\n lwz 10,0(3)\n add 11,8,9\n lwz 12,4(3)\n .endr';
test('two threads of a core: cycles left to the sibling', (t) => {
  const { table } = looped(PAIRS, [0, 1], 200);
  t.is(mainReason(table), 'sibling');
  const { table: alone } = looped(PAIRS, [0], 200);
  t.is(alone.stack()[LEAF.sibling], 0);
});

test('threads that sleep or have ended long ago were idle since, however often times have been re-based', (t) => {
  const [sleeper, ended, waiter] = [0, 2, 4];
  const sleeps = [2 ** 20, 2 ** 29, 2 ** 33, 2 ** 28, 2 ** 28, 2 ** 28];
  const table = new StallTable();
  const memory = newMemory();
  const ends: number[] = [];
  const xenon: Xenon = new Xenon(
    memory,
    machine,
    observedReference(table, false)(memory, machine),
    (thread) => {
      const length = thread === sleeper ? sleeps.shift() : undefined;
      if (length !== undefined) return xenon.until(xenon.time(sleeper) + length);
      if (thread === waiter && ends[sleeper] === undefined) return 'wait';
      ends[thread] = xenon.time(thread);
      if (thread === sleeper) xenon.wake(waiter, ends[sleeper]);
      return 'done';
    },
  );
  const slept = sleeps.reduce((a, b) => a + b);
  const { bytes } = assemble('.rept 8\n sc\n .endr', { file: 'test.s', base: 0x1_0000 });
  xenon.write(0x1_0000, bytes);
  const threads = [sleeper, ended, waiter];
  for (const thread of threads) xenon.place(thread, 0x1_0000);
  xenon.run(threads);
  for (const thread of threads) {
    t.is(xenon.time(thread), ends[thread]);
    t.is(
      table.stack([thread]).reduce((a, b) => a + b, 0),
      ends[thread],
    );
  }
  t.true(ends[ended] < 10_000 && ends[sleeper] > slept && ends[waiter] > slept);
});

test('an observer changes no time and no state of the machine', (t) => {
  const source = `start: mulli 3,13,0x4000\n addis 3,3,0x20\n li 0,60\n mtctr 0
1: lwz 7,0(3)\n lwz 8,512(3)\n stw 7,4(3)\n lwz 9,4(3)\n vmaddfp 1,2,3,1\n stvx 1,0,3\n addi 3,3,160\n bdnz 1b\n sc`;
  const plain = new GuestProgram(source, referenceWorks(newMemorySystem), machine);
  const observed = new GuestProgram(source, observedReference(new StallTable(), false), machine);
  for (const threads of [[0], [0, 1, 2], [0, 1, 2, 3, 4, 5]]) {
    t.is(plain.run('start', threads).cycles, observed.run('start', threads).cycles);
  }
});

test('whom a wait is charged to says what about it', (t) => {
  const leaf = (timing: TimingClass, kind: number) => LEAVES[leafOfBlame(timing, kind)].name;
  t.is(leaf('store', BLAME.latency), 'storeQueue');
  t.is(leaf('store', BLAME.gather), 'storeGather');
  t.is(leaf('store', BLAME.storeBase), 'dependencyInteger');
  t.deepEqual(
    [BLAME.latency, BLAME.l2, BLAME.dram, BLAME.loadBase].map((kind) => leaf('load', kind)),
    ['loadUse', 'loadL2', 'loadDram', 'dependencyInteger'],
  );
  t.is(leaf('floatDivide', BLAME.pipe), 'structural');
  t.is(leaf('floatDivide', BLAME.latency), 'dependencyFloat');
  t.is(leaf('vectorDot', BLAME.latency), 'dependencyVector');
  t.is(leaf('integer', BLAME.latency), 'dependencyInteger');
  t.is(leaf('loadReserve', BLAME.dram), 'synchronisation');
  t.is(blameOfResult('load', true), BLAME.latency);
  t.is(blameOfResult('load', false), BLAME.loadBase);
  t.is(blameOfResult('store', false), BLAME.storeBase);
  t.is(blameOfResult('storeConditional', false), BLAME.latency);
});
