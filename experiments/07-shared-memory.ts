import { number3 } from '../reports/format.js';
import { experiment, measures, speedupOver } from './api.js';

const factors = {
  'gpu.traffic': [0, 2.5, 5, 8, 11],
  threads: [1, 6],
} as const;

const at = (traffic: (typeof factors)['gpu.traffic'][number], threads: 1 | 6) => ({
  'gpu.traffic': traffic,
  threads,
});

/** One memory for the CPU and the GPU: what does a picture cost the language model? */
export default experiment({
  name: '07-shared-memory',
  question: 'How many tokens per second are left while the GPU reads and writes the same memory?',
  base: {
    model: 'stories15M-shape',
    prompt: '',
    steps: 4,
    ignoreEos: true,
    set: ['gpu.scanOutEnabled=true'],
  },
  factors,
  quick: { base: { model: 'stories260K-shape' }, factors: { 'gpu.traffic': [0, 11] } },
  measure: {
    tokensPerSecond: measures.tokensPerSecond,
    kept: { ...speedupOver({ 'gpu.traffic': 0 }, 'of the speed without traffic'), unit: 'x' },
    read: measures.readGBPerSecond,
    bus: measures.readPercentOfPeak,
  },
  show: [
    { line: 'tokensPerSecond', x: 'gpu.traffic', title: 'Speed by GPU traffic (GB/s)' },
    { bars: ['tokensPerSecond', 'read'] },
  ],
  headline: {
    unit: '%',
    of: ({ value }) => 100 * (1 - value('tokensPerSecond', at(11, 6)) / value('tokensPerSecond', at(0, 6))),
    needs: [at(0, 6), at(11, 6)],
    uncertain: ['bus.efficiency', 'memory.latencyCycles'],
  },
  answer: ({ rows, value }) => {
    const levels = [...new Set(rows.map((row) => row.levels['gpu.traffic']))];
    const texts = levels.map(
      (traffic) => `${number3(value('tokensPerSecond', at(traffic, 6)))} at ${traffic}`,
    );
    const alone = 100 * (1 - value('tokensPerSecond', at(11, 1)) / value('tokensPerSecond', at(0, 1)));
    return (
      'of the speed on six threads is lost to a GPU that moves 11 GB/s, half of what the memory has ' +
      `(${alone.toFixed(1)} % on one thread). In tokens per second: ${texts.join(', ')} GB/s.`
    );
  },
  notes: [
    'Scan-out of the picture (gpu.scanOut) is on in all runs; gpu.traffic is whatever else the GPU reads and ' +
      'writes.',
    'The GPU asks the same memory controllers at even intervals for runs of lines in random rows, a quarter of them ' +
      "written (gpu.trafficRunLines, gpu.trafficWriteShare); a real GPU's bursts would make the CPU wait longer at times.",
  ],
});
