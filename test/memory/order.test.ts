import test from 'ava';
import { STATE_BASE } from '../../sim/engine/context.js';
import { rebaseL1 } from '../../sim/memory/l1.js';
import { bench, near, randoms } from './support.js';

interface Request {
  readonly at: number;
  readonly core: number;
  readonly line: number;
  readonly kind: 'load' | 'store';
}

/** Loads and stores of three cores, a line every `spacing` cycles on average. */
function requests(count: number, spacing: number, seed: number): Request[] {
  const random = randoms(seed);
  const next = [0, 0x20000, 0x40000];
  let at = 0;
  return Array.from({ length: count }, () => {
    at += 2 * (random() % (2 * spacing));
    const core = random() % 3;
    const isStore = random() % 5 === 0;
    const line = random() % 4 === 0 ? random() % 0x300000 : next[core]++;
    return { at, core, line, kind: isStore ? 'store' : 'load' };
  });
}

/** The sum of waiting, and the end, when requests are presented in the order given. */
function present(order: readonly Request[]) {
  const { memory, load } = bench();
  let waited = 0;
  let end = 0;
  for (const { at, core, line, kind } of order) {
    const ready =
      kind === 'load' ? load(core, line, at).ready : memory.store(core, 2 * core, line * 128, 16, at);
    waited += ready - at;
    end = Math.max(end, ready);
  }
  return { waited, end, statistics: memory.statistics() };
}

for (const spacing of [60, 100, 400]) {
  for (const quantum of [64, 256]) {
    test.serial(
      `presented core by core in windows of ${quantum} cycles, spacing ${spacing}: total within 1 %`,
      (t) => {
        const inTime = requests(20000, spacing, 7);
        const byCore = [...inTime].sort((a, b) => {
          const window = Math.floor(a.at / (2 * quantum)) - Math.floor(b.at / (2 * quantum));
          return window || a.core - b.core || a.at - b.at;
        });
        t.notDeepEqual(byCore, inTime);
        const first = present(inTime);
        const second = present(byCore);
        t.true(near(second.end, first.end, 0.01), `end ${first.end} ${second.end}`);
        // Near saturation an open stream of requests spends most of its time in queues, and who waits depends on order.
        const share = spacing < 200 ? 0.1 : 0.01;
        t.true(near(second.waited, first.waited, share), `waiting ${first.waited} ${second.waited}`);
      },
    );
  }
}

test.serial('three streaming cores, each running ahead by a quantum: time within 1 %', (t) => {
  const run = (quantum: number): number => {
    const { load } = bench();
    const s = [0, 0, 0];
    const line = [0, 0x20000, 0x40000];
    let now = 0;
    while (Math.min(...line.map((l) => l & 0xffff)) < 5000) {
      now += 2 * quantum;
      for (const core of [0, 1, 2]) {
        while (s[core] < now) s[core] = load(core, line[core]++, s[core]).issued + 30;
      }
    }
    return now / (line[0] + line[1] + line[2] - 0x60000);
  };
  const fine = run(8);
  for (const quantum of [64, 128, 256])
    t.true(near(run(quantum), fine, 0.01), `${quantum}: ${run(quantum)} ${fine}`);
});

test.serial('statistics agree with one another', (t) => {
  const { statistics: s, end } = present(requests(30000, 80, 3));
  t.is(s.l2LoadHits + s.l2LoadMisses, s.l1Misses);
  t.is(s.dramReadLines, s.l2LoadMisses + s.readsForOwnership);
  t.is(s.dramReadBytes, 128 * s.dramReadLines);
  t.is(s.dramWriteBytes, 128 * s.dramWriteLines);
  t.is(s.castouts, s.dramWriteLines);
  const written = s.rowHits + s.rowsClosed + s.rowConflicts - s.dramReadLines;
  t.true(s.dramWriteLines - written >= 0 && s.dramWriteLines - written < 16, 'the rest waits for its batch');
  t.is(s.gatherDrains, s.l2StoreHits + s.readsForOwnership);
  t.true(s.rowHits > 0 && s.rowsClosed > 0 && s.rowConflicts > 0 && s.castouts > 0);
  t.is(s.busReadBusy, 101 * s.dramReadLines);
  t.true(s.busReadBusy < end);
});

test.serial('moving time zero changes no answer', (t) => {
  const order = requests(6000, 80, 11);
  const plain = bench();
  const expected = order.map(({ core, line, at }) => plain.load(core, line, at).ready);
  const moved = bench();
  let epoch = 0;
  for (const [i, { core, line, at }] of order.entries()) {
    if (i % 1000 === 999) {
      const delta = at - epoch - 4096;
      moved.memory.rebase(delta);
      // The L1 caches' times belong to the machine.
      rebaseL1(moved.i32, delta);
      epoch += delta;
    }
    t.is(moved.load(core, line, at - epoch).ready + epoch, expected[i]);
  }
});

test.serial('minutes without a request to memory do no harm', (t) => {
  const { load, memory } = bench();
  const first = load(0, 1000, 5000).ready - 5000;
  for (let i = 0; i < 40; i++) memory.rebase(1 << 28);
  const later = load(0, 900_000, 5000).ready - 5000;
  // A refresh may lie in the way of one of them.
  t.true(Math.abs(later - first) < 500, `${later} after, ${first} before`);
});

test.serial('the state lies in the linear memory: a copy of it goes on alike', (t) => {
  const order = requests(4000, 80, 5);
  const { load, i32 } = bench();
  for (const { core, line, at } of order.slice(0, 2000)) load(core, line, at);
  const state = i32.slice(STATE_BASE / 4);
  const rest = () => order.slice(2000).map(({ core, line, at }) => load(core, line, at).ready);
  const first = rest();
  t.notDeepEqual(rest(), first);
  i32.set(state, STATE_BASE / 4);
  t.deepEqual(rest(), first);
});
