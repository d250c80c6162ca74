import test from 'ava';
import { presetNamed } from '../../sim/machine/presets.js';
import { type Machine, resolve } from '../../sim/machine/resolve.js';
import { newPlainMemory } from '../../sim/memory/plain-memory.js';
import { sharedMemory } from './support.js';

/**
 * The memory of machines with an issue window, with numbers that are easy to follow: each expectation is derived from the
 * rules of memory/plain. Lines have 32 bytes. The bus takes 8 cycles for one and 16 to write one, memory 100, the port of
 * L2 2, L2 9, a refill 3. L1 has two sets of two ways, L2 four of four.
 */

interface Change {
  readonly plain?: Partial<Machine['plainMemory']>;
  readonly inFlight?: number;
  readonly slots?: number;
  readonly port?: number;
  readonly bandwidth?: number;
}

const preset = resolve('powermac-g4', presetNamed('powermac-g4'));

function memory({ plain = {}, inFlight = 2, slots = 2, port = 2, bandwidth = 4 }: Change = {}) {
  const { bus, core, l1d, l2, plainMemory } = preset;
  const made = newPlainMemory(sharedMemory(), {
    ...preset,
    bus: { ...bus, readBandwidth: bandwidth, writeBandwidth: 2, efficiency: 1, requestsInFlight: inFlight },
    core: { ...core, storeQueueEntries: 2 },
    l1d: { ...l1d, sizeBytes: 128, ways: 2, lineBytes: 32, refillCycles: 3 },
    l2: { ...l2, sizeBytes: 512, ways: 4, latencyCycles: 9, portCyclesPerLine: port, storeCycles: 4 },
    memory: { ...preset.memory, latencyCycles: 100 },
    missQueue: { ...preset.missQueue, entries: slots },
    plainMemory: { ...plainMemory, ...plain },
  });
  const i32 = new Int32Array(sharedMemory().buffer);
  return {
    load: (line: number, t: number) => made.module.loadAt(32 * line + 8, t),
    store: (line: number, t: number) => made.module.storeAt(32 * line + 8, t),
    touch: (line: number, t: number) => made.module.touch(32 * line, t),
    claim: (line: number, t: number) => made.module.claim(32 * line, t),
    counts: made.counts,
    /** Of the last access. */
    moving: () => i32[made.moving >> 2],
    joined: () => i32[made.joined >> 2] !== 0,
  };
}

test('a line comes from memory, is on its way, and is there', (t) => {
  const { load, joined, moving, counts } = memory();
  t.is(load(0, 1000), 1100);
  t.is(moving(), 3);
  t.false(joined());
  t.is(load(0, 1050), 1100);
  t.is(moving(), 0);
  t.true(joined());
  t.is(load(0, 1100), 1100);
  t.false(joined());
  t.like(counts(), { l1Misses: 1, l2Misses: 1, castouts: 0 });
});

test('misses wait for the bus, for the port of L2, for a request and for a slot', (t) => {
  const second = (change: Change) => {
    const { load } = memory(change);
    load(0, 1000);
    return load(1, 1000);
  };
  t.is(second({}), 1108);
  t.is(second({ port: 20 }), 1120);
  t.is(second({ bandwidth: 3 }), 1111, 'ten cycles and two thirds behind the first');
  t.is(second({ inFlight: 1 }), 1200);
  t.is(second({ slots: 1 }), 1200);
  const { load } = memory({ slots: 3 });
  t.deepEqual(
    [0, 1, 2].map((line) => load(line, 1000)),
    [1100, 1108, 1200],
    'the oldest request is over first',
  );
  const { load: again } = memory();
  t.deepEqual([again(0, 1000), again(1, 1000), again(2, 1104)], [1100, 1108, 1204], 'and so is its slot');
});

test('the line used longest ago leaves, to be found in L2', (t) => {
  const { load, store, touch, moving } = memory();
  const users = [(at: number) => load(0, at), (at: number) => store(0, at), (at: number) => touch(0, at)];
  for (const [i, use] of users.entries()) {
    const at = 10_000 * (i + 1);
    load(0, at);
    load(2, at + 1000);
    use(at + 2000);
    load(4, at + 3000);
    t.true(load(0, at + 4000) < at + 4000, 'still in L1');
    t.is(load(2, at + 5000), at + 5009);
    t.is(moving(), 3);
  }
});

