import test from 'ava';
import { assemble } from '../../sim/asm/assemble.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import type { CoreTiming } from '../../sim/timing/core-timing.js';
import { machineWith } from '../support/guest.js';
import { installProgram, type Kind, type RandomProgram, randomProgram } from '../support/random-program.js';
import { runToEnd } from '../support/to-end.js';
import { type Coverage, compareEngines, onWoven, type Side, type Trial } from '../support/woven.js';

const machine = machineWith();
const SHOTS = Number(process.env.XENON_WOVEN_PROGRAMS ?? 60);
/** The first of them are executed with observers as well. */
const OBSERVED = Math.floor(SHOTS / 3);
const met: Coverage = new Map();

const MIXES: readonly Partial<Record<Kind, number>>[] = [
  {},
  { memory: 4 },
  { vector: 4, memory: 1.5, branch: 0.3, system: 0.05 },
  { branch: 3, integer: 2 },
  { float: 3, memory: 1 },
  { integer: 3, system: 0 },
];

/** Programs of one trial, one for each thread. Windows are the same for all, or one for each. */
function programsOf(seed: number, threads: readonly number[], sf: boolean): RandomProgram[] {
  const shared = seed % 2 === 0;
  return threads.map((thread) =>
    randomProgram(`woven ${seed} ${thread}`, {
      sf,
      length: 60 + (seed % 7) * 30,
      mix: MIXES[seed % MIXES.length],
      modes: seed % 5 === 0,
      tame: seed % 3 !== 0,
      base: 0x8200_0000 + 0x1_0000 * thread,
      window: 0x9000_0000 + (shared ? 0 : 0x1000 * thread),
    }),
  );
}

/** Puts programs where threads start, without disturbing what a reset has written. */
function install({ buffer }: Side, threads: readonly number[], programs: readonly RandomProgram[]): void {
  for (const [i, thread] of threads.entries()) {
    const timing = new Uint8Array(buffer, contextBase(thread) + CTX.core, CTX.scratch - CTX.core);
    const kept = timing.slice();
    installProgram(buffer, thread, programs[i]);
    timing.set(kept);
  }
}

const THREADS: readonly (readonly number[])[] = [[0], [0, 1], [0, 1, 2, 3, 4, 5], [3], [2, 4], [0, 1, 4]];

/** Runs random programs twice: cold, then with warm caches and predictors. */
function trial(seed: number, given: Partial<Trial> = {}): string[] {
  const threads = THREADS[Math.floor(seed / 2) % THREADS.length];
  const sf = seed % 4 !== 1;
  const programs = programsOf(seed, threads, sf);
  const act = (side: Side) => {
    install(side, threads, programs);
    for (let run = 0; run < 2; run++) {
      threads.forEach((thread, i) => {
        side.xenon.place(thread, programs[i].base);
      });
      runToEnd(side.xenon, threads);
    }
  };
  const windows = programs.map(({ window }) => [window.address & 0x1fff_ffff, window.bytes.length] as const);
  const quantumCycles = [256, 16, 64, 100][seed % 4];
  const hot = seed % 6 === 5 ? 2 : 0;
  return compareEngines({ machine, sf, quantumCycles, hot, ...given }, act, met, windows);
}

test('random programs on one, two and six threads: all state is equal to the half-cycle', (t) => {
  for (let seed = OBSERVED; seed < SHOTS; seed++) t.deepEqual(trial(seed), [], `seed ${seed}`);
  const counted = [...met].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, n]) => `${what}: ${n}`);
  t.log(`${SHOTS - OBSERVED} trials of up to six programs each`);
  t.log(counted.filter((line) => !line.startsWith('class')).join('; '));
  t.log(`${counted.filter((line) => line.startsWith('class')).length} timing classes`);
});

test('prefetches that are dropped, or go past the L2 cache: equal as well', (t) => {
  for (const override of ['missQueue.whenFull=drop', 'missQueue.prefetchInto=l1']) {
    const given = { machine: machineWith(override, 'missQueue.entries=2') };
    for (let seed = 0; seed < SHOTS / 6; seed++)
      t.deepEqual(trial(seed, given), [], `${override} seed ${seed}`);
  }
});

