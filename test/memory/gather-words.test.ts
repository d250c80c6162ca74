import test from 'ava';
import { SHARED_BASE, SHARED_BYTES } from '../../sim/engine/context.js';
import { gatherWords } from '../../sim/memory/gather-words.js';
import { bench, randoms, sharedMemory } from './support.js';

/** Random stores of three cores; returns answers and, at the end, the memory system's state. */
function stores(inline: boolean) {
  const { memory, i32 } = bench();
  const i64 = new BigInt64Array(sharedMemory().buffer);
  const words = [0, 1, 2].map((core) => gatherWords(memory.numbers, core));
  const random = randoms(3);
  const answers: number[] = [];
  let short = 0;
  let t = 1000;
  for (let i = 0; i < 20_000; i++) {
    t += random() % (random() % 50 === 0 ? 400 : 6);
    const core = random() % 3;
    const address =
      0x10_0000 * core + (random() % 8 === 0 ? random() % 4096 : (i >> 6) * 64 + (random() % 60));
    const size = 1 << (random() % 5);
    const w = words[core];
    const from = address >>> w.blockShift;
    const buffer = i32[w.recent >> 2] >> 2;
    const same = from === (address + size - 1) >>> w.blockShift;
    if (inline && same && t < i32[w.expiry >> 2] && i32[buffer] === from) {
      const latest = buffer + (w.latest >> 2);
      i32[latest] = Math.max(i32[latest], t);
      i64[w.gathered >> 3]++;
      answers.push(t);
      short++;
    } else answers.push(memory.store(core, 2 * core, address, size, t));
  }
  const state = i32.slice(SHARED_BASE >> 2, (SHARED_BASE + SHARED_BYTES) >> 2);
  return { answers, state, short };
}

test('the common store by its words does what the call does', (t) => {
  const called = stores(false);
  const inline = stores(true);
  t.true(inline.short > 5000, String(inline.short));
  t.deepEqual(inline.answers, called.answers);
  t.true(Buffer.from(inline.state.buffer).equals(Buffer.from(called.state.buffer)));
});
