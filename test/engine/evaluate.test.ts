import test, { type ExecutionContext } from 'ava';
import { caseRegister, clearContext } from '../../sim/engine/conform-registers.js';
import { CTX, contextBase, GUEST_BYTES, MEMORY_BYTES } from '../../sim/engine/context.js';
import { Evaluator, type EvaluatorOptions } from '../../sim/engine/evaluate.js';
import type { Event } from '../../sim/engine/event.js';
import { encodeRow } from '../../sim/isa/fields.js';
import { byName } from '../../sim/isa/table.js';

type Registers = Readonly<Record<string, bigint | number>>;
type Code = readonly [name: string, operands: Readonly<Record<string, number>>];

const memory = new ArrayBuffer(MEMORY_BYTES);
const view = new DataView(memory);
const CODE = 0x8000_0000;
const DATA = 0x9000_1000;
const physical = (ea: number) => ea & (GUEST_BYTES - 1);
const register = (name: string) => caseRegister(name)!;
const get = (name: string) => register(name).get(view, contextBase(0));

/** Runs a few instructions from these registers; gives the events. */
function run(code: readonly Code[], before: Registers, options: EvaluatorOptions = {}): Event[] {
  clearContext(memory, 0);
  for (const [name, value] of Object.entries(before)) register(name).set(view, contextBase(0), BigInt(value));
  code.forEach(([name, operands], i) => {
    view.setUint32(physical(CODE) + 4 * i, encodeRow(byName(name), operands));
  });
  view.setBigUint64(contextBase(0) + CTX.pc, BigInt(CODE), true);
  const cpu = new Evaluator(memory, options);
  return code.map(() => cpu.step(0));
}

function gives(
  t: ExecutionContext,
  code: Code,
  before: Registers,
  after: Registers,
  options: EvaluatorOptions = {},
) {
  run([code], before, options);
  for (const [name, value] of Object.entries(after)) {
    const digits = (bits: bigint | number) => bits.toString(16);
    t.is(digits(get(name)), digits(value), `${code[0]} ${name}`);
  }
}

const wide = { sf: true };
const narrow = { sf: false };
const ONES = 0xffff_ffff_ffff_ffffn;
const bytesAt = (ea: number, count: number) => Buffer.from(memory, physical(ea), count).toString('hex');
const put = (ea: number, hexBytes: string) =>
  new Uint8Array(memory).set(Buffer.from(hexBytes, 'hex'), physical(ea));

test('carries come from bit 0 in 64-bit mode and from bit 32 in 32-bit mode', (t) => {
  const addc: Code = ['addc', { rD: 3, rA: 4, rB: 5 }];
  gives(t, addc, { r4: 0xffff_ffffn, r5: 1 }, { r3: 0x1_0000_0000n, ca: 0 }, wide);
  gives(t, addc, { r4: 0xffff_ffffn, r5: 1 }, { r3: 0x1_0000_0000n, ca: 1 }, narrow);
  gives(t, addc, { r4: ONES, r5: 1 }, { r3: 0, ca: 1 }, wide);
  gives(t, addc, { r4: 0xffff_ffff_0000_0000n, r5: 0x1_0000_0000n }, { r3: 0, ca: 1 }, wide);
  gives(t, addc, { r4: 0xffff_ffff_0000_0000n, r5: 0x1_0000_0000n }, { r3: 0, ca: 0 }, narrow);
});

