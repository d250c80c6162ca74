import type { FootprintTimes } from '../../models/footprint.js';
import type { PositionCost, Simulated } from '../../reports/results.js';
import type { Machine } from '../../sim/machine/resolve.js';
import type { Loading } from './loading.js';
import type { Total } from './run-account.js';
import { unloadedLatency } from './unloaded-latency.js';

/** The numbers of a run, given what it took to load, each position and all of them together. */
export function simulatedOf(
  machine: Machine,
  loading: Loading,
  positions: readonly PositionCost[],
  total: Total,
  promptTokens: number,
): Omit<Simulated, 'peakMemoryBytes' | 'interval'> {
  const { cycles, instructions, dramReadBytes } = total;
  const inSeconds = (cycles: number) => cycles / machine.clock;
  const seconds = inSeconds(cycles);
  const loadSeconds = inSeconds(loading.cycles);
  const sum = (from: number) => positions.slice(from).reduce((all, p) => all + p.seconds, 0);
  const rate = (from: number) =>
    positions.length > from && sum(from) > 0 ? (positions.length - from) / sum(from) : 0;
  const prefillSeconds = sum(0) - sum(promptTokens);
  const readGBPerSecond = seconds > 0 ? dramReadBytes / seconds / 1e9 : 0;
  return {
    cycles,
    seconds,
    instructions,
    spinInstructions: total.spinInstructions,
    ipc: cycles > 0 ? instructions / cycles : 0,
    tokensPerSecond: rate(1),
    decodeTokensPerSecond: rate(promptTokens),
    prefillSeconds,
    positionsForwarded: positions.length,
    loadSeconds,
    deviceReadSeconds: inSeconds(loading.readCycles),
    convertSeconds: inSeconds(loading.convertCycles),
    timeToFirstTokenSeconds: loadSeconds + prefillSeconds,
    dramReadBytes,
    dramWriteBytes: total.dramWriteBytes,
    busReadUtilisation: total.busReadUtilisation,
    readGBPerSecond,
    readPercentOfPeak: (100 * readGBPerSecond * 1e9) / (machine.bus.readBandwidth * machine.clock),
    unloadedMemoryLatencyCycles: unloadedLatency(machine),
  };
}

/** Moments of a run, seconds since loading began. */
export function timesOf(
  { clock }: Machine,
  loading: Loading,
  positions: readonly PositionCost[],
): FootprintTimes {
  const read = loading.readCycles / clock;
  const converted = loading.cycles / clock;
  let seconds = converted;
  return {
    read,
    converted,
    passes: positions.map((cost) => {
      seconds += cost.seconds;
      return { seconds, positions: cost.position + 1 };
    }),
  };
}
