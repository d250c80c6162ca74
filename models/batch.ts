/** Cache line: buffers start and end on one, so that no two are in the same line. */
export const LINE_BYTES = 128;

/** Bytes of a row of `floats` numbers, up to the next cache line. */
export const lineBytes = (floats: number): number => Math.ceil((4 * floats) / LINE_BYTES) * LINE_BYTES;

/** Positions of a prompt that a batched kernel may take at once. */
export const MOST_POSITIONS = 64;

/** The operand that tells a batched kernel of its positions; strides in cache lines from position to position. */
export const batchWord = (positions: number, inputLines: number, outputLines: number): number =>
  ((positions << 24) | (inputLines << 12) | outputLines) >>> 0;

/**
 * How `prompt` tokens are fed, `most` at a time: sizes of the pieces in order. What a piece of one leaves out
 * is nothing: it is an ordinary forward pass.
 */
export function prefillPieces(prompt: number, most: number): number[] {
  const pieces: number[] = [];
  for (let left = prompt; left > 0; left -= most) pieces.push(Math.min(most, left));
  return pieces;
}

/** Positions of each tape that pieces of these sizes need: one of a single position, one a size beside it. */
export const tapeSizes = (pieces: readonly number[]): number[] => [
  1,
  ...new Set(pieces.filter((size) => size > 1)),
];
