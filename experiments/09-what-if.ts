import { experiment, measures, type Recipe, speedupOver } from './api.js';

const setting =
  (...overrides: readonly string[]): Recipe =>
  (run) => {
    run.set.push(...overrides);
  };

/** Machines that were never built: which part holds the speed back? */
export default experiment({
  name: '09-what-if',
  question: 'What would a bus twice as fast bring, beside a larger L2, more miss slots or a shorter latency?',
  base: { model: 'stories15M-shape', prompt: '', steps: 5, ignoreEos: true },
  factors: {
    machine: {
      'as built': setting(),
      'L2 of 2 MiB': setting('l2.sizeBytes=2MiB'),
      'L2 of 4 MiB': setting('l2.sizeBytes=4MiB'),
      '16 miss slots': setting('missQueue.entries=16', 'bus.requestsInFlight=48'),
      'bus twice as fast': setting('bus.readBandwidth=21.6', 'bus.writeBandwidth=21.6'),
      'half the latency': setting('memory.latencyCycles=305'),
    },
    threads: [1, 6],
  },
  quick: {
    base: { model: 'story', steps: 4 },
    factors: { machine: ['as built', 'L2 of 2 MiB', '16 miss slots', 'bus twice as fast'] },
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
    of: ({ value }) => value('speedup', { machine: 'bus twice as fast', threads: 6 }),
    needs: [
      { machine: 'as built', threads: 6 },
      { machine: 'bus twice as fast', threads: 6 },
    ],
  },
  answer: ({ rows }) => {
    const gains = (threads: number) =>
      rows
        .filter(({ levels }) => levels.threads === threads && levels.machine !== 'as built')
        .sort((a, b) => b.values.speedup - a.values.speedup)
        .map(({ levels, values }) => `${levels.machine} ${values.speedup.toFixed(2)}×`);
    return (
      'is what a front-side bus twice as fast would bring on six threads; in order of gain there: ' +
      `${gains(6).join(', ')}; on one thread: ${gains(1).slice(0, 2).join(', ')}.`
    );
  },
  notes: [
    'One change at a time; all other numbers stay as they are, the DRAM behind a faster bus included, so that a ' +
      'change shows what that part alone holds back.',
    'Sixteen miss slots a core come with twice the requests in flight on the bus.',
  ],
});
