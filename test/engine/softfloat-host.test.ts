import test from 'ava';
import seedrandom from 'seedrandom';
import { fma32Bits } from '../../sim/engine/fma32.js';
import { hostBinary, hostMultiplyAdd, hostSquareRoot } from '../../sim/engine/host-float.js';
import * as soft from '../../sim/engine/softfloat.js';
import { bitsOf, numberOf, single, wordOf } from '../support/float-bits.js';
import { below, randomDouble, randomSingle } from '../support/random-values.js';

test('double results equal the host’s to nearest even', (t) => {
  const random = seedrandom.alea('host');
  for (let i = 0; i < 20_000; i++) {
    const [a, b] = [randomDouble(random), randomDouble(random)];
    const [x, y] = [numberOf(a), numberOf(b)];
    const checks: [string, bigint, number][] = [
      ['add', soft.add(a, b, 'double', 0).bits, x + y],
      ['subtract', soft.subtract(a, b, 'double', 0).bits, x - y],
      ['multiply', soft.multiply(a, b, 'double', 0).bits, x * y],
      ['divide', soft.divide(a, b, 'double', 0).bits, x / y],
      ['squareRoot', soft.squareRoot(a, 'double', 0).bits, Math.sqrt(x)],
      ['roundToSingle', soft.roundToSingle(a, 0).bits, Math.fround(x)],
    ];
    for (const [name, bits, expected] of checks) {
      if (!Object.is(numberOf(bits), expected)) {
        t.fail(`${name} ${a.toString(16)}, ${b.toString(16)}: ${bits.toString(16)} is not ${expected}`);
        return;
      }
    }
  }
  t.pass();
});

test('single results of single operands equal Math.fround of the host’s', (t) => {
  const random = seedrandom.alea('fround');
  for (let i = 0; i < 20_000; i++) {
    const [x, y] = [single(randomSingle(random)), single(randomSingle(random))];
    const [a, b] = [bitsOf(x), bitsOf(y)];
    const checks: [string, bigint, number][] = [
      ['add', soft.add(a, b, 'single', 0).bits, x + y],
      ['subtract', soft.subtract(a, b, 'single', 0).bits, x - y],
      ['multiply', soft.multiply(a, b, 'single', 0).bits, x * y],
      ['divide', soft.divide(a, b, 'single', 0).bits, x / y],
      ['squareRoot', soft.squareRoot(a, 'single', 0).bits, Math.sqrt(x)],
    ];
    for (const [name, bits, expected] of checks) {
      if (!Object.is(numberOf(bits), Math.fround(expected))) {
        t.fail(`${name} ${x}, ${y}: ${numberOf(bits)} is not ${Math.fround(expected)}`);
        return;
      }
    }
  }
  t.pass();
});

test('fma32 equals the exact arithmetic', (t) => {
  const random = seedrandom.alea('fma32');
  for (let i = 0; i < 60_000; i++) {
    const [a, c] = [randomSingle(random), randomSingle(random)];
    // Every third addend nearly cancels the product or stands just below its last place.
    const near = wordOf(-single(a) * single(c));
    const b =
      i % 3 === 0
        ? (near + below(random, 3)) >>> 0
        : i % 3 === 1
          ? wordOf(single(a) * single(c) * 2 ** -(20 + below(random, 32)))
          : randomSingle(random);
    const word = fma32Bits(a, c, b);
    const exact = soft.multiplyAdd(
      soft.doubleFromSingle(a),
      soft.doubleFromSingle(c),
      soft.doubleFromSingle(b),
      'single',
      0,
      { subtract: false, negate: false },
    );
    if (word !== soft.singleFromDouble(exact.bits)) {
      t.fail(`${[a, c, b].map((x) => x.toString(16))}: ${word.toString(16)} not ${exact.bits.toString(16)}`);
      return;
    }
  }
  t.pass();
});

const EXACT = { add: soft.add, subtract: soft.subtract, multiply: soft.multiply, divide: soft.divide };

test('the shortcuts through host arithmetic equal the exact path', (t) => {
  const random = seedrandom.alea('shortcuts');
  let taken = 0;
  const same = (quick: bigint | undefined, exact: bigint, what: string) => {
    if (quick === undefined) return true;
    taken++;
    if (quick !== exact) t.fail(`${what}: ${quick.toString(16)} not ${exact.toString(16)}`);
    return quick === exact;
  };
  for (let i = 0; i < 20_000; i++) {
    const value = () => (i % 2 ? soft.doubleFromSingle(randomSingle(random)) : randomDouble(random));
    const [a, b, c] = [value(), value(), value()];
    for (const to of ['double', 'single'] as const) {
      for (const operation of ['add', 'subtract', 'multiply', 'divide'] as const) {
        if (
          !same(hostBinary(operation, a, b, to), EXACT[operation](a, b, to, 0).bits, `${operation} ${a} ${b}`)
        )
          return;
      }
      if (!same(hostSquareRoot(a, to), soft.squareRoot(a, to, 0).bits, `root ${a}`)) return;
    }
    const options = { subtract: i % 3 === 0, negate: i % 5 === 0 };
    const exact = soft.multiplyAdd(a, c, b, 'single', 0, options).bits;
    if (!same(hostMultiplyAdd(a, c, b, options), exact, `fma ${a} ${c} ${b}`)) return;
  }
  t.true(taken > 100_000, `${taken}`);
});
