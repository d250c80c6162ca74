/*
 * The table of what the window consists of, which the host writes (timing/traced-window.ts) and state.ts goes through: kind,
 * address, number of words. Both sides compile this file.
 */
export const ADDRESS = 4;
export const NUMBER = 8;
export const PIECE_BYTES = 12;

/** Times that count from the last dispatch on. */
export const TIMES = 1;
/** When registers are ready, most of them long ago; some may count from `readyFloor` cycles earlier. */
export const READY = 2;
/** The latest few times: parts.ts. */
export const LATEST = 3;
export const RING = 4;
/** A cycle that counts while it is the present one, and how much of it is used; the latter's address is the number. */
export const SLOTS = 5;
/** The cycles in which a unit is busy. */
export const BUSY = 6;

/** Cycles kept of those: more than instructions in a window can be apart. A power of two that divides every rebase. */
export const KEPT = 1024;
