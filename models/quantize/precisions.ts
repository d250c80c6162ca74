/**
 * How the guest's kernels take a matrix: q80 and q4_0 are groups of 32 signed bytes or half bytes with an fp32 scale,
 * bf16 the upper halves of 32-bit floats, fp16 half floats, of which those below 2^-14 become zero or 2^-14.
 */
export const PRECISIONS = ['fp32', 'bf16', 'fp16', 'q80', 'q4_0'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Bits of a number, scales aside. */
export const BITS: Readonly<Record<Precision, number>> = { fp32: 32, bf16: 16, fp16: 16, q80: 8, q4_0: 4 };

/** One matrix, or the vector of an rmsnorm, as it lies in guest memory. */
export interface Packed {
  readonly precision: Precision;
  readonly rows: number;
  /** Columns as the kernels see them: those that a narrow matrix has more hold zeros. */
  readonly columns: number;
  readonly rowBytes: number;
  /** Numbers that share a scale, 1 where there are none. */
  readonly group: number;
  /** Where its scales [rows][columns / group] begin, fp32. */
  readonly scalesAt: number;
  readonly bytes: number;
}
