import type { F64, I32, I64, Semantics, V128 } from '../isa/semantics.js';
import { CTX, GUARD_BASE, GUARD_PAGE_BYTES, GUEST_BYTES, PRIORITIES } from './context.js';
import type { Emitter } from './emitter.js';
import { LINES_KNOWN } from './known-lines.js';
import { Untranslated, type Value } from './translate-values.js';
import { MASK64 } from './values.js';

/**
 * Memory access as WebAssembly. Guest bytes are big-endian: words of 16 and 32 bits are turned by shifts, 64 bits
 * and vectors by one byte swizzle. A vector in a register has each of its words in host order.
 */

type Part = Pick<
  Semantics,
  | 'load'
  | 'store'
  | 'loadReversed'
  | 'storeReversed'
  | 'loadF32'
  | 'storeF32'
  | 'loadV'
  | 'storeV'
  | 'loadVLeft'
  | 'loadVRight'
  | 'storeVLeft'
  | 'storeVRight'
  | 'storeVElement'
  | 'loadReserve'
  | 'storeConditional'
  | 'cacheHint'
  | 'zeroBlock'
  | 'barrier'
  | 'threadHint'
  | 'timeBase'
>;

const val = (x: I64 | F64 | V128): Value => x as unknown as Value;
const i64 = (x: Value): I64 => x as unknown as I64;
const f64 = (x: Value): F64 => x as unknown as F64;
const v128 = (x: Value): V128 => x as unknown as V128;

const upTo = (make: (k: number) => number): number[] => Array.from({ length: 16 }, (_, k) => make(k) & 0xff);
/** Turns every word round; applied to memory bytes it gives a register, and back. */
export const WORD_SWAP = upTo((k) => k ^ 3);
const DOUBLE_SWAP = upTo((k) => k ^ 7);
/** Byte number of each host byte as the architecture counts. */
const GUEST_NUMBER = WORD_SWAP;
const HOST_NUMBER = upTo((k) => k);

