import test from 'ava';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { bench } from './support.js';

const KIB = 1024;
const on = (...overrides: string[]) => bench('translation.modelled=true', ...overrides);

/** Half-cycles that translating for a load of an address, which must miss the L1 cache, takes. */
function cost({ memory, i32 }: ReturnType<typeof bench>, address: number, core = 0): number {
  i32[(contextBase(2 * core) + CTX.translation) >> 2] = 0;
  memory.loadMiss(core, 2 * core, address >>> 7, 100_000);
  return i32[(contextBase(2 * core) + CTX.translation) >> 2];
}

const ERAT = 2 * 24;
const WALK = 2 * 650;

test.serial('the first access to a page walks the table, the next finds it', (t) => {
  const machine = on('translation.pageSize=4KB');
  t.is(cost(machine, 0), ERAT + WALK);
  t.is(cost(machine, 128), 0);
  t.is(cost(machine, 4 * KIB), ERAT + WALK);
  t.deepEqual([machine.memory.statistics().eratMisses, machine.memory.statistics().tlbMisses], [2, 2]);
  t.is(machine.memory.statistics().translationWait, 2 * (ERAT + WALK));
});

test.serial('cores have tables of their own', (t) => {
  const machine = on('translation.pageSize=4KB');
  t.is(cost(machine, 0, 0), ERAT + WALK);
  t.is(cost(machine, 0, 1), ERAT + WALK);
  t.is(cost(machine, 0, 0), 0);
});

test.serial('large pages: one TLB entry, an ERAT entry for each 64 KB', (t) => {
  const machine = on('translation.pageSize=16MB');
  t.is(cost(machine, 0), ERAT + WALK);
  t.is(cost(machine, 63 * KIB), 0);
  t.is(cost(machine, 64 * KIB), ERAT);
  t.is(cost(machine, 16 * KIB * KIB), ERAT + WALK);
});

test.serial('the ERAT holds 64 pages, two of a set, and replaces the older', (t) => {
  const machine = on('translation.pageSize=64KB');
  const page = (n: number) => n * 64 * KIB;
  for (let n = 0; n < 64; n++) t.is(cost(machine, page(n)), ERAT + WALK);
  for (let n = 0; n < 64; n++) t.is(cost(machine, page(n) + 128), 0);
  t.is(cost(machine, page(64)), ERAT + WALK);
  t.is(cost(machine, page(0)), ERAT, 'out of the ERAT, still in the TLB');
  t.is(cost(machine, page(64)), 0);
  t.is(cost(machine, page(32)), ERAT, 'the other of the set');
});

test.serial('the TLB reaches 64 MB with pages of 64 KB and 4 MB with pages of 4 KB', (t) => {
  for (const [size, bytes] of [
    ['64KB', 64 * KIB],
    ['4KB', 4 * KIB],
  ] as const) {
    const machine = on(`translation.pageSize=${size}`);
    for (const round of [0, 1]) {
      for (let n = 0; n < 1024; n++) t.is(cost(machine, n * bytes), round === 0 ? ERAT + WALK : ERAT);
    }
    t.is(cost(machine, 1024 * bytes), ERAT + WALK);
    t.is(cost(machine, 0), ERAT + WALK, `${size}: one page too many`);
  }
});

test.serial("reload by hardware and by libxenon's handler, cached and uncached", (t) => {
  for (const [reload, cycles] of [
    ['hardware', 650],
    ['softwareCached', 600],
    ['softwareUncached', 22_000],
  ] as const) {
    t.is(cost(on('translation.pageSize=64KB', `translation.reload=${reload}`), 0), ERAT + 2 * cycles);
  }
});

test.serial('regions have pages of their own', (t) => {
  const machine = on('translation.pageSize=16MB');
  machine.memory.mapPages([{ start: 1 << 20, bytes: 1 << 20, pageBytes: 4 * KIB }]);
  machine.memory.reset();
  t.is(cost(machine, 0), ERAT + WALK);
  t.is(cost(machine, 4 * KIB), 0);
  t.is(cost(machine, 1 << 20), ERAT + WALK);
  t.is(cost(machine, (1 << 20) + 4 * KIB), ERAT + WALK, 'a reset keeps the map');
  t.is(cost(machine, 2 << 20), ERAT, 'behind the region the large page again');
});

