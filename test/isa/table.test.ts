import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import seedrandom from 'seedrandom';
import { encodeFields, operandNames, rangeOf } from '../../sim/isa/fields.js';
import { FORMS } from '../../sim/isa/forms.js';
import type { Fields, Row } from '../../sim/isa/row.js';
import { ambiguities, byName, decode, ROWS } from '../../sim/isa/table.js';
import { UNDEFINED_RESULTS } from '../../sim/isa/undefined.js';

/** Random values for the operands of a row. */
function randomOperands(row: Row, random: () => number): Record<string, number> {
  const fields: Record<string, number> = {};
  for (const name of operandNames(row.syntax)) {
    const { low, high, step } = rangeOf(row.form.fields[name]);
    // Other BO values are invalid forms, which binutils does not print.
    if (name === 'BO') fields[name] = [0, 2, 4, 8, 10, 12, 16, 18, 20][Math.floor(random() * 9)];
    else fields[name] = low + step * Math.floor(random() * ((high - low) / step + 1));
  }
  return fields;
}

/** True when `special` fixes all that `row` fixes, and more. */
const specialises = (special: Row, row: Row): boolean =>
  special.mask !== row.mask && (special.mask & row.mask) >>> 0 === row.mask;

test('the table is unambiguous', (t) => {
  t.deepEqual(ambiguities(), []);
});

test('the proof finds seeded faults', (t) => {
  const add = byName('add');
  const wider = { ...add, name: 'wider', mask: (add.mask & ~1) >>> 0 };
  const crossing = { ...add, name: 'crossing', mask: ((add.mask & ~1) | (1 << 21)) >>> 0 };
  t.deepEqual(ambiguities([add, wider]), []);
  t.deepEqual(ambiguities([add, crossing]), ['add and crossing share words']);
  t.deepEqual(ambiguities([add, add]), ['add is there twice', 'add and add share words']);
  t.is(ambiguities([{ ...add, bits: (add.bits | (1 << 21)) >>> 0 }]).length, 1);
});

test('every row decodes from what it encodes to', (t) => {
  const random = seedrandom('round trip');
  for (const row of ROWS) {
    for (let i = 0; i < 60; i++) {
      const fields = randomOperands(row, random);
      const word = encodeFields(row.form, row.bits, fields);
      const decoded = decode(word);
      if (decoded === undefined || (decoded.row !== row && !specialises(decoded.row, row))) {
        t.fail(`${row.name} ${word.toString(16)} decodes as ${decoded?.row.name}`);
        return;
      }
      if (decoded.row !== row) continue;
      for (const [name, value] of Object.entries(fields)) {
        if (decoded.fields[name] !== value) {
          t.fail(`${row.name}: ${name} = ${value} comes back as ${decoded.fields[name]}`);
          return;
        }
      }
      t.is(encodeFields(row.form, row.bits, decoded.fields), word, row.name);
    }
  }
  t.true(ROWS.length > 400);
});

test('syntax names fields of the form, and nothing that is fixed', (t) => {
  for (const row of ROWS) {
    for (const name of operandNames(row.syntax)) t.truthy(row.form.fields[name], `${row.name}: ${name}`);
    t.regex(row.meaning, /^[^\n]+\.$/, row.name);
  }
});

test('fields refuse what does not fit', (t) => {
  const { bits, form } = byName('addi');
  t.throws(() => encodeFields(form, bits, { rD: 32 }), { message: 'rD = 32 is not an integer from 0 to 31' });
  t.throws(() => encodeFields(form, bits, { SIMM: 32768 }), { message: /SIMM = 32768 .* -32768 to 32767/ });
  t.throws(() => encodeFields(FORMS.DS, 0, { ds: 6 }), { message: 'ds = 6 is not a multiple of 4' });
  t.throws(() => encodeFields(FORMS.I, 0, { LI: 0x2000000 }), { instanceOf: RangeError });
  t.throws(() => encodeFields(form, bits, { rX: 1 }), { message: 'form D has no field rX' });
  t.throws(() => encodeFields(FORMS.X, 0, { rD: 1, rS: 2 }), { message: /contradicts/ });
});

