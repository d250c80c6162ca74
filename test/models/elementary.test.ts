import test from 'ava';
import { cosSin, exp, log, pow } from '../../models/elementary.js';

// Known values to 17 digits (from tables and arbitrary-precision arithmetic).
const close = (a: number, b: number): boolean => Math.abs(a - b) <= 4e-16 * Math.max(1e-300, Math.abs(b));

test('exp at known points', (t) => {
  const known: [number, number][] = [
    [0, 1],
    [1, Math.E],
    [-1, 0.36787944117144233],
    [0.5, 1.6487212707001282],
    [10, 22026.465794806718],
    [-10, 4.5399929762484854e-5],
    [88, 1.6516362549940018e38],
    [-87, 1.6458114310822737e-38],
    [-700, 9.85967654375977e-305],
  ];
  for (const [x, y] of known) t.true(close(exp(x), y), `exp(${x}) = ${exp(x)}, expected ${y}`);
  t.is(exp(-1000), 0);
  t.is(exp(1000), Infinity);
  t.is(exp(-Infinity), 0);
});

test('log at known points', (t) => {
  const known: [number, number][] = [
    [1, 0],
    [2, Math.LN2],
    [10, Math.LN10],
    [10000, 9.210340371976184],
    [0.1, -Math.LN10],
  ];
  for (const [x, y] of known) t.true(close(log(x), y), `log(${x}) = ${log(x)}, expected ${y}`);
});

test('pow makes the RoPE frequencies', (t) => {
  t.true(close(pow(10000, 0.25), 10));
  t.true(Math.abs(pow(10000, 0.5) / 100 - 1) < 2e-15);
  t.is(pow(10000, 0), 1);
});

test('cosine and sine at known points, and on the unit circle', (t) => {
  const known: [number, number, number][] = [
    [0, 1, 0],
    [1, 0.5403023058681398, 0.8414709848078965],
    [-2, -0.4161468365471424, -0.9092974268256817],
    [3, -0.9899924966004454, 0.1411200080598672],
    [10, -0.8390715290764524, -0.5440211108893698],
    [100, 0.8623188722876839, -0.5063656411097588],
    [1000, 0.5623790762907029, 0.8268795405320025],
    [2047, 0.24971525821383958, -0.9683193119086263],
  ];
  for (const [x, cos, sin] of known) {
    const [c, s] = cosSin(x);
    t.true(Math.abs(c - cos) < 4e-16, `cos(${x}) = ${c}`);
    t.true(Math.abs(s - sin) < 4e-16, `sin(${x}) = ${s}`);
  }
  for (let i = 0; i < 1000; i++) {
    const [c, s] = cosSin(i * 1.37 - 500);
    t.true(Math.abs(c * c + s * s - 1) < 4e-16);
  }
});