test('address translation: equal as well, and so is where its time goes', (t) => {
  for (const size of ['4KB', '64KB']) {
    const tables = ['translation.eratEntries=4', 'translation.tlbEntries=8'];
    const translating = machineWith('translation.modelled=true', `translation.pageSize=${size}`, ...tables);
    for (let seed = 0; seed < SHOTS / 4; seed++) {
      const observed = seed % 3 === 0;
      t.deepEqual(trial(seed, { machine: translating, observed }), [], `${size} seed ${seed}`);
    }
  }
});

test('instruction caches of a few lines: equal as well, and so is where time goes', (t) => {
  for (const ahead of ['true', 'false']) {
    const small = machineWith('l1i.sizeBytes=1024', `l1i.prefetchNextLine=${ahead}`);
    for (let seed = 0; seed < SHOTS / 4; seed++) {
      const observed = seed % 3 === 0;
      t.deepEqual(trial(seed, { machine: small, observed }), [], `${ahead} seed ${seed}`);
    }
  }
});

test('a vector queue that the threads of a core share: equal as well, and so is where time goes', (t) => {
  for (const entries of [16, 5]) {
    const shared = machineWith('core.vectorQueueSharing=shared', `core.vectorQueueEntries=${entries}`);
    const split = machineWith(`core.vectorQueueEntries=${entries >> 1}`);
    for (const threads of [[0], [0, 1]]) {
      const source = CASES['vector queue full'];
      t.deepEqual(assembledTrial(source, threads, { machine: shared, observed: true }), []);
      // Alone a thread has all entries, beside its sibling half of them.
      const like = threads.length === 1 ? machineWith(`core.vectorQueueEntries=${entries}`) : split;
      t.is(cyclesOf(source, threads, 256, shared), cyclesOf(source, threads, 256, like));
    }
    for (let seed = 0; seed < SHOTS / 6; seed++)
      t.deepEqual(trial(seed, { machine: shared }), [], `seed ${seed}`);
  }
});

test('random programs: where time goes is equal as well, by thread, instruction and who is to blame', (t) => {
  for (let seed = 0; seed < OBSERVED; seed++)
    t.deepEqual(trial(seed, { observed: true }), [], `seed ${seed}`);
});

test('random programs have met every cause of waiting', (t) => {
  const causes = [
    'second of a pair',
    'waits for a register it reads',
    'waits for an address',
    'waits for a register it writes',
    'waits in the vector queue',
    'load hit',
    'load miss',
    'load hit in flight',
    'prefetch hit',
    'store',
    'zero',
    'load hits store',
    'misaligned',
    'mask 1',
    'mask 3',
    'direct branch taken, predicted',
    'direct branch taken, mispredicted',
    'direct branch not taken, mispredicted',
    'call branch taken, predicted',
    'return branch taken, mispredicted',
    'indirect branch taken, mispredicted',
  ];
  for (const cause of causes) t.true((met.get(cause) ?? 0) >= 20, `${cause}: ${met.get(cause) ?? 0}`);
});

/** Assembled code that meets what random programs rarely do; r3 points to memory of the thread's own. */
const POINTERS = 'mulli 3,13,0x1000\n addis 3,3,0x20\n li 4,16\n li 5,32\n li 6,48\n';
const counted = (n: number, body: string) =>
  `${POINTERS} li 0,${n}\n mtctr 0\n .balign 16\n1: ${body}\n bdnz 1b\n sc`;
const each = (from: number, count: number, line: string) =>
  Array.from({ length: count }, (_, i) => line.replaceAll('@', String(from + i))).join('\n ');