/** `pushContext` pushes the address of the thread's context. */
export function memorySemantics(e: Emitter, pushContext: () => void): Part {
  const { body } = e;

  /** Physical address: the low 29 bits of the effective one, aligned. A hint is no access that could fault. */
  const physical = (ea: I64, kind: 'load' | 'store' | 'hint', alignment = 1): Value => {
    const known = val(ea).constant;
    const mask = (GUEST_BYTES - 1) & ~(alignment - 1);
    const masked = (value: Value) => e.op('i32', 'i32.and', e.op('i32', 'i32.wrap_i64', value), e.i32(mask));
    const near = nearBase(val(ea), alignment);
    const at =
      typeof known === 'bigint'
        ? e.i32(Number(known & 0xffff_ffffn) & mask)
        : near === undefined
          ? masked(val(ea))
          : pastBase(masked(near.base), near.offset);
    if (e.mode.guarded && kind !== 'hint') guard(val(ea), at, kind);
    return e.touch(at);
  };
  /** The base and the offset of an address in one cache line with the base: no mask makes a difference between them. */
  const nearBase = (ea: Value, alignment: number): { base: Value; offset: number } | undefined => {
    const offset = e.offsetInLine ?? 0;
    if (ea.made?.op !== 'add' || offset <= 0 || offset % alignment !== 0) return undefined;
    const [base, constant] = ea.made.operands;
    return constant.constant === BigInt(offset) ? { base, offset } : undefined;
  };
  const pastBase = (base: Value, offset: number): Value => ({
    ...e.op('i32', 'i32.add', base, e.i32(offset)),
    made: { op: 'past base', operands: [base], count: offset },
  });
  /** Leaves unless the page may be accessed so and the effective address is a physical one. */
  const guard = (ea: Value, at: Value, kind: 'load' | 'store'): void => {
    const page = e.op('i32', 'i32.shr_u', at, e.i32(31 - Math.clz32(GUARD_PAGE_BYTES)));
    const beyond = e.op(
      'i64',
      'i64.shr_u',
      e.mode.sf ? ea : low32(ea),
      e.i64(BigInt(31 - Math.clz32(GUEST_BYTES))),
    );
    e.effect([page, beyond], () => {
      e.push(page);
      body.memory('i64.load8_u', GUARD_BASE[kind]);
      e.push(beyond);
      body.op('i64.or');
      body.i64(0n);
      body.op('i64.ne');
      e.leaveIf();
    });
  };
  const low32 = (x: Value): Value => e.op('i64', 'i64.and', x, e.i64(0xffff_ffffn));
  /** Low four bits of the effective address. */
  const inLine = (ea: I64): Value => e.op('i32', 'i32.and', e.op('i32', 'i32.wrap_i64', val(ea)), e.i32(15));

  const swizzle = (value: Value, indices: Value): Value => e.op('v128', 'i8x16.swizzle', value, indices);
  const load = (type: Value['type'], name: Parameters<typeof body.memory>[0], at: Value): Value =>
    e.value(type, [at], () => {
      const isPast = at.made?.op === 'past base';
      e.push(isPast ? at.made!.operands[0] : at);
      body.memory(name, isPast ? at.made!.count : 0);
    });
  /** The line of the byte at that distance from the address is no longer known. */
  const forget = (at: Value, distance = 0): void => {
    e.push(at);
    if (distance > 0) {
      body.i32(distance);
      body.op('i32.add');
    }
    body.i32(7);
    body.op('i32.shr_u');
    body.i32(0);
    body.memory('i32.store8', LINES_KNOWN);
  };
  /** `bytes`: how many, where they may lie in two lines. */
  const store = (name: Parameters<typeof body.memory>[0], at: Value, value: Value, bytes = 1): void =>
    e.effect([at, at, at, value], () => {
      e.push(at);
      e.push(value);
      body.memory(name);
      forget(at);
      if (bytes > 1) forget(at, bytes - 1);
    });
  const storeLane = (bytes: 1 | 2 | 4 | 8, at: Value, value: Value, isAligned = false): void =>
    e.effect([at, at, at, value], () => {
      e.push(at);
      e.push(value);
      body.memoryLane(`v128.store${(8 * bytes) as 8 | 16 | 32 | 64}_lane`, 0);
      forget(at);
      if (bytes > 1 && !isAligned) forget(at, bytes - 1);
    });

  const swap16 = (x: Value): Value =>
    e.op(
      'i32',
      'i32.or',
      e.op('i32', 'i32.shr_u', x, e.i32(8)),
      e.op('i32', 'i32.and', e.op('i32', 'i32.shl', x, e.i32(8)), e.i32(0xff00)),
    );
  const swap32 = (x: Value): Value =>
    e.op(
      'i32',
      'i32.or',
      e.op('i32', 'i32.and', e.op('i32', 'i32.rotl', x, e.i32(8)), e.i32(0x00ff00ff)),
      e.op('i32', 'i32.and', e.op('i32', 'i32.rotr', x, e.i32(8)), e.i32(0xff00ff00)),
    );
  const widened = (x: Value): I64 => i64(e.op('i64', 'i64.extend_i32_u', x));
  const lane = (value: Value, type: Value['type'], name: Parameters<typeof body.lane>[0], more = {}): Value =>
    e.value(
      type,
      [value],
      () => {
        e.push(value);
        body.lane(name, 0);
      },
      more,
    );

  const fromContext = (offset: number): Value =>
    e.value('i64', [], () => {
      pushContext();
      body.memory('i64.load', offset);
    });
  /** A value of the thread that no instruction but a few knows of. */
  const toContext = (name: 'i32.store' | 'i64.store', offset: number, value: Value): void =>
    e.effect([value], () => {
      pushContext();
      e.push(value);
      body.memory(name, offset);
    });
  /** Address of an atomic access; leaves unless it is aligned. */
  const atomic = (ea: I64, kind: 'load' | 'store', size: 4 | 8): Value => {
    const at = physical(ea, kind);
    e.leaveWhen(e.op('i32', 'i32.and', at, e.i32(size - 1)));
    return at;
  };
  /** The big-endian number there, as it lies in memory. */
  const raw = (at: Value, size: 4 | 8): Value => load('i64', size === 4 ? 'i64.load32_u' : 'i64.load', at);
  const turned = (value: Value, size: 4 | 8): Value =>
    size === 4
      ? val(widened(swap32(e.op('i32', 'i32.wrap_i64', value))))
      : lane(swizzle(e.op('v128', 'i64x2.splat', value), e.v128(DOUBLE_SWAP)), 'i64', 'i64x2.extract_lane');

  const quad = (ea: I64): Value => load('v128', 'v128.load', physical(ea, 'load', 16));
  /** The byte numbers `first + k` for each host byte k numbered as `order` says. */
  const indices = (first: Value, order: number[]): Value =>
    e.op('v128', 'i8x16.add', e.op('v128', 'i8x16.splat', first), e.v128(order));
  /** Stores the bytes whose index is below 16 and leaves the others as they are. */
  const merge = (ea: I64, value: V128, index: Value): void => {
    const at = physical(ea, 'store', 16);
    const turned = swizzle(val(value), e.op('v128', 'v128.xor', index, e.v128(upTo(() => 3))));
    const inside = e.op('v128', 'i8x16.lt_u', index, e.v128(upTo(() => 16)));
    const old = load('v128', 'v128.load', at);
    store('v128.store', at, e.op('v128', 'v128.bitselect', turned, old, inside));
  };

  return {
    load(ea, size) {
      const at = physical(ea, 'load');
      if (size === 1) return i64(load('i64', 'i64.load8_u', at));
      if (size === 2) return widened(swap16(load('i32', 'i32.load16_u', at)));
      if (size === 4) return widened(swap32(load('i32', 'i32.load', at)));
      return i64(
        lane(swizzle(load('v128', 'v128.load64_zero', at), e.v128(DOUBLE_SWAP)), 'i64', 'i64x2.extract_lane'),
      );
    },
    store(ea, size, value) {
      const at = physical(ea, 'store');
      if (size === 1) store('i64.store8', at, val(value));
      else if (size === 8) {
        storeLane(8, at, swizzle(e.op('v128', 'i64x2.splat', val(value)), e.v128(DOUBLE_SWAP)));
      } else {
        const low = e.op('i32', 'i32.wrap_i64', val(value));
        if (size === 4) store('i32.store', at, swap32(low), size);
        else store('i32.store16', at, swap16(e.op('i32', 'i32.and', low, e.i32(0xffff))), size);
      }
    },
    loadReversed: (ea, size) =>
      i64(
        load(
          'i64',
          size === 2 ? 'i64.load16_u' : size === 4 ? 'i64.load32_u' : 'i64.load',
          physical(ea, 'load'),
        ),
      ),
    storeReversed: (ea, size, value) =>
      store(
        size === 2 ? 'i64.store16' : size === 4 ? 'i64.store32' : 'i64.store',
        physical(ea, 'store'),
        val(value),
        size,
      ),

    loadF32(ea) {
      return f64(
        singleOf(e, swizzle(load('v128', 'v128.load32_zero', physical(ea, 'load')), e.v128(WORD_SWAP))),
      );
    },
    storeF32(ea, value) {
      const at = physical(ea, 'store');
      // A value that is no single keeps its bits in a way of its own, and so does a NaN.
      requireSingle(e, val(value));
      storeLane(4, at, swizzle(wordOf(e, val(value)), e.v128(WORD_SWAP)));
    },

    loadV: (ea) => v128(swizzle(quad(ea), e.v128(WORD_SWAP))),
    storeV: (ea, value) =>
      store('v128.store', physical(ea, 'store', 16), swizzle(val(value), e.v128(WORD_SWAP))),
    // Indices of 16 and more give zero bytes.
    loadVLeft: (ea) => v128(swizzle(quad(ea), indices(inLine(ea), GUEST_NUMBER))),
    loadVRight: (ea) =>
      v128(swizzle(quad(ea), indices(e.op('i32', 'i32.sub', inLine(ea), e.i32(16)), GUEST_NUMBER))),
    storeVLeft: (ea, value) =>
      merge(ea, value, indices(e.op('i32', 'i32.sub', e.i32(0), inLine(ea)), HOST_NUMBER)),
    storeVRight: (ea, value) =>
      merge(ea, value, indices(e.op('i32', 'i32.sub', e.i32(16), inLine(ea)), HOST_NUMBER)),
    storeVElement(ea, size, value) {
      const first = e.op('i32', 'i32.and', e.op('i32', 'i32.wrap_i64', val(ea)), e.i32(16 - size));
      const index = e.op('v128', 'v128.xor', indices(first, HOST_NUMBER), e.v128(upTo(() => 3)));
      storeLane(size, physical(ea, 'store', size), swizzle(val(value), index), true);
    },

    zeroBlock(ea, bytes) {
      const at = physical(ea, 'store', bytes);
      e.effect([at, at], () => {
        forget(at);
        for (let offset = 0; offset < bytes; offset += 16) {
          e.push(at);
          body.v128(upTo(() => 0));
          body.memory('v128.store', offset);
        }
      });
    },
    cacheHint(kind, ea) {
      if (kind === 'icbi') throw new Untranslated('icbi');
      physical(ea, 'hint');
    },
    barrier() {},
    threadHint(kind) {
      // Delays are timing's business alone.
      const priority = PRIORITIES[kind];
      if (priority !== undefined) toContext('i32.store', CTX.priority, e.i32(priority));
    },
    loadReserve(ea, size) {
      const at = atomic(ea, 'load', size);
      const value = turned(raw(at, size), size);
      toContext('i64.store', CTX.reserveAddress, e.op('i64', 'i64.extend_i32_u', at));
      toContext('i64.store', CTX.reserveValue, value);
      return i64(value);
    },
    storeConditional(ea, size, value) {
      const at = atomic(ea, 'store', size);
      const old = raw(at, size);
      const isSame = e.op('i64', 'i64.eq', fromContext(CTX.reserveValue), turned(old, size));
      const isThere = e.op(
        'i64',
        'i64.eq',
        fromContext(CTX.reserveAddress),
        e.op('i64', 'i64.extend_i32_u', at),
      );
      const held = e.op('i32', 'i32.and', isSame, isThere);
      e.effect([held], () => e.settle(held));
      const result = e.op('i64', 'select', turned(val(value), size), old, held);
      store(size === 4 ? 'i64.store32' : 'i64.store', at, result);
      toContext('i64.store', CTX.reserveAddress, e.i64(MASK64));
      return held as unknown as I32;
    },
    timeBase: () => i64(fromContext(CTX.timeBase)),
  };
}

