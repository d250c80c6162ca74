import test from 'ava';
import { assemble } from '../../sim/asm/assemble.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { doubleFromSingle } from '../../sim/engine/softfloat.js';
import { borrowMemory, relaxedFma, translatedOver } from '../support/translated.js';

const memory = borrowMemory();
const view = new DataView(memory.buffer);
const base = contextBase(0);

/** Runs `<instruction>; sc` on v1, v2, v3 (the single in all words) or f1, f2, f3; gives the result's single. */
function run(instruction: string, operands: readonly number[], fused: boolean, nj = true): number {
  const { bytes } = assemble(`${instruction}\nsc\n`, { file: 'corner.s', base: 0x1_0000 });
  new Uint8Array(memory.buffer).set(bytes, 0x1_0000);
  operands.forEach((bits, i) => {
    view.setBigUint64(base + CTX.fpr + 8 * (i + 1), doubleFromSingle(bits), true);
    for (let word = 0; word < 4; word++) view.setUint32(base + CTX.vr + 16 * (i + 1) + 4 * word, bits, true);
  });
  view.setUint32(base + CTX.vscr, nj ? 0x1_0000 : 0, true);
  view.setBigUint64(base + CTX.pc, 0x1_0000n, true);
  translatedOver(memory, true, fused).translated.run(0, 1e6);
  if (instruction.startsWith('v')) return view.getUint32(base + CTX.vr, true);
  const single = new DataView(new ArrayBuffer(4));
  single.setFloat32(0, view.getFloat64(base + CTX.fpr, true));
  return single.getUint32(0);
}

// (1 + 2^-23) + 2^-12 (1 + 2^-23) * 2^-12 (1 - 2^-23): just below half-way between two singles, but exactly there
// once rounded to double precision.
const HALFWAY = [0x3980_0001, 0x397f_fffe, 0x3f80_0001] as const;

for (const fused of relaxedFma ? [true, false] : [false]) {
  const how = fused ? 'relaxed' : 'emulated';
  test(`a multiply-add rounds once: ${how}`, (t) => {
    t.is(run('vmaddfp 0,1,2,3', HALFWAY, fused), 0x3f80_0001);
    t.is(run('fmadds 0,1,2,3', HALFWAY, fused), 0x3f80_0001);
    t.is(run('fnmsubs 0,1,2,3', [HALFWAY[0], HALFWAY[1], 0xbf80_0001], fused), 0xbf80_0001);
    // 1 - 2^-24 times 1 + 2^-23, minus 1: what separate rounding of the product would lose.
    t.is(run('vmaddfp 0,1,2,3', [0x3f7f_ffff, 0x3f80_0001, 0xbf80_0000], fused), 0x337f_fffe);
  });

  test(`a result tiny before rounding is flushed: ${how}`, (t) => {
    // (1 - 2^-24) * 2^-126 rounds to 2^-126.
    t.is(run('vmulfp128 0,1,2', [0x3f7f_ffff, 0x0080_0000], fused), 0);
    t.is(run('vmulfp128 0,1,2', [0xbf7f_ffff, 0x0080_0000], fused), 0x8000_0000);
    t.is(run('vmulfp128 0,1,2', [0x3f7f_ffff, 0x0080_0000], fused, false), 0x0080_0000);
    t.is(run('vmaddfp 0,1,2,3', [0x3f7f_ffff, 0x0080_0000, 0], fused), 0);
    t.is(run('vmulfp128 0,1,2', [0x3f80_0000, 0x0080_0000], fused), 0x0080_0000);
  });

  test(`denormal operands count as zeros only with NJ: ${how}`, (t) => {
    t.is(run('vmaddfp 0,1,2,3', [0x007f_ffff, 0x4b80_0000, 0x3f80_0000], fused), 0x3f80_0000);
    t.is(run('vmaddfp 0,1,2,3', [0x7f00_0000, 0x0040_0000, 0x3f80_0000], fused), 0x3f80_0000);
    t.is(run('vmaddfp 0,1,2,3', [0x7f00_0000, 0x0040_0000, 0x3f80_0000], fused, false), 0x4000_0000);
  });

  test(`NaN operands keep their bits, the first one wins: ${how}`, (t) => {
    t.is(run('vmaddfp 0,1,2,3', [0x3f80_0000, 0xffa1_2345, 0x7fc0_0001], fused), 0x7fc0_0001);
    t.is(run('vaddfp 0,1,2', [0x7fa0_0001, 0x7fc0_0002], fused), 0x7fe0_0001);
    t.is(run('vsubfp 0,1,2', [0x7f80_0000, 0x7f80_0000], fused), 0x7fc0_0000);
  });
}
