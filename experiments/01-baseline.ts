import { number3 } from '../reports/format.js';
import { experiment, measures, type Recipe, shareOf, speedupOver } from './api.js';

const port =
  (kernels: string, endian: string, threads = 1): Recipe =>
  (run) => {
    run.kernels = kernels;
    run.endian = endian;
    run.threads = threads;
  };

/** The plain port where an unknown of the machine with two answers has the other one. */
const scenario =
  (...overrides: readonly string[]): Recipe =>
  (run, random) => {
    port('scalar', 'load-scalar')(run, random);
    run.set.push(...overrides);
  };

const PORTS = {
  'as -O2 makes it, 1 thread': port('scalar', 'load-scalar'),
  'loops unrolled, 1 thread': port('scalar,matmul=unrolled', 'load-scalar'),
  'as -Ofast makes it, 1 thread': port('scalar,matmul=accumulators', 'load-scalar'),
  'as -O2, memory rows left open': scenario('dram.rowPolicy=open'),
  "as -O2, libxenon's 64 KB pages": scenario(
    'translation.modelled=true',
    'translation.pageSize=64KB',
    'translation.reload=softwareUncached',
  ),
  'vmx128, 1 thread': port('vmx128', 'load-vperm'),
  'vmx128, 6 threads': port('vmx128', 'load-vperm', 6),
} satisfies Readonly<Record<string, Recipe>>;

const plain = { port: 'as -O2 makes it, 1 thread' } as const;
const fast = { port: 'as -Ofast makes it, 1 thread' } as const;

/** Tokens of a story such as the public video shows. */
const STORY_TOKENS = 150;

/** A plain port of llama2.c: scalar loops on one thread. What does the machine make of it? */
export default experiment({
  name: '01-baseline',
  question: 'How many tokens per second does a plain port of llama2.c give on an Xbox 360 with stories15M?',
  base: { model: 'stories15M-shape', prompt: '', steps: 4, ignoreEos: true, threads: 1 },
  factors: { port: PORTS },
  quick: { base: { model: 'story' } },
  measure: {
    tokensPerSecond: measures.tokensPerSecond,
    speedup: speedupOver(plain, 'over the plain port'),
    ipc: measures.ipc,
    matmul: shareOf('matmul'),
    instructions: measures.instructionsPerToken,
    bus: measures.readPercentOfPeak,
    convert: measures.convertMilliseconds,
  },
  show: [{ bars: ['tokensPerSecond', 'ipc', 'bus'] }],
  headline: {
    unit: 'tokens per second',
    of: ({ value }) => value('tokensPerSecond', plain),
    needs: [plain],
    // Of all numbers with a range these move a plain loop (xenon run --uncertainty); the bus is there to show that it does not.
    uncertain: ['memory.latencyCycles', 'core.takenBranchCycles', 'bus.efficiency'],
  },
  answer: ({ value }) => {
    const best = value('speedup', { port: 'vmx128, 6 threads' });
    const rate = value('tokensPerSecond', plain);
    return (
      'is the prediction for the port on one hardware thread, compiled as -O2 does it. ' +
      `${value('matmul', plain).toFixed(0)} % of its cycles are in matrix-vector products, which read ` +
      `${value('bus', plain).toFixed(1)} % of what the bus could bring; a story of ${STORY_TOKENS} tokens takes ` +
      `${number3(STORY_TOKENS / rate)} s. Sums in four parts (-Ofast) would make it ` +
      `${number3(value('tokensPerSecond', fast))} tokens per second, vector kernels on all six threads ` +
      `${best.toFixed(1)} times as fast.`
    );
  },
  notes: [
    'The scalar kernels do what a compiler makes of llama2.c without hand-made vector code: one fused ' +
      'multiply-add after another into one accumulator, whose latency and memory reads are then the speed. A port ' +
      'built with -Ofast may add up in several accumulators, and is a scenario of its own.',
    'What has no range but two answers stands as a scenario: whether an idle row of the memory chips stays open, and ' +
      "whether the port ran with libxenon's 64 KB pages and a handler of their misses that is fetched uncached: this " +
      'model is within the 64 MB that the TLB reaches, a larger one is not.',
    'To check the prediction against the public video of the port: note which words appear between two points in ' +
      "time, both after the first word, count their tokens with the model's tokenizer, and divide. Loading and the " +
      'first token are apart. ' +
      'A rate near the -Ofast figure says how it was compiled; one outside both says that an input of the machine is ' +
      'wrong, or the model another one.',
  ],
});
