import assert from 'node:assert/strict';
import test from 'ava';
import {
  type ConformEngine,
  countingEngine,
  describe,
  evaluateEngine,
  runCase,
  runCases,
  summary,
} from '../../sim/engine/conform.js';
import { BadCases, instructionCases } from '../../sim/engine/conform-cases.js';
import { CTX, contextBase, MEMORY_BYTES } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { TranslatedEngine } from '../../sim/engine/translated.js';
import { borrowMemory, relaxedFma } from '../support/translated.js';

const engine = evaluateEngine(new ArrayBuffer(MEMORY_BYTES));
const memory = borrowMemory();
const translated = countingEngine(memory.buffer, 'translated', (sf, mapped) => {
  const evaluator = new Evaluator(memory.buffer, { sf, mapped });
  return new TranslatedEngine(memory, evaluator, { relaxedFma, hot: 0 });
});
const BLR = '4e800020';
const ADD = '7d65ca14'; // add r11,r5,r25

const parse = (one: object) => instructionCases({ cases: [{ name: 'case', addr: '80000000', ...one }] })[0];
/** On the evaluator, and on translated code, which must come to the same. */
const run = (one: object) => {
  const result = runCase(parse(one), engine);
  assert.deepEqual(runCase(parse(one), translated), result);
  return result;
};

const add = {
  words: [ADD, BLR],
  regs_in: { r5: '0000000000100000', r25: '000000000000FFFF' },
  regs_out: { r11: '000000000010ffff', r5: '0000000000100000' },
};

test('a case agrees or names every register that differs, with both values', (t) => {
  t.deepEqual(run(add), { name: 'case', outcome: 'agree', differences: [] });
  const wrong = run({ ...add, regs_out: { r11: '0000000000110000', r5: '0', cr: '80000000' } });
  t.is(wrong.outcome, 'differ');
  t.deepEqual(wrong.differences, [
    { what: 'r11', expected: '0000000000110000', actual: '000000000010ffff' },
    { what: 'r5', expected: '0000000000000000', actual: '0000000000100000' },
    { what: 'cr', expected: '80000000', actual: '00000000' },
  ]);
  t.is(describe(wrong)[0], 'case: r11 expected 0000000000110000, got 000000000010ffff');
});

test('the summary line counts every outcome', (t) => {
  const cases = [
    parse(add),
    parse({ ...add, regs_out: { r11: '1' } }),
    parse({ ...add, regs_out: {} }),
    parse({ ...add, regs_out: { r32: '0' } }),
    parse({ ...add, regs_in: { spr9: '0' } }),
  ];
  const result = runCases(cases, engine);
  t.is(summary(result), 'agree 1, differ 1, unsupported 3');
  t.deepEqual(
    result.cases.map(({ outcome }) => outcome),
    ['agree', 'differ', 'unsupported', 'unsupported', 'unsupported'],
  );
  t.deepEqual(
    result.cases.slice(2).map(({ reason }) => reason),
    ['expects nothing', 'unknown register r32', 'unknown register spr9'],
  );
  t.is(describe(result.cases[2])[0], 'case: unsupported: expects nothing');
});

test('everything else starts as zero, but NJ and the return address', (t) => {
  t.is(
    run({ words: [BLR], regs_out: { lr: 'bcbcbcbc', vscr: '00010000', r1: '0', v127: '0', ca: '0' } })
      .outcome,
    'agree',
  );
  // What one case leaves is not there for the next.
  run({ words: ['38600007', BLR], regs_out: { r3: '7' } });
  t.is(run({ words: [BLR], regs_out: { r3: '0', r11: '0' } }).outcome, 'agree');
});

test('every kind of register goes in and comes out', (t) => {
  const registers = {
    r0: '0123456789abcdef',
    lr: '00000000bcbcbcbc',
    ctr: 'fedcba9876543210',
    xer: '00000000e000007f',
    f31: '7ff4000000000001',
    v0: '000102030405060708090a0b0c0d0e0f',
    v127: 'f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff',
    cr: '12345678',
    fpscr: '00000003',
    vscr: '00000001',
    ca: '1',
  };
  t.is(run({ words: [BLR], regs_in: registers, regs_out: registers }).outcome, 'agree');
  t.deepEqual(
    run({ words: [BLR], regs_in: { xer: '20000000', ca: '0' }, regs_out: { ca: '0', xer: '0' } }).differences,
    [],
  );
  t.is(run({ words: [BLR], regs_in: { ca: '2' }, regs_out: { ca: '0' } }).outcome, 'unsupported');
});

test('memory goes in and comes out, and is zero for the next case', (t) => {
  const swap = {
    words: ['7c60242c', '90640004', BLR], // lwbrx r3,0,r4; stw r3,4(r4)
    regs_in: { r4: '0000000010001000' },
    mem_in: [{ addr: '10001000', bytes: '01020304' }],
    mem_out: [{ addr: '10001000', bytes: '0102030404030201' }],
  };
  t.is(run(swap).outcome, 'agree');
  t.is(run({ words: [BLR], mem_out: [{ addr: '10001000', bytes: '0000000000000000' }] }).outcome, 'agree');
  t.deepEqual(run({ ...swap, mem_out: [{ addr: '10001004', bytes: 'FF' }] }).differences, [
    { what: 'memory 0x10001004', expected: 'ff', actual: '04' },
  ]);
});

