import test from 'ava';
import { cpiCsv } from '../../reports/csv.js';
import type { RunResult } from '../../reports/results.js';
import { statistics } from '../../reports/stats.js';
import { runOf } from '../support/runs.js';

/** What a run's statistics say must add up to what the run says. */
const short = { prompt: '', steps: '3', ignoreEos: true, threads: '3', endian: 'load-vperm' };

const near = (a: number, b: number) => Math.abs(a / b - 1) < 1e-9;

test('counters are those of the forward passes', async (t) => {
  const run = await runOf(short);
  const { hardware, simulated: s, ops } = run;
  const memory = hardware?.memory ?? {};
  t.is(memory.dramReadBytes, s.dramReadBytes);
  t.is(memory.dramWriteBytes, s.dramWriteBytes);
  t.true(near(memory.busReadUtilisation, s.busReadUtilisation));
  t.is(memory.l1Misses, memory.l2LoadHits + memory.l2LoadMisses);
  const retired = hardware?.threads.reduce((sum, { instructions }) => sum + instructions, 0) ?? 0;
  t.is(retired, s.instructions + s.spinInstructions);
  // All but what threads do outside the tape: a few instructions at the start and the end of each pass.
  const passes = ops.filter(({ op }) => op !== 'byteswap').reduce((sum, o) => sum + o.instructions, 0);
  t.true(Math.abs(retired - passes) < 1000, `${retired} retired, ${passes} by operation`);
  t.true(ops.some(({ op }) => op === 'byteswap'));
});

test('statistics have paths of the hardware, and numbers everywhere', async (t) => {
  const run = await runOf({ ...short, endian: 'offline' });
  const values = new Map(statistics(run).map(([path, value]) => [path, value]));
  for (const thread of ['core0.thread0', 'core1.thread0', 'core2.thread0'])
    t.true(Number(values.get(`xenon.${thread}.ipc`)) > 0, thread);
  const [hits, misses] = ['hits', 'misses'].map((name) => Number(values.get(`xenon.l2.${name}.demandLoad`)));
  t.is(values.get('xenon.l2.missRate'), misses / (hits + misses));
  t.true(Number(values.get('xenon.dram.rowHitRate')) > 0);
  for (const [path, value] of values) {
    if (path.startsWith('xenon.')) t.true(Number.isFinite(value), `${path} ${value}`);
  }
});

test('estimated runs and other memories have no counters', async (t) => {
  const sampled = await runOf({ ...short, mode: 'sampled', skipTokens: true });
  t.is(sampled.hardware, undefined);
  const other = await runOf({ ...short, threads: '1', machine: 'powerbook-g4', kernels: 'scalar' });
  t.is(other.hardware, undefined);
  // Its caches are counted all the same: at least the weights came from memory once.
  t.true(other.simulated.dramReadBytes > 1e6);
  t.true(other.simulated.busReadUtilisation > 0 && other.simulated.busReadUtilisation < 1);
});

test('causes by site are a tidy table that sums to the cycles of the sites', async (t) => {
  const run = (await runOf({ ...short, stack: true })) as RunResult & Required<Pick<RunResult, 'stacks'>>;
  const [head, ...rows] = cpiCsv(run)
    .trimEnd()
    .split('\n')
    .map((line) => line.split(',').slice(-7));
  t.deepEqual(head, ['op', 'site', 'layer', 'group', 'cause', 'thread_cycles', 'cycles_per_instruction']);
  const sumOf = (column: number) =>
    rows
      .filter(([op, site]) => op === 'matmul' && site === 'classifier')
      .reduce((sum, row) => sum + Number(row[column]), 0);
  const classifier = run.ops.find(({ op, site }) => op === 'matmul' && site === 'classifier');
  t.is(sumOf(5), classifier?.cycles ?? 0);
  t.true(near(sumOf(6), (classifier?.cycles ?? 0) / (classifier?.instructions ?? 0)));
});
