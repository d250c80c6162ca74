import { chapterRows, conditionField, not, opcode, recordCr0, setOverflow } from './build.js';
import type { FormName } from './forms.js';
import type { Fields, Row, TimingClass } from './row.js';
import type { I32, I64, Semantics } from './semantics.js';

/**
 * Fixed-point arithmetic, comparison, logic, rotation and traps (Power ISA book I, chapter 3).
 *
 * CR0, CA and OV come from 64 bits in 64-bit mode and from the low 32 in 32-bit mode; registers always get all 64.
 */
const row = chapterRows('integer');

/** Value of a row, and its overflow where the row has overflow forms. */
interface Result {
  readonly value: I64;
  readonly overflow?: () => I32;
}
type Compute = (s: Semantics, f: Fields) => I64;

/** Rows with and without record bit, writing the register that `target` names. */
function recorded(
  name: string,
  form: FormName,
  bits: number,
  syntax: string,
  timing: TimingClass,
  meaning: string,
  compute: Compute,
): Row[] {
  const target = syntax.slice(0, syntax.indexOf(','));
  return [0, 1].map((Rc) =>
    row(
      name + (Rc ? '.' : ''),
      form,
      bits | Rc,
      syntax,
      timing,
      meaning + (Rc ? ', recorded in CR0' : ''),
      (s, f) => {
        const value = compute(s, f);
        s.setGpr(f[target], value);
        if (Rc) recordCr0(s, value);
      },
    ),
  );
}

/** XO-form: add, add., addo, addo. */
function xo(
  name: string,
  extended: number,
  syntax: string,
  timing: TimingClass,
  meaning: string,
  compute: (s: Semantics, f: Fields) => Result,
): Row[] {
  const plain = recorded(
    name,
    'XO',
    opcode(31, extended),
    syntax,
    timing,
    meaning,
    (s, f) => compute(s, f).value,
  );
  const overflowing = [0, 1].map((Rc) =>
    row(
      `${name}o${Rc ? '.' : ''}`,
      'XO',
      opcode(31, extended | 0x200, Rc),
      syntax,
      timing,
      `${meaning}, setting OV and SO${Rc ? ', recorded in CR0' : ''}`,
      (s, f) => {
        const { value, overflow } = compute(s, f);
        s.setGpr(f.rD, value);
        const summary = setOverflow(s, overflow!());
        if (Rc) recordCr0(s, value, summary);
      },
    ),
  );
  return [...plain, ...overflowing];
}

/** The sign bit of a value as wide as the mode. */
const signBit = (s: Semantics, a: I64): I32 => (s.sf ? s.wrap(s.shrU(a, s.i64(63))) : s.shr32(s.wrap(a), 31));

/** a + b overflowed: the sum's sign differs from that of both. */
const sumOverflow = (s: Semantics, a: I64, b: I64, sum: I64) => (): I32 =>
  signBit(s, s.and(s.xor(a, sum), s.xor(b, sum)));

/** Unsigned a < b in the width of the mode: the carry out of a sum, the borrow of a difference. */
const below = (s: Semantics, a: I64, b: I64): I32 =>
  s.sf ? s.ltU(a, b) : s.ltU(s.zeroExtend(a, 32), s.zeroExtend(b, 32));

function sum(s: Semantics, a: I64, b: I64): Result {
  const value = s.add(a, b);
  return { value, overflow: sumOverflow(s, a, b, value) };
}

function sumCarrying(s: Semantics, a: I64, b: I64): Result {
  const result = sum(s, a, b);
  s.setSpr32('ca', below(s, result.value, a));
  return result;
}

/** a + b + CA, with CA out. */
function sumExtended(s: Semantics, a: I64, b: I64): Result {
  const carry = s.widen(s.spr32('ca'));
  const partial = s.add(a, b);
  const value = s.add(partial, carry);
  s.setSpr32('ca', s.or32(below(s, partial, a), below(s, value, carry)));
  return { value, overflow: sumOverflow(s, a, b, value) };
}

/** b - a. Overflow is that of the sum ~a + b + 1. */
function difference(s: Semantics, a: I64, b: I64): Result {
  const value = s.sub(b, a);
  return { value, overflow: () => sumOverflow(s, not(s, a), b, value)() };
}

