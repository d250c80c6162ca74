import test from 'ava';
import { requestsLogged } from '../../sim/memory/commands.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import { type Bench, bench, sharedMemory } from './support.js';

/*
 * What accesses leave in the caches and what leaves them for it. Lines n are those of one set of the L2 cache, 1024 sets
 * of eight ways, and of one set of each L1 cache.
 */
const line = (n: number): number => 1024 * n + 3;
const WAYS = 8;

type Access = (b: Bench, core: number, line: number, s: number) => number;
const ACCESSES: Readonly<Record<string, { readonly access: Access; readonly writes: boolean }>> = {
  load: { access: (b, core, line, s) => b.load(core, line, s).ready, writes: false },
  fetch: { access: ({ memory }, core, line, s) => memory.fetchMiss(core, 2 * core, line, s), writes: false },
  lwarx: {
    access: ({ memory }, core, line, s) => memory.loadReserve(core, 2 * core, line, s),
    writes: false,
  },
  store: {
    access: ({ memory }, core, line, s) => {
      memory.store(core, 2 * core, 128 * line, 16, s);
      return memory.sync(core, 2 * core, 'lwsync', s);
    },
    writes: true,
  },
  dcbz: { access: ({ memory }, core, line, s) => memory.zeroLine(core, 2 * core, line, s), writes: true },
  stwcx: {
    access: ({ memory }, core, line, s) => memory.storeConditional(core, 2 * core, line, s),
    writes: true,
  },
};
const KINDS = Object.keys(ACCESSES);
/** Half-cycles after which whatever an access does is over. */
const LONG = 4000;
/** Such times one after the other. */
function times(): () => number {
  let s = 0;
  return () => {
    s += LONG;
    return s;
  };
}
const alone = (...overrides: string[]) => bench('l1i.prefetchNextLine=false', ...overrides);

test.serial('each access is a use of its line in the L2 cache', (t) => {
  for (const replacement of ['lru', 'treePlru']) {
    for (const kind of KINDS) {
      const b = alone(`l2.replacement=${replacement}`);
      const { findLine } = b.memory.module;
      const next = times();
      for (let n = 0; n < WAYS; n++) b.load(0, line(n), next());
      ACCESSES[kind].access(b, 1, line(0), next());
      b.load(0, line(WAYS), next());
      t.not(findLine(line(0)), 0, `${replacement} ${kind}`);
    }
  }
});

test.serial('what was written leaves for memory when its place is needed, what was read does not', (t) => {
  for (const first of KINDS) {
    for (const other of KINDS) {
      for (const wasThere of [false, true]) {
        const b = alone();
        const next = times();
        if (wasThere) b.load(2, line(0), next());
        ACCESSES[first].access(b, 0, line(0), next());
        for (let n = 1; n <= WAYS; n++) ACCESSES[other].access(b, 1, line(n), next());
        t.is(b.memory.module.findLine(line(0)), 0);
        const { castouts, dramWriteLines } = b.memory.statistics();
        t.deepEqual(
          [castouts, dramWriteLines],
          ACCESSES[first].writes ? [1, 1] : [0, 0],
          `${first} ${other}`,
        );
      }
    }
  }
});

test.serial('a line that leaves the L2 cache leaves the L1 caches, too', (t) => {
  for (const other of KINDS) {
    for (const holders of [[0], [1], [2], [0, 2]]) {
      for (const isDirty of [false, true]) {
        const b = alone();
        const by = holders[0] === 1 ? 0 : 1;
        const next = times();
        if (isDirty) ACCESSES.store.access(b, holders[0], line(0), next());
        for (const core of holders) b.load(core, line(0), next());
        for (let n = 1; n < WAYS; n++) ACCESSES[other].access(b, by, line(n), next());
        t.true(holders.every((core) => b.holds(core, line(0))));
        const { l1Invalidations } = b.memory.statistics();
        ACCESSES[other].access(b, by, line(WAYS), next());
        const left = holders.filter((core) => b.holds(core, line(0)));
        t.deepEqual(left, [], `${other}, held by ${holders}`);
        t.is(b.memory.statistics().l1Invalidations - l1Invalidations, holders.length);
      }
    }
  }
});

test.serial(
  'the place in an L1 cache that a store of another core has emptied is the next to be filled',
  (t) => {
    const b = bench();
    const next = times();
    for (let n = 0; n < 4; n++) b.load(0, line(n), next());
    ACCESSES.store.access(b, 1, line(3), next());
    b.load(0, line(4), next());
    t.deepEqual(
      [0, 1, 2, 3, 4].map((n) => b.holds(0, line(n))),
      [true, true, true, false, true],
    );
  },
);

