import test from 'ava';
import seedrandom from 'seedrandom';
import { CTX, contextBase, MEMORY_BYTES } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { encodeRow, operandNames } from '../../sim/isa/fields.js';
import type { Fields } from '../../sim/isa/row.js';
import { byName, findRow } from '../../sim/isa/table.js';
import { rows as vmx128Rows } from '../../sim/isa/vmx128.js';

/** Vector rows on the oracle: operand order, register numbers beyond 31, CR6, VSCR, memory. */

const memory = new ArrayBuffer(MEMORY_BYTES);
const state = new DataView(memory, contextBase(0));
const guest = new Uint8Array(memory, 0, 4096);
const evaluator = new Evaluator(memory);

const place = (n: number, k: number) => CTX.vr + 16 * n + (k ^ 3);
const bytesFrom = (hex: string) =>
  hex
    .replaceAll(' ', '')
    .match(/../g)!
    .map((byte) => Number.parseInt(byte, 16));

function setVector(n: number, hex: string): void {
  for (const [k, byte] of bytesFrom(hex).entries()) state.setUint8(place(n, k), byte);
}
function vector(n: number): string {
  const hex = Array.from({ length: 16 }, (_, k) => state.getUint8(place(n, k)).toString(16).padStart(2, '0'));
  return hex.join('').replace(/(.{8})(?!$)/g, '$1 ');
}
const setGpr = (n: number, value: bigint) => state.setBigUint64(CTX.gpr + 8 * n, value, true);
const cr6 = () => state.getUint32(CTX.crf + 24, true);
const vscr = () => state.getUint32(CTX.vscr, true);
const setVscr = (value: number) => state.setUint32(CTX.vscr, value, true);
const run = (name: string, operands: Fields) =>
  evaluator.executeOne(0, 0x1000, encodeRow(byName(name), operands));

const COUNT = '00010203 04050607 08090a0b 0c0d0e0f';
const TENS = '10111213 14151617 18191a1b 1c1d1e1f';
const OLD = 'a0a1a2a3 a4a5a6a7 a8a9aaab acadaeaf';
const ONE = '3f800000 40000000 40400000 40800000';
const HALF = '3f000000 3f000000 3f000000 3f000000';
const TWO = '40000000 40000000 40000000 40000000';

test('multiply-adds take their operands in the published order', (t) => {
  setVector(101, ONE);
  setVector(102, TWO);
  setVector(103, HALF);
  run('vmaddfp128', { vD: 103, vA: 101, vB: 102 });
  t.is(vector(103), '40200000 40900000 40d00000 41080000', '2 * n + 0.5');
  setVector(103, HALF);
  run('vmaddcfp128', { vD: 103, vA: 101, vB: 102 });
  t.is(vector(103), '40200000 40400000 40600000 40800000', 'n / 2 + 2');
  setVector(103, HALF);
  run('vnmsubfp128', { vD: 103, vA: 101, vB: 102 });
  t.is(vector(103), 'bfc00000 c0600000 c0b00000 c0f00000', '-(2 * n - 0.5)');
  setVector(1, ONE);
  setVector(2, TWO);
  setVector(3, HALF);
  run('vmaddfp', { vD: 4, vA: 1, vC: 2, vB: 3 });
  t.is(vector(4), '40200000 40900000 40d00000 41080000');
  run('vnmsubfp', { vD: 4, vA: 1, vC: 2, vB: 3 });
  t.is(vector(4), 'bfc00000 c0600000 c0b00000 c0f00000');
});

test('vsel128 and vperm128', (t) => {
  setVector(64, COUNT);
  setVector(65, TENS);
  setVector(66, 'ffff0000 0f0f0f0f 00000000 ffffffff');
  run('vsel128', { vD: 66, vA: 64, vB: 65 });
  t.is(vector(66), '10110203 04050607 08090a0b 1c1d1e1f');
  setVector(7, '1f1e1d1c 00010203 e0f010ff 0f0e0d0c');
  run('vperm128', { vD: 67, vA: 64, vB: 65, vC: 7 });
  t.is(vector(67), '1f1e1d1c 00010203 0010101f 0f0e0d0c');
});

