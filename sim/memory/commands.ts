import type { Machine } from '../machine/resolve.js';
import {
  ACTIVATE,
  COMMAND_BYTES,
  COMMANDS_LOGGED,
  PRECHARGE,
  PRECHARGE_ALL,
  READ,
  READ_LINE,
  REFRESH,
  WRITE,
  WRITE_LINE,
} from './wasm/state.js';

/** A command on the command bus of a DRAM controller, at one edge of its clock. */
export interface DramCommand {
  readonly kind: 'PRE' | 'ACT' | 'RD' | 'WR' | 'PREA' | 'REF';
  /** DRAM clocks. */
  readonly tick: number;
  readonly controller: number;
  /** Of the controller; none for PREA and REF. */
  readonly bank: number;
  /** Opened, read or written. */
  readonly row: number;
}

const KINDS: Readonly<Record<number, DramCommand['kind']>> = {
  [PRECHARGE]: 'PRE',
  [ACTIVATE]: 'ACT',
  [READ]: 'RD',
  [WRITE]: 'WR',
  [PRECHARGE_ALL]: 'PREA',
  [REFRESH]: 'REF',
};

/** What a memory system with a command log has logged since its last reset, see wasm/command-log.ts. */
export function commandsLogged(
  memory: WebAssembly.Memory,
  numbers: Readonly<Record<string, number>>,
): DramCommand[] {
  return entries(memory, numbers)
    .filter(([kind]) => kind in KINDS)
    .map(([kind, tick, bank, row]) => ({
      kind: KINDS[kind],
      tick,
      controller: bank >> numbers.banksLog2,
      bank: bank & numbers.bankMask,
      row,
    }));
}

/** A line asked of the DRAM; times in its clocks. */
export interface LoggedRequest {
  readonly line: number;
  readonly isWrite: boolean;
  readonly asked: number;
  /** When its last data was there; 0 for writes, which nobody waits for. */
  readonly answered: number;
  readonly controller: number;
  readonly bank: number;
  readonly row: number;
}

/** The requests behind the commands, in the order they were presented. */
export function requestsLogged(
  memory: WebAssembly.Memory,
  numbers: Readonly<Record<string, number>>,
): LoggedRequest[] {
  const { interleaveShift, controllerMask, controllerShift, bankShift, bankMask, banksLog2 } = numbers;
  return entries(memory, numbers)
    .filter(([kind]) => kind === READ_LINE || kind === WRITE_LINE)
    .map(([kind, asked, answered, line]) => {
      const unit = line >> interleaveShift;
      const local = ((unit >> controllerShift) << interleaveShift) | (line & ((1 << interleaveShift) - 1));
      const rows = local >> bankShift;
      const place = { controller: unit & controllerMask, bank: rows & bankMask, row: rows >> banksLog2 };
      return { line, isWrite: kind === WRITE_LINE, asked, answered, ...place };
    });
}

function entries(memory: WebAssembly.Memory, numbers: Readonly<Record<string, number>>): Int32Array[] {
  const i32 = new Int32Array(memory.buffer);
  const { commandLog, commandLogEntries } = numbers;
  const count = commandLogEntries > 0 ? i32[commandLog >> 2] : 0;
  const first = commandLog + COMMANDS_LOGGED;
  return Array.from({ length: count }, (_, n) =>
    i32.subarray((first + n * COMMAND_BYTES) >> 2, (first + (n + 1) * COMMAND_BYTES) >> 2),
  );
}

/** What the data sheet asks for, in DRAM clocks; names as there. */
export interface DramTable {
  readonly banks: number;
  readonly burstTransfers: number;
  readonly casLatency: number;
  readonly writeLatency: number;
  readonly tRcdRead: number;
  readonly tRcdWrite: number;
  readonly tRp: number;
  readonly tRas: number;
  readonly tRc: number;
  readonly tRrd: number;
  readonly tCcd: number;
  readonly tRtp: number;
  readonly tWr: number;
  readonly tWtr: number;
  readonly tRfc: number;
}

