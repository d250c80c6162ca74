import { chaseCycles } from './chase.js';
import type { Row } from './row.js';

/** Row 1: what an L2 miss costs on the console. */
export const xenonChase: Row = {
  number: 1,
  name: 'xenon-miss',
  title: 'an L2 miss of the Xbox 360, one thread',
  gated: true,
  loop: 'dependent loads of a random ring of 128-byte lines, 8 MiB; stands for the scattered structure of a game',
  source: "Granny's developer: 188 to 200 ns, a rule of thumb from the profiler's counters",
  figures: [
    {
      name: 'cycles a load',
      judged: true,
      unit: 'cycles',
      measured: 620,
      low: 550,
      high: 700,
      machines: ['xbox360'],
      simulate: (machineOf) => chaseCycles(machineOf('xbox360'), 8 * 2 ** 20, 128, true),
    },
  ],
};
