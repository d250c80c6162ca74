import test from 'ava';
import { CTX, contextBase, MEMORY_BYTES } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import type { Row } from '../../sim/isa/row.js';
import { decode } from '../../sim/isa/table.js';
import {
  installProgram,
  KINDS,
  type RandomProgram,
  randomProgram,
  stateLines,
} from '../support/random-program.js';

const memory = new ArrayBuffer(MEMORY_BYTES);

/** Runs a program to its end; gives what stopped it, the rows met and the accesses outside its window. */
function run(program: RandomProgram, sf: boolean, floatStatus = false) {
  installProgram(memory, 0, program);
  const cpu = new Evaluator(memory, { sf, floatStatus });
  const rows = new Set<string>();
  const strays: string[] = [];
  const taken = { yes: 0, no: 0 };
  for (let n = 0; n < 100_000; n++) {
    const event = cpu.step(0);
    rows.add(event.row.name);
    if (event.branch !== undefined) taken[event.branch.taken ? 'yes' : 'no'] += 1;
    for (const { physical, size, kind } of event.accesses) {
      const offset = physical - (program.window.address & 0x1fff_ffff);
      if (offset < 0 || offset + size > program.window.bytes.length)
        strays.push(`${event.row.name} ${kind} ${offset}`);
    }
    if (event.stop !== undefined) return { stop: event.stop, rows, strays, taken };
  }
  return { stop: undefined, rows, strays, taken };
}

test('random programs end at their system call and stay inside their window', (t) => {
  const met = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    for (const sf of [true, false]) {
      const program = randomProgram(`end ${seed}`, { sf, modes: true });
      const { stop, rows, strays, taken } = run(program, sf);
      t.is(stop?.kind, 'systemCall', `seed ${seed}: ${stop?.message}`);
      t.deepEqual(strays, [], `seed ${seed}`);
      t.true(taken.yes > 0 && taken.no > 0, `seed ${seed} branches`);
      for (const name of rows) met.add(name);
    }
  }
  t.log(`${met.size} different instructions executed`);
  t.true(met.size > 500);
});

test('equal seeds give equal programs and runs, other seeds others', (t) => {
  const lines = (seed: string) => {
    const program = randomProgram(seed);
    run(program, true);
    return stateLines(memory, 0, program);
  };
  const first = lines('a');
  t.deepEqual(lines('a'), first);
  t.notDeepEqual(lines('b'), first);
  t.is(first.length, 32 + 32 + 128 + 8 + 5 + 6 + 128);
});

test('a mix of one kind holds that kind and the generator’s own instructions', (t) => {
  for (const kind of KINDS) {
    const mix = {
      integer: 0,
      float: 0,
      vector: 0,
      memory: 0,
      branch: 0,
      system: 0,
      [kind]: 1,
      ...(kind === 'branch' && { integer: 1 }),
    };
    const program = randomProgram(`mix ${kind}`, { mix });
    const floats = program.words.filter((word) => decode(word)!.row.timing.startsWith('float')).length;
    t.true(kind === 'float' ? floats > 150 : floats === 0, kind);
    t.is(run(program, true).stop?.kind, 'systemCall');
  }
});

test('keeping float status changes no result but the status', (t) => {
  // Without the instructions that show FPSCR.
  const without = ({ name, timing }: Row) =>
    timing === 'floatStatus' || (timing.startsWith('float') && name.endsWith('.'));
  for (let seed = 0; seed < 20; seed++) {
    const program = randomProgram(`status ${seed}`, { mix: { float: 4 }, without });
    const [plain, status] = [false, true].map((floatStatus) => {
      run(program, true, floatStatus);
      return stateLines(memory, 0, program).filter((line) => !line.startsWith('fpscr'));
    });
    t.deepEqual(status, plain, `seed ${seed}`);
  }
});

test('the retired count is the number of steps', (t) => {
  const program = randomProgram('count');
  installProgram(memory, 0, program);
  const cpu = new Evaluator(memory);
  let steps = 0;
  do steps++;
  while (cpu.step(0).stop === undefined);
  t.is(new DataView(memory).getBigUint64(contextBase(0) + CTX.instructions, true), BigInt(steps));
});
