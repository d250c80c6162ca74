import { counters, durations, state, times } from './numbers';
import { CLOCK } from './state';

/* The words of state.ts. */

/** @inline */
export function time(which: usize): f64 {
  return load<f64>(times + which);
}

/** @inline */
export function setTime(which: usize, value: f64): void {
  store<f64>(times + which, value);
}

/** @inline */
export function duration(which: usize): f64 {
  return load<f64>(durations + which);
}

/** @inline */
export function word(which: usize): i32 {
  return load<i32>(state + which);
}

/** @inline */
export function setWord(which: usize, value: i32): void {
  store<i32>(state + which, value);
}

/** The number of the present use. @inline */
export function clock(): i64 {
  return load<i64>(state + CLOCK);
}

/** @inline */
export function tick(): void {
  store<i64>(state + CLOCK, load<i64>(state + CLOCK) + 1);
}

/** @inline */
export function count(counter: usize): void {
  store<i64>(counters + counter, load<i64>(counters + counter) + 1);
}

/** The place of a ring that is next; the one behind it will be. @inline */
export function turn(which: usize, entries: i32): i32 {
  const at = load<i32>(state + which);
  store<i32>(state + which, at + 1 === entries ? 0 : at + 1);
  return at;
}
