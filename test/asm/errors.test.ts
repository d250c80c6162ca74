import test from 'ava';
import seedrandom from 'seedrandom';
import { AssemblyError, assemble } from '../../sim/asm/assemble.js';

/** Faults by source: the line and what the reason must say. */
const FAULTS: readonly [source: string, line: number, reason: RegExp][] = [
  ['nop\nvmadfp128 v1,v2,v3', 2, /unknown mnemonic vmadfp128/],
  ['add r3,r4', 1, /add takes rD,rA,rB; got 2/],
  ['nop\nnop r3', 2, /nop takes no operands; got 1/],
  ['cmpwi r3', 1, /cmpwi takes rA,SIMM or crfD,rA,SIMM; got 1/],
  ['addi r3,r4,32768', 1, /SIMM of addi is 32768, not from -32768 to 32767/],
  ['ori r3,r4,-1', 1, /UIMM of ori is -1, not from 0 to 65535/],
  ['ld r3,6(r4)', 1, /ds of ld is 6, no multiple of 4/],
  ['slwi r3,r4,33', 1, /operand n of slwi is 33, not from 0 to 32/],
  ['srwi r3,r4,32', 1, /of srwi is 32, not from 0 to 31/],
  ['add r3,r4,r32', 1, /undefined symbol r32/],
  ['add r3,r4,%r32', 1, /unknown register %r32/],
  ['add r3,r4,f5', 1, /rB of add is a general register \(r0\.\.r31\), got a floating-point register/],
  ['addi r3,r4,r5', 1, /SIMM of addi is a number, got a general register/],
  ['lwz r3,r4', 1, /operand 2 of lwz is d\(rA\), got r4/],
  ['add r3,r4,8(r5)', 1, /operand 3 of add is rB without parentheses/],
  ['rlwinm r3,r4,0,0x505', 1, /mask 1285 of rlwinm is no single run of ones/],
  ['b far\n.space 0x2000000\nfar:', 1, /b reaches from -33554432 to 33554428 bytes; the target is 33554436/],
  ['beq far\n.space 0x8000\nfar:', 1, /beq reaches from -32768 to 32764 bytes/],
  ['li r3,nowhere', 1, /undefined symbol nowhere/],
  ['nop\nb 1b', 2, /no local label 1: before/],
  ['b 1f', 1, /no local label 1: after/],
  ['a: nop\na: nop', 2, /symbol a is defined already at test\.s:1/],
  ['a: nop\na = 5', 2, /a is a label at test\.s:1/],
  ['a = b\nb = a\nli r3,a', 3, /defined by itself/],
  ['nop\nx = nowhere + 1\nnop', 2, /undefined symbol nowhere/],
  ['r3: nop', 1, /r3 is a register name/],
  ['.equiv a,1\n.equiv a,2', 2, /symbol a is defined already/],
  ['.bite 1', 1, /unknown directive \.bite/],
  ['.byte 256', 1, /256 does not fit 1 byte/],
  ['.long 1/0', 1, /division by zero/],
  ['.long 1 +', 1, /expression expected/],
  ['.long (1', 1, /\) missing/],
  ['.long 12ab', 1, /bad number 12ab/],
  ['.long 089', 1, /bad octal number 089/],
  ['.long x@hi', 1, /unknown suffix @hi/],
  ['.long 5 5', 1, /unexpected 5 in expression/],
  ['.float one', 1, /bad floating-point number one/],
  ['.ascii "abc', 1, /without closing quote/],
  ['.ascii abc', 1, /a string in double quotes is wanted/],
  ['.space -1', 1, /the number of bytes is -1/],
  ['.space 0x7fffffff', 1, /the program would be over/],
  ['.space later\nlater:', 1, /undefined symbol later/],
  ['.balign 3', 1, /bad alignment 3/],
  ['.byte 1\nnop', 2, /instruction at address 0x1/],
  ['nop\n.org 0', 2, /cannot move backwards/],
  ['.include "gone.s"', 1, /may not include/],
  ['.macro m\nnop', 1, /\.macro without \.endm/],
  ['.rept 2\nnop', 1, /\.rept without \.endr/],
  ['.rept -1\n.endr', 1, /count -1 is negative/],
  ['nop\n.endm', 2, /\.endm without \.macro/],
  ['.if 1\nnop', 1, /\.if without \.endif/],
  ['.endif', 1, /\.endif without \.if/],
  ['.if 1\n.else\n.else\n.endif', 3, /\.else after \.else/],
  ['.ifx 1\n.endif', 1, /unknown condition \.ifx/],
  ['.macro m\n.endm\n.macro m\n.endm', 3, /macro m is defined already at test\.s:1/],
  ['.macro m a,a\n.endm', 1, /two parameters a/],
  ['.macro m a:req\n.endm\nm', 3, /macro m needs argument a/],
  ['.macro m a\n.endm\nm 1,2', 3, /macro m takes 1 arguments, got 2/],
  ['nop\n.error "no such luck"', 2, /no such luck/],
  ['nop\n"what"', 2, /a mnemonic, directive or label is wanted/],
];

