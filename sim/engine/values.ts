import type { F64, I32, I64, V128 } from '../isa/semantics.js';

/**
 * How the evaluating engine holds the opaque values of isa/semantics.ts: I64 and F64 (a double's bits) as
 * bigints 0..2^64-1, I32 as a number 0..2^32-1, V128 as sixteen bytes in PowerPC order.
 */
export const MASK64 = 0xffff_ffff_ffff_ffffn;

export const int = (value: I64 | F64): bigint => value as unknown as bigint;
export const i64 = (value: bigint): I64 => BigInt.asUintN(64, value) as unknown as I64;
export const signed = (value: I64): bigint => BigInt.asIntN(64, int(value));
export const num = (value: I32): number => value as unknown as number;
export const i32 = (value: number): I32 => (value >>> 0) as unknown as I32;
export const truth = (value: boolean): I32 => (value ? 1 : 0) as unknown as I32;
export const f64 = (bits: bigint): F64 => bits as unknown as F64;
export const bytesOf = (value: V128): Uint8Array => value as unknown as Uint8Array;
export const v128 = (bytes: Uint8Array): V128 => bytes as unknown as V128;

export const withSaturation = (result: {
  value: Uint8Array;
  saturated: number;
}): { value: V128; saturated: I32 } => ({
  value: v128(result.value),
  saturated: i32(result.saturated),
});

/** The low `size` bytes of a value in reversed order, zero-extended. */
export function reverseBytes(value: I64, size: 2 | 4 | 8): I64 {
  let rest = int(value);
  let reversed = 0n;
  for (let k = 0; k < size; k++) {
    reversed = (reversed << 8n) | (rest & 0xffn);
    rest >>= 8n;
  }
  return reversed as unknown as I64;
}

/** At least eight digits. */
export const hex = (value: number | bigint): string =>
  `0x${(typeof value === 'bigint' ? value : value >>> 0).toString(16).padStart(8, '0')}`;
