import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { worksFor } from '../../experiments/run/works.js';
import type { AccessKind } from '../../sim/engine/event.js';
import { newMemory } from '../../sim/machine/xenon.js';
import type { IssuePlan } from '../../sim/timing/plan.js';
import { ReferenceTiming } from '../../sim/timing/reference.js';
import { machineWith } from '../support/guest.js';
import { SHARED } from '../support/shared.js';
import { everyEvent } from './every-event.js';
import { build, runHost, sourceFile, withTools } from './support.js';

/**
 * The cache structures against a plain model that a QEMU plugin keeps: 32 KB four-way L1 and 1 MB eight-way L2 of
 * 128-byte lines, true LRU, stores allocate like loads, and L2 sees what misses L1. Ours are set up alike and are
 * shown every access of the same program as a load.
 */
const PLUGIN_SOURCE = join(SHARED, '../tools/qemu-cache-plugin.c');

/** A core and thread that the program itself does not use. */
const WALKER = 4;
const READS: ReadonlySet<AccessKind> = new Set<AccessKind>(['load', 'store']);
const ANY_LOAD: IssuePlan = {
  timing: 'loadVector',
  unit: 'loadStore',
  pairs: false,
  pipe: undefined,
  waits: [],
  results: [],
  storeData: [],
  access: { kind: 'load', size: 1 },
  branch: undefined,
  sync: undefined,
  blockCycles: 0,
};

function ours(file: string) {
  const machine = machineWith('l2.replacement=lru');
  const memory = newMemory();
  const { memorySystem, counted } = worksFor('reference', 'detailed', memory, machine);
  const timing = new ReferenceTiming(memory.buffer, machine.core, memorySystem);
  const event = { pc: 0, plan: ANY_LOAD, taken: false, next: 4 };
  let accesses = 0;
  const { retired } = everyEvent(
    file,
    (told) => {
      for (const { kind, physical } of told.accesses) {
        if (!READS.has(kind)) continue;
        accesses++;
        timing.step(WALKER, { ...event, address: physical });
      }
    },
    memory,
    memorySystem,
  );
  return { instructions: Number(retired), accesses, ...counted!.statistics() };
}

function theirs(file: string) {
  const plugin = build('gcc', [PLUGIN_SOURCE], ['-shared', '-fPIC', '-O1']);
  const { stderr } = runHost(64, file, [], { plugin, env: { INSN: '1' } });
  const [instructions, accesses, l1Misses, l2Misses] = stderr
    .match(/\d+ /g)!
    .concat(stderr.match(/\d+\s*$/g)!)
    .map(Number);
  return { instructions, accesses, l1Misses, l2Misses };
}

const walks = (words: string): string =>
  build(
    'powerpc64-linux-gnu-gcc',
    [sourceFile('programs/walks.c')],
    [
      '-nostdlib',
      '-static',
      '-O2',
      '-ffreestanding',
      '-fno-tree-loop-distribute-patterns',
      `-DWORDS=(${words})`,
    ],
  );

if (!existsSync(PLUGIN_SOURCE))
  test.skip(`cache misses are the plugin's (skipped: no ${PLUGIN_SOURCE})`, () => {});
else {
  for (const [words, where] of [
    ['64 * 1024', 'in the L2 cache'],
    ['384 * 1024', 'beyond it'],
  ]) {
    withTools('qemu', `misses of L1 and L2 are those of the plugin, ${where}`, (t) => {
      const file = walks(words);
      const [a, b] = [ours(file), theirs(file)];
      t.like(a, { instructions: b.instructions, accesses: b.accesses, l1Misses: b.l1Misses });
      t.is(a.l2LoadMisses, b.l2Misses);
      t.true(b.l1Misses > 50_000 && b.l2Misses > 2000, `${b.l1Misses} and ${b.l2Misses}`);
      // An inclusive L2 cache takes lines from L1 when it replaces them; these walks use such lines again too late.
      t.is(a.l1Invalidations, 0);
    });
  }
}
