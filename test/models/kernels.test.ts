import test from 'ava';
import seedrandom from 'seedrandom';
import { OPS } from '../../models/kernels/ops.js';
import { runKernel, variantsOf } from '../support/kernel.js';

for (const op of Object.values(OPS)) {
  for (const variant of variantsOf(op.name)) {
    test(`${op.name}.${variant} gives the reference's results`, (t) => {
      for (const sizes of op.examples) {
        if (skipped(op.name, variant, sizes)) continue;
        const random = seedrandom(`${op.name} ${JSON.stringify(sizes)}`);
        const call = op.call(sizes, random, variant.endsWith('-le'));
        const outcome = runKernel(op.name, variant, call);
        t.true(outcome.mismatch <= 1, `${JSON.stringify(sizes)}: ${outcome.mismatch} times the tolerance`);
        t.deepEqual(outcome.overruns, [], JSON.stringify(sizes));
      }
    });
  }
}

/**
 * byteswap.copy is for two places; vector kernels store whole quadwords, so a part of a row is a multiple of
 * four.
 */
function skipped(op: string, variant: string, sizes: Readonly<Record<string, number>>): boolean {
  return op === 'byteswap' && variant === 'copy' && !sizes.copy;
}
