import { existsSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import { UsageError } from '../../sim/machine/errors.js';
import { codeHash } from '../node/code-hash.js';
import type { RunOptions } from '../run/request.js';
import { type Coverage, coverageOf, type StudyCase, studyCase } from '../sampling/study.js';
import { SAMPLING_CASES } from '../sampling/study-cases.js';
import { type LiveLine, writeJson } from './output.js';
import { simulationOptions } from './run.js';
import { formatTable } from './table.js';

/** Seeds of each case. */
const SEEDS = 50;
const STEPS = '256';

/** The file of a study. */
interface Study {
  readonly schema: 'xenon-bench-sampling/1';
  readonly code: string;
  /** Positions of each case. */
  readonly steps: string;
  readonly results: readonly Coverage[];
  readonly tables: readonly StudyCase[];
}

/**
 * Runs cases in detail and says how often intervals of sampled runs hold what they take. A file of the same study, made
 * by the same code, is gone on with: what it holds is not run again.
 */
export async function benchSampling(
  only: string,
  steps: string | undefined,
  live: LiveLine,
  json?: string,
): Promise<void> {
  const defaults = { ...simulationOptions(new Command()).opts<RunOptions>(), prompt: 'Once upon a time' };
  const study = { schema: 'xenon-bench-sampling/1', code: codeHash(), steps: steps ?? STEPS } as const;
  const tables = json === undefined || json === '-' ? [] : tablesOf(json, study);
  const isKnown = (name: string) => tables.some((table) => table.name === name);
  const found = (): Study => ({ ...study, results: tables.flatMap((t) => coverageOf(t, SEEDS)), tables });
  for (const { name, options, stride } of SAMPLING_CASES) {
    if (!name.includes(only) || isKnown(name)) continue;
    const asked = { ...defaults, steps: study.steps, ...options };
    tables.push(await studyCase(name, asked, stride, (what) => live.update(() => what)));
    if (json !== undefined && json !== '-') writeJson(json, found());
  }
  live.clear();
  const { results } = found();
  if (json === '-') return writeJson(json, found());
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

/** Cases that a file holds of the study that is asked for; one of another study is refused, as it took hours. */
function tablesOf(json: string, asked: Pick<Study, 'schema' | 'code' | 'steps'>): StudyCase[] {
  if (!existsSync(json)) return [];
  const kept: Study = JSON.parse(readFileSync(json, 'utf8'));
  if (kept.schema !== asked.schema || kept.code !== asked.code || kept.steps !== asked.steps)
    throw new UsageError(`${json} holds something else, or what other code found: name another file`);
  return [...kept.tables];
}
