import test from 'ava';
import { CTX, contextBase, MEMORY_BYTES } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import type { Event } from '../../sim/engine/event.js';
import { encodeFields } from '../../sim/isa/fields.js';
import { DCBZ_BYTES } from '../../sim/isa/load-store.js';
import type { Fields } from '../../sim/isa/row.js';
import { PVR_VALUE, SPR } from '../../sim/isa/system.js';
import { byName } from '../../sim/isa/table.js';

/** What comparison with other implementations cannot tell: 32-bit mode, traps, block sizes, time base, absolute branches. */

const memory = new ArrayBuffer(MEMORY_BYTES);
const bytes = new Uint8Array(memory);
const state = new DataView(memory, contextBase(0));
const modes = { 32: new Evaluator(memory, { sf: false }), 64: new Evaluator(memory, { sf: true }) };
const ADDRESS = 0x1000;

const gpr = (n: number): bigint => state.getBigUint64(CTX.gpr + 8 * n, true);
const setGpr = (n: number, value: bigint): void =>
  state.setBigUint64(CTX.gpr + 8 * n, BigInt.asUintN(64, value), true);
const flags = (): { ca: number; ov: number; so: number; cr0: number } => ({
  ca: state.getUint32(CTX.ca, true),
  ov: state.getUint32(CTX.ov, true),
  so: state.getUint32(CTX.so, true),
  cr0: state.getUint32(CTX.crf, true),
});

/** Executes one instruction with r4, r5 as given and XER and CR clear. */
function execute(mode: 32 | 64, name: string, fields: Fields, r4 = 0n, r5 = 0n): Event {
  setGpr(4, r4);
  setGpr(5, r5);
  for (const at of [CTX.ca, CTX.ov, CTX.so, CTX.crf]) state.setUint32(at, 0, true);
  const row = byName(name);
  return modes[mode].executeOne(0, ADDRESS, encodeFields(row.form, row.bits, fields));
}

const three = { rD: 3, rA: 4, rB: 5 };

test('in 32-bit mode registers keep 64 bits, CR0, CA and OV see 32', (t) => {
  execute(32, 'addco.', three, 0x1_7fff_ffffn, 1n);
  t.is(gpr(3), 0x1_8000_0000n);
  t.deepEqual(flags(), { ca: 0, ov: 1, so: 1, cr0: 9 });
  execute(64, 'addco.', three, 0x1_7fff_ffffn, 1n);
  t.deepEqual(flags(), { ca: 0, ov: 0, so: 0, cr0: 4 });
  execute(32, 'addc.', three, 0xffff_ffffn, 1n);
  t.is(gpr(3), 0x1_0000_0000n);
  t.deepEqual(flags(), { ca: 1, ov: 0, so: 0, cr0: 2 });
  execute(64, 'addc.', three, 0xffff_ffffn, 1n);
  t.deepEqual(flags(), { ca: 0, ov: 0, so: 0, cr0: 4 });
  execute(32, 'subfco.', three, 1n, 0xf_8000_0000n);
  t.is(gpr(3), 0xf_7fff_ffffn);
  t.deepEqual(flags(), { ca: 1, ov: 1, so: 1, cr0: 5 });
  execute(32, 'nego.', { rD: 3, rA: 4 }, 0x8000_0000n);
  t.is(gpr(3), 0xffff_ffff_8000_0000n);
  t.deepEqual(flags(), { ca: 0, ov: 1, so: 1, cr0: 9 });
  execute(32, 'subfic', { rD: 3, rA: 4, SIMM: 5 }, 0xf_0000_0005n);
  t.is(flags().ca, 1);
  execute(64, 'subfic', { rD: 3, rA: 4, SIMM: 5 }, 0xf_0000_0005n);
  t.is(flags().ca, 0);
  execute(32, 'or.', { rA: 3, rS: 4, rB: 4 }, 0x7_8000_0000n);
  t.deepEqual([gpr(3), flags().cr0], [0x7_8000_0000n, 8]);
});

test('carry chains in 32-bit mode add 64-bit numbers held in word pairs', (t) => {
  const add64 = (a: bigint, b: bigint): bigint => {
    const word = (value: bigint, high: boolean): bigint => BigInt.asUintN(32, high ? value >> 32n : value);
    execute(32, 'addc', three, word(a, false), word(b, false));
    const low = BigInt.asUintN(32, gpr(3));
    const carry = flags().ca;
    setGpr(4, word(a, true));
    setGpr(5, word(b, true));
    const row = byName('adde');
    modes[32].executeOne(0, ADDRESS, encodeFields(row.form, row.bits, three));
    t.true(carry === 0 || carry === 1);
    return (BigInt.asUintN(32, gpr(3)) << 32n) | low;
  };
  for (const a of [0n, 0xffff_ffffn, 0x1234_5678_ffff_fff0n, 0xffff_ffff_ffff_ffffn]) {
    for (const b of [0n, 1n, 0x10n, 0xffff_ffffn, 0x8000_0000_0000_0000n]) {
      t.is(add64(a, b), BigInt.asUintN(64, a + b), `${a} + ${b}`);
    }
  }
});

