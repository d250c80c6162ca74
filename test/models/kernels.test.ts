import test from 'ava';
import seedrandom from 'seedrandom';
import { readsLittle } from '../../models/code.js';
import { OPS } from '../../models/kernels/ops.js';
import { runKernel, variantsOf } from '../support/kernel.js';

for (const op of Object.values(OPS)) {
  for (const variant of variantsOf(op.name)) {
    test(`${op.name}.${variant} gives the reference's results`, (t) => {
      for (const sizes of op.examples) {
        const random = seedrandom(`${op.name} ${JSON.stringify(sizes)}`);
        const call = op.call(sizes, random, readsLittle(variant));
        const outcome = runKernel(op.name, variant, call);
        t.true(outcome.mismatch <= 1, `${JSON.stringify(sizes)}: ${outcome.mismatch} times the tolerance`);
        t.deepEqual(outcome.overruns, [], JSON.stringify(sizes));
      }
    });
  }
}
