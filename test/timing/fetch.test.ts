import test from 'ava';
import type { CountedMemorySystem } from '../../sim/memory/hierarchy.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import { GuestProgram, type MakeMemory, machineWith, referenceWorks, wovenWorks } from '../support/guest.js';

/** Rule 9 of timing/plan.ts: expected values are derived by hand from it and the preset's numbers. */
let last: CountedMemorySystem;
const real: MakeMemory = (memory, machine) => {
  last = newMemorySystem(memory, machine);
  return last;
};
const ENGINES = [referenceWorks(real), wovenWorks(real)];
/** Four sets of two lines. */
const SMALL = ['l1i.sizeBytes=1024', 'l1i.toIssueCycles=8'];
const ALONE = [...SMALL, 'l1i.prefetchNextLine=false'];
/** From the L2 cache to core 0, cycles. */
const L2 = 38;

/** Cycles a line of 32 nops takes in straight-line code that the L2 cache has and the small instruction cache has not. */
function perLine(works: (typeof ENGINES)[number], overrides: readonly string[]): number {
  const part = (name: string, lines: number) =>
    `.balign 256\n ${name}: .rept ${32 * lines}\n nop\n .endr\n sc`;
  const source = `${part('short', 40)}\n ${part('long', 80)}`;
  const program = new GuestProgram(source, works, machineWith(...overrides));
  for (const label of ['short', 'long']) program.run(label);
  const short = program.run('short').cycles;
  return (program.run('long').cycles - short) / 40;
}

test('a line from the L2 cache: 16 cycles of nops, the way of a load, and on to issue', (t) => {
  for (const works of ENGINES) {
    t.is(perLine(works, ALONE), 16 + L2 + 8);
    t.is(perLine(works, [...ALONE, 'l1i.toIssueCycles=0']), 16 + L2);
  }
});

test('a line that was asked for with the one before it: two lines in the time of one', (t) => {
  // Line k + 1 is asked for when line k is, so that from line to line it takes (L2 + 8 + 16) / 2 on average.
  for (const works of ENGINES) t.is(perLine(works, SMALL), (16 + L2 + 8) / 2);
});

test('lines that are there cost nothing', (t) => {
  for (const works of ENGINES) {
    t.is(perLine(works, ['l1i.sizeBytes=32KiB']), 16);
    t.is(perLine(works, ['l1i.modelled=false']), 16);
  }
});

test('a lone line from memory takes the time of a load, rounded up to a clock of the DRAM, and the way to issue', (t) => {
  for (const works of ENGINES) {
    const machine = machineWith('l1i.prefetchNextLine=false');
    const program = new GuestProgram('start: sc\n .balign 128\n there: nop\n sc', works, machine);
    program.run('start');
    const cold = program.run('there').cycles;
    const extra = cold - program.run('there').cycles;
    const expected = machine.memory.latencyCycles - 2 + machine.l1i.toIssueCycles;
    t.true(Math.abs(extra - expected) <= 5, `${extra}, expected ${expected}`);
  }
});

test('lines leave in turn, whether used or not: a line used between two misses of its set leaves all the same', (t) => {
  // Three lines of one set of two ways; `a` is used again before `c` comes, and is the one that leaves.
  const line = (name: string) => `.balign 512\n ${name}: sc`;
  const source = `start: sc\n ${line('a')}\n ${line('b')}\n ${line('c')}`;
  for (const works of ENGINES) {
    const program = new GuestProgram(source, works, machineWith(...ALONE));
    const misses = (label: string): number => {
      const before = last.statistics().fetchMisses;
      program.run(label);
      return last.statistics().fetchMisses - before;
    };
    t.deepEqual(['a', 'b', 'a', 'c', 'b', 'a', 'c', 'b'].map(misses), [1, 1, 0, 1, 0, 1, 0, 1]);
  }
});

test('icbi, and dcbf, take the line out of all instruction caches', (t) => {
  for (const works of ENGINES) {
    for (const flush of ['icbi', 'dcbf', 'dcbst']) {
      const source = `code: nop\n sc\n .balign 256\n flush: ${flush} 0,3\n sc`;
      const program = new GuestProgram(source, works, machineWith('l1i.prefetchNextLine=false'));
      const misses = (label: string, thread: number): number => {
        const before = last.statistics().fetchMisses;
        program.run(label, [thread], { 3: program.symbols.get('code')! });
        return last.statistics().fetchMisses - before;
      };
      t.deepEqual(
        [0, 1, 2].map((thread) => misses('code', thread)),
        [1, 0, 1],
      );
      t.is(misses('flush', 4), 1);
      t.deepEqual(
        [0, 1, 2].map((thread) => misses('code', thread)),
        [1, 0, 1],
      );
    }
  }
});

test('a loop that flushes its own line fetches it each time', (t) => {
  const source = 'start: li 0,20\n mtctr 0\n .balign 128\n 1: icbi 0,3\n bdnz 1b\n sc\n';
  for (const works of ENGINES) {
    const program = new GuestProgram(source, works, machineWith('l1i.prefetchNextLine=false'));
    const loop = program.symbols.get('start')! + 128;
    program.run('start', [0], { 3: loop & ~127 });
    t.is(last.statistics().fetchMisses, 2 + 20);
    t.is(last.statistics().fetchL2Misses, 2 + 20);
  }
});

test('the threads of a core share their instruction cache, cores do not', (t) => {
  for (const works of ENGINES) {
    const program = new GuestProgram('start: nop\n sc', works, machineWith('l1i.prefetchNextLine=false'));
    program.run('start', [0, 1, 2, 3]);
    const { fetchMisses, fetchL2Misses } = last.statistics();
    t.deepEqual([fetchMisses, fetchL2Misses], [2, 1]);
  }
});