test('vsldoi128, vpermwi128, vrlimi128, splats and merges', (t) => {
  setVector(40, COUNT);
  setVector(41, TENS);
  setVector(42, OLD);
  run('vsldoi128', { vD: 43, vA: 40, vB: 41, SH: 5 });
  t.is(vector(43), '05060708 090a0b0c 0d0e0f10 11121314');
  run('vpermwi128', { vD: 43, vB: 40, PERM: 0b11_00_01_10 });
  t.is(vector(43), '0c0d0e0f 00010203 04050607 08090a0b');
  run('vrlimi128', { vD: 42, vB: 40, MASK: 0b1001, ROT: 1 });
  t.is(vector(42), '04050607 a4a5a6a7 a8a9aaab 00010203');
  run('vrlimi128', { vD: 42, vB: 41, MASK: 0b0100, ROT: 3 });
  t.is(vector(42), '04050607 10111213 a8a9aaab 00010203');
  run('vspltw128', { vD: 43, vB: 40, UIMM: 6 });
  t.is(vector(43), '08090a0b 08090a0b 08090a0b 08090a0b');
  run('vspltisw128', { vD: 43, SIMM: -3 });
  t.is(vector(43), 'fffffffd fffffffd fffffffd fffffffd');
  run('vmrghw128', { vD: 43, vA: 40, vB: 41 });
  t.is(vector(43), '00010203 10111213 04050607 14151617');
  run('vmrglw128', { vD: 43, vA: 40, vB: 41 });
  t.is(vector(43), '08090a0b 18191a1b 0c0d0e0f 1c1d1e1f');
  setVector(44, '00000000 00000000 00000000 00000038');
  run('vslo128', { vD: 43, vA: 40, vB: 44 });
  t.is(vector(43), '0708090a 0b0c0d0e 0f000000 00000000');
  run('vsro128', { vD: 43, vA: 40, vB: 44 });
  t.is(vector(43), '00000000 00000000 01020304 05060708');
});

test('vpkd3d128 puts its words where PACK and ROT say', (t) => {
  setVector(50, '40400001 40400002 40400003 40400004');
  const packed = (TYPE: number, PACK: number, ROT: number) => {
    setVector(51, OLD);
    run('vpkd3d128', { vD: 51, vB: 50, TYPE, PACK, ROT });
    return vector(51);
  };
  const color = '04010203';
  t.is(packed(0, 1, 0), `a0a1a2a3 a4a5a6a7 a8a9aaab ${color}`);
  t.is(packed(0, 1, 1), `a0a1a2a3 a4a5a6a7 ${color} acadaeaf`);
  t.is(packed(0, 1, 2), `a0a1a2a3 ${color} a8a9aaab acadaeaf`);
  t.is(packed(0, 1, 3), `${color} a4a5a6a7 a8a9aaab acadaeaf`);
  const [high, low] = ['00010002', '00030004'];
  t.is(packed(4, 2, 0), `a0a1a2a3 a4a5a6a7 ${high} ${low}`);
  t.is(packed(4, 2, 1), `a0a1a2a3 ${high} ${low} acadaeaf`);
  t.is(packed(4, 2, 2), `${high} ${low} a8a9aaab acadaeaf`);
  t.is(packed(4, 2, 3), `${low} a4a5a6a7 a8a9aaab acadaeaf`);
  t.is(packed(4, 3, 0), `a0a1a2a3 a4a5a6a7 ${high} ${low}`);
  t.is(packed(4, 3, 1), `a0a1a2a3 ${high} ${low} acadaeaf`);
  t.is(packed(4, 3, 2), `${high} ${low} a8a9aaab acadaeaf`);
  t.is(packed(4, 3, 3), `${low} a4a5a6a7 a8a9aaab ${high}`);
  t.is(packed(4, 0, 1), OLD);
});

test('vupkd3d128 takes its type from the upper bits of the immediate', (t) => {
  setVector(50, '00000000 00000000 00000000 04010203');
  run('vupkd3d128', { vD: 51, vB: 50, UIMM: 3 });
  t.is(vector(51), '3f800001 3f800002 3f800003 3f800004');
  run('vupkd3d128', { vD: 51, vB: 50, UIMM: 4 });
  t.is(vector(51), '40400401 40400203 00000000 3f800000');
});

