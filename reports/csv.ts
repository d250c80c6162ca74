import { isTimed } from './answer.js';
import { kernelsText, plainText } from './command.js';
import { hardwareOf } from './phases.js';
import type { EndianComparison, PhaseCost, RunResult, RunRoofline, Stacks } from './results.js';

/**
 * Tidy tables: one row an observation, what was varied first, units in the names, numbers in full. Tables of
 * several runs can be put below each other.
 */
type Cell = string | number;
type Column<T> = readonly [name: string, value: (row: T) => Cell];

/** RFC 4180, lines ended by a line feed. */
export function csv<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const lines = [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, value]) => value(row)))];
  return lines.map((line) => `${line.map(cell).join(',')}\n`).join('');
}

function cell(value: Cell): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** A number that only timed runs have. */
const ifTimed = (run: RunResult, value: number): Cell => (isTimed(run) ? value : '');

const factors = <T>(run: RunResult): Column<T>[] => [
  ['model', () => run.model.name],
  ['machine', () => run.machine.preset],
  ['threads', () => run.settings.threads],
  ['kernels', () => kernelsText(run.settings.kernels)],
  ['endian', () => run.settings.endian],
  ['quant', () => run.settings.quant],
];

/** One row a call site. */
export const opsCsv = (run: RunResult): string =>
  csv(
    [
      ...factors<RunResult['ops'][number]>(run),
      ['op', (o) => o.op],
      ['site', (o) => o.site],
      ['layer', (o) => o.layer],
      ['calls', (o) => o.calls],
      ['thread_cycles', (o) => ifTimed(run, o.cycles)],
      ['instructions', (o) => o.instructions],
      ['cycles_per_instruction', (o) => ifTimed(run, o.cycles / o.instructions)],
    ],
    run.ops,
  );

/** With --stack: one row a call site and cause. The causes of a site sum to its cycles. */
export const cpiCsv = ({ stacks, ...run }: RunResult & { readonly stacks: Stacks }): string => {
  const instructions = new Map(run.ops.map((o) => [`${o.op} ${o.site}`, o.instructions]));
  type Row = Stacks['sites'][number] & { readonly leaf: Stacks['leaves'][number]; readonly spent: number };
  const rows = stacks.sites.flatMap((site) =>
    stacks.leaves.map((leaf, i): Row => ({ ...site, leaf, spent: site.cycles[i] })),
  );
  return csv<Row>(
    [
      ...factors<Row>(run),
      ['op', (r) => r.op],
      ['site', (r) => r.site],
      ['layer', (r) => r.layer],
      ['group', (r) => r.leaf.group],
      ['cause', (r) => r.leaf.name],
      ['thread_cycles', (r) => r.spent],
      ['cycles_per_instruction', (r) => r.spent / (instructions.get(`${r.op} ${r.site}`) ?? 0)],
    ],
    rows.filter(({ spent }) => spent > 0),
  );
};

/**
 * One row a phase and component: hardware threads, operations of the kernels, parts of the memory system. Phases are
 * loading and each forward pass; what a component has no such number of stays empty. `count` is of calls, prefetches,
 * stores or barriers.
 */
export function phasesCsv(run: RunResult & { readonly phases: readonly PhaseCost[] }): string {
  const rows = run.phases.flatMap((cost) => componentsOf(run, cost).map((part) => ({ cost, ...part })));
  type Row = (typeof rows)[number];
  const number = (name: string): Column<Row> => [name, ({ numbers }) => numbers[name] ?? ''];
  return csv<Row>(
    [
      ...factors<Row>(run),
      ['phase', ({ cost }) => cost.phase],
      ['position', ({ cost }) => cost.position ?? ''],
      ['positions', ({ cost }) => cost.positions],
      ['time_s', ({ cost }) => cost.seconds],
      ['phase_cycles', ({ cost }) => cost.cycles],
      ['component', ({ component }) => component],
      ...[
        ...['count', 'thread_cycles', 'instructions', 'hits', 'misses', 'wait_cycles', 'read_bytes'],
        ...['written_bytes', 'utilisation'],
      ].map(number),
    ],
    rows,
  );
}

interface Component {
  readonly component: string;
  readonly numbers: Readonly<Record<string, number>>;
}

function componentsOf(run: RunResult, cost: PhaseCost): Component[] {
  const m = hardwareOf(run, cost)?.memory;
  const part = (component: string, numbers: Component['numbers']): Component => ({ component, numbers });
  return [
    ...cost.threads.map(({ thread, instructions }) =>
      part(`core${thread >> 1}.thread${thread & 1}`, { instructions, thread_cycles: cost.cycles }),
    ),
    ...Object.entries(cost.ops).map(([op, { calls, cycles, instructions }]) =>
      part(`op.${op}`, { count: calls, thread_cycles: cycles, instructions }),
    ),
    ...(m === undefined
      ? []
      : [
          part('l1d', { misses: m.l1Misses }),
          part('l1i', { misses: m.fetchMisses, wait_cycles: m.fetchWait / 2 }),
          part('l2.load', { hits: m.l2LoadHits, misses: m.l2LoadMisses, wait_cycles: m.l2PortWait / 2 }),
          part('l2.store', { hits: m.l2StoreHits, misses: m.readsForOwnership }),
          part('missQueue', { count: m.prefetches, wait_cycles: m.missSlotWait / 2 }),
          part('storeGather', { count: m.stores }),
          part('sync', { count: m.barriers, wait_cycles: m.barrierWait / 2 }),
          part('translation', {
            misses: m.eratMisses,
            wait_cycles: m.translationWait / 2,
          }),
          part('bus.read', { wait_cycles: m.requestWait / 2, utilisation: m.busReadUtilisation }),
          part('bus.write', { utilisation: m.busWriteUtilisation }),
          part('dram', {
            hits: m.rowHits,
            misses: m.rowsClosed + m.rowConflicts,
            read_bytes: m.dramReadBytes,
            written_bytes: m.dramWriteBytes,
            utilisation: m.dramUtilisation,
          }),
        ]),
  ];
}

