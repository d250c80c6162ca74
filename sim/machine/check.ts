import { TIMING_CLASSES } from '../isa/row.js';
import { dramTicks } from '../memory/dram-parts.js';
import { L1_SETS, L1_WAYS } from '../memory/wasm/l1-set.js';
import type { Described } from './describe.js';
import { GRADES, isParam, leaves, type Param, UNITS } from './record.js';
import { resolve } from './resolve.js';
import { SOURCES, sourceKeys } from './sources.js';
import type { MachineConfig } from './xbox360.js';

/** Paths whose value must be a power of two, since addresses are cut by them. */
const POWERS_OF_TWO = [
  'core.predictorCounters',
  'core.linkStackEntries',
  'l1d.sizeBytes',
  'l1d.ways',
  'l1i.sizeBytes',
  'l1i.ways',
  'l2.sizeBytes',
  'l2.ways',
  'storeGather.bytes',
  'dram.controllers',
  'dram.banks',
  'dram.rowBytes',
  'dram.interleaveBytes',
  'dram.channelBytes',
  'dram.burstTransfers',
  'gpu.trafficRunLines',
  'translation.eratEntries',
  'translation.eratPageLimit',
  'translation.tlbEntries',
];

/** Units without fractions: what is counted, and times, which clocks give. Rates, shares and nanoseconds have them. */
const WHOLE_UNITS: readonly string[] = ['cycles', 'tCK', 'B', 'count'];

/** The number nearest to `x` that the machine itself may have there: `--set` may ask for half a cycle, too. */
export function nearestPossible({ path, unit }: Pick<Described, 'path' | 'unit'>, x: number): number {
  if (POWERS_OF_TWO.includes(path)) return nearestPowerOfTwo(x);
  return WHOLE_UNITS.includes(unit) ? Math.round(x) : Number(x.toPrecision(6));
}

/** Nearest as ratios go; `x` is 1 at least. */
function nearestPowerOfTwo(x: number): number {
  const below = 2 ** (31 - Math.clz32(x));
  return x * x < 2 * below * below ? below : 2 * below;
}

/** Largest values that the simulator's fixed layouts can hold, and smallest ones that make sense. */
const LIMITS: readonly (readonly [path: string, low: number, high: number])[] = [
  ['core.count', 1, 3],
  ['core.predictorHistoryBits', 0, 16],
  ['core.threadsPerCore', 1, 2],
  ['core.vectorQueueEntries', 1, 31],
  ['core.storeQueueEntries', 1, 31],
  ['core.predictorCounters', 2, 4096],
  ['core.linkStackEntries', 1, 16],
  ['missQueue.entries', 1, 32],
  ['readForOwnership.entries', 1, 16],
  ['storeGather.buffers', 1, 16],
  ['l1i.sizeBytes', 1024, 1024 * 1024],
  ['l1i.ways', 1, 8],
  // With the most ways still as many sets as the L1 caches have, which memory/wasm/caches.ts counts on.
  ['l2.sizeBytes', 64 * 1024, 16 * 1024 * 1024],
  ['l2.ways', 1, 8],
  ['l2.castoutBuffers', 1, 32],
  ['l2.portCyclesPerLine', 0, 1000],
  ['bus.requestsInFlight', 1, 64],
  ['bus.readBandwidth', 0.01, 1000],
  ['bus.writeBandwidth', 0.01, 1000],
  ['bus.efficiency', 1, 100],
  ['memory.requestShare', 0, 100],
  ['dram.controllers', 1, 4],
  ['dram.banks', 1, 16],
  ['dram.clock', 1, 10_000],
  ['dram.writeBatchLines', 1, 1024],
  ['dram.burstTransfers', 2, 32],
  ['dram.casLatency', 1, 100],
  ['dram.writeLatency', 1, 100],
  ['dram.tRcdRead', 1, 100],
  ['dram.tRp', 1, 100],
  ['dram.tRas', 0, 100],
  ['dram.tRc', 0, 100],
  ['dram.tRrd', 1, 25],
  ['dram.tCcd', 1, 25],
  ['dram.tRtp', 1, 100],
  ['dram.tWtr', 0, 100],
  ['dram.tWr', 0, 100],
  ['translation.eratWays', 1, 64],
  ['translation.eratEntries', 1, 4096],
  ['translation.tlbWays', 1, 64],
  ['translation.tlbEntries', 1, 65_536],
  ['gpu.trafficRunLines', 1, 4096],
  ['gpu.trafficWriteShare', 0, 100],
  ['clock', 0.001, 100],
  ['timeBaseDivider', 1, 1_000_000],
  ['core.takenBranchCycles', 1, 10_000],
  ['quantumCycles', 16, 1_000_000],
  ['crowdedLeadCycles', 1, 1_000_000],
  ['smt.windowCycles', 8, 100_000],
];

