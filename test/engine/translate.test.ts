import test from 'ava';
import seedrandom from 'seedrandom';
import { assemble } from '../../sim/asm/assemble.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { dataflow } from '../../sim/engine/dataflow.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { findRegion } from '../../sim/engine/regions.js';
import { findUntranslatable, needsEvaluator } from '../../sim/engine/translate.js';
import { encodeRow, fieldsOf } from '../../sim/isa/fields.js';
import type { Row } from '../../sim/isa/row.js';
import { byName, ROWS } from '../../sim/isa/table.js';
import { installProgram, type RandomProgram, randomProgram, stateLines } from '../support/random-program.js';
import { below, pick, randomWord } from '../support/random-values.js';
import { finish } from '../support/to-end.js';
import { borrowMemory, relaxedFma, translatedOver } from '../support/translated.js';

const exact = borrowMemory();
const fast = borrowMemory();
const SC = encodeRow(byName('sc'), {});
const BRANCHES = new Set(['branch', 'branchIndirect', 'systemCall', 'trap', 'moveFromTimeBase']);
const fusions = relaxedFma ? [true, false] : [false];

function evaluateToEnd(evaluator: Evaluator): void {
  for (;;) if (evaluator.step(0).stop !== undefined) return;
}

const differences = (a: string[], b: string[]): string[] =>
  a.flatMap((line, i) => (line === b[i] ? [] : [`exact ${line}  translated ${b[i]}`]));

/** Register states to start from, with quick ways to set and compare them. */
const STATES = 8;
const states = Array.from({ length: 3 * STATES }, (_, n) => {
  const program = randomProgram(`state ${n}`, { length: 1, nj: n % 4 !== 3 });
  installProgram(exact.buffer, 0, program);
  const base = contextBase(0);
  const context = new Uint8Array(exact.buffer).slice(base, base + CTX.core);
  const lines = stateLines(exact.buffer, 0, program);
  const put = (memory: ArrayBuffer, word: number) => {
    const bytes = new Uint8Array(memory);
    bytes.set(context, base);
    bytes.set(program.window.bytes, program.window.address & 0x1fff_ffff);
    const view = new DataView(memory);
    view.setUint32(program.base & 0x1fff_ffff, word);
    view.setUint32((program.base & 0x1fff_ffff) + 4, SC);
  };
  return { program, put, lines };
});

function sameState(a: ArrayBuffer, b: ArrayBuffer, { window }: RandomProgram): boolean {
  const parts: [number, number][] = [
    [contextBase(0), CTX.reserveAddress],
    [contextBase(0) + CTX.pc, 16],
    [window.address & 0x1fff_ffff, window.bytes.length],
  ];
  return parts.every(([at, size]) => Buffer.from(a, at, size).equals(Buffer.from(b, at, size)));
}

/** Lines that changed or are floating point or short: enough to see what an instruction started from. */
const relevant = (before: string[], after: string[]): string[] =>
  before.filter((line, i) => line !== after[i] || /^(f|v|r)\d/.test(line)).slice(0, 96);

/** A word of the row whose accesses stay inside the window of a random program. */
function tameWord(row: Row, random: () => number): number {
  const fixed: Record<string, number> = {};
  if (/^(load|store|cache)/.test(row.timing) || row.timing === 'shiftPattern') {
    Object.assign(fixed, { rA: 24 + below(random, 4), rB: 28 + below(random, 2) });
    Object.assign(fixed, {
      d: below(random, 512) - 256,
      ds: 4 * below(random, 64),
      rD: pick(random, [0, 3, 22, 24]),
    });
  }
  return randomWord(row, random, fixed);
}

