import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ElfProgram } from '../../sim/asm/elf.js';
import { functionAt } from '../../sim/asm/functions.js';
import { SHARED } from '../support/shared.js';
import { everyEvent } from './every-event.js';
import { build, newFolder, runHost, sourceFile, withTools } from './support.js';

/**
 * How often each instruction is executed, against QEMU's count by a plugin. The programs bring their own memory
 * and string functions: QEMU's CPU announces features that make the C library choose others.
 */
const PLUGIN_SOURCE = join(SHARED, '../tools/qemu_icount.c');

function countOurs(file: string): { program: ElfProgram; counts: Map<number, number>; retired: bigint } {
  const counts = new Map<number, number>();
  const ended = everyEvent(file, ({ address }) => counts.set(address, (counts.get(address) ?? 0) + 1));
  return { ...ended, counts };
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
        const ours = countOurs(file);
        const { program } = ours;
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
