import test from 'ava';
import seedrandom from 'seedrandom';
import { readsLittle } from '../../models/code.js';
import { OPS } from '../../models/kernels/ops.js';
import { assemble } from '../../sim/asm/assemble.js';
import { machineWith } from '../support/guest.js';
import { guestSource, variantsOf } from '../support/kernel.js';
import {
  installKernel,
  KERNEL_CODE,
  KERNEL_DATA,
  KERNEL_DATA_BYTES,
  placeCall,
} from '../support/kernel-threads.js';
import { runToEnd } from '../support/to-end.js';
import { compareEngines, type Side } from '../support/woven.js';

const machine = machineWith();
let calls = 0;
for (const op of Object.values(OPS)) {
  for (const variant of variantsOf(op.name)) {
    test(`${op.name}.${variant}: equal to the half-cycle, on one thread and on two of a core; so are stacks`, (t) => {
      const file = `kernels/${op.name}.${variant}.s`;
      const code = assemble(guestSource(file), { file, base: KERNEL_CODE, include: guestSource }).bytes;
      for (const [i, sizes] of op.examples.slice(0, 3).entries()) {
        const threads = i === 0 ? [0, 1] : [2];
        const call = op.call(sizes, seedrandom(`${op.name} ${i}`), readsLittle(variant));
        const act = (side: Side) => {
          installKernel(side.xenon, code);
          for (let run = 0; run < 2; run++) {
            for (const thread of threads) placeCall(side.xenon, thread, call);
            runToEnd(side.xenon, threads);
          }
        };
        const windows = threads.map(
          (thread) => [KERNEL_DATA + thread * KERNEL_DATA_BYTES, KERNEL_DATA_BYTES] as const,
        );
        // Stacks sum to the cycles of each thread and are the same from both.
        const observed = i === Math.min(1, op.examples.length - 1);
        const found = compareEngines({ machine, observed }, act, undefined, windows);
        t.deepEqual(found, [], JSON.stringify(sizes));
        calls += 2 * threads.length;
      }
    });
  }
}

test('all operations have been called', (t) => {
  t.log(`${calls} calls`);
  t.true(calls >= 100);
});
