import test from 'ava';
import { exp } from '../../models/elementary.js';
import { at, floatBytes, floatsOf } from '../../models/kernels/call.js';
import { runSource } from '../support/kernel.js';

/** Kernels that apply the guest's exp macros to f32[r4] at r3. */
const SCALAR = `
        .include "kernels/exp.scalar.inc"
start:  EXP_CONSTANTS start
        mtctr   r4
1:      lfs     f1,0(r3)
        EXP
        stfs    f1,0(r3)
        addi    r3,r3,4
        bdnz    1b
        blr
        EXP_DATA
`;
const VECTOR = `
        .include "kernels/exp.vmx128.inc"
start:  EXP_CONSTANTS start
        srwi    r4,r4,4
        mtctr   r4
        li      r8,16
        li      r9,32
        li      r10,48
1:      lvx128  v40,0,r3
        lvx128  v41,r8,r3
        lvx128  v42,r9,r3
        lvx128  v43,r10,r3
        EXP
        stvx128 v40,0,r3
        stvx128 v41,r8,r3
        stvx128 v42,r9,r3
        stvx128 v43,r10,r3
        addi    r3,r3,64
        bdnz    1b
        blr
        EXP_DATA
`;

/** Worst relative error of a guest exp over numbers from `low` to `high`. */
function worstError(source: string, low: number, high: number): number {
  const count = 1600;
  const x = Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
  const { after } = runSource(source, 'exp.s', {
    buffers: { x: { bytes: floatBytes(x) } },
    registers: [at('x'), count],
    expected: [],
    flops: 0,
    bytes: 0,
  });
  return floatsOf(after.x).reduce((worst, value, i) => Math.max(worst, Math.abs(value / exp(x[i]) - 1)), 0);
}

for (const [name, source, allowed] of [
  ['scalar', SCALAR, 6e-8],
  ['vmx128', VECTOR, 1.3e-7],
] as const) {
  test(`guest exp, ${name}: relative error below ${allowed}`, (t) => {
    for (const [low, high] of [
      [-87, 87.9],
      [-1, 1],
      [-20, 0],
      [-0.01, 0.01],
    ]) {
      const worst = worstError(source, low, high);
      t.true(worst <= allowed, `${low}..${high}: ${worst}`);
    }
  });

  test(`guest exp, ${name}: nothing below the range, and exactly 1 at 0`, (t) => {
    const x = [-1e30, -500, -104.5, 0, -0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const { after } = runSource(source, 'exp.s', {
      buffers: { x: { bytes: floatBytes(x) } },
      registers: [at('x'), 16],
      expected: [],
      flops: 0,
      bytes: 0,
    });
    t.deepEqual([...floatsOf(after.x)].slice(0, 5), [0, 0, 0, 1, 1]);
  });
}