test('the more specific row wins', (t) => {
  t.is(decode(0x7ffffb78)?.row.name, 'db16cyc');
  t.is(decode(0x7c210b78)?.row.name, 'cctpl');
  t.is(decode(0x7c631b78)?.row.name, 'cctph');
  t.is(decode(0x7c842378)?.row.name, 'or');
  t.is(decode(0x60000000)?.row.name, 'nop');
  t.is(decode(0x60210000)?.row.name, 'ori');
  t.is(decode(0x7c0004ac)?.row.name, 'sync');
  t.is(decode(0x7c2004ac)?.row.name, 'lwsync');
  t.is(decode(0x7c2007ec)?.row.name, 'dcbz128');
  t.is(decode(0x7c0007ec)?.row.name, 'dcbz');
});

test('words of other machines are no instructions', (t) => {
  const absent = {
    isel: 0x7c64281e,
    popcntb: 0x7c8300f4,
    cmpb: 0x7c832bf8,
    lfiwax: 0x7c2326ae,
    zero: 0,
    vsx: 0xf0000000,
  };
  for (const [name, word] of Object.entries(absent)) t.is(decode(word), undefined, name);
});

test('undefined results name rows', (t) => {
  for (const { rows, what } of UNDEFINED_RESULTS) {
    t.true(rows.length > 0, what);
    for (const name of rows) t.notThrows(() => byName(name));
  }
});

const OBJDUMP = 'powerpc64-linux-gnu-objdump';
const hasBinutils = spawnSync(OBJDUMP, ['--version']).status === 0;
const withBinutils = hasBinutils ? test : test.skip;
const WORDS_A_ROW = 24;

/** Names under which binutils prints rows, where they differ: it knows the word as a case of a wider instruction. */
const PRINTED: Readonly<Record<string, string>> = {
  nop: 'ori',
  lwsync: 'sync',
  dcbz128: 'dcbzl',
  dcbtct: 'dcbt',
  dcbtstct: 'dcbtst',
  cctpl: 'or',
  cctpm: 'or',
  cctph: 'or',
  db8cyc: 'or',
  db10cyc: 'or',
  db12cyc: 'or',
  db16cyc: 'or',
};

const CR_BITS: Readonly<Record<string, number>> = { lt: 0, gt: 1, eq: 2, so: 3, un: 3 };

/** An operand of objdump's as a number: r3, f1, v9, cr2, 4*cr1+eq, -8. */
function operandValue(text: string): number {
  const bit = /^(?:4\*cr(\d)\+)?(lt|gt|eq|so|un)$/.exec(text);
  if (bit) return 4 * Number(bit[1] ?? 0) + CR_BITS[bit[2]];
  return Number(text.replace(/^(r|f|v|cr)(?=\d)/, ''));
}