function differenceCarrying(s: Semantics, a: I64, b: I64): Result {
  s.setSpr32('ca', s.eqz32(below(s, b, a)));
  return difference(s, a, b);
}

const word = (s: Semantics, a: I64): I64 => s.signExtend(a, 32);
const unsignedWord = (s: Semantics, a: I64): I64 => s.zeroExtend(a, 32);
const rA = (s: Semantics, f: Fields): I64 => s.gpr(f.rA);
const rB = (s: Semantics, f: Fields): I64 => s.gpr(f.rB);
const rS = (s: Semantics, f: Fields): I64 => s.gpr(f.rS);
const isZero = (s: Semantics, a: I64): I32 => s.eq(a, s.i64(0));

function productWord(s: Semantics, a: I64, b: I64): Result {
  const value = s.mul(word(s, a), word(s, b));
  return { value, overflow: () => s.eqz32(s.eq(value, word(s, value))) };
}

/** Overflow when the upper half is more than the sign of the lower one. */
function productDouble(s: Semantics, a: I64, b: I64): Result {
  const value = s.mul(a, b);
  const sign = (): I64 => s.shrS(value, s.i64(63));
  return { value, overflow: () => s.eqz32(s.eq(s.mulHighS(a, b), sign())) };
}

/** Overflow of a signed quotient: divisor 0, or the most negative number by -1. */
const quotientOverflow = (s: Semantics, a: I64, b: I64, mostNegative: bigint) => (): I32 =>
  s.or32(isZero(s, b), s.and32(s.eq(a, s.i64(mostNegative)), s.eq(b, s.i64(-1))));

function quotientWord(s: Semantics, f: Fields): Result {
  const a = word(s, rA(s, f));
  const b = word(s, rB(s, f));
  const value = unsignedWord(s, s.divS(a, b));
  return { value, overflow: quotientOverflow(s, a, b, -0x8000_0000n) };
}

function quotientWordUnsigned(s: Semantics, f: Fields): Result {
  const b = unsignedWord(s, rB(s, f));
  return { value: s.divU(unsignedWord(s, rA(s, f)), b), overflow: () => isZero(s, b) };
}

function quotientDouble(s: Semantics, f: Fields): Result {
  const a = rA(s, f);
  const b = rB(s, f);
  return { value: s.divS(a, b), overflow: quotientOverflow(s, a, b, -0x8000_0000_0000_0000n) };
}

function quotientDoubleUnsigned(s: Semantics, f: Fields): Result {
  const b = rB(s, f);
  return { value: s.divU(rA(s, f), b), overflow: () => isZero(s, b) };
}

const highWord = (s: Semantics, product: I64): I64 => s.shrU(product, s.i64(32));

