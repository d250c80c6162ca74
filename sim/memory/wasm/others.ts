import {
  nOtherLines,
  scanFirstLine,
  scanInterval,
  scanLines,
  scanState,
  trafficInterval,
  trafficLines,
  trafficRun,
  trafficState,
  trafficWrites,
} from './numbers';
import { readAt } from './reads';
import { FRACTION, LEFT, LINE, RANDOM, WRITES } from './state';
import { count } from './words';
import { writeAt } from './writes';

/*
 * What else than the CPU uses the memory: scan-out reads the framebuffer line by line; the rest of the GPU reads and
 * writes runs of lines in rows of its own choosing. Both ask at even intervals.
 */

/** After a pause only this many ticks before the present are caught up with. */
const CAUGHT_UP: i32 = 2048;

/** Serves everything asked for before `now`. */
export function serveOthers(now: i32): void {
  if (scanInterval !== 0) {
    skip(scanState, scanInterval, now);
    while (load<i32>(scanState) < now) scanOut();
  }
  if (trafficInterval !== 0) {
    skip(trafficState, trafficInterval, now);
    while (load<i32>(trafficState) < now) traffic();
  }
}

function skip(state: i32, interval: i32, now: i32): void {
  const late = now - load<i32>(state) - CAUGHT_UP;
  if (late > 0) store<i32>(state, load<i32>(state) + late - (late % ((interval >> 8) + 1)));
}

function advance(state: i32, interval: i32): i32 {
  const at = load<i32>(state);
  const fraction = load<i32>(state, FRACTION) + interval;
  store<i32>(state, at + (fraction >> 8));
  store<i32>(state, fraction & 255, FRACTION);
  count(nOtherLines, 1);
  return at;
}

function scanOut(): void {
  const line = load<i32>(scanState, LINE);
  store<i32>(scanState, line + 1 < scanLines ? line + 1 : 0, LINE);
  readAt(scanFirstLine + line, advance(scanState, scanInterval));
}

function traffic(): void {
  let left = load<i32>(trafficState, LEFT);
  if (left === 0) {
    const random = load<i32>(trafficState, RANDOM) * 1664525 + 1013904223;
    store<i32>(trafficState, random, RANDOM);
    store<i32>(trafficState, ((random >>> 8) % trafficLines) & ~(trafficRun - 1), LINE);
    store<i32>(trafficState, random >>> 24 < trafficWrites ? 1 : 0, WRITES);
    left = trafficRun;
  }
  store<i32>(trafficState, left - 1, LEFT);
  const line = load<i32>(trafficState, LINE) + trafficRun - left;
  const at = advance(trafficState, trafficInterval);
  if (load<i32>(trafficState, WRITES) !== 0) writeAt(line, at);
  else readAt(line, at);
}
