import { experiment, measures, shareOf, speedupOver } from './api.js';

/** A plain port of llama2.c: scalar loops on one thread. What does the machine make of it? */
export default experiment({
  name: '01-baseline',
  question: 'How many tokens per second does a plain scalar port of llama2.c give on an Xbox 360?',
  base: { model: 'stories15M-shape', prompt: '', steps: 4, ignoreEos: true, threads: 1 },
  factors: {
    port: {
      'scalar, 1 thread': (run) => {
        run.kernels = 'scalar';
        run.endian = 'load-scalar';
      },
      'vmx128, 1 thread': (run) => {
        run.kernels = 'vmx128';
        run.endian = 'load-vperm';
      },
      'vmx128, 6 threads': (run) => {
        run.kernels = 'vmx128';
        run.endian = 'load-vperm';
        run.threads = 6;
      },
    },
  },
  quick: { base: { model: 'story' } },
  measure: {
    tokensPerSecond: measures.tokensPerSecond,
    speedup: speedupOver({ port: 'scalar, 1 thread' }, 'over the plain port'),
    ipc: measures.ipc,
    matmul: shareOf('matmul'),
    instructions: measures.instructionsPerToken,
    bus: measures.readPercentOfPeak,
  },
  show: [{ bars: ['tokensPerSecond', 'ipc', 'bus'] }],
  headline: {
    unit: 'tokens per second',
    of: ({ value }) => value('tokensPerSecond', { port: 'scalar, 1 thread' }),
    needs: [{ port: 'scalar, 1 thread' }],
    uncertain: ['memory.latencyCycles', 'bus.efficiency', 'l2.latencyCycles', 'bus.slotTurnaroundCycles'],
  },
  answer: ({ value }) => {
    const plain = { port: 'scalar, 1 thread' } as const;
    const best = value('speedup', { port: 'vmx128, 6 threads' });
    return (
      `with scalar loops on one hardware thread: ${value('matmul', plain).toFixed(0)} % of its cycles are in matrix-` +
      `vector products, it reads ${value('bus', plain).toFixed(1)} % of what the bus could bring, and vector ` +
      `kernels on all six threads are ${best.toFixed(1)} times as fast.`
    );
  },
  notes: [
    'The scalar kernels do what a compiler makes of llama2.c without hand-made vector code: one fused ' +
      'multiply-add after another into one accumulator, whose latency and memory reads are then the speed.',
    'To check the prediction: in a public video of such a port, count the tokens that appear between two points ' +
      'in time after the first, and divide; loading and the first token are apart. A figure outside the interval ' +
      'means other compiler output, another model, or an input of the machine that is wrong.',
  ],
});
