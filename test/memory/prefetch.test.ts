import test from 'ava';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { bench } from './support.js';

/** Prefetches `count` lines at once, then says when each is there. */
function burst(count: number, ...overrides: string[]) {
  const { memory, holds, load, i32 } = bench(...overrides);
  for (let line = 0; line < count; line++) memory.prefetch(0, 0, 1000 + line, 1000);
  return { memory, load, i32, held: Array.from({ length: count }, (_, line) => holds(0, 1000 + line)) };
}

test.serial('a prefetch takes one of the eight miss slots; the ninth waits, or is dropped', (t) => {
  const waiting = burst(9);
  t.deepEqual(waiting.held, new Array(9).fill(true));
  t.true(waiting.memory.statistics().missSlotWait > 1000);
  const dropping = burst(9, 'missQueue.whenFull=drop');
  t.deepEqual(dropping.held, [...new Array(8).fill(true), false]);
  t.is(dropping.memory.statistics().prefetchesDropped, 1);
  t.is(dropping.memory.statistics().dramReadLines, 8);
});

test.serial('a slot that is free at the moment of a prefetch is taken; a dropped one does not wait', (t) => {
  for (const [early, dropped] of [
    [0, 0],
    [1, 1],
  ]) {
    const { memory, i32, machine } = bench('missQueue.whenFull=drop', 'missQueue.entries=1');
    const free = memory.prefetch(0, 0, 1000, 1000) + 2 * machine.bus.slotTurnaroundCycles;
    memory.prefetch(0, 0, 1001, free - early);
    t.is(memory.statistics().prefetchesDropped, dropped);
    t.is(i32[(contextBase(0) + CTX.acceptedAt) >> 2], free - early);
  }
});

test.serial('a prefetch brings the line into L2 and L1; like xdcbt, into L1 alone', (t) => {
  const both = burst(1).memory;
  t.not(both.module.findLine(1000), 0);
  const past = burst(1, 'missQueue.prefetchInto=l1');
  t.is(past.memory.module.findLine(1000), 0);
  t.deepEqual(past.held, [true]);
  t.is(past.memory.statistics().dramReadLines, 1);
});

test.serial(
  'a line that came past the L2 cache stays when another core stores to it, as xdcbt left it',
  (t) => {
    for (const [into, stays] of [
      ['l2AndL1', false],
      ['l1', true],
    ] as const) {
      const { memory, holds } = bench(`missQueue.prefetchInto=${into}`);
      memory.prefetch(0, 0, 1000, 1000);
      memory.store(1, 2, 128_000, 16, 9000);
      memory.sync(1, 2, 'sync', 9010);
      t.is(holds(0, 1000), stays, into);
    }
  },
);

test.serial('past the L2 cache or not, a lone prefetch takes the 610 cycles of memory', (t) => {
  for (const into of ['l2AndL1', 'l1']) {
    const { memory } = bench(`missQueue.prefetchInto=${into}`, 'l2.coreOffsetCycles.core0=0');
    t.true(Math.abs(memory.prefetch(0, 0, 1000, 1000) - 1000 - 1220) <= 8, into);
  }
});