test('the same of L2, whose lines are used by misses of L1', (t) => {
  const { load } = memory();
  for (const [i, line] of [0, 4, 8, 12, 0, 16].entries()) load(line, 1000 * (i + 1));
  load(4, 8000);
  t.is(load(0, 9000), 9009);
  t.is(load(8, 10_000), 10_100, 'the fifth line or line 4 has taken its place');
});

test('written lines keep the port when they leave L1, and the bus when they leave L2', (t) => {
  for (const sharedBus of [true, false]) {
    const { load, store, moving, counts } = memory({ plain: { sharedBus } });
    store(0, 1000);
    load(2, 2000);
    load(4, 3000);
    t.is(moving(), 6, 'one line in, one out');
    t.is(load(4, 3001), 3100);
    t.is(counts().castouts, 0);
    load(8, 4000);
    load(12, 5000);
    t.is(load(16, 6000), 6100);
    t.is(counts().castouts, 1);
    t.is(load(1, 6000), sharedBus ? 6124 : 6108);
    // What came in its place is not written.
    for (const [i, line] of [4, 8, 12, 20].entries()) load(line, 7000 + 1000 * i);
    t.is(counts().castouts, 1);
  }
  const { load, store, moving } = memory({ port: 20 });
  load(0, 500);
  store(0, 1000);
  load(2, 2000);
  load(4, 3000);
  t.is(moving(), 6);
  t.is(load(1, 3000), 3140, 'the port is kept by the line that comes and the one that goes');
});

test('a written line that L2 has not goes to memory', (t) => {
  const { load, claim, counts } = memory();
  claim(0, 1000);
  t.true(load(0, 1001) <= 1001);
  load(2, 2000);
  load(4, 3000);
  t.is(counts().castouts, 1);
  load(6, 4000);
  claim(6, 5000);
  load(4, 5500);
  load(8, 6000);
  t.is(counts().castouts, 1, 'L2 has this one');
  for (const [i, line] of [10, 14, 18, 22].entries()) load(line, 7000 + 1000 * i);
  t.is(counts().castouts, 2);
});

test('stores leave their queue in order, one after the other', (t) => {
  const { load, store } = memory();
  t.is(store(0, 1000), 1000);
  t.is(store(0, 1001), 1001);
  // The first has gone when its line is there, the second a cycle later.
  t.is(store(0, 1002), 1100);
  t.is(store(0, 1003), 1101);
  t.is(store(0, 1004), 1102);
  t.is(load(1, 1003), 1108);
  // One to a line that a load has asked for.
  const { load: ask, store: write } = memory();
  ask(0, 1000);
  write(0, 1001);
  write(0, 1001);
  t.is(write(0, 1002), 1100);
});

test('misses of stores overlap where they have slots', (t) => {
  const { load, store } = memory({ plain: { storeMisses: 2 } });
  load(2, 100);
  store(0, 1000);
  store(1, 1000);
  t.is(store(2, 1002), 1100);
  t.is(store(2, 1003), 1108);
  t.is(store(2, 1004), 1100, 'no sooner than the store before it in its place');
  t.is(store(2, 1005), 1108);
});

test('a line that a store has fetched from memory takes longer, as do further stores to it', (t) => {
  const { load, store } = memory({ plain: { storeMissCycles: 9 } });
  store(0, 1000);
  store(0, 1001);
  t.is(store(0, 1002), 1109);
  t.is(store(0, 1003), 1119);
  // A line of L2's.
  load(1, 2000);
  load(3, 3000);
  load(5, 4000);
  store(1, 5000);
  store(1, 5000);
  t.is(store(1, 5000), 5009);
  t.is(store(1, 5000), 5010);
});

