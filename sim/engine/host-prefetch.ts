import { GUEST_BYTES } from './context.js';
import { pushAddress } from './group-code.js';
import type { Body } from './wasm/builder.js';
import type { Member } from './weave-groups.js';

/** Bytes of a line of the guest, and of what the host brings from its memory at a time. */
const LINE = 128;
const HOST_LINE = 64;
/** Lines of the guest that are read from at a time. */
const LINES = 16;

/**
 * Reads from the lines that a block of several streams prefetches, and from those behind them for the next times, so
 * that the host has them when they are loaded from: its own prefetcher loses sight of so many streams, and reads close
 * to each other wait for its memory together. `prefetched`: addresses at the block's head; `general` pushes the low word
 * of a general register.
 */
export function readAhead(body: Body, prefetched: readonly Member[], general: (reg: number) => void): void {
  if (prefetched.length < 2) return;
  let lines = 1;
  while (2 * lines * prefetched.length <= LINES) lines *= 2;
  pushAddress(body, prefetched[0], general);
  body.i32(LINE * (lines - 1));
  body.op('i32.and');
  body.op('i32.eqz');
  const first = body.if();
  const at = body.locals.add('i32');
  for (const address of prefetched) {
    pushAddress(body, address, general);
    body.i32((GUEST_BYTES - 1) & -LINE);
    body.op('i32.and');
    body.set(at);
    for (let offset = 0; offset < LINE * lines; offset += HOST_LINE) {
      body.get(at);
      body.memory('i32.load8_u', offset);
      body.op('drop');
    }
  }
  body.end(first);
}
