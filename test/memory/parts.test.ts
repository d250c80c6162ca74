import test from 'ava';
import { newLayout, OLDEST } from '../../sim/memory/layout.js';
import { newCalendar, newOccupancy, newSlots } from '../../sim/memory/parts.js';
import { DIRTY, FLAGS } from '../../sim/memory/wasm/state.js';
import { bench, randoms, sharedMemory } from './support.js';

const { buffer } = sharedMemory();
/** The functions under test do not depend on the machine but for the L2 cache; state lies where a layout says. */
const { reserve, occupy, earliestFree, holdEarliest, holdNext } = bench().memory.module;

const booked = [
  ['calendar', newCalendar, reserve],
  [
    'occupancy',
    newOccupancy,
    (at: number, from: number, length: number) => occupy(at, from, length, 0) + length,
  ],
] as const;
for (const [part, newPart, book] of booked) {
  for (const [title, spread] of [
    ['in order', 0],
    ['up to 512 slots late', 512],
  ] as const) {
    test(`${part}: requests ${title} take the first free slots from their time on`, (t) => {
      const layout = newLayout(buffer);
      const place = newPart(layout);
      layout.reset();
      const random = randoms(99);
      const busy = new Uint8Array(600_000);
      let at = 1000;
      for (let i = 0; i < 5000; i++) {
        at += random() % 150;
        const from = at - (spread > 0 ? random() % spread : 0);
        const length = 1 + (random() % 100);
        let end = from;
        for (let left = length; left > 0; end++) {
          if (busy[end] === 0) {
            busy[end] = 1;
            left--;
          }
        }
        if (book(place, from, length) !== end) t.fail(`request ${i} at ${from} of ${length}`);
      }
      t.pass();
    });
  }
}

test('occupancy: what it has forgotten counts as free; moving time zero moves what it knows', (t) => {
  const layout = newLayout(buffer);
  const before = layout.words(1 << 16);
  const place = newOccupancy(layout);
  layout.reset();
  for (let i = 0; i < 1000; i++) t.is(occupy(place, 1000 * i, 10, 0), 1000 * i);
  t.is(occupy(place, 0, 10, 0), 0);
  t.true(layout.i32.subarray(before >> 2, place >> 2).every((word) => word === 0));
  t.is(occupy(place, 999_000, 10, 0), 999_010);
  layout.rebase(123_456);
  t.is(occupy(place, 998_005 - 123_456, 10, 0), 998_010 - 123_456);
  t.is(occupy(place, 10_000_000, 10, 0), 10_000_000);
  t.is(occupy(place, 10_000_000 - 60_000, 10, 0), 10_000_000 - 60_000);
  t.is(occupy(place, 10_000_000, 10, 0), 10_000_010);
});

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
  const ring = newSlots(layout, 3);
  layout.reset();
  for (const until of [30, 10, 20]) {
    t.is(earliestFree(ring), OLDEST);
    holdNext(ring, until);
  }
  t.is(earliestFree(ring), 30);
  holdNext(ring, 40);
  t.is(earliestFree(ring), 10);
});

const l2 = (...overrides: string[]) => {
  const { memory, i32 } = bench(...overrides);
  const cache = memory.module;
  const flagsAt = (tag: number) => (tag + FLAGS) >> 2;
  let victim = -1;
  let flags = 0;
  return {
    cache,
    flagsAt,
    i32,
    /** Puts a line, clean and held by nobody, where a way is empty or in place of the victim. */
    allocateLine(line: number, at: number) {
      const tag = cache.roomFor(line);
      victim = i32[tag >> 2];
      flags = i32[flagsAt(tag)];
      cache.putLine(tag, line, 0, at);
      return tag;
    },
    victim: () => victim,
    flags: () => flags,
  };
};
/** Lines of set 3 of 1024. */
const line = (n: number): number => 1024 * n + 3;

