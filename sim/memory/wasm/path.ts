import { reserve } from './calendar';
import { readDram, writeDram } from './dram';
import {
  castouts,
  inFlight,
  lineTime,
  nCastouts,
  nCastoutWait,
  nRequestWait,
  pathBefore,
  pathBehind,
  readLink,
  recentArrivals,
  requestTime,
  writeLink,
  writeTime,
} from './numbers';
import { occupy } from './occupancy';
import { earliestFree, holdNext } from './slots';
import { count, later } from './words';

/*
 * The way from the L2 cache over the front-side bus to the GDDR3 and back.
 */

/** Asks for a line at `t`; returns when it has arrived. @inline */
export function readLine(line: i32, t: i32): i32 {
  // Whether it waits nobody can predict where the bus is busy: no branch.
  const from = later(t, earliestFree(inFlight));
  count(nRequestWait, from - t);
  const asked = occupy(writeLink, from, requestTime, 0) + requestTime + pathBefore;
  const arrived = reserve(readLink, readDram(line, asked), lineTime) + pathBehind;
  holdNext(inFlight, arrived);
  // Of the last four, the youngest behind: the scheduler asks how long so many are on their way.
  v128.store(
    recentArrivals,
    i32x4.replace_lane(
      i32x4.shuffle(v128.load(recentArrivals), v128.load(recentArrivals), 1, 2, 3, 0),
      3,
      arrived,
    ),
  );
  return arrived;
}

/** When a castout buffer is free for a dirty line, `t` or later. */
export function castoutRoom(t: i32): i32 {
  const room = later(t, earliestFree(castouts));
  if (room > t) count(nCastoutWait, room - t);
  return room;
}

/** Sends a dirty line away through the castout buffer that is free at `t`. */
export function writeLine(line: i32, t: i32): void {
  const sent = occupy(writeLink, t, writeTime, 0) + writeTime;
  holdNext(castouts, sent);
  count(nCastouts, 1);
  writeDram(line, sent + pathBefore);
}
