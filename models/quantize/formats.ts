/** 16-bit floating-point numbers as bits. */

const view = new DataView(new ArrayBuffer(4));

function bitsOf(value: number): number {
  view.setFloat32(0, value);
  return view.getUint32(0);
}

function floatOf(bits: number): number {
  view.setUint32(0, bits);
  return view.getFloat32(0);
}

/** The nearest bfloat16, ties to even; a NaN stays one. */
export function bf16Bits(value: number): number {
  const bits = bitsOf(value);
  if (Number.isNaN(value)) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

export const bf16Value = (half: number): number => floatOf((half << 16) >>> 0);

/** The value of an IEEE half, infinities and denormals included. */
export function fp16Value(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The nearest IEEE half, ties to even; beyond 65504 infinity. */
export function fp16Bits(value: number): number {
  const bits = bitsOf(value);
  const sign = (bits >>> 16) & 0x8000;
  const size = Math.abs(Math.fround(value));
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundHalfEven(size * 2 ** 24);
  const whole = bits & 0x7fff_ffff;
  const rounded = whole + 0xfff + ((whole >>> 13) & 1);
  return sign | ((rounded - 0x3800_0000) >>> 13);
}

/**
 * The half that the console reads nearest: its unpack instruction takes denormals for zero and exponent 31
 * for an ordinary one, so numbers below 2^-14 become 0 or 2^-14 and infinity 65504.
 */
export function consoleFp16Bits(value: number): number {
  const size = Math.abs(value);
  const sign = bitsOf(value) & 0x8000_0000 ? 0x8000 : 0;
  if (size < 2 ** -14) return size > 2 ** -15 ? sign | 0x400 : sign;
  if (size >= 65504) return sign | 0x7bff;
  return fp16Bits(value);
}

/** What the console's unpack instruction makes of a half. */
export function consoleFp16Value(half: number): number {
  const exponent = (half >>> 10) & 31;
  const sign = half & 0x8000 ? -1 : 1;
  return exponent === 0 ? sign * 0 : sign * (1024 + (half & 0x3ff)) * 2 ** (exponent - 25);
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
