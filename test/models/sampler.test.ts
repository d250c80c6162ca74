import test from 'ava';
import { argmax, randomF32, randomU32, sample, softmax } from '../../models/sampler.js';

test('xorshift64* gives the published sequence', (t) => {
  // First outputs from state 1, upper 32 bits of each product: worked out by hand from the recurrence.
  let state = 1n;
  const bits: number[] = [];
  for (let i = 0; i < 3; i++) {
    const drawn = randomU32(state);
    state = drawn.state;
    bits.push(drawn.bits);
  }
  t.is(bits[0], Number(((0x2545f4914f6cdd1dn * 0x2000001n) & 0xffffffffffffffffn) >> 32n));
  t.is(new Set(bits).size, 3);
  t.true(randomF32(123n).value >= 0 && randomF32(123n).value < 1);
});

test('argmax takes the first of equals', (t) => {
  t.is(argmax(Float32Array.of(1, 3, 2, 3)), 1);
});

test('softmax sums to one and keeps the order', (t) => {
  const values = Float32Array.of(-1, 0, 5, 100, 99);
  softmax(values);
  t.true(Math.abs(values.reduce((a, b) => a + b, 0) - 1) < 1e-6);
  t.true(Math.abs(values[3] / values[4] - Math.E) < 1e-5);
});

test('temperature 0 is greedy and draws nothing; top-p 0.5 of a certain token gives it', (t) => {
  const logits = Float32Array.of(0, 10, 1, 2);
  t.deepEqual(sample(logits, { temperature: 0, topP: 0.9 }, 5n), { token: 1, state: 5n });
  for (let seed = 1n; seed < 50n; seed++) {
    t.is(sample(logits, { temperature: 1, topP: 0.5 }, seed).token, 1);
  }
});

test('frequencies of sampled tokens follow their probabilities', (t) => {
  const logits = Float32Array.of(0, Math.log(2), Math.log(5));
  const counts = [0, 0, 0];
  let state = 7n;
  for (let i = 0; i < 8000; i++) {
    const drawn = sample(logits, { temperature: 1, topP: 1 }, state);
    state = drawn.state;
    counts[drawn.token]++;
  }
  [1 / 8, 2 / 8, 5 / 8].forEach((p, i) => {
    t.true(Math.abs(counts[i] / 8000 - p) < 0.02, `token ${i}: ${counts[i]}`);
  });
});
