import test from 'ava';
import seedrandom from 'seedrandom';
import { Choice } from '../../experiments/sampling/choose.js';
import { estimate, START_TRANSIENT, studentT, weightsOf } from '../../experiments/sampling/estimate.js';
import { passesOf } from '../../experiments/sampling/rounds.js';
import { planRun } from '../../experiments/sampling/sample.js';
import type { EndianStrategy } from '../../models/endian.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { resolve } from '../../sim/machine/resolve.js';

const RUN = { count: 200, drawsFrom: 20, exact: 4 };
const positions = Array.from({ length: RUN.count }, (_, p) => p);
/** Early ones cost anything, those of the prompt a constant less. */
const line = (p: number): number =>
  p < RUN.exact ? 5000 - 700 * p : 1000 + 3 * p - (p < RUN.drawsFrom ? 150 : 0);
const sum = (costs: readonly number[]): number => costs.reduce((a, b) => a + b, 0);
const chosen = (seed: number, run = RUN): number[] =>
  [...new Choice(run, seed, { drawing: 8, prompt: 2 }).chosen].sort((a, b) => a - b);

test('costs on two parallel lines are estimated exactly, whatever was measured', (t) => {
  for (let seed = 0; seed < 20; seed++) {
    const measured = chosen(seed);
    const found = estimate(RUN, measured, measured.map(line));
    const whole = sum(positions.map(line));
    t.true(Math.abs(found.total - whole) < 1e-9 * whole);
    const later = whole - sum(positions.slice(0, RUN.exact).map(line));
    t.true(Math.abs(found.halfWidth - START_TRANSIENT * later) < 1e-6 * whole, 'only the allowance is left');
    const { at, total } = weightsOf(RUN, measured);
    const parts = positions.map((p) => sum(at(p).map((w, i) => w * line(measured[i]))));
    t.true(
      parts.every((cost, p) => Math.abs(cost - line(p)) < 1e-6),
      'each position, too',
    );
    t.true(Math.abs(sum(parts) - sum(total.map((w, i) => w * line(measured[i])))) < 1e-6 * whole);
  }
});

test('a prompt that is measured whole needs no line of its own, and lies on none of the others', (t) => {
  const measured = [...positions.slice(0, RUN.drawsFrom), 25, 60, 120, 190];
  const found = estimate(RUN, measured, measured.map(line));
  t.true(Math.abs(found.total - sum(positions.map(line))) < 1e-6);
  t.true(Math.abs(found.halfWidth - found.allowance) < 1e-6);
});

test('a line through two points says nothing of how far others lie from it', (t) => {
  const run = { count: 5, drawsFrom: 0, exact: 0 };
  for (const costs of [
    [1, 2],
    [0, 0],
  ])
    t.is(estimate(run, [0, 4], costs).halfWidth, Number.POSITIVE_INFINITY);
});

test('within so many deviations lie 95 % of Student’s t', (t) => {
  for (const degrees of [...positions.slice(1, 35), 60, 150]) {
    // By Simpson's rule; the height of the curve follows from that with two degrees less.
    const density = (x: number) => (1 + x ** 2 / degrees) ** (-(degrees + 1) / 2);
    const integral = (to: number) => {
      const step = to / 2000;
      const terms = Array.from(
        { length: 2001 },
        (_, i) => (i % 2000 === 0 ? 1 : i % 2 ? 4 : 2) * density(i * step),
      );
      return (sum(terms) * step) / 3;
    };
    let height = degrees % 2 === 0 ? 0.5 : 1 / Math.PI;
    for (let n = degrees; n > 2; n -= 2) height *= (n - 1) / (n - 2);
    const inside = (2 * height * integral(studentT(degrees))) / Math.sqrt(degrees);
    t.true(Math.abs(inside - 0.95) < 1e-4, `${degrees}: ${inside}`);
  }
});

