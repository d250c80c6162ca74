import test from 'ava';
import { newMemory } from '../../sim/machine/xenon.js';
import { addressMap } from '../../sim/memory/address-map.js';
import {
  commandsLogged,
  type DramCommand,
  dramTable,
  illegalCommands,
  requestsLogged,
} from '../../sim/memory/commands.js';
import { dramFigures } from '../../sim/memory/dram-figures.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import type { StatisticName } from '../../sim/memory/statistics.js';
import { machineWith } from '../support/guest.js';
import { randoms } from './support.js';

const memory = newMemory();

/** The chips and their controllers alone; times in DRAM clocks. */
function dram(...overrides: string[]) {
  const machine = machineWith(...overrides);
  const system = newMemorySystem(memory, machine, { commandLogEntries: 100_000 });
  const { readAt, writeAt } = system.module;
  return {
    read: readAt,
    write: writeAt,
    system,
    count: (name: StatisticName) => system.statistics()[name],
    commands: () => commandsLogged(memory, system.numbers),
    table: dramTable(machine),
  };
}

/** Clocks of a line's data, and between refreshes; the first begins 37 clocks before. */
const DATA = 8;
const REFRESH = 2730;
/** Lines: same row, another bank, another row of the same bank (all of controller 0). */
const SAME_ROW = 2;
const OTHER_BANK = 64;
const OTHER_ROW = 512;
const NS_PER_TICK = 1 / 0.7;

/** Clocks to the first data of a lone read. */
const first = (end: number, asked: number): number => end - DATA - asked;

test.serial(
  'a lone read: first data after 11, 22, 34 clocks (open, closed, conflict): 15.7, 31.4, 48.6 ns',
  (t) => {
    const { read, count } = dram('dram.rowPolicy=open');
    const closed = first(read(0, 100), 100);
    const open = first(read(SAME_ROW, 500), 500);
    const conflict = first(read(OTHER_ROW, 900), 900);
    t.deepEqual([open, closed, conflict], [11, 22, 34]);
    t.true(Math.abs(open * NS_PER_TICK - 15.7) < 0.1 && Math.abs(closed * NS_PER_TICK - 31.4) < 0.1);
    t.true(Math.abs(conflict * NS_PER_TICK - 48.6) < 0.1);
    t.deepEqual([count('rowHits'), count('rowsClosed'), count('rowConflicts')], [1, 1, 1]);
  },
);

test.serial('between two clocks a request waits for the next, and no longer', (t) => {
  const { system } = dram('dram.rowPolicy=open');
  const tick = 6.4 / 0.7;
  for (let half = 0; half < 64; half++) {
    const at = 6400 * (half + 1) + half;
    const data = system.module.readDram(0, at) - at - DATA * tick;
    const alone = [11, 22].find((clocks) => data >= clocks * tick && data < (clocks + 1) * tick + 1);
    t.true(alone !== undefined, `${half}: ${data / tick}`);
  }
});

test.serial(
  'row policies: closed rows are closed at once or when idle, in both cases found precharged',
  (t) => {
    for (const policy of ['closed', 'idleClose']) {
      const { read } = dram(`dram.rowPolicy=${policy}`);
      read(0, 100);
      for (const line of [SAME_ROW, OTHER_ROW]) t.is(first(read(line, 500 + line), 500 + line), 22, policy);
    }
    const { read } = dram('dram.rowIdleCycles=200');
    const end = read(0, 100);
    t.is(first(read(SAME_ROW, end + 44), end + 44), 11, '200 cycles are 43.75 clocks');
    const later = end + 44 + 11 + DATA + 45;
    t.is(first(read(SAME_ROW, later), later), 22 + 11, 'closed one clock ago, for 12');
  },
);

test.serial(
  'rows of a bank follow one another by tRC and by what reading takes; other banks need not wait',
  (t) => {
    const second = (...overrides: string[]): number => {
      const { read } = dram('dram.rowPolicy=open', ...overrides);
      return read(OTHER_ROW, 100) - read(0, 100);
    };
    // The second row is asked for first here; the first is read from 11 to 15 behind its activation, closed 4 later and
    // 12 before the next is opened: 31, more than tRC.
    t.is(-second(), 31);
    t.is(-second('dram.tRp=8'), 30, 'now tRC binds');
    const { read } = dram('dram.rowPolicy=open');
    t.is(read(OTHER_BANK, 100) - read(0, 100), -DATA, 'activated tRRD later, its data right behind');
  },
);

