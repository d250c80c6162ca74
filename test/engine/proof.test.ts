import test from 'ava';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import {
  ALWAYS_KNOWN,
  changeLines,
  forgetLines,
  holdSteady,
  LINES_KNOWN,
  LINES_SINCE,
  LINES_STEADY,
} from '../../sim/engine/known-lines.js';
import { Prover } from '../../sim/engine/proof-code.js';
import { type BlockProof, stands } from '../../sim/engine/region-proof.js';
import { TranslatedEngine } from '../../sim/engine/translated.js';
import { EvaluatingEngine } from '../../sim/engine/untimed.js';
import { Body } from '../../sim/engine/wasm/builder.js';
import { machineWith } from '../support/guest.js';
import {
  CODE,
  DATA,
  DATA_BYTES,
  type NumberProgram,
  numberProgram,
  oddWord,
  passingOn,
  RUNS,
  STORES,
  storing,
} from '../support/number-programs.js';
import { runFunctionalToEnd, runToEnd } from '../support/to-end.js';
import { borrowMemory, giveBack, relaxedFma } from '../support/translated.js';
import { compareEngines, type Side } from '../support/woven.js';

const PROGRAMS = Number(process.env.XENON_PROOF_PROGRAMS ?? 90);
const machine = machineWith();
const programs = Array.from({ length: PROGRAMS }, (_, seed) => numberProgram(`number ${seed}`));

interface Form {
  readonly unproved?: boolean;
  readonly relaxedFma: boolean;
  readonly nj: boolean;
  /** Lines that were known still are after the host has written. */
  readonly hostUnseen?: boolean;
}

/** Registers and memory after runs with a disturbance by the host between them; the translating engine's or the oracle's. */
function functional(
  program: NumberProgram,
  form: Form,
  translates: boolean,
): { state: Buffer; known: number } {
  const memory = borrowMemory();
  const { buffer } = memory;
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);
  const evaluator = new Evaluator(buffer);
  const engine = translates
    ? new TranslatedEngine(memory, evaluator, { ...form, hot: 0 })
    : new EvaluatingEngine(buffer, evaluator);
  const lines = new Uint8Array(buffer, LINES_KNOWN + (DATA >> 7), 16);
  lines.fill(0);
  const context = contextBase(0);
  bytes.fill(0, context, context + CTX.scratch);
  bytes.fill(0, DATA, DATA + DATA_BYTES);
  bytes.set(program.code, program.base);
  view.setInt32(context + CTX.vscr, form.nj ? 0x1_0000 : 0, true);
  program.place(buffer, 0);
  for (let run = 0; run < RUNS; run++) {
    view.setBigUint64(context + CTX.pc, BigInt(program.start), true);
    for (const [n, value] of Object.entries(program.registers(run)))
      view.setBigUint64(context + CTX.gpr + 8 * Number(n), BigInt(value), true);
    runFunctionalToEnd(buffer, engine, [0], 500);
    program.disturb(buffer);
    if (form.hostUnseen) for (let line = 0; line < 16; line++) if (lines[line] !== 0) lines[line] = 255;
  }
  const state = Buffer.concat([
    Buffer.from(buffer.slice(context, context + CTX.core)),
    Buffer.from(buffer.slice(DATA, DATA + DATA_BYTES)),
  ]);
  const known = lines.filter((byte) => byte !== 0).length;
  giveBack(memory);
  return { state, known };
}

for (const nj of [true, false]) {
  const exact = programs.map((program) => functional(program, { relaxedFma, nj }, false).state);
  for (const fused of relaxedFma ? [true, false] : [false]) {
    const title = `${fused ? 'relaxed' : 'emulated'} multiply-add, NJ ${nj ? 1 : 0}`;
    test.serial(`proved and tested code give every bit of what the evaluator gives: ${title}`, (t) => {
      let known = 0;
      for (const [seed, program] of programs.entries()) {
        const form = { relaxedFma: fused, nj };
        const proved = functional(program, form, true);
        known += proved.known;
        t.true(proved.state.equals(exact[seed]), `seed ${seed}`);
        if (seed % 3 === 0) {
          const tested = functional(program, { ...form, unproved: true }, true);
          t.true(tested.state.equals(exact[seed]), `seed ${seed}, tested`);
          t.is(tested.known, 0);
        }
      }
      t.log(`${PROGRAMS} programs, ${known} lines known at their ends`);
      t.true(known > PROGRAMS / 2);
    });
  }
}

/** On the readable and the woven engine: some threads over the same data. */
function woven(program: NumberProgram, threads: readonly number[], observed = false): string[] {
  const act = ({ xenon, buffer }: Side) => {
    xenon.write(program.base, program.code);
    for (const thread of threads) program.place(buffer, thread);
    for (let run = 0; run < RUNS; run++) {
      for (const thread of threads) xenon.place(thread, program.start, program.registers(run));
      runToEnd(xenon, threads);
      program.disturb(buffer);
    }
  };
  return compareEngines({ machine, observed }, act, undefined, [[DATA, DATA_BYTES]]);
}

