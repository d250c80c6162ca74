import { ENDIAN_STRATEGIES, type EndianStrategy, strategyOf } from '../models/endian.js';
import { number3, shareText } from '../reports/format.js';
import { experiment, type Measure, measures, type Recipe, type RunResult } from './api.js';

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

const NEVER = -1;
const ITSELF = 0;
/** Speeds that differ by less are equal: the order of simulation may make as much (DECISIONS.md). */
const RESOLUTION = 0.001;

/** When a longer start has been made up for by faster tokens, against a strategy that turns in the kernels. */
const pays = (against: EndianStrategy): Measure => ({
  title: `pays against ${against} from token`,
  of: (run, others) => paysFrom(run.simulated, others({ endian: against }).simulated),
  words: { [NEVER]: 'never', [ITSELF]: 'the same', 1: 'the first' },
});

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
    (threads > 1 && threads < 6 && endian !== 'load-vperm'),
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
    paysVperm: pays('fused-vperm'),
    paysLwbrx: pays('fused-lwbrx'),
  },
  show: [
    ...WEIGHTS.map((weights) => ({
      title: `${weights} weights on six threads`,
      bars: ['later', 'tokensPerSecond', 'peakMemory'] as const,
      where: { weights, threads: 6 } as const,
    })),
    {
      title: 'Turning by vperm at load',
      line: 'convert',
      x: 'threads',
      where: { endian: 'load-vperm' },
    },
  ],
  headline: {
    unit: 'ms',
    of: ({ value }) => value('later', at('load-scalar')) - value('later', at('offline')),
    // Those that the others pay against come along, so that no value is missing.
    needs: [at('load-scalar'), at('offline'), at('fused-vperm'), at('fused-lwbrx')],
    uncertain: ['memory.latencyCycles', 'bus.efficiency', 'core.takenBranchCycles', 'core.storeQueueEntries'],
  },
  answer: ({ rows, value }) => {
    const added = (endian: EndianStrategy) => {
      const later = value('later', at(endian)) - value('later', at('offline'));
      return later < 0.1 ? 'less than 0.1 ms' : `${number3(later)} ms`;
    };
    const lost = (endian: EndianStrategy, weights?: Weights) => {
      const speed = (one: EndianStrategy) => value('tokensPerSecond', at(one, weights));
      return shareText(Math.max(0, 100 * (1 - speed(endian) / speed('offline'))));
    };
    const others = WEIGHTS.filter((w) => w !== 'fp32' && rows.some(({ levels }) => levels.weights === w));
    const fused = lost('fused-vperm');
    const alike = others.every((weights) => lost('fused-vperm', weights) === fused);
    const narrow = others.map((weights) => `${lost('fused-vperm', weights)} with ${weights}`).join(', ');
    const token = value('paysLwbrx', at('load-scalar'));
    return (
      'is by how much the first token comes later if one thread turns the weights at load by shifts. By lwbrx it is ' +
      `${added('load-lwbrx')}, by vperm on six threads ${added('load-vperm')}, and ${added('overlap-vperm')} if they do ` +
      `so while the device still reads. Turned by vperm inside the kernels, each time, weights cost ` +
      `${fused} of the speed on six threads (${alike ? `with ${others.join(' and ')}, too` : narrow}); by lwbrx and ` +
      'through memory they cost ' +
      `${lost('fused-lwbrx')}, and against that even shifts at load pay ` +
      `${token === NEVER ? 'never' : `from token ${token} on`}.`
    );
  },
  notes: [
    ...ENDIAN_STRATEGIES.map((endian) => `${endian}: ${strategyOf(endian).meaning}.`),
    'A strategy pays against another from the token on that it has no later, counted from the start of loading: faster ' +
      'tokens have then made up for its longer start. That is never where its tokens are not faster by at least ' +
      `${100 * RESOLUTION} %, about what the order of simulation may make.`,
    'Bytes (int8, llama2.c version 2) need only their scales turned; bf16 is a GGUF file. The file is read at the ' +
      "device's rate without a processor; what overlaps begins with each whole MiB that has arrived.",
  ],
});

/** The first token from which on one is ahead of the other. */
function paysFrom(one: RunResult['simulated'], other: RunResult['simulated']): number {
  if (one === other) return ITSELF;
  const later = one.timeToFirstTokenSeconds - other.timeToFirstTokenSeconds;
  const faster = one.tokensPerSecond / other.tokensPerSecond - 1;
  if (faster < -RESOLUTION) return NEVER;
  if (later <= 0) return 1;
  const gain = 1 / other.tokensPerSecond - 1 / one.tokensPerSecond;
  return faster < RESOLUTION ? NEVER : 1 + Math.ceil(later / gain);
}
