import { commandsLogged, dramTable } from '../../sim/memory/commands.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import type { StatisticName } from '../../sim/memory/statistics.js';
import { machineWith } from '../support/guest.js';
import { sharedMemory } from './support.js';

/** The chips and their controllers alone; times in DRAM clocks. */
export function dram(...overrides: string[]) {
  const machine = machineWith(...overrides);
  const system = newMemorySystem(sharedMemory(), machine, { commandLogEntries: 100_000 });
  const { readAt, writeAt } = system.module;
  return {
    read: readAt,
    write: writeAt,
    system,
    count: (name: StatisticName) => system.statistics()[name],
    commands: () => commandsLogged(sharedMemory(), system.numbers),
    table: dramTable(machine),
  };
}

/** Clocks of a line's data, and between refreshes; the first begins 37 clocks before. */
export const DATA = 8;
export const REFRESH = 2730;
/** Lines: same row, another bank, another row of the same bank (all of controller 0). */
export const SAME_ROW = 2;
export const OTHER_BANK = 64;
export const OTHER_ROW = 512;
export const NS_PER_TICK = 1 / 0.7;
