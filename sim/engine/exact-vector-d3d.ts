import { DEFAULT_NAN, magnitude, numberOf } from './exact-vector-float.js';
import { fromWords, word } from './exact-vector-lanes.js';

/**
 * The Direct3D formats of vpkd3d128 and vupkd3d128: integers carried in the low mantissa bits of floats near
 * 3.0 (one unit is 2^-22) or near 1.0, and 16-bit floats. Types: 0 D3DCOLOR, 1 NORMSHORT2, 2 NORMPACKED32, 3
 * FLOAT16_2, 4 NORMSHORT4, 5 FLOAT16_4, 6 NORMPACKED64. Type 7 is not used; it gives zero here.
 */

const THREE = 0x4040_0000;
const ONE = 0x3f80_0000;

/** The low bits of a lane clamped, as a float, between two others; a NaN takes the low limit. */
function clampedBits(x: number, low: number, high: number, width: number): number {
  const value = numberOf(x);
  const bits = value > numberOf(low) ? (value < numberOf(high) ? x : high) : low;
  return bits & (2 ** width - 1);
}

/**
 * A float as a half whose exponent 31 is an ordinary one; cut, not rounded; below 2^-14 a zero of its sign.
 */
function halfOf(x: number): number {
  const sign = (x >>> 16) & 0x8000;
  const size = magnitude(x);
  if (size >= 0x47ff_e000) return sign | 0x7fff;
  if (size < 0x3880_0000) return sign;
  return sign | ((size - 0x3800_0000) >>> 13);
}

/** The float of such a half; its denormals count as zero, as they do when packing. */
function floatOf(half: number): number {
  const sign = (half & 0x8000) << 16;
  if ((half & 0x7c00) === 0) return sign;
  return sign | (((half & 0x7fff) << 13) + 0x3800_0000);
}

const color = (x: number): number => clampedBits(x, THREE, THREE + 0xff, 8);
const short = (x: number): number => clampedBits(x, THREE - 0x7fff, THREE + 0x7fff, 16);
const ten = (x: number): number => clampedBits(x, THREE - 0x1ff, THREE + 0x1ff, 10);
const twenty = (x: number): number => clampedBits(x, THREE - 0x7_ffff, THREE + 0x7_ffff, 20);
const two = (w: number): number => clampedBits(w, THREE, THREE + 3, 2);
const four = (w: number): number => clampedBits(w, THREE, THREE + 15, 4);

/** High and low word of the packed value. */
function pack(type: number, [x, y, z, w]: readonly number[]): readonly [high: number, low: number] {
  switch (type) {
    case 0:
      return [0, (color(w) << 24) | (color(x) << 16) | (color(y) << 8) | color(z)];
    case 1:
      return [0, (short(x) << 16) | short(y)];
    case 2:
      return [0, (two(w) << 30) | (ten(z) << 20) | (ten(y) << 10) | ten(x)];
    case 3:
      return [0, (halfOf(x) << 16) | halfOf(y)];
    case 4:
      return [(short(x) << 16) | short(y), (short(z) << 16) | short(w)];
    case 5:
      return [(halfOf(x) << 16) | halfOf(y), (halfOf(z) << 16) | halfOf(w)];
    case 6:
      return [(four(w) << 28) | (twenty(z) << 8) | (twenty(y) >>> 12), (twenty(y) << 20) | twenty(x)];
    default:
      return [0, 0];
  }
}

/** The packed value in words 2 and 3, zeros before it. */
export function vpackD3d(type: number, b: Uint8Array): Uint8Array {
  return fromWords([
    0,
    0,
    ...pack(
      type,
      [0, 1, 2, 3].map((i) => word(b, i)),
    ),
  ]);
}

/** Near 3.0, from the low `width` bits as a signed integer; the most negative one stands for nothing. */
function signedFloat(bits: number, width: number): number {
  const value = (bits << (32 - width)) >> (32 - width);
  return value === -(2 ** (width - 1)) ? DEFAULT_NAN : THREE + value;
}

function unpack(type: number, high: number, low: number): readonly number[] {
  const color = (shift: number) => ONE + ((low >>> shift) & 0xff);
  switch (type) {
    case 0:
      return [color(16), color(8), color(0), color(24)];
    case 1:
      return [signedFloat(low >>> 16, 16), signedFloat(low, 16), 0, ONE];
    case 2:
      return [
        signedFloat(low, 10),
        signedFloat(low >>> 10, 10),
        signedFloat(low >>> 20, 10),
        ONE + (low >>> 30),
      ];
    case 3:
      return [floatOf(low >>> 16), floatOf(low), 0, ONE];
    case 4:
      return [high >>> 16, high, low >>> 16, low].map((bits) => signedFloat(bits, 16));
    case 5:
      return [high >>> 16, high, low >>> 16, low].map(floatOf);
    case 6: {
      const y = (low >>> 20) | (high << 12);
      return [signedFloat(low, 20), signedFloat(y, 20), signedFloat(high >>> 8, 20), ONE + (high >>> 28)];
    }
    default:
      return [0, 0, 0, 0];
  }
}

/** The four floats of a packed value that stands in word 3 (types 0..3) or words 2 and 3 (types 4..6). */
export function vunpackD3d(type: number, b: Uint8Array): Uint8Array {
  return fromWords(unpack(type, word(b, 2), word(b, 3)));
}
