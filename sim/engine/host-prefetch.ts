import { GUEST_BYTES, MEMO, MEMO_CONTEXT } from './context.js';
import { pushAddress } from './group-code.js';
import type { Body, Local } from './wasm/builder.js';
import type { Member } from './weave-groups.js';

/** Bytes that the host brings from its memory at a time. */
const HOST_LINE = 64;
/** A page of the host, in which its own prefetcher follows, and how many are read side by side, for it to follow in all. */
const PAGE = 4096;
const PAGES = 4;
/** Bytes that are read ahead at a time. */
const STRETCH = PAGES * PAGE;
/** Bytes from row to row at most that are reckoned with: of longer rows less is read ahead than a group. */
const LONGEST_ROW = 8192;
/** Host lines of each page that are read from in one turn of the loop. */
const UNROLLED = 4;
const PLACE = MEMO_CONTEXT + MEMO.readAhead;

/**
 * Reads from the memory that a block of several streams will need, so that the host has it by then: its own prefetcher
 * loses sight of so many streams, but follows one. The streams are mostly a group of rows side by side, with the next group
 * behind them, so that they lie in one stretch; a place in it is kept for each thread, which stays beyond the group and goes
 * on by some pages. `prefetched`: where the block prefetches, as its head can tell; `general` pushes the low word
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
  // A row beyond the group's last one, as far along as the first one is.
  const pushWanted = () => {
    body.get(row);
    body.i32(prefetched.length);
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
  body.i32(STRETCH);
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
  body.i32(STRETCH);
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
    for (let page = 0; page < PAGES; page++) {
      body.get(place);
      body.memory('i32.load8_u', page * PAGE + line * HOST_LINE);
      body.op('drop');
    }
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