test('addresses and counters in 32-bit mode', (t) => {
  execute(32, 'lwzu', { rD: 3, rA: 4, d: 8 }, 0xf_ffff_fffcn);
  t.is(gpr(4), 4n);
  execute(64, 'stwux', { rS: 3, rA: 4, rB: 5 }, 0x1_0000_2000n, 8n);
  t.is(gpr(4), 0x1_0000_2008n);
  state.setBigUint64(CTX.ctr, 0x5_0000_0001n, true);
  const { branch } = execute(32, 'bc', { BO: 16, BI: 0, BD: -8 });
  t.like(branch, { taken: false, target: ADDRESS - 8 });
  state.setBigUint64(CTX.ctr, 0x5_0000_0001n, true);
  t.true(execute(64, 'bc', { BO: 16, BI: 0, BD: -8 }).branch?.taken);
  t.is(state.getBigUint64(CTX.ctr, true), 0x5_0000_0000n);
  state.setBigUint64(CTX.lr, 0xffff_ffff_8200_0003n, true);
  t.like(execute(32, 'bclrl', { BO: 20, BI: 0 }).branch, { taken: true, target: 0x8200_0000, kind: 'call' });
  t.is(state.getBigUint64(CTX.lr, true), BigInt(ADDRESS + 4));
});

test('absolute branches and their links', (t) => {
  t.like(execute(64, 'bcla', { BO: 20, BI: 0, BD: 0x7ff0 }).branch, { taken: true, target: 0x7ff0 });
  t.is(state.getBigUint64(CTX.lr, true), BigInt(ADDRESS + 4));
  t.like(execute(32, 'bca', { BO: 12, BI: 2, BD: -16 }).branch, { taken: false, target: 0xffff_fff0 });
  t.is(execute(64, 'bcctr', { BO: 16, BI: 0 }).stop?.kind, 'illegal');
});

test('traps fire on exactly the selected conditions', (t) => {
  const values = [0n, 1n, -1n, 0x7fff_ffffn, -0x8000_0000n, 0x1_0000_0000n, -0x7fff_ffff_ffff_ffffn];
  for (const name of ['tw', 'td']) {
    const width = name === 'tw' ? 32 : 64;
    for (const a of values) {
      for (const b of values) {
        const [sa, sb] = [BigInt.asIntN(width, a), BigInt.asIntN(width, b)];
        const [ua, ub] = [BigInt.asUintN(width, a), BigInt.asUintN(width, b)];
        const holds = [sa < sb, sa > sb, sa === sb, ua < ub, ua > ub];
        for (let TO = 0; TO < 32; TO++) {
          const expected = holds.some((condition, i) => condition && (TO & (16 >> i)) !== 0);
          const stopped = execute(64, name, { TO, rA: 4, rB: 5 }, a, b).stop?.kind === 'trap';
          if (stopped !== expected) t.fail(`${name} ${TO} of ${a}, ${b}: ${stopped}`);
        }
      }
    }
  }
  t.is(execute(64, 'twi', { TO: 16, rA: 4, SIMM: -1 }, 0x8000_0000n).stop?.kind, 'trap');
  t.is(execute(64, 'tdi', { TO: 16, rA: 4, SIMM: -1 }, 0x8000_0000n).stop, undefined);
  t.is(execute(64, 'tdi', { TO: 2, rA: 4, SIMM: -1 }, 0x8000_0000n).stop?.kind, 'trap');
  t.is(execute(64, 'sc', {}).stop?.kind, 'systemCall');
});

test('dcbz clears its block, dcbz128 a line', (t) => {
  for (const { name, size } of [
    { name: 'dcbz', size: DCBZ_BYTES },
    { name: 'dcbz128', size: 128 },
  ]) {
    bytes.fill(0xff, 0x2f00, 0x3100);
    execute(64, name, { rA: 0, rB: 4 }, 0x3000n + BigInt(size) - 1n);
    t.true(
      bytes.subarray(0x3000, 0x3000 + size).every((byte) => byte === 0),
      name,
    );
    t.deepEqual([bytes[0x2fff], bytes[0x3000 + size]], [0xff, 0xff], name);
  }
});

test('special registers that only read', (t) => {
  state.setBigUint64(CTX.timeBase, 0x1234_5678_9abc_def0n, true);
  execute(64, 'mftb', { rD: 3, TBR: SPR.TB });
  t.is(gpr(3), 0x1234_5678_9abc_def0n);
  execute(64, 'mfspr', { rD: 3, SPR: SPR.TBU });
  t.is(gpr(3), 0x1234_5678n);
  execute(64, 'mfspr', { rD: 3, SPR: SPR.PVR });
  t.is(gpr(3), BigInt(PVR_VALUE));
  t.regex(execute(64, 'mfspr', { rD: 3, SPR: 26 }).stop!.message, /special register 26/);
  t.is(execute(64, 'mtspr', { SPR: SPR.PVR, rS: 3 }).stop?.kind, 'illegal');
  t.is(execute(64, 'mftb', { rD: 3, TBR: 1 }).stop?.kind, 'illegal');
});

test('thread hints and barriers reach the engine', (t) => {
  t.is(execute(64, 'db16cyc', {}).hint, 'delay16');
  t.is(execute(64, 'cctpl', {}).hint, 'low');
  t.is(execute(64, 'lwsync', {}).barrier, 'lwsync');
  t.is(execute(64, 'isync', {}).barrier, 'isync');
});
