/** A condition that is rarely true: what hangs on it stands out of the way. See build/wasm-modules.js. */
export declare function seldom(condition: bool): bool;

/** The later of two times. @inline */
export function later(a: i32, b: i32): i32 {
  return a > b ? a : b;
}

/** The lesser of two numbers. @inline */
export function lesser(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

/** Adds to a counter what is not negative. @inline */
export function count(counter: i32, amount: i32): void {
  store<i64>(counter, load<i64>(counter) + <i64>(<u32>amount));
}
