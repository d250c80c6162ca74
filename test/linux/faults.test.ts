import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { foreignInstruction } from '../../sim/linux/foreign.js';
import { systemCallName, systemCallNumber } from '../../sim/linux/numbers.js';
import { providedCalls } from '../../sim/linux/system-calls.js';
import { type Bits, compile, newFolder, type Ran, runXenon, withTools } from './support.js';

/** What a program that goes wrong is told. */

const REGISTERS = /hardware thread 0:\n {2}pc {2}\w+ {2}lr .*\n(.*\n)*.*r28 .*r31 \w+/;
const reportOf = ({ result }: Ran): string => (result.exit.kind === 'signal' ? result.exit.report : '');

const CASES: readonly (readonly [name: string, signal: number, ...patterns: RegExp[]])[] = [
  [
    'null-store',
    11,
    /SIGSEGV: store of 4 bytes at unmapped address 0x00000008/,
    /\(store\+0x\w+\): 91230000 {2}stw r9,0\(r3\)/,
    /called from 0x\w+ \(main\+/,
  ],
  ['null-load', 11, /SIGSEGV: load of 4 bytes at unmapped address 0x00000008/, /\(load\+0x\w+\): \w+ {2}lwz/],
  ['wild-store', 11, /store of 4 bytes at unmapped address 0xdeadbee0/, /\(store\+/],
  ['wild-load', 11, /load of 4 bytes at unmapped address 0xdeadbee0/],
  ['read-only', 11, /store of 4 bytes at read-only address 0x10\w+/],
  ['call-null', 11, /unmapped address 0x00000000/, /\(main\+/],
  ['stack', 11, /stack overflow|at unmapped address 0x1e\w+/, /\(grow\+/],
  ['trap', 5, /SIGTRAP: trap/, /\(main\+0x\w+\): \w+ {2}tw/],
  [
    'isel',
    4,
    /SIGILL: no instruction 0x7c64281e/,
    /isel .*Xenon does not have.*-mcpu=cell/,
    /sim\/isa/,
    /\(main\+/,
  ],
  ['nothing', 4, /no instruction 0x00000000/, /sim\/isa/],
  ['vmsum', 4, /vmsumubm: Xenon has no integer multiply-sum instructions/],
];

for (const [name, signal, ...patterns] of CASES) {
  withTools('compilers', `${name}: reported with address, instruction, function and registers`, (t) => {
    for (const bits of [64, 32] as Bits[]) {
      const ran = runXenon(compile('programs/faults.c', bits, '-O1'), [name]);
      t.is(ran.stdout, `before ${name}\n`);
      t.like(ran.result.exit, { kind: 'signal', signal });
      for (const pattern of patterns) t.regex(reportOf(ran), pattern, `${bits} bits`);
      t.regex(reportOf(ran), REGISTERS);
    }
  });
}

/** In loops of which thousands of iterations went well, so that the code has long been translated. */
const HOT_CASES: readonly (readonly [name: string, ...patterns: RegExp[]])[] = [
  ['hot-store', /store of 4 bytes at unmapped address 0x00000008/, /\(hot_store\+0x\w+\): \w+ {2}stw/],
  ['hot-load', /load of 4 bytes at unmapped address 0x00000008/, /\(hot_load\+0x\w+\): \w+ {2}lwz/],
  ['hot-wild-store', /store of 4 bytes at unmapped address 0xdeadbee0/, /\(hot_store\+/],
  ['hot-read-only', /store of 4 bytes at read-only address 0x10\w+/, /\(hot_store\+/],
  ['hot-hole', /load of 4 bytes at unmapped address 0x1efffff0/, /\(hot_load\+/],
  ['hot-double', /load of 8 bytes at unmapped address 0x1efffff0/, /\(hot_double\+0x\w+\): \w+ {2}lfd/],
  ['hot-vector', /load of 16 bytes at unmapped address 0x00000020/, /\(hot_vector\+0x\w+\): \w+ {2}lvx/],
];

for (const [name, ...patterns] of HOT_CASES) {
  withTools('compilers', `${name}: reported from translated code, with timing and without`, (t) => {
    for (const bits of [64, 32] as Bits[]) {
      const program = compile('programs/faults.c', bits, '-O1', '-maltivec');
      const [hot, timed, exact] = [
        runXenon(program, [name]),
        runXenon(program, [name], { mode: 'detailed' }),
        runXenon(program, [name], { engine: 'reference' }),
      ].map(reportOf);
      for (const pattern of patterns) t.regex(hot, pattern, `${bits} bits`);
      t.regex(hot, REGISTERS);
      t.is(hot, exact, `${bits} bits`);
      t.is(timed, exact, `${bits} bits`);
    }
  });
}

withTools('compilers', 'address bits above the 512 MB are not dropped in translated code', (t) => {
  const ran = runXenon(compile('programs/faults.c', 64, '-O1'), ['hot-beyond']);
  t.regex(reportOf(ran), /load of 4 bytes at unmapped address 0x1[0-9a-f]{8}, /);
});

withTools('compilers', 'abort and signals to itself end a program; ignored signals do not', (t) => {
  const program = compile('programs/faults.c', 64, '-O1');
  const aborted = runXenon(program, ['abort']);
  t.like(aborted.result.exit, { kind: 'signal', signal: 6 });
  t.regex(reportOf(aborted), /SIGABRT/);
  t.like(runXenon(program, ['handler']).result.exit, { kind: 'signal', signal: 15 });
});

withTools('compilers', 'an unknown system call gets ENOSYS, and a message once', (t) => {
  const ran = runXenon(compile('programs/faults.c', 64, '-O1'), ['unknown-call']);
  t.is(ran.stdout, 'before unknown-call\n-1\nafter\n');
  t.is(ran.status, 5);
  t.is(ran.messages.length, 1);
  t.regex(ran.messages[0], /system call 203 \(pivot_root\).*0x\w+ \(syscall\+0x\w+\).*sim\/linux/);
});

withTools('compilers', 'names of system calls are those of the headers', (t) => {
  const list = (compiler: string) =>
    execFileSync(compiler, ['-dM', '-E', '-include', 'asm/unistd.h', '-x', 'c', '/dev/null'], {
      encoding: 'utf8',
    });
  for (const compiler of ['powerpc64-linux-gnu-gcc', 'powerpc-linux-gnu-gcc']) {
    const defined = [...list(compiler).matchAll(/#define __NR_(\w+) (\d+)/g)];
    t.true(defined.length > 380);
    for (const [, name, number] of defined) {
      if (name === 'fstatat64') continue;
      t.is(systemCallName(Number(number)), name);
      t.is(systemCallNumber(name), Number(number));
    }
  }
});

test('the system calls that C libraries make are provided', (t) => {
  const NEEDED =
    'brk set_tid_address prlimit64 readlink getrandom mprotect time openat newfstatat read _llseek close mmap munmap ' +
    'sysinfo ioctl write clock_gettime exit_group statx mmap2 clock_gettime64 ugetrlimit clone futex exit sched_yield ' +
    'madvise rt_sigprocmask sched_getaffinity futex_time64 set_robust_list rseq';
  for (const name of NEEDED.split(' ')) t.true(providedCalls.includes(systemCallNumber(name)), name);
  t.throws(() => systemCallNumber('sys_none'), { message: /sys_none/ });
});

withTools('compilers', 'words of later processors are named as binutils names them', (t) => {
  const NAMES =
    'isel 3,4,5,0|popcntb 3,4|popcntw 3,4|popcntd 3,4|cmpb 3,4,5|prtyw 3,4|prtyd 3,4|lfiwax 1,3,4|lfiwzx 1,3,4|' +
    'bpermd 3,4,5|mtvsrd 0,3|mfvsrd 3,0|mtvsrwa 0,3|mtvsrwz 0,3|mfvsrwz 3,0|lxvd2x 0,3,4|stxvd2x 0,3,4|lxvw4x 0,3,4|' +
    'stxvw4x 0,3,4|lxsdx 0,3,4|stxsdx 0,3,4|lxvdsx 0,3,4|cnttzw 3,4|cnttzd 3,4|modsw 3,4,5|moduw 3,4,5';
  const lines = NAMES.split('|');
  const folder = newFolder({ 'a.s': `${lines.join('\n')}\n` });
  const [source, object, binary] = ['a.s', 'a.o', 'a.bin'].map((name) => join(folder, name));
  execFileSync('powerpc64-linux-gnu-as', ['-mpower9', '-mbig', '-o', object, source]);
  execFileSync('powerpc64-linux-gnu-objcopy', ['-O', 'binary', '-j', '.text', object, binary]);
  const bytes = readFileSync(binary);
  lines.forEach((line, i) => {
    t.is(foreignInstruction(bytes.readUInt32BE(4 * i))?.name, line.split(' ')[0], line);
  });
});
