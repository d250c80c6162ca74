import type { ExperimentResult, ExperimentRow } from '../../reports/experiment.js';
import { deviation } from '../../reports/interval.js';
import { HOSTILE, run } from './fixture.js';

/** A sweep over threads and placement as it might come out; one run has failed. */

const row = (
  placement: string,
  threads: number,
  speed: number | null,
  perturbed?: ExperimentRow['perturbed'],
): ExperimentRow => ({
  id: `${placement}${threads}${perturbed?.end ?? ''}${perturbed?.path.length ?? ''}`.padStart(16, '0'),
  levels: { placement, threads },
  values: [speed, speed === null ? null : speed / 4.71],
  command: `xenon run --threads ${threads} --placement ${placement}`,
  ...(perturbed === undefined ? {} : { perturbed }),
});

const swings = [
  { path: 'l2.latencyCycles', unit: 'cycles', lowInput: 32, highInput: 50, atLow: 31.5, atHigh: 30.6 },
  { path: 'memory.latencyCycles', unit: 'cycles', lowInput: 500, highInput: 680, atLow: 33.8, atHigh: 29.1 },
  { path: 'bus.efficiency', unit: '%', lowInput: 56, highInput: 88, atLow: 28, atHigh: 31 },
];

export const experiment: ExperimentResult = {
  schema: 'xenon-experiment/1',
  name: '04-threads',
  question: 'How far do tokens per second grow with threads?',
  quick: false,
  factors: [
    { name: 'placement', levels: ['spread', 'pack'] },
    { name: 'threads', levels: [1, 3, 6] },
  ],
  measures: [
    { name: 'tokensPerSecond', title: 'tokens per second' },
    { name: 'speedup', title: 'over one thread', unit: 'x' },
  ],
  headline: { value: 31, unit: 'tokens per second', ...deviation(31, swings), swings },
  answer: 'on six threads, of which three do most.',
  charts: [
    { line: 'tokensPerSecond', x: 'threads', title: 'By threads' },
    { bars: ['tokensPerSecond', 'speedup'] },
  ],
  rows: [
    row('spread', 1, 4.71),
    row('spread', 3, 12.9),
    row('spread', 6, 31),
    row('pack', 1, 4.71),
    row('pack', 3, null),
    ...swings.flatMap(({ path, unit, lowInput, highInput, atLow, atHigh }) => [
      row('spread', 6, atLow, { path, unit, end: 'low', value: lowInput }),
      row('spread', 6, atHigh, { path, unit, end: 'high', value: highInput }),
    ]),
  ],
  failures: [{ levels: { placement: 'pack', threads: 6 }, message: 'its process ended with SIGKILL' }],
  notes: ['spread gives each core one thread before any gets a second.'],
  common: [
    ['model', 'stories15M'],
    ['prompt', ''],
  ],
  threats: run.threats ?? [],
  provenance: { command: 'xenon experiment 04-threads', version: '0.1.0', code: '9f2d6c1b'.repeat(8) },
};

export const hostileExperiment: ExperimentResult = {
  ...experiment,
  name: HOSTILE,
  question: HOSTILE,
  answer: HOSTILE,
  factors: [{ name: HOSTILE, levels: [HOSTILE, 'b'] }],
  measures: [{ name: 'm', title: HOSTILE, unit: HOSTILE }],
  charts: [{ line: 'm', x: HOSTILE, title: HOSTILE }, { bars: ['m'] }],
  rows: [HOSTILE, 'b'].map((level) => ({
    id: HOSTILE,
    levels: { [HOSTILE]: level },
    values: [1],
    command: HOSTILE,
  })),
  failures: [{ levels: { [HOSTILE]: HOSTILE }, message: HOSTILE }],
  notes: [HOSTILE],
  common: [[HOSTILE, HOSTILE]],
  provenance: { command: HOSTILE, version: HOSTILE, code: HOSTILE },
};

/** The same sweep with another outcome: one run twice as fast, one half as fast, one missing. */
export const changedExperiment: ExperimentResult = {
  ...experiment,
  rows: [
    row('spread', 1, 4.71),
    row('spread', 3, 25.8),
    row('spread', 6, 15.5),
    row('pack', 3, null),
    ...experiment.rows.filter(({ perturbed }) => perturbed !== undefined),
  ],
  common: [
    ['model', 'stories15M'],
    ['prompt', 'Once'],
  ],
};
