import test from 'ava';
import seedrandom from 'seedrandom';
import { FI, type RoundingMode, VXCVI, XX } from '../../sim/engine/fpscr.js';
import * as soft from '../../sim/engine/softfloat.js';
import { bitsOf, numberOf, single } from '../support/float-bits.js';
import { randomSingle } from '../support/random-values.js';

test('conversions to integers round, saturate and say so', (t) => {
  const convert = (x: number, bits: 32 | 64, mode: RoundingMode) => soft.toInteger(bitsOf(x), bits, mode);
  t.is(convert(2.5, 32, 0).bits, 2n);
  t.is(convert(3.5, 32, 0).bits, 4n);
  t.is(convert(-2.5, 32, 1).bits, 0xffff_ffff_ffff_fffen);
  t.is(convert(2.1, 32, 2).bits, 3n);
  t.is(convert(-2.1, 32, 3).bits, 0xffff_ffff_ffff_fffdn);
  t.deepEqual(convert(2 ** 31, 32, 1), { bits: 0x7fff_ffffn, flags: VXCVI });
  t.deepEqual(convert(-(2 ** 31), 32, 1), { bits: 0xffff_ffff_8000_0000n, flags: 0 });
  t.deepEqual(convert(2147483647.5, 32, 0), { bits: 0x7fff_ffffn, flags: VXCVI });
  t.deepEqual(convert(2147483647.5, 32, 1), { bits: 0x7fff_ffffn, flags: XX | FI });
  t.deepEqual(convert(Number.NaN, 64, 0), { bits: 1n << 63n, flags: VXCVI });
  t.deepEqual(convert(1e300, 64, 0), { bits: (1n << 63n) - 1n, flags: VXCVI });
  t.is(soft.fromInteger(0xffff_ffff_ffff_ffffn, 0).bits, bitsOf(-1));
  t.is(soft.fromInteger(0x7fff_ffff_ffff_ffffn, 0).bits, bitsOf(2 ** 63));
  t.is(soft.fromInteger(0x7fff_ffff_ffff_ffffn, 1).bits, bitsOf(2 ** 63 - 1024));
});

test('singles survive the way into a register and back', (t) => {
  const random = seedrandom.alea('lfs');
  for (let i = 0; i < 20_000; i++) {
    const word = randomSingle(random);
    const bits = soft.doubleFromSingle(word);
    if (soft.singleFromDouble(bits) !== word) return t.fail(word.toString(16));
    if ((word & 0x7fff_ffff) <= 0x7f80_0000 && !Object.is(numberOf(bits), single(word))) {
      return t.fail(`${word.toString(16)} became ${numberOf(bits)}`);
    }
  }
  t.is(soft.doubleFromSingle(0x7f80_0001), 0x7ff0_0000_2000_0000n, 'a signalling NaN stays signalling');
  t.is(soft.singleFromDouble(bitsOf(2 ** -150)), 0, 'too small for a single');
  t.is(soft.singleFromDouble(bitsOf(-1.5 * 2 ** -149)), 0x8000_0001, 'bits are dropped, not rounded');
});
