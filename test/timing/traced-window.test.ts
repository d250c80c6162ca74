import test from 'ava';
import { worksFor } from '../../experiments/run/works.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed, presetNames } from '../../sim/machine/presets.js';
import { type Machine, resolve } from '../../sim/machine/resolve.js';
import { Xenon } from '../../sim/machine/xenon.js';
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
