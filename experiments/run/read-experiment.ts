import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { ExperimentResult } from '../../reports/experiment.js';
import { checkFile, parseJson, threat } from './read.js';

const FILE = 'experiment.json';
const level = z.union([z.string(), z.number()]);
const levels = z.record(z.string(), level);
const perturbed = z.looseObject({
  path: z.string(),
  end: z.enum(['low', 'high']),
  value: z.number(),
  unit: z.string(),
});

const chart = {
  title: z.string().optional(),
  where: z.record(z.string(), z.union([level, z.array(level)])).optional(),
};

/** experiment.json as its report needs it; more fields are welcome. */
const experimentFile = z.looseObject({
  schema: z.literal('xenon-experiment/1'),
  name: z.string(),
  question: z.string(),
  quick: z.boolean(),
  analytic: z.boolean().optional(),
  factors: z.array(z.looseObject({ name: z.string(), levels: z.array(z.union([z.string(), z.number()])) })),
  measures: z.array(
    z.looseObject({
      name: z.string(),
      title: z.string(),
      unit: z.string().optional(),
      words: z.record(z.string(), z.string()).optional(),
    }),
  ),
  headline: z
    .looseObject({
      value: z.number(),
      unit: z.string(),
      low: z.number().optional(),
      high: z.number().optional(),
      swings: z.array(
        z.looseObject({
          path: z.string(),
          unit: z.string(),
          lowInput: z.number(),
          highInput: z.number(),
          atLow: z.number(),
          atHigh: z.number(),
        }),
      ),
    })
    .optional(),
  answer: z.string(),
  charts: z.array(
    z.union([
      z.looseObject({ bars: z.array(z.string()), ...chart }),
      z.looseObject({ line: z.string(), x: z.string(), ...chart }),
    ]),
  ),
  rows: z.array(
    z.looseObject({
      id: z.string(),
      levels: levels,
      values: z.array(z.number().nullable()),
      command: z.string(),
      perturbed: perturbed.optional(),
    }),
  ),
  failures: z.array(z.looseObject({ levels: levels, message: z.string(), perturbed: perturbed.optional() })),
  notes: z.array(z.string()),
  common: z.array(z.tuple([z.string(), z.string()])),
  threats: z.array(threat),
  provenance: z.looseObject({ command: z.string(), version: z.string(), code: z.string() }),
});

/** The experiment whose folder (or experiment.json) this is; undefined where it is something else. */
export function readExperiment(path: string): ExperimentResult | undefined {
  const file = basename(path) === FILE ? path : join(path, FILE);
  if (!existsSync(file) || statSync(file).isDirectory()) return undefined;
  return checkFile(experimentFile, parseJson(file), file, 'xenon experiment');
}
