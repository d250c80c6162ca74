import { findInL2, fromMemory } from './behind';
import { candidates, streamCount, streamLines, streamPageLines, streamStart, streams } from './numbers';
import {
  AHEAD,
  ASKED,
  CANDIDATES,
  NEXT,
  NEXT_CANDIDATE,
  PREFETCHES,
  STREAM_BYTES,
  STREAMS,
  USED,
} from './state';
import { clock, count, setWord, turn, word } from './words';

/*
 * Hardware streams: misses of neighbouring lines start one, which then asks memory for lines ahead of its use.
 */

/** @inline */
function larger(a: i32, b: i32): i32 {
  return a > b ? a : b;
}

/** @inline */
function lesser(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

/** Asks memory for the lines that a stream has come near, as far as its page goes. */
function advance(stream: i32, line: i32, t: f64): void {
  const page = (line / streamPageLines) * streamPageLines;
  const last = lesser(line + load<i32>(stream, AHEAD), page + streamPageLines - 1);
  // A stream ends with its page.
  store<i32>(stream, line + 1 === page + streamPageLines ? -1 : line + 1, NEXT);
  store<i64>(stream, clock(), USED);
  store<i32>(stream, lesser(load<i32>(stream, AHEAD) + 1, streamLines), AHEAD);
  for (let ahead = larger(load<i32>(stream, ASKED), line) + 1; ahead <= last; ahead++) {
    store<i32>(stream, ahead, ASKED);
    if (findInL2(ahead) >= 0) continue;
    count(PREFETCHES);
    fromMemory(ahead, t);
  }
}

/** @inline */
function wasMissed(line: i32): bool {
  for (let i = 0; i < CANDIDATES; i++) if (load<i32>(candidates + (i << 2)) === line) return true;
  return false;
}

/** A load has used a line, which L1 had or had not. */
export function watch(line: i32, missed: bool, t: f64): void {
  const known = word(STREAMS);
  const end = streams + known * STREAM_BYTES;
  for (let stream = streams; stream < end; stream += STREAM_BYTES) {
    if (load<i32>(stream, NEXT) === line) return advance(stream, line, t);
  }
  if (!missed) return;
  let run = 1;
  while (run < streamStart && wasMissed(line - run)) run++;
  store<i32>(candidates + (turn(NEXT_CANDIDATE, CANDIDATES) << 2), line);
  if (run < streamStart || line % streamPageLines === 0) return;
  let stream = end;
  if (known < streamCount) setWord(STREAMS, known + 1);
  else {
    stream = streams;
    for (let other = streams; other < end; other += STREAM_BYTES) {
      if (load<i64>(other, USED) < load<i64>(stream, USED)) stream = other;
    }
  }
  store<i32>(stream, line, ASKED);
  store<i32>(stream, 1, AHEAD);
  advance(stream, line, t);
}