for (const sf of [true, false]) {
  for (const fused of fusions) {
    const forms = sf && fused ? 3 : 1;
    const title = `${sf ? 64 : 32}-bit mode, ${fused ? 'relaxed' : 'emulated'} multiply-add`;
    test(`every row gives what the evaluator gives: ${title}`, (t) => {
      const random = seedrandom.alea(`rows ${sf}`);
      const { translated } = translatedOver(fast, sf, fused);
      const oracle = new Evaluator(exact.buffer, { sf });
      let compared = 0;
      for (const row of ROWS) {
        if (BRANCHES.has(row.timing)) continue;
        for (let form = 0; form < forms; form++) {
          const word = tameWord(row, random);
          translated.codeChanged();
          for (let n = 0; n < STATES; n++) {
            const start = states[(form * STATES + n) % states.length];
            start.put(exact.buffer, word);
            start.put(fast.buffer, word);
            evaluateToEnd(oracle);
            finish(
              () => translated.run(0, 1e6),
              () => translated.runSync(0),
            );
            if (!sameState(exact.buffer, fast.buffer, start.program)) {
              const [a, b] = [exact, fast].map((m) => stateLines(m.buffer, 0, start.program));
              const name = `${row.name} ${word.toString(16)}`;
              return t.fail([name, ...differences(a, b), 'before:', ...relevant(start.lines, a)].join('\n'));
            }
            compared++;
          }
        }
      }
      t.log(`${compared} executions compared`);
      t.true(compared > forms * 4000);
    });

    test(`random programs give what the evaluator gives: ${title}`, (t) => {
      const deadlines = seedrandom.alea('deadlines');
      for (let seed = 0; seed < 8 * forms; seed++) {
        const name = `translated ${seed} ${sf}`;
        const program = randomProgram(name, {
          sf,
          modes: seed % 4 === 0,
          nj: seed % 5 !== 0,
          tame: seed % 2 === 0,
        });
        installProgram(exact.buffer, 0, program);
        installProgram(fast.buffer, 0, program);
        evaluateToEnd(new Evaluator(exact.buffer, { sf }));
        const { translated } = translatedOver(fast, sf, fused, seed % 3 === 0 ? 3 : 0);
        finish(
          () => translated.run(0, below(deadlines, 300)),
          () => translated.runSync(0),
        );
        const wrong = differences(stateLines(exact.buffer, 0, program), stateLines(fast.buffer, 0, program));
        if (wrong.length > 0) return t.fail(`${name}:\n${wrong.join('\n')}`);
      }
      return t.pass();
    });
  }
}

test('only rare instructions are left to the evaluator', (t) => {
  const random = seedrandom.alea('singles');
  const mode = { sf: true, nj: true, rounding: false, relaxedFma: true };
  const left = ROWS.filter((row) => {
    const word = randomWord(row, random);
    if (dataflow(row, fieldsOf(row.form, word), mode).illegal) return false;
    const region = findRegion(
      0x1000,
      (pc) => (pc === 0x1000 ? word : undefined),
      true,
      (i) => needsEvaluator(i, mode),
    );
    return region.end === 'single' || findUntranslatable(region, mode).length > 0;
  });
  const unexpected = left.filter(
    (row) =>
      !/^(mt|mcrfs|mfspr|mftb|icbi|fres|frsqrte|vlogefp|vrsqrtefp|vpkd3d|vupkd3d|vupk.px|vrl[bh]|db|cct|sc)/.test(
        row.name,
      ),
  );
  t.deepEqual(
    unexpected.map((row) => row.name),
    [],
  );
});

test('a run with a deadline stops at the first yield point behind it', (t) => {
  // 1: addi r3,r3,1; bdnz 1b
  const program = { ...randomProgram('yield', { length: 1 }), words: [0x3863_0001, 0x4200_fffc, SC] };
  installProgram(fast.buffer, 0, program);
  const view = new DataView(fast.buffer);
  view.setBigUint64(contextBase(0) + CTX.ctr, 1000n, true);
  const { translated } = translatedOver(fast, true, relaxedFma);
  t.is(translated.run(0, 100).kind, 'yield');
  t.is(view.getBigUint64(contextBase(0) + CTX.instructions, true), 100n);
  t.is(translated.run(0, 101).kind, 'yield');
  t.is(view.getBigUint64(contextBase(0) + CTX.instructions, true), 102n);
  t.is(translated.run(0, 1e6).kind, 'systemCall');
  t.is(view.getBigUint64(contextBase(0) + CTX.instructions, true), 2001n);
});

test('code that a program writes is translated anew after icbi', (t) => {
  const { bytes, symbols } = assemble(
    `start:  li 3,0
             mtctr 4
     loop:   addi 3,3,1
             bdnz loop
             stw 7,0(6)
             dcbst 0,6
             sync
             icbi 0,6
             isync
             mtctr 4
             cmpwi 8,0
             addi 8,8,-1
             bgt loop
             sc`,
    { file: 'patch.s', base: 0x1_0000 },
  );
  new Uint8Array(fast.buffer).set(bytes, 0x1_0000);
  const view = new DataView(fast.buffer);
  const gpr = (n: number) => contextBase(0) + CTX.gpr + 8 * n;
  const addi16 = 0x3863_0010;
  for (const [n, value] of [
    [4, 100],
    [6, symbols.get('loop')!],
    [7, addi16],
    [8, 1],
  ]) {
    view.setBigUint64(gpr(n), BigInt(value), true);
  }
  view.setBigUint64(contextBase(0) + CTX.pc, 0x1_0000n, true);
  const { translated } = translatedOver(fast, true, relaxedFma);
  t.is(
    finish(
      () => translated.run(0, 1e6),
      () => translated.runSync(0),
    ).kind,
    'systemCall',
  );
  t.is(view.getBigUint64(gpr(3), true), 100n + 16n * 100n);
});
