import { addressResult, chapterRows, displaced, indexed, opcode } from './build.js';
import type { FormName } from './forms.js';
import type { Fields, Row, TimingClass } from './row.js';
import type { AccessSize, I64, Semantics } from './semantics.js';

/** Integer loads and stores, reservations and cache lines (Power ISA book I, chapter 3; book II, chapter 3). */
const row = chapterRows('load-store');

/** What dcbz clears; dcbz128 clears a whole line. Programs learn the size from AT_DCACHEBSIZE. */
export const DCBZ_BYTES = 32;

type Move = (s: Semantics, f: Fields, ea: I64) => void;

/** How an access finds its address. */
interface Addressing {
  readonly suffix: 'none' | 'u' | 'x' | 'ux';
  readonly form: FormName;
  readonly bits: number;
}

/** One row: the access `move`, then rA := ea where the form updates. The register of the access is named `register`. */
export function access(
  chapter: ReturnType<typeof chapterRows>,
  base: string,
  register: string,
  { suffix, form, bits }: Addressing,
  timing: TimingClass,
  meaning: string,
  move: Move,
): Row {
  const byIndex = form === 'X';
  const updates = suffix === 'u' || suffix === 'ux';
  const displacement = form === 'DS' ? 'ds' : 'd';
  const syntax = byIndex ? `${register},rA,rB` : `${register},${displacement}(rA)`;
  const place = byIndex
    ? updates
      ? 'rA + rB'
      : '(rA|0) + rB'
    : `${updates ? 'rA' : '(rA|0)'} + ${displacement}`;
  const name = suffix === 'none' ? base : base + suffix;
  return chapter(
    name,
    form,
    bits,
    syntax,
    timing,
    `${meaning} at ${place}${updates ? ', rA := address' : ''}`,
    (s, f) => {
      const ea = updates
        ? s.add(s.gpr(f.rA), byIndex ? s.gpr(f.rB) : s.i64(f[displacement]))
        : byIndex
          ? indexed(s, f)
          : displaced(s, f, f[displacement]);
      move(s, f, ea);
      if (updates) s.setGpr(f.rA, addressResult(s, ea));
    },
  );
}

const d = (suffix: 'none' | 'u', primary: number): Addressing => ({
  suffix,
  form: 'D',
  bits: opcode(primary),
});
const ds = (suffix: 'none' | 'u', primary: number, low: number): Addressing => ({
  suffix,
  form: 'DS',
  bits: opcode(primary) | low,
});
const x = (suffix: 'none' | 'x' | 'ux', extended: number): Addressing => ({
  suffix,
  form: 'X',
  bits: opcode(31, extended),
});

const load =
  (size: AccessSize): Move =>
  (s, f, ea) =>
    s.setGpr(f.rD, s.load(ea, size));
const loadAlgebraic =
  (size: 2 | 4): Move =>
  (s, f, ea) =>
    s.setGpr(f.rD, s.signExtend(s.load(ea, size), size === 2 ? 16 : 32));
const store =
  (size: AccessSize): Move =>
  (s, f, ea) =>
    s.store(ea, size, s.gpr(f.rS));

const loads = (base: string, meaning: string, move: Move, timing: TimingClass, ways: Addressing[]): Row[] =>
  ways.map((way) => access(row, base, 'rD', way, timing, `rD := ${meaning}`, move));
const stores = (base: string, meaning: string, size: AccessSize, ways: Addressing[]): Row[] =>
  ways.map((way) => access(row, base, 'rS', way, 'store', `Stores ${meaning} of rS`, store(size)));

const simple: Row[] = [
  ...loads('lbz', 'byte', load(1), 'load', [d('none', 34), d('u', 35), x('x', 87), x('ux', 119)]),
  ...loads('lhz', 'halfword', load(2), 'load', [d('none', 40), d('u', 41), x('x', 279), x('ux', 311)]),
  ...loads('lwz', 'word', load(4), 'load', [d('none', 32), d('u', 33), x('x', 23), x('ux', 55)]),
  ...loads('ld', 'doubleword', load(8), 'load', [ds('none', 58, 0), ds('u', 58, 1), x('x', 21), x('ux', 53)]),
  ...loads('lha', 'halfword, sign-extended,', loadAlgebraic(2), 'loadAlgebraic', [
    d('none', 42),
    d('u', 43),
    x('x', 343),
    x('ux', 375),
  ]),
  ...loads('lwa', 'word, sign-extended,', loadAlgebraic(4), 'loadAlgebraic', [
    ds('none', 58, 2),
    x('x', 341),
    x('ux', 373),
  ]),
  ...stores('stb', 'the low byte', 1, [d('none', 38), d('u', 39), x('x', 215), x('ux', 247)]),
  ...stores('sth', 'the low halfword', 2, [d('none', 44), d('u', 45), x('x', 407), x('ux', 439)]),
  ...stores('stw', 'the low word', 4, [d('none', 36), d('u', 37), x('x', 151), x('ux', 183)]),
  ...stores('std', 'the doubleword', 8, [ds('none', 62, 0), ds('u', 62, 1), x('x', 149), x('ux', 181)]),
];

