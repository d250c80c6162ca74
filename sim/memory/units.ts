/*
 * Numbers of the memory system are whole and 32 bits wide. The `| 0` is not for their value: it makes the engine
 * keep them as integers, where a number that once was the result of a division is kept as a double for ever, and
 * costs conversions at each use.
 */

/** Half-cycles of a time in CPU cycles. */
export const half = (cycles: number): number => Math.round(2 * cycles) | 0;

/** The exponent of a power of two. */
export const log2 = (value: number): number => 31 - Math.clz32(value);

/** A number that is whole already. */
export const whole = (value: number): number => value | 0;