test('recording compares set CR6 and only they do', (t) => {
  setVector(1, ONE);
  setVector(2, TWO);
  state.setUint32(CTX.crf + 24, 5, true);
  run('vcmpeqfp', { vD: 3, vA: 1, vB: 1 });
  t.is(cr6(), 5);
  run('vcmpeqfp.', { vD: 3, vA: 1, vB: 1 });
  t.is(cr6(), 8);
  t.is(vector(3), 'ffffffff ffffffff ffffffff ffffffff');
  run('vcmpgtfp128.', { vD: 99, vA: 1, vB: 2 });
  t.is(cr6(), 0);
  t.is(vector(99), '00000000 00000000 ffffffff ffffffff');
  run('vcmpequw128.', { vD: 99, vA: 3, vB: 1 });
  t.is(cr6(), 2);
  run('vcmpbfp128.', { vD: 99, vA: 1, vB: 2 });
  t.is(vector(99), '00000000 00000000 80000000 80000000');
  t.is(cr6(), 0);
  setVector(2, '40800000 40800000 40800000 40800000');
  run('vcmpbfp.', { vD: 3, vA: 1, vB: 2 });
  t.is(cr6(), 2);
});

test('saturation is sticky and VSCR has two bits', (t) => {
  setVscr(0x10000);
  setVector(1, '7fffffff 00000000 00000000 00000000');
  setVector(2, '00000001 00000001 00000001 00000001');
  run('vaddsws', { vD: 3, vA: 2, vB: 2 });
  t.is(vscr(), 0x10000);
  run('vaddsws', { vD: 3, vA: 1, vB: 2 });
  t.is(vector(3), '7fffffff 00000001 00000001 00000001');
  t.is(vscr(), 0x10001);
  run('vpkswss128', { vD: 3, vA: 2, vB: 2 });
  t.is(vscr(), 0x10001);
  run('mfvscr', { vD: 3 });
  t.is(vector(3), '00000000 00000000 00000000 00010001');
  setVector(3, 'ffffffff ffffffff ffffffff fffefffe');
  run('mtvscr', { vB: 3 });
  t.is(vscr(), 0);
  setVector(3, '7fc00000 3f800000 cf800000 40200000');
  run('vcfpsxws128', { vD: 3, vB: 3, UIMM: 1 });
  t.is(vector(3), '00000000 00000002 80000000 00000005');
  t.is(vscr(), 1);
  setVscr(0);
});

test('loads and stores place their bytes', (t) => {
  for (let i = 0; i < 48; i++) guest[0x100 + i] = i;
  setGpr(4, 0x100n);
  setGpr(5, 5n);
  run('lvlx128', { vD: 70, rA: 4, rB: 5 });
  t.is(vector(70), '05060708 090a0b0c 0d0e0f00 00000000');
  setGpr(6, 21n);
  run('lvrx128', { vD: 71, rA: 4, rB: 6 });
  t.is(vector(71), '00000000 00000000 00000010 11121314');
  run('vor128', { vD: 72, vA: 70, vB: 71 });
  t.is(vector(72), '05060708 090a0b0c 0d0e0f10 11121314', 'an unaligned load');
  setGpr(6, 16n);
  const nothing = new Evaluator(memory, { mapped: () => false });
  const aligned = nothing.executeOne(0, 0x1000, encodeRow(byName('lvrx128'), { vD: 71, rA: 4, rB: 6 }));
  t.is(aligned.stop, undefined, 'no byte is touched at an aligned address');
  t.deepEqual(
    aligned.accesses.map(({ size }) => size),
    [0],
  );
  t.is(vector(71), '00000000 00000000 00000000 00000000');
  run('lvx128', { vD: 71, rA: 4, rB: 5 });
  t.is(vector(71), COUNT);
  run('lvewx', { vD: 7, rA: 4, rB: 5 });
  t.is(vector(7), COUNT);
  run('lvsl128', { vD: 71, rA: 4, rB: 5 });
  t.is(vector(71), '05060708 090a0b0c 0d0e0f10 11121314');
  run('lvsr', { vD: 7, rA: 0, rB: 5 });
  t.is(vector(7), '0b0c0d0e 0f101112 13141516 1718191a');
  setVector(72, OLD);
  setVector(7, OLD);
  run('stvewx128', { vS: 72, rA: 4, rB: 5 });
  t.deepEqual([...guest.slice(0x103, 0x109)], [3, 0xa4, 0xa5, 0xa6, 0xa7, 8]);
  run('stvebx', { vS: 7, rA: 4, rB: 5 });
  t.is(guest[0x105], 0xa5);
  run('stvehx', { vS: 7, rA: 0, rB: 4 });
  t.deepEqual([...guest.slice(0x100, 0x103)], [0xa0, 0xa1, 2]);
  setGpr(5, 0x21dn);
  run('stvlx128', { vS: 72, rA: 0, rB: 5 });
  t.deepEqual([...guest.slice(0x21c, 0x221)], [0, 0xa0, 0xa1, 0xa2, 0]);
  setGpr(5, 0x232n);
  run('stvrx', { vS: 7, rA: 0, rB: 5 });
  t.deepEqual([...guest.slice(0x22f, 0x233)], [0, 0xae, 0xaf, 0]);
  run('stvx128', { vS: 72, rA: 0, rB: 5 });
  t.deepEqual([...guest.slice(0x230, 0x240)], bytesFrom(OLD));
});

