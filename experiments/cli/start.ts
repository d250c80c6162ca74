import type { Command } from 'commander';
import type { EndianComparison, RunResult } from '../../reports/results.js';
import type { RunOptions, RunRequest } from '../run/request.js';
import { type RunObserver, simulate } from '../run/simulate.js';
import { run, runOptions } from './run.js';
import { duration, formatTable, mib } from './table.js';

/** Strategies compared: the quick look leaves out those that differ little. */
const COMPARED = ['offline', 'load-copy', 'load-scalar', 'load-vperm', 'fused-vperm'] as const;

/** Tokens behind the prompt that each of the compared strategies writes: enough for a steady rate. */
const COMPARED_TOKENS = 18;

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
  process.stderr.write(
    `A language model's forward pass as PowerPC machine code on a simulated Xbox 360 (${options.machine}).\n\n`,
  );
  await run(options, { make: compareEndian, textOf: comparisonTable });
}

/** The same short run under every strategy, none where there is no time to compare; those that are done if interrupted. */
async function compareEndian(
  request: RunRequest,
  story: RunResult,
  { onProgress, goesOn }: RunObserver,
): Promise<EndianComparison[] | undefined> {
  if (request.mode === 'functional') return undefined;
  const steps = Math.min(story.settings.steps, story.promptTokens + COMPARED_TOKENS);
  const comparison: EndianComparison[] = [];
  for (const endian of COMPARED) {
    const result = await simulate(
      {
        ...request,
        endian,
        steps,
        context: steps,
        ignoreEos: true,
        stack: undefined,
        logits: undefined,
        saveSnapshot: undefined,
        fromSnapshot: undefined,
      },
      { goesOn, onProgress: (text) => onProgress?.(() => `${endian}: ${text()}`) },
    );
    if (result.interrupted) break;
    comparison.push(comparedOf(endian, result));
  }
  return comparison.length > 0 ? comparison : undefined;
}

function comparedOf(strategy: string, { simulated: s }: RunResult): EndianComparison {
  return {
    strategy,
    positions: s.positionsForwarded,
    loadSeconds: s.loadSeconds,
    deviceReadSeconds: s.deviceReadSeconds,
    convertSeconds: s.convertSeconds,
    timeToFirstTokenSeconds: s.timeToFirstTokenSeconds,
    tokensPerSecond: s.tokensPerSecond,
    peakMemoryBytes: s.peakMemoryBytes,
  };
}

function comparisonTable(rows: readonly EndianComparison[]): string {
  const table = formatTable([
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
  return `Endian strategies, each in a run of ${rows[0].positions} positions\n\n${table}`;
}
