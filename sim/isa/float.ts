import { chapterRows, nonZero32, opcode } from './build.js';
import { access } from './load-store.js';
import type { Fields, Row, TimingClass } from './row.js';
import type { F64, I32, RoundTo, Semantics } from './semantics.js';

/**
 * Scalar floating point (Power ISA book I, chapter 4).
 *
 * Rows say nothing of the exception bits and FPRF that arithmetic and comparisons leave in FPSCR: a status register
 * that every operation reads and writes would chain independent operations. An engine may keep them behind the
 * operations; otherwise FPSCR, and with it CR1 of record forms, is as mtfsf and its kin left it.
 */
const row = chapterRows('floating point');

/** FPSCR bits, from the least significant. */
const FX = 0x8000_0000;
const FEX = 30;
const VX = 29;
const SUMMARIES = 0x6000_0000;
/** Bit 20 from the left is reserved and stays 0. */
const RESERVED = 0x800;
/** The causes of VX: VXSNAN VXISI VXIDI VXZDZ VXIMZ VXVC VXSOFT VXSQRT VXCVI. */
const INVALID_CAUSES = 0x01f8_0700;
/** OX UX ZX XX and the causes of VX. */
const EXCEPTIONS = 0x1e00_0000 | INVALID_CAUSES;

/** CR1 := the four leftmost bits of FPSCR. */
const recordCr1 = (s: Semantics, fpscr: I32 = s.spr32('fpscr')): void => s.setCrf(1, s.shr32(fpscr, 28));

/** Sets FPSCR with its summary bits VX and FEX drawn from the others; gives what it set. */
function setFpscr(s: Semantics, value: I32): I32 {
  const base = s.and32(value, s.i32(~(SUMMARIES | RESERVED) >>> 0));
  const invalid = nonZero32(s, s.and32(base, s.i32(INVALID_CAUSES)));
  const withVx = s.or32(base, s.shl32(invalid, VX));
  // VX OX UX ZX XX over their enables VE OE UE ZE XE.
  const enabled = s.and32(s.and32(s.shr32(withVx, 25), s.shr32(base, 3)), s.i32(31));
  const result = s.or32(withVx, s.shl32(nonZero32(s, enabled), FEX));
  s.setSpr32('fpscr', result);
  return result;
}

type Compute = (s: Semantics, f: Fields) => F64;

/** Rows with and without record bit that give frD. */
function recorded(
  name: string,
  form: 'A' | 'X',
  bits: number,
  syntax: string,
  timing: TimingClass,
  meaning: string,
  compute: Compute,
): Row[] {
  return [0, 1].map((Rc) =>
    row(
      name + (Rc ? '.' : ''),
      form,
      bits | Rc,
      syntax,
      timing,
      `frD := ${meaning}${Rc ? ', FPSCR[0:3] recorded in CR1' : ''}`,
      (s, f) => {
        s.setFpr(f.frD, compute(s, f));
        if (Rc) recordCr1(s);
      },
    ),
  );
}

const A = (s: Semantics, f: Fields): F64 => s.fpr(f.frA);
const B = (s: Semantics, f: Fields): F64 => s.fpr(f.frB);
const C = (s: Semantics, f: Fields): F64 => s.fpr(f.frC);

/** A double row (primary 63) and its single twin (primary 59, name with s). */
function bothWidths(
  name: string,
  extended: number,
  syntax: string,
  timing: TimingClass,
  meaning: string,
  compute: (s: Semantics, f: Fields, to: RoundTo) => F64,
): Row[] {
  return [
    ...recorded(name, 'A', opcode(63, extended), syntax, timing, meaning, (s, f) => compute(s, f, 'double')),
    ...recorded(
      `${name}s`,
      'A',
      opcode(59, extended),
      syntax,
      timing,
      `${meaning}, rounded to single`,
      (s, f) => compute(s, f, 'single'),
    ),
  ];
}

const fused = (name: string, extended: number, meaning: string, subtract: boolean, negate: boolean): Row[] =>
  bothWidths(name, extended, 'frD,frA,frC,frB', 'float', `${meaning}, rounded once`, (s, f, to) =>
    s.fmadd(A(s, f), C(s, f), B(s, f), to, { subtract, negate }),
  );

