import { number3 } from '../reports/format.js';
import { experiment, measures, type Recipe } from './api.js';

const setting =
  (...overrides: readonly string[]): Recipe =>
  (run) => {
    run.set.push(...overrides);
  };

/** The same latencies, pairs and units, but issue from stations, with caches before a fixed latency and a plain bus. */
const ISSUE_WINDOW = [
  'plainMemory.enabled=true',
  'core.window.dispatchWidth=2',
  'core.window.retireWidth=2',
  'core.window.loadStoreDispatchWidth=1',
  'core.window.floatDispatchWidth=1',
  'core.window.vectorDispatchWidth=2',
  'core.window.integerUnits=1',
  'core.window.loadStoreUnits=1',
  'core.window.floatUnits=1',
  'core.window.vectorUnitsOfAKind=1',
];
const IN_ORDER = [
  ...ISSUE_WINDOW,
  'core.window.entries=16',
  'core.window.integerStations=1',
  'core.window.loadStoreStations=1',
  'core.window.floatStations=1',
  'core.window.vectorStations=16',
];
/** As long as those of its time: a G4 has 16 instructions in flight, a G5 a hundred. */
const OUT_OF_ORDER = [
  ...ISSUE_WINDOW,
  'core.window.entries=64',
  'core.window.integerStations=12',
  'core.window.loadStoreStations=12',
  'core.window.floatStations=12',
  'core.window.vectorStations=16',
  'core.window.stationsOutOfOrder=true',
];
/** The G5's: a stream begins with the second of two neighbouring lines and runs up to six lines ahead in its page. */
const STREAMS = ['plainMemory.streams=8', 'plainMemory.streamLines=6', 'plainMemory.streamStart=2'];

const MACHINES = {
  'as built': setting(),
  'L2 of 2 MiB': setting('l2.sizeBytes=2MiB'),
  'L2 of 4 MiB': setting('l2.sizeBytes=4MiB'),
  '16 miss slots': setting('missQueue.entries=16', 'bus.requestsInFlight=48'),
  'bus twice as fast': setting('bus.readBandwidth=21.6', 'bus.writeBandwidth=21.6'),
  'half the latency': setting('memory.latencyCycles=305'),
  'latency of DRAM alone': setting(
    'memory.latencyCycles=190',
    'missQueue.entries=16',
    'bus.requestsInFlight=48',
  ),
  'vector queue of 31': setting('core.vectorQueueEntries=31'),
  'bus and slots doubled': setting(
    'bus.readBandwidth=21.6',
    'bus.writeBandwidth=21.6',
    'missQueue.entries=16',
    'bus.requestsInFlight=48',
  ),
  'in order, plain memory': setting(...IN_ORDER),
  'hardware prefetcher': setting(...IN_ORDER, ...STREAMS),
  'out-of-order window': setting(...OUT_OF_ORDER),
  'window and prefetcher': setting(...OUT_OF_ORDER, ...STREAMS),
} satisfies Readonly<Record<string, Recipe>>;
type Machine = keyof typeof MACHINES;
const BUILT: Machine = 'as built';
/** What changes of the core itself are compared with. */
const PLAIN: Machine = 'in order, plain memory';
const CORES: readonly Machine[] = [
  PLAIN,
  'hardware prefetcher',
  'out-of-order window',
  'window and prefetcher',
];

/** What runs. A plain port has one thread. */
const CODE = {
  'vectors that prefetch': (run) => {
    run.kernels = 'vmx128';
  },
  'vectors without': (run) => {
    run.kernels = 'vmx128,matmul=vmx128-ahead0';
  },
  'a plain port': (run) => {
    run.kernels = 'scalar';
  },
} satisfies Readonly<Record<string, Recipe>>;
type Code = keyof typeof CODE;

const at = (machine: Machine, code: Code = 'vectors that prefetch', threads: 1 | 6 = 6) => ({
  code,
  threads,
  machine,
});

