import type { AnnotatedLine, AnnotateResult } from '../../reports/annotation.js';
import { LEAVES } from '../../sim/timing/stall.js';
import { HOSTILE } from './fixture.js';

const TEXTS = ['lfsx f12,r5,r9', 'lfsx f13,r4,r9', 'addi r9,r9,4', 'fmadds f0,f12,f13,f0', 'bdnz 0x10020'];
const lines: AnnotatedLine[] = TEXTS.map((text, i) => ({
  address: 0x1_0020 + 4 * i,
  word: 0x7d85_4c2e + i,
  text,
  executions: 288_000,
  cycles: 288_000 * (i === 4 ? 8.5 : 1 + i / 2),
  share: 0.1 + i / 10,
  cpi: i === 4 ? 8.5 : 1 + i / 2,
  l2Lines: 12 * i,
  dramLines: i === 0 ? 9000 : 0,
  causes: { base: 144_000, loadDram: 1_000_000 * i },
  ...(i === 0 ? {} : { main: { leaf: 'loadDram', cycles: 1_000_000 * i, by: 0x1_0020 } }),
}));

/** A listing as it might come out; the second place has a name that must be escaped. */
export const annotation: AnnotateResult = {
  schema: 'xenon-annotate/1',
  title: 'matmul.scalar, rows 1000, columns 288: 5,395,840 cycles',
  machine: 'xbox360',
  cycles: 5_395_840,
  executions: 1_450_005,
  leaves: LEAVES.map((leaf) => ({ ...leaf })),
  places: ['matmul.scalar', HOSTILE].map((name, i) => ({
    name,
    start: 0x1_0000,
    end: 0x1_0050,
    executions: 1_450_005,
    cycles: 5_000_000 / (i + 1),
    share: 0.9 / (i + 1),
    causes: { base: 1_000_000, branchTaken: 2_000_000, loadDram: 2_000_000 },
    lines,
    loops: [
      {
        head: 0x1_0020,
        end: 0x1_0030,
        depth: 0,
        iterations: 288_000,
        cyclesPerIteration: 18.68,
        instructionsPerIteration: 5,
        bounds: [
          { name: 'issue and branch', cycles: 11 },
          { name: 'dependency chain', cycles: 10 },
        ],
        core: 11,
        timeline: TEXTS.map((text, k) => ({
          address: 0x1_0020 + 4 * k,
          text,
          previous: k - 1,
          issued: k,
          ...(k === 3 ? { queued: 6 } : {}),
          ready: k === 3 ? 16 : k + 2,
        })),
      },
    ],
  })),
};