test('carry chains: the carry into an extended addition counts, even where the sum does not move', (t) => {
  const adde: Code = ['adde', { rD: 3, rA: 4, rB: 5 }];
  gives(t, adde, { r4: ONES, r5: 0, ca: 1 }, { r3: 0, ca: 1 });
  gives(t, adde, { r4: ONES, r5: ONES, ca: 1 }, { r3: ONES, ca: 1 });
  gives(t, adde, { r4: ONES, r5: 0, ca: 0 }, { r3: ONES, ca: 0 });
  gives(t, adde, { r4: 0xffff_ffffn, r5: 0xffff_ffffn, ca: 1 }, { r3: 0x1_ffff_ffffn, ca: 1 }, narrow);
  gives(t, ['addme', { rD: 3, rA: 4 }], { r4: 0, ca: 0 }, { r3: ONES, ca: 0 });
  gives(t, ['addme', { rD: 3, rA: 4 }], { r4: 0, ca: 1 }, { r3: 0, ca: 1 });
  gives(t, ['addze', { rD: 3, rA: 4 }], { r4: ONES, ca: 1 }, { r3: 0, ca: 1 });
  gives(t, ['subfe', { rD: 3, rA: 4, rB: 5 }], { r4: 0, r5: 0, ca: 1 }, { r3: 0, ca: 1 });
  gives(t, ['subfe', { rD: 3, rA: 4, rB: 5 }], { r4: 0, r5: 0, ca: 0 }, { r3: ONES, ca: 0 });
  gives(t, ['subfic', { rD: 3, rA: 4, SIMM: -1 }], { r4: ONES }, { r3: 0, ca: 1 });
  gives(t, ['subfic', { rD: 3, rA: 4, SIMM: 0 }], { r4: 1 }, { r3: ONES, ca: 0 });
});

test('a 128-bit addition through addc and adde', (t) => {
  const code: Code[] = [
    ['addc', { rD: 3, rA: 5, rB: 7 }],
    ['adde', { rD: 4, rA: 6, rB: 8 }],
  ];
  const [x, y] = [0x0123_4567_89ab_cdef_fedc_ba98_7654_3210n, 0x1111_2222_3333_4444_5555_6666_7777_8888n];
  run(code, { r5: x & ONES, r6: x >> 64n, r7: y & ONES, r8: y >> 64n });
  t.is((get('r4') << 64n) | get('r3'), x + y);
});

test('overflow and record forms see the width of the mode', (t) => {
  const addo: Code = ['addo.', { rD: 3, rA: 4, rB: 5 }];
  const most = 0x7fff_ffffn;
  gives(t, addo, { r4: most, r5: 1 }, { r3: 0x8000_0000n, xer: 0, cr: 0x4000_0000 }, wide);
  gives(t, addo, { r4: most, r5: 1 }, { r3: 0x8000_0000n, xer: 0xc000_0000n, cr: 0x9000_0000n }, narrow);
  gives(t, addo, { r4: (1n << 63n) - 1n, r5: 1 }, { xer: 0xc000_0000n, cr: 0x9000_0000n }, wide);
  // SO stays set, OV is of this instruction alone.
  gives(t, addo, { r4: 1, r5: 1, xer: 0xc000_0000n }, { xer: 0x8000_0000n, cr: 0x5000_0000 }, wide);
  gives(t, ['nego', { rD: 3, rA: 4 }], { r4: 1n << 63n }, { r3: 1n << 63n, xer: 0xc000_0000n }, wide);
  gives(t, ['nego', { rD: 3, rA: 4 }], { r4: 0x8000_0000n }, { xer: 0xc000_0000n }, narrow);
  gives(t, ['cmpl', { crfD: 1, L: 1, rA: 4, rB: 5 }], { r4: ONES, r5: 1 }, { cr: 0x0400_0000 });
  gives(t, ['cmp', { crfD: 1, L: 1, rA: 4, rB: 5 }], { r4: ONES, r5: 1 }, { cr: 0x0800_0000 });
  gives(t, ['cmp', { crfD: 1, L: 0, rA: 4, rB: 5 }], { r4: 0x1_0000_0005n, r5: 5 }, { cr: 0x0200_0000 });
});