const arithmetic: Row[] = [
  ...bothWidths('fadd', 21, 'frD,frA,frB', 'float', 'frA + frB', (s, f, to) => s.fadd(A(s, f), B(s, f), to)),
  ...bothWidths('fsub', 20, 'frD,frA,frB', 'float', 'frA - frB', (s, f, to) => s.fsub(A(s, f), B(s, f), to)),
  ...bothWidths('fmul', 25, 'frD,frA,frC', 'float', 'frA * frC', (s, f, to) => s.fmul(A(s, f), C(s, f), to)),
  ...bothWidths('fdiv', 18, 'frD,frA,frB', 'floatDivide', 'frA / frB', (s, f, to) =>
    s.fdiv(A(s, f), B(s, f), to),
  ),
  ...bothWidths('fsqrt', 22, 'frD,frB', 'floatSquareRoot', 'square root of frB', (s, f, to) =>
    s.fsqrt(B(s, f), to),
  ),
  ...fused('fmadd', 29, 'frA * frC + frB', false, false),
  ...fused('fmsub', 28, 'frA * frC - frB', true, false),
  ...fused('fnmadd', 31, '-(frA * frC + frB)', false, true),
  ...fused('fnmsub', 30, '-(frA * frC - frB)', true, true),
  ...recorded(
    'fres',
    'A',
    opcode(59, 24),
    'frD,frB',
    'floatEstimate',
    'estimate of 1 / frB, single',
    (s, f) => s.freciprocalEstimate(B(s, f)),
  ),
  ...recorded(
    'frsqrte',
    'A',
    opcode(63, 26),
    'frD,frB',
    'floatEstimate',
    'estimate of 1 / square root of frB',
    (s, f) => s.frsqrtEstimate(B(s, f)),
  ),
  ...recorded(
    'fsel',
    'A',
    opcode(63, 23),
    'frD,frA,frC,frB',
    'float',
    'frA >= 0 ? frC : frB (frB if frA is NaN)',
    (s, f) => s.fselect(s.fgeZero(A(s, f)), C(s, f), B(s, f)),
  ),
];

/** frD := op frB. */
const unary = (
  name: string,
  extended: number,
  timing: TimingClass,
  meaning: string,
  op: (s: Semantics, b: F64) => F64,
): Row[] => recorded(name, 'X', opcode(63, extended), 'frD,frB', timing, meaning, (s, f) => op(s, B(s, f)));

const moves: Row[] = [
  ...unary('fmr', 72, 'floatMove', 'frB', (_, b) => b),
  ...unary('fneg', 40, 'floatMove', '-frB', (s, b) => s.fneg(b)),
  ...unary('fabs', 264, 'floatMove', '|frB|', (s, b) => s.fabs(b)),
  ...unary('fnabs', 136, 'floatMove', '-|frB|', (s, b) => s.fneg(s.fabs(b))),
];

const conversions: Row[] = [
  ...unary('frsp', 12, 'float', 'frB rounded to single', (s, b) => s.frsp(b)),
  ...unary('fctiw', 14, 'float', 'frB as a signed word, saturated', (s, b) =>
    s.f64FromBits(s.i64FromF64(b, 32, 'current')),
  ),
  ...unary('fctiwz', 15, 'float', 'frB truncated to a signed word, saturated', (s, b) =>
    s.f64FromBits(s.i64FromF64(b, 32, 'zero')),
  ),
  ...unary('fctid', 814, 'float', 'frB as a signed doubleword, saturated', (s, b) =>
    s.f64FromBits(s.i64FromF64(b, 64, 'current')),
  ),
  ...unary('fctidz', 815, 'float', 'frB truncated to a signed doubleword, saturated', (s, b) =>
    s.f64FromBits(s.i64FromF64(b, 64, 'zero')),
  ),
  ...unary('fcfid', 846, 'float', 'the signed doubleword in frB as a number', (s, b) =>
    s.f64FromI64(s.bitsOfF64(b)),
  ),
];

// Ordered and unordered comparison differ only in an exception bit, which is not kept.
const comparisons: Row[] = [
  { name: 'fcmpu', extended: 0 },
  { name: 'fcmpo', extended: 32 },
].map(({ name, extended }) =>
  row(
    name,
    'X',
    opcode(63, extended),
    'crfD,frA,frB',
    'floatCompare',
    'crfD := less, greater, equal or unordered of frA and frB',
    (s, f) => s.setCrf(f.crfD, s.fcompare(A(s, f), B(s, f))),
  ),
);

/** One nibble of ones for each bit of a field mask, both from the left. */
function nibbles(fieldMask: number): number {
  let mask = 0;
  for (let i = 0; i < 8; i++) if (fieldMask & (1 << i)) mask |= 15 << (4 * i);
  return mask >>> 0;
}

/** Rows with and without record bit that change FPSCR and give its new value. */
const statusChange = (
  name: string,
  form: 'X' | 'XFL',
  extended: number,
  syntax: string,
  meaning: string,
  change: (s: Semantics, f: Fields) => I32,
): Row[] =>
  [0, 1].map((Rc) =>
    row(
      name + (Rc ? '.' : ''),
      form,
      opcode(63, extended, Rc),
      syntax,
      'floatStatus',
      meaning + (Rc ? ', FPSCR[0:3] recorded in CR1' : ''),
      (s, f) => {
        const fpscr = change(s, f);
        if (Rc) recordCr1(s, fpscr);
      },
    ),
  );

const replaced = (s: Semantics, old: I32, mask: number, value: I32): I32 =>
  s.or32(s.and32(old, s.i32(~mask >>> 0)), s.and32(value, s.i32(mask)));

/** Reserved bits that POWER9 gave a meaning, and that this processor ignores. */
const MFFS_RESERVED = (31 << 16) | (31 << 11);

