import { ENDIAN_STRATEGIES, type EndianStrategy, strategyOf } from '../models/endian.js';
import { number3 } from '../reports/format.js';
import { DEFAULT_UNCERTAIN, experiment, measures, type Recipe, type RunResult } from './api.js';

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
  threads: [1, 2, 3, 4, 5, 6],
} as const;

const at = (endian: EndianStrategy, weights: Weights = 'fp32') => ({ weights, endian, threads: 6 }) as const;

/** Needs next to nothing before the first token, so that others are asked when they have made up for their start. */
const SOONEST: EndianStrategy = 'fused-vperm';

const NEVER = -1;
const ITSELF = 0;

/** A published checkpoint is little-endian, the console big-endian: when and how are the weights turned? */
export default experiment({
  name: '02-endian',
  question: 'What does it cost to turn little-endian weights: at load, at first use, or in the kernels?',
  base: { model: 'stories15M-shape', prompt: '', steps: 4, ignoreEos: true, kernels: 'vmx128' },
  factors,
  except: ({ weights, endian, threads }) =>
    // Signed bytes are in order already: there is nothing to copy, and only scales to turn.
    (weights === 'int8' && strategyOf(endian).copies === true) ||
    // How many threads turn is asked of one strategy; the others decode on one thread and on all.
    (threads > 1 && threads < 6 && (endian !== 'load-vperm' || weights !== 'fp32')),
  quick: { base: { model: 'story', steps: 3 }, factors: { threads: [6], weights: ['fp32', 'int8'] } },
  measure: {
    load: measures.loadSeconds,
    convert: measures.convertMilliseconds,
    firstToken: measures.firstTokenSeconds,
    later: {
      title: 'first token after the file was read',
      unit: 'ms',
      of: ({ simulated: s }) => 1000 * (s.timeToFirstTokenSeconds - s.deviceReadSeconds),
    },
    tokensPerSecond: measures.tokensPerSecond,
    peakMemory: measures.peakMemoryMiB,
    pays: {
      title: `pays against ${SOONEST} from token`,
      of: (run, others) => paysFrom(run.simulated, others({ endian: SOONEST }).simulated),
      words: { [NEVER]: 'never', [ITSELF]: 'the same', 1: 'the first' },
    },
  },
  show: [
    ...WEIGHTS.map((weights) => ({
      title: `${weights} weights on six threads`,
      bars: ['later', 'tokensPerSecond', 'peakMemory'] as const,
      where: { weights, threads: 6 } as const,
    })),
    {
      title: 'Turning by vperm at load, fp32',
      line: 'convert',
      x: 'threads',
      where: { weights: 'fp32', endian: 'load-vperm' },
    },
  ],
  headline: {
    unit: '%',
    of: ({ value }) =>
      100 * (1 - value('tokensPerSecond', at('fused-vperm')) / value('tokensPerSecond', at('offline'))),
    needs: [at('fused-vperm'), at('offline')],
    uncertain: [...DEFAULT_UNCERTAIN, 'core.vectorQueueEntries'],
  },
  answer: ({ rows, value }) => {
    const speed = (endian: EndianStrategy, weights?: Weights) =>
      value('tokensPerSecond', at(endian, weights));
    const atLoad = (endian: EndianStrategy, how: string) => {
      const token = value('pays', at(endian));
      const pays = token === NEVER ? 'never pays' : `pays from token ${token}`;
      return `${number3(value('convert', at(endian)))} ms ${how} (${pays})`;
    };
    const others = WEIGHTS.filter((w) => w !== 'fp32' && rows.some(({ levels }) => levels.weights === w));
    const lost = others.map(
      (weights) =>
        `${(100 * (1 - speed('fused-vperm', weights) / speed('offline', weights))).toFixed(1)} % with ${weights}`,
    );
    return (
      'of the decoding speed on six threads is what turning words inside the kernels by vperm costs with fp32 ' +
      `weights (${lost.join(', ')}), and ` +
      `${(100 * (1 - speed('fused-lwbrx') / speed('offline'))).toFixed(0)} % through memory (fused-lwbrx); turning ` +
      `once at load takes ${atLoad('load-scalar', 'by shifts on one thread')}, ${atLoad('load-lwbrx', 'by lwbrx')} or ` +
      `${atLoad('load-vperm', 'by vperm on six')}.`
    );
  },
  notes: [
    ...ENDIAN_STRATEGIES.map((endian) => `${endian}: ${strategyOf(endian).meaning}.`),
    `A strategy pays against ${SOONEST} from the token on that it has no later, counted from the start of loading: ` +
      'faster tokens have then made up for its longer start. Where its tokens are slower that is never.',
    'Bytes (int8, llama2.c version 2) need only their scales turned; bf16 is a GGUF file. The file is read at the ' +
      "device's rate without a processor; what overlaps begins with each whole MiB that has arrived.",
  ],
});

/** The first token from which on one is ahead of the other. */
function paysFrom(one: RunResult['simulated'], other: RunResult['simulated']): number {
  if (one === other) return ITSELF;
  const later = one.timeToFirstTokenSeconds - other.timeToFirstTokenSeconds;
  const gain = 1 / other.tokensPerSecond - 1 / one.tokensPerSecond;
  if (gain < 0 || (gain === 0 && later > 0)) return NEVER;
  return later <= 0 ? 1 : 1 + Math.ceil(later / gain);
}
