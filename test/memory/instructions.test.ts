import test from 'ava';
import { fetchMap, GUEST_BYTES } from '../../sim/engine/context.js';
import { bench } from './support.js';

/** A memory system asked for lines of instructions; `s` is long behind whatever was asked before. */
function instructions(...overrides: string[]) {
  const { memory, i32, machine } = bench(...overrides);
  const bytes = new Uint8Array(i32.buffer);
  let s = 0;
  return {
    memory,
    machine,
    fetch(line: number): void {
      s += 5000;
      memory.fetchMiss(0, 0, line, s);
    },
    flush(line: number): void {
      s += 5000;
      memory.flushLine(0, 0, line, s);
    },
    holds: (line: number) => ((bytes[fetchMap(0) + (line >> 3)] >> (line & 7)) & 1) !== 0,
  };
}

test.serial('a line that was flushed and fetched again stays when its former place is taken', (t) => {
  const { fetch, flush, holds } = instructions('l1i.prefetchNextLine=false');
  // Lines of one set of 128, of two ways that are filled in turn.
  const [a, b, c] = [0, 128, 256];
  for (const line of [a, b]) fetch(line);
  flush(b);
  // In the place of `a`, then in the one where `b` was before.
  fetch(b);
  fetch(c);
  t.deepEqual([a, b, c].map(holds), [false, true, true]);
});

test.serial('what was fetched ahead of a line that is flushed must be fetched again', (t) => {
  const { memory, fetch, flush } = instructions();
  fetch(10);
  flush(11);
  fetch(11);
  t.is(memory.statistics().fetchesAhead, 0);
});

test.serial('nothing is fetched ahead of the last line of memory, or of a line that is held', (t) => {
  const { memory, fetch } = instructions();
  fetch(GUEST_BYTES / 128 - 1);
  t.is(memory.statistics().fetchL2Misses, 1);
  fetch(21);
  memory.clearStatistics();
  fetch(20);
  t.is(memory.statistics().fetchL2Misses, 1);
});

test.serial('a line fetched ahead comes when it comes', (t) => {
  const { memory, machine } = instructions();
  const way = 2 * machine.l1i.toIssueCycles;
  const first = memory.fetchMiss(1, 2, 10, 10_000);
  // It was asked for right behind the first one, to which the bus gives way first.
  const second = memory.fetchMiss(1, 2, 11, 10_002);
  t.true(second >= first);
  t.is(memory.fetchMiss(1, 2, 12, second + 5000), second + 5000 + way);
});