const status: Row[] = [
  // The GNU C library executes mffscrni and its like everywhere and relies on older processors to take them for mffs.
  ...recorded('mffs', 'X', opcode(63, 583), 'frD', 'floatStatus', 'FPSCR in the low word', (s) =>
    s.f64FromBits(s.widen(s.spr32('fpscr'))),
  ).map((row) => ({ ...row, mask: (row.mask & ~MFFS_RESERVED) >>> 0 })),
  ...statusChange(
    'mtfsf',
    'XFL',
    711,
    'FLM,frB',
    'Fields of FPSCR that FLM selects := those of the low word of frB',
    (s, f) => setFpscr(s, replaced(s, s.spr32('fpscr'), nibbles(f.FLM), s.wrap(s.bitsOfF64(B(s, f))))),
  ),
  ...statusChange('mtfsfi', 'X', 134, 'crfD,U', 'Field crfD of FPSCR := U', (s, f) => {
    const place = 4 * (7 - f.crfD);
    return setFpscr(s, replaced(s, s.spr32('fpscr'), (15 << place) >>> 0, s.i32((f.U << place) >>> 0)));
  }),
  ...statusChange('mtfsb0', 'X', 70, 'crbD', 'Bit crbD of FPSCR := 0', (s, f) =>
    setFpscr(s, s.and32(s.spr32('fpscr'), s.i32(~(1 << (31 - f.crbD)) >>> 0))),
  ),
  ...statusChange('mtfsb1', 'X', 38, 'crbD', 'Bit crbD of FPSCR := 1', (s, f) => {
    const bit = (1 << (31 - f.crbD)) >>> 0;
    const old = s.spr32('fpscr');
    // An exception bit that rises raises FX with it.
    const isException = (bit & EXCEPTIONS) !== 0;
    const rises = isException ? s.eqz32(s.and32(old, s.i32(bit))) : s.i32(0);
    return setFpscr(s, s.or32(s.or32(old, s.i32(bit)), s.shl32(rises, 31)));
  }),
  row(
    'mcrfs',
    'X',
    opcode(63, 64),
    'crfD,crfS',
    'floatStatus',
    'crfD := field crfS of FPSCR, whose exception bits are then cleared',
    (s, f) => {
      const place = 4 * (7 - f.crfS);
      const fpscr = s.spr32('fpscr');
      s.setCrf(f.crfD, s.and32(s.shr32(fpscr, place), s.i32(15)));
      const cleared = ((15 << place) & (FX | EXCEPTIONS)) >>> 0;
      setFpscr(s, s.and32(fpscr, s.i32(~cleared >>> 0)));
    },
  ),
];

type Way = readonly [suffix: 'none' | 'u' | 'x' | 'ux', code: number];

/** Displacement forms have their own primary opcodes, indexed ones extended opcodes under 31. */
const memory = (
  base: string,
  register: 'frD' | 'frS',
  timing: TimingClass,
  meaning: string,
  move: Parameters<typeof access>[6],
  ways: readonly Way[],
): Row[] =>
  ways.map(([suffix, code]) => {
    const form = suffix === 'none' || suffix === 'u' ? 'D' : 'X';
    const bits = form === 'D' ? opcode(code) : opcode(31, code);
    return access(row, base, register, { suffix, form, bits }, timing, meaning, move);
  });

const loadsAndStores: Row[] = [
  ...memory('lfs', 'frD', 'loadFloat', 'frD := single', (s, f, ea) => s.setFpr(f.frD, s.loadF32(ea)), [
    ['none', 48],
    ['u', 49],
    ['x', 535],
    ['ux', 567],
  ]),
  ...memory(
    'lfd',
    'frD',
    'loadFloat',
    'frD := double',
    (s, f, ea) => s.setFpr(f.frD, s.f64FromBits(s.load(ea, 8))),
    [
      ['none', 50],
      ['u', 51],
      ['x', 599],
      ['ux', 631],
    ],
  ),
  ...memory('stfs', 'frS', 'storeFloat', 'Stores frS as single', (s, f, ea) => s.storeF32(ea, s.fpr(f.frS)), [
    ['none', 52],
    ['u', 53],
    ['x', 663],
    ['ux', 695],
  ]),
  ...memory(
    'stfd',
    'frS',
    'storeFloat',
    'Stores frS',
    (s, f, ea) => s.store(ea, 8, s.bitsOfF64(s.fpr(f.frS))),
    [
      ['none', 54],
      ['u', 55],
      ['x', 727],
      ['ux', 759],
    ],
  ),
  access(
    row,
    'stfiwx',
    'frS',
    { suffix: 'none', form: 'X', bits: opcode(31, 983) },
    'storeFloat',
    'Stores the low word of frS',
    (s, f, ea) => s.store(ea, 4, s.bitsOfF64(s.fpr(f.frS))),
  ),
];

export const rows: readonly Row[] = [
  ...arithmetic,
  ...moves,
  ...conversions,
  ...comparisons,
  ...status,
  ...loadsAndStores,
];
