import test from 'ava';
import { newMemory } from '../../sim/machine/xenon.js';
import { commandsLogged, dramTable, illegalCommands, requestsLogged } from '../../sim/memory/commands.js';
import { frFcfs } from '../../sim/memory/fr-fcfs.js';
import { type CountedMemorySystem, newMemorySystem } from '../../sim/memory/hierarchy.js';
import { GuestProgram, machineWith, wovenWorks } from '../support/guest.js';
import { randoms } from './support.js';

const LOG = { commandLogEntries: 100_000 };
const TICK_CYCLES = 3.2 / 0.7;
/** The unloaded latency of memory, cycles. */
const MEMORY = 610;

/** Mean clocks to the data of reads: as answered at once, and by the scheduler that sees all requests. */
function compare(memory: WebAssembly.Memory, { numbers }: CountedMemorySystem) {
  const table = dramTable(machineWith());
  const requests = requestsLogged(memory, numbers);
  const sum = { atOnce: 0, scheduled: 0 };
  let reads = 0;
  const illegal = illegalCommands(commandsLogged(memory, numbers), table);
  for (let controller = 0; controller <= numbers.controllerMask; controller++) {
    const own = requests.filter((r) => r.controller === controller);
    const { done, commands } = frFcfs(
      own.map(({ asked, bank, row, isWrite }) => ({ at: asked, bank, row, isWrite })),
      table,
      {
        queueDepth: 32,
        bursts: numbers.bursts,
        refreshInterval: numbers.refreshInterval,
        firstRefresh: numbers.refreshInterval - numbers.tRfc,
        rowIdle: numbers.rowIdle,
        writeBatch: numbers.writeBatch,
      },
    );
    illegal.push(...illegalCommands(commands, table));
    for (const [i, { asked, answered, isWrite }] of own.entries()) {
      if (isWrite) continue;
      reads++;
      sum.atOnce += answered - asked;
      sum.scheduled += done[i] - asked;
    }
  }
  const [atOnce, scheduled] = [sum.atOnce / reads, sum.scheduled / reads];
  return { reads, atOnce, scheduled, illegal, ofMemory: ((atOnce - scheduled) * TICK_CYCLES) / MEMORY };
}

const shared = newMemory();

/** Reads in time order, a line every `gap` clocks on average. */
function stream(gap: number, line: (n: number, random: () => number) => number) {
  const system = newMemorySystem(shared, machineWith(), LOG);
  const random = randoms(5);
  let t = 3000;
  for (let n = 0; n < 5000; n++) {
    t += random() % (2 * gap);
    system.module.readAt(line(n, random), t);
  }
  return compare(shared, system);
}

const STREAMS: readonly [string, (n: number, random: () => number) => number, number][] = [
  ['one stream', (n) => n, 0.01],
  ['six streams', (n) => (n % 6) * 0x1_2340 + Math.floor(n / 6), 0.01],
  ['random lines', (_, random) => random() >> 9, 0.02],
  // Rows of one bank take turns: a scheduler collects requests to each, which an answer at once cannot.
  ['three streams over the same banks', (n) => (n % 3) * 0x2_0000 + Math.floor(n / 3), 0.15],
];

for (const [name, line, share] of STREAMS) {
  test.serial(`${name}: answered at once and by an FR-FCFS scheduler`, (t) => {
    // 22.4 GB/s would be a line every 4 clocks, the CPU's bus carries one every 11.
    for (const gap of [11, 16, 64]) {
      const { atOnce, scheduled, illegal, ofMemory } = stream(gap, line);
      const percent = (100 * ofMemory).toFixed(2);
      t.log(`gap ${gap}: ${atOnce.toFixed(1)} and ${scheduled.toFixed(1)} clocks, ${percent} % of a miss`);
      t.deepEqual(illegal.slice(0, 3), []);
      t.true(Math.abs(ofMemory) <= share, `gap ${gap}: ${ofMemory}`);
    }
  });
}

/** Six threads, each reading its own part of memory with vector loads, `write` storing a part of it back. */
const kernel = (write: string) => `
start: mulli 3,13,0x4321
 slwi 3,3,7
 addis 3,3,0x200
 li 4,2000
 mtctr 4
 li 6,16
 li 7,1024
 .balign 8
1: dcbt 7,3
 lvx 1,0,3
 lvx 2,6,3
 vaddfp 3,1,2
 ${write}
 addi 3,3,128
 bdnz 1b
 sc`;

for (const [name, write, share] of [
  ['reading', '', 0.05],
  ['reading and writing', 'stvx 3,0,3', 0.1],
] as const) {
  test.serial(`six threads ${name}: the requests they make, answered at once and scheduled`, (t) => {
    let system: CountedMemorySystem | undefined;
    const works = wovenWorks((memory, machine) => {
      system = newMemorySystem(memory, machine, LOG);
      return system;
    });
    const program = new GuestProgram(kernel(write), works, machineWith());
    program.run('start', [0, 1, 2, 3, 4, 5]);
    const { reads, atOnce, scheduled, illegal, ofMemory } = compare(program.xenon.memory, system!);
    t.log(
      `${reads} reads: ${atOnce.toFixed(1)} and ${scheduled.toFixed(1)} clocks, ${(100 * ofMemory).toFixed(2)} %`,
    );
    t.deepEqual(illegal.slice(0, 3), []);
    t.true(reads > 1000);
    t.true(Math.abs(ofMemory) <= share, String(ofMemory));
  });
}