test('an access outside the mapped memory is a difference', (t) => {
  // Translated code checks no address.
  const stray = parse({ words: ['80640000', BLR], regs_in: { r4: '10010000' }, regs_out: { r3: '0' } });
  const result = runCase(stray, engine);
  t.is(result.outcome, 'differ');
  t.regex(result.differences[0].actual, /^fault \(load of 4 bytes at unmapped address 0x10010000/);
});

test('mode 32 takes carries and CR0 from the low word', (t) => {
  const addc = {
    words: ['7c642815', BLR], // addc. r3,r4,r5
    regs_in: { r4: '00000000ffffffff', r5: '0000000000000001' },
  };
  t.is(run({ ...addc, mode: 64, regs_out: { r3: '100000000', ca: '0', cr: '40000000' } }).outcome, 'agree');
  t.is(run({ ...addc, mode: 32, regs_out: { r3: '100000000', ca: '1', cr: '20000000' } }).outcome, 'agree');
});

test('f_by_value compares numbers, otherwise bits count', (t) => {
  const negate = {
    words: ['fc200850', BLR],
    regs_in: { f1: '0000000000000000' },
    regs_out: { f1: '0000000000000000' },
  };
  t.is(run(negate).outcome, 'differ');
  t.is(run({ ...negate, f_by_value: ['f1'] }).outcome, 'agree');
  const nan = { words: [BLR], regs_in: { f1: '7ff8000000000001' }, regs_out: { f1: 'fff8000000000000' } };
  t.is(run({ ...nan, f_by_value: ['f2'] }).outcome, 'differ');
  t.is(run({ ...nan, f_by_value: ['f1'] }).outcome, 'agree');
});

test('a trap is an outcome of its own', (t) => {
  const trap = { words: ['7c832008', BLR], regs_in: { r3: '5', r4: '5' } }; // tweq r3,r4
  t.is(run({ ...trap, trap: true }).outcome, 'agree');
  t.deepEqual(
    run({ ...trap, regs_out: { r3: '5' } }).differences.map(({ what, expected }) => [what, expected]),
    [['end', 'returned']],
  );
  t.deepEqual(run({ ...trap, regs_in: { r3: '5' }, trap: true }).differences, [
    { what: 'end', expected: 'trap', actual: 'returned' },
  ]);
});

test('code may branch and call before it returns; code that does not return differs', (t) => {
  const countdown = {
    words: ['38600003', '3463ffff', '4082fffc', BLR],
    regs_out: { r3: '0', cr: '20000000' },
  };
  t.is(run(countdown).outcome, 'agree');
  const loop = run({ words: ['48000000'], regs_out: { r3: '0' } });
  t.deepEqual(loop.differences, [{ what: 'end', expected: 'returned', actual: 'limit' }]);
});

test('a word that is no instruction makes the case unsupported', (t) => {
  const result = run({ words: ['00000000', BLR], regs_out: { r3: '0' } });
  t.is(result.outcome, 'unsupported');
  t.regex(result.reason!, /no instruction 0x00000000/);
});

test('another engine can stand behind the same cases', (t) => {
  const memory = new ArrayBuffer(MEMORY_BYTES);
  const fake: ConformEngine = {
    name: 'always seven',
    keepsFloatStatus: true,
    memory,
    run(thread, { sf, until }) {
      t.true(sf);
      t.deepEqual(until, [0xbcbc_bcbc, 0xbcbc_bcbc]);
      new DataView(memory).setBigUint64(contextBase(thread) + CTX.gpr + 8 * 11, 7n, true);
      return { kind: 'returned' };
    },
  };
  t.is(runCase(parse({ ...add, regs_out: { r11: '7' } }), fake).outcome, 'agree');
  t.is(runCase(parse(add), fake).outcome, 'differ');
});

test('a bad file is refused with the place and the reason of every fault', (t) => {
  const problems = (json: unknown) =>
    t.throws(() => instructionCases(json), { instanceOf: BadCases })!.problems;
  const [first] = problems([]);
  t.regex(first, /^file: .*object/);
  t.regex(problems({})[0], /^cases: /);
  const base = { name: 'x', addr: '80000000', words: [BLR] };
  t.deepEqual(problems({ cases: [base, { ...base, words: ['4e80002'], mode: 16 }] }), [
    'cases[1].words[0]: expected an instruction word of 8 hexadecimal digits',
    'cases[1].mode: expected 32 or 64',
  ]);
  t.deepEqual(
    problems({ cases: [{ ...base, regs_in: { r3: '0x12' }, mem_in: [{ addr: '10', bytes: '123' }] }] }),
    [
      'cases[0].regs_in.r3: expected hexadecimal digits without 0x',
      'cases[0].mem_in[0].bytes: expected whole bytes, two hexadecimal digits each',
    ],
  );
  t.deepEqual(problems({ cases: [{ ...base, words: [] }] }), [
    'cases[0].words: expected at least one instruction word',
  ]);
  t.notThrows(() => instructionCases({ cases: [{ ...base, note: 'for people', other: 1 }], more: true }));
});
