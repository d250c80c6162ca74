import test from 'ava';
import { type Code, get, gives, narrow, ONES, run, wide } from '../support/evaluated.js';

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
