import { type ModelShape, ZOO } from '../../models/zoo.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { cyclesOfCall, DATA } from './loop.js';
import { type Row, within } from './row.js';

/** Rows 7 and 8: llama2.c's matrix-vector products, one row at a time, on a G4 and a G3. */
export type Loop = 'scalar' | 'altivec';

/** How many rows of how many columns one token multiplies: the matrices of all layers and the classifier. */
export function rowsOfToken(shape: ModelShape): { readonly columns: number; readonly rows: number }[] {
  const { dim, hiddenDim, layers, heads, kvHeads, vocabulary } = shape;
  const kvDim = (dim / heads) * kvHeads;
  const ofDim = layers * (2 * dim + 2 * kvDim + 2 * hiddenDim) + vocabulary;
  return [
    { columns: dim, rows: ofDim },
    { columns: hiddenDim, rows: layers * dim },
  ];
}

/** Rows that are simulated for each number of columns: the weights of every one come from memory, as in a whole token. */
const SAMPLE = 96;
const VECTOR = DATA;
const RESULT = DATA + 0x1_0000;
const WEIGHTS = DATA + 0x10_0000;

function cyclesOfRow(machine: Machine, loop: Loop, columns: number): number {
  // Two calls over different weights: the first one brings x into the caches, and the loop into the predictor.
  let weights = WEIGHTS - 4 * columns * SAMPLE;
  const next = () => {
    weights += 4 * columns * SAMPLE;
    return [RESULT, VECTOR, weights, columns, SAMPLE];
  };
  return (
    cyclesOfCall(machine, { file: 'llama-matmul.s', entry: loop, registers: next, warm: 1, calls: 1 }) /
    SAMPLE
  );
}

/** Tokens a second where matrix-vector products take all of the time. */
function tokensPerSecond(machine: Machine, loop: Loop, shape: ModelShape): number {
  const cycles = rowsOfToken(shape).reduce(
    (sum, { columns, rows }) => sum + rows * cyclesOfRow(machine, loop, columns),
    0,
  );
  return machine.clock / cycles;
}

const shapeOf = (name: string): ModelShape => ZOO.find((model) => model.name === name)!.shape;

const WHAT =
  'the row loop; 96 rows of each length are simulated and scaled to all matrices of a token, the rest of which ' +
  '(attention, norms, sampling: a few percent) counts as nothing';

export const llamaG4: Row = {
  number: 7,
  name: 'llama-g4',
  title: 'stories110M, MPC7447A at 1.5 GHz, gcc -O2, one thread',
  gated: true,
  loop: `${WHAT}; scalar, and lvx, lvx, vmaddfp to one accumulator`,
  source: 'ullm, theresistornetwork.com 2025',
  figures: [
    ...(['scalar', 'altivec'] as const).map((loop) => ({
      name: loop,
      judged: true,
      unit: 'tokens/s',
      ...within(loop === 'scalar' ? 0.77 : 0.88, 20),
      machines: ['powerbook-g4'],
      simulate: (machineOf: (preset: string) => Machine) =>
        tokensPerSecond(machineOf('powerbook-g4'), loop, shapeOf('stories110M')),
    })),
    {
      name: 'altivec over scalar',
      judged: true,
      unit: 'x',
      measured: 1.14,
      low: 1.05,
      high: 1.3,
      machines: ['powerbook-g4'],
      simulate: (machineOf) => {
        const of = (loop: Loop) => tokensPerSecond(machineOf('powerbook-g4'), loop, shapeOf('stories110M'));
        return of('altivec') / of('scalar');
      },
    },
  ],
};

export const llamaG3: Row = {
  number: 8,
  name: 'llama-g3',
  title: 'stories15M, PowerPC 750 at 400 MHz, flags not known',
  gated: true,
  loop: `${WHAT}; scalar`,
  source: 'llama2.c, kamilborys.com',
  figures: [
    {
      name: 'scalar',
      judged: true,
      unit: 'tokens/s',
      ...within(2.7026, 25),
      machines: ['powermac-g3'],
      simulate: (machineOf) => tokensPerSecond(machineOf('powermac-g3'), 'scalar', shapeOf('stories15M')),
    },
  ],
};
