import test from 'ava';
import { rows as altivecRows } from '../../sim/isa/altivec.js';
import { encodeRow } from '../../sim/isa/fields.js';
import { decode } from '../../sim/isa/table.js';
import { rows } from '../../sim/isa/vmx128.js';

/**
 * Mnemonic (with a dot where a recording form exists too), word, mask (without the record bit), form:
 * collected from the public tables independently of the rows.
 */
const TABLE = `
  lvsl128 10000003 FC0007F3 VX128_1
  vsldoi128 10000010 FC000010 VX128_5
  lvsr128 10000043 FC0007F3 VX128_1
  lvewx128 10000083 FC0007F3 VX128_1
  lvx128 100000C3 FC0007F3 VX128_1
  stvewx128 10000183 FC0007F3 VX128_1
  stvx128 100001C3 FC0007F3 VX128_1
  lvxl128 100002C3 FC0007F3 VX128_1
  stvxl128 100003C3 FC0007F3 VX128_1
  lvlx128 10000403 FC0007F3 VX128_1
  lvrx128 10000443 FC0007F3 VX128_1
  stvlx128 10000503 FC0007F3 VX128_1
  stvrx128 10000543 FC0007F3 VX128_1
  lvlxl128 10000603 FC0007F3 VX128_1
  lvrxl128 10000643 FC0007F3 VX128_1
  stvlxl128 10000703 FC0007F3 VX128_1
  stvrxl128 10000743 FC0007F3 VX128_1
  vperm128 14000000 FC000210 VX128_2
  vaddfp128 14000010 FC0003D0 VX128
  vsubfp128 14000050 FC0003D0 VX128
  vmulfp128 14000090 FC0003D0 VX128
  vmaddfp128 140000D0 FC0003D0 VX128
  vmaddcfp128 14000110 FC0003D0 VX128
  vnmsubfp128 14000150 FC0003D0 VX128
  vmsum3fp128 14000190 FC0003D0 VX128
  vmsum4fp128 140001D0 FC0003D0 VX128
  vpkshss128 14000200 FC0003D0 VX128
  vand128 14000210 FC0003D0 VX128
  vpkshus128 14000240 FC0003D0 VX128
  vandc128 14000250 FC0003D0 VX128
  vpkswss128 14000280 FC0003D0 VX128
  vnor128 14000290 FC0003D0 VX128
  vpkswus128 140002C0 FC0003D0 VX128
  vor128 140002D0 FC0003D0 VX128
  vpkuhum128 14000300 FC0003D0 VX128
  vxor128 14000310 FC0003D0 VX128
  vpkuhus128 14000340 FC0003D0 VX128
  vsel128 14000350 FC0003D0 VX128
  vpkuwum128 14000380 FC0003D0 VX128
  vslo128 14000390 FC0003D0 VX128
  vpkuwus128 140003C0 FC0003D0 VX128
  vsro128 140003D0 FC0003D0 VX128
  vcmpeqfp128. 18000000 FC000390 VX128_R
  vrlw128 18000050 FC0003D0 VX128
  vcmpgefp128. 18000080 FC000390 VX128_R
  vslw128 180000D0 FC0003D0 VX128
  vcmpgtfp128. 18000100 FC000390 VX128_R
  vsraw128 18000150 FC0003D0 VX128
  vcmpbfp128. 18000180 FC000390 VX128_R
  vsrw128 180001D0 FC0003D0 VX128
  vcmpequw128. 18000200 FC000390 VX128_R
  vpermwi128 18000210 FC000630 VX128_P
  vcfpsxws128 18000230 FC0007F0 VX128_3
  vcfpuxws128 18000270 FC0007F0 VX128_3
  vmaxfp128 18000280 FC0003D0 VX128
  vcsxwfp128 180002B0 FC0007F0 VX128_3
  vminfp128 180002C0 FC0003D0 VX128
  vcuxwfp128 180002F0 FC0007F0 VX128_3
  vmrghw128 18000300 FC0003D0 VX128
  vrfim128 18000330 FC0007F0 VX128_3
  vmrglw128 18000340 FC0003D0 VX128
  vrfin128 18000370 FC0007F0 VX128_3
  vupkhsb128 18000380 FC0007F0 VX128
  vrfip128 180003B0 FC0007F0 VX128_3
  vupklsb128 180003C0 FC0007F0 VX128
  vrfiz128 180003F0 FC0007F0 VX128_3
  vpkd3d128 18000610 FC000730 VX128_4
  vrefp128 18000630 FC0007F0 VX128_3
  vrsqrtefp128 18000670 FC0007F0 VX128_3
  vexptefp128 180006B0 FC0007F0 VX128_3
  vlogefp128 180006F0 FC0007F0 VX128_3
  vrlimi128 18000710 FC000730 VX128_4
  vspltw128 18000730 FC0007F0 VX128_3
  vspltisw128 18000770 FC0007F0 VX128_3
  vupkhsh128 180007A0 FC0007F0 VX128
  vupklsh128 180007E0 FC0007F0 VX128
  vupkd3d128 180007F0 FC0007F0 VX128_3
`;
const table = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(' '))
  .map(([name, word, mask, form]) => ({
    name: name.replace('.', ''),
    records: name.endsWith('.'),
    word: Number.parseInt(word, 16),
    mask: Number.parseInt(mask, 16),
    form,
  }));
