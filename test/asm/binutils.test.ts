import test from 'ava';
import seedrandom from 'seedrandom';
import { AssemblyError, assemble } from '../../sim/asm/assemble.js';
import { disassemble } from '../../sim/asm/disassemble.js';
import { isAbsolute, kindOf, slotsOf } from '../../sim/asm/operands.js';
import { type Simplified, simplified } from '../../sim/asm/simplified.js';
import { encodeFields } from '../../sim/isa/fields.js';
import type { Row } from '../../sim/isa/row.js';
import { ROWS, rowOf } from '../../sim/isa/table.js';
import { gnuAssemble, gnuDisassemble, gnuWords, haveBinutils } from './binutils.js';
import { operandSets, wordsOf } from './samples.js';

const reason = haveBinutils ? '' : ' (skipped: binutils for powerpc64-linux-gnu is not installed)';
const maybe = haveBinutils ? test : test.skip;

/** GNU as knows no VMX128. */
const gnuRows = ROWS.filter((row) => !row.form.name.startsWith('VX128'));

/** Invalid forms and reserved operands that GNU as refuses and we encode as they are written. */
const REFUSED_BY_GNU = [
  /^invalid register operand when updating$/,
  /^invalid conditional option$/,
  /^invalid counter access$/,
  /^(index|address) register in load range$/,
  /^invalid TH value$/,
  /^invalid tbr number$/,
  /^invalid mask field$/,
  /^operand out of range/,
  /^source and target register operands must be different$/,
];

/** Operands as bare numbers, branch targets relative to the place. */
function numericText(row: Row, fields: Readonly<Record<string, number>>): string {
  const one = (name: string): string =>
    kindOf(name) === 'target' && !isAbsolute(row) ? `.+(${fields[name]})` : String(fields[name]);
  const operands = slotsOf(row.syntax).map(({ name, base }) =>
    base ? `${one(name)}(${one(base)})` : one(name),
  );
  return `${row.name} ${operands.join(',')}`.trim();
}

/**
 * The same line for GNU as: it has another name for the 128-byte dcbz, and for Cell it reads the time base through
 * mfspr, for other PowerPCs by the word that is in the table.
 */
const forGnu = (line: string): string =>
  line.startsWith('mftb')
    ? `.machine push; .machine ppc64; ${line}; .machine pop`
    : line.replace('dcbz128', 'dcbzl');

const ourWord = (line: string): number | string => {
  try {
    return assemble(line, { file: 'x' }).words[0];
  } catch (error) {
    if (error instanceof AssemblyError) return error.reason;
    throw error;
  }
};

maybe(`every base and AltiVec row: words equal GNU as, operands as numbers${reason}`, (t) => {
  const cases = gnuRows.flatMap((row) =>
    operandSets(row, 16)
      .filter((fields) => rowOf(encodeFields(row.form, row.bits, fields)) === row)
      .map((fields) => ({ row, line: numericText(row, fields) })),
  );
  const results = gnuWords(cases.map(({ line }) => forGnu(line)));
  const accepted = new Map<Row, number>();
  cases.forEach(({ row, line }, i) => {
    const gnu = results[i];
    if ('error' in gnu) {
      t.true(
        REFUSED_BY_GNU.some((pattern) => pattern.test(gnu.error)),
        `${line}: GNU as says ${gnu.error}`,
      );
      return;
    }
    accepted.set(row, (accepted.get(row) ?? 0) + 1);
    if (ourWord(line) !== gnu.word) t.fail(`${line}: ${ourWord(line)}, GNU as has ${gnu.word}`);
  });
  for (const row of gnuRows) t.true((accepted.get(row) ?? 0) > 0, `GNU as takes no form of ${row.name}`);
  t.true(cases.length > 15_000, `only ${cases.length} cases`);
});

maybe(`every base and AltiVec row: words equal GNU as, in the text of the disassembler${reason}`, (t) => {
  const words = gnuRows.flatMap((row) => wordsOf(row, 16));
  const lines = words.map((word) => disassemble(word).text);
  // A bare number as target is a displacement to GNU as and an address to us; lines stand at different addresses.
  const relative = (line: string, word: number): string => {
    const row = rowOf(word)!;
    const target = kindOf(slotsOf(row.syntax).at(-1)?.name ?? '') === 'target';
    return target
      ? line
          .replace(/0x[0-9a-f]+$/, (text) => (isAbsolute(row) ? '' : '.+') + String(Number(text) | 0))
          .replace('.+-', '.-')
      : line;
  };
  const results = gnuWords(lines.map((line, i) => forGnu(relative(line, words[i]))));
  results.forEach((gnu, i) => {
    if ('error' in gnu)
      t.true(
        REFUSED_BY_GNU.some((pattern) => pattern.test(gnu.error)),
        `${lines[i]}: ${gnu.error}`,
      );
    else if (gnu.word !== words[i]) t.fail(`${lines[i]}: ${words[i]}, GNU as has ${gnu.word}`);
  });
});

