import { number3, shareText } from '../reports/format.js';
import { experiment, measures, type Recipe, shareOf, speedupOver } from './api.js';

/** Scalar kernels but for the operations named. */
const kernels =
  (...ops: readonly string[]): Recipe =>
  (run) => {
    run.kernels = ['scalar', ...ops].join(',');
  };
/** All vector kernels, with a number of the machine or place of the weights changed. */
const vectors =
  (change: Recipe = () => {}): Recipe =>
  (run, random) => {
    run.kernels = 'vmx128';
    change(run, random);
  };
const pages =
  (size: '16MB' | '64KB' | '4KB', reload = 'hardware'): Recipe =>
  (run) => {
    run.set.push('translation.modelled=true', `translation.pageSize=${size}`, `translation.reload=${reload}`);
  };

const VECTOR = 'matmul=vmx128';
const STEPS = {
  'all scalar': kernels(),
  'four columns a turn': kernels('matmul=unrolled'),
  'in four accumulators': kernels('matmul=accumulators'),
  'vectors of four': kernels('matmul=vector'),
  'four vector accumulators': kernels('matmul=vector4'),
  'dot-product unit instead': kernels('matmul=dot'),
  'four rows in 128 registers': kernels('matmul=vmx128-ahead0'),
  'prefetch 1 step ahead': kernels('matmul=vmx128-ahead1'),
  'prefetch 2 steps ahead': kernels('matmul=vmx128-ahead2'),
  'prefetch 3 steps ahead': kernels(VECTOR),
  'prefetch 6 steps ahead': kernels('matmul=vmx128-ahead6'),
  'and attention in vectors': kernels(VECTOR, 'attention=vmx128'),
  'and swiglu': kernels(VECTOR, 'attention=vmx128', 'swiglu=vmx128'),
  'and rmsnorm': kernels(VECTOR, 'attention=vmx128', 'swiglu=vmx128', 'rmsnorm=vmx128'),
  'all vector': vectors(),
  'weights 16 bytes off a line': vectors((run) => {
    run.weightsAt = '16';
  }),
  'weights 4 bytes off a quadword': vectors((run) => {
    run.weightsAt = '4';
  }),
  'pages of 16 MB': vectors(pages('16MB')),
  'pages of 64 KB': vectors(pages('64KB')),
  'pages of 4 KB': vectors(pages('4KB')),
  'libxenon, handler cached': vectors(pages('64KB', 'softwareCached')),
  'libxenon, handler uncached': vectors(pages('64KB', 'softwareUncached')),
} satisfies Readonly<Record<string, Recipe>>;

type Step = keyof typeof STEPS;
/** What the answer names: the steps that changed most, and what takes speed back. */
const MAIN_STEPS: readonly Step[] = [
  'in four accumulators',
  'four vector accumulators',
  'dot-product unit instead',
  'four rows in 128 registers',
  'prefetch 3 steps ahead',
  'all vector',
];
const SPOILERS: readonly Step[] = [
  'weights 16 bytes off a line',
  'weights 4 bytes off a quadword',
  'pages of 4 KB',
  'libxenon, handler uncached',
];
const at = (step: Step, threads: 1 | 6 = 6) => ({ step, threads });

/** From a compiler's loop to hand-made vector code, one change at a time, and then what spoils it. */
export default experiment({
  name: '03-kernels',
  question: 'What does each step from a plain loop to hand-made vector kernels bring?',
  base: { model: 'stories15M-shape', prompt: '', steps: 3, ignoreEos: true },
  factors: { step: STEPS, threads: [1, 6] },
  quick: {
    base: { model: 'story' },
    factors: {
      step: [
        'all scalar',
        'in four accumulators',
        'four vector accumulators',
        'four rows in 128 registers',
        'prefetch 3 steps ahead',
        'all vector',
        'weights 4 bytes off a quadword',
        'pages of 4 KB',
      ],
      threads: [6],
    },
  },
  measure: {
    tokensPerSecond: measures.tokensPerSecond,
    speedup: speedupOver({ step: 'all scalar' }, 'over all scalar'),
    matmul: shareOf('matmul'),
    ipc: measures.ipc,
    instructions: measures.instructionsPerToken,
    bus: measures.readPercentOfPeak,
  },
  show: [
    { title: 'Six threads', bars: ['tokensPerSecond', 'instructions', 'bus'], where: { threads: 6 } },
    { title: 'One thread', bars: ['tokensPerSecond', 'instructions', 'bus'], where: { threads: 1 } },
  ],
  headline: {
    unit: 'x',
    of: ({ value }) => value('speedup', at('all vector')),
    needs: [at('all scalar'), at('all vector')],
  },
  answer: ({ rows }) => {
    const gains = (threads: number) =>
      rows
        .filter(({ levels }) => levels.threads === threads && MAIN_STEPS.includes(levels.step))
        .map(({ levels, values }) => `${levels.step} ${number3(values.speedup)}×`);
    const best = rows.find(({ levels: l }) => l.step === 'all vector' && l.threads === 6);
    const losses = rows
      .filter(({ levels }) => levels.threads === 6 && SPOILERS.includes(levels.step))
      .map(({ levels, values }) => {
        const lost = 1 - values.tokensPerSecond / (best?.values.tokensPerSecond ?? Number.NaN);
        return `${levels.step} ${shareText(100 * lost)}`;
      });
    const one = gains(1).length > 0 ? ` (on one thread: ${gains(1).join(', ')})` : '';
    return (
      'the tokens per second of scalar loops on six threads is what hand-made vector kernels reach. Step by step ' +
      `there: ${gains(6).join(', ')}${one}. Speed is lost again by ${losses.join(', ')}.`
    );
  },
  notes: [
    'The first eleven steps change the matrix-vector product only. From vectors of four on each builds on the one ' +
      'before, but for the dot products, which take the place of multiply-adds. Speed-ups compare equal thread counts.',
    'Prefetch runs ahead by steps of 128 bytes of each of four rows; three is what the vector kernels use.',
    'The last steps take back what makes the vector kernels fast: weights that do not begin on a cache line, or not ' +
      'on a quadword (as they lie in a llama2.c file read to an aligned address), and smaller pages. Up to there address ' +
      'translation takes no time, as with pages of 16 MB and no miss.',
    "Which handler libxenon's software reload amounts to is not known (translation.reload): one that runs from cached " +
      'memory takes hundreds of cycles a miss, one whose code is fetched uncached tens of thousands. Both are scenarios, ' +
      'not a range.',
  ],
});