test.serial('with timing all state is equal to the half-cycle as well', (t) => {
  for (let seed = 0; seed < PROGRAMS / 3; seed++) {
    const threads = [[0], [0, 1], [0, 1, 2, 3, 4, 5]][seed % 3];
    t.deepEqual(woven(programs[seed], threads, seed % 10 === 0), [], `seed ${seed}`);
  }
});

test.serial('registers that the host changes while a thread is stopped are looked at again', (t) => {
  for (let seed = 0; seed < PROGRAMS / 10; seed++) {
    const program = programs[seed];
    const act = ({ xenon, buffer }: Side) => {
      xenon.write(program.base, program.code);
      program.place(buffer, 0);
      xenon.place(0, program.start, program.registers(0));
      // What it does then may have no end.
      for (let stop = 1, isStopped = true; isStopped && stop < 8; stop++) {
        isStopped = false;
        xenon.run([0], (cycles) => {
          if (cycles < 3000 * stop || xenon.isDone(0)) return;
          isStopped = true;
          xenon.stopAll();
        });
        new Uint32Array(buffer, contextBase(0) + CTX.vr, 4 * 128).fill(0x0040_0000);
      }
    };
    t.deepEqual(compareEngines({ machine }, act, undefined, [[DATA, DATA_BYTES]]), [], `seed ${seed}`);
  }
});

/** Guards that test less of what a proof rests on. */
const guardWithout = (part: Partial<BlockProof>) => () => {
  const { guard } = Prover.prototype;
  Prover.prototype.guard = function (this: Prover, proof, ...rest) {
    guard.call(this, { ...proof, ...part }, ...rest);
  };
  return () => {
    Prover.prototype.guard = guard;
  };
};

/** What may be left out of translated code; each puts back what it changed. */
const LAPSES: Readonly<Record<string, () => () => void>> = {
  'registers are not looked at': guardWithout({ claims: new Map() }),
  'constants are not looked at': guardWithout({ constants: new Map() }),
  'lines are not looked at': guardWithout({ lines: [] }),
  'tested bodies keep what the next block claims': () => {
    const { after } = Prover.prototype;
    Prover.prototype.after = function (this: Prover, holds) {
      if (holds) after.call(this, holds);
    };
    return () => {
      Prover.prototype.after = after;
    };
  },
  'what a thread comes back with is taken for proved': () => {
    const { resume } = Prover.prototype;
    Prover.prototype.resume = function (this: Prover, body) {
      this.after(true, body);
    };
    return () => {
      Prover.prototype.resume = resume;
    };
  },
  'stores leave lines known': () => {
    const { memory } = Body.prototype;
    Body.prototype.memory = function (this: Body, name, offset) {
      const stores = name === 'i32.store8' && offset === LINES_KNOWN;
      if (!stores || this.code.view().at(-1) !== 0) return memory.call(this, name, offset);
      this.op('drop');
      this.op('drop');
    };
    return () => {
      Body.prototype.memory = memory;
    };
  },
};

/** Whether a program is seen to go wrong. */
function isWrong(program: NumberProgram, hostUnseen = false): boolean {
  const form = { relaxedFma, nj: true };
  const exact = functional(program, form, false).state;
  return !functional(program, { ...form, hostUnseen }, true).state.equals(exact);
}

/** Code with a lapse stands elsewhere, as modules are kept by their content. */
const elsewhere = (lapse: string | undefined): number =>
  CODE + 0x1000 * (1 + Object.keys(LAPSES).indexOf(lapse ?? ''));

function withLapse<T>(lapse: string, act: (base: number) => T): T {
  const undo = LAPSES[lapse]();
  try {
    return act(elsewhere(lapse));
  } finally {
    undo();
  }
}

for (const [kind, store] of Object.entries(STORES)) {
  test.serial(`a store into a line that is known makes it unknown: ${kind}`, (t) => {
    t.false(isWrong(storing(store, CODE)));
    const lapse = 'stores leave lines known';
    // What the evaluator executes makes lines unknown by itself.
    const wrong = withLapse(lapse, (base) => isWrong(storing(store, base)));
    t.is(wrong, kind !== 'stwcx.');
  });
}

test.serial('what a tested body leaves is looked at before a proved one uses it', (t) => {
  t.false(isWrong(passingOn(CODE)));
  t.true(withLapse('tested bodies keep what the next block claims', (base) => isWrong(passingOn(base))));
});

test.serial('every word of a line is looked at', (t) => {
  for (let word = 0; word < 32; word += 3) t.false(isWrong(oddWord(word, CODE)), `word ${word}`);
});

