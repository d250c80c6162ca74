import test from 'ava';
import { contextBase, FETCH_MAP_BASE, FETCH_MAP_BYTES, fetchMap, L1_BASE } from '../../sim/engine/context.js';
import { L1_BYTES, L1_SET_BYTES, L1_WAYS } from '../../sim/memory/wasm/l1-set.js';
import { bench, randoms } from './support.js';

const KINDS = ['load', 'store', 'zero', 'flush', 'reserve', 'fetch'] as const;

/** Accesses of three cores by turns, with a barrier behind each store: what one does is over when the next comes. */
function accesses(): { core: number; line: number; kind: (typeof KINDS)[number] }[] {
  const random = randoms(21);
  return Array.from({ length: 60_000 }, () => {
    const core = random() % 3;
    const kind = KINDS[random() % 20] ?? 'load';
    const line = random() % 3 === 0 ? random() % 0x30_0000 : 0x1000 * core + (random() % 9000);
    return { core, line, kind };
  });
}

for (const overrides of [[], ['l2.replacement=lru'], ['l2.lockedWays=2']]) {
  test.serial(`warming leaves the caches as detailed accesses do ${overrides.join()}`, (t) => {
    const warmed = bench(...overrides);
    const { module, numbers } = warmed.memory;
    const l2Words = (i32: Int32Array) => {
      const words: number[] = [];
      // Tags and flags: fill times, times of last use and how long lines were on their way are others.
      for (let set = 0; set <= numbers.l2SetMask; set++) {
        const first = (numbers.l2First + 128 * set) >> 2;
        words.push(...i32.subarray(first, first + 8));
        words.push(...i32.subarray(first + 16, first + 24).map((flags) => flags & 255));
      }
      return words;
    };
    const l1Words = (i32: Int32Array) => {
      const words: number[] = [];
      for (let set = L1_BASE; set < L1_BASE + 3 * L1_BYTES; set += L1_SET_BYTES)
        words.push(...i32.subarray(set >> 2, (set >> 2) + L1_WAYS));
      return words;
    };
    /** Which lines the instruction caches hold, and the tags behind. */
    const fetchBytes = ({ buffer }: Int32Array) => {
      const { fetchTags, fetchSetMask, fetchWays } = numbers;
      const tags = 4 * 3 * (fetchSetMask + 1) * fetchWays;
      return [
        Buffer.from(buffer, FETCH_MAP_BASE, 3 * FETCH_MAP_BYTES).toString('latin1'),
        Buffer.from(buffer, fetchTags, tags).toString('latin1'),
      ];
    };
    const isFetched = (core: number, line: number) =>
      (new Uint8Array(warmed.i32.buffer)[fetchMap(core) + (line >> 3)] >> (line & 7)) & 1;
    module.warmFrom(1000);
    for (const { core, line, kind } of accesses()) {
      const context = contextBase(2 * core);
      if (kind === 'load') module.warmLoad(context, line);
      else if (kind === 'store') module.warmStore(context, line);
      else if (kind === 'zero') module.warmZero(context, line);
      else if (kind === 'flush') module.warmFlush(context, line);
      else if (kind === 'reserve') module.warmReserve(context, line);
      else if (!isFetched(core, line)) module.warmFetch(context, line);
    }
    t.true(module.warmUntil() >= 1000 + 50_000);
    const found = { l1: l1Words(warmed.i32), l2: l2Words(warmed.i32), fetched: fetchBytes(warmed.i32) };
    const detailed = bench(...overrides);
    let s = 1000;
    for (const { core, line, kind } of accesses()) {
      s += 4000;
      if (kind === 'load') detailed.load(core, line, s);
      else if (kind === 'zero') detailed.memory.zeroLine(core, 2 * core, line, s);
      else if (kind === 'flush') detailed.memory.flushLine(core, 2 * core, line, s);
      else if (kind === 'reserve') detailed.memory.loadReserve(core, 2 * core, line, s);
      else if (kind === 'fetch') {
        if (!isFetched(core, line)) detailed.memory.fetchMiss(core, 2 * core, line, s);
      } else {
        detailed.memory.store(core, 2 * core, 128 * line, 16, s);
        detailed.memory.sync(core, 2 * core, 'lwsync', s);
      }
    }
    t.deepEqual(l1Words(detailed.i32), found.l1);
    t.deepEqual(l2Words(detailed.i32), found.l2);
    t.true(fetchBytes(detailed.i32).every((bytes, i) => bytes === found.fetched[i]));
  });
}

test.serial('a row is open as long after it was warmed as after a read', (t) => {
  // Both at the same clock: the row must be opened first, and another one waits until it may be closed.
  const second = (line: number, ...overrides: string[]) => {
    const { memory } = bench('dram.rowPolicy=open', ...overrides);
    memory.module.warmFrom(6400);
    memory.module.warmLoad(contextBase(0), 64);
    return (memory.module.readDram(line, 6400) - 6400) * (0.7 / 6.4);
  };
  const DATA = 8;
  t.is(Math.round(second(66) - DATA), 11 + 11);
  // Lines 512 apart are in two rows of a bank.
  t.is(Math.round(second(64 + 512, 'dram.tRas=21') - DATA), 21 + 12 + 22);
});

test.serial('a row that a refresh has closed since is opened again by a warmed access', (t) => {
  const { memory } = bench('dram.rowPolicy=open');
  for (const [line, time] of [
    [64, 6400],
    [66, 64_000],
  ]) {
    memory.module.warmFrom(time);
    memory.module.warmLoad(contextBase(0), line);
  }
  memory.loadMiss(0, 0, 68, memory.module.warmUntil());
  t.is(memory.statistics().rowHits, 1);
});

test.serial('a line that is claimed opens no row', (t) => {
  const { memory } = bench('dram.rowPolicy=open');
  memory.module.warmFrom(1000);
  memory.module.warmZero(contextBase(0), 64);
  memory.loadMiss(0, 0, 66, memory.module.warmUntil());
  t.is(memory.statistics().rowHits, 0);
});

test.serial('warmed accesses leave pages in the tables of translation', (t) => {
  const [load, store, reserve] = ['warmLoad', 'warmStore', 'warmReserve'] as const;
  for (const [kind, walks] of [
    [load, 0],
    [store, 0],
    [reserve, 1],
  ] as const) {
    const { memory } = bench('translation.modelled=true', 'translation.pageSize=4KB');
    memory.module.warmFrom(1000);
    memory.module[kind](contextBase(0), 5);
    memory.clearStatistics();
    memory.loadMiss(0, 0, 6, 5000);
    t.is(memory.statistics().tlbMisses, walks, kind);
  }
});

test.serial('a warmed row is found open for as long as rows stay open', (t) => {
  const { memory } = bench('dram.rowPolicy=open');
  memory.module.warmFrom(1000);
  memory.module.warmLoad(contextBase(0), 64);
  memory.loadMiss(0, 0, 66, memory.module.warmUntil());
  t.is(memory.statistics().rowHits, 1);
});