/**
 * With --stack: one row an operation that calculates, then one of all forward passes; beside it what the run's threads
 * can do at most, by the machine's numbers and in loops written for it.
 */
export function rooflineCsv({ roofline, ...run }: RunResult & { readonly roofline: RunRoofline }): string {
  type Row = RunRoofline['points'][number];
  const [vector, scalar, memory] = roofline.ceilings;
  const giga = (name: string, value: number): Column<Row> => [name, () => value / 1e9];
  return csv<Row>(
    [
      ...factors<Row>(run),
      ['op', (p) => p.op],
      ['bytes_are', (p) => p.bytesAre],
      ['flop', (p) => p.flops],
      ['bytes', (p) => p.bytes],
      ['thread_cycles', (p) => p.threadCycles],
      ['intensity_flop_per_byte', (p) => p.flops / p.bytes],
      ['GFLOP_per_s', (p) => p.flopsPerSecond / 1e9],
      ['attainable_GFLOP_per_s', (p) => p.attainable / 1e9],
      ['of_attainable_percent', (p) => (100 * p.flopsPerSecond) / p.attainable],
      giga('vector_peak_GFLOP_per_s', vector.peak),
      giga('vector_sustained_GFLOP_per_s', vector.sustained),
      giga('scalar_peak_GFLOP_per_s', scalar.peak),
      giga('scalar_sustained_GFLOP_per_s', scalar.sustained),
      giga('memory_peak_GB_per_s', memory.peak),
      giga('memory_sustained_GB_per_s', memory.sustained),
    ],
    roofline.points,
  );
}

/** One row a forwarded position. */
export const positionsCsv = (run: RunResult): string =>
  csv(
    [
      ...factors<RunResult['positions'][number]>(run),
      ['phase', (p) => (p.position < run.promptTokens ? 'prompt' : 'decode')],
      ['position', (p) => p.position],
      ['token', (p) => p.token],
      ['piece', (p) => p.piece],
      ['time_s', (p) => ifTimed(run, p.seconds)],
      ['dram_read_bytes', (p) => ifTimed(run, p.dramReadBytes)],
    ],
    run.positions,
  );

/** One row an endian strategy. */
export const endianCsv = (comparison: readonly EndianComparison[]): string =>
  csv(
    [
      ['endian', (c) => c.strategy],
      ['load_s', (c) => c.loadSeconds],
      ['device_read_s', (c) => c.deviceReadSeconds],
      ['convert_s', (c) => c.convertSeconds],
      ['time_to_first_token_s', (c) => c.timeToFirstTokenSeconds],
      ['tokens_per_s', (c) => c.tokensPerSecond],
      ['peak_memory_bytes', (c) => c.peakMemoryBytes],
    ],
    comparison,
  );

/** One row a run. */
export const runsCsv = (runs: readonly { readonly name: string; readonly run: RunResult }[]): string =>
  csv(
    [
      ['run', ({ name }) => name],
      ['version', ({ run }) => run.provenance?.version ?? ''],
      ['model', ({ run }) => run.model.name],
      ['machine', ({ run }) => run.machine.preset],
      ['threads', ({ run }) => run.settings.threads],
      ['placement', ({ run }) => run.settings.placement.join(' ')],
      ['kernels', ({ run }) => kernelsText(run.settings.kernels)],
      ['endian', ({ run }) => run.settings.endian],
      ['quant', ({ run }) => run.settings.quant],
      ['mode', ({ run }) => run.settings.mode],
      ['steps', ({ run }) => run.settings.steps],
      ['context', ({ run }) => run.settings.context],
      ['overrides', ({ run }) => plainText(run.settings.overrides ?? '')],
      ['positions', ({ run }) => run.simulated.positionsForwarded],
      ['cycles', ({ run }) => ifTimed(run, run.simulated.cycles)],
      ['instructions', ({ run }) => run.simulated.instructions],
      ['tokens_per_s', ({ run }) => ifTimed(run, run.simulated.tokensPerSecond)],
      ['decode_tokens_per_s', ({ run }) => ifTimed(run, run.simulated.decodeTokensPerSecond)],
      ['load_s', ({ run }) => ifTimed(run, run.simulated.loadSeconds)],
      ['time_to_first_token_s', ({ run }) => ifTimed(run, run.simulated.timeToFirstTokenSeconds)],
      ['read_GB_per_s', ({ run }) => ifTimed(run, run.simulated.readGBPerSecond)],
      ['read_percent_of_peak', ({ run }) => ifTimed(run, run.simulated.readPercentOfPeak)],
      ['unloaded_latency_cycles', ({ run }) => ifTimed(run, run.simulated.unloadedMemoryLatencyCycles)],
      ['peak_memory_bytes', ({ run }) => run.simulated.peakMemoryBytes],
    ],
    runs,
  );
