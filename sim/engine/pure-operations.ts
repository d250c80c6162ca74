import type { F64, I32, I64, V128, VSaturating } from '../isa/semantics.js';
import * as exact from './exact-vector.js';
import * as soft from './softfloat.js';
import { bytesOf, f64, i32, i64, int, MASK64, num, signed, truth, v128, withSaturation } from './values.js';

/** The operations of the evaluating engine that depend on their arguments alone, no register or mode. */
export class PureOperations {
  // 64-bit integers.
  i64 = (value: bigint | number): I64 => i64(BigInt(value));
  add = (a: I64, b: I64): I64 => i64(int(a) + int(b));
  sub = (a: I64, b: I64): I64 => i64(int(a) - int(b));
  mul = (a: I64, b: I64): I64 => i64(int(a) * int(b));
  mulHighS = (a: I64, b: I64): I64 => i64((signed(a) * signed(b)) >> 64n);
  mulHighU = (a: I64, b: I64): I64 => i64((int(a) * int(b)) >> 64n);
  divS(a: I64, b: I64): I64 {
    const overflows = int(a) === 1n << 63n && int(b) === MASK64;
    return i64(int(b) === 0n || overflows ? 0n : signed(a) / signed(b));
  }
  divU = (a: I64, b: I64): I64 => i64(int(b) === 0n ? 0n : int(a) / int(b));
  and = (a: I64, b: I64): I64 => i64(int(a) & int(b));
  or = (a: I64, b: I64): I64 => i64(int(a) | int(b));
  xor = (a: I64, b: I64): I64 => i64(int(a) ^ int(b));
  shl = (a: I64, count: I64): I64 => i64(int(a) << (int(count) & 63n));
  shrU = (a: I64, count: I64): I64 => i64(int(a) >> (int(count) & 63n));
  shrS = (a: I64, count: I64): I64 => i64(signed(a) >> (int(count) & 63n));
  rotl64(a: I64, count: I64): I64 {
    const n = int(count) & 63n;
    return i64((int(a) << n) | (int(a) >> (64n - n)));
  }
  rotl32(a: I64, count: I64): I64 {
    const n = int(count) & 31n;
    const low = int(a) & 0xffff_ffffn;
    return i64(((low << n) | (low >> (32n - n))) & 0xffff_ffffn);
  }
  clz64(a: I64): I64 {
    const high = Math.clz32(Number(int(a) >> 32n));
    return i64(BigInt(high < 32 ? high : 32 + Math.clz32(Number(int(a) & 0xffff_ffffn))));
  }
  signExtend = (a: I64, bits: 8 | 16 | 32): I64 => i64(BigInt.asIntN(bits, int(a)));
  zeroExtend = (a: I64, bits: 8 | 16 | 32): I64 => i64(BigInt.asUintN(bits, int(a)));
  eq = (a: I64, b: I64): I32 => truth(int(a) === int(b));
  ltS = (a: I64, b: I64): I32 => truth(signed(a) < signed(b));
  ltU = (a: I64, b: I64): I32 => truth(int(a) < int(b));
  select = (cond: I32, a: I64, b: I64): I64 => (num(cond) !== 0 ? a : b);

  // 32-bit integers and truth values.
  i32 = (value: number): I32 => i32(value);
  add32 = (a: I32, b: I32): I32 => i32(num(a) + num(b));
  and32 = (a: I32, b: I32): I32 => i32(num(a) & num(b));
  or32 = (a: I32, b: I32): I32 => i32(num(a) | num(b));
  xor32 = (a: I32, b: I32): I32 => i32(num(a) ^ num(b));
  shl32 = (a: I32, count: number): I32 => i32(num(a) << count);
  shr32 = (a: I32, count: number): I32 => i32(num(a) >>> count);
  eqz32 = (a: I32): I32 => truth(num(a) === 0);
  select32 = (cond: I32, a: I32, b: I32): I32 => (num(cond) !== 0 ? a : b);
  wrap = (a: I64): I32 => i32(Number(int(a) & 0xffff_ffffn));
  widen = (a: I32): I64 => i64(BigInt(num(a)));

  // Scalar floating point without rounding.
  fneg = (a: F64): F64 => f64(int(a) ^ (1n << 63n));
  fabs = (a: F64): F64 => f64(int(a) & ~(1n << 63n));
  fgeZero = (a: F64): I32 => truth((soft.compare(int(a), 0n).order & 6) !== 0);
  fselect = (cond: I32, a: F64, b: F64): F64 => (num(cond) !== 0 ? a : b);
  f64FromBits = (bits: I64): F64 => f64(int(bits));
  bitsOfF64 = (value: F64): I64 => i64(int(value));

  // Vectors without NJ.
  vsat = (op: VSaturating, a: V128, b: V128) => withSaturation(exact.vsat(op, bytesOf(a), bytesOf(b)));
  vselect = (a: V128, b: V128, m: V128): V128 => v128(exact.vselect(bytesOf(a), bytesOf(b), bytesOf(m)));
  vpermute = (a: V128, b: V128, c: V128): V128 => v128(exact.vpermute(bytesOf(a), bytesOf(b), bytesOf(c)));
  vshuffle(a: V128, b: V128, bytes: readonly number[]): V128 {
    return v128(exact.vshuffle(bytesOf(a), bytesOf(b), bytes));
  }
  vconst = (bytes: readonly number[]): V128 => v128(Uint8Array.from(bytes));
  vshiftPattern(ea: I64, direction: 'left' | 'right'): V128 {
    return v128(exact.vshiftPattern(int(ea), direction));
  }
  vtoInt(a: V128, scale: number, toSigned: boolean) {
    return withSaturation(exact.vtoInt(bytesOf(a), scale, toSigned));
  }
  vfromInt = (a: V128, scale: number, from: boolean): V128 => v128(exact.vfromInt(bytesOf(a), scale, from));
  vpackD3d = (type: number, b: V128): V128 => v128(exact.vpackD3d(type, bytesOf(b)));
  vunpackD3d = (type: number, b: V128): V128 => v128(exact.vunpackD3d(type, bytesOf(b)));
  vallOnes = (a: V128): I32 => i32(exact.vallOnes(bytesOf(a)));
  vallZero = (a: V128): I32 => i32(exact.vallZero(bytesOf(a)));
  vword3 = (a: V128): I32 => i32(exact.vword3(bytesOf(a)));
  vfromWord3 = (a: I32): V128 => v128(exact.vfromWord3(num(a)));
}
