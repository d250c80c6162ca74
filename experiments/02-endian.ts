import { experiment, type LevelsOf, measures } from './api.js';

const factors = {
  endian: ['offline', 'load-copy', 'load-scalar', 'load-vperm', 'fused-vperm'],
  threads: [1, 6],
} as const;

const at = (endian: (typeof factors.endian)[number], threads: 1 | 6): LevelsOf<typeof factors> => ({
  endian,
  threads,
});

/** A published checkpoint is little-endian, the console big-endian: when and how are the weights turned? */
export default experiment({
  name: '02-endian',
  question: 'What does it cost to turn little-endian weights, at load or in the kernels?',
  base: { model: 'stories15M-shape', prompt: '', steps: 5, ignoreEos: true },
  factors,
  quick: { base: { model: 'story', steps: 4 } },
  measure: {
    firstToken: measures.firstTokenSeconds,
    convert: measures.convertSeconds,
    tokensPerSecond: measures.tokensPerSecond,
    load: measures.loadSeconds,
    peakMemory: measures.peakMemoryMiB,
  },
  show: [{ bars: ['convert', 'tokensPerSecond', 'peakMemory'] }],
  headline: {
    unit: '%',
    of: ({ value }) =>
      100 * (1 - value('tokensPerSecond', at('fused-vperm', 6)) / value('tokensPerSecond', at('offline', 6))),
    needs: [at('fused-vperm', 6), at('offline', 6)],
  },
  answer: ({ value }) => {
    const [soon, late] = (['fused-vperm', 'load-vperm'] as const).map((endian) => ({
      first: value('firstToken', at(endian, 6)),
      each: 1 / value('tokensPerSecond', at(endian, 6)),
    }));
    const even = Math.ceil((late.first - soon.first) / (soon.each - late.each));
    const pays = even > 0 && Number.isFinite(even) ? `; turning at load pays after ${even} tokens` : '';
    const milliseconds = (strategy: (typeof factors.endian)[number], threads: 1 | 6) =>
      (1000 * value('convert', at(strategy, threads))).toFixed(1);
    return (
      'of the decoding speed on six threads is what turning words inside the kernels (fused-vperm) costs, ' +
      `while turning them once at load by vperm takes ${milliseconds('load-vperm', 6)} ms on six threads and by ` +
      `scalar byte-reversed loads ${milliseconds('load-scalar', 1)} ms on one${pays}.`
    );
  },
  notes: [
    'offline means that the file was converted on another computer; load-copy makes the same passes over memory ' +
      'as the other load-time strategies without turning anything.',
    'A negative cost means that the kernels with turning were faster. Time to the first token includes reading ' +
      'the file from the device.',
  ],
});
