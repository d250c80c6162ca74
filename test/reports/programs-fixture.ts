import { comparePrograms, type ProgramRun } from '../../reports/programs.js';

const build = (
  name: string,
  instructions: number,
  cycles: number,
  waits: number,
  more: Partial<ProgramRun> = {},
): ProgramRun => ({
  name,
  machine: 'xbox360',
  arguments: ['model.bin'],
  roi: 'forward',
  instructions,
  cycles,
  loadHitStoreCycles: waits,
  functions: [
    { name: 'product', cycles: 0.9 * cycles, instructions: 0.8 * instructions, loadHitStoreCycles: waits },
    { name: `only_${name}`, cycles: 0.1 * cycles, instructions: 0.2 * instructions, loadHitStoreCycles: 0 },
  ],
  ...more,
});

export const scalarBuild = build('O2', 1_000_000, 2_000_000, 100_000);
export const stormyBuild = build('O3', 900_000, 9_000_000, 7_900_000);
export const builds = comparePrograms([scalarBuild, stormyBuild]);
export const hostileBuilds = comparePrograms([
  build('<b>&"', 1, 3, 0, { arguments: ['</script>', '\u0000'], functions: [] }),
  build('x'.repeat(200), 1, 2, 2, { roi: undefined }),
]);