const CASES: Readonly<Record<string, string>> = {
  'vector queue full': counted(20, `vmaddfp 1,2,3,1\n ${each(4, 24, 'vaddfp @,2,3')}`),
  'both pipes': counted(20, `vmaddfp 1,2,3,1\n ${each(4, 20, 'vaddfp @,2,3\n vspltw @,2,1\n lvx 31,3,4')}`),
  'divide in the vector pipe': counted(
    10,
    `fdiv 1,2,3\n ${each(4, 18, 'fadds @,2,3')}\n fsqrt 4,5\n vperm 1,2,3,4`,
  ),
  'store queue full': counted(
    12,
    `vmaddfp 1,2,3,1\n ${each(0, 18, 'stw 9,4*@(3)')}\n vmaddfp 1,2,3,1\n stvx 1,3,4\n ${each(0, 18, 'stw 9,4*@(3)')}`,
  ),
  'stores over many lines': counted(30, `${each(0, 10, 'stw 9,128*@(3)')}\n addi 3,3,64`),
  streaming: counted(
    60,
    `dcbt 5,3\n lvx 1,0,3\n lvx 2,3,4\n lvx 5,3,5\n lvx 6,3,6\n addi 3,3,64\n vmaddfp 8,1,2,8\n vmaddfp 9,5,6,9`,
  ),
  'misses in a row': counted(
    40,
    `lwz 7,0(3)\n lwz 8,128(3)\n lwz 9,256(3)\n lwz 10,384(3)\n addi 3,3,512\n add 11,7,8`,
  ),
  'load hits store': counted(
    30,
    'stw 7,0(3)\n lwz 8,0(3)\n addi 7,8,1\n stvx 1,3,4\n lvx 2,3,4\n vaddfp 1,2,2',
  ),
  'scalar floats': counted(
    40,
    'lfs 1,0(3)\n lfs 2,4(3)\n fmadds 3,1,2,3\n lfsu 4,8(3)\n fmadds 5,4,1,5\n stfs 5,512(3)',
  ),
  misaligned: counted(
    20,
    'lwz 7,30(3)\n stw 7,62(3)\n lhz 8,31(3)\n lfd 1,28(3)\n lbz 9,31(3)\n std 7,60(3)',
  ),
  microcode: counted(
    10,
    'mullw 7,8,9\n divw 8,9,7\n slw 9,8,7\n mfcr 10\n lha 11,0(3)\n mulld 7,8,9\n db16cyc',
  ),
  'record forms': counted(
    30,
    'add. 7,8,9\n bgt 2f\n addi 9,9,1\n2: cmpwi 9,5\n blt 3f\n li 9,0\n3: vcmpequw. 1,2,2\n beq cr6,4f\n nop\n4: fcmpu 1,1,2\n bne cr1,5f\n nop\n5: vcmpgtfp. 1,2,2\n beq cr6,6f\n nop\n6: nop',
  ),
  'calls and returns': `${POINTERS} li 10,30\n1: bl 2f\n bl 3f\n addic. 10,10,-1\n bne 1b\n sc\n
2: addi 7,7,1\n blr\n 3: mflr 8\n bl 2b\n bl 4f\n mtlr 8\n blr\n4: mflr 9\n bl 2b\n bl 5f\n mtlr 9\n blr\n
5: mflr 11\n bl 2b\n bl 6f\n mtlr 11\n blr\n6: mflr 12\n bl 2b\n mtlr 12\n blr`,
  'alternating branches': counted(
    60,
    'addi 7,7,1\n andi. 8,7,3\n beq 2f\n addi 9,9,1\n2: andi. 8,7,5\n bne 3f\n nop\n3: nop',
  ),
  'indirect jumps': `${POINTERS} li 10,20\n bcl 20,31,1f\n1: mflr 11\n addi 11,11,16\n mtctr 11\n bctr\n addic. 10,10,-1\n bne 2f\n sc\n2: mtctr 11\n bctr`,
  'barriers and priority': counted(
    8,
    'lwarx 7,0,3\n addi 7,7,1\n stwcx. 7,0,3\n lwsync\n cctpl\n add 8,7,7\n db8cyc\n cctpm\n sync\n eieio\n dcbz128 0,3\n dcbf 0,3',
  ),
  'a lock and a count of 64 bits': `lis 3,0x20\n addi 4,3,128\n addi 5,3,256\n li 10,12
1: lwarx 7,0,3\n cmpwi 7,0\n bne 2f\n li 8,1\n stwcx. 8,0,3\n bne 1b\n isync\n b 3f
2: cctpl\n lwz 7,0(3)\n stwcx. 7,0,5\n cmpwi 7,0\n bne 2b\n cctpm\n b 1b
3: ldarx 9,0,4\n addi 9,9,1\n stdcx. 9,0,4\n bne 3b\n eieio\n lwsync\n li 7,0\n stw 7,0(3)
 sync\n cctph\n add 8,9,9\n cctpm\n addic. 10,10,-1\n bne 1b\n sc`,
  'lines lost inside a block': `${POINTERS} li 0,20\n mtctr 0\n addi 14,3,0x2000\n addi 15,3,0x4000\n addi 16,3,0x6000
 addis 17,3,1\n .balign 16\n1: lwz 7,0(3)\n lwz 8,4(3)\n lvx 1,14,4\n lvx 2,14,5\n lwz 9,0(15)\n lwz 10,0(16)\n lwz 11,0(17)
 lwz 7,8(3)\n lvx 1,14,6\n lwz 8,12(3)\n bdnz 1b\n sc`,
  'stores among loads of a line': counted(
    30,
    `lwz 7,0(3)\n lwz 8,4(3)\n lfs 1,8(3)\n lfs 2,12(3)\n stw 7,32(3)\n lwz 9,16(3)
 lwz 10,32(3)\n stfs 1,64(3)\n lwz 11,64(3)\n stw 9,4096(3)\n lwz 12,4096(3)\n li 14,64\n lwzx 15,14,3\n addi 3,3,32`,
  ),
  'updated bases': counted(
    30,
    'lfsu 1,4(3)\n lfsu 2,4(3)\n lwzu 7,4(3)\n addi 3,3,12\n lbz 8,1(3)\n lwzux 9,3,4\n lwz 10,0(3)\n lwz 11,4(3)',
  ),
  'straight line': `${POINTERS} ${each(0, 28, 'lwz 7,4*@(3)\n add 8,7,8\n vaddfp @,2,3\n nop\n lvx 30,3,4\n vspltw 1,30,1\n fadd 1,2,3')}\n sc`,
};

