import { ENDIAN_STRATEGIES, type EndianStrategy, strategyOf } from '../models/endian.js';
import { number3 } from '../reports/format.js';
import { experiment, measures, type Recipe } from './api.js';

const WEIGHTS = ['fp32', 'bf16', 'int8'] as const;
type Weights = (typeof WEIGHTS)[number];

/** The file's numbers; the model's own are fp32. */
const rewritten =
  (weights: Weights): Recipe =>
  (run) => {
    if (weights !== 'fp32') run.model += `@${weights}`;
  };

const factors = {
  weights: {
    fp32: rewritten('fp32'),
    bf16: rewritten('bf16'),
    int8: rewritten('int8'),
  } satisfies Record<Weights, Recipe>,
  endian: ENDIAN_STRATEGIES,
  threads: [1, 2, 3, 6],
} as const;

const at = (endian: EndianStrategy, threads = 6, weights: Weights = 'fp32') =>
  ({ weights, endian, threads }) as { weights: Weights; endian: EndianStrategy; threads: 1 | 2 | 3 | 6 };

/** Tokens from which on turning at load (or elsewhere) has made up for its longer start, against this strategy. */
const SOONEST: EndianStrategy = 'fused-vperm';

/** A published checkpoint is little-endian, the console big-endian: when and how are the weights turned? */
export default experiment({
  name: '02-endian',
  question: 'What does it cost to turn little-endian weights: at load, at first use, or in the kernels?',
  base: { model: 'stories15M-shape', prompt: '', steps: 4, ignoreEos: true, kernels: 'vmx128' },
  factors,
  except: ({ weights, endian, threads }) =>
    // Signed bytes are in order already: there is nothing to copy, and only scales to turn.
    (weights === 'int8' && strategyOf(endian).copies === true) ||
    // Where one thread turns for all, how many wait does not matter; narrow weights at both ends only.
    (threads !== 1 && threads !== 6 && (strategyOf(endian).threads !== 'all' || weights !== 'fp32')),
  quick: { base: { model: 'story', steps: 3 }, factors: { threads: [6], weights: ['fp32', 'int8'] } },
  measure: {
    firstToken: measures.firstTokenSeconds,
    convert: measures.convertSeconds,
    tokensPerSecond: measures.tokensPerSecond,
    load: measures.loadSeconds,
    peakMemory: measures.peakMemoryMiB,
    pays: {
      title: `pays against ${SOONEST}, after`,
      unit: 'tokens',
      of: (run, others) => paysAfter(run.simulated, others({ endian: SOONEST }).simulated),
    },
  },
  show: [{ bars: ['convert', 'tokensPerSecond', 'peakMemory'] }],
  headline: {
    unit: '%',
    of: ({ value }) =>
      100 * (1 - value('tokensPerSecond', at('fused-vperm')) / value('tokensPerSecond', at('offline'))),
    needs: [at('fused-vperm'), at('offline')],
  },
  answer: ({ rows, value }) => {
    const speed = (endian: EndianStrategy, weights: Weights = 'fp32') =>
      value('tokensPerSecond', at(endian, 6, weights));
    const milliseconds = (endian: EndianStrategy) => number3(1000 * value('convert', at(endian)));
    const others = WEIGHTS.filter((w) => w !== 'fp32' && rows.some(({ levels }) => levels.weights === w));
    const lost = others.map(
      (weights) =>
        `${(100 * (1 - speed('fused-vperm', weights) / speed('offline', weights))).toFixed(1)} % with ${weights}`,
    );
    const pays = value('pays', at('load-vperm'));
    return (
      'of the decoding speed on six threads is what turning words inside the kernels by vperm costs with fp32 ' +
      `weights (${lost.join(', ')}), and ` +
      `${(100 * (1 - speed('fused-lwbrx') / speed('offline'))).toFixed(0)} % through memory (fused-lwbrx); turning ` +
      `once at load takes ${milliseconds('load-scalar')} ms by shifts and ${milliseconds('load-lwbrx')} ms by lwbrx ` +
      `on one thread, ${milliseconds('load-vperm')} ms by vperm on six${
        pays > 0 ? `, and pays after ${pays} tokens` : ''
      }.`
    );
  },
  notes: [
    ...ENDIAN_STRATEGIES.map((endian) => `${endian}: ${strategyOf(endian).meaning}.`),
    `A strategy pays against ${SOONEST} from the token on at which its longer way to the first token is made up for ` +
      'by faster tokens; 0 where it starts no later, −1 where it never is.',
    'Bytes (int8, llama2.c version 2) need only their scales turned; bf16 is a GGUF file. The file is read at the ' +
      "device's rate without a processor; what overlaps begins with each whole MiB that has arrived.",
  ],
});

/** Whole tokens, 0 where it starts no later, -1 for never. */
function paysAfter(
  one: { readonly timeToFirstTokenSeconds: number; readonly tokensPerSecond: number },
  other: { readonly timeToFirstTokenSeconds: number; readonly tokensPerSecond: number },
): number {
  const later = one.timeToFirstTokenSeconds - other.timeToFirstTokenSeconds;
  if (later <= 0) return 0;
  const gain = 1 / other.tokensPerSecond - 1 / one.tokensPerSecond;
  return gain > 0 ? Math.ceil(later / gain) : -1;
}
