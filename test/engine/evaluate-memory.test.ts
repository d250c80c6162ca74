import test from 'ava';
import {
  bytesAt,
  type Code,
  DATA,
  get,
  gives,
  memory,
  narrow,
  physical,
  put,
  run,
} from '../support/evaluated.js';

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
