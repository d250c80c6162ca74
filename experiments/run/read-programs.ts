import { existsSync, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { z } from 'zod';
import type { ProgramRun } from '../../reports/programs.js';
import { UsageError } from '../../sim/machine/errors.js';
import { checkFile, parseJson } from './read.js';

const span = {
  instructions: z.number(),
  cycles: z.number().nullable(),
  loadHitStoreCycles: z.number().nullable(),
};

/** What `xenon exec --json FILE` writes, as the report needs it; more fields are welcome. */
const execFile = z.looseObject({
  schema: z.literal('xenon-exec/1'),
  program: z.looseObject({ arguments: z.array(z.string()) }),
  machine: z.looseObject({ preset: z.string(), overrides: z.array(z.string()) }),
  simulated: z.looseObject(span),
  roi: z.looseObject({ ...span, symbol: z.string() }).nullable(),
  functions: z.array(
    z.looseObject({
      name: z.string(),
      cycles: z.number(),
      instructions: z.number(),
      loadHitStoreCycles: z.number(),
    }),
  ),
});

/** Whether a source of a report is what `xenon exec --json FILE` wrote. */
export function isProgramFile(path: string): boolean {
  if (extname(path) !== '.json' || !existsSync(path) || !statSync(path).isFile()) return false;
  return (parseJson(path) as { schema?: unknown } | null)?.schema === 'xenon-exec/1';
}

/** Reads a result of `xenon exec --json FILE`. */
export function readProgram(path: string): ProgramRun {
  const { program, machine, simulated, roi, functions } = checkFile(
    execFile,
    parseJson(path),
    path,
    'xenon exec',
  );
  const { instructions, cycles, loadHitStoreCycles } = roi ?? simulated;
  if (cycles === null || loadHitStoreCycles === null)
    throw new UsageError(`${path}: a run without timing has no cycles to compare (--mode detailed)`);
  return {
    name: basename(path, '.json'),
    machine: [machine.preset, ...machine.overrides].join(', '),
    arguments: program.arguments,
    roi: roi?.symbol,
    instructions,
    cycles,
    loadHitStoreCycles,
    functions,
  };
}