/** The longest time of any record, cycles: sums of a few must fit 32 bits of half-cycles between two re-basings. */
const LONGEST_CYCLES = 100_000;

/** Every reason why the machine cannot be simulated; empty for a good one. */
export function checkMachine(machine: MachineConfig): string[] {
  const problems: string[] = [];
  for (const name of TIMING_CLASSES) {
    for (const table of ['latency', 'block', 'unit', 'pairs'] as const) {
      const node: Param | undefined = machine.core[table][name];
      if (node === undefined || !isParam(node)) problems.push(`core.${table}.${name} is missing`);
    }
  }
  const all = new Map(leaves(machine).map(({ path, param }) => [path, param]));
  for (const [path, param] of all) problems.push(...recordProblems(path, param));
  for (const path of POWERS_OF_TWO) {
    const value = Number(all.get(path)?.value);
    if (!(value >= 1 && Number.isInteger(value) && (value & (value - 1)) === 0)) {
      const near = 2 ** (31 - Math.clz32(Math.max(1, 1.5 * value)));
      problems.push(`${path} is ${value}, not a power of two (${near} would be one)`);
    }
  }
  for (const [path, low, high] of LIMITS) {
    const value = Number(all.get(path)?.value);
    if (!(value >= low && value <= high)) problems.push(`${path} is ${value}, outside ${low} to ${high}`);
  }
  if (problems.length === 0) problems.push(...structureProblems(machine));
  return problems;
}

/** What is wrong with one record by itself. */
export function recordProblems(path: string, param: Param): string[] {
  const problems: string[] = [];
  for (const key of sourceKeys(param.source)) {
    if (!Object.hasOwn(SOURCES, key)) problems.push(`${path} has the unknown source '${key}'`);
  }
  if (!GRADES.includes(param.grade)) problems.push(`${path} has the unknown grade '${param.grade}'`);
  if (!UNITS.includes(param.unit)) problems.push(`${path} has the unknown unit '${param.unit}'`);
  if ((param.grade === 'inferred' || param.grade === 'unverified') && param.note === undefined) {
    problems.push(`${path} is ${param.grade} without a reason`);
  }
  if ('untuned' in param && param.untuned !== undefined && param.unit !== 'flag') {
    const { untuned, low, high } = param;
    if (!(low <= untuned && untuned <= high) && param.grade !== 'override')
      problems.push(`${path} was ${untuned} before tuning, outside its range ${low} to ${high}`);
  }
  if ('low' in param) {
    if (!(Number.isFinite(param.value) && param.low <= param.value && param.value <= param.high)) {
      problems.push(`${path} is ${param.value}, outside its range ${param.low} to ${param.high}`);
    }
    if (param.unit === 'cycles' && Math.abs(param.value) > LONGEST_CYCLES)
      problems.push(`${path} is ${param.value} cycles: at most ${LONGEST_CYCLES} are modelled`);
  } else if (!(param.choices as readonly unknown[]).includes(param.value)) {
    problems.push(`${path} is ${param.value}, not one of ${param.choices.join(', ')}`);
  }
  return problems;
}

