import test from 'ava';
import { roofline } from '../../experiments/run/roofline.js';
import { rooflineReport } from '../../reports/roofline-report.js';
import { machineWith } from '../support/guest.js';

const machine = machineWith();

test('ceilings are sustained below their peaks, points lie below the roof', (t) => {
  const sizes = { rows: 96, columns: 288 };
  const result = roofline(machine, ['matmul.scalar', 'matmul.vmx128'], sizes);
  for (const { name, peak, sustained } of result.ceilings) {
    t.true(sustained > 0.3 * peak && sustained <= peak, `${name}: ${sustained} of ${peak}`);
  }
  // Streams of six threads must not drive each other out of the L2 cache.
  const memory = result.ceilings.filter(({ kind }) => kind === 'memory').map(({ sustained }) => sustained);
  t.true(memory[1] > 1.6 * memory[0], memory.join(' '));
  // One multiply-add of four lanes a cycle.
  t.is(result.ceilings[0].peak, 8 * machine.clock);
  t.true(result.ceilings[0].sustained > 0.9 * result.ceilings[0].peak);
  for (const point of result.points) {
    t.deepEqual(point.sizes, sizes);
    t.is(point.flops, 2 * 96 * 288);
    t.is(point.flopsPerSecond, (point.flops * machine.clock) / point.cycles);
    t.true(point.flopsPerSecond <= point.attainable, point.kernel);
    t.true(point.dramBytes >= 96 * 288 * 4, 'the matrix comes from memory');
  }
  t.true(result.points[1].flopsPerSecond > 2 * result.points[0].flopsPerSecond);
  const page = rooflineReport(result);
  t.is(page.match(/<circle class="mark/g)?.length, 2 * result.points.length);
});