/** What objdump makes of words at consecutive addresses from 0: mnemonic and operand texts. */
function disassembleByBinutils(
  words: readonly number[],
  cpu = 'cell',
): { name: string; operands: string[] }[] {
  const folder = mkdtempSync(join(tmpdir(), 'xenon-isa-'));
  try {
    const file = join(folder, 'words.bin');
    const bytes = new DataView(new ArrayBuffer(4 * words.length));
    words.forEach((word, i) => {
      bytes.setUint32(4 * i, word);
    });
    writeFileSync(file, bytes);
    const options = [
      '-D',
      '-b',
      'binary',
      '-m',
      'powerpc:common64',
      '-EB',
      `-M${cpu},raw`,
      '--no-show-raw-insn',
    ];
    const text = execFileSync(OBJDUMP, [...options, file], { encoding: 'utf8', maxBuffer: 1 << 28 });
    const lines = text.split('\n').filter((line) => /^\s*[0-9a-f]+:\t/.test(line));
    return lines.map((line) => {
      const [, name, operands] = /:\t(\S+)\s*(.*?)(?:\s+<.*>)?$/.exec(line)!;
      return {
        name: name.replace(/[+-]$/, ''),
        operands: operands.split(/[,()]/).filter((operand) => operand !== ''),
      };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Operand choices that the architecture calls invalid: binutils does not print such words. */
function isInvalidForm(row: Row, fields: Fields): boolean {
  const { rA, rD, FXM, BO } = fields;
  const isUpdate = /^(l|st).*ux?$/.test(row.name) && row.form.name !== 'VX';
  if (isUpdate && (rA === 0 || rA === rD)) return true;
  if (FXM !== undefined && (FXM === 0 || (FXM & (FXM - 1)) !== 0)) return true;
  const lanes = { vspltb: 16, vsplth: 8, vspltw: 4 }[row.name];
  if (lanes !== undefined && fields.UIMM >= lanes) return true;
  if (row.name === 'lmw' && rA >= rD) return true;
  if (row.name === 'lswi' && ((rA - rD) & 31) < Math.ceil((fields.NB || 32) / 4)) return true;
  return row.name.startsWith('bcctr') && (BO & 4) === 0;
}

/** Operands as objdump prints them: branch displacements become addresses. */
function expectedOperands(row: Row, fields: Fields, address: number): number[] {
  return operandNames(row.syntax).map((name) =>
    (name === 'LI' || name === 'BD') && !/a$/.test(row.name) ? address + fields[name] : fields[name],
  );
}

withBinutils(
  `binutils reads every row as we do${hasBinutils ? '' : ' (skipped: no binutils for powerpc64)'}`,
  (t) => {
    const random = seedrandom('binutils');
    // binutils knows no VMX128, and mftb only for older processors.
    const cases = ROWS.filter((row) => !row.form.name.startsWith('VX128') && row.name !== 'mftb')
      .flatMap((row) =>
        Array.from({ length: WORDS_A_ROW }, () => ({ row, fields: randomOperands(row, random) })),
      )
      .filter(({ row, fields }) => !isInvalidForm(row, fields))
      .map(({ row, fields }) => ({ row, fields, word: encodeFields(row.form, row.bits, fields) }));
    const seen = disassembleByBinutils(cases.map(({ word }) => word));
    t.is(seen.length, cases.length);
    const timeBase = [268, 269].map((TBR) => encodeFields(FORMS.XFX, byName('mftb').bits, { rD: 3, TBR }));
    t.deepEqual(disassembleByBinutils(timeBase, 'ppc'), [
      { name: 'mftb', operands: ['r3', '268'] },
      { name: 'mftb', operands: ['r3', '269'] },
    ]);
    const faults: string[] = [];
    cases.forEach(({ row, fields, word }, i) => {
      const { name, operands } = seen[i];
      const told = `${row.name} ${JSON.stringify(fields)} ${word.toString(16)}: ${name} ${operands.join(' ')}`;
      if (name !== (PRINTED[row.name] ?? row.name)) faults.push(told);
      else if (PRINTED[row.name] === undefined && !sameOperands(row, fields, 4 * i, operands))
        faults.push(told);
    });
    t.true(cases.length > 10_000);
    t.deepEqual(faults.slice(0, 20), [], `${faults.length} of ${cases.length} differ`);
  },
);

function sameOperands(row: Row, fields: Fields, address: number, operands: readonly string[]): boolean {
  const expected = expectedOperands(row, fields, address);
  return expected.every((value, i) => {
    const isAddress = /^(LI|BD)$/.test(operandNames(row.syntax)[i]);
    if (isAddress) return BigInt.asIntN(32, BigInt(`0x${operands[i].replace(/^0x/, '')}`)) === BigInt(value);
    return operandValue(operands[i]) === value;
  });
}