test.serial('controllers may take turns by more than a row: its halves lie in different banks', (t) => {
  const { read, count } = dram('dram.rowPolicy=open', 'dram.interleaveBytes=8192');
  // Two rows of 32 lines, then the other controller's.
  for (const [i, line] of [0, 31, 32, 63, 64].entries()) read(line, 100 * (i + 1));
  t.deepEqual([count('rowHits'), count('rowsClosed'), count('rowConflicts')], [2, 3, 0]);
});

test.serial('a write must be recovered from before its row closes', (t) => {
  const { read, write, commands } = dram('dram.rowPolicy=open', 'dram.writeBatchLines=1');
  write(0, 100);
  read(OTHER_ROW, 101);
  const given = commands().map(({ kind, tick }) => [kind, tick - 100]);
  // Write command after tRCD(write) = 11 - (4 + 1), the second burst 4 later; data 4 behind it for 4; tWR, tRP, tRCD.
  const [a, b] = [6, 10];
  const closed = b + 4 + 4 + 10;
  t.deepEqual(given, [
    ['ACT', 0],
    ['WR', a],
    ['WR', b],
    ['PRE', closed],
    ['ACT', closed + 12],
    ['RD', closed + 23],
    ['RD', closed + 27],
  ]);
});

test.serial(
  'the data bus turns round: reads wait for writes by tWTR, writes for reads by CL + BL/2 + 2 - WL',
  (t) => {
    const { read, write, commands } = dram('dram.rowPolicy=open', 'dram.writeBatchLines=1');
    read(0, 100);
    write(SAME_ROW, 110);
    read(2 * SAME_ROW, 111);
    const columns = commands().filter(({ kind }) => kind === 'RD' || kind === 'WR');
    const ticks = columns.map(({ tick }) => tick);
    t.deepEqual(columns.map(({ kind }) => kind).join(' '), 'RD RD WR WR RD RD');
    t.is(ticks[2] - ticks[1], 11 + 4 + 2 - 4);
    t.is(ticks[4] - ticks[3], 4 + 4 + 5);
  },
);

test.serial('a refresh closes rows and keeps everything waiting for 52 ns every 3.9 us', (t) => {
  const { read, commands } = dram('dram.rowPolicy=open');
  const at = REFRESH - 37;
  read(0, at - 700);
  t.is(first(read(SAME_ROW, at - 60), at - 60), 11, 'before it');
  t.is(first(read(SAME_ROW, at + 10), at + 10), 27 + 22, 'in it');
  t.deepEqual(
    commands()
      .filter(({ kind, controller }) => (kind === 'PREA' || kind === 'REF') && controller === 0)
      .map(({ kind, tick }) => `${kind} ${tick - at}`)
      .slice(0, 2),
    ['PREA -12', 'REF 0'],
  );
});

test.serial('a read that a refresh overtakes opens its row again behind it, and counts so', (t) => {
  const { read, count } = dram('dram.rowPolicy=open');
  const at = REFRESH - 37;
  read(0, at - 700);
  t.is(first(read(SAME_ROW, at - 14), at - 14), 14 + 37 + 22);
  t.deepEqual([count('rowHits'), count('rowsClosed'), count('rowConflicts')], [0, 2, 0]);
});

test.serial(
  'a row that nobody uses is closed when it is idle, long before anybody asks for its bank',
  (t) => {
    const { read, commands } = dram();
    const end = read(0, 100);
    read(OTHER_BANK, 100 + 3 * REFRESH);
    const closed = commands().filter(({ kind, controller }) => kind === 'PRE' && controller === 0);
    t.deepEqual(
      closed.map(({ tick }) => tick),
      [end + 44],
    );
  },
);

