import test from 'ava';
import { bench } from './support.js';

/** What the memory system counts, one situation after the other; waits in half-cycles. */
const S = 10_000;
/** Half-cycles for which a line takes the L2 cache's port. */
const PORT = 16;

test.serial('waits for the port of the L2 cache', (t) => {
  const { load, memory } = bench();
  for (const line of [1, 2]) load(2, line, 2000 * line);
  memory.clearStatistics();
  const [first, second] = [load(1, 1, S).ready, load(0, 2, S).ready];
  t.deepEqual([first, second], [S + 2 * 40, S + PORT + 2 * 38]);
  t.is(memory.statistics().l2PortWait, PORT);
});

test.serial('loads of lines that are on their way', (t) => {
  const { load, memory } = bench();
  const awaited = memory.linesAwaited();
  load(0, 1, S);
  load(1, 1, S + 100);
  load(2, 1, S + 5000);
  const { l2LoadMisses, l2LoadHits, l2LoadHitsInFlight } = memory.statistics();
  t.deepEqual([l2LoadMisses, l2LoadHits, l2LoadHitsInFlight], [1, 2, 1]);
  t.is(memory.linesAwaited() - awaited, 2);
});

test.serial('waits for a miss slot, a read for ownership, a request on the bus', (t) => {
  const slots = bench('missQueue.entries=1');
  const { ready } = slots.load(1, 1, S);
  const free = ready + 2 * slots.machine.bus.slotTurnaroundCycles;
  t.is(slots.load(1, 2, S + 2).issued, free);
  t.is(slots.memory.statistics().missSlotWait, free - (S + 2));
  const owned = bench('readForOwnership.entries=1').memory;
  owned.store(0, 0, 0, 4, S);
  const first = owned.sync(0, 0, 'lwsync', S);
  const both = bench('readForOwnership.entries=1').memory;
  for (const line of [0, 1]) both.store(0, 0, 128 * line, 4, S);
  both.sync(0, 0, 'lwsync', S);
  // A buffer is taken 4 cycles after the one before it.
  t.is(both.statistics().ownershipWait, first - (S + 2 * 8));
  const bus = bench('bus.requestsInFlight=1');
  const arrived = bus.load(1, 1, S).ready;
  bus.load(1, 2, S);
  t.is(bus.memory.statistics().requestWait, arrived - (S + PORT));
});

test.serial('when the last lines from memory have come', (t) => {
  const { memory, load, i32 } = bench();
  const arrivals: number[] = [];
  for (let n = 0; n < 6; n++) {
    // Core 1 is neither nearer nor farther than the time says.
    arrivals.push(load(1, 100 * n, S + 5000 * n).ready);
    const { crowdedUntil } = memory;
    // Two lines are on their way until the last but one has come, four until the last but three.
    const until = [arrivals.at(-2), arrivals.at(-4)];
    for (const [i, time] of until.entries()) if (time !== undefined) t.is(i32[crowdedUntil[i] >> 2], time);
  }
});

test.serial('barriers, and how long they take', (t) => {
  const { memory } = bench();
  memory.sync(0, 0, 'sync', S);
  memory.sync(1, 2, 'lwsync', S);
  const { barriers, barrierWait } = memory.statistics();
  t.deepEqual([barriers, barrierWait], [2, 2 * (80 + 33)]);
});

test.serial('lwarx and stwcx.', (t) => {
  const { memory } = bench();
  memory.loadReserve(0, 0, 5, S);
  for (const thread of [0, 1]) memory.storeConditional(0, thread, 5, S);
  const { loadReserves, storeConditionals, dramReadLines } = memory.statistics();
  t.deepEqual([loadReserves, storeConditionals, dramReadLines], [1, 2, 1]);
});

test.serial('instructions: lines missed, fetched ahead, and what threads have waited for them', (t) => {
  const { memory } = bench();
  const first = memory.fetchMiss(0, 0, 10, S);
  const second = memory.fetchMiss(0, 0, 11, first);
  const { fetchMisses, fetchesAhead, fetchL2Misses, fetchWait } = memory.statistics();
  // Each line from memory: 10, and 11 with it, and 12 with that.
  t.deepEqual([fetchMisses, fetchesAhead, fetchL2Misses], [2, 1, 3]);
  t.is(fetchWait, second - S);
});
