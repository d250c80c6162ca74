import test from 'ava';
import { worksFor } from '../../experiments/run/works.js';
import { assemble } from '../../sim/asm/assemble.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed, presetNames } from '../../sim/machine/presets.js';
import { type Machine, resolve } from '../../sim/machine/resolve.js';
import { Xenon } from '../../sim/machine/xenon.js';
import { KEPT } from '../../sim/timing/wasm/pieces.js';
import { installProgram, type RandomProgram, randomProgram, stateLines } from '../support/random-program.js';
import { borrowMemory, giveBack } from '../support/translated.js';

/**
 * The two forms of window timing, timing/window.ts over the evaluator and timing/wasm under translated code, over
 * random programs: the same time after every run, the same predictions, the same traffic.
 */

/** What a run leaves to compare; each of several runs finds the caches as the one before left them. */
function outcomes(engine: 'translated' | 'reference', machine: Machine, program: RandomProgram, sf: boolean) {
  const memory = borrowMemory();
  const works = worksFor(engine, 'detailed', memory, machine, { sf, hot: 0 });
  const xenon = new Xenon(memory, machine, works);
  const word = (offset: number) => new Int32Array(memory.buffer)[(contextBase(0) + offset) >> 2];
  const found = [0, 1, 2].map(() => {
    installProgram(memory.buffer, 0, program);
    xenon.run([0]);
    // Time zero moves, by less than has passed.
    (xenon as unknown as { rebase(delta: number): void }).rebase(2 * KEPT);
    return {
      halfCycles: word(CTX.issue),
      mispredicts: word(CTX.mispredicts),
      counts: works.plain!.counts(),
      instructions: xenon.instructions(0),
      state: stateLines(memory.buffer, 0, program),
    };
  });
  giveBack(memory);
  return found;
}

const windows = presetNames().filter((name) => presetNamed(name).core.window.entries.value > 0);
const machineOf = (preset: string, ...overrides: string[]) =>
  resolve(preset, applyOverrides(presetNamed(preset), overrides));

/** Every choice of the window and its memory that no preset makes, and sizes at which its parts are full. */
const OTHERS: readonly (readonly [preset: string, ...overrides: string[]])[] = [
  ['powermac-g4', 'core.window.foldsBranches=false', 'core.window.branchesComplete=false'],
  ['powermac-g4', 'core.window.branchesComplete=false', 'core.window.knowsCounter=false'],
  ['powermac-g4', 'core.window.entries=2', 'core.window.generalQueue=1', 'core.window.floatQueue=0'],
  ['powermac-g4', 'core.window.stationsOutOfOrder=true', 'core.window.loadsHoldStations=true'],
  ['powermac-g4', 'core.loadHitStoreCycles=12', 'core.window.finishedStores=0', 'missQueue.entries=1'],
  ['powermac-g4', 'plainMemory.loadMissesWaitForStores=true', 'plainMemory.storeMissCycles=9'],
  ['powermac-g3', 'plainMemory.writeBack=false', 'plainMemory.sharedBus=false', 'l1d.refillCycles=3'],
  [
    'powermac-g5',
    'plainMemory.writeBack=true',
    'core.window.storesRetireFirst=true',
    'plainMemory.streams=1',
  ],
  ['powermac-g5', 'core.window.storesWaitForData=true', 'core.window.loadStoreStations=1'],
];

function alike(
  t: { deepEqual(a: unknown, b: unknown, message?: string): void },
  machine: Machine,
  seed: string,
) {
  for (const sf of [true, false]) {
    const program = randomProgram(seed, { sf, length: 300, tame: true, mix: { memory: 3, branch: 2 } });
    t.deepEqual(
      outcomes('translated', machine, program, sf),
      outcomes('reference', machine, program, sf),
      `${machine.name} ${seed} ${sf ? 64 : 32}`,
    );
  }
}

