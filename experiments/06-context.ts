import { tenths } from '../reports/format.js';
import { experiment, measures, type RunResult, shareOf } from './api.js';

/** Mean seconds of some positions. */
const meanOf = (positions: RunResult['positions']): number =>
  positions.reduce((sum, { seconds }) => sum + seconds, 0) / positions.length;

/** The first positions are left out: caches and predictors are cold there. */
const early = ({ positions }: RunResult): number => meanOf(positions.slice(2, 2 + TAIL));
const late = ({ positions }: RunResult): number => meanOf(positions.slice(-TAIL));
const TAIL = 4;

const factors = { steps: [16, 64, 128, 256] } as const;
const [, , , longest] = factors.steps;

/** Attention reads all keys and values of the past for every token. */
export default experiment({
  name: '06-context',
  question: 'How much slower do tokens get as the context fills, and how large does the KV cache grow?',
  base: { model: 'stories15M-shape', prompt: '', ignoreEos: true, mode: 'sampled', skipTokens: true },
  factors,
  quick: { base: { model: 'story' }, factors: { steps: [16, 256] } },
  measure: {
    early: { title: 'tokens per second at the start', of: (run) => 1 / early(run) },
    late: { title: 'at the end', unit: 'tokens per second', of: (run) => 1 / late(run) },
    attention: shareOf('attention'),
    cache: {
      title: 'KV cache',
      unit: 'MiB',
      of: ({ memoryMap }) =>
        memoryMap.filter(({ owner }) => owner === 'kvCache').reduce((sum, { bytes }) => sum + bytes, 0) /
        2 ** 20,
    },
    peakMemory: measures.peakMemoryMiB,
  },
  show: [
    { line: 'late', x: 'steps', title: 'Speed at the end of the context' },
    { line: 'cache', x: 'steps', title: 'Size of the KV cache' },
  ],
  headline: {
    unit: '%',
    of: ({ rows }) => {
      const { early: first, late: last } = rows[rows.length - 1].values;
      return 100 * (1 - last / first);
    },
    needs: [{ steps: longest }],
    uncertain: ['memory.latencyCycles', 'bus.efficiency'],
  },
  answer: ({ rows }) => {
    const { levels, values } = rows[rows.length - 1];
    return (
      `of the speed is lost by position ${levels.steps}: ${tenths(values.early)} tokens per second become ` +
      `${tenths(values.late)}. By then ${values.attention.toFixed(1)} % of all thread-cycles have gone into attention, ` +
      `and keys and values take ${values.cache.toFixed(1)} MiB.`
    );
  },
  notes: [
    `Each run is as long as its context. Speeds are means over ${TAIL} positions, from the third and up to the last; ` +
      'the cache is allocated for exactly the positions forwarded.',
    'The runs are sampled: some positions are simulated in detail on a cache full of random numbers, the others lie ' +
      'between them; how well that holds is part of each run (xenon run --mode sampled).',
  ],
});
