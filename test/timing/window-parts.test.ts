import test from 'ava';
import { Latest, Queue, Ring, Slots, UnitState } from '../../sim/timing/window-parts.js';

/** Parts of an issue window, and that they do the same when time zero has moved. */

/** By how much: a multiple of the cycles that units keep. */
const DELTA = 4096;

/** What `act` gives from cycle 10,000 on, and the same from where that is after time zero has moved. */
function both<T>(make: () => T, before: (part: T) => void, act: (part: T, now: number) => number[]) {
  const [still, moved] = [make(), make()];
  before(still);
  before(moved);
  (moved as { rebase(delta: number): void }).rebase(DELTA);
  return [act(still, 10_000), act(moved, 10_000 - DELTA).map((cycle) => cycle + DELTA)];
}

test('slots, rings and sets', (t) => {
  const slots = both(
    () => new Slots(2),
    (part) => {
      part.take(10_000);
      part.take(10_000);
    },
    (part, now) => [part.room(now - 1), part.room(now), part.room(now + 1)],
  );
  t.deepEqual(slots, [
    [9999, 10_001, 10_001],
    [9999, 10_001, 10_001],
  ]);
  const keep = (part: { keep?(time: number): void; put?(time: number): void }) => {
    for (const time of [9000, 10_005, 10_001, 10_003]) {
      part.keep?.(time);
      part.put?.(time);
    }
  };
  const least = both(
    () => new Latest(3),
    keep,
    (part) => [part.least],
  );
  t.deepEqual(least, [[10_001], [10_001]]);
  const oldest = both(
    () => new Ring(3),
    keep,
    (part) => [part.oldest],
  );
  t.deepEqual(oldest, [[10_005], [10_005]]);
});

test('queues issue in order or not, the oldest few of them a cycle', (t) => {
  for (const [inOrder, cycles] of [
    [true, [10_005, 10_006, 10_006]],
    [false, [10_000, 10_001, 10_005]],
  ] as const) {
    const found = both(
      () => new Queue({ size: 4, oldest: 2, inOrder, width: 2 }),
      (part) => void part.issue(10_005),
      (part, now) => [part.issue(now), part.issue(now + 1), part.issue(now + 5)],
    );
    t.deepEqual(found, [cycles, cycles]);
  }
});

test('units are busy where they have been taken, and in order begin nothing sooner', (t) => {
  for (const [outOfOrder, cycles] of [
    [true, [10_000, 10_005, 10_006]],
    [false, [10_005, 10_006, 10_007]],
  ] as const) {
    const found = both(
      () => new UnitState(2, outOfOrder),
      (part) => {
        part.start(10_001, 3);
        part.start(10_004, 1);
      },
      (part, now) => [part.start(now, 1), part.start(now, 1), part.start(now + 1, 2)],
    );
    t.deepEqual(found, [cycles, cycles]);
    const held = both(
      () => new UnitState(2, outOfOrder),
      (part) => part.stall(10_020),
      (part, now) => [part.start(now, 1)],
    );
    t.deepEqual(held, outOfOrder ? [[10_000], [10_000]] : [[10_021], [10_021]]);
  }
});