test('division: toward zero, and the chosen values where there is no quotient', (t) => {
  const divw: Code = ['divw', { rD: 3, rA: 4, rB: 5 }];
  gives(t, divw, { r4: BigInt.asUintN(64, -7n), r5: 2 }, { r3: 0xffff_fffdn });
  gives(t, divw, { r4: 0xdead_0000_0000_0007n, r5: 0xbeef_0000_0000_0002n }, { r3: 3 });
  gives(t, divw, { r4: 7, r5: 0 }, { r3: 0 });
  gives(t, ['divwo', { rD: 3, rA: 4, rB: 5 }], { r4: 0x8000_0000n, r5: 0xffff_ffffn }, { xer: 0xc000_0000n });
  gives(t, ['divwo', { rD: 3, rA: 4, rB: 5 }], { r4: 1, r5: 0 }, { xer: 0xc000_0000n });
  gives(
    t,
    ['divd', { rD: 3, rA: 4, rB: 5 }],
    { r4: BigInt.asUintN(64, -7n), r5: 2 },
    { r3: BigInt.asUintN(64, -3n) },
  );
  gives(t, ['divd', { rD: 3, rA: 4, rB: 5 }], { r4: 1n << 63n, r5: ONES }, { r3: 0 });
  gives(t, ['divdu', { rD: 3, rA: 4, rB: 5 }], { r4: ONES, r5: 10 }, { r3: 0x1999_9999_9999_9999n });
  gives(t, ['mulhdu', { rD: 3, rA: 4, rB: 5 }], { r4: ONES, r5: ONES }, { r3: ONES - 1n });
  gives(t, ['mulhd', { rD: 3, rA: 4, rB: 5 }], { r4: ONES, r5: ONES }, { r3: 0 });
  gives(
    t,
    ['mullw', { rD: 3, rA: 4, rB: 5 }],
    { r4: 0xffff_ffffn, r5: 0x7fff_ffffn },
    { r3: 0xffff_ffff_8000_0001n },
  );
});

test('rotations: masks that wrap reach both words', (t) => {
  const value = { r4: 0xaaaa_bbbb_1234_5678n, r3: 0x1111_1111_1111_1111n };
  gives(t, ['rlwinm', { rA: 3, rS: 4, SH: 8, MB: 0, ME: 31 }], value, { r3: 0x3456_7812n });
  gives(t, ['rlwinm', { rA: 3, rS: 4, SH: 0, MB: 28, ME: 3 }], value, { r3: 0x1234_5678_1000_0008n });
  gives(t, ['rlwinm.', { rA: 3, rS: 4, SH: 4, MB: 31, ME: 0 }], value, {
    r3: 0x2345_6781_0000_0001n,
    cr: 0x4000_0000,
  });
  gives(t, ['rlwimi', { rA: 3, rS: 4, SH: 16, MB: 8, ME: 15 }], value, { r3: 0x1111_1111_1178_1111n });
  gives(t, ['rlwimi', { rA: 3, rS: 4, SH: 0, MB: 28, ME: 3 }], value, { r3: 0x1234_5678_1111_1118n });
  gives(t, ['rldicl', { rA: 3, rS: 4, sh: 16, mb: 16 }], value, {
    r3: 0xbbbb_1234_5678_aaaan & ((1n << 48n) - 1n),
  });
  gives(t, ['rldicr', { rA: 3, rS: 4, sh: 8, me: 55 }], value, { r3: 0xaabb_bb12_3456_7800n });
  gives(t, ['rldimi', { rA: 3, rS: 4, sh: 32, mb: 0 }], value, { r3: 0x1234_5678_1111_1111n });
  gives(t, ['rldcl', { rA: 3, rS: 4, rB: 5, mb: 60 }], { ...value, r5: 68 }, { r3: 0xa });
});

