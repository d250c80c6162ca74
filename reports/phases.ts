import { hardwareStatistics } from './hardware-stats.js';
import type { Hardware, PhaseCost, RunResult } from './results.js';
import type { Statistic } from './statistic.js';

/** Phases put together, or one of them, under a name. */
export interface Dump {
  /** `load`, `prefill`, `decode`, or `decode token 7`: the pass fed position 7. */
  readonly name: string;
  readonly cost: PhaseCost;
}

/** What statistics are told of: loading, the prompt, decoding, and then every pass of decoding. */
export function dumpsOf({ phases = [] }: RunResult): Dump[] {
  const of = (phase: PhaseCost['phase']) => phases.filter((cost) => cost.phase === phase);
  const whole = (['load', 'prefill', 'decode'] as const).flatMap((phase): Dump[] => {
    const parts = of(phase);
    return parts.length === 0 ? [] : [{ name: phase, cost: parts.reduce(together) }];
  });
  const tokens = of('decode').map((cost): Dump => ({ name: `decode token ${cost.position}`, cost }));
  return [...whole, ...tokens];
}

/** Two phases as one: everything is a sum, so that ratios are made anew. */
function together(a: PhaseCost, b: PhaseCost): PhaseCost {
  const instructions = new Map(b.threads.map((one) => [one.thread, one.instructions]));
  return {
    phase: a.phase,
    ...(a.position === undefined ? {} : { position: a.position }),
    positions: a.positions + b.positions,
    cycles: a.cycles + b.cycles,
    seconds: a.seconds + b.seconds,
    spinInstructions: a.spinInstructions + b.spinInstructions,
    threads: a.threads.map((one) => ({
      ...one,
      instructions: one.instructions + (instructions.get(one.thread) ?? 0),
    })),
    ops: merged(a.ops, b.ops, (x, y) => ({
      calls: x.calls + y.calls,
      cycles: x.cycles + y.cycles,
      instructions: x.instructions + y.instructions,
    })),
    ...(a.memory === undefined || b.memory === undefined
      ? {}
      : { memory: merged(a.memory, b.memory, (x, y) => x + y) }),
  };
}

function merged<T>(
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
  add: (x: T, y: T) => T,
): Record<string, T> {
  const sums: Record<string, T> = { ...a };
  for (const [name, value] of Object.entries(b))
    sums[name] = sums[name] === undefined ? value : add(sums[name], value);
  return sums;
}

/** Names of counters that reports read: those that have not moved are 0. */
const COUNTERS = [
  ...['l1Misses', 'l1Invalidations', 'fetchMisses', 'fetchesAhead', 'fetchWait', 'fetchL2Misses'],
  ...['l2LoadHits', 'l2LoadHitsInFlight', 'l2LoadMisses', 'l2StoreHits', 'readsForOwnership', 'l2PortWait'],
  ...['castouts', 'prefetches', 'prefetchesDropped', 'missSlotWait', 'stores', 'gatherDrains', 'barriers'],
  ...['barrierWait', 'eratMisses', 'tlbMisses', 'translationWait', 'requestWait', 'rowHits', 'rowsClosed'],
  ...['rowConflicts', 'dramReadBytes', 'dramWriteBytes', 'busReadBusy', 'busWriteBusy', 'dramBusy'],
] as const;

/** Counters of a phase as those of a run are, the shares of its time included. */
export function hardwareOf(run: RunResult, { memory, threads, cycles }: PhaseCost): Hardware | undefined {
  if (memory === undefined) return undefined;
  const counters: Record<string, number> = Object.fromEntries(COUNTERS.map((name) => [name, 0]));
  Object.assign(counters, memory);
  const share = (busy: number): number => busy / (2 * cycles);
  return {
    threads,
    memory: {
      ...counters,
      busReadUtilisation: share(counters.busReadBusy),
      busWriteUtilisation: share(counters.busWriteBusy),
      dramUtilisation: share(counters.dramBusy) / Number(run.machine['dram.controllers']),
    },
  };
}

/** The statistics of one phase, paths as those of the run. */
export function phaseStatistics(run: RunResult, { name, cost }: Dump): Statistic[] {
  const { cycles, seconds, spinInstructions, threads, position, positions } = cost;
  const retired = threads.reduce((sum, { instructions }) => sum + instructions, 0) - spinInstructions;
  const hardware = hardwareOf(run, cost);
  const read = hardware?.memory.dramReadBytes;
  return [
    ['phase', name, 'What this part of the statistics is of', 'text'],
    ...(position === undefined
      ? []
      : [['firstPosition', position, 'Position of its first token', 'count'] as const]),
    ['positions', positions, 'Positions forwarded', 'count'],
    ['simSeconds', seconds, 'Simulated time, the device included', 's'],
    ['simTicks', 2 * cycles, 'The same of the guest alone, in half-cycles', 'tick'],
    ['numCycles', cycles, 'CPU cycles of the guest', 'cycle'],
    ['simInsts', retired, 'Instructions retired, without spinning', 'count'],
    ['spinInsts', spinInstructions, 'Instructions retired while spinning at barriers', 'count'],
    ['ipc', retired / cycles, 'Instructions per cycle, all threads together', 'count/cycle'],
    ['cpi', cycles / retired, 'Cycles per instruction, all threads together', 'cycle/count'],
    ...(read === undefined
      ? []
      : ([
          ['xenon.dram.bytesRead', read, 'Bytes read from memory', 'B'],
          ['xenon.dram.bytesWritten', hardware?.memory.dramWriteBytes, 'Bytes written to memory', 'B'],
          ['xenon.dram.bytesReadPerToken', read / positions, 'Bytes read a position', 'B'],
          ['xenon.bus.readRate', read / seconds / 1e9, 'Bytes read a second', 'GB/s'],
          [
            'xenon.bus.readUtilisation',
            hardware?.memory.busReadUtilisation,
            'Utilisation of the read bus',
            'ratio',
          ],
        ] as Statistic[])),
    ...(hardware === undefined ? [] : hardwareStatistics(hardware, cycles)),
    ...Object.entries(cost.ops).flatMap(([op, { calls, cycles: spent, instructions }]): Statistic[] => [
      [`op.${op}.threadCycles`, spent, 'Cycles summed over threads', 'cycle'],
      [`op.${op}.insts`, instructions, 'Instructions retired', 'count'],
      [`op.${op}.calls`, calls, 'Calls of the kernel', 'count'],
      [`op.${op}.cpi`, spent / instructions, 'Thread-cycles per instruction', 'cycle/count'],
    ]),
  ];
}
