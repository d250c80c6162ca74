/**
 * Elementary functions in double precision from arithmetic alone. `Math`'s own differ in their last bits
 * between JavaScript engines, which would make logits depend on the host; + - * / and Math.sqrt are exact
 * everywhere. Relative error is a few units in the last place of a double, so results rounded to single are
 * almost always the correctly rounded ones.
 */

// ln 2 and pi/2 in pieces whose products with small integers are exact (Cody and Waite).
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const INVERSE_LN2 = Math.LOG2E;
const HALF_PI_1 = 1.5707963267341256;
const HALF_PI_2 = 6.077100506303966e-11;
const HALF_PI_3 = 2.0222662487959506e-21;
const INVERSE_HALF_PI = 0.6366197723675814;

const powerView = new DataView(new ArrayBuffer(8));

/** 2^n for -1022 <= n <= 1023. */
function powerOfTwo(n: number): number {
  powerView.setUint32(0, (n + 1023) << 20);
  powerView.setUint32(4, 0);
  return powerView.getFloat64(0);
}

/** e^x. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.78) return Infinity;
  if (x < -745.2) return 0;
  const n = Math.round(x * INVERSE_LN2);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  // Taylor: |r| < 0.347, so the first term left out is below 2e-18.
  let sum = 0;
  for (let k = 14; k >= 1; k--) sum = ((1 + sum) * r) / k;
  const half = Math.trunc(n / 2);
  return (1 + sum) * powerOfTwo(half) * powerOfTwo(n - half);
}

/** Natural logarithm of a positive normal number. */
export function log(x: number): number {
  powerView.setFloat64(0, x);
  const high = powerView.getUint32(0);
  let n = (high >>> 20) - 1023;
  powerView.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let m = powerView.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    n++;
  }
  // ln m = 2 artanh s with |s| < 0.172.
  const s = (m - 1) / (m + 1);
  let sum = 0;
  for (let k = 21; k >= 3; k -= 2) sum = (sum + 1 / k) * s * s;
  return n * LN2_HIGH + (n * LN2_LOW + 2 * (s + s * sum));
}

/** x^y for positive x. */
export const pow = (x: number, y: number): number => exp(y * log(x));

/** [cos x, sin x] for |x| up to about a million. */
export function cosSin(x: number): [cos: number, sin: number] {
  const n = Math.round(x * INVERSE_HALF_PI);
  const r = x - n * HALF_PI_1 - n * HALF_PI_2 - n * HALF_PI_3;
  const square = r * r;
  let cos = 0;
  let sin = 0;
  // Taylor: |r| < 0.786, so the first terms left out are below 1e-18.
  for (let k = 18; k >= 2; k -= 2) {
    cos = (-(1 + cos) * square) / (k * (k - 1));
    sin = (-(1 + sin) * square) / (k * (k + 1));
  }
  const c = 1 + cos;
  const s = r + r * sin;
  switch (((n % 4) + 4) % 4) {
    case 0:
      return [c, s];
    case 1:
      return [-s, c];
    case 2:
      return [-c, -s];
    default:
      return [s, -c];
  }
}