test.serial(
  'up to the last clock before a refresh that leaves time to close, lines are read and written',
  (t) => {
    const at = REFRESH - 37;
    for (let before = 0; before <= 60; before++) {
      const reading = dram('dram.rowPolicy=open');
      reading.read(0, at - 700);
      // Both commands, 4 clocks to the precharge of all banks, 12 to the refresh.
      const clocks = before >= 4 + 4 + 12 ? 11 : before + 37 + 22;
      t.is(first(reading.read(SAME_ROW, at - before), at - before), clocks, `${before} before`);
      const writing = dram('dram.rowPolicy=open', 'dram.writeBatchLines=1');
      writing.read(0, at - 700);
      writing.write(SAME_ROW, at - before);
      const written = writing.commands().filter(({ kind, tick }) => kind === 'WR' && tick < at);
      // Both commands, 4 + 4 clocks for the last data, 10 to recover.
      t.is(written.length, before >= 4 + 4 + 4 + 10 + 12 ? 2 : 0, `${before} before`);
      for (const d of [reading, writing]) t.deepEqual(illegalCommands(d.commands(), d.table), []);
    }
  },
);

test.serial('a request that comes late finds what was open at its time, or time to open its row', (t) => {
  const { read, count } = dram();
  read(0, 100);
  read(OTHER_ROW, 1000);
  t.is(first(read(SAME_ROW, 125), 125), 11);
  t.is(first(read(2 * OTHER_ROW, 400), 400), 22);
  t.deepEqual([count('rowHits'), count('rowsClosed'), count('rowConflicts')], [1, 3, 0]);
});

test.serial('a write keeps its row in use until its data is there', (t) => {
  // Opened at 100, written from 106 on, data 4 clocks behind the last command for 4.
  const end = 110 + 4 + 4;
  for (const [wait, clocks] of [
    [44, 11],
    // Closed one clock ago, for 12.
    [45, 22 + 11],
  ]) {
    const { read, write } = dram('dram.writeBatchLines=1');
    write(0, 100);
    t.is(first(read(SAME_ROW, end + wait), end + wait), clocks);
    const again = dram('dram.writeBatchLines=1');
    again.write(0, 100);
    again.write(SAME_ROW, end + wait);
    const opened = again.commands().filter(({ kind }) => kind === 'ACT');
    t.is(opened.length, wait === 44 ? 1 : 2);
  }
});

test.serial('the phase of refresh stays when time zero moves', (t) => {
  const at = 10 * 24960 - 333 + 10;
  const expected = dram().system.module.readDram(0, at);
  const moved = dram().system;
  moved.rebase(65536);
  t.is(moved.module.readDram(0, at - 65536) + 65536, expected);
});

/** GB/s of reads with `depth` of them in flight, all asked for as early as that allows. */
function bandwidth(depth: number, line: (n: number) => number, ...overrides: string[]): number {
  const { read } = dram(...overrides);
  const inFlight: number[] = [];
  const lines = 40_000;
  let at = 100;
  let end = 0;
  for (let n = 0; n < lines; n++) {
    if (inFlight.length === depth) at = Math.max(at, inFlight.shift()!);
    inFlight.push(read(line(n), at));
    inFlight.sort((a, b) => a - b);
    end = Math.max(end, inFlight[inFlight.length - 1]);
  }
  return (lines * 128) / ((end - 100) * NS_PER_TICK);
}

test.serial('sequential lines, 16 in flight over both controllers: 97 % of 22.4 GB/s at least', (t) => {
  const rate = bandwidth(16, (n) => n, 'dram.rowPolicy=open');
  t.log(`${rate.toFixed(2)} GB/s`);
  t.true(rate >= 0.97 * 22.4 && rate <= 22.4, String(rate));
});

test.serial('random lines, 32 and 64 in flight: 18.5 to 21.5 GB/s', (t) => {
  for (const depth of [32, 64]) {
    const random = randoms(5);
    const rate = bandwidth(depth, () => random() >> 9);
    t.log(`${depth} in flight: ${rate.toFixed(2)} GB/s`);
    t.true(rate >= 18.5 && rate <= 21.5, String(rate));
  }
});

test.serial(
  'the figures of `xenon machines xbox360 --dram`: queue depths stated, no command illegal',
  (t) => {
    const figures = dramFigures(memory, machineWith());
    t.deepEqual(figures.illegal, []);
    t.true(figures.commands > 100_000);
    const near = (value: number, expected: number) => Math.abs(value - expected) <= NS_PER_TICK;
    t.true(near(figures.open, 15.7) && near(figures.closed, 31.4) && near(figures.conflict, 48.6));
    t.true(Math.abs(figures.peak - 22.4) < 1e-9);
    for (const { depth, sequential, random } of figures.bandwidth) {
      if (depth >= 16) t.true(sequential >= 0.97 * 22.4, `${depth}: ${sequential}`);
      if (depth >= 32) t.true(random >= 18.5 && random <= 21.5, `${depth}: ${random}`);
    }
  },
);

