/*
 * A set of an L1 data cache: the tag of each way, which is its line or -1, and at such distances from it when the line
 * arrives, when it was used last (half-cycles) and, for observers, where it came from (timing/sourced-memory.ts). The code
 * beside this file brings lines and takes them out; where loads are timed they are looked up. Both are compiled with this.
 */
export const L1_WAYS = 4;
export const L1_FILL = 4 * L1_WAYS;
export const L1_LAST_USE = 8 * L1_WAYS;
export const L1_SOURCE = 12 * L1_WAYS;
export const L1_SET_BYTES = 16 * L1_WAYS;

/** Of one core. */
export const L1_SETS = 64;
export const L1_BYTES = L1_SETS * L1_SET_BYTES;
