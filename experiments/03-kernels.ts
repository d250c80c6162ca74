import { experiment, measures, type Recipe, shareOf, speedupOver } from './api.js';

/** Vector kernels of the named operations, scalar ones of all others. */
const vectors =
  (...ops: readonly string[]): Recipe =>
  (run) => {
    run.kernels = ['scalar', ...ops.map((op) => `${op}=vmx128`)].join(',');
  };

/** From scalar loops to hand-made vector code, operation by operation. */
export default experiment({
  name: '03-kernels',
  question: 'What does each hand-made vector kernel bring, one operation after the other?',
  base: { model: 'stories15M-shape', prompt: '', steps: 4, ignoreEos: true },
  factors: {
    kernels: {
      'all scalar': vectors(),
      'matmul vector': vectors('matmul'),
      'and attention': vectors('matmul', 'attention'),
      'and swiglu': vectors('matmul', 'attention', 'swiglu'),
      'and rmsnorm': vectors('matmul', 'attention', 'swiglu', 'rmsnorm'),
      'all vector': (run) => {
        run.kernels = 'vmx128';
      },
    },
    threads: [1, 6],
  },
  quick: { base: { model: 'story' } },
  measure: {
    tokensPerSecond: measures.tokensPerSecond,
    speedup: speedupOver({ kernels: 'all scalar' }, 'over all scalar'),
    matmul: shareOf('matmul'),
    ipc: measures.ipc,
    instructions: measures.instructionsPerToken,
    bus: measures.readPercentOfPeak,
  },
  show: [{ bars: ['tokensPerSecond', 'matmul', 'bus'] }],
  headline: {
    unit: 'x',
    of: ({ value }) => value('speedup', { kernels: 'all vector', threads: 6 }),
    needs: [
      { kernels: 'all scalar', threads: 6 },
      { kernels: 'all vector', threads: 6 },
    ],
  },
  answer: ({ value }) => {
    const matmul = value('speedup', { kernels: 'matmul vector', threads: 6 });
    const rest = value('speedup', { kernels: 'all vector', threads: 6 }) / matmul;
    const alone = value('speedup', { kernels: 'all vector', threads: 1 });
    return (
      'the tokens per second of scalar loops on six threads is what vector kernels reach ' +
      `(${alone.toFixed(1)}× on one thread): ${matmul.toFixed(1)}× by the matrix-vector product alone, and ` +
      `another ${rest.toFixed(2)}× by all other operations together.`
    );
  },
  notes: [
    'Each step keeps the vector kernels of the steps before it. The speed-up compares equal thread counts.',
  ],
});
