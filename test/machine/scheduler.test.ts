import test from 'ava';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { type Engine, Scheduler, type SystemCallAnswer, UNKNOWN } from '../../sim/machine/scheduler.js';

/** The scheduler over an engine that does nothing but pass time. */

const QUANTUM = 2 * 256;
const END = 3000;
/** Where it stands until when the memory is crowded: never. */
const CROWDED = [64, 128];

interface Run {
  readonly thread: number;
  readonly from: number;
  readonly deadline: number;
  /** How far the engine might have gone on by itself. */
  readonly limit: number;
  /** The word that tells until when the memory is crowded. */
  readonly crowdedUntil: number;
}

/**
 * Runs thread 0, whose first call is answered by `first`, and those that this wakes, to END; returns the runs. `act` is
 * called when the first quantum is over, and `idle` of time that passes for nobody.
 */
function runs(
  first: (scheduler: Scheduler) => SystemCallAnswer,
  act: (scheduler: Scheduler) => void = () => {},
  idle?: (thread: number, halfCycles: number) => void,
): Run[] {
  const buffer = new ArrayBuffer(0x2010_0000);
  const i32 = new Int32Array(buffer);
  for (const word of CROWDED) i32[word >> 2] = UNKNOWN;
  const issue = (thread: number) => (contextBase(thread) + CTX.issue) >> 2;
  const found: Run[] = [];
  let called = false;
  let told = { limit: 0, crowdedUntil: 0 };
  const engine: Engine = {
    schedule({ limit, crowdedUntil }) {
      told = { limit, crowdedUntil };
      return undefined;
    },
    run(thread, deadline) {
      found.push({ thread, from: i32[issue(thread)], deadline, ...told });
      const isFirst = thread === 0 && !called;
      i32[issue(thread)] = isFirst ? 100 : Math.max(deadline, i32[issue(thread)] + 1);
      return isFirst || i32[issue(thread)] >= END ? { kind: 'systemCall' } : { kind: 'yield' };
    },
    runSync: () => ({ kind: 'yield' }),
  };
  const options = {
    quantumCycles: QUANTUM / 2,
    crowdedLeadCycles: 16,
    crowdedUntil: CROWDED,
    smtWindowCycles: 256,
    idle,
  };
  const scheduler = new Scheduler(buffer, engine, options, () => {
    if (called) return 'done';
    called = true;
    return first(scheduler);
  });
  let quanta = 0;
  scheduler.run(
    [0],
    () => {
      if (quanta++ === 0) act(scheduler);
    },
    false,
  );
  return found;
}

test('a woken thread begins with a cycle of its own, no sooner than its waker', (t) => {
  const found = runs((scheduler) => {
    scheduler.wake(2, 100);
    return 'done';
  });
  t.like(found.find(({ thread }) => thread === 2)!, { from: 101 });
});

test('who is alone runs past the quantum, but no longer once another thread runs', (t) => {
  const alone = runs(() => 'continue');
  t.true(alone[0].deadline > 4 * QUANTUM);
  const two = runs((scheduler) => {
    scheduler.wake(2, 100);
    return 'continue';
  });
  for (const { thread, from, deadline } of two.slice(1)) {
    const end = (Math.floor(from / QUANTUM) + 1) * QUANTUM;
    t.true(deadline <= end, `thread ${thread} from ${from} to ${deadline}`);
  }
  t.true(two.some(({ thread, from }) => thread === 2 && from > 2 * QUANTUM));
  // They have just begun to run beside each other: each is at most the lead ahead.
  for (const { from, deadline } of two.slice(1))
    if (from < 100 + QUANTUM) t.true(deadline - from <= 4 * 16 + 2, `from ${from} to ${deadline}`);
});

test('who sleeps for a while goes on when that is over, though time zero has moved', (t) => {
  for (const delta of [0, 1024]) {
    const idle: number[] = [];
    const found = runs(
      () => ({ until: 2001 }),
      (scheduler) => scheduler.rebase(delta),
      (_thread, halfCycles) => idle.push(halfCycles),
    );
    t.deepEqual(
      found.slice(0, 2).map(({ from }) => from),
      [0, 2001 - delta],
    );
    t.deepEqual(idle, [1901]);
  }
});

test('after a call the engine does not go on by itself before the host has looked who wakes when', (t) => {
  const [before, after] = runs(() => 'continue');
  t.true(before.limit > END);
  t.is(after.limit, 0);
});

test('threads that have begun together part when that is long ago, though time zero has moved', (t) => {
  const wake = (scheduler: Scheduler) => {
    scheduler.wake(2, 100);
    return 'continue' as const;
  };
  for (const delta of [0, 128 * QUANTUM]) {
    const found = runs(wake, (scheduler) => scheduler.rebase(delta));
    const later = found.find(({ from }) => from >= 3 * QUANTUM - delta && from < 4 * QUANTUM - delta)!;
    t.true(later.deadline - later.from > QUANTUM / 2, `from ${later.from} to ${later.deadline}`);
  }
});

test('more than two threads make the memory crowded sooner', (t) => {
  for (const [others, word] of [
    [[2], CROWDED[0]],
    [[2, 4], CROWDED[1]],
  ] as const) {
    const found = runs((scheduler) => {
      for (const thread of others) scheduler.wake(thread, 100);
      return 'continue';
    });
    t.is(found.find(({ from }) => from > 2 * QUANTUM)!.crowdedUntil, word);
  }
});

test('nobody runs far ahead of a thread that will wake', (t) => {
  const found = runs((scheduler) => {
    scheduler.wake(2, 100);
    return { until: 2001 };
  });
  for (const { from, deadline } of found.slice(1))
    t.true(deadline <= (Math.floor(from / QUANTUM) + 1) * QUANTUM, `from ${from} to ${deadline}`);
});
