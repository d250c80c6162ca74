import { number3 } from '../reports/format.js';
import { experiment, measures, shareOf } from './api.js';

const factors = { prefillBatch: [1, 2, 4, 8, 16], threads: [1, 6] } as const;
const at = (prefillBatch: (typeof factors.prefillBatch)[number], threads: 1 | 6 = 6) => ({
  prefillBatch,
  threads,
});

/** A prompt is known beforehand: its positions can share one reading of the weights. */
export default experiment({
  name: '11-prefill',
  question: 'How much sooner is a prompt read if several of its positions share the weights?',
  base: {
    model: 'stories15M-shape',
    prompt: 'Once upon a time there was a dog',
    steps: 34,
    ignoreEos: true,
  },
  factors,
  quick: { base: { model: 'story', steps: 18 }, factors: { prefillBatch: [1, 4, 16] } },
  measure: {
    prefill: { title: 'prompt', unit: 's', of: ({ simulated: s }) => s.prefillSeconds },
    perSecond: {
      title: 'prompt tokens per second',
      of: ({ simulated: s, promptTokens }) => promptTokens / s.prefillSeconds,
    },
    faster: {
      title: 'times as fast as one by one',
      unit: 'x',
      of: ({ simulated: s }, others) =>
        others({ prefillBatch: 1 }).simulated.prefillSeconds / s.prefillSeconds,
    },
    read: measures.readGBPerSecond,
    matmul: shareOf('matmul'),
    peakMemory: measures.peakMemoryMiB,
  },
  show: [{ line: 'perSecond', x: 'prefillBatch' }, { bars: ['prefill', 'faster', 'read'] }],
  headline: {
    unit: 'x',
    of: ({ value }) => value('faster', at(16)),
    needs: [at(1), at(16)],
    uncertain: ['memory.latencyCycles', 'bus.efficiency'],
  },
  answer: ({ rows, value }) => {
    const texts = rows
      .filter(({ levels }) => levels.threads === 6)
      .map(({ levels, values }) => `${number3(values.perSecond)} at ${levels.prefillBatch}`);
    return (
      'as fast as one position at a time does a prompt go through the layers on six threads if sixteen positions share ' +
      `each reading of the weights (${number3(value('faster', at(16, 1)))}× on one thread). In prompt tokens per ` +
      `second: ${texts.join(', ')} positions together.`
    );
  },
  notes: [
    'All positions of the prompt are known beforehand, so a matrix that has been read can meet several of them; ' +
      'what the first token then waits for is this time, after loading.',
    'The last position of the prompt draws the first token and is part of the time, its classifier included.',
  ],
});
