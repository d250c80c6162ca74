import test from 'ava';
import seedrandom from 'seedrandom';
import { readsLittle } from '../../models/code.js';
import type { KernelCall } from '../../models/kernels/call.js';
import { OPS } from '../../models/kernels/ops.js';
import { assemble } from '../../sim/asm/assemble.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { encodeRow } from '../../sim/isa/fields.js';
import { byName } from '../../sim/isa/table.js';
import { machineWith } from '../support/guest.js';
import { guestSource, variantsOf } from '../support/kernel.js';
import { compareEngines, type Side } from '../support/woven.js';

const machine = machineWith();
const CODE = 0x1_0000;
const RETURN = 0xf000;
/** Each thread's buffers and stack. */
const DATA = 0x10_0000;
const DATA_BYTES = 0x8_0000;

/** Puts a call's buffers and registers in place for a thread; it returns to a system call. */
function install(side: Side, thread: number, call: KernelCall): void {
  const { bytes } = side.xenon;
  const view = new DataView(side.buffer);
  let next = DATA + thread * DATA_BYTES;
  bytes.fill(0, next, next + DATA_BYTES);
  const places = new Map<string, number>();
  for (const [name, { bytes: content, skew = 0 }] of Object.entries(call.buffers)) {
    bytes.set(content, next + skew);
    places.set(name, next + skew);
    next = (next + skew + content.length + 255) & ~127;
  }
  const registers: Record<number, number> = { 1: DATA + (thread + 1) * DATA_BYTES - 256, 12: CODE };
  call.registers.forEach((operand, i) => {
    registers[3 + i] =
      typeof operand === 'number' ? operand : places.get(operand.buffer)! + (operand.offset ?? 0);
  });
  side.xenon.place(thread, CODE, registers);
  view.setBigUint64(contextBase(thread) + CTX.lr, BigInt(RETURN), true);
}

let calls = 0;
for (const op of Object.values(OPS)) {
  for (const variant of variantsOf(op.name)) {
    test(`${op.name}.${variant}: equal to the half-cycle, on one thread and on two of a core; so are stacks`, (t) => {
      const file = `kernels/${op.name}.${variant}.s`;
      const code = assemble(guestSource(file), { file, base: CODE, include: guestSource }).bytes;
      for (const [i, sizes] of op.examples.slice(0, 3).entries()) {
        const threads = i === 0 ? [0, 1] : [2];
        const call = op.call(sizes, seedrandom(`${op.name} ${i}`), readsLittle(variant));
        const act = (side: Side) => {
          side.xenon.write(CODE, code);
          side.xenon.write(RETURN, wordBytes(encodeRow(byName('sc'), {})));
          for (let run = 0; run < 2; run++) {
            for (const thread of threads) install(side, thread, call);
            side.xenon.run(threads);
          }
        };
        const windows = threads.map((thread) => [DATA + thread * DATA_BYTES, DATA_BYTES] as const);
        t.deepEqual(compareEngines({ machine }, act, new Map(), windows), [], JSON.stringify(sizes));
        // Stacks sum to the cycles of each thread and are the same from both.
        if (i === Math.min(1, op.examples.length - 1))
          t.deepEqual(compareEngines({ machine, observed: true }, act), [], 'observed');
        calls += 2 * threads.length;
      }
    });
  }
}

test('all operations have been called', (t) => {
  t.log(`${calls} calls`);
  t.true(calls >= 100);
});

function wordBytes(word: number): Uint8Array {
  return Uint8Array.of(word >>> 24, word >>> 16, word >>> 8, word);
}