const RECORD = 0x40;

const named = (name: string) => rows.find((row) => row.name === name);
const unsigned = (n: number) => n >>> 0;

test('there are 77 instructions, five of them with a recording form', (t) => {
  t.is(table.length, 77);
  t.is(table.filter(({ records }) => records).length, 5);
  const names = table.flatMap(({ name, records }) => (records ? [name, `${name}.`] : [name]));
  t.deepEqual(rows.map((row) => row.name).sort(), names.sort());
});

test('every row has the published word, mask and form', (t) => {
  for (const { name, records, word, mask, form } of table) {
    const row = named(name)!;
    t.is(unsigned(row.bits), word, name);
    t.is(unsigned(row.mask), records ? unsigned(mask | RECORD) : mask, name);
    t.is(row.form.name, form, name);
    if (records) {
      t.is(unsigned(named(`${name}.`)!.bits), unsigned(word | RECORD), name);
      t.is(unsigned(named(`${name}.`)!.mask), unsigned(mask | RECORD), name);
    }
  }
});

test('no two rows of VMX128 and AltiVec share a word', (t) => {
  const all = [...altivecRows, ...rows];
  const shared: string[] = [];
  all.forEach((a, i) => {
    for (const b of all.slice(i + 1)) {
      if (((a.bits ^ b.bits) & a.mask & b.mask) === 0) shared.push(`${a.name} ${b.name}`);
    }
  });
  t.deepEqual(shared, []);
});

test('seven-bit registers are scattered as published', (t) => {
  const all = { vD: 127, vA: 127, vB: 127 };
  t.is(encodeRow(named('vaddfp128')!, all), 0x17fffc3f);
  t.is(encodeRow(named('vaddfp128')!, { vD: 32, vA: 0, vB: 0 }), 0x14000014);
  t.is(encodeRow(named('vaddfp128')!, { vD: 64, vA: 0, vB: 0 }), 0x14000018);
  t.is(encodeRow(named('vaddfp128')!, { vD: 0, vA: 32, vB: 0 }), 0x14000030);
  t.is(encodeRow(named('vaddfp128')!, { vD: 0, vA: 64, vB: 0 }), 0x14000410);
  t.is(encodeRow(named('vaddfp128')!, { vD: 0, vA: 0, vB: 32 }), 0x14000011);
  t.is(encodeRow(named('vaddfp128')!, { vD: 0, vA: 0, vB: 64 }), 0x14000012);
  t.is(encodeRow(named('lvx128')!, { vD: 127, rA: 3, rB: 4 }), 0x13e320cf);
  t.is(encodeRow(named('vperm128')!, { vD: 1, vA: 2, vB: 3, vC: 7 }), 0x142219c0);
  t.is(encodeRow(named('vsldoi128')!, { vD: 1, vA: 2, vB: 3, SH: 15 }), 0x10221bd0);
  t.is(encodeRow(named('vpermwi128')!, { vD: 1, vB: 3, PERM: 0xe4 }), 0x18241bd0);
  t.is(encodeRow(named('vpkd3d128')!, { vD: 1, vB: 3, TYPE: 5, PACK: 2, ROT: 3 }), 0x18361ed0);
  t.is(encodeRow(named('vspltisw128')!, { vD: 1, SIMM: -1 }), 0x183f0770);
});

test('a printed word decodes to its operands', (t) => {
  // A word that one public assembler takes for ROT 0: it is ROT 1.
  const decoded = decode(0x188f1f50)!;
  t.is(decoded.row.name, 'vrlimi128');
  t.like(decoded.fields, { vD: 4, vB: 3, MASK: 15, ROT: 1 });
});

test('AltiVec has the Cell twins of the left and right accesses', (t) => {
  const twins = {
    lvlx: 519,
    lvrx: 551,
    stvlx: 647,
    stvrx: 679,
    lvlxl: 775,
    lvrxl: 807,
    stvlxl: 903,
    stvrxl: 935,
  };
  for (const [name, extended] of Object.entries(twins)) {
    const row = altivecRows.find((candidate) => candidate.name === name)!;
    t.is(unsigned(row.bits), unsigned((31 << 26) | (extended << 1)), name);
    t.is(unsigned(row.mask), 0xfc0007ff, name);
    t.is(row.timing, named(`${name}128`)!.timing, name);
  }
});

test('twins share timing class', (t) => {
  const pairs = rows.filter((row) => altivecRows.some((twin) => twin.name === row.name.replace('128', '')));
  t.true(pairs.length >= 60, `${pairs.length} pairs`);
  for (const row of pairs) {
    t.is(row.timing, altivecRows.find((twin) => twin.name === row.name.replace('128', ''))!.timing, row.name);
  }
});

test('the integer multiply-sum family decodes as illegal', (t) => {
  const illegal = altivecRows.filter((row) => row.timing === 'illegal').map((row) => row.name);
  t.is(illegal.length, 22);
  t.true(illegal.includes('vmsumshm') && illegal.includes('vmuloub') && illegal.includes('vsumsws'));
});