test('misses of loads wait for stores, and joined loads for slots, where the machine does so', (t) => {
  const behind = (loadMissesWaitForStores: boolean) => {
    const { load, store } = memory({ plain: { loadMissesWaitForStores } });
    store(0, 1000);
    return load(1, 1001);
  };
  t.deepEqual([behind(false), behind(true)], [1108, 1200]);
  const joined = (joinedLoadsTakeEntries: boolean) => {
    const { load } = memory({ plain: { joinedLoadsTakeEntries } });
    load(0, 1000);
    t.is(load(0, 1010), 1100);
    return load(1, 1020);
  };
  t.deepEqual([joined(false), joined(true)], [1120, 1200]);
  const { load } = memory({ plain: { joinedLoadsTakeEntries: true }, slots: 1 });
  t.deepEqual([load(0, 1000), load(1, 1000), load(0, 1010)], [1100, 1200, 1200]);
});

test('stores that are written through keep the port, and L2 brings their lines', (t) => {
  const { load, store, counts } = memory({ plain: { writeBack: false } });
  store(0, 1000);
  t.is(load(0, 1010), 1100, 'on its way to L2');
  t.like(counts(), { l1Misses: 1, l2Misses: 1 });
  store(0, 2000);
  store(0, 2000);
  t.is(store(0, 2000), 2004);
  t.is(store(0, 2000), 2008);
  t.is(load(1, 2000), 2116, 'behind four stores');
  // Written in L2, not in L1: it leaves L1 without a word.
  load(2, 3000);
  load(4, 4000);
  t.is(counts().castouts, 0);
  for (const [i, line] of [8, 12, 16].entries()) load(line, 5000 + 1000 * i);
  t.is(counts().castouts, 1);
});

const STREAMS = { streams: 2, streamLines: 3, streamStart: 2, streamPageBytes: 256 };

test('neighbouring misses start a stream, which runs ahead as it is used, to the end of its page', (t) => {
  const { load, touch, counts } = memory({ plain: STREAMS });
  const asked = (line: number, at: number) => {
    load(line, at);
    return counts().prefetches;
  };
  t.is(asked(9, 1000), 0);
  t.is(asked(10, 2000), 1);
  t.is(load(11, 3000), 3009, 'L2 has it');
  t.is(counts().prefetches, 3, 'one more line ahead each time');
  touch(12, 4000);
  t.is(counts().prefetches, 3);
  t.is(asked(12, 4500), 5, 'a hit is a use');
  t.is(asked(13, 5000), 5);
  t.is(asked(14, 6000), 5);
  t.is(asked(15, 7000), 5);
  t.is(asked(16, 8000), 5, 'another page');
  // No stream begins with the first line of a page, or without as many misses as it takes.
  t.is(asked(39, 9000), 5);
  t.is(asked(40, 10_000), 5);
  t.is(asked(51, 11_000), 5);
  t.is(asked(53, 12_000), 5);
  const { load: again, counts: fewer } = memory({ plain: STREAMS });
  for (const line of [13, 9, 10, 11]) again(line, 1000 * line);
  t.is(fewer().prefetches, 2, 'line 13 is there');
  const { load: third, counts: countsOf } = memory({ plain: { ...STREAMS, streamStart: 3 } });
  for (const line of [9, 10]) third(line, 100 * line);
  t.is(countsOf().prefetches, 0);
  third(11, 2000);
  t.is(countsOf().prefetches, 1);
});

test('a line of a stream may still be on its way; the stream used longest ago ends', (t) => {
  const { load, counts } = memory({ plain: STREAMS });
  load(1, 1000);
  load(2, 2000);
  // Asked for behind the miss of line 2, which has the bus until then.
  t.is(load(3, 2010), 2108);
  load(9, 3000);
  load(10, 4000);
  load(4, 5000);
  load(17, 6000);
  load(18, 7000);
  // Lines 3; 4, 5; 11; 6, 7; 19.
  t.is(counts().prefetches, 7);
  load(11, 8000);
  t.is(counts().prefetches, 8, 'its stream has gone, so that one begins');
  load(19, 9000);
  t.is(counts().prefetches, 10);
});