test('shifts: six or seven bits of count, CA when a negative number loses ones', (t) => {
  gives(t, ['slw', { rA: 3, rS: 4, rB: 5 }], { r4: ONES, r5: 32 }, { r3: 0 });
  gives(t, ['slw', { rA: 3, rS: 4, rB: 5 }], { r4: ONES, r5: 64 }, { r3: 0xffff_ffffn });
  gives(t, ['srd', { rA: 3, rS: 4, rB: 5 }], { r4: ONES, r5: 64 }, { r3: 0 });
  gives(t, ['srd', { rA: 3, rS: 4, rB: 5 }], { r4: ONES, r5: 128 }, { r3: ONES });
  gives(t, ['srawi', { rA: 3, rS: 4, SH: 4 }], { r4: 0xffff_fff0n }, { r3: ONES, ca: 0 });
  gives(t, ['srawi', { rA: 3, rS: 4, SH: 4 }], { r4: 0xffff_fff8n }, { r3: ONES, ca: 1 });
  gives(t, ['srawi', { rA: 3, rS: 4, SH: 4 }], { r4: 0x7fff_fff8n }, { r3: 0x7ff_ffff, ca: 0 });
  gives(t, ['srawi', { rA: 3, rS: 4, SH: 0 }], { r4: 0xffff_ffffn, ca: 1 }, { r3: ONES, ca: 0 });
  gives(t, ['sraw', { rA: 3, rS: 4, rB: 5 }], { r4: 0x8000_0000n, r5: 63 }, { r3: ONES, ca: 1 });
  gives(t, ['srad', { rA: 3, rS: 4, rB: 5 }], { r4: 1n << 63n, r5: 127 }, { r3: ONES, ca: 1 });
  gives(t, ['sradi', { rA: 3, rS: 4, sh: 63 }], { r4: 1n << 63n }, { r3: ONES, ca: 0 });
  gives(t, ['cntlzw', { rA: 3, rS: 4 }], { r4: 0xffff_ffff_0000_0000n }, { r3: 32 });
  gives(t, ['cntlzd', { rA: 3, rS: 4 }], { r4: 0x0000_0001_0000_0000n }, { r3: 31 });
});

test('condition register moves', (t) => {
  gives(
    t,
    ['mtcrf', { CRM: 0b0100_0001, rS: 4 }],
    { r4: 0x1234_5678, cr: 0xffff_ffffn },
    { cr: 0xf2ff_fff8n },
  );
  gives(t, ['mfocrf', { rD: 3, FXM: 0b0000_0010 }], { cr: 0x1234_5678 }, { r3: 0x70 });
  gives(t, ['crnor', { crbD: 5, crbA: 0, crbB: 31 }], { cr: 0x0000_0000 }, { cr: 0x0400_0000 });
  gives(t, ['mcrf', { crfD: 7, crfS: 0 }], { cr: 0xa000_0000n }, { cr: 0xa000_000an });
});

test('byte-reversed, unaligned and algebraic accesses', (t) => {
  put(DATA, '0102030405060708f1f2f3f4f5f6f7f8');
  gives(t, ['lwbrx', { rD: 3, rA: 0, rB: 5 }], { r5: DATA + 1 }, { r3: 0x0504_0302 });
  gives(t, ['lhbrx', { rD: 3, rA: 4, rB: 5 }], { r4: DATA, r5: 8 }, { r3: 0xf2f1 });
  gives(t, ['ldbrx', { rD: 3, rA: 0, rB: 5 }], { r5: DATA }, { r3: 0x0807_0605_0403_0201n });
  gives(t, ['ld', { rD: 3, rA: 5, ds: -4 }], { r5: DATA + 7 }, { r3: 0x0405_0607_08f1_f2f3n });
  gives(t, ['lha', { rD: 3, rA: 5, d: 9 }], { r5: DATA }, { r3: 0xffff_ffff_ffff_f2f3n });
  gives(t, ['lwa', { rD: 3, rA: 5, ds: 8 }], { r5: DATA }, { r3: 0xffff_ffff_f1f2_f3f4n });
  gives(t, ['lhzu', { rD: 3, rA: 5, d: 9 }], { r5: DATA }, { r3: 0xf2f3, r5: DATA + 9 });
  run([['stdbrx', { rS: 3, rA: 0, rB: 5 }]], { r3: 0x0102_0304_0506_0708n, r5: DATA + 3 });
  t.is(bytesAt(DATA, 12), '0102030807060504030201f4');
});

