import type { Machine } from '../../sim/machine/resolve.js';
import type { Figure, MachineOf, Row } from './row.js';
import { atClock, DAXPY_FLOPS, image, integerMix, type StandIn, secondsOf } from './stand-ins.js';

/** Rows 2 to 6 and 10: loops that are not public, so that what stands for them can only indicate. */
const PPE = 'ps3-ppe';
const G5 = 'powermac-g5';
const G3 = 'ibook-750fx';

type Range = readonly [low: number, high: number];
const ratio = (
  name: string,
  measured: number,
  [low, high]: Range,
  machines: readonly string[],
  simulate: (machineOf: MachineOf) => number,
): Figure => ({ name, judged: true, unit: 'x', measured, low, high, machines, simulate });

const around = (value: number, by: number): Range => [value - by, value + by];

/** How much heavier one of the six threads is than the others. */
const HEAVIER = 1.4;

export const xenonThreads: Row = {
  number: 2,
  name: 'xenon-threads',
  title: 'six hardware threads of the Xbox 360 against one',
  gated: false,
  loop: 'an integer mix with a list of 256 KiB for each thread, one thread with 1.4 times the work',
  source: 'Capcom at CEDEC 2006: 2.15 (Lost Planet) and 2.6 (Dead Rising)',
  figures: [
    ratio('speed-up', (2.15 + 2.6) / 2, [2, 3.2], ['xbox360'], (machineOf) => {
      const machine = machineOf('xbox360');
      const together = integerMix(machine, [0, 1, 2, 3, 4, 5], (thread) => (thread === 0 ? HEAVIER : 1));
      return ((5 + HEAVIER) * integerMix(machine, [0])) / together;
    }),
  ],
};

export const ppeThreads: Row = {
  number: 3,
  name: 'ppe-threads',
  title: 'two threads of the Cell PPE against one',
  gated: false,
  loop: 'pixels widened, weighted and narrowed in vectors, with scalar sums; in the L1 cache',
  source: 'an image kernel on the PPE',
  figures: [
    ratio('speed-up', 1.5, [1.3, 1.7], [PPE], (machineOf) => {
      const machine = machineOf(PPE);
      return (2 * image(machine, [0])) / image(machine, [0, 1]);
    }),
  ],
};

/** Times of a stand-in on two machines, the first over the second. */
const times = (name: StandIn, a: Machine, b: Machine): number => secondsOf(a, name) / secondsOf(b, name);

const g5At = (machineOf: MachineOf, gigahertz: number): Machine =>
  atClock(machineOf(G5), gigahertz * 1e9, true);

const geekbench = (name: string, standIn: StandIn, measured: number, by: number): Figure =>
  ratio(name, measured, around(measured, by), [PPE, G5], (machineOf) =>
    times(standIn, g5At(machineOf, 1.6), machineOf(PPE)),
  );

export const ppeGeekbench: Row = {
  number: 4,
  name: 'ppe-geekbench',
  title: 'Cell PPE at 3.192 GHz against a 970 at 1.6 GHz, one thread',
  gated: false,
  loop: 'an integer mix; dot product, row update and Mandelbrot steps; the four loops of STREAM',
  source: 'Geekbench 2 on Linux, primatelabs 2007',
  figures: [
    geekbench('integer', 'integer', (0.79 + 0.92) / 2, 0.15),
    geekbench('floating point', 'floating', 0.7, 0.15),
    geekbench('stream', 'stream', (0.58 + 0.75) / 2, 0.2),
  ],
};

const slower = (name: string, standIn: StandIn, measured: number): Figure =>
  ratio(name, measured, [0.75 * measured, 1.25 * measured], [PPE, G5], (machineOf) =>
    times(standIn, machineOf(PPE), g5At(machineOf, 2.5)),
  );

export const ppePi: Row = {
  number: 5,
  name: 'ppe-pi',
  title: 'how much slower the Cell PPE is than a 970 at 2.5 GHz, doubles',
  gated: false,
  loop: 'pi by random points, pi as a sum of quotients, a five-point stencil; the sources are not known',
  source: 'macresearch.org',
  figures: [
    slower('Monte-Carlo', 'monte', 2.0),
    slower('integral', 'integral', 1.7),
    slower('stencil', 'stencil', 3.4),
  ],
  shapes: [
    {
      says: 'the stencil is slowed most, the integral least',
      judged: true,
      holds: (value) => value('stencil') > value('Monte-Carlo') && value('Monte-Carlo') > value('integral'),
    },
  ],
};

export const ppeBroadway: Row = {
  number: 6,
  name: 'ppe-broadway',
  title: 'Cell PPE at 3.192 GHz against Broadway at 729 MHz, integer',
  gated: false,
  loop: 'an integer mix; Broadway as a 750FX at its clock',
  source: 'nbench integer index, 6.80 and 5.86',
  figures: [
    ratio('speed', 1.16, [0.95, 1.4], [PPE, G3], (machineOf) =>
      times('integer', atClock(machineOf(G3), 0.729e9, false), machineOf(PPE)),
    ),
  ],
};

export const linpackG3: Row = {
  number: 10,
  name: 'linpack-g3',
  title: 'Linpack 100 in double precision, PowerPC 750FX at 800 MHz',
  gated: false,
  loop: 'its inner loop, in the L1 cache; CoreMark and Dhrystone are scores of their whole programs, which nothing here stands for',
  source: 'anybench log of an iBook G3',
  figures: [
    {
      name: 'daxpy',
      judged: true,
      unit: 'MFLOPS',
      measured: 205,
      low: 205 * 0.85,
      high: 205 * 1.15,
      machines: [G3],
      simulate: (machineOf) => DAXPY_FLOPS / secondsOf(machineOf(G3), 'daxpy') / 1e6,
    },
  ],
};
