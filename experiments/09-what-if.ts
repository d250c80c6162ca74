import { number3 } from '../reports/format.js';
import { experiment, measures, type Recipe, speedupOver } from './api.js';

const setting =
  (...overrides: readonly string[]): Recipe =>
  (run) => {
    run.set.push(...overrides);
  };

const MACHINES = {
  'as built': setting(),
  'L2 of 2 MiB': setting('l2.sizeBytes=2MiB'),
  'L2 of 4 MiB': setting('l2.sizeBytes=4MiB'),
  '16 miss slots': setting('missQueue.entries=16', 'bus.requestsInFlight=48'),
  'bus twice as fast': setting('bus.readBandwidth=21.6', 'bus.writeBandwidth=21.6'),
  'half the latency': setting('memory.latencyCycles=305'),
  'a perfect prefetcher': setting(
    'memory.latencyCycles=190',
    'missQueue.entries=16',
    'bus.requestsInFlight=48',
  ),
  'vector queue of 31': setting('core.vectorQueueEntries=31'),
  'both at once': setting(
    'bus.readBandwidth=21.6',
    'bus.writeBandwidth=21.6',
    'missQueue.entries=16',
    'bus.requestsInFlight=48',
  ),
} satisfies Readonly<Record<string, Recipe>>;

type Machine = keyof typeof MACHINES;
const at = (machine: Machine, prefetch: 'by software' | 'none' = 'by software', threads: 1 | 6 = 6) => ({
  machine,
  prefetch,
  threads,
});

/** Machines that were never built: which part holds the speed back? */
export default experiment({
  name: '09-what-if',
  question:
    'What would a bus twice as fast bring, beside a larger L2, more miss slots, a prefetcher or a window?',
  base: { model: 'stories15M-shape', prompt: '', steps: 3, ignoreEos: true },
  factors: {
    machine: MACHINES,
    prefetch: {
      'by software': setting(),
      none: (run) => {
        run.kernels += ',matmul=vmx128-ahead0';
      },
    },
    threads: [1, 6],
  },
  quick: {
    base: { model: 'story', steps: 3 },
    factors: {
      machine: ['as built', 'L2 of 2 MiB', '16 miss slots', 'bus twice as fast', 'a perfect prefetcher'],
      threads: [6],
    },
  },
  measure: {
    tokensPerSecond: measures.tokensPerSecond,
    speedup: speedupOver({ machine: 'as built' }, 'over the machine as built'),
    read: measures.readGBPerSecond,
    bus: measures.readPercentOfPeak,
    ipc: measures.ipc,
  },
  show: [{ bars: ['tokensPerSecond', 'speedup', 'read'] }],
  headline: {
    unit: 'x',
    of: ({ value }) => value('speedup', at('bus twice as fast')),
    needs: [at('as built'), at('bus twice as fast')],
  },
  answer: ({ rows }) => {
    const gains = (prefetch: 'by software' | 'none') =>
      rows
        .filter(({ levels: l }) => l.threads === 6 && l.prefetch === prefetch && l.machine !== 'as built')
        .sort((a, b) => b.values.speedup - a.values.speedup)
        .map(({ levels, values }) => `${levels.machine} ${number3(values.speedup)}×`);
    return (
      'is what a front-side bus twice as fast would bring on six threads to kernels that prefetch; in order of gain ' +
      `there: ${gains('by software').join(', ')}; to kernels that do not: ${gains('none').slice(0, 4).join(', ')}.`
    );
  },
  notes: [
    'One change at a time; all other numbers stay as they are, the DRAM behind a faster bus included, so that a ' +
      'change shows what that part alone holds back. Sixteen miss slots a core come with twice the requests in ' +
      'flight on the bus.',
    'The machine has no hardware prefetcher and no out-of-order window to switch on. A perfect prefetcher is a bound: ' +
      'lines come after 190 cycles, the time in DRAM and on the bus alone, as if someone had asked for them in time, and sixteen may be under way. The ' +
      'vector queue, whose length is a guess, is the window that this in-order core has: loads run ahead of it.',
  ],
});