const arithmetic: Row[] = [
  row('addi', 'D', opcode(14), 'rD,rA,SIMM', 'integer', 'rD := (rA|0) + SIMM', (s, f) =>
    s.setGpr(f.rD, f.rA === 0 ? s.i64(f.SIMM) : s.add(rA(s, f), s.i64(f.SIMM))),
  ),
  row('addis', 'D', opcode(15), 'rD,rA,SIMM', 'integer', 'rD := (rA|0) + SIMM * 65536', (s, f) =>
    s.setGpr(f.rD, f.rA === 0 ? s.i64(f.SIMM * 65536) : s.add(rA(s, f), s.i64(f.SIMM * 65536))),
  ),
  row('addic', 'D', opcode(12), 'rD,rA,SIMM', 'integer', 'rD := rA + SIMM, with carry out in CA', (s, f) =>
    s.setGpr(f.rD, sumCarrying(s, rA(s, f), s.i64(f.SIMM)).value),
  ),
  row(
    'addic.',
    'D',
    opcode(13),
    'rD,rA,SIMM',
    'integer',
    'rD := rA + SIMM, with carry out in CA, recorded in CR0',
    (s, f) => {
      const { value } = sumCarrying(s, rA(s, f), s.i64(f.SIMM));
      s.setGpr(f.rD, value);
      recordCr0(s, value);
    },
  ),
  row('subfic', 'D', opcode(8), 'rD,rA,SIMM', 'integer', 'rD := SIMM - rA, CA = no borrow', (s, f) =>
    s.setGpr(f.rD, differenceCarrying(s, rA(s, f), s.i64(f.SIMM)).value),
  ),
  row('mulli', 'D', opcode(7), 'rD,rA,SIMM', 'multiplyImmediate', 'rD := low 64 bits of rA * SIMM', (s, f) =>
    s.setGpr(f.rD, s.mul(rA(s, f), s.i64(f.SIMM))),
  ),
  ...xo('add', 266, 'rD,rA,rB', 'integer', 'rD := rA + rB', (s, f) => sum(s, rA(s, f), rB(s, f))),
  ...xo('addc', 10, 'rD,rA,rB', 'integer', 'rD := rA + rB, with carry out in CA', (s, f) =>
    sumCarrying(s, rA(s, f), rB(s, f)),
  ),
  ...xo('adde', 138, 'rD,rA,rB', 'integer', 'rD := rA + rB + CA, with carry out in CA', (s, f) =>
    sumExtended(s, rA(s, f), rB(s, f)),
  ),
  ...xo('addme', 234, 'rD,rA', 'integer', 'rD := rA + CA - 1, with carry out in CA', (s, f) =>
    sumExtended(s, rA(s, f), s.i64(-1)),
  ),
  ...xo('addze', 202, 'rD,rA', 'integer', 'rD := rA + CA, with carry out in CA', (s, f) =>
    sumExtended(s, rA(s, f), s.i64(0)),
  ),
  ...xo('subf', 40, 'rD,rA,rB', 'integer', 'rD := rB - rA', (s, f) => difference(s, rA(s, f), rB(s, f))),
  ...xo('subfc', 8, 'rD,rA,rB', 'integer', 'rD := rB - rA, CA = no borrow', (s, f) =>
    differenceCarrying(s, rA(s, f), rB(s, f)),
  ),
  ...xo('subfe', 136, 'rD,rA,rB', 'integer', 'rD := ~rA + rB + CA, with carry out in CA', (s, f) =>
    sumExtended(s, not(s, rA(s, f)), rB(s, f)),
  ),
  ...xo('subfme', 232, 'rD,rA', 'integer', 'rD := ~rA + CA - 1, with carry out in CA', (s, f) =>
    sumExtended(s, not(s, rA(s, f)), s.i64(-1)),
  ),
  ...xo('subfze', 200, 'rD,rA', 'integer', 'rD := ~rA + CA, with carry out in CA', (s, f) =>
    sumExtended(s, not(s, rA(s, f)), s.i64(0)),
  ),
  ...xo('neg', 104, 'rD,rA', 'integer', 'rD := -rA', (s, f) => difference(s, rA(s, f), s.i64(0))),
  ...xo(
    'mullw',
    235,
    'rD,rA,rB',
    'multiplyWord',
    'rD := the 64-bit product of the low words of rA and rB, signed',
    (s, f) => productWord(s, rA(s, f), rB(s, f)),
  ),
  ...xo('mulld', 233, 'rD,rA,rB', 'multiplyDouble', 'rD := low 64 bits of rA * rB', (s, f) =>
    productDouble(s, rA(s, f), rB(s, f)),
  ),
  ...recorded(
    'mulhw',
    'XO',
    opcode(31, 75),
    'rD,rA,rB',
    'multiplyWord',
    'rD := high word of the signed product of the low words of rA and rB',
    (s, f) => highWord(s, s.mul(word(s, rA(s, f)), word(s, rB(s, f)))),
  ),
  ...recorded(
    'mulhwu',
    'XO',
    opcode(31, 11),
    'rD,rA,rB',
    'multiplyWord',
    'rD := high word of the unsigned product of the low words of rA and rB',
    (s, f) => highWord(s, s.mul(unsignedWord(s, rA(s, f)), unsignedWord(s, rB(s, f)))),
  ),
  ...recorded(
    'mulhd',
    'XO',
    opcode(31, 73),
    'rD,rA,rB',
    'multiplyDouble',
    'rD := high 64 bits of the signed product rA * rB',
    (s, f) => s.mulHighS(rA(s, f), rB(s, f)),
  ),
  ...recorded(
    'mulhdu',
    'XO',
    opcode(31, 9),
    'rD,rA,rB',
    'multiplyDouble',
    'rD := high 64 bits of the unsigned product rA * rB',
    (s, f) => s.mulHighU(rA(s, f), rB(s, f)),
  ),
  ...xo(
    'divw',
    491,
    'rD,rA,rB',
    'divideWord',
    'rD := signed quotient of the low words of rA and rB',
    quotientWord,
  ),
  ...xo(
    'divwu',
    459,
    'rD,rA,rB',
    'divideWord',
    'rD := unsigned quotient of the low words of rA and rB',
    quotientWordUnsigned,
  ),
  ...xo('divd', 489, 'rD,rA,rB', 'divideDouble', 'rD := signed quotient rA / rB', quotientDouble),
  ...xo('divdu', 457, 'rD,rA,rB', 'divideDouble', 'rD := unsigned quotient rA / rB', quotientDoubleUnsigned),
];

