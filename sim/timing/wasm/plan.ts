/*
 * What the window needs to know of one instruction, as words that timing/traced-window.ts writes: WindowPlan of
 * timing/window-plan.ts with addresses for registers, queues and units.
 */

/** Bytes to the next instruction's plan. */
export const SIZE: usize = 0;
export const FLAGS: usize = 4;
export const QUEUE: usize = 8;
/** The first unit that can execute it, bytes to the next, and how many. */
export const UNIT: usize = 12;
export const UNIT_BYTES: usize = 16;
export const UNITS: usize = 20;
export const BLOCK_CYCLES: usize = 24;
export const FENCE_CYCLES: usize = 28;
/** Bytes of a store. */
export const STORE_SIZE: usize = 32;
/** Address of the instruction. */
export const PC: usize = 36;
/** Bytes of the lists that follow one another from LISTS on. */
export const WAIT_BYTES: usize = 40;
export const DATA_BYTES: usize = 44;
export const RESULT_BYTES: usize = 48;
/**
 * Registers waited for, two words each: where its time is, how much longer. Those stored, one word each. Results, three
 * words each: where its time is, latency, whether from memory.
 */
export const LISTS: i32 = 52;

/** Bits of FLAGS; what it does in memory is in the low three. */
export const ACCESS: i32 = 7;
export const LOAD: i32 = 1;
export const STORE: i32 = 2;
export const PREFETCH: i32 = 3;
export const ZERO: i32 = 4;
export const FENCE: i32 = 8;
export const SERIALIZED: i32 = 16;
export const BRANCH: i32 = 32;
export const FOLDS: i32 = 64;
export const COUNTED: i32 = 128;
export const CONDITIONAL: i32 = 256;
export const INDIRECT: i32 = 512;
export const RETURNS: i32 = 1024;
export const LINKS: i32 = 2048;
