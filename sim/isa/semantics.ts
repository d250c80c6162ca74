/**
 * What an instruction means, written against opaque values.
 *
 * A row of the table calls these operations; each engine (evaluate, dataflow, translate) implements them.
 * A row's TypeScript may branch only on encoding fields and on `sf`, never on a value: data-dependent
 * effects use `select` or the `cond` argument of a predicated effect, so that dataflow sees every read and
 * write. Conventions:
 *
 * - `I64` is a 64-bit integer, `I32` a 32-bit integer or a truth value (0 or 1).
 * - `F64` is an IEEE double as bits (NaN payloads are kept); single-precision results are doubles that are
 *   representable in single precision.
 * - `V128` is sixteen bytes numbered 0..15 from the left (byte 0 is the lowest address after lvx), words 0..3.
 * - a CR field is an I32 of four bits: LT 8, GT 4, EQ 2, SO/unordered 1.
 */

declare const brand: unique symbol;
export type I64 = { readonly [brand]: 'i64' };
export type I32 = { readonly [brand]: 'i32' };
export type F64 = { readonly [brand]: 'f64' };
export type V128 = { readonly [brand]: 'v128' };

/** Special registers of 64 bits. `tb` (time base) is read with `timeBase()`. */
export type Spr64 = 'lr' | 'ctr' | 'vrsave';
/** One-bit XER parts, XER's seven-bit byte count, and the 32-bit status registers, each an I32. */
export type Spr32 = 'ca' | 'so' | 'ov' | 'xerCount' | 'fpscr' | 'vscr';

export type AccessSize = 1 | 2 | 4 | 8;

/** Two-operand vector operations. Lane counts and signedness in the name; `sat` variants are in `VSaturating`. */
export type VBinary =
  | 'and'
  | 'andc'
  | 'or'
  | 'nor'
  | 'xor'
  | 'f32x4.add'
  | 'f32x4.sub'
  | 'f32x4.mul'
  | 'f32x4.max'
  | 'f32x4.min'
  | 'f32x4.cmpeq'
  | 'f32x4.cmpge'
  | 'f32x4.cmpgt'
  | 'f32x4.cmpb'
  | 'i8x16.add'
  | 'i16x8.add'
  | 'i32x4.add'
  | 'i8x16.sub'
  | 'i16x8.sub'
  | 'i32x4.sub'
  | 'u32x4.addCarry'
  | 'u32x4.subCarry'
  | 'i8x16.cmpeq'
  | 'i16x8.cmpeq'
  | 'i32x4.cmpeq'
  | 'i8x16.cmpgts'
  | 'i16x8.cmpgts'
  | 'i32x4.cmpgts'
  | 'i8x16.cmpgtu'
  | 'i16x8.cmpgtu'
  | 'i32x4.cmpgtu'
  | 'i8x16.maxs'
  | 'i16x8.maxs'
  | 'i32x4.maxs'
  | 'i8x16.maxu'
  | 'i16x8.maxu'
  | 'i32x4.maxu'
  | 'i8x16.mins'
  | 'i16x8.mins'
  | 'i32x4.mins'
  | 'i8x16.minu'
  | 'i16x8.minu'
  | 'i32x4.minu'
  | 'u8x16.avg'
  | 'u16x8.avg'
  | 'u32x4.avg'
  | 's8x16.avg'
  | 's16x8.avg'
  | 's32x4.avg'
  | 'i8x16.shl'
  | 'i16x8.shl'
  | 'i32x4.shl'
  | 'i8x16.shrs'
  | 'i16x8.shrs'
  | 'i32x4.shrs'
  | 'i8x16.shru'
  | 'i16x8.shru'
  | 'i32x4.shru'
  | 'i8x16.rotl'
  | 'i16x8.rotl'
  | 'i32x4.rotl'
  | 'shiftLeftOctets'
  | 'shiftRightOctets'
  | 'shiftLeftBits'
  | 'shiftRightBits'
  | 'dot3'
  | 'dot4';

/** Vector operations of one operand. */
export type VUnary =
  | 'f32x4.roundNearest'
  | 'f32x4.roundZero'
  | 'f32x4.roundPlus'
  | 'f32x4.roundMinus'
  | 'f32x4.reciprocalEstimate'
  | 'f32x4.rsqrtEstimate'
  | 'f32x4.exp2Estimate'
  | 'f32x4.log2Estimate'
  | 'unpackHighS8'
  | 'unpackLowS8'
  | 'unpackHighS16'
  | 'unpackLowS16'
  | 'unpackHighPixel'
  | 'unpackLowPixel';

