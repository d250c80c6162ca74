import test from 'ava';
import { annotationText } from '../../experiments/cli/annotate-text.js';
import { annotationOf } from '../../experiments/run/annotation.js';
import { runKernel } from '../../experiments/run/kernel.js';
import { annotateReport } from '../../reports/annotate-report.js';
import { StallTable } from '../../sim/observe/stall-table.js';
import { GuestProgram, machineWith } from '../support/guest.js';
import { observedReference } from '../support/observed.js';

const machine = machineWith();
const { core } = machine;

/** The annotation of assembled code, run once to warm up and once for the record. */
function annotated(source: string) {
  const stalls = new StallTable();
  const program = new GuestProgram(source, observedReference(stalls, false), machine);
  program.run('start');
  stalls.clear();
  const { cycles } = program.run('start');
  const places = [{ name: 'code', start: 0x1_0000, end: 0x2_0000 }];
  return { cycles, result: annotationOf('a test', { stalls, machine, bytes: program.xenon.bytes, places }) };
}
const loop = (body: string, count = 100) =>
  `start: lis 3,0x20\n li 4,16\n li 0,${count}\n mtctr 0\n .balign 16\n1: ${body}\n bdnz 1b\n sc`;
const bound = (of: ReturnType<typeof annotated>, name: string): number =>
  of.result.places[0].loops[0].bounds!.find((one) => one.name === name)!.cycles;

test('lines sum to the cycles of the code, shares to one', (t) => {
  const { cycles, result } = annotated(loop('lwz 7,0(3)\n add 8,7,8\n stw 8,4(3)'));
  t.is(result.cycles, cycles);
  const [place] = result.places;
  t.is(
    place.lines.reduce((sum, line) => sum + line.cycles, 0),
    cycles,
  );
  t.true(Math.abs(place.lines.reduce((sum, line) => sum + line.share, 0) - 1) < 1e-12);
  t.is(place.lines.find(({ text }) => text.startsWith('add'))!.executions, 100);
  for (const line of place.lines) {
    t.is(
      Object.values(line.causes).reduce((a, b) => a + b, 0),
      line.cycles,
    );
  }
});

test('a loop bound by a chain of multiply-adds', (t) => {
  const of = annotated(loop('vmaddfp 1,2,3,1\n addi 5,5,1'));
  const [found] = of.result.places[0].loops;
  t.is(found.iterations, 100);
  t.is(bound(of, 'dependency chain'), core.latency.vectorFloat);
  t.is(found.core, core.latency.vectorFloat);
  t.true(Math.abs(found.cyclesPerIteration - core.latency.vectorFloat) < 0.5);
  const main = of.result.places[0].lines.find(({ text }) => text.startsWith('vmaddfp'))!;
  t.is(main.main?.leaf, 'dependencyVector');
  t.is(main.main?.by, main.address);
});

test('a loop bound by issue and its branch', (t) => {
  const of = annotated(loop('add 5,6,7\n add 8,6,7\n add 9,6,7\n add 10,6,7'));
  t.is(bound(of, 'integer unit'), 4);
  t.is(bound(of, 'issue and branch'), 4 + core.takenBranchCycles);
  t.is(of.result.places[0].loops[0].core, bound(of, 'issue and branch'));
});

test('nested loops: depth, and bounds for the inner one', (t) => {
  const of = annotated(
    `start: li 10,20\n 1: li 0,30\n mtctr 0\n 2: addi 5,5,1\n bdnz 2b\n addic. 10,10,-1\n bne 1b\n sc`,
  );
  const { loops } = of.result.places[0];
  t.deepEqual(
    loops.map(({ depth, iterations, bounds }) => [depth, iterations, bounds !== undefined]),
    [
      [0, 20, false],
      [1, 600, true],
    ],
  );
  t.regex(annotationText(of.result, { top: 1 }), /│┌ 0001000c +600/);
});

test('the timeline of an iteration: issue, queue, result', (t) => {
  const { result } = annotated(loop('lvx 1,0,3\n vaddfp 2,1,1\n vaddfp 3,2,2\n .rept 61\n nop\n .endr'));
  const [found] = result.places[0].loops;
  const [load, first, second] = found.timeline!;
  t.is(load.issued, 0);
  t.is(load.ready, core.latency.loadVector);
  t.is(first.queued, load.ready);
  t.is(first.ready, load.ready + core.latency.vectorFloat);
  t.is(second.queued, first.ready);
});

test('the load-hit-store storm of an unrolled loop: each load names the store', (t) => {
  // What a compiler makes of floats that pass through the stack, as in a loop at -O3.
  const { result } = annotated(
    loop('stw 7,0(3)\n lwz 8,0(3)\n addi 7,8,1\n stw 7,64(3)\n lwz 9,64(3)\n addi 7,9,1'),
  );
  const [place] = result.places;
  const worst = Object.entries(place.causes).sort((a, b) => b[1] - a[1])[0];
  t.is(worst[0], 'loadHitStore');
  for (const name of ['lwz r8,0(r3)', 'lwz r9,64(r3)']) {
    const line = place.lines.find(({ text }) => text === name)!;
    t.is(line.main?.leaf, 'loadHitStore');
    t.is(line.main?.by, line.address - 4);
  }
  t.regex(annotationText(result, { top: 1 }), /load-hit-store \d+ % by [0-9a-f]{8} stw r7,0\(r3\)/);
});

const kernels: readonly (readonly [name: string, reason: string])[] = [
  ['matmul.scalar', 'loadDram'],
  ['matmul.vmx128', 'missSlots'],
];
for (const [name, reason] of kernels) {
  test(`${name} over a matrix larger than the L2 cache: ${reason}`, (t) => {
    const request = {
      name,
      sizes: { rows: 1280, columns: 288 },
      warm: 1,
      machine,
      engine: 'translated',
      seed: '1',
    } as const;
    const { stalls, cycles, xenon, code } = runKernel(request);
    const places = [{ name, start: code.base, end: code.base + code.bytes.length }];
    const result = annotationOf(name, { stalls, machine, bytes: xenon.bytes, places });
    t.is(result.cycles, cycles);
    const worst = Object.entries(result.places[0].causes).sort((a, b) => b[1] - a[1])[0];
    t.is(worst[0], reason);
    // Most of the matrix comes again each time; the bus bounds the loop from below.
    const lines = result.places[0].lines.reduce((sum, line) => sum + line.dramLines, 0);
    t.true(lines >= (0.8 * 1280 * 288 * 4) / 128, `${lines} lines`);
    for (const { bounds, cyclesPerIteration } of result.places[0].loops) {
      for (const { name: which, cycles: least } of bounds ?? []) {
        t.true(least <= cyclesPerIteration + 0.5, `${which}: ${least} of ${cyclesPerIteration}`);
      }
    }
    const page = annotateReport(result);
    t.true(page.includes('One iteration, cycle by cycle') && page.includes('<svg'));
  });
}
