import test from 'ava';
import { addressMap } from '../../sim/memory/address-map.js';
import { illegalCommands, requestsLogged } from '../../sim/memory/commands.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import { machineWith } from '../support/guest.js';
import { dram } from './dram-chips.js';
import { sharedMemory } from './support.js';

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
  const system = newMemorySystem(sharedMemory(), machine, { commandLogEntries: 400_000 });
  for (let n = 0; n < count; n++) system.module.readDram(0, Math.round((interval * n * 6.4) / 0.7));
  return { machine, lines: requestsLogged(sharedMemory(), system.numbers).filter(({ line }) => line !== 0) };
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
