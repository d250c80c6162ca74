import test from 'ava';
import { dramFigures } from '../../sim/memory/dram-figures.js';
import { machineWith } from '../support/guest.js';
import { dram, NS_PER_TICK } from './dram-chips.js';
import { randoms, sharedMemory } from './support.js';

/** GB/s of reads with `depth` of them in flight, all asked for as early as that allows. */
function bandwidth(depth: number, line: (n: number) => number, ...overrides: string[]): number {
  const { read } = dram(...overrides);
  const inFlight: number[] = [];
  const lines = 40_000;
  let at = 100;
  let end = 0;
  for (let n = 0; n < lines; n++) {
    if (inFlight.length === depth) at = Math.max(at, inFlight.shift()!);
    inFlight.push(read(line(n), at));
    inFlight.sort((a, b) => a - b);
    end = Math.max(end, inFlight[inFlight.length - 1]);
  }
  return (lines * 128) / ((end - 100) * NS_PER_TICK);
}

test.serial('sequential lines, 16 in flight over both controllers: 97 % of 22.4 GB/s at least', (t) => {
  const rate = bandwidth(16, (n) => n, 'dram.rowPolicy=open');
  t.log(`${rate.toFixed(2)} GB/s`);
  t.true(rate >= 0.97 * 22.4 && rate <= 22.4, String(rate));
});

test.serial('random lines, 32 and 64 in flight: 18.5 to 21.5 GB/s', (t) => {
  for (const depth of [32, 64]) {
    const random = randoms(5);
    const rate = bandwidth(depth, () => random() >> 9);
    t.log(`${depth} in flight: ${rate.toFixed(2)} GB/s`);
    t.true(rate >= 18.5 && rate <= 21.5, String(rate));
  }
});

test.serial(
  'the figures of `xenon machines xbox360 --dram`: queue depths stated, no command illegal',
  (t) => {
    const figures = dramFigures(sharedMemory(), machineWith());
    t.deepEqual(figures.illegal, []);
    t.true(figures.commands > 100_000);
    const near = (value: number, expected: number) => Math.abs(value - expected) <= NS_PER_TICK;
    t.true(near(figures.open, 15.7) && near(figures.closed, 31.4) && near(figures.conflict, 48.6));
    t.true(Math.abs(figures.peak - 22.4) < 1e-9);
    for (const { depth, sequential, random } of figures.bandwidth) {
      if (depth >= 16) t.true(sequential >= 0.97 * 22.4, `${depth}: ${sequential}`);
      if (depth >= 32) t.true(random >= 18.5 && random <= 21.5, `${depth}: ${random}`);
    }
  },
);
