import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { capturedOutput } from '../../experiments/node/standard-streams.js';
import { type ElfProgram, readElf } from '../../sim/asm/elf.js';
import { functionAt } from '../../sim/asm/functions.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { EvaluatingEngine, NO_MEMORY_SYSTEM, UntimedEngine } from '../../sim/engine/untimed.js';
import { AddressSpace } from '../../sim/linux/address-space.js';
import { LinuxProcess } from '../../sim/linux/process.js';
import { NO_FILES } from '../../sim/linux/special-files.js';
import { newMemory } from '../../sim/machine/xenon.js';
import { machineWith } from '../support/guest.js';
import { SHARED } from '../support/shared.js';
import { build, newFolder, runHost, sourceFile, withTools } from './support.js';

/**
 * How often each instruction is executed, against QEMU's count by a plugin. The programs bring their own memory
 * and string functions: QEMU's CPU announces features that make the C library choose others.
 */
const PLUGIN_SOURCE = join(SHARED, '../tools/qemu_icount.c');

class CountingEvaluator extends Evaluator {
  readonly counts = new Map<number, number>();

  override step(thread: number) {
    const event = super.step(thread);
    if (event.stop === undefined || event.stop.kind === 'systemCall') {
      this.counts.set(event.address, (this.counts.get(event.address) ?? 0) + 1);
    }
    return event;
  }
}

function countOurs(program: ElfProgram): { counts: Map<number, number>; retired: bigint; stdout: string } {
  const memory = newMemory();
  const { buffer } = memory;
  const space = new AddressSpace(buffer);
  const evaluator = new CountingEvaluator(buffer, { sf: program.is64, mapped: space.mapped });
  const engine = new UntimedEngine(buffer, new EvaluatingEngine(buffer, evaluator));
  const stdout = capturedOutput();
  const process = new LinuxProcess(
    memory,
    space,
    program,
    machineWith(),
    { engine, memorySystem: NO_MEMORY_SYSTEM },
    {
      arguments: ['program'],
      environment: [],
      fileSystem: NO_FILES,
      standard: [stdout, stdout, stdout],
      seed: '1',
      threads: 1,
      say: () => {},
    },
  );
  process.run();
  const retired = new DataView(buffer).getBigUint64(contextBase(0) + CTX.instructions, true);
  return { counts: evaluator.counts, retired, stdout: stdout.text() };
}

function countQemu(file: string): Map<number, number> {
  const plugin = build('gcc', [PLUGIN_SOURCE], ['-shared', '-fPIC', '-O1']);
  const out = join(newFolder(), 'counts.txt');
  runHost(64, file, [], { plugin: `${plugin},out=${out}` });
  const lines = readFileSync(out, 'utf8').trim().split('\n');
  return new Map(
    lines.map((line) => line.split(' ')).map(([pc, , count]) => [Number.parseInt(pc, 16), Number(count)]),
  );
}

/** Functions that come from the test's own sources, by the names there. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  matrix: ['main'],
  control: ['main', 'next', 'by_key', 'by_weight', 'ackermann', 'queens', 'total', 'deep'],
};
/** Under names of their own, since the C library's start-up code calls its own for host paths. */
const STRINGS = ['memcpy', 'memmove', 'memset', 'memcmp', 'strlen', 'strcmp'];
const RENAMED = STRINGS.map((name) => `-D${name}=own_${name}`);

if (!existsSync(PLUGIN_SOURCE))
  test.skip(`instruction counts are QEMU's (skipped: no ${PLUGIN_SOURCE})`, () => {});
else {
  for (const level of [['-O0'], ['-O2'], ['-O3', '-ffast-math']]) {
    withTools('qemu', `instruction counts are QEMU's at every address at ${level.join(' ')}`, (t) => {
      for (const [name, own] of Object.entries(OWN)) {
        const sources = [sourceFile(`programs/${name}.c`), sourceFile('programs/own-strings.c')];
        const flags = [
          '-static',
          '-maltivec',
          '-fno-builtin',
          '-fno-tree-loop-distribute-patterns',
          ...RENAMED,
          ...level,
        ];
        const file = build('powerpc64-linux-gnu-gcc', sources, flags);
        const program = readElf(new Uint8Array(readFileSync(file)));
        const ours = countOurs(program);
        const theirs = countQemu(file);
        const whole = [...ours.counts.values()].reduce((sum, n) => sum + n, 0);
        t.is(BigInt(whole), ours.retired);
        let compared = 0;
        let executed = 0;
        for (const pc of new Set([...ours.counts.keys(), ...theirs.keys()])) {
          const inside = functionAt(program.functions, pc);
          // Constant propagation and inlining leave clones such as deep.constprop.0.
          const base = inside?.name.split('.')[0] ?? '';
          if (inside === undefined || !(own.includes(base) || base.startsWith('own_'))) continue;
          compared++;
          executed += ours.counts.get(pc) ?? 0;
          const place = `${name} ${inside.name}+0x${(pc - inside.address).toString(16)}`;
          t.is(ours.counts.get(pc) ?? 0, theirs.get(pc) ?? 0, place);
        }
        const all = [...theirs.values()].reduce((sum, n) => sum + n, 0);
        t.log(
          `${name}: ${executed} executions at ${compared} addresses equal; whole program ${whole}, QEMU ${all}`,
        );
        t.true(compared > 150 && executed > 50_000, `${compared} addresses, ${executed} executions`);
      }
    });
  }
}
