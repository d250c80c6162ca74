/*
 * A way into translated code, as the host writes it (engine/entry-table.ts) and the code beside this file takes it: the
 * address, with the mode of translation in its two low bits; the generation of the code it was made from, plus what kind
 * of way it is; its function's place in the function table; the block to begin with. A word each.
 */
export const ADDRESS = 0;
export const GENERATION = 4;
export const FUNCTION = 8;
export const BLOCK = 12;
export const WAY_BYTES = 16;

/**
 * Kinds of ways, in the low bits of generations, which are as many apart: to the address of one of the first, the host is
 * told of threads that come there; the code of the second is a synchronising instruction, which threads stop before.
 */
export const TOLD = 1;
export const SYNC = 2;
export const KINDS = 4;
