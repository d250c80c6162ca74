import test from 'ava';
import { bench, gigabytesPerSecond, near } from './support.js';

const LINES_8_MB = 65536;

for (const policy of ['idleClose', 'open', 'closed']) {
  const share = policy === 'open' ? 0.18 : 0.05;
  test.serial(`dependent misses over 8 MB, row policy ${policy}: 610 cycles each`, (t) => {
    for (const core of [0, 1, 2]) {
      const { load } = bench(`dram.rowPolicy=${policy}`);
      let s = 0;
      for (let line = 0; line < LINES_8_MB; line++) s = load(core, line, s).ready;
      t.true(near(s / 2 / LINES_8_MB, 610, share), `core ${core}: ${s / 2 / LINES_8_MB}`);
    }
  });
}

test.serial('dependent misses in random order, open rows: never far from 610', (t) => {
  const { load } = bench();
  let s = 0;
  let line = 1;
  for (let i = 0; i < 5000; i++) {
    line = (line * 1103515245 + 12345) & 0x3fffff;
    s = load(1, line, s).ready;
  }
  t.true(near(s / 2 / 5000, 610, 0.03), String(s / 2 / 5000));
});

test.serial('memory.latencyCycles is the latency', (t) => {
  for (const latency of [500, 525, 680]) {
    const { load } = bench(`memory.latencyCycles=${latency}`);
    let s = 1000;
    let waited = 0;
    for (let line = 0; line < 4000; line++) {
      const { ready } = load(1, line, s);
      waited += ready - s;
      // Not at even distances: those would fall into step with refresh.
      s = ready + ((line * 37) % 512);
    }
    // Refresh adds 1 to 5 cycles on average, the next clock edge of the DRAM up to 5.
    const mean = waited / 2 / 4000;
    t.true(mean > latency - 3 && mean < latency + 10, String(mean));
  }
});

test.serial('one miss at a time moves 0.67 GB/s', (t) => {
  const { load } = bench();
  let s = 0;
  for (let line = 0; line < 10000; line++) s = load(0, line, s).ready;
  t.true(near(gigabytesPerSecond(10000, s), 0.67, 0.1), String(gigabytesPerSecond(10000, s)));
});

/** Streams of all `cores` side by side, each asking for its next line as soon as a slot takes it. */
function stream(cores: number, lines: number, ...overrides: string[]): number {
  const { load } = bench(...overrides);
  const s = new Array<number>(cores).fill(0);
  const done = new Array<number>(cores).fill(0);
  let end = 0;
  for (let left = cores * lines; left > 0; left--) {
    let core = 0;
    for (let other = 1; other < cores; other++) {
      if (done[core] === lines || (done[other] < lines && s[other] < s[core])) core = other;
    }
    const { issued, ready } = load(core, core * 0x10040 + done[core]++, s[core]);
    s[core] = issued + 40;
    end = Math.max(end, ready);
  }
  return gigabytesPerSecond(cores * lines, end);
}

test.serial('one core, 8 lines in flight: 3.5 to 5.4 GB/s, by default 4.8', (t) => {
  const rate = stream(1, 20000);
  t.true(near(rate, 4.8, 0.02), String(rate));
});

test.serial('three cores: 6 to 9.5 GB/s, by default 8', (t) => {
  const rate = stream(3, 20000);
  t.true(near(rate, 8, 0.03), String(rate));
});

test.serial(
  'the ends of the ranges of efficiency and turnaround give the ends of the published bounds',
  (t) => {
    t.true(stream(1, 5000, 'bus.slotTurnaroundCycles=320') > 3.4);
    t.true(stream(1, 5000, 'bus.slotTurnaroundCycles=0') < 5.4);
    t.true(near(stream(3, 5000, 'bus.efficiency=56'), 6, 0.03));
    t.true(near(stream(3, 5000, 'bus.efficiency=88'), 9.5, 0.04));
    t.true(stream(3, 5000, 'bus.efficiency=100', 'bus.slotTurnaroundCycles=0') < 10.8);
  },
);

test.serial('L2 hits take 38, 40 and 42 cycles by core', (t) => {
  for (const [core, latency] of [
    [0, 38],
    [1, 40],
    [2, 42],
  ]) {
    const { load } = bench();
    let s = 0;
    // 128 KB: four times the L1 cache, a part of the L2 cache.
    for (let line = 0; line < 1024; line++) s = load(core, line, s).ready;
    const start = s;
    for (let line = 0; line < 1024; line++) s = load(core, line, s).ready;
    t.is((s - start) / 2 / 1024, latency);
  }
});

test.serial(
  'L2 hits of one core with 8 in flight are bound by slots, of three by the port at 51.2 GB/s',
  (t) => {
    const { load, memory } = bench();
    for (let line = 0; line < 3072; line++) load(0, line, line * 2000);
    memory.clearStatistics();
    const from = 4000 * 2000;
    let end = 0;
    for (let line = 0; line < 1024; line++) {
      for (const core of [0, 1, 2])
        end = Math.max(end, load(core, core * 1024 + line, from + 16 * line).ready);
    }
    t.is(memory.statistics().l2LoadHits, 3072);
    const rate = gigabytesPerSecond(3072, end - from);
    t.true(near(rate, 51.2, 0.02), String(rate));
  },
);

test.serial('lwsync after stores: 33 to 48 cycles', (t) => {
  for (let stores = 0; stores <= 8; stores++) {
    const { memory, load } = bench();
    let s = 0;
    for (let line = 0; line < 8; line++) s = load(0, line, s).ready;
    for (let i = 0; i < stores; i++) s = memory.store(0, 0, 128 * i, 4, s) + 2;
    const cycles = (memory.sync(0, 0, 'lwsync', s) - s) / 2;
    t.true(cycles >= 33 && cycles <= 48, `${stores} stores: ${cycles}`);
  }
});

test.serial('lwarx and stwcx. in a loop: 225 to 260 cycles an increment', (t) => {
  const { memory } = bench();
  let s = memory.loadReserve(0, 0, 77, 0);
  const start = s;
  for (let i = 0; i < 100; i++) {
    const loaded = memory.loadReserve(0, 0, 77, s);
    s = memory.storeConditional(0, 0, 77, loaded + 4) + 4;
  }
  t.true((s - start) / 200 >= 225 && (s - start) / 200 <= 260, String((s - start) / 200));
  // Even if issue does not wait for either result, the accesses of a thread follow one another.
  let last = 0;
  const from = s;
  for (let i = 0; i < 100; i++) {
    memory.loadReserve(0, 0, 77, from + i);
    last = memory.storeConditional(0, 0, 77, from + i);
  }
  t.true((last - from) / 200 >= 225, String((last - from) / 200));
});
