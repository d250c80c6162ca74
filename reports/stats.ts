import { ascending, rollup, sum } from 'd3';
import { trafficByPhase } from './charts/bus.js';
import { byOperation, placeOf } from './charts/ops.js';
import { kernelsText } from './command.js';
import { hardwareStatistics } from './hardware-stats.js';
import { visibleText } from './markup.js';
import { dumpsOf, phaseStatistics } from './phases.js';
import type { RunResult } from './results.js';
import type { Statistic } from './statistic.js';

/** The statistics of a run by path, in a stable order; names are gem5's where the meaning is the same. */
export function statistics(run: RunResult): Statistic[] {
  const s = run.simulated;
  const { settings } = run;
  return [
    ['simSeconds', s.seconds, 'Simulated time of the forward passes', 's'],
    ['simTicks', 2 * s.cycles, 'The same in half-cycles, the unit of the simulator', 'tick'],
    ['simFreq', (2 * s.cycles) / s.seconds, 'Half-cycles a second', '1/s'],
    ['numCycles', s.cycles, 'CPU cycles of the forward passes', 'cycle'],
    ['simInsts', s.instructions, 'Instructions retired, without spinning', 'count'],
    ['spinInsts', s.spinInstructions, 'Instructions retired while spinning at barriers', 'count'],
    ['ipc', s.ipc, 'Instructions per cycle, all threads together', 'count/cycle'],
    ['cpi', 1 / s.ipc, 'Cycles per instruction, all threads together', 'cycle/count'],
    ['model.name', run.model.name, 'Language model', 'text'],
    ['machine.preset', run.machine.preset, 'Machine', 'text'],
    ['settings.threads', settings.threads, 'Hardware threads', 'count'],
    ['settings.kernels', kernelsText(settings.kernels), 'Kernel variant, then exceptions', 'text'],
    ['settings.endian', settings.endian, 'How little-endian weights become usable', 'text'],
    ['settings.quant', settings.quant, 'Type of the weights', 'text'],
    ['tokens.prompt', run.promptTokens, 'Tokens of the prompt', 'count'],
    ['tokens.forwarded', s.positionsForwarded, 'Positions forwarded', 'count'],
    ['tokens.perSecond', s.tokensPerSecond, 'Positions after the first over their time', '1/s'],
    ['tokens.decodePerSecond', s.decodeTokensPerSecond, 'The same without the prompt', '1/s'],
    ['load.seconds', s.loadSeconds, 'Time to load the model', 's'],
    ['load.deviceReadSeconds', s.deviceReadSeconds, 'Reading from the device', 's'],
    ['load.convertSeconds', s.convertSeconds, 'Converting in the guest', 's'],
    ['load.timeToFirstToken', s.timeToFirstTokenSeconds, 'From the start of loading to the first token', 's'],
    ['prefillSeconds', s.prefillSeconds, 'Time of the prompt', 's'],
    ['xenon.dram.bytesRead', s.dramReadBytes, 'Bytes read from memory', 'B'],
    ['xenon.dram.bytesWritten', s.dramWriteBytes, 'Bytes written to memory', 'B'],
    ['xenon.bus.readRate', s.readGBPerSecond, 'Bytes read a second', 'GB/s'],
    ['xenon.bus.readPercentOfPeak', s.readPercentOfPeak, 'The same of the peak of the read bus', 'percent'],
    ['xenon.bus.readUtilisation', s.busReadUtilisation, 'Utilisation of the read bus', 'ratio'],
    ...(run.memory === undefined
      ? []
      : ([
          ['xenon.memory.peakUsedBytes', run.memory.peakUsedBytes, 'Most bytes that held something', 'B'],
          ['xenon.memory.largestContext', run.memory.largestContext, 'Largest context that fits', 'count'],
        ] as const)),
    ...(run.streaming === undefined
      ? []
      : ([
          ['xenon.stream.bytesPerPass', run.streaming.bytesPerPass, 'Weights brought for each pass', 'B'],
          [
            'xenon.stream.waitSeconds',
            run.streaming.waitSeconds,
            'Time that all threads waited for them',
            's',
          ],
        ] as const)),
    ['xenon.memory.peakBytes', s.peakMemoryBytes, 'Most memory in use at one time', 'B'],
    [
      'xenon.memory.unloadedLatency',
      s.unloadedMemoryLatencyCycles,
      'A load of a chase through memory, nothing else running',
      'cycle',
    ],
    ...trafficByPhase(run.positions, run.promptTokens)
      .filter(({ phase }) => phase !== 'all positions')
      .flatMap(({ phase, bytesPerToken, gigabytesPerSecond }): Statistic[] => [
        [`xenon.dram.${phase}.bytesPerToken`, bytesPerToken, `Bytes read per token, ${phase}`, 'B'],
        [`xenon.dram.${phase}.readRate`, gigabytesPerSecond, `Bytes read a second, ${phase}`, 'GB/s'],
      ]),
    ...(run.hardware === undefined ? [] : hardwareStatistics(run.hardware, s.cycles)),
    ...byOperation(run.ops).flatMap(({ op, cycles, instructions, calls }): Statistic[] => [
      [`op.${dotted(op)}.threadCycles`, cycles, 'Cycles summed over threads', 'cycle'],
      [`op.${dotted(op)}.insts`, instructions, 'Instructions retired', 'count'],
      [`op.${dotted(op)}.calls`, calls, 'Calls of the kernel', 'count'],
      [`op.${dotted(op)}.cpi`, cycles / instructions, 'Thread-cycles per instruction', 'cycle/count'],
    ]),
    ...placeCycles(run),
    ...run.memoryMap.map(
      (r): Statistic => [
        `memory.${dotted(r.name)}.bytes`,
        r.bytes,
        `Region at ${r.start}, owner ${valueText(r.owner)}`,
        'B',
      ],
    ),
  ];
}

