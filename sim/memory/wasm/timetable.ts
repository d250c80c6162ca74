import { burstTicks, tRrd } from './numbers';
import { ACTIVATIONS, BASE, TICKS_BEHIND as BEHIND, COMMANDS, MAP, READS, TICKS } from './state';
import { seldom } from './words';

/*
 * When commands may be given to the chips of a controller: a stretch of time around the present, one bit a DRAM clock
 * and kind of command. A bit of READS says that a read may not begin there (the data bus is taken, turning round, or
 * the chips are refreshed), one of ACTIVATIONS that no row may be opened, one of COMMANDS that the command bus is taken.
 * A request that comes late finds the gaps that earlier ones have left.
 * Times are DRAM clocks (ticks).
 */
/** The end of the stretch stays this far ahead of what is asked for: more than a queue and a refresh are long. */
const AHEAD: i32 = 2048;
/** Where a search in one word must end: whole words lie inside the map. */
export const LAST_WORD: i32 = TICKS - 128;

/** Moves the stretch along until it holds a tick and what may be looked for behind it. */
export function ensure(c: i32, tick: i32): void {
  if (tick > ensuredTo(c)) slide(c, tick);
}

/** The last tick for which the stretch need not be moved. @inline */
export function ensuredTo(c: i32): i32 {
  return load<i32>(c, BASE) + TICKS - AHEAD;
}

/** Exported so that it stays a function of its own. */
export function slide(c: i32, tick: i32): void {
  const by = (tick - load<i32>(c, BASE) - BEHIND) & -64;
  for (let map = READS; map <= COMMANDS; map += MAP) {
    const kept = by < TICKS ? TICKS - by : 0;
    if (kept > 0) memory.copy(<usize>c + map, <usize>c + map + (by >> 3), kept >> 3);
    memory.fill(<usize>c + map + (kept >> 3), 0, <usize>((TICKS - kept) >> 3));
  }
  store<i32>(c, load<i32>(c, BASE) + by, BASE);
}

/** The first tick from `from` on where neither the map nor the command bus is taken. @inline */
export function firstFree(c: i32, map: usize, from: i32): i32 {
  const i = from - load<i32>(c, BASE);
  if (<u32>i > <u32>LAST_WORD) return firstFreeFrom(c, map, from);
  const at = <usize>(c + (i >> 3));
  const free = ~(load<u64>(at + map) | load<u64>(at, COMMANDS)) >> (<u64>i & 7);
  return free !== 0 ? from + <i32>ctz(free) : firstFreeFrom(c, map, from);
}

/** The same where more than one word must be looked at. Exported so that it stays a function of its own. */
export function firstFreeFrom(c: i32, map: usize, from: i32): i32 {
  let i = from - load<i32>(c, BASE);
  if (i < 0) i = 0;
  while (true) {
    if (i > LAST_WORD) {
      const tick = load<i32>(c, BASE) + i;
      slide(c, tick);
      i = tick - load<i32>(c, BASE);
    }
    const at = <usize>(c + (i >> 3));
    const free = ~(load<u64>(at + map) | load<u64>(at, COMMANDS)) >> (<u64>i & 7);
    if (free !== 0) return load<i32>(c, BASE) + i + <i32>ctz(free);
    i += 64 - (i & 7);
  }
}

/** Takes `ticks` (at most 50) from `from` on; those before the stretch do not matter. @inline */
function take(c: i32, map: usize, from: i32, ticks: i32): void {
  let i = from - load<i32>(c, BASE);
  let bits: u64 = ((<u64>1) << ticks) - 1;
  if (i < 0) {
    if (i <= -ticks) return;
    bits >>= -i;
    i = 0;
  }
  const at = <usize>(c + (i >> 3));
  store<u64>(at + map, load<u64>(at + map) | (bits << (<u64>i & 7)));
}

/** Takes any stretch; a batch of writes may end behind the map. */
export function takeStretch(c: i32, map: usize, from: i32, to: i32): void {
  if (seldom(to - load<i32>(c, BASE) > LAST_WORD)) slide(c, to);
  for (let t = from; t < to; t += 50) take(c, map, t, to - t < 50 ? to - t : 50);
}

