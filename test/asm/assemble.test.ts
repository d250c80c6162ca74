import test from 'ava';
import { type AssembleOptions, assemble } from '../../sim/asm/assemble.js';
import { assembleListing } from '../../sim/asm/listing.js';

const words = (source: string, options: Partial<AssembleOptions> = {}): string[] =>
  [...assemble(source, { file: 'test.s', ...options }).words].map((word) =>
    word.toString(16).padStart(8, '0'),
  );
const bytes = (source: string): number[] => [...assemble(source, { file: 'test.s' }).bytes];

test('instructions and simplified mnemonics', (t) => {
  t.deepEqual(words('add r3,r4,r5'), ['7c642a14']);
  t.deepEqual(words('addi r1, r1, -16'), ['3821fff0']);
  t.deepEqual(words('lwz %r5, 8(%r6)'), ['80a60008']);
  t.deepEqual(words('lwz 5,8(6)'), ['80a60008']);
  t.deepEqual(words('li r3,10; mr r4,r3; nop; blr'), ['3860000a', '7c641b78', '60000000', '4e800020']);
  t.deepEqual(words('slwi. r3,r4,5\nsrdi r3,r4,7'), ['54832835', '7883c9c2']);
  t.deepEqual(words('cmpwi r3,-1\ncmpwi cr6,r3,-1'), ['2c03ffff', '2f03ffff']);
  t.deepEqual(words('cror 4*cr6+eq,lt,4*cr1+so'), ['4f403b82']);
  t.deepEqual(words('rlwinm r3,r4,0,0xff00'), words('rlwinm r3,r4,0,16,23'));
  t.deepEqual(words('rlwinm r3,r4,0,0xf000000f'), words('rlwinm r3,r4,0,28,3'));
});

test('VMX128 registers up to v127; an operand that is also the destination may be written or left out', (t) => {
  t.deepEqual(words('lvx128 v127,r3,r4'), ['13e320cf']);
  t.deepEqual(words('vmaddfp128 v3,v1,v2,v3'), words('vmaddfp128 v3,v1,v2'));
  t.deepEqual(words('vmaddcfp128 v3,v1,v3,v2'), words('vmaddcfp128 v3,v1,v2'));
  t.throws(() => words('vmaddfp128 v3,v1,v2,v4'), { message: /vD of vmaddfp128 stands twice/ });
  t.throws(() => words('vaddfp v32,v1,v2'), { message: /vD of vaddfp is 32, not from 0 to 31/ });
});

test('labels before and after their use, local labels, the location counter', (t) => {
  t.deepEqual(words('start: b end\nnop\nend: b start'), ['48000008', '60000000', '4bfffff8']);
  t.deepEqual(words('1: nop\n1: b 1b\nb 1f\nb 1b\n1: nop').slice(1), [
    '48000000',
    '48000008',
    '4bfffff8',
    '60000000',
  ]);
  t.deepEqual(words('nop\n.long ., . - 4', { base: 0x82000000 }), ['60000000', '82000004', '82000004']);
  t.deepEqual(words('.long table - code\ncode: nop\ntable:'), ['00000004', '60000000']);
});

test('halves of addresses', (t) => {
  const base = 0x8201ff00;
  const source = `lis r3,data@ha\naddi r3,r3,data@l\nori r3,r3,data@l\nlis r4,data@h\nlwz r5,data@l(r3)
    .space 0x1000\ndata:`;
  t.deepEqual(words(source, { base }).slice(0, 5), [
    '3c608202',
    '38630f14',
    '60630f14',
    '3c808202',
    '80a30f14',
  ]);
  t.deepEqual(
    words('lis r3,x@highest\nori r3,r3,x@higher\nli r4,(x+4)@l\nli r4,x+4@l', {
      symbols: { x: 0x123456789abc },
    }),
    ['3c600000', '60631234', '38809ac0', '38809ac0'],
  );
  t.deepEqual(words('lis r3,x@highesta\nori r3,r3,x@highera', { symbols: { x: 0x7fffffff8000 } }), [
    '3c600000',
    '60638000',
  ]);
});

test('expressions bind as in GNU as', (t) => {
  t.deepEqual(words('.long 1+2&3, 2*3|4, 7/2, -7/2, -7%3, 1<<4>>1, ~0, 1==1, 3>4, 5 && 0'), [
    '00000003',
    '00000006',
    '00000003',
    'fffffffd',
    'ffffffff',
    '00000008',
    'ffffffff',
    'ffffffff',
    '00000000',
    '00000000',
  ]);
  t.deepEqual(words(".long 'a, 'b', 0b101, 017, 0x1F"), [
    '00000061',
    '00000062',
    '00000005',
    '0000000f',
    '0000001f',
  ]);
});

test('a percent sign is a remainder after a value and marks a register elsewhere', (t) => {
  t.deepEqual(words('x = 10\n.long x%3, (x)%x, 7 %4\nadd %r3,%r4,%r5'), [
    '00000001',
    '00000000',
    '00000003',
    '7c642a14',
  ]);
});

test('data directives are big-endian', (t) => {
  t.deepEqual(
    bytes('.byte 1,-1\n.short 0x1234\n.long 5\n.quad -2'),
    [1, 255, 0x12, 0x34, 0, 0, 0, 5, 255, 255, 255, 255, 255, 255, 255, 254],
  );
  t.deepEqual(words('.float 1.5, -2, 1e-3\n.double 0.1'), [
    '3fc00000',
    'c0000000',
    '3a83126f',
    '3fb99999',
    '9999999a',
  ]);
  t.deepEqual(bytes('.ascii "a\\n\\101\\x42\\"", "z"\n.asciz "é"'), [97, 10, 65, 66, 34, 122, 0xc3, 0xa9, 0]);
  t.deepEqual(bytes('.byte 1\n.space 2\n.skip 2,7\n.fill 2,2,0x0102'), [1, 0, 0, 7, 7, 1, 2, 1, 2]);
});