for (const preset of windows) {
  test(`${preset}: random programs take the same time in both forms`, (t) => {
    for (let seed = 0; seed < 4; seed++) alike(t, machineOf(preset), `window ${preset} ${seed}`);
  });
}

test('so they do with other choices of the window and its memory', (t) => {
  for (const [preset, ...overrides] of OTHERS) {
    const machine = machineOf(preset, ...overrides);
    for (let seed = 0; seed < 2; seed++) alike(t, machine, `${overrides.join(' ')} ${seed}`);
  }
});

/**
 * Loops in which the same block, in the same state of the window, is answered now one thing and now another. r3 counts,
 * r4 is the address of 64 KB, r5 is 0 or 4 in turn and r6 goes round in steps of 20 bytes.
 */
const ANSWERS: readonly (readonly [title: string, body: string])[] = [
  ['a load of a word just stored, every second time', 'stw 8,0(4)\n lwzx 9,4,5\n add 8,9,5\n add 10,8,8'],
  [
    'the same with a store of two words, and a load after a while',
    'stfd 1,0(4)\n nop\n nop\n lwzx 9,4,5\n add 8,9,9',
  ],
  ['hits, misses and lines on their way', 'lwzx 9,4,6\n lwzx 10,4,6\n add 8,9,10\n lwz 9,0(4)\n add 8,8,9'],
  [
    'lines that come while loads follow loads',
    `lwzx 9,4,6\n ${'lwz 10,0(4)\n lwz 11,64(4)\n '.repeat(4)} add 8,9,10`,
  ],
  ['stores that find the store queue full now and then', 'stwx 8,4,6\n stw 8,8(4)\n stwx 8,4,6\n add 8,8,5'],
  [
    'a branch that goes one way and the other',
    'cmpwi 5,0\n beq 2f\n divw 8,6,3\n2: cmpwi 6,4096\n blt 3f\n mullw 8,8,3\n3: add 9,8,8',
  ],
  ['lines that are touched or made', 'add 9,4,6\n dcbt 0,9\n lwzx 8,4,6\n dcbz 0,9\n stwx 8,4,6'],
  ['a base that is there before its line', 'mr 7,4\n lwzux 9,7,6\n add 8,7,7\n add 8,8,8\n add 10,9,8'],
  ['calls and returns', 'bl 2f\n b 3f\n2: lwzx 9,4,6\n blr\n3: mflr 8\n add 8,8,9'],
];

function loopOutcome(engine: 'translated' | 'reference', machine: Machine, body: string) {
  const memory = borrowMemory();
  const works = worksFor(engine, 'detailed', memory, machine, { sf: false, hot: 1 });
  const xenon = new Xenon(memory, machine, works);
  const source = `mtctr 3\n1: ${body}\n xori 5,5,4\n addi 6,6,20\n clrlwi 6,6,16\n clrrwi 6,6,2\n bdnz 1b\n sc`;
  xenon.write(0x1_0000, assemble(source, { file: 'answers.s', base: 0x1_0000 }).bytes);
  const halfCycles: number[] = [];
  for (let i = 0; i < 2; i++) {
    xenon.place(0, 0x1_0000, { 3: 2000, 4: 0x10_0000, 5: 0, 6: 0 });
    xenon.run([0]);
    halfCycles.push(xenon.time(0));
  }
  giveBack(memory);
  return { halfCycles, instructions: xenon.instructions(0), counts: works.plain!.counts() };
}

for (const [title, body] of ANSWERS) {
  test(`${title}: both forms take the same time`, (t) => {
    const machines = windows.map((preset) => machineOf(preset));
    machines.push(machineOf('powermac-g5', 'core.loadHitStoreCycles=9'));
    machines.push(machineOf('powermac-g4', 'core.window.loadsHoldStations=true'));
    for (const machine of machines)
      t.deepEqual(
        loopOutcome('translated', machine, body),
        loopOutcome('reference', machine, body),
        machine.name,
      );
  });
}