/** Valid operand texts of a simplified mnemonic; `n` and `b` come together so that they fit each other. */
function operandTexts(one: Simplified, name: string, random: () => number): string {
  const pick = (...choices: readonly string[]): string => choices[Math.floor(random() * choices.length)];
  const any = (count: number): string => String(Math.floor(random() * count));
  switch (kindOf(name)) {
    case 'gpr':
      return pick('r0', 'r31', '%r7', any(32), `r${any(32)}`);
    case 'vr':
      return pick('v0', 'v31', `v${any(32)}`);
    case 'crf':
      return pick('cr0', 'cr7', any(8), `cr${any(8)}`);
    case 'crBit':
      return pick('lt', 'so', '4*cr7+un', 'gt', '4*cr1+eq', `cr${any(8)}*4+gt`, any(32));
    case 'target':
      return isAbsolute(one.row)
        ? pick('0x1000', '0x7ffc', '-32768', '-4', '0')
        : pick('.', '.+0x7ffc', '.-0x8000', '.+8', '.-4');
    default:
      break;
  }
  // Corners, and some beyond: what GNU as refuses we must refuse too. (It takes cmplwi r3,-1 to compare with 65535;
  // we refuse that.)
  if (name === 'UIMM') return pick('0', '1', '65535', '0x7fff', '32768', '65536');
  if (name === 'SIMM' || name === 'd') {
    return pick('0', '1', '-1', '32767', '-32768', '0x7fff', '32768', '65535', '-32769', '65536', '-65536');
  }
  if (name === 'FXM') return String(1 << Number(any(8)));
  return any(8);
}

/** Bit counts and positions that a rotate mnemonic can take. */
function bitOperands(one: Simplified, random: () => number): Record<string, number> {
  const width = one.row.form.name.startsWith('MD') ? 64 : 32;
  const names = one.slots.map((slot) => slot.name);
  const upTo = (limit: number): number => Math.floor(random() * (limit + 1));
  if (!names.includes('b')) return { n: upTo(width - 1) };
  if (one.name.startsWith('clr')) {
    const b = upTo(width - 1);
    return { b, n: upTo(b) };
  }
  const n = 1 + upTo(width - 2);
  return { n, b: upTo(width - n) };
}

maybe(`every simplified mnemonic: words equal GNU as, and both refuse the same operands${reason}`, (t) => {
  const random = seedrandom('simplified mnemonics');
  const lines = [...simplified().byMnemonic.values()].flat().flatMap((one) =>
    Array.from({ length: one.slots.length === 0 ? 1 : 16 }, () => {
      const bits = bitOperands(one, random);
      const text = (name: string): string => String(bits[name] ?? operandTexts(one, name, random));
      const operands = one.slots.map(({ name, base }) =>
        base ? `${text(name)}(${text(base)})` : text(name),
      );
      return `${one.name} ${operands.join(',')}`.trim();
    }),
  );
  const results = gnuWords(lines.map(forGnu));
  let words = 0;
  results.forEach((gnu, i) => {
    const ours = ourWord(lines[i]);
    if ('error' in gnu) {
      t.is(typeof ours, 'string', `${lines[i]}: GNU as says ${gnu.error}, we make ${ours}`);
    } else {
      words++;
      if (ours !== gnu.word) t.fail(`${lines[i]}: ${ours}, GNU as has ${gnu.word}`);
    }
  });
  t.true(words > 8000, `only ${words} words`);
});

/** objdump names these differently, or shows reserved encodings as data or by their valid neighbours. */
const OBJDUMP_DIFFERS =
  /^(b\w*|dcbtct|dcbtstct|dcbt|dcbtst|dcbz128|mtfsfi\.?|sync|mfocrf|mtocrf|mftbu?|\.long)( |$)|^(l|st)\w+ux? |^lmw |^lswi |^vsplt/;

