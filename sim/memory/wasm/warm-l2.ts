import { dropFromL1, invalidateHolders } from './caches';
import { heldBy } from './core';
import { findLine, putLine, removeLine, roomFor, touchLine } from './l2';
import { DIRTY, FILL, FLAGS } from './state';
import { warmRow } from './warm-row';

/*
 * The L2 cache kept as it would be, without time passing.
 */

/**
 * The line in the L2 cache as after an access, without time passing; where it was not there it is read from memory, or
 * only claimed. @inline
 */
export function warmLine(line: i32, t: i32, reads: bool): i32 {
  const tag = findLine(line);
  if (tag !== 0) {
    touchLine(tag, t);
    return tag;
  }
  const made = roomFor(line);
  warmInto(made, line, t, 0);
  if (reads) warmRow(line, t);
  return made;
}

/** Puts a line in the place of another one, whose tag is there still. @inline */
function warmInto(tag: i32, line: i32, t: i32, flags: i32): void {
  dropFromL1(tag, load<i32>(tag, FLAGS), line);
  putLine(tag, line, flags, t);
  store<i32>(tag, t, FILL);
}

/** @inline */
export function warmHolder(tag: i32, core: i32): void {
  store<i32>(tag, load<i32>(tag, FLAGS) | heldBy(core), FLAGS);
}

export function warmDirty(tag: i32, line: i32, core: i32): void {
  invalidateHolders(tag, line, core);
  store<i32>(tag, load<i32>(tag, FLAGS) | DIRTY, FLAGS);
}

export function warmDrop(line: i32): void {
  const tag = findLine(line);
  if (tag === 0) return;
  invalidateHolders(tag, line, -1);
  removeLine(tag);
}