test('32-bit mode reduces effective addresses and what update forms leave', (t) => {
  put(DATA, '11223344');
  const code: Code = ['lwzu', { rD: 3, rA: 4, d: -4 }];
  gives(t, code, { r4: 0xdead_beef_0000_0000n + BigInt(DATA + 4) }, { r3: 0x1122_3344, r4: DATA }, narrow);
});

test('every view of an address reaches the same memory', (t) => {
  put(DATA, 'cafef00d');
  for (const ea of [0x1000_1000, 0x9000_1000, 0x3000_1000]) {
    gives(t, ['lwz', { rD: 3, rA: 4, d: 0 }], { r4: ea }, { r3: 0xcafe_f00dn });
  }
});

test('singles in memory: denormals and NaN payloads survive both ways', (t) => {
  put(DATA, '000000017f800001ffc12345807fffff');
  const values = [
    0x36a0_0000_0000_0000n,
    0x7ff0_0000_2000_0000n,
    0xfff8_2468_a000_0000n,
    0xb80f_ffff_c000_0000n,
  ];
  values.forEach((bits, i) => {
    gives(t, ['lfs', { frD: 1, rA: 4, d: 4 * i }], { r4: DATA }, { f1: bits });
  });
  run(
    values.map((_, i): Code => ['stfs', { frS: i, rA: 4, d: 16 + 4 * i }]),
    { r4: DATA, f0: values[0], f1: values[1], f2: values[2], f3: values[3] },
  );
  t.is(bytesAt(DATA + 16, 16), '000000017f800001ffc12345807fffff');
  run([['stfiwx', { frS: 1, rA: 0, rB: 4 }]], { r4: DATA, f1: 0x1111_2222_3333_4444n });
  t.is(bytesAt(DATA, 4), '33334444');
});

const bitsOf = (x: number): bigint => new BigUint64Array(new Float64Array([x]).buffer)[0];

test('fused multiply-add rounds once', (t) => {
  const fmadds: Code = ['fmadds', { frD: 1, frA: 2, frC: 3, frB: 4 }];
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24: a tie that a separate rounding of the product would lose.
  const x = bitsOf(1 + 2 ** -12);
  gives(t, fmadds, { f2: x, f3: x, f4: bitsOf(2 ** -60) }, { f1: bitsOf(1 + 2 ** -11 + 2 ** -23) });
  gives(t, fmadds, { f2: x, f3: x, f4: bitsOf(-(2 ** -60)) }, { f1: bitsOf(1 + 2 ** -11) });
  // In double: (1 + 2^-27)^2 - (1 + 2^-26) leaves 2^-54, which two roundings would lose.
  const y = bitsOf(1 + 2 ** -27);
  gives(
    t,
    ['fmsub', { frD: 1, frA: 2, frC: 3, frB: 4 }],
    { f2: y, f3: y, f4: bitsOf(1 + 2 ** -26) },
    { f1: bitsOf(2 ** -54) },
  );
  const [two, three, six] = [bitsOf(2), bitsOf(3), bitsOf(6)];
  gives(
    t,
    ['fnmsub', { frD: 1, frA: 2, frC: 3, frB: 4 }],
    { f2: two, f3: three, f4: six },
    { f1: bitsOf(-0) },
  );
  gives(
    t,
    ['fnmadd', { frD: 1, frA: 2, frC: 3, frB: 4 }],
    { f2: two, f3: three, f4: six },
    { f1: bitsOf(-12) },
  );
});

