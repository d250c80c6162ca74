import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import type { RunResult } from '../../reports/results.js';
import type { NamedRun } from '../../reports/settings.js';
import { UsageError } from '../../sim/machine/errors.js';

const SCHEMA = 'xenon-run/1';

/** JSON has no NaN: a ratio of nothing is null in the file. */
const ratio = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const whole = z.int();

const comparison = z.looseObject({
  strategy: z.string(),
  positions: whole.optional(),
  loadSeconds: z.number(),
  deviceReadSeconds: z.number(),
  convertSeconds: z.number(),
  timeToFirstTokenSeconds: z.number(),
  tokensPerSecond: ratio,
  peakMemoryBytes: z.number(),
});

export const threat = z.looseObject({
  path: z.string(),
  value: z.union([z.number(), z.boolean(), z.string()]),
  unit: z.string(),
  low: z.number().optional(),
  high: z.number().optional(),
  choices: z.array(z.union([z.boolean(), z.string()])).optional(),
  grade: z.string(),
  note: z.string().optional(),
});

const memory = z.looseObject({
  poolBytes: z.number(),
  allocatedBytes: z.number(),
  peakUsedBytes: z.number(),
  footprint: z.array(
    z.looseObject({ event: z.string(), seconds: z.number(), bytes: z.record(z.string(), z.number()) }),
  ),
  largestContext: whole,
  modelContext: whole,
  alternatives: z.array(
    z.looseObject({
      quant: z.string(),
      kvCache: z.string(),
      missingBytes: z.number(),
      largestContext: whole,
    }),
  ),
});

const phase = z.looseObject({
  phase: z.enum(['load', 'prefill', 'decode']),
  position: whole.optional(),
  positions: whole,
  cycles: z.number(),
  seconds: z.number(),
  spinInstructions: z.number(),
  threads: z.array(z.looseObject({ thread: whole, instructions: z.number() })),
  ops: z.record(
    z.string(),
    z.looseObject({ calls: z.number(), cycles: z.number(), instructions: z.number() }),
  ),
  memory: z.record(z.string(), z.number()).optional(),
});

const streaming = z.looseObject({
  device: z.string(),
  residentLayers: whole,
  streamedLayers: whole,
  buffers: whole,
  bytesPerPass: z.number(),
  bytes: z.number(),
  waitSeconds: z.number(),
});

/** run.json as reports need it; more fields are welcome. */
const runFile = z.looseObject({
  schema: z.literal(SCHEMA),
  tokens: z.array(whole),
  text: z.string().nullable(),
  promptTokens: whole,
  model: z.looseObject({ name: z.string(), sha256: z.string() }),
  machine: z.looseObject({ preset: z.string() }),
  settings: z.looseObject({
    threads: whole,
    placement: z.array(whole),
    kernels: z.record(z.string(), z.string()),
    endian: z.string(),
    quant: z.string(),
    mode: z.string(),
    prompt: z.string(),
    steps: whole,
    temperature: z.number(),
    topP: z.number(),
    seed: z.number(),
    context: whole,
  }),
  simulated: z.looseObject({
    cycles: z.number(),
    seconds: z.number(),
    instructions: z.number(),
    spinInstructions: z.number(),
    ipc: ratio,
    tokensPerSecond: ratio,
    decodeTokensPerSecond: ratio,
    prefillSeconds: z.number(),
    positionsForwarded: whole,
    loadSeconds: z.number(),
    deviceReadSeconds: z.number(),
    convertSeconds: z.number(),
    timeToFirstTokenSeconds: z.number(),
    dramReadBytes: z.number(),
    dramWriteBytes: z.number(),
    busReadUtilisation: ratio,
    readGBPerSecond: ratio,
    readPercentOfPeak: ratio,
    unloadedMemoryLatencyCycles: z.number(),
    peakMemoryBytes: z.number(),
  }),
  hardware: z
    .looseObject({
      threads: z.array(z.looseObject({ thread: whole, instructions: z.number() })),
      memory: z.record(z.string(), ratio),
    })
    .optional(),
  ops: z.array(
    z.looseObject({
      op: z.string(),
      site: z.string(),
      layer: whole,
      calls: z.number(),
      cycles: z.number(),
      instructions: z.number(),
    }),
  ),
  phases: z.array(phase).optional(),
  positions: z.array(
    z.looseObject({
      position: whole,
      token: whole,
      piece: z.string(),
      seconds: z.number(),
      dramReadBytes: z.number(),
    }),
  ),
  memoryMap: z.array(
    z.looseObject({ name: z.string(), owner: z.string(), start: z.number(), bytes: z.number() }),
  ),
  memory: memory.optional(),
  streaming: streaming.optional(),
  threats: z.array(threat).optional(),
  comparison: z.array(comparison).optional(),
  provenance: z.looseObject({ command: z.string(), version: z.string(), code: z.string() }).optional(),
});