type Less = (s: Semantics, a: I64, b: I64) => I32;
const lessSigned: Less = (s, a, b) => s.ltS(a, b);
const lessUnsigned: Less = (s, a, b) => s.ltU(a, b);

function compare(s: Semantics, f: Fields, a: I64, b: I64, less: Less): void {
  s.setCrf(f.crfD, conditionField(s, less(s, a, b), s.eq(a, b), s.spr32('so')));
}

const comparisons: Row[] = [
  row(
    'cmpi',
    'D',
    opcode(11),
    'crfD,L,rA,SIMM',
    'compare',
    'crfD := signed comparison of rA (its low word when L = 0) with SIMM',
    (s, f) => compare(s, f, f.L ? rA(s, f) : word(s, rA(s, f)), s.i64(f.SIMM), lessSigned),
  ),
  row(
    'cmp',
    'X',
    opcode(31, 0),
    'crfD,L,rA,rB',
    'compare',
    'crfD := signed comparison of rA with rB (their low words when L = 0)',
    (s, f) =>
      f.L
        ? compare(s, f, rA(s, f), rB(s, f), lessSigned)
        : compare(s, f, word(s, rA(s, f)), word(s, rB(s, f)), lessSigned),
  ),
  row(
    'cmpli',
    'D',
    opcode(10),
    'crfD,L,rA,UIMM',
    'compare',
    'crfD := unsigned comparison of rA (its low word when L = 0) with UIMM',
    (s, f) => compare(s, f, f.L ? rA(s, f) : unsignedWord(s, rA(s, f)), s.i64(f.UIMM), lessUnsigned),
  ),
  row(
    'cmpl',
    'X',
    opcode(31, 32),
    'crfD,L,rA,rB',
    'compare',
    'crfD := unsigned comparison of rA with rB (their low words when L = 0)',
    (s, f) =>
      f.L
        ? compare(s, f, rA(s, f), rB(s, f), lessUnsigned)
        : compare(s, f, unsignedWord(s, rA(s, f)), unsignedWord(s, rB(s, f)), lessUnsigned),
  ),
];

/** rA := rS op rB. */
const logic = (
  name: string,
  extended: number,
  meaning: string,
  op: (s: Semantics, a: I64, b: I64) => I64,
): Row[] =>
  recorded(name, 'X', opcode(31, extended), 'rA,rS,rB', 'integer', `rA := ${meaning}`, (s, f) =>
    op(s, rS(s, f), rB(s, f)),
  );

/** rA := op rS. */
const unary = (name: string, extended: number, meaning: string, op: (s: Semantics, a: I64) => I64): Row[] =>
  recorded(name, 'X', opcode(31, extended), 'rA,rS', 'integer', `rA := ${meaning}`, (s, f) =>
    op(s, rS(s, f)),
  );

/** rA := rS op UIMM, or UIMM * 65536 for the shifted ones. */
const logicImmediate = (
  name: string,
  primary: number,
  scale: number,
  sign: string,
  op: (s: Semantics, a: I64, b: I64) => I64,
): Row =>
  row(
    name,
    'D',
    opcode(primary),
    'rA,rS,UIMM',
    'integer',
    `rA := rS ${sign} UIMM${scale > 1 ? ' * 65536' : ''}`,
    (s, f) => s.setGpr(f.rA, op(s, rS(s, f), s.i64(f.UIMM * scale))),
  );

