import { syntheticCheckpoint } from '../models/checkpoint/synthetic.js';
import { zooModel } from '../models/zoo.js';
import { number3 } from '../reports/format.js';
import { machineNamed } from '../sim/machine/named.js';
import { experiment, type LevelsOf, measures, type RunResult } from './api.js';
import { missingBytes } from './run/memory-report.js';

const factors = {
  model: [
    'stories260K-shape',
    'stories15M-shape',
    'stories42M-shape',
    'stories110M-shape',
    'smollm-135m-shape',
    'smollm-360m-shape',
  ],
  quant: ['fp32', 'bf16', 'q80', 'q4_0'],
} as const;
type Levels = LevelsOf<typeof factors>;

const CONTEXT = 256;
const THREADS = 6;
const main: Levels = { model: 'smollm-135m-shape', quant: 'q4_0' };

/** Whether weights, keys and values of a whole context fit beside what the console keeps for itself. */
function fits({ model, quant }: Levels): boolean {
  const machine = machineNamed('xbox360');
  const checkpoint = syntheticCheckpoint(zooModel(model).shape, 'size');
  return missingBytes(machine, { checkpoint, quant, context: CONTEXT, threads: THREADS }) === 0;
}

const ownedBy =
  (owner: string) =>
  ({ memoryMap }: RunResult): number =>
    memoryMap.filter((region) => region.owner === owner).reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20;

/** From the smallest story model to the largest SmolLM that fits, in every precision. */
export default experiment({
  name: '05-models',
  question: 'How fast are SmolLM models beside the story models, and how much memory do they take?',
  base: {
    model: main.model,
    prompt: '',
    steps: 3,
    context: CONTEXT,
    ignoreEos: true,
    threads: THREADS,
    endian: 'offline',
  },
  factors,
  except: (levels) => !fits(levels),
  quick: {
    base: { steps: 2 },
    // Each would be two runs more of a model that takes as long as all others together.
    uncertain: [],
    factors: {
      model: ['stories260K-shape', 'stories15M-shape', 'smollm-135m-shape'],
      quant: ['fp32', 'q4_0'],
    },
  },
  measure: {
    tokensPerSecond: measures.tokensPerSecond,
    peakMemory: measures.peakMemoryMiB,
    weights: { title: 'weights', unit: 'MiB', of: ownedBy('weights') },
    cache: { title: 'KV cache', unit: 'MiB', of: ownedBy('kvCache') },
    read: measures.readGBPerSecond,
    bus: measures.readPercentOfPeak,
    instructions: measures.instructionsPerToken,
  },
  // On one scale with the smallest model, which nearly fits the L2 cache, nothing could be seen of the others.
  show: [
    {
      title: 'Models that come from memory',
      bars: ['tokensPerSecond', 'peakMemory', 'bus'],
      where: { model: factors.model.slice(1) },
    },
    {
      title: 'The smallest model',
      bars: ['tokensPerSecond', 'peakMemory', 'bus'],
      where: { model: factors.model[0] },
    },
  ],
  headline: {
    unit: 'tokens per second',
    of: ({ value }) => value('tokensPerSecond', main),
    needs: [main],
    uncertain: ['memory.latencyCycles', 'bus.efficiency'],
  },
  answer: ({ rows }) => {
    const nameOf = (model: string) => model.replace('-shape', '');
    const fastest = factors.model.flatMap((model) => {
      const own = rows.filter(({ levels }) => levels.model === model);
      if (own.length === 0) return [];
      const { levels, values } = own.reduce((a, b) =>
        b.values.tokensPerSecond > a.values.tokensPerSecond ? b : a,
      );
      return [
        `${nameOf(model)} ${number3(values.tokensPerSecond)} (${levels.quant}, ${values.peakMemory.toFixed(0)} MiB)`,
      ];
    });
    return (
      `is what six threads give on ${nameOf(main.model)} in ${main.quant}. At the fastest precision of each model: ` +
      `${fastest.join(', ')}.`
    );
  },
  notes: [
    `Weights are random numbers in the shape of each model. The cache has room for ${CONTEXT} positions; what does ` +
      'not fit the 512 MB beside what the console keeps for itself is left out (xenon models says what is missing).',
    'Files were converted beforehand. The speed is that of the first positions, where keys and values are few.',
  ],
});
