import { chaseCycles } from './chase.js';
import { cyclesOfCall, DATA } from './loop.js';
import { type Figure, type Row, within } from './row.js';

/** Row 12: words at strides through caches and memory of a 970MP, and load latency in the L2 cache of a 970FX. */
const PRESET = 'powermac-g5';
const STRIDES = [128, 64, 32, 16, 8, 4];
const KB = 1024;

interface Level {
  readonly label: string;
  readonly bytes: number;
  readonly percent: number;
  /** By stride, MB/s of the words that are counted. */
  readonly measured: readonly number[];
  /** How often all of it is read in one call. */
  readonly passes: number;
}

const LEVELS: readonly Level[] = [
  {
    label: 'L1',
    bytes: 16 * KB,
    percent: 3,
    measured: [3606, 3437, 3769, 3919, 3921, 3931],
    passes: 40,
  },
  {
    label: 'L2',
    bytes: 256 * KB,
    percent: 12,
    measured: [1165, 2287, 3368, 3861, 3930, 3933],
    passes: 2,
  },
  {
    label: 'memory',
    bytes: 2 * KB * KB,
    percent: 15,
    measured: [102, 202, 368, 652, 1344, 2543],
    passes: 1,
  },
];

function figureOf({ label, bytes, percent, measured, passes }: Level, stride: number, i: number): Figure {
  return {
    name: `${label} stride ${stride}`,
    // The dozen names these; the others stand in the same log.
    judged: label === 'memory' || (label === 'L1' && stride === 4) || (label === 'L2' && stride === 128),
    unit: 'MB/s',
    ...within(measured[i], percent),
    machines: [PRESET],
    simulate(machineOf) {
      const machine = machineOf(PRESET);
      const cycles = cyclesOfCall(machine, {
        file: 'bus-speed.s',
        entry: `stride${stride}`,
        registers: [DATA, bytes, 0xffff_ffff, passes],
        warm: label === 'memory' ? 0 : 1,
        calls: 1,
        is64: true,
      });
      return ((4 * bytes * passes) / stride / cycles) * (machine.clock / 1e6);
    },
  };
}

export const busSpeed: Row = {
  number: 12,
  name: 'bus-speed',
  title: 'strided reads, PowerPC 970MP at 2.0 GHz, and L2 latency of a 970FX at 1.9 GHz',
  gated: true,
  loop: 'BusSpeed: serial ANDs of 24 to 64 loads an iteration; what it touches beyond the end is not counted, as there; lat_mem_rd',
  source: 'anybench log of a PowerMac11,2; lmbench by AnandTech',
  figures: [
    ...LEVELS.flatMap((level) => STRIDES.map((stride, i) => figureOf(level, stride, i))),
    {
      name: '970FX L2 latency',
      judged: true,
      unit: 'cycles',
      measured: 12,
      low: 11,
      high: 13,
      machines: ['imac-g5'],
      simulate: (machineOf) => chaseCycles(machineOf('imac-g5'), 256 * KB, 128, true),
    },
  ],
};
