import test from 'ava';
import { assemble } from '../../sim/asm/assemble.js';
import { constantsOf } from '../../sim/engine/region-constants.js';
import { layOut } from '../../sim/engine/region-layout.js';
import { findRegion } from '../../sim/engine/regions.js';

const BASE = 0x1000;

function regionOf(source: string, entry = 'start', limit?: number) {
  const { words, symbols } = assemble(source, { file: 'region.s', base: BASE });
  const region = findRegion(
    symbols.get(entry)!,
    (pc) => words[(pc - BASE) / 4],
    true,
    () => false,
    limit,
  );
  const names = new Map([...symbols].map(([name, at]) => [at, name]));
  return {
    region,
    layout: (isFlat?: boolean) => layOut(region, isFlat),
    name: (pc: number) => names.get(pc) ?? pc.toString(16),
  };
}

test('blocks follow direct branches and straight lines, and end at calls, returns and sync', (t) => {
  const { region, name } = regionOf(`
    start: cmpwi 3,0
           beq  zero
    one:   addi 4,4,1
           blr
    zero:  bl   start
    back:  lwarx 5,0,3
  `);
  t.deepEqual(
    region.blocks.map(({ pc, end }) => [name(pc), end.kind]),
    [
      ['start', 'branch'],
      ['one', 'indirect'],
      ['zero', 'branch'],
    ],
  );
  t.is(region.blocks[0].instructions.length, 2);
});

test('a synchronising instruction is executed alone: before it the block ends, at it the region is empty', (t) => {
  const source = `
    start: addi 3,3,1
           lwsync
    next:  stwcx. 3,0,4
           sc
  `;
  const { region } = regionOf(source);
  t.deepEqual(region.blocks[0].end, { kind: 'sync', pc: BASE + 4 });
  t.is(regionOf(source, 'next').region.end, 'sync');
  t.is(regionOf(source, 'next').region.blocks.length, 0);
  const endOf = (instruction: string) => regionOf(`start: ${instruction}\n sc`).region.end;
  const alone = ['lwarx 3,0,4', 'ldarx 3,0,4', 'stwcx. 3,0,4', 'stdcx. 3,0,4', 'sync', 'lwsync', 'eieio'];
  for (const one of [...alone, 'cctpl', 'cctpm', 'cctph']) t.is(endOf(one), 'sync', one);
  for (const one of ['db16cyc', 'isync', 'stw 3,0(4)']) t.not(endOf(one), 'sync', one);
});

test('straight-line flow into a multiple of 256 bytes may yield, a branch forward may not', (t) => {
  const { region, name } = regionOf(
    `
    start: cmpwi 3,0
           beq  far
           .space 240, 0
           .align 2
    before: nop
    block: nop
           nop
    far:   b block
  `.replace('.space 240, 0', Array(61).fill('nop').join('\n')),
  );
  t.is(name(0x1100), 'block');
  const before = region.blocks.find((b) => b.end.kind === 'fall' && b.end.next.pc === 0x1100)!;
  t.true(before.end.kind === 'fall' && before.end.next.yields);
  const [first] = region.blocks;
  t.true(first.end.kind === 'branch' && !first.end.taken.yields);
  const far = region.blocks.find((b) => name(b.pc) === 'far')!;
  t.true(far.end.kind === 'branch' && far.end.taken.yields);
});

const CROSSING_LOOPS = `
    start: nop
    a:     nop
    b:     addi 3,3,1
           bdnz b
           cmpwi 3,5
           beq a
    c:     nop
           cmpwi 3,6
           beq c
           cmpwi 3,7
           beq b
           sc
  `;

