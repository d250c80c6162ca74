/**
 * What is known of every word of a vector read as a float: that it is a whole multiple of 2^-unit and at most 2^bound
 * in magnitude. From multiples of 2^-a and 2^-b come products that are multiples of 2^-(a+b), and sums that are
 * multiples of the finer of the two; rounding only makes them coarser. As long as the unit is 2^-126 or coarser and the
 * bound below the largest float, a result is zero or normal: never denormal, infinite or a NaN, and the exact result
 * was none of them either. So it does not matter whether denormals count as zeros, and nothing need be tested.
 */
export interface NumberClass {
  readonly unit: number;
  readonly bound: number;
  /** A running sum: at most 2^100 + n * 2^81 after n instructions of one run of translated code. */
  readonly grows?: true;
}

/** What a cache line is known to hold once it has been looked at, and what is asked of registers by default. */
export const OPERAND: NumberClass = { unit: 63, bound: 40 };

export const ZERO: NumberClass = { unit: -1000, bound: -1000 };

/** The finest multiples that are all normal. */
const FINEST = 126;
/** Far enough below the largest float that no rounding gets there. */
const LARGEST = 126;

/** What a running sum is at first, and what may be added to it an instruction. */
const SUM_STARTS = 100;
const SUM_STEP = 80;
/** A run of translated code is shorter than 2^31 instructions, as half-cycles are 32 bits, and 2^100 + 2^112 < 2^113. */
const SUM_ENDS = 113;

const within = (c: NumberClass): NumberClass | undefined =>
  c.unit <= FINEST && c.bound <= LARGEST ? c : undefined;

export type MaybeClass = NumberClass | undefined;

export function productOf(a: MaybeClass, b: MaybeClass): MaybeClass {
  if (a === undefined || b === undefined) return undefined;
  return within({ unit: a.unit + b.unit, bound: a.bound + b.bound });
}

/**
 * Of a sum or difference. To nearest, a sum is no further from either addend than twice the other one, so a running
 * sum moves by at most 2^81 when 2^80 is added, whatever its own size.
 */
export function sumOf(a: MaybeClass, b: MaybeClass): MaybeClass {
  if (a === undefined || b === undefined) return undefined;
  const unit = Math.max(a.unit, b.unit);
  const [running, step] = a.grows ? [a, b] : [b, a];
  if (running.grows && !step.grows && step.bound <= SUM_STEP)
    return within({ unit, bound: SUM_ENDS, grows: true });
  return within({ unit, bound: Math.max(a.bound, b.bound) + 1 });
}

/** Of words that are each of one of these classes. */
export function eitherOf(a: MaybeClass, b: MaybeClass): MaybeClass {
  if (a === undefined || b === undefined) return undefined;
  if (contains(a, b)) return a;
  if (contains(b, a)) return b;
  return within({ unit: Math.max(a.unit, b.unit), bound: Math.max(a.bound, b.bound) });
}

/** Of whole numbers next to a value. */
export function roundedOf(a: MaybeClass): MaybeClass {
  return a && { unit: Math.min(a.unit, 0), bound: Math.max(a.bound, 0) };
}

/** Whether every value of class `b` is one of class `a`. */
export function contains(a: NumberClass, b: NumberClass): boolean {
  if (b.unit > a.unit) return false;
  if (a.grows) return b.grows === true || b.bound <= SUM_STARTS;
  return b.bound <= a.bound;
}

/** A class for both that a loop cannot widen again and again; undefined where there is none. */
export function widened(a: NumberClass, b: NumberClass): MaybeClass {
  const sum: NumberClass = { unit: FINEST, bound: SUM_ENDS, grows: true };
  return contains(sum, a) && contains(sum, b) ? sum : undefined;
}

/** Bits of the smallest magnitude but zero, and of the largest, that show a word to be of the class. */
export function limitsOf(c: NumberClass): { readonly least: number; readonly most: number } {
  const bits = (exponent: number) => (127 + exponent) << 23;
  // A float of 24 digits from 2^(23-unit) on is a multiple of 2^-unit.
  return { least: bits(23 - c.unit), most: bits(c.grows ? SUM_STARTS : c.bound) };
}
