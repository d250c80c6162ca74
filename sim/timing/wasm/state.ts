import { pieces, readyFloor } from './numbers';
import { busyAt, LAST_BUSY } from './parts';
import { ADDRESS, BUSY, KEPT, LATEST, NUMBER, PIECE_BYTES, READY, RING, SLOTS, TIMES } from './pieces';

/*
 * The state of the window as a row of 16-bit words that are the same for states that behave alike: times relative to
 * the last dispatch, all that cannot matter any more as zero, sets in order. What it consists of stands in a table.
 */

/** Larger numbers cannot be written. */
const MOST: i32 = 0xffff;

let end: i32 = 0;
let fits: bool = false;

/** @inline */
function put(value: i32): void {
  if (value > MOST) fits = false;
  store<u16>(end, <u16>value);
  end += 2;
}

/** @inline */
function since(d: i32, time: i32): i32 {
  return time > d ? time - d : 0;
}

/** Writes the state at a dispatch in cycle `d` to `out`; returns its end, a multiple of 4, or 0 if that cannot be. */
export function writeState(d: i32, out: i32): i32 {
  end = out;
  fits = true;
  for (let piece = pieces; load<i32>(piece) !== 0; piece += PIECE_BYTES) {
    const kind = load<i32>(piece);
    const address = load<i32>(piece, ADDRESS);
    const number = load<i32>(piece, NUMBER);
    if (kind === TIMES) {
      for (let i = 0; i < number; i++) put(since(d, load<i32>(address + (i << 2))));
    } else if (kind === READY) {
      const count = end;
      end += 2;
      for (let i = 0; i < number; i++) {
        const time = since(d - readyFloor, load<i32>(address + (i << 2)));
        if (time === 0) continue;
        put(i);
        put(time);
      }
      store<u16>(count, <u16>((end - count) >> 2));
    } else if (kind === LATEST) writeLatest(d, address);
    else if (kind === RING) {
      const oldest = load<i32>(address);
      for (let i = oldest; i < number; i++) put(since(d, load<i32>(address + (i << 2), 4)));
      for (let i = 0; i < oldest; i++) put(since(d, load<i32>(address + (i << 2), 4)));
    } else if (kind === SLOTS) {
      const cycle = since(d - 1, load<i32>(address));
      put(cycle);
      put(cycle > 0 ? load<i32>(number) : 0);
    } else if (kind === BUSY) writeBusy(d, address);
  }
  if (((end - out) & 2) !== 0) put(0);
  return fits ? end : 0;
}

/** In order: of equal sets one is as good as the other, and in order it is the heap that it has to be. */
function writeLatest(d: i32, latest: i32): void {
  const first = end;
  for (let left = load<i32>(latest), at = latest + 4; left > 0; left--, at += 4) {
    const time = since(d, load<i32>(at));
    put(time);
    let to = end - 2;
    for (; to > first && <i32>load<u16>(to - 2) > time; to -= 2) store<u16>(to, load<u16>(to - 2));
    store<u16>(to, <u16>time);
  }
}

function writeBusy(d: i32, unit: i32): void {
  const count = end;
  const last = load<i32>(unit, LAST_BUSY);
  end += 2;
  // Cycles so far ahead share their places with others.
  if (last - d >= KEPT) {
    fits = false;
    return;
  }
  for (let t = d + 1; t < last; t++) if (load<i32>(busyAt(unit, t)) === t) put(t - d);
  store<u16>(count, <u16>((end - count - 2) >> 1));
}

/** Makes the window what `writeState` has written, with the last dispatch in cycle `d`. */
export function readState(from: i32, d: i32): void {
  let at = from;
  for (let piece = pieces; load<i32>(piece) !== 0; piece += PIECE_BYTES) {
    const kind = load<i32>(piece);
    const address = load<i32>(piece, ADDRESS);
    const number = load<i32>(piece, NUMBER);
    if (kind === TIMES) {
      for (let i = 0; i < number; i++, at += 2) store<i32>(address + (i << 2), d + <i32>load<u16>(at));
    } else if (kind === READY) {
      const early = d - readyFloor;
      for (let i = 0; i < number; i++) store<i32>(address + (i << 2), early);
      const count = <i32>load<u16>(at);
      at += 2;
      for (let i = 0; i < count; i++, at += 4)
        store<i32>(address + ((<i32>load<u16>(at)) << 2), early + <i32>load<u16>(at, 2));
    } else if (kind === LATEST) {
      for (let left = load<i32>(address), to = address + 4; left > 0; left--, to += 4, at += 2)
        store<i32>(to, d + <i32>load<u16>(at));
    } else if (kind === RING) {
      store<i32>(address, 0);
      for (let i = 0; i < number; i++, at += 2) store<i32>(address + (i << 2), d + <i32>load<u16>(at), 4);
    } else if (kind === SLOTS) {
      store<i32>(address, d - 1 + <i32>load<u16>(at));
      store<i32>(number, <i32>load<u16>(at, 2));
      at += 4;
    } else {
      // What else is there is over.
      let last = d;
      const count = <i32>load<u16>(at);
      at += 2;
      for (let i = 0; i < count; i++, at += 2) {
        last = d + <i32>load<u16>(at);
        store<i32>(busyAt(address, last), last);
      }
      store<i32>(address, last + 1, LAST_BUSY);
    }
  }
}
