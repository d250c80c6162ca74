import test from 'ava';
import { assemble } from '../../sim/asm/assemble.js';
import { disassemble, nameOfAddress } from '../../sim/asm/disassemble.js';
import { disassembleListing } from '../../sim/asm/listing.js';
import { encodeFields } from '../../sim/isa/fields.js';
import { byName, decode, ROWS } from '../../sim/isa/table.js';
import { wordsOf } from './samples.js';

const text = (word: number, address = 0): string => disassemble(word, address).text;

/** Words by the text objdump gives them (blanks apart). */
const TEXTS: readonly [word: number, text: string][] = [
  [0x3860000a, 'li r3,10'],
  [0x3c60ffff, 'lis r3,-1'],
  [0x38610008, 'addi r3,r1,8'],
  [0x7c641b78, 'mr r4,r3'],
  [0x60000000, 'nop'],
  [0x4e800020, 'blr'],
  [0x4e800421, 'bctrl'],
  [0x2f03ffff, 'cmpwi cr6,r3,-1'],
  [0x2c23ffff, 'cmpdi r3,-1'],
  [0x7c032040, 'cmplw r3,r4'],
  [0x54832834, 'slwi r3,r4,5'],
  [0x5483f87e, 'srwi r3,r4,1'],
  [0x5483063e, 'clrlwi r3,r4,24'],
  [0x78831f24, 'sldi r3,r4,3'],
  [0x7883e8c2, 'srdi r3,r4,3'],
  [0x50831234, 'rlwimi r3,r4,2,8,26'],
  [0x7c6802a6, 'mflr r3'],
  [0x7c6903a6, 'mtctr r3'],
  [0x4c00012c, 'isync'],
  [0x7c2004ac, 'lwsync'],
  [0x7ffffb78, 'db16cyc'],
  [0x7c210b78, 'cctpl'],
  [0x4c421182, 'crclr eq'],
  [0x4cc63242, 'crset 4*cr1+eq'],
  [0x80650008, 'lwz r3,8(r5)'],
  [0x80600008, 'lwz r3,8(0)'],
  [0x7c6020ce, 'lvx v3,0,r4'],
  [0xfc2018fa, 'fmadd f1,f0,f3,f3'],
  [0x10642484, 'vmr v3,v4'],
  [0x00000000, '.long 0x00000000'],
  [0xffffffff, 'fnmadd. f31,f31,f31,f31'],
  [0x7fe01120, '.long 0x7fe01120  # mtcrf 1,r31'],
];

test('text of common instructions, simplified as objdump does', (t) => {
  for (const [word, wanted] of TEXTS) t.is(text(word), wanted);
});

test('branch targets are addresses; a symbol table names them', (t) => {
  t.is(text(0x4bfffff8, 0x82000010), 'b 0x82000008');
  t.is(text(0x409effe8, 0x20), 'bne cr7,0x8');
  t.is(text(0x4200fff8, 0x4), 'bdnz 0xfffffffc');
  t.is(text(0x41fd0010, 0), 'bgt+ cr7,0x10');
  t.is(text(0x48000103, 0x5000), 'bla 0x100');
  const symbols = new Map([
    ['start', 0x100],
    ['loop', 0x120],
  ]);
  t.is(disassemble(0x48000020, 0x100, symbols).text, 'b 0x120  # <loop>');
  t.is(disassemble(0x48000024, 0x100, symbols).text, 'b 0x124  # <loop+0x4>');
  t.is(nameOfAddress(0xff, symbols), undefined);
  t.is(nameOfAddress(0x11c, symbols), 'start+0x1c');
});

test('a listing has labels and the bytes that make no word', (t) => {
  const listing = disassembleListing(Uint8Array.of(0x60, 0, 0, 0, 1, 2), 0x1000, new Map([['go', 0x1000]]));
  t.is(listing, '00001000 <go>:\n00001000  60000000  nop\n00001004            .byte 0x01,0x02\n');
});

/** Assembles each text at address 0 of its own. */
function roundTrip(words: readonly number[]): string[] {
  const lines = words.map((word, i) => text(word, 4 * i));
  const again = assemble(lines.join('\n'), { file: 'round.s' }).words;
  return words.flatMap((word, i) =>
    again[i] === word ? [] : [`${word.toString(16)} -> ${lines[i]} -> ${again[i].toString(16)}`],
  );
}

test('assembling the text of any instruction gives its word again: every row, corners and random operands', (t) => {
  let count = 0;
  for (const row of ROWS) {
    const words = wordsOf(row, 20);
    t.true(words.length > 0, row.name);
    for (const word of words) t.is(decode(word)?.row.name, row.name);
    t.deepEqual(roundTrip(words), []);
    count += words.length;
  }
  t.true(count > 20_000, `only ${count} words`);
});

test('repeated operands are written out as the table has them', (t) => {
  const row = byName('vmaddfp128');
  t.is(text(encodeFields(row.form, row.bits, { vD: 127, vA: 64, vB: 33 })), 'vmaddfp128 v127,v64,v33,v127');
});
