import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { EndianComparison, RunResult } from '../../reports/results.js';
import { runReport } from '../../reports/run-report.js';
import { askedOf, completeRun } from '../run/complete.js';
import { parseRequest, type RunOptions, type RunRequest } from '../run/request.js';
import { simulate } from '../run/simulate.js';
import { writeRun } from '../run/store.js';
import { LiveLine } from './output.js';
import { runOptions } from './run.js';
import { summaryOf } from './summary.js';
import { duration, formatTable, mib } from './table.js';

/** Strategies compared: the quick look leaves out those that differ little. */
const COMPARED = ['offline', 'load-copy', 'load-scalar', 'load-vperm', 'fused-vperm'] as const;

/** Positions that each of the compared strategies forwards: enough for a steady rate. */
const COMPARED_STEPS = 24;

export function registerStart(program: Command): void {
  runOptions(
    program
      .command('start')
      .description(
        'tell the shipped story on the simulated Xbox 360, compare the endian strategies, write a report',
      )
      .addHelpText('after', '\nExample:\n  xenon start'),
  ).action((options: RunOptions) => start(options));
}

async function start(options: RunOptions): Promise<void> {
  const live = new LiveLine();
  const request = parseRequest(options);
  process.stderr.write(
    `A language model's forward pass as PowerPC machine code on a simulated Xbox 360 (${request.machine}).\n\n`,
  );
  const story = await simulate(request, {
    onText: (piece) => {
      live.clear();
      process.stdout.write(piece);
    },
    onProgress: (text) => live.update(text),
  });
  live.clear();
  process.stdout.write(`\n\n${summaryOf(story)}\n\n`);
  const comparison = await compareEndian(request, live);
  live.clear();
  process.stdout.write(`${comparisonTable(comparison)}\n\n`);
  const result = completeRun(request, story, comparison);
  const folder = writeRun(request.out, askedOf(request, result), result, runReport(result));
  process.stdout.write(`report: ${resolve(folder, 'report.html')}\n`);
}

/** The same short run under every strategy. */
async function compareEndian(request: RunRequest, live: LiveLine): Promise<EndianComparison[]> {
  const comparison: EndianComparison[] = [];
  for (const endian of COMPARED) {
    const result = await simulate(
      {
        ...request,
        endian,
        steps: COMPARED_STEPS,
        context: COMPARED_STEPS,
        ignoreEos: true,
        logits: undefined,
      },
      { onProgress: (text) => live.update(() => `${endian}: ${text()}`) },
    );
    comparison.push(comparedOf(endian, result));
  }
  return comparison;
}

function comparedOf(strategy: string, { simulated: s }: RunResult): EndianComparison {
  return {
    strategy,
    loadSeconds: s.loadSeconds,
    deviceReadSeconds: s.deviceReadSeconds,
    convertSeconds: s.convertSeconds,
    timeToFirstTokenSeconds: s.timeToFirstTokenSeconds,
    tokensPerSecond: s.tokensPerSecond,
    peakMemoryBytes: s.peakMemoryBytes,
  };
}

function comparisonTable(rows: readonly EndianComparison[]): string {
  return formatTable([
    ['endian strategy', 'device read', 'conversion', 'first token after', 'tokens/s', 'peak memory'],
    ...rows.map((r) => [
      r.strategy,
      duration(r.deviceReadSeconds),
      duration(r.convertSeconds),
      duration(r.timeToFirstTokenSeconds),
      r.tokensPerSecond.toFixed(1),
      mib(r.peakMemoryBytes),
    ]),
  ]);
}
