import { clockOf, edge, halvesUntil } from './banks';
import { log } from './log';
import { nDramWriteLines, othersActive } from './numbers';
import { serveOthers } from './others';
import { serveRead } from './reads';
import { count } from './words';
import { writeAt } from './writes';

/*
 * The GDDR3 chips and their controllers, command by command: each request is answered when it is presented, with
 * commands at the first clocks where the timing table of the chips and the commands given before allow them. One that
 * comes late, because its core is simulated later, is served in gaps: from the row that was open then, by opening its
 * row where the bank was closed for long enough, or else behind what its bank has been given already.
 *
 * Here what the L2 cache asks for, behind what others have asked for before; reads.ts and writes.ts have the commands,
 * banks.ts what both need. Times there are DRAM clocks (ticks).
 */

/** A line asked for at `t`; returns when its last data is at the controller. Half-cycles. @inline */
export function readDram(line: i32, t: i32): i32 {
  log(line, 0, t);
  const clock = clockOf(t);
  const asked = edge(clock);
  if (othersActive !== 0) serveOthers(asked);
  return t + halvesUntil(clock, serveRead(line, asked));
}

/** A line to be written, its data at the controller at `t`. Half-cycles. */
export function writeDram(line: i32, t: i32): void {
  count(nDramWriteLines, 1);
  log(line, 1, t);
  const asked = edge(clockOf(t));
  if (othersActive !== 0) serveOthers(asked);
  writeAt(line, asked);
}