for (const [source, line, reason] of FAULTS) {
  test(`refused: ${source.replaceAll('\n', ' | ')}`, (t) => {
    const error = t.throws(() => assemble(source, { file: 'test.s' }), { instanceOf: AssemblyError })!;
    t.is(error.file, 'test.s');
    t.is(error.line, line);
    t.is(error.text, source.split('\n')[line - 1]);
    t.regex(error.reason, reason);
    t.true(error.message.startsWith(`test.s:${line}: ${error.reason}`));
    t.true(error.message.includes(error.text.trim()));
  });
}

const suggestionFor = (source: string): string | undefined => {
  try {
    assemble(source, { file: 'test.s' });
  } catch (error) {
    return (error as AssemblyError).suggestion;
  }
  return undefined;
};

test('slips are answered with the nearest name', (t) => {
  t.is(suggestionFor('vmadfp128 v1,v2,v3'), 'vmaddfp128');
  t.is(suggestionFor('dadd r1,r2,r3'), 'add');
  t.is(suggestionFor('bdzn 0'), 'bdnz');
  t.is(suggestionFor('.logn 1'), '.long');
  t.is(suggestionFor('lopo_end: b loop_end'), 'lopo_end');
  t.is(suggestionFor('xyzzyplugh r1'), undefined);
});

test('a fault inside macros names the line of the body and every invocation', (t) => {
  const source = '.macro inner r\n  addi \\r, \\r, 40000\n.endm\n.macro outer\n  inner r5\n.endm\nnop\nouter';
  const error = t.throws(() => assemble(source, { file: 'm.s' }), { instanceOf: AssemblyError })!;
  t.is(error.line, 2);
  t.is(
    error.message,
    [
      'm.s:2: operand SIMM of addi is 40000, not from -32768 to 32767',
      '    addi \\r, \\r, 40000',
      '    = addi r5, r5, 40000',
      '  from macro inner at m.s:5:',
      '    inner r5',
      '  from macro outer at m.s:8:',
      '    outer',
    ].join('\n'),
  );
});

test('a fault in an included file names that file and where it was included', (t) => {
  const include = (): string => 'nop\naddd r1,r2,r3';
  const error = t.throws(() => assemble('.include "part.s"', { file: 'whole.s', include }), {
    instanceOf: AssemblyError,
  })!;
  t.is(error.file, 'part.s');
  t.regex(error.message, /^part\.s:2: unknown mnemonic addd \(did you mean add\?\)\n/);
  t.regex(error.message, /from \.include at whole\.s:1/);
});

test('endless recursion and repetition end with a fault', (t) => {
  const recursion = t.throws(() => assemble('.macro m\nm\n.endm\nm', { file: 'test.s' }), {
    instanceOf: AssemblyError,
  })!;
  t.regex(recursion.reason, /nested more than 100 deep/);
  t.true(recursion.message.length < 2000);
  const include = (): string => '.include "x"';
  t.throws(() => assemble('.include "x"', { file: 'test.s', include }), {
    message: /nested more than 100 deep/,
  });
  t.throws(() => assemble('.rept 1<<40\n\n.rept 1<<40\nx=1\n.endr\n.endr', { file: 'test.s' }), {
    message: /more than 1000000 statements/,
  });
});

test('no garbage makes the assembler fail in any other way', (t) => {
  const random = seedrandom('garbage');
  const source = FAULTS.slice(0, 40)
    .map(([text]) => text)
    .join('\n');
  const characters = ' ,()@#"\';\\:.%+-*/<>=0189rvxbf\n';
  const below = (limit: number): number => Math.floor(random() * limit);
  let refused = 0;
  for (let i = 0; i < 3000; i++) {
    const start = below(source.length);
    let text = source.slice(start, start + 120);
    for (let j = 0; j < 4; j++) {
      const at = below(text.length);
      text = text.slice(0, at) + characters[below(characters.length)] + text.slice(at + below(3));
    }
    try {
      assemble(text, { file: 'test.s' });
    } catch (error) {
      if (!(error instanceof AssemblyError)) t.fail(`${JSON.stringify(text)}: ${error}`);
      refused++;
    }
  }
  t.true(refused > 1000);
});
