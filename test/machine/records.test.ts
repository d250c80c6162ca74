import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { packageRoot } from '../../experiments/node/package.js';
import { TIMING_CLASSES } from '../../sim/isa/row.js';
import { checkMachine, latencyParts, recordProblems } from '../../sim/machine/check.js';
import { describeMachine, describeText } from '../../sim/machine/describe.js';
import { PRESETS, presetNamed, presetNames } from '../../sim/machine/presets.js';
import { leaves, number } from '../../sim/machine/record.js';
import { resolve } from '../../sim/machine/resolve.js';
import { SOURCES, sourceKeys } from '../../sim/machine/sources.js';
import { type MachineConfig, xbox360 } from '../../sim/machine/xbox360.js';

for (const name of presetNames()) {
  test(`${name}: every record has a known source, a grade, a range around its value and a reason if inferred`, (t) => {
    const records = leaves(presetNamed(name));
    t.true(records.length > 300);
    for (const { path, param } of records) t.deepEqual(recordProblems(path, param), [], path);
  });

  test(`${name}: passes the check and gives every timing class numbers`, (t) => {
    const config = presetNamed(name);
    t.deepEqual(checkMachine(config), []);
    const machine = resolve(name, config);
    for (const timing of TIMING_CLASSES) {
      t.is(typeof machine.core.latency[timing], 'number', timing);
      t.is(typeof machine.core.block[timing], 'number', timing);
      t.is(typeof machine.core.unit[timing], 'string', timing);
      t.is(typeof machine.core.pairs[timing], 'boolean', timing);
    }
  });

  test(`${name}: frozen to the leaves`, (t) => {
    const walk = (node: object): void => {
      t.true(Object.isFrozen(node));
      for (const child of Object.values(node)) if (typeof child === 'object') walk(child);
    };
    walk(presetNamed(name));
    walk(resolve(name, presetNamed(name)));
  });
}

test('sources: every key in use is explained, and no other', (t) => {
  const machines = presetNames().map((name) => leaves(presetNamed(name)));
  const used = new Set(machines.flat().flatMap(({ param }) => sourceKeys(param.source)));
  // What an anchor is compared with (timing/anchors.test.ts), and what --set gives.
  t.deepEqual(
    Object.keys(SOURCES).filter((key) => !used.has(key)),
    ['MCORE', 'user'],
  );
  for (const key of used) t.true(Object.hasOwn(SOURCES, key), key);
});

/** Named by parts: a device's, a core's. */
const COMPUTED = ['usbBandwidth', 'hddBandwidth', 'dvdBandwidth', 'core0', 'core1', 'core2'];

test('what is not only recorded is read somewhere', (t) => {
  const defines = /^machine[/\\](xbox360.*|relatives|presets|check)\.ts$/;
  const files = ['sim', 'experiments/run'].flatMap((part) => {
    const folder = join(packageRoot, part);
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !defines.test(name))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
  });
  const words = new Set(files.flatMap((text) => text.match(/\w+/g) ?? []));
  for (const { path, param } of leaves(xbox360)) {
    const name = path.split('.').at(-1)!;
    t.true(param.recorded || COMPUTED.includes(name) || words.has(name), path);
  }
});

test('check: a timing class without numbers is refused', (t) => {
  const broken = structuredClone(xbox360) as { core: { latency: Record<string, unknown> } };
  broken.core.latency.vectorFloat = undefined as never;
  delete broken.core.latency.vectorFloat;
  t.deepEqual(checkMachine(broken as unknown as MachineConfig), ['core.latency.vectorFloat is missing']);
});

