import test from 'ava';
import { bench, gigabytesPerSecond, near } from './support.js';

/** Stores 16 bytes every cycle, as far as the buffers take them; returns when the last is ordered. */
function writeStream(lines: number, zero: boolean, ...overrides: string[]) {
  const { memory } = bench(...overrides);
  let s = 0;
  for (let line = 0; line < lines; line++) {
    if (zero) s = memory.zeroLine(0, 0, line, s) + 2;
    for (let at = 0; at < 128; at += 16) s = memory.store(0, 0, 128 * line + at, 16, s) + 2;
  }
  return { end: memory.sync(0, 0, 'lwsync', s), statistics: memory.statistics(), memory };
}

test.serial('a write stream reads each line for ownership; with dcbz128 it reads none', (t) => {
  const plain = writeStream(8192, false).statistics;
  t.is(plain.readsForOwnership, 8192);
  t.is(plain.dramReadBytes, 8192 * 128);
  t.is(plain.l2StoreHits, 8192, "a line's second half finds it on its way");
  const zeroed = writeStream(8192, true).statistics;
  t.is(zeroed.readsForOwnership, 0);
  t.is(zeroed.dramReadBytes, 0);
  t.is(zeroed.zeroLines, 8192);
});

test.serial('four reads for ownership in flight bound a write stream to 2.7 GB/s', (t) => {
  const rate = gigabytesPerSecond(20000, writeStream(20000, false).end);
  t.true(near(rate, ((4 * 128) / 610) * 3.2, 0.03), String(rate));
  const one = gigabytesPerSecond(5000, writeStream(5000, false, 'readForOwnership.entries=1').end);
  t.true(near(one, 0.67, 0.05), String(one));
});

test.serial('a stream of claimed lines is bound by the write link', (t) => {
  const rate = gigabytesPerSecond(40000, writeStream(40000, true).end);
  t.true(near(rate, 8.1, 0.2), String(rate));
  t.true(rate > 8.1, 'the L2 cache takes 1 MB that is never written back');
});

test.serial('dirty lines are written back once each, when their set is needed', (t) => {
  const { memory } = bench();
  let s = 0;
  for (let line = 0; line < 100; line++) s = memory.store(0, 0, 128 * line, 4, s) + 100;
  s = memory.sync(0, 0, 'lwsync', s);
  t.is(memory.statistics().dramWriteBytes, 0);
  for (let line = 100; line < 100 + 16 * 8192; line++) s = memory.loadMiss(1, 2, line, s);
  const { dramWriteBytes, castouts, dramReadBytes, l2LoadMisses } = memory.statistics();
  t.is(castouts, 100);
  t.is(dramWriteBytes, 100 * 128);
  t.is(l2LoadMisses, 16 * 8192);
  t.is(dramReadBytes, (100 + 16 * 8192) * 128);
});

test.serial('stores to one 64-byte range gather, and drain after the timeout', (t) => {
  const { memory } = bench('storeGather.timeoutCycles=64');
  for (let at = 0; at < 64; at += 4) t.is(memory.store(0, 0, at, 4, at), at);
  t.is(memory.statistics().storesGathered, 15);
  t.is(memory.statistics().gatherDrains, 0);
  memory.store(0, 0, 4096, 4, 60 + 127);
  t.is(memory.statistics().gatherTimeouts, 0);
  memory.store(0, 0, 8192, 4, 60 + 128);
  t.is(memory.statistics().gatherTimeouts, 1);
});

test.serial('a range begun late but early in time drains when it times out', (t) => {
  const { memory } = bench('storeGather.timeoutCycles=64');
  memory.store(0, 0, 0, 4, 1000);
  memory.store(0, 0, 4096, 4, 900);
  memory.store(0, 0, 8192, 4, 900 + 128);
  t.is(memory.statistics().gatherTimeouts, 1);
  memory.store(0, 0, 16384, 4, 1000 + 128);
  t.is(memory.statistics().gatherTimeouts, 2);
});

test.serial('with one buffer the next range sends the one before', (t) => {
  const { memory } = bench('storeGather.buffers=1');
  for (let i = 0; i < 4; i++) memory.store(0, 0, 64 * i, 4, 100 * i);
  const { gathersBegun, gatherDrains } = memory.statistics();
  t.deepEqual([gathersBegun, gatherDrains], [4, 3]);
  // It is free again when the L2 cache has taken what was in it, 4 cycles later.
  t.is(memory.store(0, 0, 4096, 4, 350), 358);
});