test('frsp rounds a double once, and arithmetic to single does too', (t) => {
  gives(
    t,
    ['frsp', { frD: 1, frB: 2 }],
    { f2: bitsOf(1 + 2 ** -24 + 2 ** -52) },
    { f1: bitsOf(1 + 2 ** -23) },
  );
  gives(t, ['frsp', { frD: 1, frB: 2 }], { f2: bitsOf(1 + 2 ** -24) }, { f1: bitsOf(1) });
  gives(
    t,
    ['frsp', { frD: 1, frB: 2 }],
    { f2: bitsOf(1 + 2 ** -24), fpscr: 2 },
    { f1: bitsOf(1 + 2 ** -23) },
  );
  gives(t, ['frsp', { frD: 1, frB: 2 }], { f2: bitsOf(3.5e38) }, { f1: bitsOf(Infinity) });
  gives(
    t,
    ['fadds', { frD: 1, frA: 2, frB: 3 }],
    { f2: bitsOf(1 + 2 ** -24), f3: bitsOf(2 ** -70) },
    { f1: bitsOf(1 + 2 ** -23) },
  );
});

test('fctiwz and fctidz truncate and saturate', (t) => {
  const low = (x: number, expected: bigint) =>
    gives(t, ['fctiwz', { frD: 1, frB: 2 }], { f2: bitsOf(x) }, { f1: expected });
  low(-1.9, ONES);
  low(2147483648, 0x7fff_ffffn);
  low(-2147483649, 0xffff_ffff_8000_0000n);
  low(Number.NaN, 0xffff_ffff_8000_0000n);
  gives(t, ['fctidz', { frD: 1, frB: 2 }], { f2: bitsOf(1e19) }, { f1: (1n << 63n) - 1n });
  gives(t, ['fctid', { frD: 1, frB: 2 }], { f2: bitsOf(2.5) }, { f1: 2 });
  gives(t, ['fcfid', { frD: 1, frB: 2 }], { f2: ONES }, { f1: bitsOf(-1) });
});

test('fsel chooses by sign, with both zeros positive and NaN negative', (t) => {
  const fsel: Code = ['fsel', { frD: 1, frA: 2, frC: 3, frB: 4 }];
  for (const [a, chosen] of [
    [0, 7],
    [-0, 7],
    [1, 7],
    [-1, 9],
    [Number.NaN, 9],
  ]) {
    gives(t, fsel, { f2: bitsOf(a), f3: bitsOf(7), f4: bitsOf(9) }, { f1: bitsOf(chosen) });
  }
});

test('FPSCR keeps status only when asked', (t) => {
  const code: Code = ['fadd.', { frD: 1, frA: 2, frB: 3 }];
  const before = { f2: bitsOf(1), f3: bitsOf(2 ** -60) };
  gives(t, code, before, { f1: bitsOf(1), fpscr: 0, cr: 0 });
  // FX and XX, FI, a positive normal result.
  gives(t, code, before, { f1: bitsOf(1), fpscr: 0x8202_4000n, cr: 0x0800_0000 }, { floatStatus: true });
  gives(
    t,
    ['fdiv', { frD: 1, frA: 2, frB: 3 }],
    { f2: bitsOf(1) },
    { fpscr: 0x8400_5000n },
    { floatStatus: true },
  );
  gives(
    t,
    ['fcmpu', { crfD: 1, frA: 2, frB: 3 }],
    { f2: bitsOf(1) },
    { fpscr: 0x4000, cr: 0x0400_0000 },
    { floatStatus: true },
  );
  gives(
    t,
    ['fsub', { frD: 1, frA: 2, frB: 3 }],
    { f2: bitsOf(Infinity), f3: bitsOf(Infinity), fpscr: 0x80 },
    { fpscr: 0xe081_1080n },
    { floatStatus: true },
  );
});