const andImmediate = (name: string, primary: number, scale: number): Row =>
  row(
    name,
    'D',
    opcode(primary),
    'rA,rS,UIMM',
    'integer',
    `rA := rS & UIMM${scale > 1 ? ' * 65536' : ''}, recorded in CR0`,
    (s, f) => {
      const value = s.and(rS(s, f), s.i64(f.UIMM * scale));
      s.setGpr(f.rA, value);
      recordCr0(s, value);
    },
  );

const logical: Row[] = [
  row('nop', 'D', opcode(24), '', 'nop', 'Nothing (ori r0,r0,0)', () => {}),
  logicImmediate('ori', 24, 1, '|', (s, a, b) => s.or(a, b)),
  logicImmediate('oris', 25, 65536, '|', (s, a, b) => s.or(a, b)),
  logicImmediate('xori', 26, 1, '^', (s, a, b) => s.xor(a, b)),
  logicImmediate('xoris', 27, 65536, '^', (s, a, b) => s.xor(a, b)),
  andImmediate('andi.', 28, 1),
  andImmediate('andis.', 29, 65536),
  ...logic('and', 28, 'rS & rB', (s, a, b) => s.and(a, b)),
  ...logic('or', 444, 'rS | rB', (s, a, b) => s.or(a, b)),
  ...logic('xor', 316, 'rS ^ rB', (s, a, b) => s.xor(a, b)),
  ...logic('nand', 476, '~(rS & rB)', (s, a, b) => not(s, s.and(a, b))),
  ...logic('nor', 124, '~(rS | rB)', (s, a, b) => not(s, s.or(a, b))),
  ...logic('eqv', 284, '~(rS ^ rB)', (s, a, b) => not(s, s.xor(a, b))),
  ...logic('andc', 60, 'rS & ~rB', (s, a, b) => s.and(a, not(s, b))),
  ...logic('orc', 412, 'rS | ~rB', (s, a, b) => s.or(a, not(s, b))),
  ...unary('extsb', 954, 'low byte of rS, sign-extended', (s, a) => s.signExtend(a, 8)),
  ...unary('extsh', 922, 'low halfword of rS, sign-extended', (s, a) => s.signExtend(a, 16)),
  ...unary('extsw', 986, 'low word of rS, sign-extended', (s, a) => s.signExtend(a, 32)),
  ...unary('cntlzw', 26, 'number of leading zero bits in the low word of rS', (s, a) =>
    s.sub(s.clz64(unsignedWord(s, a)), s.i64(32)),
  ),
  ...unary('cntlzd', 58, 'number of leading zero bits in rS', (s, a) => s.clz64(a)),
];

const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** Ones from bit `begin` to bit `end`, both counted from the left of 64 and inclusive; wraps when begin > end. */
function maskBetween(begin: number, end: number): bigint {
  const fromBegin = ALL_ONES >> BigInt(begin);
  const toEnd = (ALL_ONES << BigInt(63 - end)) & ALL_ONES;
  return begin <= end ? fromBegin & toEnd : fromBegin | toEnd;
}

const wordMask = (f: Fields): bigint => maskBetween(f.MB + 32, f.ME + 32);

/** The low word rotated left, doubled into both words where the mask (MB > ME) reaches into the upper one. */
function rotatedWord(s: Semantics, f: Fields, count: I64): I64 {
  const rotated = s.rotl32(rS(s, f), count);
  return f.MB <= f.ME ? rotated : s.or(rotated, s.shl(rotated, s.i64(32)));
}

function insert(s: Semantics, target: I64, source: I64, mask: bigint): I64 {
  return s.or(s.and(source, s.i64(mask)), s.and(target, s.i64(mask ^ ALL_ONES)));
}

/** Arithmetic shift right; CA tells that a negative value lost ones. `lost` masks the bits shifted out. */
function shiftArithmetic(s: Semantics, value: I64, count: I64, lost: I64): I64 {
  const negative = s.ltS(value, s.i64(0));
  s.setSpr32('ca', s.and32(negative, s.eqz32(isZero(s, s.and(value, lost)))));
  return s.shrS(value, count);
}

const maskBelow = (s: Semantics, count: I64): I64 => s.sub(s.shl(s.i64(1), count), s.i64(1));
/** A shift count of 64 to 127, which a doubleword shift sees as such. */
const beyond = (s: Semantics, count: I64): I32 => s.eqz32(isZero(s, s.and(count, s.i64(64))));