const reversedLoad = (name: string, extended: number, size: 2 | 4 | 8, meaning: string): Row =>
  access(row, name, 'rD', x('none', extended), 'loadReversed', `rD := byte-reversed ${meaning}`, (s, f, ea) =>
    s.setGpr(f.rD, s.loadReversed(ea, size)),
  );
const reversedStore = (name: string, extended: number, size: 2 | 4 | 8, meaning: string): Row =>
  access(
    row,
    name,
    'rS',
    x('none', extended),
    'storeReversed',
    `Stores the ${meaning} of rS byte-reversed`,
    (s, f, ea) => s.storeReversed(ea, size, s.gpr(f.rS)),
  );

const reversed: Row[] = [
  reversedLoad('lhbrx', 790, 2, 'halfword'),
  reversedLoad('lwbrx', 534, 4, 'word'),
  reversedLoad('ldbrx', 532, 8, 'doubleword'),
  reversedStore('sthbrx', 918, 2, 'low halfword'),
  reversedStore('stwbrx', 662, 4, 'low word'),
  reversedStore('stdbrx', 660, 8, 'doubleword'),
];

const plus = (s: Semantics, ea: I64, offset: number): I64 => (offset === 0 ? ea : s.add(ea, s.i64(offset)));

/** Registers from `first` on, wrapping behind r31, each with its four bytes of `count` in memory. */
function stringWords(first: number, count: number): { register: number; offset: number; bytes: number }[] {
  return Array.from({ length: Math.ceil(count / 4) }, (_, i) => ({
    register: (first + i) & 31,
    offset: 4 * i,
    bytes: Math.min(4, count - 4 * i),
  }));
}

const byteCount = (f: Fields): number => f.NB || 32;
const stringAddress = (s: Semantics, f: Fields): I64 => (f.rA === 0 ? s.i64(0) : s.gpr(f.rA));

/** Up to four bytes, left-justified in a word; the rest is zero. */
function loadPartialWord(s: Semantics, ea: I64, bytes: number): I64 {
  if (bytes === 4) return s.load(ea, 4);
  let value = s.i64(0);
  for (let i = 0; i < bytes; i++) {
    value = s.or(value, s.shl(s.load(plus(s, ea, i), 1), s.i64(24 - 8 * i)));
  }
  return value;
}

function storePartialWord(s: Semantics, ea: I64, bytes: number, value: I64): void {
  if (bytes === 4) s.store(ea, 4, value);
  else for (let i = 0; i < bytes; i++) s.store(plus(s, ea, i), 1, s.shrU(value, s.i64(24 - 8 * i)));
}

const multiple: Row[] = [
  row('lmw', 'D', opcode(46), 'rD,d(rA)', 'loadMultiple', 'rD..r31 := words from (rA|0) + d on', (s, f) => {
    const ea = displaced(s, f, f.d);
    for (let i = 0; f.rD + i < 32; i++) s.setGpr(f.rD + i, s.load(plus(s, ea, 4 * i), 4));
  }),
  row(
    'stmw',
    'D',
    opcode(47),
    'rS,d(rA)',
    'storeMultiple',
    'Stores the low words of rS..r31 from (rA|0) + d on',
    (s, f) => {
      const ea = displaced(s, f, f.d);
      for (let i = 0; f.rS + i < 32; i++) s.store(plus(s, ea, 4 * i), 4, s.gpr(f.rS + i));
    },
  ),
  row(
    'lswi',
    'X',
    opcode(31, 597),
    'rD,rA,NB',
    'loadMultiple',
    'Low words of rD and following := NB (0 is 32) bytes from (rA|0) on, zero-filled',
    (s, f) => {
      const ea = stringAddress(s, f);
      for (const { register, offset, bytes } of stringWords(f.rD, byteCount(f))) {
        s.setGpr(register, loadPartialWord(s, plus(s, ea, offset), bytes));
      }
    },
  ),
  row(
    'stswi',
    'X',
    opcode(31, 725),
    'rS,rA,NB',
    'storeMultiple',
    'Stores NB (0 is 32) bytes of the low words of rS and following from (rA|0) on',
    (s, f) => {
      const ea = stringAddress(s, f);
      for (const { register, offset, bytes } of stringWords(f.rS, byteCount(f))) {
        storePartialWord(s, plus(s, ea, offset), bytes, s.gpr(register));
      }
    },
  ),
];