test('a store conditional needs its reservation, and uses it up', (t) => {
  put(DATA, '0000000500000006');
  const lwarx: Code = ['lwarx', { rD: 3, rA: 0, rB: 5 }];
  const stwcx: Code = ['stwcx.', { rS: 4, rA: 0, rB: 5 }];
  run([lwarx, stwcx], { r5: DATA, r4: 9, xer: 0x8000_0000n });
  t.is(bytesAt(DATA, 8), '0000000900000006');
  t.is(get('cr'), 0x3000_0000n, 'EQ and SO');
  run([lwarx, stwcx, stwcx], { r5: DATA, r4: 10 });
  t.is(get('cr'), 0n, 'the second fails');
  run([stwcx], { r5: DATA, r4: 11 });
  t.is(bytesAt(DATA, 4), '0000000a', 'none held');
  run([lwarx, ['stw', { rS: 6, rA: 5, d: 0 }], stwcx], { r5: DATA, r4: 12, r6: 13 });
  t.is(bytesAt(DATA, 4), '0000000d', 'memory has changed');
  run([lwarx, ['stwcx.', { rS: 4, rA: 5, rB: 7 }]], { r5: DATA, r4: 14, r7: 4 });
  t.is(bytesAt(DATA, 8), '0000000d00000006', 'another address');
  run(
    [
      ['ldarx', { rD: 3, rA: 0, rB: 5 }],
      ['stdcx.', { rS: 4, rA: 0, rB: 5 }],
    ],
    { r5: DATA, r4: 15 },
  );
  t.is(bytesAt(DATA, 8), '000000000000000f');
});