const rotations: Row[] = [
  ...recorded(
    'rlwinm',
    'M',
    opcode(21),
    'rA,rS,SH,MB,ME',
    'integer',
    'rA := low word of rS rotated left by SH, and mask MB..ME',
    (s, f) =>
      f.SH === 0 && f.MB <= f.ME
        ? s.and(rS(s, f), s.i64(wordMask(f)))
        : s.and(rotatedWord(s, f, s.i64(f.SH)), s.i64(wordMask(f))),
  ),
  ...recorded(
    'rlwnm',
    'M',
    opcode(23),
    'rA,rS,rB,MB,ME',
    'shiftVariable',
    'rA := low word of rS rotated left by rB, and mask MB..ME',
    (s, f) => s.and(rotatedWord(s, f, rB(s, f)), s.i64(wordMask(f))),
  ),
  ...recorded(
    'rlwimi',
    'M',
    opcode(20),
    'rA,rS,SH,MB,ME',
    'integer',
    'Bits MB..ME of rA := those of the low word of rS rotated left by SH',
    (s, f) => insert(s, rA(s, f), rotatedWord(s, f, s.i64(f.SH)), wordMask(f)),
  ),
  ...recorded(
    'rldicl',
    'MD',
    opcode(30),
    'rA,rS,sh,mb',
    'integer',
    'rA := rS rotated left by sh, bits left of mb cleared',
    (s, f) => s.and(f.sh === 0 ? rS(s, f) : s.rotl64(rS(s, f), s.i64(f.sh)), s.i64(maskBetween(f.mb, 63))),
  ),
  ...recorded(
    'rldicr',
    'MD',
    opcode(30, 1 << 1),
    'rA,rS,sh,me',
    'integer',
    'rA := rS rotated left by sh, bits right of me cleared',
    (s, f) =>
      f.me === 63 - f.sh
        ? s.shl(rS(s, f), s.i64(f.sh))
        : s.and(s.rotl64(rS(s, f), s.i64(f.sh)), s.i64(maskBetween(0, f.me))),
  ),
  ...recorded(
    'rldic',
    'MD',
    opcode(30, 2 << 1),
    'rA,rS,sh,mb',
    'integer',
    'rA := rS rotated left by sh, and mask mb..63-sh',
    (s, f) => s.and(s.rotl64(rS(s, f), s.i64(f.sh)), s.i64(maskBetween(f.mb, 63 - f.sh))),
  ),
  ...recorded(
    'rldimi',
    'MD',
    opcode(30, 3 << 1),
    'rA,rS,sh,mb',
    'integer',
    'Bits mb..63-sh of rA := those of rS rotated left by sh',
    (s, f) => insert(s, rA(s, f), s.rotl64(rS(s, f), s.i64(f.sh)), maskBetween(f.mb, 63 - f.sh)),
  ),
  ...recorded(
    'rldcl',
    'MDS',
    opcode(30, 8),
    'rA,rS,rB,mb',
    'shiftVariable',
    'rA := rS rotated left by rB, bits left of mb cleared',
    (s, f) => s.and(s.rotl64(rS(s, f), rB(s, f)), s.i64(maskBetween(f.mb, 63))),
  ),
  ...recorded(
    'rldcr',
    'MDS',
    opcode(30, 9),
    'rA,rS,rB,me',
    'shiftVariable',
    'rA := rS rotated left by rB, bits right of me cleared',
    (s, f) => s.and(s.rotl64(rS(s, f), rB(s, f)), s.i64(maskBetween(0, f.me))),
  ),
  // Word shifts by register use six bits of the count and operations take counts modulo 64: 32..63 empty the word.
  ...recorded(
    'slw',
    'X',
    opcode(31, 24),
    'rA,rS,rB',
    'shiftVariable',
    'rA := low word of rS shifted left by rB',
    (s, f) => unsignedWord(s, s.shl(rS(s, f), rB(s, f))),
  ),
  ...recorded(
    'srw',
    'X',
    opcode(31, 536),
    'rA,rS,rB',
    'shiftVariable',
    'rA := low word of rS shifted right by rB',
    (s, f) => s.shrU(unsignedWord(s, rS(s, f)), rB(s, f)),
  ),
  ...recorded(
    'sraw',
    'X',
    opcode(31, 792),
    'rA,rS,rB',
    'shiftVariable',
    'rA := low word of rS shifted right by rB with its sign, CA = negative and ones lost',
    (s, f) => {
      const count = rB(s, f);
      return shiftArithmetic(s, word(s, rS(s, f)), count, maskBelow(s, count));
    },
  ),
  ...recorded(
    'srawi',
    'X',
    opcode(31, 824),
    'rA,rS,SH',
    'integer',
    'rA := low word of rS shifted right by SH with its sign, CA = negative and ones lost',
    (s, f) => shiftArithmetic(s, word(s, rS(s, f)), s.i64(f.SH), s.i64((1n << BigInt(f.SH)) - 1n)),
  ),
  ...recorded(
    'sld',
    'X',
    opcode(31, 27),
    'rA,rS,rB',
    'shiftVariable',
    'rA := rS shifted left by rB',
    (s, f) => s.select(beyond(s, rB(s, f)), s.i64(0), s.shl(rS(s, f), rB(s, f))),
  ),
  ...recorded(
    'srd',
    'X',
    opcode(31, 539),
    'rA,rS,rB',
    'shiftVariable',
    'rA := rS shifted right by rB',
    (s, f) => s.select(beyond(s, rB(s, f)), s.i64(0), s.shrU(rS(s, f), rB(s, f))),
  ),
  ...recorded(
    'srad',
    'X',
    opcode(31, 794),
    'rA,rS,rB',
    'shiftVariable',
    'rA := rS shifted right by rB with its sign, CA = negative and ones lost',
    (s, f) => {
      const far = beyond(s, rB(s, f));
      const count = s.select(far, s.i64(63), rB(s, f));
      return shiftArithmetic(s, rS(s, f), count, s.select(far, s.i64(-1), maskBelow(s, count)));
    },
  ),
  ...recorded(
    'sradi',
    'XS',
    opcode(31, 413 << 1),
    'rA,rS,sh',
    'integer',
    'rA := rS shifted right by sh with its sign, CA = negative and ones lost',
    (s, f) => shiftArithmetic(s, rS(s, f), s.i64(f.sh), s.i64((1n << BigInt(f.sh)) - 1n)),
  ),
];

