import test from 'ava';
import { MemoryView } from '../../sim/observe/memory-view.js';

test('lines are counted where they lie, and again by how many misses lay between', (t) => {
  const view = new MemoryView();
  // Lines 8 to 11, twice over; line 8 once more at once; line 100 outside all places.
  for (let round = 0; round < 2; round++) for (let line = 8; line < 12; line++) view.note(line, round === 0);
  view.note(8, false);
  view.note(100, true);
  const [first, second, elsewhere] = view.traffic([
    { name: 'b', layer: 1, start: 10 * 128, bytes: 1024 },
    { name: 'a', layer: 0, start: 8 * 128, bytes: 256 },
  ]);
  t.deepEqual([first.name, first.dramLines, first.l2Lines, first.touchedLines], ['a', 2, 3, 2]);
  t.deepEqual(first.heat, [3, 2]);
  t.deepEqual([second.name, second.dramLines, second.l2Lines, second.touchedLines], ['b', 2, 2, 2]);
  t.deepEqual(second.heat, [2, 2, 0, 0, 0, 0, 0, 0]);
  t.deepEqual([elsewhere.name, elsewhere.dramLines], ['elsewhere', 1]);
  t.is(view.firstTouches, 5);
  // Four intervals of 4 misses each.
  t.deepEqual(view.reuse, [0, 0, 0, 5]);
});
