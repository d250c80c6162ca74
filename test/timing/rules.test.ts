import test from 'ava';
import { assemble } from '../../sim/asm/assemble.js';
import { CRF, FPSCR, LR, VSCR } from '../../sim/isa/registers.js';
import { decode } from '../../sim/isa/table.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { resolve } from '../../sim/machine/resolve.js';
import { planOf, syncKindOf } from '../../sim/timing/rules.js';
import { machineWith } from '../support/guest.js';

/** What single instructions wait for, give and hold: plans by hand, from the rules and the numbers of the machine. */

const { core } = machineWith();

function decoded(line: string) {
  const { bytes } = assemble(line, { file: 'one.s', base: 0x1000 });
  return decode(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0))!;
}

const plan = (line: string, of = core) => planOf(decoded(line), undefined, 0x1000, true, of);
const waits = (line: string) => plan(line).waits.map(({ reg, extra }) => [reg, extra]);
const results = (line: string) => plan(line).results.map(({ reg, latency }) => [reg, latency]);

test('addresses are waited for longer, data to be stored not at all', (t) => {
  const extra = 2 * core.addressExtra;
  t.true(extra > 0);
  t.deepEqual(waits('lwzx 5,3,4'), [
    [3, extra],
    [4, extra],
  ]);
  t.deepEqual(waits('add 5,3,4'), [
    [3, 0],
    [4, 0],
  ]);
  t.deepEqual(waits('stwx 5,3,4'), [
    [3, extra],
    [4, extra],
  ]);
  t.deepEqual(plan('stwx 5,3,4').storeData, [5]);
  t.deepEqual(waits('stwu 3,4(3)'), [[3, extra]], 'its base is its data as well');
  t.deepEqual(plan('stwu 3,4(3)').storeData, [3]);
});

test('nobody waits for sticky bits but who moves them', (t) => {
  const names = (line: string, reg: number) =>
    [plan(line).waits, plan(line).results].map((list) => list.some((one) => one.reg === reg));
  for (const line of ['fadd 1,2,3', 'fadd. 1,2,3', 'fcmpu 0,1,2'])
    t.deepEqual(names(line, FPSCR), [false, false], line);
  t.deepEqual(names('mffs 1', FPSCR), [true, false]);
  t.true(names('mtfsf 255,1', FPSCR)[1]);
  t.deepEqual(names('vaddsws 1,2,3', VSCR), [false, false]);
  t.deepEqual(names('mfvscr 1', VSCR), [true, false]);
  t.true(names('mtvscr 1', VSCR)[1]);
});

test('products of doubles take longer where a machine says so, others do not', (t) => {
  const g3 = resolve('powermac-g3', presetNamed('powermac-g3')).core;
  const { latency, block, doubleMultiply } = g3;
  t.true(doubleMultiply.extraLatency > 0 && doubleMultiply.blockCycles > block.float);
  for (const name of ['fmul', 'fmadd', 'fmsub', 'fnmadd', 'fnmsub']) {
    const operands = name === 'fmul' ? '1,2,3' : '1,2,3,4';
    const double = plan(`${name} ${operands}`, g3);
    t.is(double.results[0].latency, 2 * (latency.float + doubleMultiply.extraLatency), name);
    t.is(double.blockCycles, doubleMultiply.blockCycles, name);
    const single = plan(`${name}s ${operands}`, g3);
    t.is(single.results[0].latency, 2 * latency.float, `${name}s`);
    t.is(single.blockCycles, block.float, `${name}s`);
  }
  t.is(plan('fadd 1,2,3', g3).results[0].latency, 2 * latency.float);
});

test('a base that is brought up to date does not come from memory', (t) => {
  const { updateLatencyCycles, latency } = core;
  t.deepEqual(plan('lwzu 5,4(3)').results, [
    { reg: 3, latency: 2 * updateLatencyCycles, fromMemory: false },
    { reg: 5, latency: 2 * latency.load, fromMemory: true },
  ]);
  t.deepEqual(results('add. 5,3,4'), [
    [5, 2 * latency.integer],
    [CRF, 2 * core.crToBranch.record],
  ]);
  t.deepEqual(results('cmpwi 2,3,0'), [[CRF + 2, 2 * core.crToBranch.compare]]);
  t.like(plan('stwcx. 5,0,3').results[0], { reg: CRF, fromMemory: true });
});

test('branches: where they go is in the word, behind a call, in the link register, or anywhere', (t) => {
  const kind = (line: string) => {
    const { conditional, kind, links } = plan(line).branch!;
    return [kind, conditional, links];
  };
  t.deepEqual(kind('b .+8'), ['direct', false, false]);
  t.deepEqual(kind('bl .+8'), ['call', false, true]);
  t.deepEqual(kind('beq .+8'), ['direct', true, false]);
  t.deepEqual(kind('blr'), ['return', false, false]);
  t.deepEqual(kind('bctr'), ['indirect', false, false]);
  t.deepEqual(kind('bctrl'), ['indirect', false, true]);
  t.true(plan('bl .+8').results.some(({ reg }) => reg === LR));
});

test('what runs alone in time order: reservations, fences and changes of priority', (t) => {
  const sync = (line: string) => syncKindOf(decoded(line));
  t.is(sync('lwarx 3,0,4'), 'loadReserve');
  t.is(sync('stwcx. 3,0,4'), 'storeConditional');
  t.is(sync('lwsync'), 'lwsync');
  t.is(sync('cctpl'), 'priority');
  t.is(sync('cctpm'), 'priority');
  t.is(sync('db16cyc'), undefined);
  t.is(sync('lwz 3,0(4)'), undefined);
  t.is(plan('db16cyc').blockCycles, core.delayHint.or31);
});

test('only the second word of an aligned pair shares a cycle', (t) => {
  const pairs = (pc: number) => planOf(decoded('lwz 6,0(7)'), decoded('add 3,4,5'), pc, true, core).pairs;
  t.deepEqual([pairs(0x1000), pairs(0x1004), pairs(0x1008)], [false, true, false]);
});