test.serial('a prefetch that misses the TLB is dropped; one that misses the ERAT alone is not', (t) => {
  const { memory, holds, i32 } = on('translation.pageSize=64KB', 'translation.eratEntries=2');
  memory.prefetch(0, 0, 0, 1000);
  t.false(holds(0, 0));
  t.is(memory.statistics().prefetchesDropped, 1);
  for (const page of [0, 1, 2]) memory.loadMiss(0, 0, 512 * page, 5000);
  memory.prefetch(0, 0, 1, 9000);
  t.true(holds(0, 1));
  t.is(i32[(contextBase(0) + CTX.translation) >> 2], ERAT);
});

test.serial('stores ask once for each gather buffer they begin, dcbz each time', (t) => {
  const machine = on('translation.pageSize=4KB');
  const { memory, i32 } = machine;
  const word = (contextBase(0) + CTX.translation) >> 2;
  memory.store(0, 0, 0x1000, 16, 1000);
  t.is(i32[word], ERAT + WALK);
  memory.store(0, 0, 0x1010, 16, 1010);
  t.is(i32[word], 0);
  memory.zeroLine(0, 0, 0x2000 >> 7, 2000);
  t.is(i32[word], ERAT + WALK);
});

test.serial('what an access takes comes after its translation', (t) => {
  const machine = on('translation.pageSize=4KB');
  const { memory, i32 } = machine;
  const page = (n: number) => (n * 4 * KIB) >>> 7;
  const s = 100_000;
  memory.loadMiss(0, 0, page(1), s);
  t.is(i32[(contextBase(0) + CTX.acceptedAt) >> 2], s + ERAT + WALK);
  t.is(memory.store(0, 0, 2 * 4 * KIB, 16, s), s + ERAT + WALK);
  t.is(memory.zeroLine(0, 0, page(3), s), s + ERAT + WALK);
  t.is(memory.flushLine(0, 0, page(4), s + 10_000), s + 10_000 + ERAT + WALK);
  const { translationWait } = memory.statistics();
  t.is(translationWait, 4 * (ERAT + WALK));
  // A prefetch goes no farther than the TLB.
  const small = on('translation.pageSize=4KB', 'translation.eratEntries=2');
  for (const n of [1, 2, 3]) small.memory.loadMiss(0, 0, page(n), s);
  small.memory.prefetch(0, 0, page(1) + 1, 2 * s);
  t.is(small.i32[(contextBase(0) + CTX.acceptedAt) >> 2], 2 * s + ERAT);
  small.memory.prefetch(0, 0, page(9), 3 * s);
  t.is(small.i32[(contextBase(0) + CTX.translation) >> 2], 0);
  t.is(small.i32[(contextBase(0) + CTX.acceptedAt) >> 2], 3 * s);
});

test.serial('tables of more than four ways use all of them', (t) => {
  const machine = on('translation.pageSize=64KB', 'translation.eratEntries=8', 'translation.eratWays=8');
  for (const round of [ERAT + WALK, 0]) {
    for (let n = 0; n < 8; n++) t.is(cost(machine, 64 * KIB * n + (round === 0 ? 128 : 0)), round);
  }
});

test.serial('pages of two sizes with one number are two', (t) => {
  const machine = on('translation.pageSize=64KB');
  machine.memory.mapPages([{ start: 0, bytes: 1 << 20, pageBytes: 4 * KIB }]);
  machine.memory.reset();
  // Page 16 of 4 KB and page 16 of 64 KB.
  t.is(cost(machine, 16 * 4 * KIB), ERAT + WALK);
  t.is(cost(machine, 16 * 64 * KIB), ERAT + WALK);
});

test.serial('switched off, nothing is looked up', (t) => {
  const machine = bench('translation.pageSize=4KB');
  t.is(cost(machine, 0), 0);
  t.is(machine.memory.statistics().eratMisses, 0);
});
