import type { Machine } from '../machine/resolve.js';
import { addressMap } from './address-map.js';
import { type Layout, OLDEST, rebaseTimes } from './layout.js';
import { newCalendar, newOccupancy, newSlots } from './parts.js';
import { half, log2, whole } from './units.js';
import {
  BANK_SHIFT,
  BASE,
  COMMAND_BYTES,
  COMMANDS_LOGGED,
  CONTROLLER,
  LAST_READ,
  LAST_WRITE,
  NEXT_REFRESH,
  OPENED,
  PREPARED,
  ROW,
  SCAN_BYTES,
  TICKS_BEHIND,
  TRAFFIC_BYTES,
  USED,
} from './wasm/state.js';

/*
 * The way to memory and the memory, as the host sees them; see parts.ts. Each function returns numbers of
 * wasm/numbers.ts.
 */

/** Lines on their way from memory that make it crowded for two threads, and for more; the last four are remembered. */
const CROWDS = [2, 4];
const RECENT = 4;

/**
 * The front-side bus and the unknown rest of the way; see wasm/path.ts.
 *
 * Nobody knows the parts of the published latency but those of DRAM and bus; the rest (L2 lookup, crossbar,
 * synchronisers between three clocks, northbridge) is split before and behind the DRAM, so that a lone read of a
 * closed row takes exactly the published time. Queueing at link, banks and data bus comes on top.
 */
export function newPath(layout: Layout, machine: Machine) {
  const { bus, dram, memory, l2 } = machine;
  const lineTime = half(l2.lineBytes / (bus.readBandwidth * bus.efficiency));
  const requestTime = half(bus.requestBytes / (bus.writeBandwidth * bus.efficiency));
  const { tRcdRead, casLatency, bursts, burstTicks } = dramTicks(machine);
  // A request waits half a clock for the edge of the DRAM's, on average.
  const readTicks = tRcdRead + casLatency + bursts * burstTicks + 0.5;
  const rest = half(memory.latencyCycles) - half(readTicks * (machine.clock / dram.clock)) - lineTime;
  const recentArrivals = layout.times(RECENT);
  const before = whole(Math.max(0, half((rest / 2) * memory.requestShare) - requestTime));
  return {
    readLink: newCalendar(layout),
    writeLink: newOccupancy(layout),
    inFlight: newSlots(layout, bus.requestsInFlight),
    recentArrivals,
    /** Where it stands when the last of so many lines comes. */
    crowdedUntil: CROWDS.map(
      (lines) => recentArrivals + 4 * (RECENT - Math.min(lines, bus.requestsInFlight)),
    ),
    castouts: newSlots(layout, l2.castoutBuffers),
    lineTime,
    writeTime: half(l2.lineBytes / (bus.writeBandwidth * bus.efficiency)),
    requestTime,
    pathBefore: before,
    pathBehind: rest - requestTime - before,
  };
}

const BANK = 1 << BANK_SHIFT;

/** The timing table of the chips in DRAM clocks, and how a line's data goes over the bus. */
export function dramTicks(machine: Machine) {
  const { dram, l2 } = machine;
  const tCK = machine.clock / dram.clock;
  const ticks = (cycles: number): number => Math.ceil(cycles / tCK - 1e-6);
  const burstTicks = dram.burstTransfers / 2;
  const casLatency = ticks(dram.casLatency);
  const writeLatency = ticks(dram.writeLatency);
  const tRcdRead = ticks(dram.tRcdRead);
  return {
    /** Column commands a line takes, and clocks from one to the next. */
    bursts: Math.max(1, Math.round(l2.lineBytes / (dram.channelBytes * dram.burstTransfers))),
    burstTicks: Math.max(1, burstTicks, ticks(dram.tCcd)),
    casLatency,
    writeLatency,
    tRcdRead,
    tRcdWrite: Math.max(1, tRcdRead - writeLatency - 1),
    tRp: ticks(dram.tRp),
    tRas: ticks(dram.tRas),
    tRc: ticks(dram.tRc),
    tRrd: ticks(dram.tRrd),
    tRtp: ticks(dram.tRtp),
    /** From a read to a write command: its data, two clocks for the bus to turn round, less the write latency. */
    tRtw: casLatency + burstTicks + 2 - writeLatency,
    tWr: ticks(dram.tWr),
    /** From a write command to a read of any bank, less the write latency: its data and tWTR. */
    tWtr: burstTicks + ticks(dram.tWtr),
    tRfc: ticks(dram.tRfc),
    refreshInterval: Math.floor(dram.refreshInterval / tCK),
  };
}

