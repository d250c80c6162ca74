import { cyclesOfCall, DATA } from './loop.js';
import { type Figure, type Row, within } from './row.js';

/** Row 9: doubles through the levels of a G3. Sizes are those of both arrays together. */
const PRESET = 'ibook-750fx';
const KB = 1024;
const LEVELS = [
  { label: '16 KB', bytes: 16 * KB, percent: 10, calls: 4, triad: 1364, copy: 1322 },
  { label: '128 KB', bytes: 128 * KB, percent: 10, calls: 2, triad: 946, copy: 998 },
  // Four times the L2 cache; more would only repeat it.
  { label: '8 MB', bytes: 2048 * KB, percent: 15, calls: 1, triad: 149, copy: 102 },
] as const;

const figures: Figure[] = (['triad', 'copy'] as const).flatMap((entry) =>
  LEVELS.map((level) => ({
    name: `${entry === 'triad' ? 'x += s*y' : 'x = y'} ${level.label}`,
    judged: true,
    unit: 'MB/s',
    ...within(level[entry], level.percent),
    machines: [PRESET],
    simulate: (machineOf) => {
      const machine = machineOf(PRESET);
      const half = level.bytes / 2;
      const cycles = cyclesOfCall(machine, {
        file: 'mem-speed.s',
        entry,
        registers: [DATA, DATA + half, half / 8],
        floats: [0],
        warm: 1,
        calls: level.calls,
      });
      return (level.bytes / cycles) * (machine.clock / 1e6);
    },
  })),
);

export const memSpeed: Row = {
  number: 9,
  name: 'mem-speed',
  title: 'x += s*y and x = y of doubles, PowerPC 750FX at 800 MHz',
  gated: true,
  loop: 'MemSpeed, four times unrolled; the largest size is 2 MiB here, four times the L2 cache',
  source: 'anybench log of an iBook G3',
  figures,
};
