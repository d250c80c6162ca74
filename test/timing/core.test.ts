import test from 'ava';
import { FlatMemory } from '../support/flat-memory.js';
import { GuestProgram, referenceWorks } from '../support/guest.js';

const flat = referenceWorks((buffer) => new FlatMemory(buffer));

/** Cycles one copy of `body` adds, from the difference of 40 and 20 copies in straight line. */
function perCopy(body: string, setup = ''): number {
  const source = `
    .macro body
    ${body}
    .endm
    .balign 256
  short: ${setup}
    .balign 256
    .rept 20
    body
    .endr
    sc
    .balign 256
  long: ${setup}
    .balign 256
    .rept 40
    body
    .endr
    sc
  `;
  const program = new GuestProgram(source, flat);
  program.run('long');
  program.run('short');
  const short = program.run('short').cycles;
  const long = program.run('long').cycles;
  return (long - short) / 20;
}

const costs = test.macro({
  exec(t, body: string, cycles: number, setup = '') {
    t.is(perCopy(body, setup), cycles);
  },
  title: (given, body) => `${given ?? ''} ${body.replaceAll('\n', ';')}`.trim(),
});

// Source: xenon-hardware rows C2RS, FPF, GCC as recorded in the preset.
test('dependent add chain: 2 cycles each', costs, 'add 3,3,4', 2);
test('dependent vmaddfp128 chain: 12 cycles each', costs, 'vmaddfp128 v1,v2,v3,v1', 12);
test('dependent dot product chain: 14 cycles each', costs, 'vmsum4fp128 v1,v1,v2', 14);
test('dependent scalar multiply-add chain: 10 cycles each', costs, 'fmadds f1,f2,f3,f1', 10);
test('load to address of the next load: 5 cycles', costs, 'lwz 3,0(3)', 5, 'lis 3,0x20\n stw 3,0(3)\n .rept 60\n nop\n .endr');