test('passes are the pieces of the prompt, then positions; the one that ends it draws first', (t) => {
  const fed = [7, 8, 9, 10, 11, 12];
  t.deepEqual(passesOf(fed, 6, 3, [2, 1]), [
    { position: 0, tokens: [7, 8], draws: false },
    { position: 2, tokens: [9], draws: false },
    { position: 3, tokens: [10], draws: true },
    { position: 4, tokens: [11], draws: true },
    { position: 5, tokens: [12], draws: true },
  ]);
  t.deepEqual(
    passesOf(fed, 4, 2, [3]).map(({ draws }) => draws),
    [true, true],
  );
});

test('least squares by hand: four points, one position predicted', (t) => {
  // Points (0, 1), (1, 2), (2, 2), (3, 4): slope 0.9, at 4 it is 4.5; squared residuals 0.7, spread 1 + 1/4 + 2.5^2/5.
  const run = { count: 5, drawsFrom: 0, exact: 0 };
  const { total, halfWidth, allowance } = estimate(run, [0, 1, 2, 3], [1, 2, 2, 4]);
  t.true(Math.abs(total - 13.5) < 1e-12);
  t.true(Math.abs(halfWidth - allowance - 4.303 * Math.sqrt((0.7 / 2) * 2.5)) < 1e-9);
});

test('with noise, 95 % of the intervals hold the total, without any allowance', (t) => {
  const random = seedrandom('noise');
  let inside = 0;
  const tries = 2000;
  for (let seed = 0; seed < tries; seed++) {
    const costs = positions.map(
      (p) => line(p) + (p < RUN.exact ? 0 : 20 * (sum(Array.from({ length: 12 }, random)) - 6)),
    );
    const measured = chosen(seed);
    const found = estimate(
      RUN,
      measured,
      measured.map((p) => costs[p]),
    );
    if (Math.abs(found.total - sum(costs)) <= found.halfWidth - found.allowance) inside++;
  }
  t.true(inside >= 0.94 * tries && inside <= 0.98 * tries, `${inside} of ${tries}`);
});

test('positions are chosen one a part, the same for the same seed, others for another', (t) => {
  t.deepEqual(chosen(1), chosen(1));
  t.notDeepEqual(chosen(1), chosen(2));
  for (let seed = 0; seed < 50; seed++) {
    const measured = [...new Choice(RUN, seed, { drawing: 9, prompt: 2 }).chosen].sort((a, b) => a - b);
    t.deepEqual(measured.slice(0, 4), [0, 1, 2, 3]);
    t.is(measured.filter((p) => p >= 4 && p < 20).length, 2);
    const drawing = measured.filter((p) => p >= 20);
    t.deepEqual(
      drawing.map((p) => Math.floor((p - 20) / 20)),
      [0, 1, 2, 3, 4, 5, 6, 7, 8],
    );
  }
});

test('more are added until none are left, and then nothing is estimated', (t) => {
  const run = { count: 30, drawsFrom: 3, exact: 1 };
  const choice = new Choice(run, 1, { drawing: 5, prompt: 1 });
  for (let more = choice.more(4, 30); more.length > 0; more = choice.more(4, 30)) t.true(more.length >= 1);
  t.is(choice.chosen.size, 30);
  const costs = positions.slice(0, 30);
  const { total, halfWidth, allowance } = estimate(run, costs, costs);
  t.is(total, sum(costs));
  t.is(halfWidth, allowance);
});

test('the first positions are all measured where they lie on no line', (t) => {
  const machine = resolve('xbox360', presetNamed('xbox360'));
  const exact = (caches: number, endian: EndianStrategy = 'offline', batches = [1, 1, 1]) => {
    const program = { fileBytes: caches * machine.l2.sizeBytes };
    const prompt = [1, 5, 6, 7];
    return planRun({ program, machine, prompt, steps: 9, batches }, { endian }).planned.exact;
  };
  t.is(exact(3), 4, 'caches fill');
  t.is(exact(4), 0, 'nothing stays in them');
  t.is(exact(4, 'lazy-vperm'), 1, 'weights are turned');
  t.is(exact(4, 'offline', [2, 1]), 2, 'two go through the layers together');
});