test.serial('a line on its way comes when it comes, whatever else asks for it', (t) => {
  const { atomic, l1i } = bench().machine;
  const extra = { load: 0, fetch: 2 * l1i.toIssueCycles, lwarx: 2 * atomic.loadReserveCycles, store: 0 };
  for (const [kind, cycles] of Object.entries(extra)) {
    const b = alone();
    const fill = b.load(0, line(0), 10_000).ready;
    t.is(ACCESSES[kind].access(b, 1, line(0), 10_100), fill + cycles, kind);
  }
});

test.serial('a second load of a line on its way to the L1 cache has it when the first has', (t) => {
  const b = bench();
  const { ready } = b.load(0, line(0), 10_000);
  t.deepEqual(b.load(0, line(0), 10_100), { issued: 10_100, ready });
});

test.serial(
  'one asked for later, by a core that was simulated first, comes as long after the earlier request',
  (t) => {
    const b = bench();
    const fill = b.load(0, line(0), 10_000).ready;
    t.is(b.load(1, line(0), 9000).ready, fill - 1000);
    t.is(b.load(2, line(0), 9500).ready, fill - 1000, 'the earlier request stands');
  },
);

test.serial('the way of a line is as much longer as its core is farther from the L2 cache', (t) => {
  const fills = (ask: (b: Bench, core: number) => number, ...overrides: string[]) =>
    [0, 1, 2].map((core) => ask(bench(...overrides), core));
  const asked = 10_000;
  const overDirty = (b: Bench, core: number) => {
    for (let n = 0; n < WAYS; n++) b.memory.zeroLine(1, 2, line(n), 100 * n);
    return b.load(core, line(WAYS), asked).ready;
  };
  const cases = {
    clean: fills((b, core) => b.load(core, line(0), asked).ready),
    dirty: fills(overDirty),
    fetch: fills((b, core) => b.memory.fetchMiss(core, 2 * core, line(0), asked)),
    past: fills((b, core) => b.memory.prefetch(core, 2 * core, line(0), asked), 'missQueue.prefetchInto=l1'),
  };
  for (const [title, [a, b, c]] of Object.entries(cases)) t.deepEqual([a - b, c - b], [-4, 4], title);
});

test.serial(
  'a miss slot is free again some time behind the line, as a line from the L2 cache needs none',
  (t) => {
    const entries = ['missQueue.entries=1'];
    const { bus } = bench().machine;
    for (const [title, overrides, dirty] of [
      ['clean', [], false],
      ['dirty', [], true],
      ['past the L2 cache', ['missQueue.prefetchInto=l1'], false],
    ] as const) {
      const b = bench(...entries, ...overrides);
      if (dirty) for (let n = 0; n < WAYS; n++) b.memory.zeroLine(1, 2, line(n), 100 * n);
      const fill = b.memory.prefetch(0, 0, line(WAYS), 10_000);
      t.is(b.load(0, line(WAYS + 1), 10_002).issued, fill + 2 * bus.slotTurnaroundCycles, title);
    }
    const b = bench(...entries);
    b.load(1, line(0), 100);
    const { ready } = b.load(0, line(0), 10_000);
    t.is(b.load(0, line(1), 10_002).issued, ready);
  },
);

test.serial('dcbf, lwarx and dcbz of a line send what is gathered for it first', (t) => {
  for (const kind of ['dcbf', 'lwarx', 'dcbz']) {
    const b = bench();
    b.memory.store(0, 0, 128 * line(0), 16, LONG);
    b.memory.store(0, 0, 128 * line(1), 16, LONG);
    if (kind === 'dcbf') b.memory.flushLine(0, 1, line(0), LONG + 2);
    else ACCESSES[kind].access(b, 0, line(0), LONG + 2);
    const { gatherDrains, readsForOwnership, dramReadLines, castouts } = b.memory.statistics();
    t.deepEqual([gatherDrains, readsForOwnership, dramReadLines], [1, 1, 1], kind);
    t.is(castouts, kind === 'dcbf' ? 1 : 0);
  }
});

test.serial('dcbz of a line on its way does not wait for it, nor does who reads it then', (t) => {
  const b = bench();
  const fill = b.load(1, line(0), 10_000).ready;
  t.is(b.memory.zeroLine(0, 0, line(0), 10_100), 10_100);
  const { issued, ready } = b.load(2, line(0), 10_200);
  t.true(ready < fill);
  t.is(ready - issued, 2 * 42);
  t.is(b.memory.statistics().l2LoadHitsInFlight, 0);
});

