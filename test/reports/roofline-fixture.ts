import type { RooflineResult } from '../../reports/roofline.js';

/** A roofline as it might come out. */
export const roof: RooflineResult = {
  schema: 'xenon-roofline/1',
  machine: 'xbox360',
  clockHz: 3.2e9,
  ceilings: [
    { name: 'vector multiply-adds', kind: 'compute', threads: 1, peak: 25.6e9, sustained: 24.9e9 },
    { name: 'scalar multiply-adds', kind: 'compute', threads: 1, peak: 6.4e9, sustained: 6.2e9 },
    { name: 'memory', kind: 'memory', threads: 1, peak: 10.8e9, sustained: 4.8e9 },
    { name: 'memory, all threads', kind: 'memory', threads: 6, peak: 10.8e9, sustained: 8.1e9 },
  ],
  points: ['matmul.scalar', 'matmul.vmx128', 'rmsnorm.exact'].map((kernel, i) => ({
    kernel,
    op: kernel.split('.')[0],
    variant: kernel.split('.')[1],
    sizes: { rows: 768, columns: 288 },
    flops: 442_368,
    bytes: 888_000,
    dramBytes: 890_000,
    cycles: 600_000 * (i + 1),
    intensity: 0.5 + i / 10,
    flopsPerSecond: 2.36e9 / (i + 1),
    attainable: 2.4e9,
  })),
};
