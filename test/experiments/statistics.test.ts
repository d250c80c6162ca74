import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { stackText } from '../../experiments/cli/stack-text.js';
import { packageRoot } from '../../experiments/node/package.js';
import { cpiCsv, phasesCsv, rooflineCsv } from '../../reports/csv.js';
import { hotspotsText } from '../../reports/hotspots.js';
import type { RunResult } from '../../reports/results.js';
import { memoryView as section } from '../../reports/sections/memory-view.js';
import { statistics, statsText, statsTree } from '../../reports/stats.js';
import { runOf } from '../support/runs.js';

/** What a run's statistics say must add up to what the run says: a prompt that is read two positions at a time, then two tokens; weights turned at load. */
const ASKED = {
  prompt: 'Once upon a',
  steps: '10',
  ignoreEos: true,
  threads: '3',
  endian: 'load-vperm',
  prefillBatch: '2',
  stack: true,
};
let run: RunResult;
test.before(async () => {
  run = await runOf(ASKED);
});

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const near = (a: number, b: number) => Math.abs(a / b - 1) < 1e-9;

/** Rows of a CSV by column; quoted cells hold commas at most. */
function rowsOf(text: string): Record<string, string>[] {
  const [head, ...lines] = text.trimEnd().split('\n');
  const names = head.split(',');
  return lines.map((line) =>
    Object.fromEntries(
      (line.match(/"[^"]*"|[^,]+|(?<=,|^)(?=,|$)/g) ?? []).map((cell, i) => [names[i], cell]),
    ),
  );
}

test('counters are those of the forward passes', (t) => {
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

test('statistics have paths of the hardware, and numbers everywhere', (t) => {
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

test('a run with --stack: the same figures, and causes that sum to all cycles', async (t) => {
  const plain = await runOf({ ...ASKED, stack: false });
  const { stacks, memoryView, roofline, hotspots, ...rest } = run;
  t.deepEqual({ ...rest, host: undefined }, { ...plain, host: undefined });
  t.truthy(memoryView && roofline && hotspots);
  t.is(stacks!.threads.length, 3);
  const [first] = stacks!.threads;
  for (const { cycles } of stacks!.threads) t.is(sum(cycles), sum(first.cycles));
  for (const { op, site, cycles } of stacks!.sites) {
    const cost = plain.ops.find((o) => o.op === op && o.site === site);
    if (op !== 'none') t.is(sum(cycles), cost!.cycles, site);
  }
  const spent = (ops: object) => sum(Object.values(ops).map(({ cycles }) => cycles));
  const [load, ...passes] = plain.phases!;
  t.is(spent(plain.ops) - spent(load.ops), 3 * plain.simulated.cycles);
  for (const { ops, cycles } of passes) t.is(spent(ops), 3 * cycles);
  const bySites = stacks!.leaves.map((_, i) => sum(stacks!.sites.map(({ cycles }) => cycles[i])));
  t.deepEqual(
    bySites,
    stacks!.leaves.map((_, i) => sum(stacks!.threads.map(({ cycles }) => cycles[i]))),
  );
  const text = stackText(stacks!);
  t.regex(text, /matmul +\d+\.\d % +\S/);
  t.regex(text, /barrier +\d+\.\d % +barrier (9\d|100) %/);
});

test('every line of the weights comes, and as many lines as L1 misses', (t) => {
  const { memoryView, stacks } = run;
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

test('causes by site are a tidy table that sums to the cycles of the sites', (t) => {
  const [head, ...rows] = cpiCsv({ ...run, stacks: run.stacks! })
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

test('phases are loading, each pass of the prompt and each token', (t) => {
  const { phases = [], promptTokens } = run;
  t.deepEqual(
    phases.map(({ phase }) => phase),
    ['load', ...phases.slice(1).map(({ position = 0 }) => (position < promptTokens ? 'prefill' : 'decode'))],
  );
  t.is(sum(phases.map(({ positions }) => positions)), 10);
  t.true(phases.some(({ phase, positions }) => phase === 'prefill' && positions === 2));
  t.true(phases[0].cycles > 0 && (phases[0].memory?.dramReadBytes ?? 0) > 0);
  t.true(phases[0].seconds > run.simulated.convertSeconds);
});

test('phases add up to the run, counter by counter', (t) => {
  const { phases = [], simulated: s, hardware, ops, positions } = run;
  const passes = phases.slice(1);
  t.is(sum(passes.map(({ cycles }) => cycles)), s.cycles);
  hardware?.threads.forEach(({ instructions }, i) => {
    t.is(sum(passes.map(({ threads }) => threads[i].instructions)), instructions);
  });
  t.is(sum(passes.map(({ spinInstructions }) => spinInstructions)), s.spinInstructions);
  const counters = Object.entries(hardware?.memory ?? {}).filter(([name]) => !name.endsWith('Utilisation'));
  t.true(counters.length > 30);
  for (const [name, value] of counters) {
    const found = sum(passes.map(({ memory }) => memory?.[name] ?? 0));
    t.is(found, value, name);
  }
  for (const op of new Set(ops.map((cost) => cost.op)))
    for (const what of ['calls', 'cycles', 'instructions'] as const) {
      const whole = sum(ops.filter((cost) => cost.op === op).map((cost) => cost[what]));
      t.is(sum(phases.map((phase) => phase.ops[op]?.[what] ?? 0)), whole, `${op} ${what}`);
    }
  for (const { position, seconds, dramReadBytes } of positions.filter(
    ({ together }) => together === undefined,
  )) {
    const phase = passes.find((p) => p.position === position);
    t.is(phase?.memory?.dramReadBytes, dramReadBytes);
    t.true(Math.abs((phase?.seconds ?? 0) - seconds) < 1e-12);
  }
});

/** Dumps of stats.txt: values by path. */
const dumpsOf = (text: string): Map<string, string>[] =>
  text
    .split(/^-+ Begin Simulation Statistics -+\n/m)
    .slice(1)
    .map((dump) => {
      const lines = dump.split('\n').filter((line) => line.includes('#'));
      return new Map(lines.map((line) => line.split(/\s+/, 2) as [string, string]));
    });

test('stats.txt has a dump of the run and of each phase, whose ratios are made of its own counts', (t) => {
  const [whole, ...dumps] = dumpsOf(statsText(run));
  t.is(Number(whole.get('numCycles')), run.simulated.cycles);
  const tokens = (run.phases ?? []).filter(({ phase }) => phase === 'decode').map(({ position }) => position);
  const names = dumps.map((dump) => dump.get('phase'));
  t.deepEqual(names, ['load', 'prefill', 'decode', ...tokens.map((at) => `decode_token_${at}`)]);
  const [, , decode, ...each] = dumps;
  const added = (path: string) => sum(each.map((dump) => Number(dump.get(path))));
  for (const path of [
    'numCycles',
    'simInsts',
    'xenon.l2.misses.demandLoad',
    'xenon.dram.bytesRead',
    'op.matmul.insts',
  ])
    t.is(Number(decode.get(path)), added(path), path);
  const ratio = added('simInsts') / added('numCycles');
  t.true(Math.abs(Number(decode.get('ipc')) / ratio - 1) < 1e-8);
  const [hits, misses] = ['hits', 'misses'].map((what) => added(`xenon.l2.${what}.demandLoad`));
  t.true(Math.abs(Number(decode.get('xenon.l2.missRate')) / (misses / (hits + misses)) - 1) < 1e-8);
  const tree = JSON.parse(JSON.stringify(statsTree(run)));
  t.is(tree.phases.decode.xenon.l2.misses.demandLoad, misses);
  t.is(tree.tokens[`${tokens[0]}`].numCycles, Number(each[0].get('numCycles')));
  for (const share of ['bus.readUtilisation', 'dram.utilisation'])
    t.true(Number(decode.get(`xenon.${share}`)) > 0 && Number(decode.get(`xenon.${share}`)) < 1, share);
});

test('phases.csv is tidy: a row a phase and component, which add up', (t) => {
  const rows = rowsOf(phasesCsv({ ...run, phases: run.phases ?? [] }));
  const keys = rows.map(({ phase, position, component }) => `${phase} ${position} ${component}`);
  t.is(new Set(keys).size, rows.length);
  const passes = rows.filter(({ phase }) => phase !== 'load');
  const whole = (component: string, column: string, among = passes) =>
    sum(among.filter((row) => row.component === component).map((row) => Number(row[column])));
  const { hardware, simulated, ops } = run;
  for (const { thread, instructions } of hardware?.threads ?? []) {
    const component = `core${thread >> 1}.thread${thread & 1}`;
    t.is(whole(component, 'instructions'), instructions, component);
    t.is(whole(component, 'thread_cycles'), simulated.cycles, component);
  }
  for (const op of new Set(ops.map((cost) => cost.op))) {
    const own = ops.filter((cost) => cost.op === op);
    t.is(whole(`op.${op}`, 'count', rows), sum(own.map(({ calls }) => calls)), op);
    t.is(whole(`op.${op}`, 'thread_cycles', rows), sum(own.map(({ cycles }) => cycles)), op);
    t.is(whole(`op.${op}`, 'instructions', rows), sum(own.map(({ instructions }) => instructions)), op);
  }
  const counted = hardware?.memory ?? {};
  for (const [component, column, counter] of [
    ['l1d', 'misses', 'l1Misses'],
    ['l2.load', 'hits', 'l2LoadHits'],
    ['l2.load', 'misses', 'l2LoadMisses'],
    ['l2.store', 'misses', 'readsForOwnership'],
    ['missQueue', 'count', 'prefetches'],
    ['sync', 'count', 'barriers'],
    ['dram', 'hits', 'rowHits'],
    ['dram', 'read_bytes', 'dramReadBytes'],
    ['dram', 'written_bytes', 'dramWriteBytes'],
  ])
    t.is(whole(component, column), counted[counter], `${component} ${column}`);
  const dram = passes.filter(({ component }) => component === 'dram');
  t.is(dram.length, (run.phases?.length ?? 0) - 1);
  t.true(rows.some(({ phase, component }) => phase === 'load' && component === 'op.byteswap'));
  t.is(rows[0].model, run.model.name);
});

test('roofline.csv: the work of the operations, below ceilings of the same threads', (t) => {
  const { roofline, simulated: s, model } = run;
  const shape = model.shape as Record<string, number>;
  const size = shape.dim / shape.heads;
  const byOp = new Map(roofline?.points.map((point) => [point.op, point]));
  const kv = shape.kvHeads * size;
  const layer = 2 * shape.dim * shape.dim + 2 * shape.dim * kv + 3 * shape.dim * shape.hiddenDim;
  // Positions of the prompt but the last have no use for the classifier.
  const drawing = run.ops.filter(({ op, site }) => op === 'matmul' && site.startsWith('classifier'));
  const drawn = sum(drawing.map(({ calls }) => calls)) / 3;
  const matmul = 2 * (10 * shape.layers * layer + drawn * shape.vocabulary * shape.dim);
  t.is(byOp.get('matmul')?.flops, matmul);
  const heads = shape.layers * shape.heads;
  t.is(byOp.get('attention')?.flops, heads * sum(run.positions.map((_, i) => (i + 1) * (4 * size + 13))));
  const passes = byOp.get('forward passes');
  t.is(passes?.bytes, s.dramReadBytes);
  // What was read cannot have come faster than a loop that does nothing else reads.
  t.true(passes!.flopsPerSecond <= passes!.attainable);
  t.is(passes?.threadCycles, 3 * s.cycles);
  const rows = rowsOf(rooflineCsv({ ...run, roofline: roofline! }));
  t.is(rows.length, roofline!.points.length);
  for (const row of rows) {
    const [rate, sustained, peak] = ['', 'vector_sustained_', 'vector_peak_'].map((name) =>
      Number(row[`${name}GFLOP_per_s`]),
    );
    t.true(rate > 0 && rate < sustained && sustained <= peak, row.op);
  }
  t.true(Number(rows[0].memory_sustained_GB_per_s) <= Number(rows[0].memory_peak_GB_per_s));
  t.is(rows[0].op, 'matmul');
});

const sourceLine = (t: ExecutionContext, source: string): string => {
  const [file, line] = source.split(':');
  const text = readFileSync(join(packageRoot, 'models', file), 'utf8').split('\n')[Number(line) - 1];
  t.truthy(text, source);
  return text;
};

test('hotspots.txt: the dearest instructions with their source, grouped by loop', (t) => {
  const { hotspots = [], stacks } = run;
  t.is(hotspots.length, 40);
  const all = sum(stacks!.sites.filter(({ op }) => op !== 'none').flatMap(({ cycles }) => cycles));
  const [first] = hotspots;
  t.true(Math.abs(first.share / (first.cycles / all) - 1) < 0.2, `${first.share} of ${all}`);
  for (const [i, { cycles, executions, cpi }] of hotspots.entries()) {
    if (i > 0) t.true(cycles <= hotspots[i - 1].cycles);
    t.true(Math.abs(cpi - cycles / executions) < 1e-9);
  }
  const inKernel = hotspots.find(
    ({ source, loop }) => loop !== undefined && /kernels\/matmul/.test(source ?? ''),
  )!;
  t.regex(sourceLine(t, inKernel.source!), /\S/);
  const text = hotspotsText(hotspots);
  const lines = text.split('\n');
  for (const { address, text: instruction } of hotspots) {
    const hex = address.toString(16).padStart(8, '0');
    t.is(lines.filter((line) => line.includes(`  ${hex}  ${instruction}`)).length, 1, hex);
  }
  t.regex(text, /matmul\.\S+, loop [0-9a-f]{8}-[0-9a-f]{8}: \d+ iterations, [\d.]+ cycles each/);
});

test('what is estimated, or has no time, has no phases, and estimates have no counters', async (t) => {
  const short = { prompt: '', steps: '3', ignoreEos: true, threads: '1' };
  t.is((await runOf({ ...short, mode: 'functional' })).phases, undefined);
  const sampled = await runOf({ ...short, mode: 'sampled', skipTokens: true });
  t.is(sampled.phases, undefined);
  t.is(sampled.hardware, undefined);
});

test('a machine whose memory counts less has the phases of its cores', async (t) => {
  const short = { prompt: '', steps: '2', ignoreEos: true, threads: '1', kernels: 'scalar' };
  const other = await runOf({ ...short, machine: 'powerbook-g4' });
  t.is(other.phases?.[1].memory, undefined);
  t.true((other.phases?.[1].cycles ?? 0) > 0);
  t.false(dumpsOf(statsText(other))[2].has('xenon.l2.missRate'));
  t.is(other.hardware, undefined);
  // Its caches are counted all the same: at least the weights came from memory once.
  t.true(other.simulated.dramReadBytes > 1e6);
  t.true(other.simulated.busReadUtilisation > 0 && other.simulated.busReadUtilisation < 1);
});