const reserve = (name: string, extended: number, size: 4 | 8, meaning: string): Row =>
  access(
    row,
    name,
    'rD',
    x('none', extended),
    'loadReserve',
    `rD := ${meaning}, with a reservation,`,
    (s, f, ea) => s.setGpr(f.rD, s.loadReserve(ea, size)),
  );

/** CR0 := 0 0 stored SO. */
const conditional = (name: string, extended: number, size: 4 | 8, meaning: string): Row =>
  row(
    name,
    'X',
    opcode(31, extended, 1),
    'rS,rA,rB',
    'storeConditional',
    `Stores the ${meaning} of rS at (rA|0) + rB if the reservation holds, and tells so in CR0[EQ]`,
    (s, f) => {
      const stored = s.storeConditional(indexed(s, f), size, s.gpr(f.rS));
      s.setCrf(0, s.or32(s.shl32(stored, 1), s.spr32('so')));
    },
  );

const reservations: Row[] = [
  reserve('lwarx', 20, 4, 'word'),
  reserve('ldarx', 84, 8, 'doubleword'),
  conditional('stwcx.', 150, 4, 'low word'),
  conditional('stdcx.', 214, 8, 'doubleword'),
];

const cacheRow = (
  name: string,
  bits: number,
  syntax: string,
  timing: TimingClass,
  meaning: string,
  exec: Move,
): Row => row(name, 'X', bits, syntax, timing, `${meaning} (rA|0) + rB`, (s, f) => exec(s, f, indexed(s, f)));

const HIGH_FIELD = 1 << 21;

const cacheLines: Row[] = [
  cacheRow('dcbt', opcode(31, 278), 'rA,rB', 'cacheHint', 'Hint: soon to load from', (s, _, ea) =>
    s.cacheHint('dcbt', ea),
  ),
  cacheRow('dcbtst', opcode(31, 246), 'rA,rB', 'cacheHint', 'Hint: soon to store to', (s, _, ea) =>
    s.cacheHint('dcbtst', ea),
  ),
  // The hints with a kind of prefetch (TH): the kind has no effect here.
  cacheRow(
    'dcbtct',
    opcode(31, 278),
    'rA,rB,TH',
    'cacheHint',
    'Hint of kind TH: soon to load from',
    (s, _, ea) => s.cacheHint('dcbt', ea),
  ),
  cacheRow(
    'dcbtstct',
    opcode(31, 246),
    'rA,rB,TH',
    'cacheHint',
    'Hint of kind TH: soon to store to',
    (s, _, ea) => s.cacheHint('dcbtst', ea),
  ),
  cacheRow('dcbf', opcode(31, 86), 'rA,rB', 'cacheFlush', 'Writes back and drops the line of', (s, _, ea) =>
    s.cacheHint('dcbf', ea),
  ),
  cacheRow('dcbst', opcode(31, 54), 'rA,rB', 'cacheFlush', 'Writes back the line of', (s, _, ea) =>
    s.cacheHint('dcbst', ea),
  ),
  cacheRow('icbi', opcode(31, 982), 'rA,rB', 'cacheFlush', 'Drops the instruction line of', (s, _, ea) =>
    s.cacheHint('icbi', ea),
  ),
  cacheRow(
    'dcbz',
    opcode(31, 1014),
    'rA,rB',
    'cacheZero',
    `Zeroes the aligned ${DCBZ_BYTES} bytes around`,
    (s, _, ea) => s.zeroBlock(ea, DCBZ_BYTES),
  ),
  cacheRow(
    'dcbz128',
    opcode(31, 1014) | HIGH_FIELD,
    'rA,rB',
    'cacheZero',
    'Zeroes the aligned 128 bytes around',
    (s, _, ea) => s.zeroBlock(ea, 128),
  ),
];

export const rows: readonly Row[] = [...simple, ...reversed, ...multiple, ...reservations, ...cacheLines];
