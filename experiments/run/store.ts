import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpiCsv, opsCsv, phasesCsv, positionsCsv, rooflineCsv } from '../../reports/csv.js';
import { hotspotsText } from '../../reports/hotspots.js';
import type { RunResult } from '../../reports/results.js';
import { statsText, statsTree } from '../../reports/stats.js';
import { writeAtomically } from '../node/files.js';

/**
 * A run is a directory named after the hash of what was asked. All about the host is in host.json, so that
 * the data files of two equal runs compare byte for byte.
 */

/** Hash of what was asked (settings, model, code of the simulator), independent of the order of keys. */
export function runId(asked: object): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(asked)))
    .digest('hex')
    .slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]),
  );
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

/**
 * Writes the run directory below `out` and returns its path. It appears whole or not at all. Without `html` it
 * has no report of its own, as in a sweep: `xenon report` makes one.
 */
export function writeRun(out: string, asked: object, result: RunResult, html?: string): string {
  const id = runId(asked);
  const folder = join(out, id);
  const { host, ...rest } = result;
  const { phases, stacks, roofline, hotspots } = result;
  const files: Readonly<Record<string, string>> = {
    'asked.json': json(asked),
    'run.json': json(rest),
    'host.json': json(host),
    'stats.txt': statsText(result),
    'stats.json': json(statsTree(result)),
    'ops.csv': opsCsv(result),
    'positions.csv': positionsCsv(result),
    ...(phases === undefined ? {} : { 'phases.csv': phasesCsv({ ...result, phases }) }),
    ...(stacks === undefined ? {} : { 'cpi.csv': cpiCsv({ ...result, stacks }) }),
    ...(roofline === undefined ? {} : { 'roofline.csv': rooflineCsv({ ...result, roofline }) }),
    ...(hotspots === undefined ? {} : { 'hotspots.txt': hotspotsText(hotspots) }),
    ...(html === undefined ? {} : { 'report.html': html }),
  };
  mkdirSync(out, { recursive: true });
  if (existsSync(folder)) {
    // The same was asked before, so only host.json and the report can differ: replace each file as a whole.
    for (const [name, content] of Object.entries(files)) writeAtomically(join(folder, name), content);
    return folder;
  }
  const temporary = join(out, `.${id}.${process.pid}.tmp`);
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary);
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(temporary, name), content);
    renameSync(temporary, folder);
  } catch (error) {
    // Unless another process has just finished the same run.
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(join(folder, 'run.json'))) throw Object.assign(error as Error, { dest: folder });
  }
  return folder;
}