test('vector registers are big-endian, elements stand where their address says', (t) => {
  put(DATA, '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
  const line = 0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0fn;
  gives(t, ['lvx', { vD: 1, rA: 0, rB: 5 }], { r5: DATA + 7 }, { v1: line });
  gives(t, ['lvlx', { vD: 1, rA: 0, rB: 5 }], { r5: DATA + 5 }, { v1: (line << 40n) & ((1n << 128n) - 1n) });
  gives(t, ['lvrx', { vD: 1, rA: 0, rB: 5 }], { r5: DATA + 5 }, { v1: line >> 88n });
  gives(t, ['lvrx', { vD: 1, rA: 0, rB: 5 }], { r5: DATA }, { v1: 0 });
  gives(
    t,
    ['lvsl', { vD: 1, rA: 0, rB: 5 }],
    { r5: DATA + 3 },
    { v1: 0x0304_0506_0708_090a_0b0c_0d0e_0f10_1112n },
  );
  gives(
    t,
    ['lvsr', { vD: 1, rA: 0, rB: 5 }],
    { r5: DATA + 3 },
    { v1: 0x0d0e_0f10_1112_1314_1516_1718_191a_1b1cn },
  );
  run([['stvewx', { vS: 1, rA: 0, rB: 5 }]], {
    r5: DATA + 18,
    v1: 0xa0a1_a2a3_b0b1_b2b3_c0c1_c2c3_d0d1_d2d3n,
  });
  t.is(bytesAt(DATA + 16, 16), 'a0a1a2a31415161718191a1b1c1d1e1f');
  run([['stvlx', { vS: 1, rA: 0, rB: 5 }]], {
    r5: DATA + 13,
    v1: 0xa0a1_a2a3_b0b1_b2b3_c0c1_c2c3_d0d1_d2d3n,
  });
  t.is(bytesAt(DATA + 12, 8), '0ca0a1a2a0a1a2a3');
  run([['stvrx', { vS: 1, rA: 0, rB: 5 }]], {
    r5: DATA + 18,
    v1: 0xa0a1_a2a3_b0b1_b2b3_c0c1_c2c3_d0d1_d2d3n,
  });
  t.is(bytesAt(DATA + 14, 6), 'a1a2d2d3a2a3');
});

test('dcbz zeroes 32 bytes, dcbz128 a line', (t) => {
  new Uint8Array(memory).fill(0xee, physical(DATA), physical(DATA) + 512);
  run(
    [
      ['dcbz', { rA: 0, rB: 5 }],
      ['dcbz128', { rA: 0, rB: 6 }],
    ],
    { r5: DATA + 40, r6: DATA + 300 },
  );
  const bytes = new Uint8Array(memory, physical(DATA), 512);
  const zero = Array.from(bytes.keys()).filter((i) => bytes[i] === 0);
  t.deepEqual([zero.length, zero[0], zero[31], zero[32], zero[159]], [160, 32, 63, 256, 383]);
});

test('events tell accesses, branches, barriers and hints', (t) => {
  const [load] = run([['lvx', { vD: 1, rA: 0, rB: 5 }]], { r5: DATA + 7 });
  t.deepEqual(load.accesses, [{ kind: 'load', ea: DATA, physical: physical(DATA), size: 16 }]);
  t.is(load.address, CODE);
  t.is(load.next, CODE + 4);
  const [branch] = run([['bc', { BO: 12, BI: 2, BD: -8 }]], { cr: 0x2000_0000 });
  t.deepEqual(branch.branch, { taken: true, target: CODE - 8, kind: 'direct' });
  t.is(branch.next, CODE - 8);
  const [fall] = run([['bc', { BO: 4, BI: 2, BD: -8 }]], { cr: 0x2000_0000 });
  t.is(fall.next, CODE + 4);
  const [back] = run([['bclr', { BO: 20, BI: 0 }]], { lr: 0xbcbc_bcbfn });
  t.deepEqual(back.branch, { taken: true, target: 0xbcbc_bcbc, kind: 'return' });
  const [count] = run([['bc', { BO: 16, BI: 0, BD: 16 }]], { ctr: 0x1_0000_0001n }, narrow);
  t.false(count.branch!.taken, 'in 32-bit mode the low word of CTR counts');
  t.is(run([['lwsync', {}]], {})[0].barrier, 'lwsync');
  t.is(run([['cctpl', {}]], {})[0].hint, 'low');
});

test('calls leave the address behind them in LR', (t) => {
  run(
    [
      ['bl', { LI: 4 }],
      ['mfspr', { rD: 3, SPR: 8 }],
    ],
    {},
  );
  t.is(get('r3'), BigInt(CODE + 4));
});

test('what cannot go on says so and leaves the registers alone', (t) => {
  const [trap] = run([['tw', { TO: 4, rA: 3, rB: 4 }]], { r3: 5, r4: 5 });
  t.is(trap.stop?.kind, 'trap');
  t.is(view.getBigUint64(contextBase(0) + CTX.pc, true), BigInt(CODE), 'pc stays');
  t.is(run([['tw', { TO: 24, rA: 3, rB: 4 }]], { r3: 5, r4: 5 })[0].stop, undefined);
  const [call] = run([['sc', {}]], {});
  t.is(call.stop?.kind, 'systemCall');
  t.is(view.getBigUint64(contextBase(0) + CTX.pc, true), BigInt(CODE + 4), 'a system call is executed');
  const [fault] = run([['lwarx', { rD: 3, rA: 0, rB: 5 }]], { r3: 77, r5: DATA + 2 });
  t.is(fault.stop?.kind, 'fault');
  t.is(get('r3'), 77n);
  const [beyond] = run([['ld', { rD: 3, rA: 5, ds: 0 }]], { r5: 0x1fff_fffc });
  t.is(beyond.stop?.kind, 'fault');
  t.regex(beyond.stop!.message, /load of 8 bytes at unmapped address 0x1ffffffc, instruction at 0x80000000/);
  const mapped = (at: number) => at < 0x1000;
  const [stray] = run([['lbz', { rD: 3, rA: 5, d: 0 }]], { r5: DATA }, { mapped });
  t.deepEqual([stray.stop?.kind, stray.stop?.ea], ['fault', DATA]);
  view.setUint32(physical(CODE), 0);
  view.setBigUint64(contextBase(0) + CTX.pc, BigInt(CODE), true);
  const event = new Evaluator(memory).step(0);
  t.is(event.stop?.kind, 'illegal');
  t.regex(event.stop!.message, /no instruction 0x00000000 at 0x80000000/);
});