/** Machines that were never built: which part holds the speed back? */
export default experiment({
  name: '09-what-if',
  question:
    'What would a bus twice as fast bring, beside a larger L2, more miss slots, a hardware prefetcher or an ' +
    'out-of-order window?',
  base: { model: 'stories15M-shape', prompt: '', steps: 3, ignoreEos: true },
  factors: { code: CODE, threads: [1, 6], machine: MACHINES },
  except: ({ code, threads, machine }) =>
    (threads === 6 && (CORES.includes(machine) || code === 'a plain port')) ||
    // What software has asked for already, hardware need not.
    (CORES.includes(machine) && code === 'vectors that prefetch'),
  quick: {
    base: { model: 'story', steps: 3 },
    factors: {
      machine: [
        'as built',
        'L2 of 2 MiB',
        '16 miss slots',
        'bus twice as fast',
        PLAIN,
        'hardware prefetcher',
        'out-of-order window',
      ],
    },
  },
  measure: {
    tokensPerSecond: measures.tokensPerSecond,
    speedup: {
      title: 'speed-up',
      unit: 'x',
      of: (run, others) => {
        const machine = run.machine['plainMemory.enabled'] === true ? PLAIN : BUILT;
        return run.simulated.tokensPerSecond / others({ machine }).simulated.tokensPerSecond;
      },
    },
    read: measures.readGBPerSecond,
    bus: measures.readPercentOfPeak,
    ipc: measures.ipc,
  },
  show: [
    {
      title: 'Vector kernels that prefetch, six threads',
      bars: ['tokensPerSecond', 'speedup', 'read'],
      where: { code: 'vectors that prefetch', threads: 6 },
    },
    {
      title: 'The same without prefetch, one thread',
      bars: ['tokensPerSecond', 'speedup', 'ipc'],
      where: { code: 'vectors without', threads: 1 },
    },
    {
      title: 'A plain port, one thread',
      bars: ['tokensPerSecond', 'speedup', 'ipc'],
      where: { code: 'a plain port', threads: 1 },
    },
  ],
  headline: {
    unit: 'x',
    of: ({ value }) => value('speedup', at('bus twice as fast')),
    needs: [at('as built'), at('bus twice as fast')],
  },
  answer: ({ rows, value }) => {
    const gains = rows
      .filter(({ levels: l }) => l.threads === 6 && l.code === 'vectors that prefetch' && l.machine !== BUILT)
      .sort((a, b) => b.values.speedup - a.values.speedup)
      .map(({ levels, values }) => `${levels.machine} ${number3(values.speedup)}×`);
    const port = (machine: Machine) => `${number3(value('speedup', at(machine, 'a plain port', 1)))}×`;
    return (
      'the tokens per second is what a front-side bus twice as fast would bring on six threads to kernels that ' +
      `prefetch. In order of gain there: ${gains.join(', ')}. A plain port on one thread would reach ` +
      `${port('hardware prefetcher')} by a hardware prefetcher, ${port('out-of-order window')} by an out-of-order ` +
      `window of 64 instructions and ${port('bus twice as fast')} by the faster bus.`
    );
  },
  notes: [
    'One change at a time; all other numbers stay as they are, the DRAM behind a faster bus included, so that a ' +
      'change shows what that part alone holds back. Sixteen miss slots a core come with twice the requests in ' +
      'flight on the bus.',
    'With the latency of DRAM alone lines come after 190 cycles, the time in the memory chips and on the bus, and sixteen ' +
      'may be under way. A prefetcher that is early enough does better: its lines are in the L2 cache when they are ' +
      'wanted. The vector queue, whose length is a guess, is the window that this in-order core has: loads run ahead ' +
      'of it.',
    `The window and the prefetcher are those of the console's relatives (sim/DEVIATIONS.md) on one thread: registers ` +
      'renamed, 64 instructions in flight, issue from stations of 12 in any order; and eight streams that run up to ' +
      'six lines ahead. Behind them memory is a fixed latency and a bus in order, so their speed-ups compare with the ' +
      `same memory in order (${PLAIN}), which comes out within a few percent of ${BUILT}.`,
  ],
});