const wrong: [string, (m: MachineConfig) => unknown, RegExp][] = [
  [
    'value outside its range',
    (m) => ({ ...m, clock: number(3, 'GHz', 'A&B', 'vendor doc', [3.1, 3.2]) }),
    /outside its range/,
  ],
  [
    'low above high',
    (m) => ({ ...m, clock: number(3, 'GHz', 'A&B', 'vendor doc', [3.2, 3.1]) }),
    /outside its range/,
  ],
  [
    'unknown source',
    (m) => ({ ...m, clock: number(3, 'GHz', 'HEARSAY', 'vendor doc') }),
    /unknown source 'HEARSAY'/,
  ],
  [
    'inferred without reason',
    (m) => ({ ...m, clock: number(3, 'GHz', 'own', 'inferred') }),
    /without a reason/,
  ],
  [
    'not a power of two',
    (m) => ({ ...m, l2: { ...m.l2, sizeBytes: number(1_000_000, 'B', 'A&B', 'measured') } }),
    /l2\.sizeBytes is 1000000, not a power of two \(1048576/,
  ],
  [
    'an L2 cache that may have fewer sets than the L1 caches',
    (m) => ({ ...m, l2: { ...m.l2, sizeBytes: number(32 * 1024, 'B', 'A&B', 'measured') } }),
    /l2\.sizeBytes is 32768, outside 65536 to/,
  ],
  [
    'latency below its parts',
    (m) => ({ ...m, memory: { ...m.memory, latencyCycles: number(100, 'cycles', 'A&B', 'measured') } }),
    /memory\.latencyCycles is 100, less than/,
  ],
  [
    'no way left',
    (m) => ({ ...m, l2: { ...m.l2, lockedWays: number(8, 'count', 'A&B', 'measured') } }),
    /lockedWays/,
  ],
  [
    'other L1 shape',
    (m) => ({ ...m, l1d: { ...m.l1d, sizeBytes: number(65536, 'B', 'A&B', 'measured') } }),
    /l1d has 128 sets/,
  ],
];
for (const [title, change, message] of wrong) {
  test(`check: ${title} is refused`, (t) => {
    const problems = checkMachine(change(presetNamed('xbox360')) as MachineConfig);
    t.is(problems.length, 1);
    t.regex(problems[0], message);
  });
}

test('resolve: cycles, bytes, bytes a cycle, Hz, fractions', (t) => {
  const machine = resolve('xbox360', presetNamed('xbox360'));
  t.is(machine.name, 'xbox360');
  t.is(machine.clock, 3.2e9);
  t.is(machine.l2.sizeBytes, 1048576);
  t.is(machine.bus.readBandwidth, 3.375);
  t.is(machine.bus.efficiency, 0.75);
  t.is(machine.dram.refreshInterval, 12480);
  t.true(Math.abs(machine.dram.tRp - (12 * 3.2) / 0.7) < 1e-9);
  t.is(machine.dram.rowPolicy, 'idleClose');
});

test('the published latency is the sum of its parts', (t) => {
  const parts = latencyParts(presetNamed('xbox360'));
  t.true(Math.abs(parts.dram + parts.bus + parts.fixed - 610) < 1e-9);
  t.true(Math.abs(parts.dram - 30 * (3.2 / 0.7)) < 1e-9, 'tRCD 11 + CL 11 + 8 clocks of data');
});

test('presets: a derived one lists only what differs', (t) => {
  const base = new Map(describeMachine(presetNamed('xbox360')).map((row) => [row.path, row.value]));
  const changed = describeMachine(presetNamed('xbox360-libxenon')).filter(
    (row) => base.get(row.path) !== row.value,
  );
  t.deepEqual(
    changed.map((row) => [row.path, row.value]),
    [
      ['clock', 3.192],
      ['translation.modelled', true],
      ['translation.pageSize', '64KB'],
      ['translation.reload', 'softwareCached'],
    ],
  );
});

test('presets: the GDDR3 of a machine that has other memory says so', (t) => {
  const { title } = PRESETS.find(({ name }) => name === 'ps3-ppe')!;
  t.regex(title, /XDR memory timed as .*GDDR3/);
  for (const { path, param } of leaves(presetNamed('ps3-ppe').dram)) {
    t.is(param.grade, 'inferred', path);
    t.regex(param.note ?? '', /stands in for XDR/, path);
  }
  t.is(presetNamed('xbox360').dram.casLatency.grade, 'vendor doc');
});

test('presets: an unknown name is answered with the names there are', (t) => {
  t.throws(() => presetNamed('xbox36'), {
    name: 'UsageError',
    message: /unknown machine 'xbox36'.*xbox360.*did you mean xbox360\?/,
  });
});

test('describe: one line a record, text and JSON alike', (t) => {
  const config = presetNamed('xbox360');
  const rows = describeMachine(config);
  const lines = describeText(config).split('\n');
  t.is(lines.length, rows.length + 1);
  t.regex(
    lines.find((line) => line.startsWith('memory.latencyCycles'))!,
    /610 cycles +500\.\.680 +vendor doc +GF06/,
  );
  t.deepEqual(JSON.parse(JSON.stringify(rows)), rows);
});