/** The GDDR3 chips and their controllers; see wasm/dram.ts. `commandLogEntries`: of the log of their commands. */
export function newDram(layout: Layout, machine: Machine, commandLogEntries: number) {
  const { dram, l2 } = machine;
  const { i32, i64 } = layout;
  const table = dramTicks(machine);
  const ticksPerHalf = Math.round((dram.clock / (2 * machine.clock)) * 2 ** 28);
  const bankCount = dram.controllers * dram.banks;
  const clockPhase = layout.counters(1);
  layout.align(64);
  const controllers = layout.words((dram.controllers * CONTROLLER) / 4);
  const states = layout.words((bankCount * BANK) / 4);
  const others = newOthers(layout, machine);
  const everyController = (action: (controller: number) => void) => {
    for (let n = 0; n < dram.controllers; n++) action(controllers + n * CONTROLLER);
  };
  const everyBank = (action: (bank: number) => void) => {
    for (let n = 0; n < bankCount; n++) action(states + n * BANK);
  };
  layout.onReset(() => {
    everyController((controller) => {
      i32[(controller + BASE) >> 2] = -TICKS_BEHIND;
      // The chips have just been refreshed at time zero.
      i32[(controller + NEXT_REFRESH) >> 2] = table.refreshInterval - table.tRfc;
      for (const time of [LAST_READ, LAST_WRITE, PREPARED]) i32[(controller + time) >> 2] = OLDEST;
    });
    everyBank((bank) => {
      i32.fill(OLDEST, bank >> 2, (bank + BANK) >> 2);
      i32.fill(-1, (bank + ROW) >> 2, (bank + OPENED) >> 2);
    });
  });
  layout.onRebase((delta) => {
    // Whole clocks go; what is left of one stays as the phase of the clock at time zero.
    const clock = BigInt(delta) * BigInt(ticksPerHalf) + i64[clockPhase >> 3];
    const ticks = Number(clock >> 28n);
    i64[clockPhase >> 3] = clock - (BigInt(ticks) << 28n);
    const shift = (first: number, count = 1) => rebaseTimes(i32, first, count, ticks);
    everyController((controller) => {
      for (const time of [BASE, LAST_READ, LAST_WRITE, PREPARED]) shift(controller + time);
      // Long without a request only the phase of refresh matters, and the time must not wrap.
      const moved = i32[(controller + NEXT_REFRESH) >> 2] - ticks;
      const missed = Math.max(0, Math.ceil((OLDEST - moved) / table.refreshInterval));
      i32[(controller + NEXT_REFRESH) >> 2] = moved + missed * table.refreshInterval;
    });
    everyBank((bank) => shift(bank + OPENED, (USED + 4 - OPENED) / 4));
    for (const state of [others.scanState, others.trafficState]) shift(state);
  });
  return {
    ...table,
    ...others,
    ticksPerHalf,
    halvesPerTick: Math.round(((2 * machine.clock) / dram.clock) * 2 ** 20),
    clockPhase,
    interleaveShift: log2(dram.interleaveBytes / l2.lineBytes),
    controllerMask: whole(dram.controllers - 1),
    controllerShift: log2(dram.controllers),
    bankShift: log2(dram.rowBytes / l2.lineBytes),
    bankMask: whole(dram.banks - 1),
    banksLog2: log2(dram.banks),
    /** How long a row stays open behind its last access; open rows never close of themselves. */
    rowIdle:
      dram.rowPolicy === 'idleClose'
        ? Math.ceil(dram.rowIdleCycles / (machine.clock / dram.clock))
        : dram.rowPolicy === 'open'
          ? 1 << 29
          : -(1 << 29),
    closesAtOnce: dram.rowPolicy === 'closed' ? 1 : 0,
    writeBatch: whole(dram.writeBatchLines),
    bankStates: states,
    controllers,
    pendingWrites: layout.words(dram.controllers * dram.writeBatchLines),
    commandLog:
      commandLogEntries > 0 ? layout.words((COMMANDS_LOGGED + commandLogEntries * COMMAND_BYTES) / 4) : 0,
    commandLogEntries,
  };
}

/** Scan-out and the GPU; see wasm/others.ts. */
function newOthers(layout: Layout, machine: Machine) {
  const { gpu, dram, l2, memoryMap } = machine;
  const tCK = machine.clock / dram.clock;
  /** 1/256 ticks between lines at a rate in bytes a cycle. */
  const interval = (rate: number): number => (rate > 0 ? Math.round((256 * l2.lineBytes) / rate / tCK) : 0);
  const scanInterval = gpu.scanOutEnabled ? interval(gpu.scanOut) : 0;
  const trafficInterval = interval(gpu.traffic);
  const framebuffer = addressMap(machine).reservations.find(({ owner }) => owner === 'framebuffer');
  return {
    othersActive: scanInterval + trafficInterval > 0 ? 1 : 0,
    scanInterval,
    scanFirstLine: whole((framebuffer?.start ?? 0) / l2.lineBytes),
    scanLines: Math.max(1, whole((framebuffer?.bytes ?? l2.lineBytes) / l2.lineBytes)),
    scanState: layout.words(SCAN_BYTES / 4),
    trafficInterval,
    trafficLines: whole(memoryMap.totalBytes / l2.lineBytes),
    trafficRun: whole(gpu.trafficRunLines),
    /** Of 256 runs. */
    trafficWrites: Math.round(256 * gpu.trafficWriteShare),
    trafficState: layout.words(TRAFFIC_BYTES / 4),
  };
}