function assembledTrial(source: string, threads: readonly number[], given: Partial<Trial> = {}): string[] {
  const code = assemble(source, { file: 'case.s', base: 0x1_0000 }).bytes;
  const act = ({ xenon }: Side) => {
    xenon.bytes.fill(0, 0x1f_f000, 0x22_0000);
    xenon.write(0x1_0000, code);
    for (let run = 0; run < 2; run++) {
      for (const thread of threads) xenon.place(thread, 0x1_0000, { 13: thread });
      runToEnd(xenon, threads);
    }
  };
  return compareEngines({ machine, ...given }, act, met, [[0x1f_f000, 0x2_1000]]);
}

for (const [name, source] of Object.entries(CASES)) {
  test(`${name}: equal on one, two and six threads, and so is where time goes`, (t) => {
    for (const threads of [[0], [0, 1], [0, 1, 2, 3, 4, 5]]) {
      for (const quantumCycles of [machine.quantumCycles, 17]) {
        const observed = quantumCycles !== 17;
        const found = assembledTrial(source, threads, { quantumCycles, observed });
        t.deepEqual(found, [], `${threads} ${quantumCycles}`);
      }
    }
  });
}

/** Cycles of a case on woven code. */
function cyclesOf(source: string, threads: readonly number[], quantumCycles: number, on = machine): number {
  let cycles = 0;
  const code = assemble(source, { file: 'case.s', base: 0x1_0000 }).bytes;
  onWoven({ machine: on, quantumCycles }, ({ xenon }) => {
    xenon.bytes.fill(0, 0x1f_f000, 0x22_0000);
    xenon.write(0x1_0000, code);
    for (const thread of threads) xenon.place(thread, 0x1_0000, { 13: thread });
    runToEnd(xenon, threads);
    cycles = xenon.cycles(threads);
  });
  return cycles;
}

test('a lone thread takes the same time whatever the quantum', (t) => {
  for (const [name, source] of Object.entries(CASES)) {
    const [short, usual, long] = [16, 256, 5000].map((quantum) => cyclesOf(source, [2], quantum));
    t.deepEqual([short, long], [usual, usual], name);
  }
});

