import test from 'ava';
import { FlatMemory } from '../support/flat-memory.js';
import { GuestProgram, type MakeWorks, referenceWorks, wovenWorks } from '../support/guest.js';

const flat = ({ buffer }: WebAssembly.Memory) => new FlatMemory(buffer);
/** Every timeline is checked on both: the readable model and the code woven from the same plans. */
const ENGINES: readonly MakeWorks[] = [referenceWorks(flat), wovenWorks(flat)];
/** r7 and r8 point to memory that the set-up has brought into the L1 cache. */
const POINTERS = 'lis 7,0x20\n lis 8,0x20\n lwz 0,0(7)\n lwz 0,128(7)\n .rept 120\n nop\n .endr';

/**
 * Cycles one copy of `body` adds in straight line: the difference between twice so many copies and so many, by when every
 * queue has filled. Each body is a whole number of aligned pairs where pairing matters.
 */
const COPIES = 64;
function perCopy(body: string, works: MakeWorks, count = COPIES): number {
  const part = (copies: number) => `
    ${POINTERS}
    .balign 256
    .rept ${copies}
    ${body}
    .endr
    sc`;
  const program = new GuestProgram(`short: ${part(count)}\n .balign 256\nlong: ${part(2 * count)}`, works);
  program.run('long');
  program.run('short');
  const short = program.run('short').cycles;
  return (program.run('long').cycles - short) / count;
}

const costs = test.macro<[body: string, cycles: number, count?: number]>({
  exec(t, body, cycles, count) {
    for (const works of ENGINES) t.is(perCopy(body, works, count), cycles);
  },
  title: (given) => given ?? '',
});

/** Sixteen instructions or pairs with different target registers. */
const sixteen = (line: string) => `.irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n ${line}\n .endr`;

// Rule 1: slots and pairs. Expected values are derived by hand from the rules in plan.ts and the preset's numbers.
test('two integer instructions never share a cycle', costs, 'add 3,4,5\n add 6,4,5', 2);
test(
  'an integer instruction and a load share a cycle',
  costs,
  'add 3,4,5\n lwz 6,0(7)\n add 9,4,5\n lwz 10,0(7)',
  2,
);
test('two loads do not share a cycle', costs, 'lwz 3,0(7)\n lwz 4,4(7)', 2);
test(
  'a vector load and vector arithmetic share a cycle',
  costs,
  sixteen('lvx \\i,0,7\n vaddfp128 \\i+64,100,101'),
  16,
);
test(
  'a vector load and a permute do not share a cycle',
  costs,
  sixteen('lvx \\i,0,7\n vspltw128 \\i+64,100,0'),
  32,
);
test('a vector load and an integer load do not share a cycle', costs, 'lvx 1,0,7\n lwz 3,0(7)', 2);
test(
  'vector arithmetic and permute share a cycle',
  costs,
  sixteen('vaddfp128 \\i+80,100,101\n vspltw128 \\i+64,100,0'),
  16,
);
test('sixteen independent multiply-adds: one a cycle', costs, sixteen('vmaddfp128 \\i+64,1,2,\\i+64'), 16);
test('a nop shares with anything', costs, 'nop\n lwz 3,0(7)\n nop\n lwz 4,0(7)', 2);
test(
  'an instruction in the second half of a pair does not wait for alignment',
  costs,
  'lwz 3,0(7)\n nop\n nop\n nop',
  2,
);

// Rule 2: waiting for registers.
test('dependent add chain: 2', costs, 'add 3,3,4', 2);
test('load to address of the next load: 5', costs, 'lwz 9,0(9)\n', 5);
test('integer result to address: 5, then the next pair', costs, 'add 9,9,10\n lwz 5,0(9)', 6);
test('store data is not waited for', costs, 'mr 3,4\n stw 3,0(7)\n add 6,4,5\n add 9,4,5', 3);
test('writing a register waits for its older result', costs, 'vaddfp 1,2,3', 12);

// Rule 3: the vector queue.
test('dependent vector multiply-add chain: 12', costs, 'vmaddfp128 v1,v2,v3,v1', 12);
test('dependent dot product chain: 14', costs, 'vmsum4fp128 v1,v1,v2', 14);
test('dependent scalar multiply-add chain: 10', costs, 'fmadds 1,2,3,1', 10);
test('dependent permute chain: 4', costs, 'vperm 1,1,2,3', 4);
test('dependent vector logical chain: 4', costs, 'vand 1,1,2', 4);
test('vector load to arithmetic, then back onto the register: 2 + 12', costs, 'lvx 1,0,7\n vaddfp 1,1,2', 14);
test(
  'a dependent chain leaves the front end free: 12 adds hide behind it',
  costs,
  `vmaddfp128 v1,v2,v3,v1\n nop\n .irp i,3,4,5,6,9,10,11,12\n add \\i,14,15\n .endr`,
  12,
  // The queue fills by less than a cycle a copy.
  160,
);
test('fdiv occupies the arithmetic pipe for 74', costs, 'fdiv 1,2,3\n fdiv 4,5,6', 148);