/** mfspr of the time base, which objdump calls mftb. */
const readsTimeBase = (word: number): boolean =>
  [0x7c0c42a6, 0x7c0d42a6].includes((word & ~(31 << 21)) >>> 0);

maybe(`the disassembler's text is objdump's${reason}`, (t) => {
  const words = gnuRows.flatMap((row) => wordsOf(row, 4));
  const normal = (text: string): string =>
    text
      .trim()
      .replace(/\s+/g, ' ')
      .replace(/^(mtfsfi\.?) cr/, '$1 ')
      .replace(/0xf{8}(?=[0-9a-f]{8}$)/, '0x');
  let compared = 0;
  gnuDisassemble(words).forEach((theirs, i) => {
    const ours = normal(disassemble(words[i], 4 * i).text);
    if (normal(theirs) !== ours && !OBJDUMP_DIFFERS.test(ours) && !readsTimeBase(words[i]))
      t.fail(`${words[i].toString(16)}: ${ours} | ${theirs}`);
    if (normal(theirs) === ours) compared++;
  });
  t.true(compared > 0.94 * words.length, `only ${compared} of ${words.length} are the same`);
});

const PROGRAM = `
.set stride, 16
.set pointer, 4
.equ limit, (1 << 12) - stride * 2 | 3
big = 0x12348765
  .text
  .globl start
start:
  lis r3, big@ha
  addi r3, r3, big@l
  ori r3, r3, big@l
  lwz r5, (big+4)@l(r3)
  oris r3, r3, big@h
  lis 9, 0xffff8000@ha
  li r6, table - start
  b 2f
1: addi pointer, pointer, stride
  cmpwi cr6, pointer, limit & 0x7ff
  bne- cr6, 1b
  beq+ 2f
  bdnz 1b
2: bl outer_end
  .align 4
.macro dot acc, a=v1, b:req, n=2
  .rept \\n
    vmaddfp \\acc, \\a, \\b, \\acc
  .endr
.endm
.macro unrolled count, rest:vararg
  .if \\count
    dot v\\count, b=v\\count
    dot v3, v4, v5, 1
    unrolled (\\count-1), \\rest
  .else
    .long \\rest
  .endif
.endm
outer:
  dot v0, , v2
  dot v7 b=v8 n=3
  .macro inner x
loop\\@: addi r\\x, r\\x, \\x
  cmpwi r\\x, 'a'
  blt loop\\@
  .endm
  inner 4; inner 5
  inner 6 ; /* comment */ nop # more
outer_end:
  .irp reg, 14, 15, 16, 17
  std r\\reg, (\\reg - 14) * 8 + 8(r1)
  .endr
  .irpc digit, 357
  li r\\digit, \\digit\\()0
  .endr
counter = 0
  .rept 5
  stw counter + 20, counter * 4 (1)
  counter = counter + 1
  .endr
  .ifdef big
  xori r3, r3, 1
  .else
  xori r3, r3, 2
  .endif
  .ifndef nothing
  .ifc "abc", "abc"
  nop
  .endif
  .endif
  .balign 64
  blr
  .p2align 3
  blr
  .p2align 6,,16
  blr
  .balign 32, 0xee
table:
  .byte 1, 2, -1, 'x'
  .balign 2
  .short 0x1234, limit
  .align 2
  .long 1, table - outer, 1b - 1b, ~5, -7 / 2, -7 % 4, 10 >> 1 + 1, 3 == 3, 2 > 3, 6 ^ 3
  .quad 0x123456789abcdef0, -1 >> 4
  .float 1.5, -0.1, 3.4028235e38, 1e-45, inf, nan
  .double 0.1, -2.5e-300
  .ascii "tab\\t\\101\\x41\\"q\\\\", "two"
  .asciz "zero"
  .string "s1", "s2"
  .space 5, 0xaa
  .fill 3, 2, 0x0102
  .zero 3
  .skip 2
`;

maybe(`a whole program is the same bytes as from GNU as${reason}`, (t) => {
  const ours = assemble(PROGRAM, { file: 'program.s' });
  const { bytes, errors } = gnuAssemble(PROGRAM);
  t.deepEqual([...errors], []);
  const firstDifference = [...ours.bytes].findIndex((byte, i) => byte !== bytes[i]);
  t.is(firstDifference, -1, `first difference at ${firstDifference}: ${ours.lines(firstDifference)?.text}`);
  t.is(ours.bytes.length, bytes.length);
  t.true(ours.bytes.length > 350, `${ours.bytes.length} bytes`);
});
