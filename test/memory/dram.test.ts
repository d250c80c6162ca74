import test from 'ava';
import { illegalCommands } from '../../sim/memory/commands.js';
import { DATA, dram, NS_PER_TICK, OTHER_BANK, OTHER_ROW, REFRESH, SAME_ROW } from './dram-chips.js';

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