/** What must fit together between records. */
function structureProblems(machine: MachineConfig): string[] {
  const problems: string[] = [];
  const { l1d, l2, l1i, memoryMap } = machine;
  for (const [name, lines] of [
    ['l1d', l1d],
    ['l1i', l1i],
    ['l2', l2],
  ] as const) {
    if (lines.lineBytes.value !== 128 && !machine.plainMemory.enabled.value)
      problems.push(`${name}.lineBytes is ${lines.lineBytes.value}: only 128 is modelled`);
  }
  const l1Sets = l1d.sizeBytes.value / (l1d.ways.value * 128);
  const isConsoles = !machine.plainMemory.enabled.value;
  if (isConsoles && (l1Sets !== L1_SETS || l1d.ways.value !== L1_WAYS)) {
    const modelled = `${L1_SETS} of ${L1_WAYS}`;
    problems.push(`l1d has ${l1Sets} sets of ${l1d.ways.value} ways: only ${modelled} are modelled`);
  }
  // Translated code takes two lines in a row never to be in each other's places.
  if (isConsoles && l1i.sizeBytes.value < 2 * 128 * l1i.ways.value)
    problems.push(`l1i.sizeBytes is ${l1i.sizeBytes.value}: at least two sets are modelled`);
  if (machine.core.window.entries.value > 0 && isConsoles)
    problems.push('core.window.entries: an issue window needs plainMemory.enabled');
  if (!isConsoles && machine.core.window.entries.value === 0)
    problems.push('plainMemory.enabled: only machines with an issue window have it');
  if (l2.lockedWays.value >= l2.ways.value) problems.push('l2.lockedWays leaves no way to the CPU');
  if (storeGatherBytesBad(machine.storeGather.bytes.value))
    problems.push('storeGather.bytes must be 16 to 128');
  if (memoryMap.totalBytes.value > 512 * 2 ** 20)
    problems.push('memoryMap.totalBytes: at most 512 MiB are modelled');
  if (memoryMap.topReservationBytes.value > memoryMap.totalBytes.value / 2) {
    problems.push('memoryMap.topReservationBytes takes more than half of the memory');
  }
  if (isConsoles) problems.push(...dramProblems(machine));
  if (isConsoles && l2.latencyCycles.value > machine.memory.latencyCycles.value)
    problems.push(`l2.latencyCycles is ${l2.latencyCycles.value}, more than memory.latencyCycles`);
  const path = latencyParts(machine);
  if (isConsoles && path.fixed < 0) {
    problems.push(
      `memory.latencyCycles is ${machine.memory.latencyCycles.value}, less than its DRAM and bus parts ` +
        `(${Math.ceil(path.dram + path.bus)})`,
    );
  }
  return problems;
}

/** Between two refreshes there must be time to read and to write, and the GPU may not take all that the memory has. */
function dramProblems(machine: MachineConfig): string[] {
  const problems: string[] = [];
  const { clock, dram, gpu } = machine;
  const ratio = dram.clock.value / (1000 * clock.value);
  if (ratio < 0.001 || ratio > 10)
    problems.push(
      `dram.clock is ${dram.clock.value} MHz: a thousandth of clock to ten times clock are modelled`,
    );
  const t = dramTicks(resolve('', machine));
  const bursts = (t.bursts - 1) * t.burstTicks;
  const read = t.tRcdRead + bursts + t.tRtp;
  const write = t.tRcdWrite + bursts + t.writeLatency + t.burstTicks + t.tWr;
  const needed = t.tRp + t.tRfc + Math.max(t.tRas, t.tRc, read, write);
  if (t.tRtw < 1)
    problems.push(
      `dram.writeLatency is ${t.writeLatency} clocks: less than a read takes (casLatency and its data)`,
    );
  if (t.refreshInterval < 2 * needed)
    problems.push(
      `dram.refreshInterval is ${t.refreshInterval} clocks: at least ${2 * needed}, as a refresh and an access take ${needed}`,
    );
  const peak = (2 * dram.channelBytes.value * dram.controllers.value * dram.clock.value) / 1000;
  const others = gpu.traffic.value + (gpu.scanOutEnabled.value ? gpu.scanOut.value : 0);
  if (others >= peak)
    problems.push(`gpu.traffic and scan-out are ${others} GB/s: the memory has ${Number(peak.toFixed(1))}`);
  return problems;
}

const storeGatherBytesBad = (bytes: number): boolean => bytes < 16 || bytes > 128;

/**
 * Where the unloaded memory latency goes, in CPU cycles: reading a closed row and a line of DRAM, its transfer over
 * the bus, and the fixed rest (L2 lookup, crossbar, synchronisers, northbridge) that makes up the known total.
 */
export function latencyParts(config: MachineConfig): { dram: number; bus: number; fixed: number } {
  const { dram, bus, memory, l2 } = resolve('', config);
  const tCK = (config.clock.value * 1e9) / dram.clock;
  const burst = (l2.lineBytes / dram.channelBytes / 2) * tCK;
  const read = dram.tRcdRead + dram.casLatency + burst;
  const transfer = l2.lineBytes / (bus.readBandwidth * bus.efficiency);
  return { dram: read, bus: transfer, fixed: memory.latencyCycles - read - transfer };
}