test('L2: a set holds as many lines as ways; lines of other sets are not touched', (t) => {
  for (const ways of [1, 2, 4, 8]) {
    const { cache, allocateLine, victim } = l2(`l2.ways=${ways}`, `l2.sizeBytes=${ways * 128}KiB`);
    allocateLine(4, 0);
    for (let n = 0; n < ways; n++) {
      allocateLine(line(n), n);
      t.is(victim(), -1);
    }
    allocateLine(line(ways), ways);
    t.true(victim() !== -1 && (victim() & 1023) === 3);
    t.is(cache.findLine(victim()), 0);
    t.not(cache.findLine(line(ways)), 0);
    t.not(cache.findLine(4), 0);
  }
});

test('L2: true LRU evicts what was used longest ago', (t) => {
  const { cache, allocateLine, victim } = l2('l2.replacement=lru');
  for (let n = 0; n < 8; n++) allocateLine(line(n), n);
  cache.touchLine(cache.findLine(line(0)), 8);
  const evicted: number[] = [];
  for (let n = 8; n < 15; n++) {
    allocateLine(line(n), n + 1);
    evicted.push(victim());
  }
  t.deepEqual(evicted, [1, 2, 3, 4, 5, 6, 7].map(line));
});

test('L2: tree pseudo-LRU, by hand', (t) => {
  const { cache, allocateLine, victim } = l2();
  for (let n = 0; n < 8; n++) allocateLine(line(n), 0);
  const next = (n: number): number => {
    allocateLine(line(n), 0);
    return (victim() - 3) / 1024;
  };
  // Filled in order, every node points left: way 0. Its use turns root and both nodes on its path right: way 4.
  t.is(next(8), 0);
  t.is(next(9), 4);
  // Way 2 (its node was not turned), then way 6, and with all pairs used once, the other of each.
  t.deepEqual([10, 11, 12, 13, 14, 15].map(next), [2, 6, 1, 5, 3, 7]);
  // A round is over and the tree points at way 0 again; a use of way 4, in the other half, does not change that.
  cache.touchLine(cache.findLine(line(9)), 0);
  t.is(next(16), 8);
});

test('L2: locked ways keep their lines', (t) => {
  for (const replacement of ['treePlru', 'lru']) {
    const { allocateLine, victim } = l2('l2.lockedWays=3', `l2.replacement=${replacement}`);
    const ways = new Set<number>();
    for (let n = 0; n < 100; n++) {
      ways.add((allocateLine(line(n), n) >> 2) & 7);
      t.is(victim() === -1, n < 5);
    }
    t.is(ways.size, 5);
  }
});

test('L2: flags leave with the victim; a removed line makes room', (t) => {
  for (const replacement of ['treePlru', 'lru']) {
    const { cache, allocateLine, i32, flagsAt, victim, flags } = l2(`l2.replacement=${replacement}`);
    for (let n = 0; n < 8; n++) allocateLine(line(n), n);
    for (let n = 0; n < 8; n++) i32[flagsAt(cache.findLine(line(n)))] = DIRTY | (n << 1);
    allocateLine(line(8), 9);
    t.is(flags(), DIRTY | (((victim() - 3) / 1024) << 1));
    t.is(i32[flagsAt(cache.findLine(line(8)))], 0);
    cache.removeLine(cache.findLine(line(5)));
    t.is(cache.findLine(line(5)), 0);
    allocateLine(line(9), 10);
    t.is(victim(), -1);
    allocateLine(line(10), 11);
    t.not(victim(), -1);
  }
});

test('layout: state that does not fit is refused; times are rebased, other words are not', (t) => {
  const layout = newLayout(buffer);
  const word = layout.words(1, 77);
  const time = layout.times(1);
  const counter = layout.counters(1);
  const { i32, i64 } = layout;
  layout.reset();
  t.deepEqual([i32[word >> 2], i32[time >> 2], i64[counter >> 3]], [77, OLDEST, 0n]);
  i32[time >> 2] = 5000;
  layout.rebase(3000);
  t.deepEqual([i32[word >> 2], i32[time >> 2]], [77, 2000]);
  i32[time >> 2] = OLDEST + 1;
  layout.rebase(3000);
  t.is(i32[time >> 2], OLDEST);
  t.throws(() => layout.words(1 << 22), { instanceOf: RangeError });
});
