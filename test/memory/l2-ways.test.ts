import test from 'ava';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import { GuestProgram, machineWith, referenceWorks } from '../support/guest.js';
import { bench } from './support.js';

/** Reads so many KiB in a row twice; the share of the second reading that the L2 cache had. */
function keptOf(kib: number, lockedWays: number): number {
  const { load, memory } = bench(`l2.lockedWays=${lockedWays}`);
  const lines = kib * 8;
  let s = 0;
  const pass = () => {
    for (let line = 0; line < lines; line++) s = load(0, line, s).ready;
  };
  pass();
  memory.clearStatistics();
  pass();
  const { l2LoadHits, l2LoadMisses } = memory.statistics();
  return l2LoadHits / (l2LoadHits + l2LoadMisses);
}

test.serial('each locked way takes 128 KiB of the L2 cache from the cores', (t) => {
  for (const locked of [0, 1, 4, 7]) {
    const room = 1024 - 128 * locked;
    // All misses of the L1 cache, since more than its 32 KiB is read in a row.
    t.is(keptOf(room, locked), 1, `${locked} locked, ${room} KiB`);
    t.true(keptOf(room + 128, locked) < 0.9, `${locked} locked, ${room + 128} KiB`);
  }
});

test.serial('dcbtst brings a line as dcbt does: the load behind finds it', (t) => {
  const waits = (hint: string): number => {
    // Time enough for the line; then one load and a use of it.
    const wait = '.rept 80\n db16cyc\n .endr';
    const source = `start: lis 3,0x20\n ${hint}\n ${wait}\n there: lwz 4,0(3)\n add 5,4,4\n sc`;
    const program = new GuestProgram(source, referenceWorks(newMemorySystem), machineWith());
    return program.run('start').cycles;
  };
  t.is(waits('dcbtst 0,3'), waits('dcbt 0,3'));
  const { memory } = machineWith();
  t.true(waits('nop') - waits('dcbt 0,3') > memory.latencyCycles - 100);
});