// Rule 5 and 6: stores.
test('one store a cycle', costs, 'stw 3,0(7)\n stw 3,64(7)', 2);
test('load-hit-store: 40, and the store of the next copy after it', costs, 'stw 3,0(7)\n lwz 4,0(7)', 41);
test('a load of the next quadword does not hit the store', costs, 'stw 3,0(7)\n lwz 4,16(7)', 2);
test(
  'load-hit-store begins when the data is there: 12 + 40, and 2 from the load to the next arithmetic',
  costs,
  'vaddfp 1,2,3\n stvx 1,0,7\n lvx 2,0,7\n nop',
  54,
);

// Rule 7: microcode and non-pipelined instructions.
test('mulli 6', costs, 'mulli 3,4,5', 6);
test('mullw 9', costs, 'mullw 3,4,5', 9);
test('mulld 15', costs, 'mulld 3,4,5', 15);
test('divw 36', costs, 'divw 3,4,5', 36);
test('divd 68', costs, 'divd 3,4,5', 68);
test('variable shift 11', costs, 'slw 3,4,5', 11);
test('immediate shift is an ordinary integer instruction', costs, 'slwi 3,4,5\n slwi 6,4,5', 2);
test('sign-extending load: microcode, 16', costs, 'lha 3,0(7)\n lha 4,0(7)', 32);
test('mfcr 34', costs, 'mfcr 3', 34);
test('a scalar load across a 32-byte boundary: 16 and its own cycle', costs, 'lwz 3,30(7)\n lwz 4,30(7)', 34);
test('db16cyc stops issue for 16', costs, 'db16cyc', 16);

// Rule 8 and condition register edges.
test('integer compare to a branch not taken: nothing', costs, 'cmpwi 3,1\n beq 1f\n1:', 1);
test('record form to a branch: 2', costs, 'add. 3,4,5\n bgt 1f\n1:', 3);
test('float compare to a branch: 23', costs, 'fcmpu 0,1,2\n bgt 1f\n1:', 24);
test('vector integer compare to a branch: 5', costs, 'vcmpequw. 1,2,2\n beq cr6,1f\n1:', 6);
test('vector float compare to a branch: 23', costs, 'vcmpgtfp. 1,2,2\n bne cr6,1f\n1:', 24);
test('taken branch: 8', costs, 'b 1f\n1:', 8);
test('call and return: two taken branches', costs, 'bl 1f\n b 2f\n1: blr\n nop\n2:', 24);

/** Cycles an iteration of a counted loop, from the difference of 300 and 100 iterations. */
function perIteration(body: string, works: MakeWorks, threads: readonly number[] = [0]): number {
  const source = `start: ${POINTERS}\n mtctr 3\n .balign 256\n1: ${body}\n bdnz 1b\n sc`;
  const program = new GuestProgram(source, works);
  program.run('start', threads, { 3: 300 });
  const short = program.run('start', threads, { 3: 100 }).cycles;
  return (program.run('start', threads, { 3: 300 }).cycles - short) / 200;
}

test('a counted loop: its issue cycles and one bubble', (t) => {
  for (const works of ENGINES) {
    // The predictor may need one iteration more or less to find its history again.
    t.true(Math.abs(perIteration('add 3,4,5\n add 6,4,5', works) - 10) <= 24 / 200);
  }
});

test(
  'an indirect branch is always mispredicted: 24',
  costs,
  'bcl 20,31,1f\n1: mflr 5\n addi 5,5,20\n mtctr 5\n bctr\n nop',
  8 + 1 + 2 + 10 + 24,
);

// Two threads of a core.
const chain = sixteen('fmadds 1,2,3,1');
const throughput = `${sixteen('vmaddfp128 \\i+64,1,2,\\i+64')}\n ${sixteen('vmaddfp128 \\i+80,1,2,\\i+80')}`;

test('a second thread runs a dependent chain beside the first for nothing', (t) => {
  for (const works of ENGINES) {
    const alone = perIteration(chain, works);
    t.is(alone, 160);
    t.true(perIteration(chain, works, [0, 1]) < 1.02 * alone);
  }
});

test('two threads share the arithmetic pipe', (t) => {
  for (const works of ENGINES) {
    const alone = perIteration(throughput, works);
    const both = perIteration(throughput, works, [0, 1]);
    t.true(both / alone > 1.55, `${both} against ${alone}`);
  }
});
