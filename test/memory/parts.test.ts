import test from 'ava';
import { MEMORY_BYTES } from '../../sim/engine/context.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { resolve } from '../../sim/machine/resolve.js';
import { newCalendar, reserve } from '../../sim/memory/bus.js';
import { allocateLine, DIRTY, FLAGS, findLine, newL2, removeLine, touchLine } from '../../sim/memory/l2.js';
import { newLayout, OLDEST } from '../../sim/memory/layout.js';
import {
  earliestFree,
  holdEarliest,
  holdNext,
  newRing,
  newSlots,
  nextFree,
} from '../../sim/memory/miss-queue.js';
import { randoms } from './support.js';

const buffer = new ArrayBuffer(MEMORY_BYTES);

for (const [title, spread] of [
  ['in order', 0],
  ['up to 512 slots late', 512],
] as const) {
  test(`calendar: requests ${title} take the first free slots from their time on`, (t) => {
    const layout = newLayout(buffer);
    const calendar = newCalendar(layout);
    layout.reset();
    const random = randoms(99);
    const busy = new Uint8Array(400_000);
    let at = 1000;
    for (let i = 0; i < 5000; i++) {
      at += random() % 100;
      const from = at - (spread > 0 ? random() % spread : 0);
      const length = 1 + (random() % 60);
      let end = from;
      for (let left = length; left > 0; end++) {
        if (busy[end] === 0) {
          busy[end] = 1;
          left--;
        }
      }
      if (reserve(calendar, from, length) !== end) t.fail(`request ${i} at ${from} of ${length}`);
    }
    t.pass();
  });
}

test('calendar: what it has forgotten counts as busy', (t) => {
  const layout = newLayout(buffer);
  const calendar = newCalendar(layout);
  layout.reset();
  for (let i = 0; i < 1000; i++) reserve(calendar, 1000 * i, 10);
  t.true(reserve(calendar, 0, 10) > 100_000);
  t.is(reserve(calendar, 999_000, 10), 999_020);
});

test('slots: the one free first is taken, whatever the order of ends', (t) => {
  for (const entries of [1, 2, 8]) {
    const layout = newLayout(buffer);
    const slots = newSlots(layout, entries);
    layout.reset();
    const random = randoms(5);
    const naive = new Array<number>(entries).fill(OLDEST);
    for (let i = 0; i < 2000; i++) {
      t.is(earliestFree(slots), Math.min(...naive));
      const until = 100 * i + (random() % 2000);
      naive[naive.indexOf(Math.min(...naive))] = until;
      holdEarliest(slots, until);
    }
  }
});

test('ring: slots in turn', (t) => {
  const layout = newLayout(buffer);
  const ring = newRing(layout, 3);
  layout.reset();
  for (const until of [30, 10, 20]) {
    t.is(nextFree(ring), OLDEST);
    holdNext(ring, until);
  }
  t.is(nextFree(ring), 30);
  holdNext(ring, 40);
  t.is(nextFree(ring), 10);
});

const l2 = (...overrides: string[]) => {
  const layout = newLayout(buffer);
  const cache = newL2(layout, resolve('test', applyOverrides(presetNamed('xbox360'), overrides)));
  layout.reset();
  return {
    cache,
    layout,
    victim: () => layout.i32[cache.victim],
    flags: () => layout.i32[cache.victimFlags],
  };
};

/** Lines of set 3 of 1024. */
const line = (n: number): number => 1024 * n + 3;

test('L2: a set holds as many lines as ways; lines of other sets are not touched', (t) => {
  for (const ways of [1, 2, 4, 8]) {
    const { cache, victim } = l2(`l2.ways=${ways}`, `l2.sizeBytes=${ways * 128}KiB`);
    allocateLine(cache, 4, 0);
    for (let n = 0; n < ways; n++) {
      allocateLine(cache, line(n), n);
      t.is(victim(), -1);
    }
    allocateLine(cache, line(ways), ways);
    t.true(victim() !== -1 && (victim() & 1023) === 3);
    t.is(findLine(cache, victim()), -1);
    t.not(findLine(cache, line(ways)), -1);
    t.not(findLine(cache, 4), -1);
  }
});

test('L2: true LRU evicts what was used longest ago', (t) => {
  const { cache, victim } = l2('l2.replacement=lru');
  for (let n = 0; n < 8; n++) allocateLine(cache, line(n), n);
  touchLine(cache, findLine(cache, line(0)), 8);
  const evicted: number[] = [];
  for (let n = 8; n < 15; n++) {
    allocateLine(cache, line(n), n + 1);
    evicted.push(victim());
  }
  t.deepEqual(evicted, [1, 2, 3, 4, 5, 6, 7].map(line));
});

test('L2: tree pseudo-LRU, by hand', (t) => {
  const { cache, victim } = l2();
  for (let n = 0; n < 8; n++) allocateLine(cache, line(n), 0);
  const next = (n: number): number => {
    allocateLine(cache, line(n), 0);
    return (victim() - 3) / 1024;
  };
  // Filled in order, every node points left: way 0. Its use turns root and both nodes on its path right: way 4.
  t.is(next(8), 0);
  t.is(next(9), 4);
  // Way 2 (its node was not turned), then way 6, and with all pairs used once, the other of each.
  t.deepEqual([10, 11, 12, 13, 14, 15].map(next), [2, 6, 1, 5, 3, 7]);
  // A round is over and the tree points at way 0 again; a use of way 4, in the other half, does not change that.
  touchLine(cache, findLine(cache, line(9)), 0);
  t.is(next(16), 8);
});

test('L2: locked ways keep their lines', (t) => {
  for (const replacement of ['treePlru', 'lru']) {
    const { cache, victim } = l2('l2.lockedWays=3', `l2.replacement=${replacement}`);
    const ways = new Set<number>();
    for (let n = 0; n < 100; n++) {
      ways.add(allocateLine(cache, line(n), n) & 7);
      t.is(victim() === -1, n < 5);
    }
    t.is(ways.size, 5);
  }
});

test('L2: flags leave with the victim; a removed line makes room', (t) => {
  for (const replacement of ['treePlru', 'lru']) {
    const { cache, layout, victim, flags } = l2(`l2.replacement=${replacement}`);
    for (let n = 0; n < 8; n++) allocateLine(cache, line(n), n);
    for (let n = 0; n < 8; n++) layout.i32[findLine(cache, line(n)) + FLAGS] = DIRTY | (n << 1);
    allocateLine(cache, line(8), 9);
    t.is(flags(), DIRTY | (((victim() - 3) / 1024) << 1));
    t.is(layout.i32[findLine(cache, line(8)) + FLAGS], 0);
    removeLine(cache, findLine(cache, line(5)));
    t.is(findLine(cache, line(5)), -1);
    allocateLine(cache, line(9), 10);
    t.is(victim(), -1);
    allocateLine(cache, line(10), 11);
    t.not(victim(), -1);
  }
});

test('layout: state that does not fit is refused; times are rebased, other words are not', (t) => {
  const layout = newLayout(buffer);
  const word = layout.words(1, 77);
  const time = layout.times(1);
  const counter = layout.counters(1);
  layout.reset();
  t.deepEqual([layout.i32[word], layout.i32[time], layout.f64[counter]], [77, OLDEST, 0]);
  layout.i32[time] = 5000;
  layout.rebase(3000);
  t.deepEqual([layout.i32[word], layout.i32[time]], [77, 2000]);
  layout.i32[time] = OLDEST + 1;
  layout.rebase(3000);
  t.is(layout.i32[time], OLDEST);
  t.throws(() => layout.words(1 << 22), { instanceOf: RangeError });
});
