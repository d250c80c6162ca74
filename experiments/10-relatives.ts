import { number3 } from '../reports/format.js';
import { presetNames } from '../sim/machine/presets.js';
import { experiment, measures, speedupOver } from './api.js';

const machines = presetNames();

/** The same model and the same scalar kernels on machines of the family, one thread each. */
export default experiment({
  name: '10-relatives',
  question: 'How do the relatives of the Xbox 360 run the same scalar code?',
  base: {
    model: 'stories15M-shape',
    prompt: '',
    steps: 2,
    ignoreEos: true,
    threads: 1,
    kernels: 'scalar',
    endian: 'offline',
  },
  factors: { machine: machines },
  quick: { base: { model: 'story' } },
  measure: {
    tokensPerSecond: measures.tokensPerSecond,
    relative: speedupOver({ machine: 'xbox360' }, 'of the Xbox 360'),
    ipc: measures.ipc,
    read: measures.readGBPerSecond,
    latency: {
      title: 'memory latency',
      unit: 'ns',
      of: ({ simulated: s }) => (1e9 * s.unloadedMemoryLatencyCycles * s.seconds) / s.cycles,
    },
  },
  show: [{ bars: ['tokensPerSecond', 'ipc', 'latency'] }],
  headline: {
    unit: 'tokens per second',
    of: ({ value }) => value('tokensPerSecond', { machine: 'xbox360' }),
    needs: [{ machine: 'xbox360' }],
    uncertain: ['memory.latencyCycles', 'bus.slotTurnaroundCycles'],
  },
  answer: ({ rows }) => {
    // Another way to run the same console is no relative.
    const others = rows
      .filter(({ levels }) => !levels.machine.startsWith('xbox360'))
      .sort((a, b) => b.values.relative - a.values.relative);
    const slower = others.filter(({ values }) => values.relative < 1).length;
    const texts = others.map(
      ({ levels, values }) =>
        `${levels.machine} ${number3(values.tokensPerSecond)} (${values.relative.toFixed(2)}×)`,
    );
    return (
      `is what one thread of the Xbox 360 gives with scalar kernels, more than ${slower} of its ${others.length} ` +
      `relatives on the same code and ${(100 / others[0].values.relative).toFixed(0)} % of what the fastest gives. In ` +
      `tokens per second: ${texts.join(', ')}.`
    );
  },
  notes: [
    'Scalar kernels run on every machine; vector kernels would compare instruction sets. One thread, so that ' +
      'cores and threads do not count.',
    'xenon machines NAME lists the numbers of a machine with their sources and grades.',
  ],
});
