import test from 'ava';
import { memoryView as section } from '../../reports/sections/memory-view.js';
import { MemoryView } from '../../sim/observe/memory-view.js';
import { runOf } from '../support/runs.js';

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

test('of a run: every line of the weights comes, and as many lines as L1 misses', async (t) => {
  const { memoryView, stacks } = await runOf({ prompt: 'Once', steps: '5', threads: '3', stack: true });
  t.truthy(stacks);
  const { places, firstTouches, reuse, occupancy, rows } = memoryView!;
  const wq = places.filter(({ name }) => name === 'wq');
  t.true(wq.length > 1 && wq.every(({ layer }, i) => layer === i));
  for (const { touchedLines, bytes, dramLines } of wq) {
    t.true(touchedLines >= bytes / 128);
    t.true(dramLines > 0);
  }
  const lines = places.reduce((sum, p) => sum + p.l2Lines + p.dramLines, 0);
  t.is(lines, firstTouches + reuse.reduce((a, b) => a + b, 0));
  t.true(rows.hits + rows.closed + rows.conflicts > 0);
  t.true(occupancy.length > 10 && occupancy.every(({ read, written }) => read >= 0 && written >= 0));
  const page = section(memoryView!).markup;
  for (const part of ['memory-traffic-720', 'memory-heat-720', 'reuse-720', 'occupancy-720']) {
    t.true(page.includes(part), part);
  }
});