/** The value, once it is certain that it is no NaN; otherwise the evaluator takes the instruction. */
export function notNaN(e: Emitter, value: Value, single = value.single): Value {
  return e.value(
    'f64',
    [value, value],
    () => {
      e.settle(value);
      e.push(value);
      e.push(value);
      e.body.op('f64.ne');
      e.leaveIf();
      e.push(value);
    },
    { single, word: value.word },
  );
}

/** A vector with the value, rounded to a single, as its first word. */
export function wordOf(e: Emitter, value: Value): Value {
  return value.word ?? e.op('v128', 'f32x4.splat', e.op('f32', 'f32.demote_f64', value));
}

/** Goes on only when the value is a single; a NaN is none. */
export function requireSingle(e: Emitter, value: Value): void {
  if (value.single) return;
  const differs = e.op('i32', 'f64.ne', widened(e, wordOf(e, value)), value);
  e.effect([differs], () => {
    e.push(differs);
    e.leaveIf();
  });
}

/** The first word of a vector as a double, once it is certain that it is no NaN. */
export function singleOf(e: Emitter, word: Value): Value {
  return notNaN(e, { ...widened(e, word), word }, true);
}

function widened(e: Emitter, word: Value): Value {
  return e.value('f64', [word], () => {
    e.push(word);
    e.body.lane('f32x4.extract_lane', 0);
    e.body.op('f64.promote_f32');
  });
}
