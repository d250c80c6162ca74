import test from 'ava';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { LinuxError } from '../../sim/linux/errno.js';
import { HARDWARE_THREADS, Threads } from '../../sim/linux/threads.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { resolve } from '../../sim/machine/resolve.js';
import { Deadlock } from '../../sim/machine/scheduler.js';
import { type Bits, compile, runHost, runXenon, withTools } from './support.js';

const WIDTHS: readonly Bits[] = [64, 32];

withTools(
  'qemu',
  'POSIX threads give what QEMU gives, on 1 to 6 hardware threads, with and without timing',
  (t) => {
    for (const bits of WIDTHS) {
      const program = compile('programs/threads.c', bits, '-O2', '-pthread');
      for (const [count, mode] of [
        ['1', 'functional'],
        ['3', 'functional'],
        ['6', 'functional'],
        ['6', 'detailed'],
      ] as const) {
        const expected = runHost(bits, program, [count]);
        const actual = runXenon(program, [count], { mode });
        t.is(actual.stdout, expected.stdout, `${bits} bits, ${count} threads, ${mode}`);
        t.is(actual.status, 0);
        t.is(actual.result.simulated.threads.length, Math.max(2, Number(count)));
      }
    }
  },
);

withTools('compilers', 'more threads than the machine has end in EAGAIN', (t) => {
  const program = compile('programs/threads.c', 64, '-O2', '-pthread');
  const seven = runXenon(program, ['7']);
  t.is(seven.stdout, 'only 6 threads: EAGAIN\n');
  t.is(seven.status, 3);
  const two = runXenon(program, ['3'], { threads: 2 });
  t.is(two.stdout, 'only 2 threads: EAGAIN\n');
});

withTools('compilers', 'timed runs with threads repeat to the cycle, on both engines', (t) => {
  const program = compile('programs/threads.c', 64, '-O2', '-pthread');
  const cycles = (engine: 'translated' | 'reference') => {
    const { stdout, result } = runXenon(program, ['3'], { mode: 'detailed', engine });
    return { stdout, ...result.simulated };
  };
  const first = cycles('translated');
  t.deepEqual(cycles('translated'), first);
  t.deepEqual(cycles('reference'), first);
});

withTools('qemu', 'OpenMP gives what QEMU gives', (t) => {
  for (const bits of WIDTHS) {
    const program = compile('programs/openmp.c', bits, '-O2', '-fopenmp');
    for (const threads of [2, 6]) {
      const expected = runHost(bits, program, [], { env: { OMP_NUM_THREADS: String(threads) } });
      const actual = runXenon(program, [], { threads, mode: threads === 6 ? 'detailed' : 'functional' });
      t.is(actual.stdout, expected.stdout, `${bits} bits, ${threads} threads`);
      t.is(actual.result.simulated.threads.length, threads);
    }
  }
});

withTools('compilers', 'sleeps last as long as was asked for, a day as well, by both clocks', (t) => {
  const expected = [
    ...[50, 500, 3000, 90_000, 86_400_000].map((ms) => `main slept ${ms} ms, ${ms} by the time base`),
    'thread slept 400 ms, 400 by the time base',
    'main waited 400 ms, 400 by the time base',
  ];
  const ticks = (machine: string) => {
    const { clock, timeBaseDivider } = resolve(machine, presetNamed(machine));
    return String(clock / timeBaseDivider / 1000);
  };
  for (const bits of WIDTHS) {
    const program = compile('programs/sleep.c', bits, '-O1', '-pthread');
    for (const [machine, threads, mode, engine] of [
      ['xbox360', 2, 'detailed', 'translated'],
      ['xbox360', 2, 'detailed', 'reference'],
      ['xbox360', 2, 'functional', 'translated'],
      ['powerbook-g4', 1, 'detailed', 'translated'],
    ] as const) {
      const { stdout } = runXenon(program, [ticks(machine)], { machine, threads, mode, engine });
      const lines = threads === 1 ? expected.slice(0, -2) : expected;
      t.deepEqual(stdout.trimEnd().split('\n'), lines, `${bits} bits, ${machine}, ${mode}, ${engine}`);
    }
  }
});

withTools('compilers', 'threads that wait for each other forever end the run with a message', (t) => {
  const { result } = runXenon(compile('programs/deadlock.c', 64, '-O1', '-pthread'));
  t.is(result.exit.kind, 'signal');
  t.regex(
    result.exit.kind === 'signal' ? result.exit.report : '',
    /every thread waits.*thread 0 at 0x\w+ \(.*wait/,
  );
});

test('a new thread has the registers of its parent, no reservation and no low priority', (t) => {
  const view = new DataView(new ArrayBuffer(0x2010_0000));
  const register = (thread: number, n: number) => contextBase(thread) + CTX.gpr + 8 * n;
  for (const n of [1, 3, 13, 31]) view.setBigUint64(register(0, n), 77n, true);
  // What the last thread there has left.
  view.setInt32(contextBase(HARDWARE_THREADS[1]) + CTX.priority, -1, true);
  view.setBigInt64(contextBase(HARDWARE_THREADS[1]) + CTX.reserveAddress, 0x1000n, true);
  const { hardware } = new Threads(view.buffer, 3, true).start(0, 0x2000, 5);
  t.deepEqual(
    [1, 3, 13, 31].map((n) => view.getBigUint64(register(hardware, n), true)),
    [0x2000n, 0n, 5n, 77n],
  );
  t.is(view.getInt32(contextBase(hardware) + CTX.priority, true), 0);
  t.is(view.getBigInt64(contextBase(hardware) + CTX.reserveAddress, true), -1n);
});

test('hardware threads are given one on each core first, and given back', (t) => {
  const threads = new Threads(new ArrayBuffer(0x2010_0000), 3, true);
  const started = [threads.start(0, 0x1000, 5), threads.start(0, 0x2000, undefined)];
  t.deepEqual(
    started.map(({ hardware }) => hardware),
    [...HARDWARE_THREADS].slice(1, 3),
  );
  t.throws(() => threads.start(0, 0, undefined), { instanceOf: LinuxError, message: 'EAGAIN' });
  threads.end(2);
  t.is(threads.start(0, 0, undefined).hardware, 2);
});

test('waiters are woken in the order in which they came, by address and mask', (t) => {
  const threads = new Threads(new ArrayBuffer(0x2010_0000), 6, true);
  for (const [thread, address, mask] of [
    [1, 8, 1],
    [2, 8, 2],
    [3, 16, 1],
    [4, 8, 3],
  ])
    threads.wait({ thread, address, mask });
  t.deepEqual(
    threads.take(8, 2, 1).map(({ thread }) => thread),
    [1, 4],
  );
  t.true(threads.giveUp(3));
  t.false(threads.giveUp(3));
  t.deepEqual(
    threads.take(8, 9).map(({ thread }) => thread),
    [2],
  );
});

test('a deadlock names the threads', (t) => {
  t.regex(new Deadlock([0, 2]).message, /0, 2/);
});