test.serial('barriers wait for lines that are being claimed', (t) => {
  const b = bench();
  const starts = [0, 1, 2].map((n) => b.memory.zeroLine(0, 0, line(n), 1000));
  t.deepEqual(starts, [1000, 1040, 1080]);
  t.is(b.memory.sync(0, 1, 'lwsync', 1000), 1120);
});

test.serial('a dirty line that leaves waits for a buffer, which it keeps until it is on the link', (t) => {
  // One way, so that a line takes the place of the one that is 1024 before it.
  const small = ['l2.ways=1', 'l2.sizeBytes=128KiB', 'l2.castoutBuffers=1'];
  const dirty = () => {
    const b = bench(...small);
    for (const line of [0, 1]) b.memory.zeroLine(1, 2, line, 100 * line);
    return b;
  };
  const { bus } = bench().machine;
  const rate = bus.writeBandwidth * bus.efficiency;
  const [write, request] = [Math.round((2 * 128) / rate), Math.round((2 * bus.requestBytes) / rate)];
  const s = 10_000;
  const PORT = 16;
  const loads = dirty();
  for (const line of [1024, 1025]) loads.load(0, line, s);
  // The request goes before the line; the second one comes by the port later.
  t.is(loads.memory.statistics().castoutWait, request + write - PORT);
  const claims = dirty();
  t.is(claims.memory.zeroLine(0, 0, 1024, s), s);
  t.is(claims.memory.zeroLine(1, 2, 1025, s), s + write);
  const flushes = dirty();
  t.is(flushes.memory.flushLine(0, 0, 0, s), s);
  t.is(flushes.memory.flushLine(1, 2, 1, s), s + write);
});

test.serial('a line that leaves comes to memory by the link and the same way as a request', (t) => {
  const { machine } = bench();
  const memory = newMemorySystem(sharedMemory(), machine, { commandLogEntries: 100 });
  for (let n = 0; n < WAYS; n++) memory.zeroLine(1, 2, line(n), 100 * n);
  memory.loadMiss(1, 2, line(WAYS), 10_000);
  const [write] = requestsLogged(sharedMemory(), memory.numbers).filter(({ isWrite }) => isWrite);
  const { requestTime, writeTime, pathBefore } = memory.numbers;
  const ticks = machine.dram.clock / (2 * machine.clock);
  t.is(write.asked, Math.ceil((10_000 + requestTime + writeTime + pathBefore) * ticks));
});

test.serial('stores of a core go to the L2 cache one after the other', (t) => {
  // Longer than they take the port.
  const b = bench('l2.storeCycles=7');
  const { l2 } = b.machine;
  const count = 7;
  for (let n = 0; n < count; n++) b.load(0, line(n), LONG * n);
  const s = LONG * count;
  for (let n = 0; n < count; n++) b.memory.store(0, 0, 128 * line(n), 4, s);
  t.is(b.memory.sync(0, 0, 'lwsync', s), s + 2 * (count * l2.storeCycles + l2.storeDoneCycles));
});

test.serial('lwarx and stwcx. of a thread follow one another, not those of its sibling', (t) => {
  const { atomic } = bench().machine;
  const [reserve, conditional] = [2 * atomic.loadReserveCycles, 2 * atomic.storeConditionalCycles];
  const b = bench();
  for (const n of [0, 1]) b.load(1, line(n), LONG * n);
  const s = 2 * LONG;
  t.is(b.memory.loadReserve(0, 0, line(0), s), s + reserve);
  t.is(b.memory.storeConditional(0, 1, line(1), s + 100), s + 100 + conditional);
  t.is(b.memory.storeConditional(0, 0, line(0), s), s + reserve + conditional);
  t.is(b.memory.loadReserve(0, 0, line(0), s), s + 2 * reserve + conditional);
});

test.serial(
  'lwarx of a line in memory takes as much longer than of one in the L2 cache as a load does',
  (t) => {
    const { atomic, l2 } = bench().machine;
    const fill = bench().load(1, line(0), 10_000).ready;
    for (const core of [0, 1, 2]) {
      const { memory } = bench();
      const ready = memory.loadReserve(core, 2 * core, line(0), 10_000);
      t.is(ready, fill + 2 * (atomic.loadReserveCycles - l2.latencyCycles));
      t.is(memory.statistics().dramReadLines, 1);
    }
  },
);