const hostFile = z.looseObject({ seconds: z.number(), loadSeconds: z.number().optional(), mips: z.number() });

/** Every run below the folders, by the shortest end of its path that tells it apart; none at all is a usage error. */
export function readRuns(folders: readonly string[]): NamedRun[] {
  const byPlace = new Map(folders.flatMap(runFilesBelow).map((file) => [relative('.', file), file]));
  const [places, files] = [[...byPlace.keys()], [...byPlace.values()]];
  if (files.length === 0) {
    throw new UsageError(
      `no run.json below ${folders.join(', ')}: make one with xenon run, or name a folder of results`,
    );
  }
  const names = tellingEnds(places.map(dirname));
  return files.map((file, i) => ({ name: names[i], run: readRun(file) }));
}

/** Of each path as many of its last parts as no other one ends with. */
function tellingEnds(paths: readonly string[]): string[] {
  const ends = paths.map((path) => path.split('/').map((_, i, parts) => parts.slice(-1 - i).join('/')));
  const times = new Map<string, number>();
  for (const end of ends.flat()) times.set(end, (times.get(end) ?? 0) + 1);
  return ends.map((own, i) => own.find((end) => times.get(end) === 1) ?? paths[i]);
}

/** Paths of run.json files; folders whose name begins with a dot are unfinished runs. */
function runFilesBelow(folder: string): string[] {
  if (!existsSync(folder)) throw new UsageError(`results not found: ${folder}`);
  if (!statSync(folder).isDirectory()) {
    if (basename(folder) === 'run.json') return [folder];
    throw new UsageError(`${folder} is a file: name a run directory, or a folder of them`);
  }
  if (existsSync(join(folder, 'run.json'))) return [join(folder, 'run.json')];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => runFilesBelow(join(folder, name)));
}

/** One run with its host object, checked. */
export function readRun(file: string): RunResult {
  const value = parseJson(file);
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (schema !== SCHEMA) {
    const found = schema === undefined ? 'it has no schema field' : `its schema is '${String(schema)}'`;
    throw new UsageError(`${file}: ${found}, this version of xenon reads '${SCHEMA}'`);
  }
  const beside = join(dirname(file), 'host.json');
  const host = existsSync(beside)
    ? checkFile(hostFile, parseJson(beside), beside)
    : { seconds: Number.NaN, mips: Number.NaN };
  return { ...(checkFile(runFile, value, file) as Omit<RunResult, 'host'>), host };
}

/** Content of a JSON file; what is none is a usage error. */
export function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} cannot be read as JSON: ${(error as Error).message}`);
  }
}

const MOST_PROBLEMS = 5;

/** The value if it has the form that `command` writes, else a usage error with the first problems. */
export function checkFile<T>(schema: z.ZodType<T>, value: unknown, file: string, command = 'xenon run'): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the whole file'}: ${message}`,
  );
  const more = problems.length - MOST_PROBLEMS;
  const shown = problems.slice(0, MOST_PROBLEMS).join('\n  ');
  throw new UsageError(
    `${file} is not a result of ${command}:\n  ${shown}${more > 0 ? `\n  and ${more} more` : ''}`,
  );
}
