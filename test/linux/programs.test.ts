import test from 'ava';
import { type Bits, compile, runHost, runXenon, withTools } from './support.js';

/** Whole C programs: what they print, and their exit status, must be what QEMU gives, byte for byte. */

const PROGRAMS = ['strings', 'floats', 'control', 'matrix'] as const;
const LEVELS = [['-O0'], ['-O2'], ['-O3', '-ffast-math']] as const;
const ARGUMENTS = ['one', 'two words', ''];

for (const program of PROGRAMS) {
  for (const level of LEVELS) {
    withTools('qemu', `${program} at ${level.join(' ')}, 64 and 32 bits`, (t) => {
      for (const bits of [64, 32] as Bits[]) {
        // 32-bit QEMU stops at mffscrni, which the mathematical functions execute: its 64-bit twin prints the same.
        const oracle: Bits = program === 'floats' ? 64 : bits;
        const flags = (width: Bits) => [
          ...level,
          '-maltivec',
          ...(width === 32 ? ['-mno-powerpc-gpopt'] : []),
        ];
        const source = `programs/${program}.c`;
        const expected = runHost(oracle, compile(source, oracle, ...flags(oracle)), ARGUMENTS, {
          env: { MOOD: 'fine' },
        });
        const actual = runXenon(compile(source, bits, ...flags(bits)), ARGUMENTS, {
          environment: ['MOOD=fine'],
        });
        t.true(expected.stdout.length > 100);
        t.is(actual.stdout, expected.stdout, `${bits} bits`);
        t.is(actual.status, expected.status, `${bits} bits`);
        t.deepEqual(actual.messages, []);
      }
    });
  }
}

withTools('compilers', 'detailed runs give the same output and the same cycles on both engines', (t) => {
  for (const bits of [64, 32] as Bits[]) {
    const program = compile('programs/matrix.c', bits, '-O2', '-maltivec');
    const plain = runXenon(program);
    const woven = runXenon(program, [], { mode: 'detailed', profile: true });
    const reference = runXenon(program, [], { mode: 'detailed', engine: 'reference', profile: true });
    t.is(woven.stdout, plain.stdout);
    t.is(reference.stdout, plain.stdout);
    t.is(woven.result.simulated.cycles, reference.result.simulated.cycles);
    t.is(woven.result.simulated.instructions, plain.result.simulated.instructions);
    t.deepEqual(woven.result.memory, reference.result.memory);
    t.deepEqual(woven.result.functions, reference.result.functions);
    t.true(woven.result.simulated.loadHitStoreCycles! > 0);
    const { functions } = woven.result;
    const main = functions.find(({ name }) => name === 'main')!;
    t.true(main.share > 0.3, `main has ${main.share}`);
    // Up to the first mark, and while the last instruction drains, time belongs to no function.
    const charged = functions.reduce((sum, { cycles }) => sum + cycles, 0);
    const whole = woven.result.simulated.cycles!;
    t.true(charged <= whole && charged > 0.98 * whole, `${charged} of ${whole}`);
    t.is(plain.result.simulated.cycles, null);
  }
});

withTools('compilers', 'neither arguments nor environment move a stack frame', (t) => {
  const program = compile('programs/frame.c', 64, '-O1');
  const frame = (args: string[], environment: string[]) =>
    /frame (\w+)/.exec(runXenon(program, args, { environment }).stdout)![1];
  const expected = frame([], []);
  t.is(frame(['a', 'longer', 'argument list'.repeat(20)], []), expected);
  t.is(frame([], ['PATH=/bin', `LONG=${'x'.repeat(3000)}`]), expected);
  t.throws(() => frame([], ['A='.padEnd(200_000, 'x')]), { message: /more than \d+ bytes/ });
});

withTools('compilers', 'the auxiliary vector says what the machine is', (t) => {
  for (const bits of [64, 32] as Bits[]) {
    const { stdout } = runXenon(compile('programs/frame.c', bits, '-O1'));
    t.regex(stdout, bits === 64 ? /hwcap 58000000/ : /hwcap 98000000/);
    // dcbz must clear as many bytes as programs are told.
    t.regex(stdout, /dcbz told 32 cleared 32/);
    t.regex(stdout, /secure 0 page 4096/);
  }
  const program = compile('programs/frame.c', 64, '-O1');
  const random = (seed: string) => /random (\w+)/.exec(runXenon(program, [], { seed }).stdout)![1];
  t.is(random('1'), random('1'));
  t.not(random('1'), random('2'));
});

test('a program for another machine is refused', (t) => {
  t.throws(() => runXenon(process.execPath), { message: /little-endian|not an ELF/ });
});
