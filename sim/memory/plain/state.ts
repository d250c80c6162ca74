/*
 * Where words lie that are not in a row of their own, and how many there are: memory/plain-memory.ts lays them out, the
 * code beside this file works with them; both are compiled with this. Times are cycles, of the bus and the port with
 * fractions.
 */

/** When the port of L2 and the bus are free, and when the last store has left its queue; f64 each. */
export const PORT = 0;
export const BUS = 8;
export const DRAINED = 16;
export const TIMES_BYTES = 24;

/** How long things take, f64 each, cycles. */
export const BUS_TIME = 0;
export const WRITE_TIME = 8;
export const PORT_TIME = 16;
export const L2_LATENCY = 24;
export const MEMORY_LATENCY = 32;
export const REFILL = 40;
export const STORE_TIME = 48;
export const STORE_MISS_TIME = 56;
export const DURATIONS_BYTES = 64;

/** Uses so far (i64), the next places in two rings, the line that a store has fetched from memory last (i32 each). */
export const CLOCK = 0;
export const NEXT_REQUEST = 8;
export const NEXT_STORE = 12;
export const FETCHED_BY_STORE = 16;
/** Of the last access: whether it found its line on the way, and for how long it keeps others from L1, cycles. */
export const JOINED = 20;
export const MOVING = 24;
/** How many streams there are, and the next place among the lines that have been missed lately. */
export const STREAMS = 28;
export const NEXT_CANDIDATE = 32;
export const STATE_BYTES = 36;

/** Counters, i64 each. */
export const L1_MISSES = 0;
export const L2_MISSES = 8;
export const CASTOUTS = 16;
export const PREFETCHES = 24;
export const COUNTERS_BYTES = 32;

/** A stream: the line it waits for, the last one asked for, lines ahead at its next use, its last use (i64). */
export const NEXT = 0;
export const ASKED = 4;
export const AHEAD = 8;
export const USED = 16;
export const STREAM_BYTES = 24;
/** Lines missed lately that are known. */
export const CANDIDATES = 16;
