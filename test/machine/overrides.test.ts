import test from 'ava';
import { UsageError } from '../../sim/machine/errors.js';
import { applyOverrides, paramAt, withValue } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';

const base = presetNamed('xbox360');
const set = (...overrides: string[]) => applyOverrides(base, overrides);

const good: [setting: string, path: string, value: number | boolean | string][] = [
  ['l2.sizeBytes=2MiB', 'l2.sizeBytes', 2097152],
  ['l2.sizeBytes = 512 KiB', 'l2.sizeBytes', 524288],
  ['memoryMap.totalBytes=256MB', 'memoryMap.totalBytes', 256e6],
  ['storeGather.timeoutCycles=0x40', 'storeGather.timeoutCycles', 64],
  ['core.latency.vectorFloat=10', 'core.latency.vectorFloat', 10],
  ['core.latency.vectorFloat=10cycles', 'core.latency.vectorFloat', 10],
  ['memory.latencyCycles=200ns', 'memory.latencyCycles', 640],
  ['clock=3.192GHz', 'clock', 3.192],
  ['clock=3192 MHz', 'clock', 3.192],
  ['dram.clock=0.8GHz', 'dram.clock', 800],
  ['gpu.traffic=500MB/s', 'gpu.traffic', 0.5],
  ['gpu.traffic=1.5', 'gpu.traffic', 1.5],
  ['bus.efficiency=80%', 'bus.efficiency', 80],
  ['dram.rowPolicy=open', 'dram.rowPolicy', 'open'],
  ['gpu.scanOutEnabled=on', 'gpu.scanOutEnabled', true],
  ['core.unit.vectorPermute=arithmetic', 'core.unit.vectorPermute', 'arithmetic'],
  ['devices.dvdSeek=100ms', 'devices.dvdSeek', 1e8],
  ['dram.tRfc=0.06us', 'dram.tRfc', 60],
];
for (const [setting, path, value] of good) {
  test(`--set ${setting}`, (t) => {
    const param = paramAt(set(setting), path);
    t.is(param.value, value);
    t.is(param.source, 'user');
    t.is(param.grade, 'override');
    t.is(param.distribution, 'fixed');
    t.regex(param.note!, /^was /);
  });
}

const bad: [setting: string, message: RegExp][] = [
  ['l2.sizeBytes', /cannot read the setting 'l2\.sizeBytes': write path=value/],
  ['=3', /write path=value/],
  ['l2.sizeByte=1MiB', /no setting 'l2\.sizeByte'.*did you mean l2\.sizeBytes\?/],
  ['latency.vectorFloat=3', /did you mean core\.latency\.vectorFloat\?/],
  ['qqqqqq=3', /groups are clock, .*core/],
  ['constructor=3', /no setting 'constructor'/],
  ['l2.sizeBytes.value=3', /no setting 'l2\.sizeBytes\.value'/],
  ['l2=3', /l2 is a group of settings: l2\.sizeBytes/],
  [
    'l2.sizeBytes=big',
    /bad value 'big' for l2\.sizeBytes \(1048576 bytes\): give a whole number with .*KiB, MiB/,
  ],
  ['l2.sizeBytes=1.5', /bad value '1\.5'/],
  ['l2.sizeBytes=1GHz', /bad value '1GHz'/],
  ['l2.sizeBytes=-1MiB', /bad value '-1MiB'/],
  ['l2.sizeBytes=1000000', /not a power of two/],
  ['l2.ways=16', /l2\.ways is 16, outside 1 to 8/],
  ['core.latency.vectorFloat=', /bad value ''/],
  ['core.latency.vectorFloat=10 20', /bad value/],
  ['memory.latencyCycles=200MiB', /bad value '200MiB' for memory\.latencyCycles.*sources allow 500 to 680/],
  ['memory.latencyCycles=50', /less than its DRAM and bus parts/],
  ['dram.rowPolicy=opn', /one of idleClose, open, closed/],
  ['gpu.scanOutEnabled=maybe', /true or false/],
  ['core.issueWidth=4', /core\.issueWidth is only recorded: nothing depends on it/],
  ['l1d.refillCycles=2', /l1d\.refillCycles is only recorded/],
  ['core.latency.floatCompare=30', /core\.latency\.floatCompare is only recorded/],
  ['l1d.lineBytes=64', /only 128 is modelled/],
  ['storeGather.timeoutCycles=1e9', /storeGather\.timeoutCycles is 1000000000 cycles: at most 100000/],
  ['timeBaseDivider=0', /timeBaseDivider is 0, outside 1 to/],
  ['l2.latencyCycles=700', /l2\.latencyCycles is 700, more than memory\.latencyCycles/],
  [
    'dram.refreshInterval=10',
    /dram\.refreshInterval is 7 clocks: at least \d+, as a refresh and an access take/,
  ],
  ['dram.tRfc=1ms', /a refresh and an access take/],
  ['dram.tRp=3000', /dram\.tRp is 3000, outside 1 to 100/],
  ['dram.writeLatency=20', /dram\.writeLatency is 20 clocks: less than a read takes/],
  ['dram.clock=100GHz', /dram\.clock is 100000.*outside/],
  ['gpu.traffic=23', /gpu\.traffic and scan-out are 23 GB\/s: the memory has 22\.4/],
];
for (const [setting, message] of bad) {
  test(`--set ${setting} is refused`, (t) => {
    const error = t.throws(() => set(setting), { instanceOf: UsageError, message })!;
    t.is(error.exitCode, 2);
  });
}

test('several settings apply in order and leave the rest alone', (t) => {
  const config = set('core.latency.vectorFloat=11', 'core.latency.vectorFloat=10', 'l2.ways=4');
  t.is(config.core.latency.vectorFloat.value, 10);
  t.is(config.l2.ways.value, 4);
  t.is(config.core.latency.vectorDot, base.core.latency.vectorDot);
  t.is(base.core.latency.vectorFloat.value, 12);
  t.true(Object.isFrozen(config.core.latency.vectorFloat));
});

test('no settings leave the machine itself', (t) => {
  t.is(set(), base);
});

test('withValue pins a number and keeps what a choice can be', (t) => {
  const origin = { source: 'own', grade: 'inferred' } as const;
  const pinned = withValue(base, 'memory.latencyCycles', 640, origin);
  t.is(pinned.memory.latencyCycles.low, 640);
  t.is(pinned.memory.latencyCycles.high, 640);
  const policy = withValue(base, 'dram.rowPolicy', 'open', origin);
  t.deepEqual(policy.dram.rowPolicy.choices, base.dram.rowPolicy.choices);
});
