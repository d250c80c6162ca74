import test from 'ava';
import { decodeSnapshot, encodeSnapshot } from '../../experiments/snapshot/format.js';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { programMarks } from '../../models/profile.js';
import { MEMORY_BYTES } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { TimedEvaluator } from '../../sim/engine/timed-evaluator.js';
import { TranslatedEngine } from '../../sim/engine/translated.js';
import { newMemory, type SavedXenon, Xenon } from '../../sim/machine/xenon.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import { SiteProfile } from '../../sim/observe/site-profile.js';
import { ReferenceTiming } from '../../sim/timing/reference.js';
import { machineWith } from '../support/guest.js';
import { programOf } from '../support/program.js';
import { relaxedFma } from '../support/translated.js';

const THREADS = [0, 1, 4];
const SHAPE = {
  dim: 64,
  hiddenDim: 96,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  vocabulary: 64,
  sequence: 16,
  tiedClassifier: true,
} as const;

/** A machine with a small model, not loaded, and what to compare of it. */
function made() {
  const memory = newMemory();
  const machine = machineWith();
  const { buffer } = memory;
  const memorySystem = newMemorySystem(memory, machine);
  const evaluator = new Evaluator(buffer);
  const timing = new ReferenceTiming(buffer, machine.core, memorySystem);
  const timed = new TimedEvaluator(buffer, evaluator, timing, machine.core);
  const engine = new TranslatedEngine(memory, evaluator, { relaxedFma, timing: { timed, memorySystem } });
  const xenon = new Xenon(memory, machine, { engine, memorySystem });
  const program = programOf(syntheticCheckpoint(SHAPE, 'snapshot'), { threads: THREADS.length });
  const { sites, marks } = programMarks(program, xenon.bytes, THREADS);
  const profile = new SiteProfile(buffer, sites.length, marks);
  engine.profile = profile;
  const bytes = new Uint8Array(buffer, 0, MEMORY_BYTES);
  const drawn: number[] = [];
  /** Forwards positions, each fed what the one before drew. */
  const forward = (from: number, to: number, first: number): number => {
    let token = first;
    for (let position = from; position < to; position++) {
      program.feed(xenon.bytes, token, position, true);
      xenon.run(THREADS);
      for (const thread of THREADS) profile.settle(thread);
      token = program.next(xenon.bytes);
      drawn.push(token);
    }
    return token;
  };
  const results = () => ({
    cycles: xenon.cycles(THREADS),
    instructions: THREADS.map((t) => xenon.instructions(t)),
    statistics: memorySystem.statistics(1000),
    profile: profile.save(),
    drawn: drawn.slice(-3),
  });
  return { xenon, program, bytes, forward, results };
}

test('a machine that goes on from a snapshot is the undisturbed one in every byte of memory', (t) => {
  const first = made();
  first.program.load(first.xenon.bytes);
  for (const [i, { pc, registers }] of first.program.threads.entries())
    first.xenon.place(THREADS[i], pc, registers);
  const token = first.forward(0, 3, 5);
  const file = encodeSnapshot({ token, xenon: first.xenon.save() }, first.bytes);
  t.true(file.length < 1 << 20, `${file.length} bytes`);
  const before = first.xenon.cycles(THREADS);
  first.forward(3, 6, token);
  t.true(first.xenon.cycles(THREADS) > before);

  const second = made();
  const { header, unpack } = decodeSnapshot(file, 'file');
  unpack(second.bytes);
  second.xenon.restore(header.xenon as SavedXenon);
  t.is(second.xenon.cycles(THREADS), before);
  second.forward(3, 6, header.token as number);
  t.deepEqual(second.results(), first.results());
  t.is(Buffer.compare(second.bytes, first.bytes), 0);
});
