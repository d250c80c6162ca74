import { reserve } from './calendar';
import { readDram, writeDram } from './dram';
import {
  castoutEntries,
  castouts,
  crowd,
  crowdedUntil,
  inFlight,
  inFlightEntries,
  lineTime,
  nCastouts,
  nCastoutWait,
  nRequestWait,
  pathBefore,
  pathBehind,
  readLink,
  requestTime,
  smallCrowd,
  writeLink,
  writeTime,
} from './numbers';
import { occupy } from './occupancy';
import { earliestFree, heldBefore, holdNext } from './slots';
import { count, later } from './words';

/*
 * The way from the L2 cache over the front-side bus to the GDDR3 and back.
 */

/** Asks for a line at `t`; returns when it has arrived. @inline */
export function readLine(line: i32, t: i32): i32 {
  const free = earliestFree(inFlight);
  let from = t;
  if (free > t) {
    count(nRequestWait, free - t);
    from = free;
  }
  const asked = from + occupy(writeLink, from, requestTime) + requestTime + pathBefore;
  const arrived = reserve(readLink, readDram(line, asked), lineTime) + pathBehind;
  holdNext(inFlight, inFlightEntries, arrived);
  store<i32>(crowdedUntil, heldBefore(inFlight, inFlightEntries, smallCrowd));
  store<i32>(crowdedUntil + 4, heldBefore(inFlight, inFlightEntries, crowd));
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
  const sent = t + occupy(writeLink, t, writeTime) + writeTime;
  holdNext(castouts, castoutEntries, sent);
  count(nCastouts, 1);
  writeDram(line, sent + pathBefore);
}
