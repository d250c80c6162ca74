import test from 'ava';
import type { MemoryModule } from '../../sim/memory/instantiate.js';
import type { StatisticName } from '../../sim/memory/statistics.js';
import { bench } from './support.js';

const dram = (...overrides: string[]) => {
  const { memory } = bench(...overrides);
  return { d: memory.module, layout: memory, count: (name: StatisticName) => memory.statistics()[name] };
};
const readDram = (d: MemoryModule, line: number, t: number) => d.readDram(line, t);
const writeDram = (d: MemoryModule, line: number, t: number) => d.writeDram(line, t);

/** Half-cycles of the CPU in a DRAM clock, of a line's data, and between refreshes. */
const TCK = (2 * 3.2) / 0.7;
const DATA = 8 * TCK;
const REFRESH = 24960;
/** Lines: same row, another bank, another row of the same bank (both of controller 0). */
const SAME_ROW = 2;
const OTHER_BANK = 64;
const OTHER_ROW = 512;

const about = (value: number, expected: number): boolean => Math.abs(value - expected) <= 4;

test('a lone read: first data after 15.7 ns with its row open, 31.4 closed, 48.6 in conflict', (t) => {
  const { d, count } = dram('dram.rowPolicy=open');
  const closed = readDram(d, 0, 1000) - 1000 - DATA;
  t.true(about(closed, 22 * TCK), String(closed));
  const open = readDram(d, SAME_ROW, 5000) - 5000 - DATA;
  t.true(about(open, 11 * TCK), String(open));
  const conflict = readDram(d, OTHER_ROW, 9000) - 9000 - DATA;
  t.true(about(conflict, 34 * TCK), String(conflict));
  t.true(Math.abs(open / 6.4 - 15.7) < 1.43 && Math.abs(closed / 6.4 - 31.4) < 1.43);
  t.true(Math.abs(conflict / 6.4 - 48.6) < 1.43);
  t.deepEqual([count('rowHits'), count('rowsClosed'), count('rowConflicts')], [1, 1, 1]);
});

test('row policies: closed rows are closed at once or when idle, in both cases found precharged', (t) => {
  for (const policy of ['closed', 'idleClose']) {
    const { d } = dram(`dram.rowPolicy=${policy}`);
    readDram(d, 0, 1000);
    for (const line of [SAME_ROW, OTHER_ROW]) {
      const at = 5000 + 10 * line;
      t.true(about(readDram(d, line, at) - at - DATA, 22 * TCK), `${policy} ${line}`);
    }
  }
  const { d } = dram('dram.rowIdleCycles=200');
  const end = readDram(d, 0, 1000);
  t.true(about(readDram(d, SAME_ROW, end + 390) - (end + 390) - DATA, 11 * TCK), 'not idle for long enough');
});

test('rows of a bank follow one another by tRC and by what reading takes; other banks need not wait', (t) => {
  const { d } = dram('dram.rowPolicy=open');
  const first = readDram(d, 0, 1000);
  const second = readDram(d, OTHER_ROW, 1000);
  // Not tRC = 30: the row is read until 11 + 8, closed for 12, and the next opened.
  t.true(about(second - first, 31 * TCK), String((second - first) / TCK));
  const { d: short } = dram('dram.rowPolicy=open', 'dram.tRp=8');
  const before = readDram(short, 0, 1000);
  t.true(about(readDram(short, OTHER_ROW, 1000) - before, 30 * TCK), 'now tRC binds');
  const { d: fresh } = dram('dram.rowPolicy=open');
  const one = readDram(fresh, 0, 1000);
  const other = readDram(fresh, OTHER_BANK, 1000);
  t.true(about(other - one, DATA), 'activated tRRD later, behind the data of the first');
});

test('a write must be recovered from before its row closes', (t) => {
  const { d } = dram('dram.rowPolicy=open', 'dram.writeBatchLines=1');
  writeDram(d, 0, 1000);
  const end = readDram(d, OTHER_ROW, 1000 + 1);
  // Write command after tRCD(write) = 11 - (4 + 1), data after 4, data 8 and the turn 18, tWR 10, tRP 12, tRCD 11, CL 11, data 8.
  t.true(about(end - 1000, (6 + 4 + 8 + 18 + 10 + 12 + 11 + 11 + 8) * TCK), String((end - 1000) / TCK));
});

test('a refresh closes rows and keeps everything waiting for 52 ns every 3.9 us', (t) => {
  const { d } = dram('dram.rowPolicy=open');
  const tRfc = 333;
  readDram(d, 0, 20_000);
  const at = REFRESH - tRfc;
  t.true(about(readDram(d, SAME_ROW, at - 200) - (at - 200) - DATA, 11 * TCK), 'before it');
  t.true(about(readDram(d, SAME_ROW, at + 10) - at - tRfc - DATA, 22 * TCK), 'in it');
});

test('the phase of refresh stays when time zero moves', (t) => {
  const { d, layout } = dram();
  const at = 10 * REFRESH - 333 + 10;
  const expected = readDram(d, 0, at);
  const moved = dram();
  moved.layout.rebase(65536);
  t.is(readDram(moved.d, 0, at - 65536) + 65536, expected);
  layout.reset();
});

test('sequential lines with both controllers loaded: 97 % of 22.4 GB/s at least', (t) => {
  const { d } = dram('dram.rowPolicy=open');
  const lines = 40_000;
  let end = 0;
  const inFlight: number[] = [];
  let at = 0;
  for (let line = 0; line < lines; line++) {
    if (inFlight.length === 32) at = Math.max(at, inFlight.shift()!);
    inFlight.push(readDram(d, line, at));
    end = Math.max(end, inFlight[inFlight.length - 1]);
  }
  const rate = (lines * 128) / ((end / 6.4e9) * 1e9);
  t.true(rate >= 0.97 * 22.4 && rate <= 22.4, String(rate));
});

test('scan-out and GPU traffic take their share of the data buses', (t) => {
  const time = (...overrides: string[]): number => {
    const { d } = dram('dram.rowPolicy=open', ...overrides);
    let end = 0;
    for (let line = 0; line < 4000; line++) end = Math.max(end, readDram(d, line, 30 * line));
    return end;
  };
  const quiet = time();
  t.true(Math.abs(time('gpu.traffic=11.2') / quiet - 2) < 0.05);
  t.true(time('gpu.scanOutEnabled=true') > quiet);
});