/** Truth of the conditions that TO selects: signed less, greater, equal, unsigned less, unsigned greater. */
function trapIf(s: Semantics, f: Fields, a: I64, b: I64): void {
  const conditions: I32[] = [];
  if (f.TO === 31) conditions.push(s.i32(1));
  else {
    if (f.TO & 16) conditions.push(s.ltS(a, b));
    if (f.TO & 8) conditions.push(s.ltS(b, a));
    if (f.TO & 4) conditions.push(s.eq(a, b));
    if (f.TO & 2) conditions.push(s.ltU(a, b));
    if (f.TO & 1) conditions.push(s.ltU(b, a));
  }
  s.trap(conditions.reduce((any, condition) => s.or32(any, condition), s.i32(0)));
}

const traps: Row[] = [
  row(
    'twi',
    'D',
    opcode(3),
    'TO,rA,SIMM',
    'trap',
    'Traps when the low word of rA stands to SIMM as TO asks',
    (s, f) => trapIf(s, f, word(s, rA(s, f)), s.i64(f.SIMM)),
  ),
  row('tdi', 'D', opcode(2), 'TO,rA,SIMM', 'trap', 'Traps when rA stands to SIMM as TO asks', (s, f) =>
    trapIf(s, f, rA(s, f), s.i64(f.SIMM)),
  ),
  row(
    'tw',
    'X',
    opcode(31, 4),
    'TO,rA,rB',
    'trap',
    'Traps when the low word of rA stands to that of rB as TO asks',
    (s, f) => trapIf(s, f, word(s, rA(s, f)), word(s, rB(s, f))),
  ),
  row('td', 'X', opcode(31, 68), 'TO,rA,rB', 'trap', 'Traps when rA stands to rB as TO asks', (s, f) =>
    trapIf(s, f, rA(s, f), rB(s, f)),
  ),
];

export const rows: readonly Row[] = [...arithmetic, ...comparisons, ...logical, ...rotations, ...traps];