test('integer multiply-sums stop with a reason; stream hints do nothing', (t) => {
  const { stop } = run('vmsumubm', { vD: 1, vA: 2, vB: 3, vC: 4 });
  t.is(stop?.kind, 'illegal');
  t.regex(stop!.message, /vmsumubm: Xenon has no integer multiply-sum/);
  const event = run('dst', { rA: 4, rB: 5, STRM: 1 });
  t.is(event.stop, undefined);
  t.deepEqual(event.accesses, []);
});

/** VMX128 rows whose AltiVec twin is called otherwise. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  vcfpsxws128: 'vctsxs',
  vcfpuxws128: 'vctuxs',
  vcsxwfp128: 'vcfsx',
  vcuxwfp128: 'vcfux',
};

test('VMX128 rows give what their AltiVec twins give', (t) => {
  const random = seedrandom('twins');
  const below = (n: number) => Math.floor(random() * n);
  const word = () =>
    random() < 0.5 ? below(2 ** 32) : [0, 1 << 31, 0x7f800000, 0x7fc00001, 0x3f800000][below(5)];
  const hex = () => (word() >>> 0).toString(16).padStart(8, '0');
  let twins = 0;
  for (const row of vmx128Rows) {
    const twin = findRow(OTHER_NAMES[row.name] ?? row.name.replace('128', ''));
    if (twin === undefined || operandNames(row.syntax).join() !== operandNames(twin.syntax).join()) continue;
    twins++;
    for (let i = 0; i < 24; i++) {
      const operands = {
        vD: 9,
        vS: 9,
        vA: 1,
        vB: 2,
        vC: 3,
        rA: 4,
        rB: 5,
        UIMM: below(32),
        SH: below(16),
        SIMM: below(16),
      };
      const used = Object.fromEntries(
        operandNames(row.syntax).map((n) => [n, operands[n as keyof typeof operands]]),
      );
      const vectors = [1, 2, 3, 9].map((n) => [n, `${hex()}${hex()}${hex()}${hex()}`] as const);
      setGpr(4, 0x300n);
      setGpr(5, BigInt(below(32)));
      const outcome = (name: string): string => {
        for (const [n, value] of vectors) setVector(n, value);
        for (let at = 0x300; at < 0x340; at++) guest[at] = (at * 37) & 255;
        setVscr(i & 1 ? 0x10000 : 0);
        state.setUint32(CTX.crf + 24, 0, true);
        run(name, used);
        return `${vector(9)} ${vscr()} ${cr6()} ${guest.slice(0x300, 0x340)}`;
      };
      t.is(outcome(row.name), outcome(twin.name), row.name);
    }
  }
  t.is(twins, 71);
  setVscr(0);
});