test('alignment: nops in code, zeros in data, a branch over more than four nops', (t) => {
  t.deepEqual(words('nop\n.align 4\nnop'), ['60000000', '60000000', '60000000', '60000000', '60000000']);
  t.deepEqual(words('nop\n.align 5').slice(0, 3), ['60000000', '4800001c', '60000000']);
  t.deepEqual(bytes('.data\n.byte 1\n.balign 4\n.byte 2'), [1, 0, 0, 0, 2]);
  t.deepEqual(bytes('.byte 1\n.p2align 2,0xff\n.byte 2\n.p2align 3,,2\n.byte 3'), [1, 255, 255, 255, 2, 3]);
});

test('symbols that are set: the value at the place of use, registers too', (t) => {
  t.deepEqual(words('x = 5\nli r3,x\n.set x,6\nli r3,x\nli r3,y\n.equ y, 7'), [
    '38600005',
    '38600006',
    '38600007',
  ]);
  t.deepEqual(words('.set acc, v127\n.set p, r3\nlvx128 acc,0,p'), words('lvx128 v127,0,r3'));
  t.is(assemble('x = later+4\nnop\nlater:', { file: 'test.s' }).symbols.get('x'), 8);
});

test('macros: arguments, defaults, keywords, required and variable ones, nesting, the invocation counter', (t) => {
  const source = `
    .macro load reg, at=8, base=r1
      lwz \\reg, \\at(\\base)
    .endm
    load r3
    load r4, 12
    load r5, base=r9
    .macro both a:req, rest:vararg
      load \\a
      .long \\rest
      loop\\@: b loop\\@
    .endm
    both r6, 1, 2
    both r7, 3`;
  t.deepEqual(words(source), [
    '80610008',
    '8081000c',
    '80a90008',
    '80c10008',
    '00000001',
    '00000002',
    '48000000',
    '80e10008',
    '00000003',
    '48000000',
  ]);
  t.deepEqual(words('.macro outer n\n.macro inner\n.long \\n\n.endm\n.endm\nouter 5\ninner'), ['00000005']);
  t.deepEqual(words('.macro v n\nvspltisw v\\n\\(), \\n\n.endm\nv 3'), words('vspltisw v3,3'));
});

test('repetitions and conditionals', (t) => {
  t.deepEqual(words('.rept 3\nnop\n.endr'), ['60000000', '60000000', '60000000']);
  t.deepEqual(words('.irp r,3,4,5\nli r\\r,\\r\n.endr'), ['38600003', '38800004', '38a00005']);
  t.deepEqual(words('.irpc d,12\n.long \\d\n.endr'), ['00000001', '00000002']);
  t.deepEqual(words('n=0\n.rept 3\n.long n\nn=n+1\n.endr'), ['00000000', '00000001', '00000002']);
  const choose = (x: number): string[] =>
    words(
      '.if x == 1\n.long 10\n.elseif x == 2\n.long 20\n.if 0\n.long 99\n.endif\n.else\n.long 30\n.endif',
      {
        symbols: { x },
      },
    );
  t.deepEqual([1, 2, 3].flatMap(choose), ['0000000a', '00000014', '0000001e']);
  t.deepEqual(words('.ifdef x\n.long 1\n.endif\n.ifndef x\n.long 2\n.endif'), ['00000002']);
  t.deepEqual(
    words('.macro m a\n.ifb \\a\n.long 1\n.else\n.long 2\n.exitm\n.endif\n.long 3\n.endm\nm\nm 5'),
    ['00000001', '00000003', '00000002'],
  );
  t.deepEqual(words('.macro down n\n.long \\n\n.if \\n\ndown \\n-1\n.endif\n.endm\ndown 2'), [
    '00000002',
    '00000001',
    '00000000',
  ]);
});

test('comments and statement separators', (t) => {
  t.deepEqual(words('nop # one\nnop // two ; nop\nnop /* a\n b */ ; nop\n# only\n.ascii "#;//"'), [
    '60000000',
    '60000000',
    '60000000',
    '60000000',
    '233b2f2f',
  ]);
});

test('included files and symbols from outside', (t) => {
  const include = (name: string): string => (name === 'a.inc' ? 'li r3,outer\nx = 9' : '');
  t.deepEqual(words('.include "a.inc"\nli r4,x', { include, symbols: { outer: 3 } }), [
    '38600003',
    '38800009',
  ]);
});

test('an assembled program knows its base, symbols, labels and source lines', (t) => {
  const source = 'k = 4\nstart: nop\n.macro twice\nnop\nb start\n.endm\ntwice\nlast: .long 1,2';
  const program = assemble(source, { file: 'p.s', base: 0x1000 });
  t.is(program.base, 0x1000);
  t.deepEqual(
    [...program.symbols],
    [
      ['k', 4],
      ['start', 0x1000],
      ['last', 0x100c],
    ],
  );
  t.deepEqual(
    [...program.labels],
    [
      ['start', 0x1000],
      ['last', 0x100c],
    ],
  );
  t.deepEqual(program.lines(0x1000), { file: 'p.s', line: 2, text: 'start: nop' });
  t.is(program.lines(0x1008)?.line, 5);
  t.is(program.lines(0x1012)?.line, 8);
  t.is(program.lines(0xffc), undefined);
  t.is(program.lines(0x1014), undefined);
  t.is(
    assembleListing(program),
    [
      '00001000  60000000  start: nop',
      '00001004  60000000  nop',
      '00001008  4bfffff8  b start',
      '0000100c  00000001  last: .long 1,2',
      '00001010  00000002',
      '',
    ].join('\n'),
  );
});
