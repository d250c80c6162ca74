/*
 * The tables in which threads find records again. The host makes room for them (engine/context.ts) and reads the last one in
 * translated code (engine/weave-memo.ts), the code beside this file keeps them; both are compiled with this.
 */

/**
 * Where threads have taken up records: sets of ways, each the hash of a thread's times, and the record there or, negative,
 * how often such times were met without one.
 */
export const HASH = 0;
export const RECORD = 4;
export const WAY_BYTES = 8;
export const WAYS = 4;
export const SET_BYTES = WAYS * WAY_BYTES;

/** Which record has followed another one where threads have entered regions: the one left, for where, and the next. */
export const LEFT = 0;
export const WHERE = 4;
export const NEXT = 8;
export const PLACE_BYTES = 16;

/**
 * What is known of the blocks at which threads could take up records: how often one is still to be passed before its times
 * are looked up again, what that was last time, and what looking has brought so far. Blocks may share a place.
 */
export const PAUSE = 0;
export const LAST_PAUSE = 4;
export const CREDIT = 8;
export const PAUSE_BYTES = 16;
