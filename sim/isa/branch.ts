import { chapterRows, codeAddress, crBit, opcode } from './build.js';
import type { Fields, Row } from './row.js';
import type { I32, I64, Semantics } from './semantics.js';

/** Branches, condition register logic and the system call (Power ISA book I, chapter 2). */
const row = chapterRows('branch');

/** Bits of BO: no condition test, value the condition must have, CTR not counted, CTR must be zero. */
const NO_CONDITION = 16;
const CONDITION_TRUE = 8;
const NO_COUNT = 4;
const COUNT_ZERO = 2;

/** Whether a conditional branch is taken, having counted CTR down where BO asks for it. */
function taken(s: Semantics, f: Fields): I32 {
  let result: I32 | undefined;
  if (!(f.BO & NO_COUNT)) {
    const count = s.sub(s.spr64('ctr'), s.i64(1));
    s.setSpr64('ctr', count);
    const isZero = s.eq(s.sf ? count : s.zeroExtend(count, 32), s.i64(0));
    result = f.BO & COUNT_ZERO ? isZero : s.eqz32(isZero);
  }
  if (!(f.BO & NO_CONDITION)) {
    const bit = crBit(s, f.BI);
    const met = f.BO & CONDITION_TRUE ? bit : s.eqz32(bit);
    result = result === undefined ? met : s.and32(result, met);
  }
  return result ?? s.i32(1);
}

const setLink = (s: Semantics): void => s.setSpr64('lr', s.i64(codeAddress(s, s.pc + 4)));

/** Instruction addresses are multiples of four and, in 32-bit mode, have no upper word. */
const indirectTarget = (s: Semantics, register: I64): I64 => s.and(register, s.i64(s.sf ? -4 : 0xffff_fffc));

/** Mnemonic suffixes in the order of the bits AA, LK. */
const suffixes = [
  { suffix: '', AA: 0, LK: 0, meaning: '' },
  { suffix: 'l', AA: 0, LK: 1, meaning: ', LR := the next address' },
  { suffix: 'a', AA: 1, LK: 0, meaning: ' (absolute)' },
  { suffix: 'la', AA: 1, LK: 1, meaning: ' (absolute), LR := the next address' },
];

const direct: Row[] = suffixes.flatMap(({ suffix, AA, LK, meaning }) => [
  row(`b${suffix}`, 'I', opcode(18) | (AA << 1) | LK, 'LI', 'branch', `Branches to LI${meaning}`, (s, f) => {
    if (LK) setLink(s);
    s.branch(s.i32(1), codeAddress(s, AA ? f.LI : s.pc + f.LI));
  }),
  row(
    `bc${suffix}`,
    'B',
    opcode(16) | (AA << 1) | LK,
    'BO,BI,BD',
    'branch',
    `Branches to BD if CTR and CR bit BI are as BO asks${meaning}`,
    (s, f) => {
      const condition = taken(s, f);
      if (LK) setLink(s);
      s.branch(condition, codeAddress(s, AA ? f.BD : s.pc + f.BD));
    },
  ),
]);

const indirect: Row[] = suffixes.slice(0, 2).flatMap(({ suffix, LK, meaning }) => [
  row(
    `bclr${suffix}`,
    'XL',
    opcode(19, 16, LK),
    'BO,BI',
    'branchIndirect',
    `Branches to LR if CTR and CR bit BI are as BO asks${meaning}`,
    (s, f) => {
      const target = indirectTarget(s, s.spr64('lr'));
      const condition = taken(s, f);
      if (LK) setLink(s);
      s.branchIndirect(condition, target, LK ? 'call' : 'return');
    },
  ),
  row(
    `bcctr${suffix}`,
    'XL',
    opcode(19, 528, LK),
    'BO,BI',
    'branchIndirect',
    `Branches to CTR if CR bit BI is as BO asks${meaning}`,
    (s, f) => {
      if (!(f.BO & NO_COUNT)) return s.illegal('bcctr that counts CTR down is an invalid form');
      const target = indirectTarget(s, s.spr64('ctr'));
      const condition = taken(s, f);
      if (LK) setLink(s);
      s.branchIndirect(condition, target, LK ? 'call' : 'jump');
    },
  ),
]);

/** CR bit crbD := crbA op crbB. */
const crLogic = (
  name: string,
  extended: number,
  meaning: string,
  op: (s: Semantics, a: I32, b: I32) => I32,
): Row =>
  row(
    name,
    'XL',
    opcode(19, extended),
    'crbD,crbA,crbB',
    'crLogical',
    `CR bit crbD := ${meaning}`,
    (s, f) => {
      const bit = op(s, crBit(s, f.crbA), crBit(s, f.crbB));
      const place = 3 - (f.crbD & 3);
      const others = s.and32(s.crf(f.crbD >> 2), s.i32(15 ^ (1 << place)));
      s.setCrf(f.crbD >> 2, s.or32(others, s.shl32(bit, place)));
    },
  );

const flip = (s: Semantics, bit: I32): I32 => s.xor32(bit, s.i32(1));

const conditionRegister: Row[] = [
  crLogic('crand', 257, 'crbA & crbB', (s, a, b) => s.and32(a, b)),
  crLogic('cror', 449, 'crbA | crbB', (s, a, b) => s.or32(a, b)),
  crLogic('crxor', 193, 'crbA ^ crbB', (s, a, b) => s.xor32(a, b)),
  crLogic('crnand', 225, '~(crbA & crbB)', (s, a, b) => flip(s, s.and32(a, b))),
  crLogic('crnor', 33, '~(crbA | crbB)', (s, a, b) => flip(s, s.or32(a, b))),
  crLogic('creqv', 289, '~(crbA ^ crbB)', (s, a, b) => flip(s, s.xor32(a, b))),
  crLogic('crandc', 129, 'crbA & ~crbB', (s, a, b) => s.and32(a, flip(s, b))),
  crLogic('crorc', 417, 'crbA | ~crbB', (s, a, b) => s.or32(a, flip(s, b))),
  row('mcrf', 'XL', opcode(19, 0), 'crfD,crfS', 'crLogical', 'crfD := crfS', (s, f) =>
    s.setCrf(f.crfD, s.crf(f.crfS)),
  ),
];

export const rows: readonly Row[] = [
  ...direct,
  ...indirect,
  ...conditionRegister,
  row('sc', 'SC', opcode(17) | 2, '', 'systemCall', 'Calls the operating system', (s) => s.systemCall()),
];
