/*
 * What is pending of a thread's times, as timing/relative.ts reads it from the context: numbers of pairs and pairs (offset in
 * the context, after the slot); then of entries of the vector queue and when they issue after the slot, the youngest first.
 * A word each. The code beside this file compares such a list with a context and writes it there; both are compiled with this.
 */
export const PAIR_BYTES = 8;
/** In the word before a list that is kept: by how much the pairs are later than over, in sum. */
export const SUM = -4;

/** Half-cycles before which the time of a pipe is over. */
export const PIPE_MARGIN = 2;
/** Entries of the vector queue whose times the context has: CTX.vectorCount counts modulo this. */
export const QUEUE_ENTRIES = 32;
