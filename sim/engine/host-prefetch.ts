import { GUEST_BYTES, MEMO, MEMO_CONTEXT } from './context.js';
import { pushAddress } from './group-code.js';
import type { Body, Local } from './wasm/builder.js';
import type { Member } from './weave-groups.js';

/** Bytes that the host brings from its memory at a time. */
const HOST_LINE = 64;
/** Bytes that are read ahead at a time: a page, in which the host's own prefetcher follows. */
const PAGE = 4096;
/** Bytes from row to row at most that are reckoned with: of longer rows less is read ahead than two groups. */
const LONGEST_ROW = 8192;
/** Host lines that are read from in one turn of the loop. */
const UNROLLED = 16;
const PLACE = MEMO_CONTEXT + MEMO.readAhead;

/**
 * Reads from the memory that a block of several streams will need, so that the host has it by then: its own prefetcher
 * loses sight of so many streams, but follows one. The streams are mostly a group of rows side by side, with the next group
 * behind them, so that they lie in one stretch; a place in it is kept for each thread, which stays up to two groups ahead,
 * and goes on page by page. `prefetched`: where the block prefetches, as its head can tell; `general` pushes the low word
 * of a general register.
 */
export function readAhead(
  body: Body,
  context: Local,
  prefetched: readonly Member[],
  general: (reg: number) => void,
): void {
  const [first, second] = prefetched;
  if (second === undefined) return;
  const start = body.locals.add('i32');
  const row = body.locals.add('i32');
  const place = body.locals.add('i32');
  const end = body.locals.add('i32');
  pushAddress(body, second, general);
  pushAddress(body, first, general);
  body.tee(start);
  body.op('i32.sub');
  body.tee(row);
  body.i32(LONGEST_ROW);
  body.get(row);
  body.i32(LONGEST_ROW);
  body.op('i32.lt_u');
  body.op('select');
  body.set(row);
  // The last row of the next group, as far along as the first of this one is.
  const pushWanted = () => {
    body.get(row);
    body.i32(2 * prefetched.length - 1);
    body.op('i32.mul');
  };
  body.get(context);
  body.memory('i32.load', PLACE);
  body.tee(place);
  body.get(start);
  body.op('i32.sub');
  pushWanted();
  body.op('i32.sub');
  body.get(row);
  body.i32(PAGE);
  body.op('i32.add');
  body.op('i32.gt_u');
  const due = body.if(undefined, 'unlikely');
  // The place lies before what is wanted, or is one of other rows: then it begins anew.
  body.get(place);
  body.get(start);
  body.get(place);
  body.get(start);
  body.op('i32.sub');
  pushWanted();
  body.op('i32.lt_u');
  body.op('select');
  body.set(place);
  body.get(context);
  body.get(place);
  body.i32(PAGE);
  body.op('i32.add');
  body.memory('i32.store', PLACE);
  body.get(place);
  body.i32((GUEST_BYTES - 1) & -HOST_LINE);
  body.op('i32.and');
  body.tee(place);
  body.i32(PAGE);
  body.op('i32.add');
  body.set(end);
  const loop = body.loop();
  for (let line = 0; line < UNROLLED; line++) {
    body.get(place);
    body.memory('i32.load8_u', line * HOST_LINE);
    body.op('drop');
  }
  body.get(place);
  body.i32(UNROLLED * HOST_LINE);
  body.op('i32.add');
  body.tee(place);
  body.get(end);
  body.op('i32.lt_u');
  body.brIf(loop);
  body.end(loop);
  body.end(due);
}
