import { zooModel } from '../../models/zoo.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { type Row, within } from './row.js';
import { CONTEXT, type TokenRun, tokensPerSecond } from './tokens.js';

/** Rows 7 and 8: llama2.c and a port of it on a G4 and a G3, whole tokens. */

const WHOLE =
  `whole tokens around the middle of ${CONTEXT} positions, with attention, norms, classifier and the choice of the next ` +
  'token, on random weights; our kernels in assembly, the row loop as gcc -O2 makes it';

const onG4 = (machineOf: (preset: string) => Machine, matmul: TokenRun['matmul']): number =>
  tokensPerSecond(machineOf('powerbook-g4'), { shape: zooModel('stories110M').shape, matmul, tokens: 2 });

export const llamaG4: Row = {
  number: 7,
  name: 'llama-g4',
  title: 'stories110M, MPC7447A at 1.5 GHz, gcc -O2, one thread',
  gated: true,
  loop: `two ${WHOLE}: scalar, or lvx, lvx, vmaddfp to one accumulator`,
  source: 'ullm, theresistornetwork.com 2025',
  figures: [
    ...(['scalar', 'altivec'] as const).map((matmul) => ({
      name: matmul,
      judged: true,
      unit: 'tokens/s',
      ...within(matmul === 'scalar' ? 0.77 : 0.88, 20),
      machines: ['powerbook-g4'],
      simulate: (machineOf: (preset: string) => Machine) => onG4(machineOf, matmul),
    })),
    {
      name: 'altivec over scalar',
      judged: true,
      unit: 'x',
      measured: 1.14,
      low: 1.05,
      high: 1.3,
      machines: ['powerbook-g4'],
      simulate: (machineOf) => onG4(machineOf, 'altivec') / onG4(machineOf, 'scalar'),
    },
  ],
};

export const llamaG3: Row = {
  number: 8,
  name: 'llama-g3',
  title: 'stories15M, PowerPC 750 at 400 MHz, flags not known',
  gated: true,
  loop: `three ${WHOLE}`,
  source: 'llama2.c, kamilborys.com',
  figures: [
    {
      name: 'scalar',
      judged: true,
      unit: 'tokens/s',
      ...within(2.7026, 25),
      machines: ['powermac-g3'],
      simulate: (machineOf) =>
        tokensPerSecond(machineOf('powermac-g3'), {
          shape: zooModel('stories15M').shape,
          matmul: 'scalar',
          tokens: 3,
        }),
    },
  ],
};