/** A machine's table: its records, rounded up to whole clocks. */
export function dramTable({ dram, clock }: Machine): DramTable {
  const ticks = (cycles: number): number => Math.ceil((cycles * dram.clock) / clock - 1e-6);
  return {
    banks: dram.banks,
    burstTransfers: dram.burstTransfers,
    casLatency: ticks(dram.casLatency),
    writeLatency: ticks(dram.writeLatency),
    tRcdRead: ticks(dram.tRcdRead),
    tRcdWrite: Math.max(1, ticks(dram.tRcdRead) - ticks(dram.writeLatency) - 1),
    tRp: ticks(dram.tRp),
    tRas: ticks(dram.tRas),
    tRc: ticks(dram.tRc),
    tRrd: ticks(dram.tRrd),
    tCcd: ticks(dram.tCcd),
    tRtp: ticks(dram.tRtp),
    tWr: ticks(dram.tWr),
    tWtr: ticks(dram.tWtr),
    tRfc: ticks(dram.tRfc),
  };
}

/** What one bank, or all of them, has last been told. */
interface Bank {
  row: number | undefined;
  activated: number;
  precharged: number;
  read: number;
  written: number;
}

/**
 * Checks a stream of commands, in any order, against the timing table of the chips by rules of its own: it shares
 * nothing with the models that give the commands. Returns what is illegal, and the rule it breaks.
 */
export function illegalCommands(commands: readonly DramCommand[], table: DramTable): string[] {
  const found: string[] = [];
  const controllers = new Map<number, DramCommand[]>();
  for (const command of commands) {
    const own = controllers.get(command.controller);
    if (own === undefined) controllers.set(command.controller, [command]);
    else own.push(command);
  }
  for (const own of controllers.values()) {
    own.sort((a, b) => a.tick - b.tick);
    found.push(...illegalOfController(own, table));
  }
  return found;
}

function illegalOfController(commands: readonly DramCommand[], table: DramTable): string[] {
  const found: string[] = [];
  const never = Number.NEGATIVE_INFINITY;
  const banks: Bank[] = Array.from({ length: table.banks }, () => ({
    row: undefined,
    activated: never,
    precharged: never,
    read: never,
    written: never,
  }));
  const last = { command: never, activated: never, read: never, written: never, refreshed: never };
  const data = table.burstTransfers / 2;
  const writeEnd = table.writeLatency + data;
  for (const command of commands) {
    const { kind, tick, bank } = command;
    const rule = (name: string, since: number, clocks: number) => {
      if (tick - since < clocks) found.push(`${describe(command)}: ${name} ${clocks}, ${tick - since} given`);
    };
    const state = (wanted: boolean, message: string) => {
      if (!wanted) found.push(`${describe(command)}: ${message}`);
    };
    const closable = (b: Bank) => {
      rule('tRAS', b.activated, table.tRas);
      rule('tRTP', b.read, table.tRtp);
      rule('tWR', b.written, writeEnd + table.tWr);
    };
    rule('command bus', last.command, 1);
    last.command = tick;
    const b = banks[bank];
    switch (kind) {
      case 'ACT':
        state(b.row === undefined, `row ${b.row} is open`);
        rule('tRP', b.precharged, table.tRp);
        rule('tRC', b.activated, table.tRc);
        rule('tRRD', last.activated, table.tRrd);
        rule('tRFC', last.refreshed, table.tRfc);
        b.row = command.row;
        b.activated = tick;
        last.activated = tick;
        break;
      case 'PRE':
        closable(b);
        b.row = undefined;
        b.precharged = tick;
        break;
      case 'PREA':
        for (const each of banks) {
          closable(each);
          if (each.row !== undefined) each.precharged = tick;
          each.row = undefined;
        }
        break;
      case 'REF':
        for (const each of banks) {
          state(each.row === undefined, 'a row is open');
          rule('tRP', each.precharged, table.tRp);
        }
        rule('tRFC', last.refreshed, table.tRfc);
        last.refreshed = tick;
        break;
      case 'RD':
        state(b.row === command.row, `row ${b.row} is open`);
        rule('tRCD', b.activated, table.tRcdRead);
        rule('tCCD', last.read, Math.max(table.tCcd, data));
        rule('tWTR', last.written, writeEnd + table.tWtr);
        b.read = tick;
        last.read = tick;
        break;
      case 'WR':
        state(b.row === command.row, `row ${b.row} is open`);
        rule('tRCD', b.activated, table.tRcdWrite);
        rule('tCCD', last.written, Math.max(table.tCcd, data));
        rule('tRTW', last.read, table.casLatency + data + 2 - table.writeLatency);
        b.written = tick;
        last.written = tick;
        break;
    }
  }
  return found;
}

const describe = ({ kind, tick, controller, bank, row }: DramCommand): string =>
  `${kind} at ${tick}, controller ${controller}, bank ${bank}, row ${row}`;
