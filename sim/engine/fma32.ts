/**
 * Fused multiply-add of singles on host doubles: exact product, sum rounded to odd, then one rounding to
 * single.
 */

const words = new Uint32Array(2);
const singles = new Float32Array(words.buffer, 0, 1);
const double = new Float64Array(1);
/** Low and high word (hosts are little-endian, as WebAssembly is). */
const halves = new Uint32Array(double.buffer);

const isNaN32 = (bits: number): boolean => (bits & 0x7fff_ffff) > 0x7f80_0000;

function numberOf(bits: number): number {
  words[0] = bits;
  return singles[0];
}

/**
 * a * c + b on the bits (0..2^32-1) of singles, rounded once to nearest even. Denormals count as they are.
 * The first NaN in the order a, b, c comes out quiet; an invalid operation gives 7FC00000.
 */
export function fma32Bits(a: number, c: number, b: number): number {
  if (isNaN32(a)) return (a | 0x40_0000) >>> 0;
  if (isNaN32(b)) return (b | 0x40_0000) >>> 0;
  if (isNaN32(c)) return (c | 0x40_0000) >>> 0;
  singles[0] = fma32(numberOf(a), numberOf(c), numberOf(b));
  return Number.isNaN(singles[0]) ? 0x7fc0_0000 : words[0];
}

/** a * c + b rounded once to single, for numbers that are singles. */
export function fma32(a: number, c: number, b: number): number {
  // Two significands of 24 digits: the product is exact in 53, its exponent far inside a double's range.
  const product = a * c;
  const total = product + b;
  if (Number.isFinite(total)) {
    const virtual = total - product;
    const error = product - (total - virtual) + (b - virtual);
    if (error !== 0) return Math.fround(toOdd(total, error));
  }
  return Math.fround(total);
}

/**
 * The neighbour with an odd last digit: of `total` and the next double on the side where the exact sum lies.
 */
function toOdd(total: number, error: number): number {
  double[0] = total;
  if ((halves[0] & 1) === 0) {
    if (total > 0 === error > 0) halves[0] += 1;
    else {
      if (halves[0] === 0) halves[1] -= 1;
      halves[0] -= 1;
    }
  }
  return double[0];
}
