import test from 'ava';
import { type DramCommand, type dramTable, illegalCommands } from '../../sim/memory/commands.js';
import { dram, OTHER_BANK, OTHER_ROW, REFRESH } from './dram-chips.js';
import { randoms } from './support.js';

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
