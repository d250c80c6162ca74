import type { Machine } from '../machine/resolve.js';
import { commandsLogged, dramTable, illegalCommands } from './commands.js';
import { newMemorySystem } from './hierarchy.js';

/** What the DRAM chips and their controllers do by themselves, nothing between them and whoever asks. */
export interface DramFigures {
  /** Time to the first data of a lone read, ns: its row open, all rows closed, another row open. */
  readonly open: number;
  readonly closed: number;
  readonly conflict: number;
  /** Both directions of the data bus, GB/s. */
  readonly peak: number;
  /** GB/s of reads with so many in flight over all controllers. */
  readonly bandwidth: readonly {
    readonly depth: number;
    readonly sequential: number;
    readonly random: number;
  }[];
  /** Commands given for these figures, and what an independent check of them found. */
  readonly commands: number;
  readonly illegal: readonly string[];
}

const DEPTHS = [8, 16, 32, 64];
const LINES = 20_000;
const LOG = 120_000;

/** Measures a machine's DRAM in a linear memory that nobody else uses. Rows stay open. */
export function dramFigures(memory: WebAssembly.Memory, machine: Machine): DramFigures {
  const open: Machine = { ...machine, dram: { ...machine.dram, rowPolicy: 'open' } };
  const nsPerTick = 1e9 / machine.dram.clock;
  const system = newMemorySystem(memory, open, { commandLogEntries: LOG });
  const { bursts, burstTicks, bankMask, bankShift, controllerMask } = system.numbers;
  const controllers = controllerMask + 1;
  const table = dramTable(open);
  let commands = 0;
  const illegal: string[] = [];
  const check = () => {
    const given = commandsLogged(memory, system.numbers);
    commands += given.length;
    illegal.push(...illegalCommands(given, table));
    system.reset();
  };
  const read = (line: number, at: number) => system.module.readAt(line, at);
  const first = (line: number, at: number) => (read(line, at) - bursts * burstTicks - at) * nsPerTick;
  // The next line of the same row, and one of another row of the same bank.
  const sameRow = controllers;
  const otherRow = controllers * ((bankMask + 1) << bankShift);
  const closed = first(0, 100);
  const hit = first(sameRow, 500);
  const conflict = first(otherRow, 900);
  check();

  const rate = (depth: number, line: (n: number) => number): number => {
    const inFlight: number[] = [];
    let at = 100;
    let end = 0;
    for (let n = 0; n < LINES; n++) {
      if (inFlight.length === depth) at = Math.max(at, inFlight.shift()!);
      const done = read(line(n), at);
      const place = inFlight.findLastIndex((other) => other <= done) + 1;
      inFlight.splice(place, 0, done);
      end = Math.max(end, done);
    }
    check();
    return (LINES * machine.l2.lineBytes) / ((end - 100) * nsPerTick);
  };
  const lines = machine.memoryMap.totalBytes / machine.l2.lineBytes;
  const bandwidth = DEPTHS.map((depth) => {
    let state = 5;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return (state >>> 8) % lines;
    };
    return { depth, sequential: rate(depth, (n) => n), random: rate(depth, random) };
  });
  const peak = (2 * machine.dram.channelBytes * controllers) / nsPerTick;
  return { open: hit, closed, conflict, peak, bandwidth, commands, illegal };
}
