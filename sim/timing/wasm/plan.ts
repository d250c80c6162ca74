/*
 * What the window needs to know of one instruction, as words that timing/traced-window.ts writes: WindowPlan of
 * timing/window-plan.ts with addresses for registers, queues and units. Both sides compile this file.
 */

/** Bytes to the next instruction's plan. */
export const SIZE = 0;
export const FLAGS = 4;
export const QUEUE = 8;
/** The first unit that can execute it, bytes to the next, and how many. */
export const UNIT = 12;
export const UNIT_BYTES = 16;
export const UNITS = 20;
export const BLOCK_CYCLES = 24;
export const FENCE_CYCLES = 28;
/** Bytes of a store. */
export const STORE_SIZE = 32;
/** Address of the instruction. */
export const PC = 36;
/** Bytes of the lists that follow one another from LISTS on. */
export const WAIT_BYTES = 40;
export const DATA_BYTES = 44;
export const RESULT_BYTES = 48;
/**
 * Registers waited for, two words each: where its time is, how much longer. Those stored, one word each. Results, three
 * words each: where its time is, latency, whether from memory.
 */
export const LISTS = 52;

/** Bits of FLAGS; what it does in memory is in the low three. */
export const ACCESS = 7;
export const LOAD = 1;
export const STORE = 2;
export const PREFETCH = 3;
export const ZERO = 4;
export const FLUSH = 5;
export const FENCE = 8;
export const SERIALIZED = 16;
export const BRANCH = 32;
export const FOLDS = 64;
export const COUNTED = 128;
export const CONDITIONAL = 256;
export const INDIRECT = 512;
export const RETURNS = 1024;
export const LINKS = 2048;