test.serial('what times out leaves then, not when anybody looks', (t) => {
  const { memory } = bench();
  memory.store(0, 0, 0, 4, 100);
  memory.store(0, 0, 0, 4, 9000);
  t.is(memory.statistics().gatherTimeouts, 1);
  t.is(memory.sync(0, 0, 'lwsync', 9000), 9000 + 2 * 33);
});

test.serial('eight ranges gather side by side; the threads of a core share them, cores do not', (t) => {
  const { memory } = bench();
  for (let i = 0; i < 7; i++) memory.store(0, i & 1, 64 * i, 4, i);
  for (let i = 0; i < 7; i++) memory.store(0, 1 - (i & 1), 64 * i + 8, 4, 10 + i);
  t.is(memory.statistics().storesGathered, 7);
  t.is(memory.statistics().gatherDrains, 0);
  memory.store(0, 0, 64 * 7, 4, 20);
  t.is(memory.statistics().gatherDrains, 1, 'the last free buffer taken: the oldest drains');
  memory.store(1, 2, 64, 4, 21);
  t.is(memory.statistics().storesGathered, 7);
});

test.serial('a store that crosses a range uses two', (t) => {
  const { memory } = bench();
  memory.store(0, 0, 60, 8, 0);
  memory.store(0, 0, 0, 4, 1);
  memory.store(0, 0, 64, 4, 2);
  t.is(memory.statistics().storesGathered, 2);
});

test.serial("a store takes the line out of other cores' L1 caches, not out of its own", (t) => {
  const { memory, load, holds } = bench();
  let s = 0;
  for (const core of [0, 1, 2]) s = load(core, 5, s).ready;
  memory.store(1, 2, 5 * 128, 4, s);
  const without = memory.sync(1, 2, 'lwsync', s) - s;
  t.deepEqual(
    [0, 1, 2].map((core) => holds(core, 5)),
    [false, true, false],
  );
  t.is(memory.statistics().l1Invalidations, 2);
  t.is(without / 2, 4 + 14 + 40, 'drain, order, invalidate');
  s = load(0, 5, s + 2000).ready;
  t.is(s / 2 - Math.floor(s / 2), 0);
  memory.storeConditional(2, 4, 5, s);
  t.deepEqual(
    [0, 1, 2].map((core) => holds(core, 5)),
    [false, false, false],
  );
});

test.serial('dcbz128: 20 cycles apart, the line everywhere replaced', (t) => {
  const { memory, load, holds } = bench();
  const s = load(0, 9, 0).ready;
  t.is(memory.zeroLine(0, 0, 9, s), s);
  t.false(holds(0, 9));
  t.is(memory.zeroLine(0, 0, 10, s + 2), s + 40);
  t.is(memory.zeroLine(0, 1, 11, s + 200), s + 200);
  const again = load(0, 10, s + 400);
  t.is(again.ready - again.issued, 76, 'in the L2 cache');
});

test.serial('barriers with nothing to wait for: lwsync and eieio 33 cycles, sync 80', (t) => {
  for (const [kind, cycles] of [
    ['lwsync', 33],
    ['eieio', 33],
    ['sync', 80],
  ] as const) {
    const { memory } = bench();
    t.is(memory.sync(0, 0, kind, 1000) - 1000, 2 * cycles, kind);
  }
  t.is(bench('sync.eieioCycles=20').memory.sync(0, 0, 'lwsync', 1000), 1000 + 2 * 33);
});

test.serial('lwsync waits for reads for ownership, and for the stores of both threads', (t) => {
  const { memory } = bench();
  memory.store(0, 0, 0, 4, 100);
  const end = memory.sync(0, 1, 'lwsync', 100);
  t.true(near((end - 100) / 2, 610, 0.05), String((end - 100) / 2));
  t.is(memory.sync(1, 2, 'lwsync', 100), 100 + 66, 'another core has nothing to wait for');
  t.is(memory.sync(0, 0, 'priority', 100), 100);
});

test.serial('flushing a dirty line writes it back and leaves it nowhere', (t) => {
  const { memory, load, holds } = bench();
  let s = load(0, 3, 0).ready;
  memory.store(0, 0, 3 * 128, 4, s);
  memory.flushLine(0, 0, 3, s + 2);
  t.is(memory.statistics().dramWriteLines, 1);
  t.false(holds(0, 3));
  s += 10_000;
  const again = load(0, 3, s);
  t.true(again.ready - s > 1000);
  memory.flushLine(0, 0, 3, again.ready);
  t.is(memory.statistics().dramWriteLines, 1, 'a clean line is not written');
});
