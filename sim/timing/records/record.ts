/*
 * A record of how long a block takes. The host makes it (engine/timing-memo.ts), woven code walks it (engine/weave-memo.ts),
 * and the code beside this file finds it; both are compiled with this. Its slots are relative to the one at which it begins,
 * which is that of the block's head or of the instruction after a delay.
 */

/** The block, and what is pending where it begins: pending.ts. */
export const REF = 0;
export const TIMES = 4;
/**
 * Records for the same block and times with another mask, a word for each place of the slot in its cycle: those of mask m,
 * which has m + 1 places, from word m - 1 on. The one for its own mask and place is itself.
 */
export const LINKS = 8;
/** By OUTCOME: half-cycles to the end of the block, and the record that follows, 0 when it is not known. */
export const OUTCOMES = 64;
export const ADVANCE = 0;
export const FOLLOWING = 4;
export const OUTCOME_BYTES = 8;
/**
 * Of each cut: the longest delay that makes a difference, and where the records after each delay stand, or 0. Of a late
 * result the first is -1 where its records are not to be used. Behind the cuts the slots that the code needs, then when
 * the data of stores are there.
 */
export const CUTS = 96;
export const LONGEST = 0;
export const AFTER_DELAYS = 4;
export const CUT_BYTES = 8;