/** Saturating operations of two operands: the second result is 1 when any lane saturated. */
export type VSaturating =
  | 'packS16toS8'
  | 'packS16toU8'
  | 'packS32toS16'
  | 'packS32toU16'
  | 'packU16toU8'
  | 'packU32toU16'
  | 'u8x16.add'
  | 'u16x8.add'
  | 'u32x4.add'
  | 's8x16.add'
  | 's16x8.add'
  | 's32x4.add'
  | 'u8x16.sub'
  | 'u16x8.sub'
  | 'u32x4.sub'
  | 's8x16.sub'
  | 's16x8.sub'
  | 's32x4.sub';

export type RoundTo = 'double' | 'single';

export interface Semantics {
  /** True in 64-bit mode (MSR[SF] = 1): CR0, CA, OV and effective addresses then use 64 bits, otherwise 32. */
  readonly sf: boolean;
  /** Address of this instruction. */
  readonly pc: number;

  // Registers.
  gpr(n: number): I64;
  setGpr(n: number, value: I64): void;
  fpr(n: number): F64;
  setFpr(n: number, value: F64): void;
  vr(n: number): V128;
  setVr(n: number, value: V128): void;
  crf(n: number): I32;
  setCrf(n: number, value: I32): void;
  spr64(name: Spr64): I64;
  setSpr64(name: Spr64, value: I64): void;
  spr32(name: Spr32): I32;
  setSpr32(name: Spr32, value: I32): void;
  timeBase(): I64;

  // 64-bit integers. Shift counts are taken modulo 64; rows select around larger counts.
  i64(value: bigint | number): I64;
  add(a: I64, b: I64): I64;
  sub(a: I64, b: I64): I64;
  mul(a: I64, b: I64): I64;
  mulHighS(a: I64, b: I64): I64;
  mulHighU(a: I64, b: I64): I64;
  /** Quotient toward zero; 0 where the divisor is 0 or the quotient overflows (the architecture's undefined cases). */
  divS(a: I64, b: I64): I64;
  divU(a: I64, b: I64): I64;
  and(a: I64, b: I64): I64;
  or(a: I64, b: I64): I64;
  xor(a: I64, b: I64): I64;
  shl(a: I64, count: I64): I64;
  shrU(a: I64, count: I64): I64;
  shrS(a: I64, count: I64): I64;
  rotl64(a: I64, count: I64): I64;
  /** Rotate the low word left by count mod 32; the result has its upper word zero. */
  rotl32(a: I64, count: I64): I64;
  clz64(a: I64): I64;
  signExtend(a: I64, bits: 8 | 16 | 32): I64;
  zeroExtend(a: I64, bits: 8 | 16 | 32): I64;
  eq(a: I64, b: I64): I32;
  ltS(a: I64, b: I64): I32;
  ltU(a: I64, b: I64): I32;
  select(cond: I32, a: I64, b: I64): I64;

  // 32-bit integers and truth values.
  i32(value: number): I32;
  add32(a: I32, b: I32): I32;
  and32(a: I32, b: I32): I32;
  or32(a: I32, b: I32): I32;
  xor32(a: I32, b: I32): I32;
  shl32(a: I32, count: number): I32;
  shr32(a: I32, count: number): I32;
  /** 1 when a is zero. */
  eqz32(a: I32): I32;
  select32(cond: I32, a: I32, b: I32): I32;
  /** Low word of a. */
  wrap(a: I64): I32;
  /** Zero extension of a. */
  widen(a: I32): I64;

  // Memory, big-endian. `ea` is a full effective address; implementations reduce it to 32 bits when !sf.
  load(ea: I64, size: AccessSize): I64;
  store(ea: I64, size: AccessSize, value: I64): void;
  loadReversed(ea: I64, size: 2 | 4 | 8): I64;
  storeReversed(ea: I64, size: 2 | 4 | 8, value: I64): void;
  /** lfs and stfs: single in memory, double in the register (NaN payloads and denormals kept exactly). */
  loadF32(ea: I64): F64;
  storeF32(ea: I64, value: F64): void;
  /** Sixteen bytes at ea & ~15. */
  loadV(ea: I64): V128;
  storeV(ea: I64, value: V128): void;
  /** lvlx / lvrx: bytes EA..line end left-justified, or line start..EA-1 right-justified, the rest 0. */
  loadVLeft(ea: I64): V128;
  loadVRight(ea: I64): V128;
  storeVLeft(ea: I64, value: V128): void;
  storeVRight(ea: I64, value: V128): void;
  /** stvewx and its kin: the element of `value` that lies at ea & ~(size-1) within its quadword. */
  storeVElement(ea: I64, size: 1 | 2 | 4, value: V128): void;
  /** lwarx/ldarx: a load that makes a reservation (address, value). */
  loadReserve(ea: I64, size: 4 | 8): I64;
  /** stwcx./stdcx.: stores and gives 1 if the reservation (same address) holds and memory still has the reserved value. */
  storeConditional(ea: I64, size: 4 | 8, value: I64): I32;
  /** A hint without functional effect. */
  cacheHint(kind: 'dcbt' | 'dcbtst' | 'dcbf' | 'dcbst' | 'icbi', ea: I64): void;
  /** dcbz and dcbz128: zero the aligned block. */
  zeroBlock(ea: I64, bytes: 32 | 128): void;
  barrier(kind: 'sync' | 'lwsync' | 'eieio' | 'isync'): void;
  /** or rN,rN,rN: priority of this hardware thread, or a pause of dispatch for some cycles. */
  threadHint(kind: 'low' | 'medium' | 'high' | 'delay8' | 'delay10' | 'delay12' | 'delay16'): void;

