import { Command } from 'commander';
import type { RunOptions } from '../run/request.js';
import { type Coverage, coverageOf, studyCase } from '../sampling/study.js';
import { SAMPLING_CASES } from '../sampling/study-cases.js';
import { type LiveLine, writeJson } from './output.js';
import { simulationOptions } from './run.js';
import { formatTable } from './table.js';

/** Seeds of each case. */
const SEEDS = 50;
const STEPS = '256';

/** Runs cases in detail and says how often intervals of sampled runs hold what they take. */
export async function benchSampling(
  only: string,
  steps: string | undefined,
  live: LiveLine,
  json?: string,
): Promise<void> {
  const defaults = simulationOptions(new Command()).opts<RunOptions>();
  const results: Coverage[] = [];
  const tables: object[] = [];
  for (const { name, options, stride } of SAMPLING_CASES.filter((one) => one.name.includes(only))) {
    const asked = { ...defaults, prompt: 'Once upon a time', steps: steps ?? STEPS, ...options };
    const found = await studyCase(name, asked, stride, (what) => live.update(() => what));
    tables.push(found);
    results.push(...coverageOf(found, SEEDS));
    // As long as it takes, what is known so far is worth keeping.
    if (json !== undefined && json !== '-')
      writeJson(json, { schema: 'xenon-bench-sampling/1', results, tables });
  }
  live.clear();
  if (json === '-') return writeJson(json, { schema: 'xenon-bench-sampling/1', results, tables });
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const [inside, seeds] = [
    results.reduce((s, r) => s + r.inside, 0),
    results.reduce((s, r) => s + r.seeds, 0),
  ];
  process.stdout.write(
    `${formatTable([
      ['case', 'form', 'inside', 'half-width', 'widest', 'largest error', 'positions', 'transient'],
      ...results.map((r) => [
        r.name,
        r.form,
        `${r.inside} of ${r.seeds}`,
        percent(r.halfWidth),
        percent(r.widest),
        percent(r.error),
        r.positions.toFixed(1),
        percent(r.transient),
      ]),
    ])}\n\n${inside} of ${seeds} intervals hold the detailed cycles\n`,
  );
}
