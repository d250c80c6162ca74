import test from 'ava';
import { type Code, gives, ONES } from '../support/evaluated.js';
import { bitsOf } from '../support/float-bits.js';

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