  // Control. At most one branch an instruction; cond is an I32 truth value.
  branch(cond: I32, target: number): void;
  /** Target taken from LR or CTR (low two bits already cleared by the row). `link`: also a call, `return`: pops the link stack. */
  branchIndirect(cond: I32, target: I64, kind: 'call' | 'return' | 'jump'): void;
  systemCall(): void;
  trap(cond: I32): void;
  /** An instruction that this machine does not have; the message says why. */
  illegal(message: string): void;

  // Scalar floating point. FMA rounds once. NaN rules are PowerPC's (first NaN operand in the order A, B, C, made quiet).
  fadd(a: F64, b: F64, to: RoundTo): F64;
  fsub(a: F64, b: F64, to: RoundTo): F64;
  fmul(a: F64, c: F64, to: RoundTo): F64;
  fdiv(a: F64, b: F64, to: RoundTo): F64;
  fsqrt(b: F64, to: RoundTo): F64;
  /** a*c + b (or - b when subtract), rounded once; negate flips the sign of a non-NaN result after rounding. */
  fmadd(a: F64, c: F64, b: F64, to: RoundTo, options: { subtract: boolean; negate: boolean }): F64;
  fneg(a: F64): F64;
  fabs(a: F64): F64;
  /** Round to single precision. */
  frsp(b: F64): F64;
  fcompare(a: F64, b: F64): I32;
  /** 1 when a >= 0 (either zero), 0 for negative or NaN: fsel's test. */
  fgeZero(a: F64): I32;
  fselect(cond: I32, a: F64, b: F64): F64;
  f64FromBits(bits: I64): F64;
  bitsOfF64(value: F64): I64;
  /** Signed integer to double, current rounding mode. */
  f64FromI64(value: I64): F64;
  /** Double to signed integer, saturating; NaN gives the most negative. 32-bit results are sign-extended. */
  i64FromF64(value: F64, bits: 32 | 64, rounding: 'zero' | 'current'): I64;
  freciprocalEstimate(b: F64): F64;
  frsqrtEstimate(b: F64): F64;

  // Vectors.
  v2(op: VBinary, a: V128, b: V128): V128;
  v1(op: VUnary, a: V128): V128;
  vsat(op: VSaturating, a: V128, b: V128): { value: V128; saturated: I32 };
  vmadd(a: V128, c: V128, b: V128): V128;
  /** -(a*c - b), rounded once, sign flipped after rounding, NaN signs kept. */
  vnmsub(a: V128, c: V128, b: V128): V128;
  /** Per bit: mask ? b : a. */
  vselect(a: V128, b: V128, mask: V128): V128;
  /** Byte i of the result is byte (control byte i & 31) of a then b. */
  vpermute(a: V128, b: V128, control: V128): V128;
  /** The same with sixteen constant byte numbers 0..31. */
  vshuffle(a: V128, b: V128, bytes: readonly number[]): V128;
  /** Sixteen constant bytes. */
  vconst(bytes: readonly number[]): V128;
  /** lvsl: byte i = (ea & 15) + i; lvsr: byte i = 16 - (ea & 15) + i. */
  vshiftPattern(ea: I64, direction: 'left' | 'right'): V128;
  /** vctsxs, vctuxs: value * 2^scale truncated and saturated; vcfsx, vcfux: value / 2^scale, nearest even. */
  vtoInt(a: V128, scale: number, signed: boolean): { value: V128; saturated: I32 };
  vfromInt(a: V128, scale: number, signed: boolean): V128;
  /** Direct3D pack: the 64-bit result stands in words 2 and 3 of the value. */
  vpackD3d(type: number, b: V128): V128;
  vunpackD3d(type: number, b: V128): V128;
  /** 1 when every bit (every lane mask) is one; 1 when none is. */
  vallOnes(a: V128): I32;
  vallZero(a: V128): I32;
  /** Word 3 of a vector, and a vector whose words 0..2 are zero and whose word 3 is given (mfvscr, mtvscr). */
  vword3(a: V128): I32;
  vfromWord3(a: I32): V128;
}