for (const threads of [[2], [0, 2], [0, 2, 4], [0, 1, 2, 3, 4, 5]]) {
  for (const prefetching of [true, false]) {
    const what = `${threads.length} threads, ${prefetching ? 'with' : 'without'} prefetch`;
    test(`${what}: streaming takes the same time at a quantum of 100 cycles and at the default, within 1 %`, (t) => {
      const streaming = CASES.streaming
        .replace('li 0,60', 'li 0,700')
        .replace('mulli 3,13,0x1000', 'mulli 3,13,0x4000\n slwi 3,3,3');
      const source = prefetching ? streaming : streaming.replace('dcbt 5,3', 'nop');
      const [short, usual] = [100, machine.quantumCycles].map((quantum) =>
        cyclesOf(source, threads, quantum),
      );
      t.log(`${short} and ${usual} cycles`);
      t.true(Math.abs(short / usual - 1) <= 0.01);
    });
  }
}

test('the cases have met what random programs rarely do', (t) => {
  for (const cause of [
    'prefetch miss',
    'flush',
    'vector queue full',
    'store queue full',
    'miss slots busy',
    'mask 7',
  ]) {
    t.true((met.get(cause) ?? 0) >= 20, `${cause}: ${met.get(cause) ?? 0}`);
  }
});

/** One number of the woven engine's core changed. */
type Change = (core: CoreTiming) => Partial<CoreTiming>;
const plus =
  (name: keyof CoreTiming, by: number): Change =>
  (core) => ({ [name]: (core[name] as number) + by });
const within =
  (group: 'latency' | 'block' | 'crToBranch' | 'delayHint', name: string, by: number): Change =>
  (core) => ({ [group]: { ...core[group], [name]: (core[group] as Record<string, number>)[name] + by } });
const flipped =
  (name: keyof CoreTiming['pairing']): Change =>
  (core) => ({ pairing: { ...core.pairing, [name]: !core.pairing[name] } });

const MUTATIONS: Readonly<Record<string, Change>> = {
  'latency of integer + 1': within('latency', 'integer', 1),
  'latency of load + 1': within('latency', 'load', 1),
  'latency of loadVector + 1': within('latency', 'loadVector', 1),
  'latency of vectorFloat + 1': within('latency', 'vectorFloat', 1),
  'latency of vectorPermute + 1': within('latency', 'vectorPermute', 1),
  'latency of float + 1': within('latency', 'float', 1),
  'latency of moveToSpr + 1': within('latency', 'moveToSpr', 1),
  'block of multiplyWord + 1': within('block', 'multiplyWord', 1),
  'block of loadAlgebraic + 1': within('block', 'loadAlgebraic', 1),
  'block of floatDivide + 1': within('block', 'floatDivide', 1),
  'record form to branch + 1': within('crToBranch', 'record', 1),
  'vector compare to branch + 1': within('crToBranch', 'vectorCompareInteger', 1),
  'delay hint + 1': within('delayHint', 'or31', 1),
  'branch first of a pair': flipped('branchFirst'),
  'vector access with arithmetic': flipped('vectorAccessWithArithmetic'),
  'vector access with permute': flipped('vectorAccessWithPermute'),
  'load with vector load': flipped('loadWithVectorLoad'),
  'address + 1': plus('addressExtra', 1),
  'updated base + 1': plus('updateLatencyCycles', 1),
  'misaligned + 1': plus('misalignedCycles', 1),
  'load hits store + 1': plus('loadHitStoreCycles', 1),
  'vector queue - 1': plus('vectorQueueEntries', -1),
  'store queue - 1': plus('storeQueueEntries', -1),
  'taken + 1': plus('takenBranchCycles', 1),
  'mispredicted + 1': plus('mispredictCycles', 1),
  'indirect + 1': plus('indirectBranchCycles', 1),
  'a smaller predictor': (core) => ({ predictorCounters: core.predictorCounters / 256 }),
  'half a link stack': (core) => ({ linkStackEntries: core.linkStackEntries / 2 }),
};

for (const [name, change] of Object.entries(MUTATIONS)) {
  test(`a woven engine with another rule is noticed: ${name}`, (t) => {
    const wovenCore = { ...machine.core, ...change(machine.core) };
    const caught = Object.entries(CASES).find(
      ([, source]) => assembledTrial(source, [0], { wovenCore }).length > 0,
    );
    t.truthy(caught);
    t.log(`first by: ${caught?.[0]}`);
  });
}