function placeCycles({ ops }: RunResult): Statistic[] {
  const cycles = rollup(
    ops,
    (parts) => sum(parts, (p) => p.cycles),
    (o) => placeOf(o).label,
  );
  const order = new Map(ops.map((o) => [placeOf(o).label, placeOf(o).order]));
  return [...cycles]
    .sort(([a], [b]) => ascending(order.get(a), order.get(b)))
    .map(
      ([place, value]): Statistic => [
        `place.${dotted(place)}.threadCycles`,
        value,
        'Cycles summed over threads',
        'cycle',
      ],
    );
}

const dotted = (text: string): string => text.replace(/[^A-Za-z0-9_]+/g, '.').replace(/^\.|\.$/g, '');

/** A group of statistics: numbers and texts by name, and groups within it. */
export interface StatisticGroup {
  readonly [name: string]: number | string | null | StatisticGroup;
}

/**
 * stats.json: the same nested by component, plain numbers; null for 0/0. A name that is a group as well keeps its
 * own number as `total`. Phases of the run stand below `phases`, passes of decoding below `tokens` by position.
 */
export function statsTree(run: RunResult): StatisticGroup {
  const phases: Record<string, StatisticGroup> = {};
  const tokens: Record<string, StatisticGroup> = {};
  for (const dump of dumpsOf(run)) {
    const tree = treeOf(phaseStatistics(run, dump));
    if (dump.name === dump.cost.phase) phases[dump.name] = tree;
    else tokens[`${dump.cost.position}`] = tree;
  }
  return {
    ...treeOf(statistics(run)),
    ...(run.phases === undefined ? {} : { phases, tokens }),
  };
}

function treeOf(statistics: readonly Statistic[]): StatisticGroup {
  type Open = Record<string, number | string | null | object>;
  const root: Open = {};
  for (const [path, value] of statistics) {
    const names = path.split('.');
    const last = names.pop() as string;
    let group = root;
    for (const name of names) {
      const inner = group[name];
      if (typeof inner !== 'object' || inner === null)
        group[name] = inner === undefined ? {} : { total: inner };
      group = group[name] as Open;
    }
    const plain = typeof value === 'number' && !Number.isFinite(value) ? null : value;
    const inner = group[last];
    if (typeof inner === 'object' && inner !== null) (inner as Open).total = plain;
    else group[last] = plain;
  }
  return root as StatisticGroup;
}

/**
 * gem5's stats.txt: one statistic a line, aligned. The first dump is of the whole run; its phases follow: loading, the
 * prompt, decoding (on warm caches: the prompt has gone before), and each pass of decoding.
 */
export const statsText = (run: RunResult): string =>
  [statistics(run), ...dumpsOf(run).map((dump) => phaseStatistics(run, dump))].map(dumpText).join('\n');

function dumpText(statistics: readonly Statistic[]): string {
  const rows = statistics.map(([path, value, sentence, unit]) => [path, valueText(value), sentence, unit]);
  const width = (column: number) => Math.max(...rows.map((row) => row[column].length));
  const [names, values] = [width(0), width(1)];
  const lines = rows.map(
    ([path, value, sentence, unit]) =>
      `${path.padEnd(names)}  ${value.padStart(values)}  # ${sentence} (${unit})`,
  );
  return [
    '---------- Begin Simulation Statistics ----------',
    ...lines,
    '---------- End Simulation Statistics   ----------',
    '',
  ].join('\n');
}

function valueText(value: number | string): string {
  if (typeof value === 'string') return visibleText(value).replace(/\s+/g, '_');
  if (!Number.isFinite(value)) return 'nan';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(9)));
}
