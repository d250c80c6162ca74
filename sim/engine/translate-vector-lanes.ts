import type { Emitter } from './emitter.js';
import type { Value } from './translate-values.js';
import type { Opcode } from './wasm/opcodes.js';

export type VectorLanes = ReturnType<typeof vectorLanes>;

/** Bytes of a vector in host order. */
export const bytes = (make: (k: number) => number): number[] =>
  Array.from({ length: 16 }, (_, k) => make(k) & 0xff);
const GUEST_NUMBER = bytes((k) => k ^ 3);

/**
 * What operations on vectors are made of. A register holds each of its four words in host order: byte k as the
 * architecture counts is host byte k ^ 3, halfword h is host lane h ^ 1, word w lane w. Operations lane by lane need not
 * care.
 */
export function vectorLanes(e: Emitter) {
  const { body } = e;
  const v = (name: Opcode, ...operands: Value[]): Value => e.op('v128', name, ...operands);
  const constant = (make: (k: number) => number): Value => e.v128(bytes(make));
  const permuted = (x: Value, make: (k: number) => number): Value => v('i8x16.swizzle', x, constant(make));
  const lane = (name: Opcode, x: Value, n: number): Value =>
    e.value('i32', [x], () => {
      e.push(x);
      body.lane(name, n);
    });
  const anyBit = (x: Value): Value => e.op('i32', 'v128.any_true', x);
  /** `first` + the architecture's byte number, in every byte. */
  const numbers = (first: Value): Value => v('i8x16.add', v('i8x16.splat', first), e.v128(GUEST_NUMBER));
  /** Bytes by the numbers the architecture gives them; numbers of 16 and more give 0. */
  const byGuestNumber = (x: Value, index: Value): Value =>
    v(
      'i8x16.swizzle',
      x,
      v(
        'v128.xor',
        index,
        constant(() => 3),
      ),
    );
  return { v, constant, permuted, lane, anyBit, numbers, byGuestNumber };
}
