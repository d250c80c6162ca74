import test from 'ava';
import {
  contains,
  eitherOf,
  limitsOf,
  type NumberClass,
  OPERAND,
  productOf,
  roundedOf,
  sumOf,
  widened,
} from '../../sim/engine/number-class.js';

/** Multiples of 2^-unit up to 2^bound: what is known of results, by the arithmetic that engine/number-class.ts states. */

const of = (unit: number, bound: number): NumberClass => ({ unit, bound });
const SUM: NumberClass = { unit: 126, bound: 113, grows: true };

test('products are multiples of both units, sums of the finer one; nothing is known of what may not be normal', (t) => {
  t.deepEqual(productOf(OPERAND, of(3, 20)), of(66, 60));
  t.deepEqual(productOf(OPERAND, OPERAND), of(126, 80));
  t.is(productOf(OPERAND, of(64, 40)), undefined, 'finer than 2^-126');
  t.deepEqual(productOf(of(0, 100), of(0, 26)), of(0, 126));
  t.is(productOf(of(0, 100), of(0, 27)), undefined, 'as large as infinity');
  t.deepEqual(sumOf(of(126, 80), OPERAND), of(126, 81));
  t.deepEqual(sumOf(of(0, 125), of(0, 125)), of(0, 126));
  t.is(sumOf(of(0, 126), of(0, 1)), undefined);
  for (const result of [productOf, sumOf, eitherOf]) {
    t.is(result(undefined, OPERAND), undefined);
    t.is(result(OPERAND, undefined), undefined);
  }
});

test('a running sum stays one as long as what is added is small beside what it may reach', (t) => {
  t.deepEqual(sumOf(SUM, of(63, 80)), SUM);
  t.deepEqual(sumOf(of(63, 80), SUM), SUM);
  t.deepEqual(sumOf(SUM, of(63, 81)), of(126, 114));
  t.deepEqual(sumOf(SUM, SUM), of(126, 114));
  t.deepEqual(widened(OPERAND, of(126, 100)), SUM);
  t.is(widened(OPERAND, of(126, 101)), undefined);
  t.true(contains(SUM, of(126, 100)));
  t.false(contains(SUM, of(126, 101)));
  t.true(contains(SUM, SUM));
  t.true(contains(of(126, 113), SUM));
});

test('a class holds those with coarser units and smaller bounds; one for two holds both', (t) => {
  t.true(contains(OPERAND, of(60, 40)));
  t.false(contains(OPERAND, of(64, 40)));
  t.false(contains(OPERAND, of(63, 41)));
  t.is(eitherOf(OPERAND, of(60, 30)), OPERAND);
  t.is(eitherOf(of(60, 30), OPERAND), OPERAND);
  t.deepEqual(eitherOf(OPERAND, of(60, 50)), of(63, 50));
  t.deepEqual(roundedOf(of(63, -5)), of(0, 0), 'to one or zero');
  t.deepEqual(roundedOf(of(-3, 20)), of(-3, 20));
});

test('the magnitudes that show a float to be of a class', (t) => {
  const floats = new Float32Array(2);
  const found = (c: NumberClass): number[] => {
    const { least, most } = limitsOf(c);
    new Int32Array(floats.buffer).set([least, most]);
    return [...floats];
  };
  t.deepEqual(found(OPERAND), [2 ** -40, 2 ** 40]);
  t.deepEqual(found(SUM), [2 ** -103, 2 ** 100]);
});