test('loops nest, crossing ones are made to', (t) => {
  const { layout: made, name } = regionOf(CROSSING_LOOPS);
  const layout = made();
  const ranges = [...layout.loops].map(([head, last]) => [name(layout.blocks[head].pc), last]).sort();
  const last = layout.blocks.length - 1;
  // The last block is the system call. b is left backward from behind c's loop, so it and, around it, a reach to the last block.
  const self = layout.blocks.findIndex(({ pc }) => name(pc) === 'c');
  t.deepEqual(ranges, [
    ['a', last - 1],
    ['b', last - 1],
    ['c', self],
  ]);
  // Every block can be entered.
  t.deepEqual(
    [...layout.entries],
    layout.blocks.map(({ pc }, n) => [pc, n + 1]),
  );
});

test('in a flat layout blocks loop alone, and all other ways back go through one dispatch', (t) => {
  const { layout: made, name } = regionOf(CROSSING_LOOPS);
  const layout = made(true);
  const at = (wanted: string) => layout.blocks.findIndex(({ pc }) => name(pc) === wanted);
  const [b, c] = [at('b'), at('c')];
  t.deepEqual(
    new Map([...layout.loops].sort()),
    new Map([
      [0, layout.blocks.length - 1],
      [b, b],
      [c, c],
    ]),
  );
  t.deepEqual(layout.route(b, b), { via: b, backward: true });
  t.deepEqual(layout.route(c + 1, b), { via: 0, backward: true });
  t.deepEqual(layout.route(b + 1, at('a')), { via: 0, backward: true });
  t.deepEqual(layout.route(b + 1, c), { via: c, backward: false });
  // Without any other way back there is nothing to go around.
  const { layout: alone } = regionOf('start: nop\n loop: bdnz loop\n sc');
  t.deepEqual([...alone(true).loops], [[1, 1]]);
});

test('the limit cuts a region; what lies outside is left by a branch', (t) => {
  const { region } = regionOf(`start: ${'nop\n'.repeat(50)} sc`, 'start', 20);
  t.is(
    region.blocks.reduce((sum, b) => sum + b.instructions.length, 0),
    20,
  );
  t.deepEqual(region.blocks.at(-1)!.end, { kind: 'fall', next: { pc: BASE + 80, yields: false } });
});

test('a register holds a constant where every way through the region loads it and none changes it', (t) => {
  const { layout, region, name } = regionOf(`
    start:  li    8,16
            li    9,-32
            li    10,48
            cmpwi 3,0
            beq   other
            li    9,-32
            b     loop
    other:  li    9,64
    loop:   lvx   1,8,4
            addi  10,10,1
            addi  3,3,-1
            cmpwi 3,0
            bne   loop
    behind: lis   8,16
            cmpwi 5,0
            bne   after
            nop
    after:  blr
  `);
  const constants = constantsOf(layout(), new Set([8, 9, 10]));
  const at = (label: string) => {
    const number = region.blocks.findIndex(({ pc }) => name(pc) === label);
    return Object.fromEntries(constants[number]);
  };
  t.deepEqual(at('start'), {});
  t.deepEqual(at('other'), { 8: 16, 9: -32, 10: 48 });
  t.deepEqual(at('loop'), { 8: 16 }, 'r9 comes with two constants, r10 is counted up');
  t.deepEqual(at('behind'), { 8: 16 });
  t.deepEqual(at('after'), {}, 'lis loads another kind of constant');
  t.false(constantsOf(layout(), new Set([9]))[1].has(8), 'only registers asked for');
});

test('a flat region knows the innermost loop with most instructions', (t) => {
  const { layout, region, name } = regionOf(`
    start: cmpwi 3,0
    outer: addi  3,3,-1
    short: addi  4,4,-1
           cmpwi 4,0
           beq   on
           nop
    on:    bne   short
    long:  addi  5,5,1
           addi  5,5,1
           addi  5,5,1
           addi  5,5,1
           cmpwi 5,90
           beq   past
           nop
    past:  bne   long
           bne   outer
           blr
  `);
  const { busiest } = layout(true);
  t.is(name(region.blocks[busiest!].pc), 'long');
  t.is(layout().busiest, undefined);
});
