import test from 'ava';
import seedrandom from 'seedrandom';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { estimate } from '../../sim/engine/exact-vector-estimate.js';
import { encodeRow } from '../../sim/isa/fields.js';
import { byName } from '../../sim/isa/table.js';
import { finish } from '../support/to-end.js';
import { borrowMemory, giveBack, relaxedFma, translatedOver } from '../support/translated.js';

/** Translated estimates against the exact ones: every table entry, every exponent, the special operands. */

const NJ = 0x1_0000;
const INPUT = 0x1_0000;
const OUTPUT = 0x10_0000;
const OPS = [
  ['vrefp', 'f32x4.reciprocalEstimate'],
  ['vrsqrtefp', 'f32x4.rsqrtEstimate'],
  ['vexptefp', 'f32x4.exp2Estimate'],
  ['vlogefp', 'f32x4.log2Estimate'],
] as const;
const SPECIAL = [
  0, 0x80000000, 1, 0x807fffff, 0x00800000, 0x80800000, 0x7e7fffff, 0x7e800000, 0xfe800000, 0x7f000000,
  0x7f7fffff, 0x7f800000, 0xff800000, 0xc2fc0000, 0xc2fbffff, 0xc2fc0001, 0x43000000, 0x42ffffff, 0xc3000000,
  0xb3800000, 0xb4000000, 0xb4000001, 0x33ffffff, 0x3f7fffff, 0xbf7fffff,
];

/** Four operands a vector; NaNs stand in vectors of their own, as they leave translated code. */
function operands(): number[] {
  const random = seedrandom('estimates');
  const words = SPECIAL.concat(0, 0, 0);
  for (let exponent = 0; exponent < 255; exponent++) {
    for (let piece = 0; piece < 32; piece++) {
      const low = Math.floor(random() * 2 ** 18);
      const bits =
        (exponent << 23) | (piece << 18) | [0, 0x3ffff, low, low & 0x3fe00][(exponent + piece) & 3];
      words.push((bits | (random() < 0.3 ? 0x80000000 : 0)) >>> 0);
    }
  }
  // Operands of 2^x that matter: up to 128 in magnitude.
  for (let i = 0; i < 4096; i++) {
    const bits = ((118 + (i & 15)) << 23) | Math.floor(random() * 2 ** 23);
    words.push((bits | (i & 16 ? 0x80000000 : 0)) >>> 0);
  }
  return words.concat(0x7f800001, 0, 0, 0, 0xffc12345, 0x3f800000, 0x7fc00000, 0);
}

test('translated estimates equal the exact ones', (t) => {
  const memory = borrowMemory();
  const words = operands();
  const count = words.length / 4;
  t.is(count, Math.floor(count));
  const code = [
    encodeRow(byName('lvx'), { vD: 1, rA: 0, rB: 3 }),
    ...OPS.flatMap(([name], i) => [
      encodeRow(byName(name), { vD: 2, vB: 1 }),
      encodeRow(byName('stvx'), { vS: 2, rA: 4, rB: 5 + i }),
    ]),
    encodeRow(byName('addi'), { rD: 3, rA: 3, SIMM: 16 }),
    encodeRow(byName('addi'), { rD: 4, rA: 4, SIMM: 16 }),
  ];
  code.push(encodeRow(byName('bc'), { BO: 16, BI: 0, BD: -4 * code.length }), encodeRow(byName('sc'), {}));
  const view = new DataView(memory.buffer);
  for (const [i, word] of code.entries()) view.setUint32(0x1000 + 4 * i, word);
  for (const [i, word] of words.entries()) view.setUint32(INPUT + 4 * i, word);
  const context = new DataView(memory.buffer, contextBase(0));
  const setGpr = (n: number, value: number) => context.setBigUint64(CTX.gpr + 8 * n, BigInt(value), true);
  setGpr(3, INPUT);
  setGpr(4, OUTPUT);
  for (const i of OPS.keys()) setGpr(5 + i, i * 16 * count);
  context.setBigUint64(CTX.ctr, BigInt(count), true);
  context.setBigUint64(CTX.pc, 0x1000n, true);
  context.setUint32(CTX.vscr, NJ, true);
  const { translated } = translatedOver(memory, true, relaxedFma);
  translated.codeChanged();
  const exit = finish(
    () => translated.run(0, 1e6),
    () => translated.runSync(0),
  );
  t.is(exit.kind, 'systemCall');
  for (const [i, [name, op]] of OPS.entries()) {
    for (let n = 0; n < count; n++) {
      const at = OUTPUT + 16 * (i * count + n);
      const ours = [...new Uint8Array(memory.buffer, at, 16)];
      const operand = new Uint8Array(memory.buffer.slice(INPUT + 16 * n, INPUT + 16 * n + 16));
      const expected = [...estimate(op, operand, true)];
      if (ours.join() !== expected.join())
        return t.fail(`${name} of ${[...operand]}: ${ours}, not ${expected}`);
    }
  }
  t.true(count > 2000);
  giveBack(memory);
});
