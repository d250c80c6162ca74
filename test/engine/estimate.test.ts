import test from 'ava';
import seedrandom from 'seedrandom';
import { reciprocalEstimate, rsqrtEstimate } from '../../sim/engine/estimate.js';
import { OX, VXSQRT, ZX } from '../../sim/engine/fpscr.js';
import { DEFAULT_NAN } from '../../sim/engine/softfloat.js';
import { bitsOf, numberOf } from '../support/float-bits.js';
import { below } from '../support/random-values.js';

test('estimates hold the architecture’s error bounds and the published values', (t) => {
  const random = seedrandom.alea('estimates');
  for (let i = 0; i < 20_000; i++) {
    const x = 2 ** (below(random, 200) - 100) * (1 + random());
    const reciprocal = numberOf(reciprocalEstimate(bitsOf(x)).bits);
    const root = numberOf(rsqrtEstimate(bitsOf(x)).bits);
    if (Math.abs(reciprocal * x - 1) > 1 / 256) return t.fail(`fres ${x}`);
    if (Math.abs(root * Math.sqrt(x) - 1) > 1 / 32) return t.fail(`frsqrte ${x}`);
  }
  t.is(reciprocalEstimate(bitsOf(1)).bits, 0x3fef_e000_0000_0000n);
  t.is(reciprocalEstimate(bitsOf(2147483647)).bits, 0x3e00_0000_0000_0000n);
  t.is(rsqrtEstimate(bitsOf(1)).bits, 0x3fef_1000_0000_0000n);
  t.is(rsqrtEstimate(1n).bits, 0x617f_1000_0000_0000n);
  t.is(rsqrtEstimate(bitsOf(2147483647)).bits, 0x3ef7_0000_0000_0000n);
  t.deepEqual(rsqrtEstimate(bitsOf(-0)), { bits: bitsOf(-Infinity), flags: ZX });
  t.deepEqual(rsqrtEstimate(bitsOf(-1)), { bits: DEFAULT_NAN, flags: VXSQRT });
  t.deepEqual(reciprocalEstimate(1n), { bits: bitsOf(Infinity), flags: OX });
});