/** @inline */
export function takeCommand(c: i32, tick: i32): void {
  const i = tick - load<i32>(c, BASE);
  if (i >= 0) setCommand(<usize>(c + (i >> 3)), i & 7);
}

/**
 * A byte at a time: what is looked for next lies in bytes behind, and a load of a word with a byte just stored would wait
 * for it. @inline
 */
function setCommand(at: usize, bit: u32): void {
  store<u8>(at, <u32>load<u8>(at, COMMANDS) | (1 << bit), COMMANDS);
}

/** Gives a command at the first free tick from `from` on, if that comes before `limit`; returns the tick. @inline */
export function takeCommandBefore(c: i32, from: i32, limit: i32): i32 {
  const i = <u32>(from - load<i32>(c, BASE));
  if (seldom(i > <u32>LAST_WORD)) return takeCommandLater(c, from, limit);
  const at = <usize>(c + (i >> 3));
  const free = ~load<u64>(at, COMMANDS) >> (i & 7);
  if (seldom(free === 0)) return takeCommandLater(c, from, limit);
  const ahead = <u32>ctz(free);
  const bit = (i & 7) + ahead;
  const tick = from + <i32>ahead;
  if (tick < limit) setCommand(at + (bit >> 3), bit & 7);
  return tick;
}

/** The same where more than one word must be looked at. Exported to stay a function. */
export function takeCommandLater(c: i32, from: i32, limit: i32): i32 {
  const tick = firstFreeFrom(c, COMMANDS, from);
  if (tick < limit) takeCommand(c, tick);
  return tick;
}

/** Takes what reading at two ticks, or one, keeps other reads from. @inline */
export function takeReads(c: i32, first: i32, last: i32): void {
  const i = first - burstTicks + 1 - load<i32>(c, BASE);
  const apart = last - first;
  if (i < 0 || apart + 2 * burstTicks > 50) {
    takeRead(c, first);
    takeRead(c, last);
    return;
  }
  const at = <usize>(c + (i >> 3));
  const shift = <u64>i & 7;
  const bits: u64 = (1 << (2 * burstTicks - 1)) - 1;
  const both = (bits | (bits << apart)) << shift;
  const commands = (<u64>1 | ((<u64>1) << apart)) << (shift + burstTicks - 1);
  store<u64>(at, load<u64>(at, READS) | both, READS);
  store<u64>(at, load<u64>(at, COMMANDS) | commands, COMMANDS);
}

/** The same for one, wherever it is. */
function takeRead(c: i32, tick: i32): void {
  takeCommand(c, tick);
  take(c, READS, tick - burstTicks + 1, 2 * burstTicks - 1);
}

/** Takes what opening a row keeps others from. */
export function takeActivation(c: i32, tick: i32): void {
  takeCommand(c, tick);
  take(c, ACTIVATIONS, tick - tRrd + 1, 2 * tRrd - 1);
}

/** The same at the first free tick from `from` on, which is returned; mostly in one word of the map. @inline */
export function activateFrom(c: i32, from: i32): i32 {
  const before = tRrd - 1;
  const i = <u32>(from - load<i32>(c, BASE) - before);
  if (seldom(i > <u32>(LAST_WORD - before))) return activateLater(c, from);
  const at = <usize>(c + (i >> 3));
  const taken = load<u64>(at, ACTIVATIONS);
  const bit = (i & 7) + before;
  const free = (~(taken | load<u64>(at, COMMANDS)) & (u64.MAX_VALUE >> before)) >> bit;
  if (seldom(free === 0)) return activateLater(c, from);
  const ahead = <u32>ctz(free);
  const keeps: u64 = (1 << (2 * tRrd - 1)) - 1;
  store<u64>(at, taken | (keeps << ((i & 7) + ahead)), ACTIVATIONS);
  setCommand(at + ((bit + ahead) >> 3), (bit + ahead) & 7);
  return from + <i32>ahead;
}

/** Exported so that it stays a function of its own. */
export function activateLater(c: i32, from: i32): i32 {
  const tick = firstFreeFrom(c, ACTIVATIONS, from);
  takeActivation(c, tick);
  return tick;
}