/** Reads and writes of both controllers, to few rows and many, up to `late` clocks out of order. */
function busy(d: ReturnType<typeof dram>, count: number, late: number, seed: number): DramCommand[] {
  const random = randoms(seed);
  let t = 3000;
  for (let i = 0; i < count; i++) {
    t += random() % 500 === 0 ? 2000 : random() % (seed % 2 === 0 ? 10 : 40);
    const line = random() % 3 === 0 ? random() >> 9 : random() % 3 === 0 ? i : 0x2_0000 * (random() % 3) + i;
    const at = t - (late > 0 ? random() % late : 0);
    if (random() % 4 === 0) d.write(line, at);
    else d.read(line, at);
  }
  return d.commands();
}

const VARIANTS: readonly string[][] = [
  [],
  ['dram.rowPolicy=open'],
  ['dram.rowPolicy=closed'],
  ['dram.rowIdleCycles=50'],
  ['dram.writeBatchLines=1'],
  ['dram.controllers=1', 'dram.banks=4'],
  ['dram.burstTransfers=4'],
  ['dram.tRp=8', 'dram.tRas=10', 'dram.tRrd=9'],
];

for (const overrides of VARIANTS) {
  test.serial(`all commands are legal, whatever the order of requests ${overrides.join(' ')}`, (t) => {
    let given = 0;
    for (const late of [0, 100, 500]) {
      for (const seed of [1, 2]) {
        const d = dram(...overrides);
        const commands = busy(d, 6000, late, seed);
        t.deepEqual(illegalCommands(commands, d.table).slice(0, 3), [], `late ${late}`);
        t.true(['ACT', 'RD', 'WR', 'PREA', 'REF'].every((kind) => commands.some((c) => c.kind === kind)));
        given += commands.length;
      }
    }
    t.log(`${given} commands`);
  });
}

test.serial('a long batch of writes to rows of one bank goes on behind the refreshes in between', (t) => {
  const lines = 64;
  for (let at = 5000; at < 5000 + REFRESH; at += 91) {
    const { read, write, commands, table } = dram(`dram.writeBatchLines=${lines}`);
    for (let n = 0; n < lines; n++) write(n * OTHER_ROW, at);
    // Behind them all.
    read(OTHER_BANK, at + 1);
    const given = commands();
    t.is(given.filter(({ kind }) => kind === 'WR').length, 2 * lines);
    t.deepEqual(illegalCommands(given, table), [], `from ${at}`);
  }
});

/** Rules that some command of a stream would break one clock earlier, and how many commands each. */
function tight(commands: readonly DramCommand[], table: ReturnType<typeof dramTable>): Map<string, number> {
  const found = new Map<string, number>();
  for (let n = 0; n < commands.length; n++) {
    const early = commands.with(n, { ...commands[n], tick: commands[n].tick - 1 });
    const { kind, tick } = early[n];
    for (const message of illegalCommands(early, table)) {
      if (!message.startsWith(`${kind} at ${tick},`)) continue;
      const rule = `${kind} ${message.slice(message.indexOf(': ') + 2).split(' ')[0]}`;
      found.set(rule, (found.get(rule) ?? 0) + 1);
    }
  }
  return found;
}

test.serial('each constraint binds somewhere: legal at the clock the table says, illegal one before', (t) => {
  const rules = new Map<string, number>();
  for (const overrides of [...VARIANTS, ['dram.tRc=40'], ['dram.tRas=30', 'dram.tRc=30'], ['dram.tRtp=20']]) {
    for (const seed of [1, 2]) {
      const d = dram(...overrides);
      const commands = busy(d, 250, 30, seed);
      t.deepEqual(illegalCommands(commands, d.table), []);
      for (const [rule, n] of tight(commands, d.table)) rules.set(rule, (rules.get(rule) ?? 0) + n);
    }
  }
  t.log([...rules].map(([rule, n]) => `${rule}: ${n}`).join(', '));
  for (const rule of [
    'ACT tRP',
    'ACT tRC',
    'ACT tRRD',
    'ACT tRFC',
    'PRE tRAS',
    'PRE tRTP',
    'PRE tWR',
    'RD tRCD',
    'RD tCCD',
    'RD tWTR',
    'WR tRCD',
    'WR tCCD',
    'WR tRTW',
    'REF tRP',
  ]) {
    t.true((rules.get(rule) ?? 0) > 0, rule);
  }
});