test.serial(
  'a proof stands behind another one that keeps the claims, with lines that this has looked at',
  (t) => {
    const proof = (proved: boolean, ...bases: number[]): BlockProof => ({
      claims: new Map(),
      constants: new Map(),
      lines: bases.map((base) => ({ base, members: [] })),
      proven: new Set(),
      keeps: { proved, tested: false },
    });
    const same = (base: number) => base;
    t.true(stands(proof(true, 3, 4), proof(false, 4), same));
    t.false(stands(proof(false, 3, 4), proof(false, 4), same));
    t.false(stands(proof(true, 3), proof(false, 4), same));
    t.true(stands(proof(true, 3), proof(false, 4), () => 3));
    t.false(stands(undefined, proof(false), same));
  },
);

test.serial('a line that the host writes is looked at again', (t) => {
  const program = storing('nop', CODE);
  t.false(isWrong(program));
  t.true(isWrong(program, true));
});

test.serial('lines held steady stay known until the host says that it has written them', (t) => {
  const memory = borrowMemory();
  const { buffer } = memory;
  const program = storing('nop', CODE);
  const engine = new TranslatedEngine(memory, new Evaluator(buffer), { relaxedFma, hot: 0 });
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);
  const context = contextBase(0);
  bytes.fill(0, context, context + CTX.scratch);
  view.setInt32(context + CTX.vscr, 0x1_0000, true);
  bytes.set(program.code, program.base);
  program.place(buffer, 0);
  const run = (number: number) => {
    view.setBigUint64(context + CTX.pc, BigInt(program.start), true);
    for (const [n, value] of Object.entries(program.registers(number)))
      view.setBigUint64(context + CTX.gpr + 8 * Number(n), BigInt(value), true);
    runFunctionalToEnd(buffer, engine, [0]);
    return [bytes[LINES_KNOWN + (DATA >> 7)], view.getUint32(context + CTX.vr + 16 * 4, true)];
  };
  holdSteady(buffer, DATA, 128);
  t.deepEqual(run(0), [255, 0x3f00_0000]);
  t.is(bytes[LINES_KNOWN + (DATA >> 7) + 1], 0);
  program.disturb(buffer);
  t.deepEqual(run(1), [255, 0x0020_0000], 'a promise that is broken is not noticed');
  changeLines(buffer, DATA + 4, 1);
  t.deepEqual(run(1), [0, 0]);
  holdSteady(buffer, 0, 0);
  // Looked at before what makes lines unknown at the start of a run.
  bytes[LINES_SINCE] = 10;
  bytes[LINES_KNOWN + (DATA >> 7)] = 11;
  t.is(run(1)[1], 0);
  giveBack(memory);
});

test.serial('only whole lines are held steady, and no line is known by what was found long ago', (t) => {
  const memory = borrowMemory();
  const { buffer } = memory;
  const bytes = new Uint8Array(buffer);
  const line = LINES_KNOWN + (DATA >> 7);
  const steady = () => [...new Int32Array(buffer, LINES_STEADY, 2)];
  bytes[line] = ALWAYS_KNOWN;
  holdSteady(buffer, DATA + 64, 256);
  t.deepEqual(steady(), [(DATA >> 7) + 1, 1]);
  t.is(bytes[line], 0, 'it may be held no longer');
  holdSteady(buffer, DATA + 4, 120);
  t.is(steady()[1], 0);
  for (let round = 0; round < 600; round++) {
    if (round === 5) bytes[line] = bytes[LINES_SINCE] + 1;
    forgetLines(buffer);
    t.true(bytes[line] <= bytes[LINES_SINCE]);
  }
  holdSteady(buffer, 0, 0);
  giveBack(memory);
});

test.serial('programs with timing show when what a thread comes back with is taken for proved', (t) => {
  const seeds = Array.from({ length: PROGRAMS / 3 }, (_, seed) => `number ${seed}`);
  const lapse = 'what a thread comes back with is taken for proved';
  const wrong = withLapse(lapse, (base) =>
    seeds.filter((seed) => woven(numberProgram(seed, base), [0, 1, 2]).length > 0),
  );
  t.log(`${wrong.length} of ${seeds.length}`);
  t.true(wrong.length >= 3);
});

for (const lapse of [
  'registers are not looked at',
  'constants are not looked at',
  'lines are not looked at',
]) {
  test.serial(`random programs show when ${lapse}`, (t) => {
    const seeds = Array.from({ length: PROGRAMS / 3 }, (_, seed) => `number ${seed}`);
    const wrong = withLapse(lapse, (base) => seeds.filter((seed) => isWrong(numberProgram(seed, base))));
    t.log(`${wrong.length} of ${seeds.length}`);
    t.true(wrong.length >= 3);
  });
}