test.serial('scan-out and GPU traffic are requests on the same controllers', (t) => {
  const served = (...overrides: string[]) => {
    const { system, commands, table } = dram('dram.rowPolicy=open', ...overrides);
    let waited = 0;
    for (let n = 0; n < 4000; n++) waited += system.module.readDram(n, 200 * n) - 200 * n;
    t.deepEqual(illegalCommands(commands(), table).slice(0, 3), []);
    return { waited: waited / 4000, others: system.statistics().otherLines };
  };
  const quiet = served();
  t.is(quiet.others, 0);
  // 4000 lines 200 half-cycles apart take 125 us.
  const busy = served('gpu.traffic=11.2');
  t.true(Math.abs(busy.others - (11.2 * 125_000) / 128) < 40, String(busy.others));
  t.true(busy.waited > 1.3 * quiet.waited, `${busy.waited} ${quiet.waited}`);
  const scanning = served('gpu.scanOutEnabled=true');
  t.true(Math.abs(scanning.others - (0.22 * 125_000) / 128) < 3, String(scanning.others));
  t.true(scanning.waited > quiet.waited);
  // Not a whole number of clocks from line to line.
  const odd = served('gpu.traffic=10');
  t.true(Math.abs(odd.others - (10 * 125_000) / 128) < 40, String(odd.others));
});

/** The lines that others than the CPU have asked for while it asks for line 0 every `interval` clocks, so many times. */
function othersLines(interval: number, count: number, ...overrides: string[]) {
  const machine = machineWith(...overrides);
  const system = newMemorySystem(memory, machine, { commandLogEntries: 400_000 });
  for (let n = 0; n < count; n++) system.module.readDram(0, Math.round((interval * n * 6.4) / 0.7));
  return { machine, lines: requestsLogged(memory, system.numbers).filter(({ line }) => line !== 0) };
}

test.serial('scan-out reads the framebuffer line by line, and begins anew behind its end', (t) => {
  const small = 'memoryMap.framebufferBytes=1228800';
  const { machine, lines } = othersLines(1900, 2200, 'gpu.scanOutEnabled=true', small);
  const { start, bytes } = addressMap(machine).reservations.find(({ owner }) => owner === 'framebuffer')!;
  const [from, count] = [start / 128, bytes / 128];
  t.true(lines.length > count + 100, String(lines.length));
  t.true(lines.every(({ line, isWrite }, n) => line === from + (n % count) && !isWrite));
});

test.serial('after a pause the GPU has asked for what fits into the last 2048 clocks', (t) => {
  // A line every 8 clocks.
  const { lines } = othersLines(1_000_000, 2, 'gpu.traffic=11.2');
  t.true(Math.abs(lines.length - 2048 / 8) <= 8, String(lines.length));
});

test.serial('the GPU reads and writes runs of lines, in all of memory', (t) => {
  const { machine, lines } = othersLines(1900, 200, 'gpu.traffic=11.2');
  const run = machine.gpu.trafficRunLines;
  const runs = Array.from({ length: Math.floor(lines.length / run) }, (_, n) =>
    lines.slice(run * n, run * (n + 1)),
  );
  t.true(runs.length > 5000);
  for (const own of runs) {
    const [{ line, isWrite }] = own;
    t.true(line % run === 0 && own.every((each, n) => each.line === line + n && each.isWrite === isWrite));
  }
  const written = runs.filter(([{ isWrite }]) => isWrite).length / runs.length;
  t.true(Math.abs(written - machine.gpu.trafficWriteShare) < 0.02, String(written));
  const least = Math.min(...runs.map(([{ line }]) => line));
  const most = Math.max(...runs.map(([{ line }]) => line));
  t.true(least < 0x1_0000 && most > 0x3f_0000 - 0x1_0000, `${least} to ${most}`);
});
