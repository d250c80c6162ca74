import test from 'ava';
import seedrandom from 'seedrandom';
import { assemble } from '../../sim/asm/assemble.js';
import { BlockTrial } from '../../sim/engine/block-trial.js';
import { type Ahead, type MemoBlock, outcomeField, recordBytes } from '../../sim/engine/memo-plan.js';
import { TimingMemo } from '../../sim/engine/timing-memo.js';
import type { Body, Label } from '../../sim/engine/wasm/builder.js';
import { MemoWeaver } from '../../sim/engine/weave-memo.js';
import { ADVANCE, LONGEST } from '../../sim/timing/records/record.js';
import { machineWith } from '../support/guest.js';
import { below, pick, type Random } from '../support/random-values.js';
import { runToEnd } from '../support/to-end.js';
import { compareEngines, type Side, type Trial } from '../support/woven.js';

const machine = machineWith();
const LOOPS = Number(process.env.XENON_MEMO_LOOPS ?? 36);
const DATA = 0x20_0000;
const DATA_BYTES = 0x4_0000;

/**
 * A seeded loop nest: loads from a few streams that stay in the cache, run through memory or fight for its sets, with
 * arithmetic, prefetches, stores and branches between them.
 */
function loopNest(seed: string): string {
  const random = seedrandom(seed);
  if (below(random, 3) === 0) return streaming(random);
  const streams = 1 + below(random, 4);
  const steps = Array.from({ length: streams }, () => pick(random, [0, 16, 64, 128, 128, 128, 1024, 8192]));
  const stores = below(random, 3) === 0;
  const body = Array.from({ length: 4 + below(random, 40) }, () => line(random, streams, stores)).join('\n ');
  const advance = steps.map((step, i) => `addi ${20 + i},${20 + i},${step}`).join('\n ');
  const inside = below(random, 3) === 0;
  const wraps = steps.map((_, i) => `and ${20 + i},${20 + i},17\n or ${20 + i},${20 + i},18`).join('\n ');
  return `
 lis 18,${DATA >>> 16}
 mulli 19,13,${pick(random, [0, 0x1000, 0x2000])}
 add 18,18,19
 lis 17,3
 ori 17,17,${pick(random, [0xffff, 0xff80, 0x7ff0])}
 ${steps.map((_, i) => `addi ${20 + i},18,${pick(random, [0, 64, 128, 16]) + 256 * i}`).join('\n ')}
 li 4,16\n li 5,32\n li 6,48\n li 7,${pick(random, [128, 512, 1024, 8192])}
 li 10,0\n li 0,${4 + below(random, 8)}
2: li 8,${5 + below(random, 30)}\n mtctr 8
 .balign 16
1: ${body}
 ${inside ? 'andi. 9,10,3\n bne 3f\n vaddfp 29,1,2\n addi 11,11,1\n3: ' : ''}addi 10,10,1
 ${advance}
 bdnz 1b
 ${wraps}
 addic. 0,0,-1
 bne 2b
 sc`;
}

/** Prefetches before loads of the same lines, and arithmetic that keeps up or does not. */
function streaming(random: Random): string {
  const streams = 1 + below(random, 3);
  const of = (make: (i: number) => string) => Array.from({ length: streams }, (_, i) => make(i)).join('\n ');
  const order = Array.from({ length: 8 * streams }, (_, i) => i).sort(() => random() - 0.5);
  const loads = order.map((i) => {
    const load = `lvx ${1 + i},${['0', '4', '5', '6'][i % 4]},${20 + (i >> 3)}`;
    const times = Array.from(
      { length: below(random, 3) },
      () => `vmaddfp ${25 + below(random, 6)},${1 + i},24,${25 + below(random, 6)}`,
    );
    return [load, ...times].join('\n ');
  });
  const prefetches = of((i) => `dcbt 7,${20 + i}`);
  loads.splice(below(random, loads.length), 0, prefetches);
  if (below(random, 2) === 0) loads.push('stvx 25,4,16');
  return `
 lis 18,${DATA >>> 16}
 mulli 19,13,0x2000
 add 18,18,19
 addis 16,18,3
 ${of((i) => `addi ${20 + i},18,${0x2000 * i}`)}
 li 4,16\n li 5,32\n li 6,48\n li 7,${pick(random, [256, 512, 1024])}
 li 0,${100 + below(random, 200)}\n mtctr 0
 .balign 16
1: ${loads.join('\n ')}
 ${of((i) => `addi ${20 + i},${20 + i},128`)}
 bdnz 1b
 sc`;
}

const VECTORS = [
  'vmaddfp @,#,#,@',
  'vaddfp @,#,#',
  'vmulfp128 v@,v#,v#',
  'vspltw @,#,1',
  'vmrghw @,#,#',
  'vperm @,#,#,#',
];

function line(random: Random, streams: number, stores: boolean): string {
  const base = 20 + below(random, streams);
  const index = 4 + below(random, 3);
  const vector = () => String(1 + below(random, 24));
  const kind = below(random, 100);
  if (kind < 30) return pick(random, [`lvx ${vector()},0,${base}`, `lvx ${vector()},${index},${base}`]);
  if (kind < 65) {
    const target = vector();
    return pick(random, VECTORS).replaceAll('@', target).replaceAll('#', vector);
  }
  if (kind < 72) return `lwz ${12 + below(random, 3)},${4 * below(random, 40)}(${base})`;
  if (kind < 76) return `lfs ${below(random, 8)},${4 * below(random, 16)}(${base})`;
  if (kind < 80) return `fmadds ${below(random, 8)},1,2,${below(random, 8)}`;
  if (kind < 88) return pick(random, ['add 12,13,14', 'mullw 12,11,11', 'addi 14,12,1', 'slwi 15,12,2']);
  if (kind < 94) return `dcbt 7,${base}`;
  if (!stores) return `dcbt 7,${base}`;
  if (kind < 96) return `stvx ${vector()},${index},${base}`;
  if (kind < 97) return `stw 12,${4 * below(random, 16)}(${base})`;
  return 'fcmpu 1,1,2';
}

const THREADS: readonly (readonly number[])[] = [[0], [0, 1], [0, 1, 2, 3, 4, 5], [2, 4]];
let places = 0;

/** Runs a program twice, on cold and on warm caches; each trial at another place, so that no code is shared. */
function trial(
  source: string,
  seed: number,
  given: Partial<Trial> = {},
  remembered?: (memo: TimingMemo) => void,
): string[] {
  const threads = THREADS[seed % THREADS.length];
  const base = 0x1_0000 + 0x1000 * (places++ % 128);
  const code = assemble(source, { file: 'loop.s', base }).bytes;
  const random = seedrandom(`data ${seed}`);
  const data = new DataView(new ArrayBuffer(DATA_BYTES));
  for (let at = 0; at < DATA_BYTES; at += 4) data.setFloat32(at, random() - 0.5);
  const act = ({ xenon }: Side) => {
    xenon.bytes.set(new Uint8Array(data.buffer), DATA);
    xenon.write(base, code);
    for (let run = 0; run < 2; run++) {
      for (const thread of threads) xenon.place(thread, base, { 13: thread });
      runToEnd(xenon, threads);
    }
  };
  const quantumCycles = [192, 16, 1000, 64, 17][seed % 5];
  return compareEngines(
    { machine, quantumCycles, ...given },
    act,
    undefined,
    [[DATA, DATA_BYTES + 0x1_0000]],
    remembered,
  );
}

/** Loops are always compared with records, and some of them in another way as well. */
const WAYS: readonly Trial['memos'][] = [['always', 'adaptive'], ['always', 'off'], ['always']];

test('seeded loops: all state is equal with records, without and by their own choice', (t) => {
  const sum = { begun: 0, made: 0, delayed: 0, late: 0, left: 0 };
  for (let seed = 0; seed < LOOPS; seed++) {
    const source = loopNest(`memo ${seed}`);
    const add = ({ counts }: TimingMemo) => {
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += counts[name];
    };
    const memos = WAYS[seed % WAYS.length];
    t.deepEqual(trial(source, seed, { memos }, add), [], `${memos}, seed ${seed}\n${source}`);
  }
  t.log(`${LOOPS} loops`, sum);
  for (const count of Object.values(sum)) t.true(count >= LOOPS / 2);
});

test('seeded loops: address translation, dropped prefetches, few miss slots', (t) => {
  const machines = [
    machineWith('translation.modelled=true', 'translation.eratEntries=4', 'translation.tlbEntries=8'),
    machineWith('missQueue.whenFull=drop', 'missQueue.entries=2'),
    machineWith('missQueue.prefetchInto=l1', 'missQueue.entries=2'),
    machineWith('core.vectorQueueEntries=4', 'core.addressExtra=3'),
  ];
  for (let seed = 0; seed < LOOPS; seed++) {
    const source = loopNest(`machines ${seed}`);
    t.deepEqual(trial(source, seed, { machine: machines[seed % 4] }), [], `seed ${seed}\n${source}`);
  }
});

test('records are forgotten when there is no room for more: nothing changes', (t) => {
  const room = (TimingMemo.prototype as unknown as { hasRoom(): boolean }).hasRoom;
  let asked = 0;
  try {
    Object.assign(TimingMemo.prototype, { hasRoom: () => ++asked % 40 !== 0 });
    for (let seed = 0; seed < LOOPS / 3; seed++)
      t.deepEqual(trial(loopNest(`room ${seed}`), seed), [], `seed ${seed}`);
  } finally {
    Object.assign(TimingMemo.prototype, { hasRoom: room });
  }
});

/** Where a block's tests decide. */
const CORNERS: readonly string[] = [
  // A prefetch takes a line away that the block is still to load from: the least recently used of its set.
  `lis 3,${DATA >>> 16}\n li 0,200\n mtctr 0\n addi 24,3,-0x8000\n addis 24,24,1\n addi 20,3,0
 addi 21,3,0x2000\n addi 22,3,0x4000\n li 12,0\n .balign 16
1: lwz 7,0(21)\n lwz 8,0(22)\n dcbt 0,24\n lwz 10,0(20)\n dcbt 0,24\n add 7,7,10
 addi 12,12,1\n rlwinm 11,12,0,0,28\n slwi 11,11,10\n add 24,3,11\n addis 24,24,1\n addi 24,24,-0x8000\n bdnz 1b\n sc`,
  // A load hits a store of another block.
  `lis 3,${DATA >>> 16}\n li 0,200\n mtctr 0\n li 7,1\n .balign 16
1: stw 7,0(3)\n b 2f\n nop\n2: lwz 8,0(3)\n addi 7,8,1\n bdnz 1b\n sc`,
  // Three lines of code for two places of the instruction cache.
  `li 0,200\n mtctr 0\n b 1f\n .balign 128\n1: addi 7,7,1\n b 2f\n .space 16376\n2: addi 8,8,1\n b 3f\n .space 16376
3: addi 9,9,1\n bdz 4f\n b 1b\n4: sc`,
];

/** Where a first load waits for its line. */
const AWAITED = {
  // Arithmetic fills the vector queue until the line comes from memory; a NaN comes before.
  'left while the line is late': `lis 3,${DATA >>> 16}\n mulli 4,13,0x4000\n add 3,3,4\n li 0,100\n mtctr 0
 vspltisw 5,0\n vor 6,5,5\n .balign 16\n1: lvx 1,0,3\n fdivs 1,2,2\n${' vmaddfp 5,1,6,6\n'.repeat(40)} addi 3,3,128
 bdnz 1b\n sc`,
  // The line that is brought takes another one's place, the least recently used of its set.
  'another line leaves': `lis 3,${DATA >>> 16}\n li 0,200\n mtctr 0\n addi 20,3,0\n addi 21,3,0x2000\n addi 22,3,0x4000
 li 12,0\n addi 24,3,0x6000\n .balign 16
1: lwz 9,0(24)\n add 9,9,9\n lwz 10,0(20)\n add 7,9,10\n b 2f\n nop
2: lwz 7,0(21)\n lwz 8,0(22)\n lwz 9,0(24)\n add 9,9,9\n addi 12,12,1\n rlwinm 11,12,0,29,31\n slwi 11,11,13
 add 24,3,11\n addi 24,24,0x6000\n bdnz 1b\n sc`,
} as const;

const OWN_DATA = `lis 3,${DATA >>> 16}\n mulli 4,13,0x4000\n add 3,3,4\n li 0,100\n mtctr 0\n`;

/** Blocks of which seeded loops have none, and numbers of the machine that make them worth a look. */
const OTHERS: Readonly<Record<string, readonly [source: string, ...overrides: string[]]>> = {
  'the first load is microcode': [
    `${OWN_DATA} .balign 16\n1: lha 9,0(3)\n addi 10,10,1\n add 11,9,10\n addi 3,3,256\n bdnz 1b\n sc`,
  ],
  'stores update their base': [
    `${OWN_DATA} .balign 16\n1: ${'stwu 9,128(3)\n addi 9,3,1\n'.repeat(8)} bdnz 1b\n sc`,
  ],
  'stores are microcode': [
    `${OWN_DATA} .balign 16\n1: stmw 29,64(3)\n addi 11,11,1\n addi 3,3,128\n bdnz 1b\n sc`,
  ],
  'stores wait for their address': [
    `${OWN_DATA} .balign 16\n1: addi 9,9,1\n stw 9,0(3)\n add 11,9,9\n addi 3,3,0x1010\n clrrwi 3,3,2\n bdnz 1b\n sc`,
    'translation.modelled=true',
    'translation.pageSize=4KB',
    'translation.eratEntries=4',
  ],
  'loads hit stores of the block before, anywhere in a line': [
    `${OWN_DATA} li 5,0\n .balign 16\n1: stwx 7,3,5\n b 2f\n nop\n2: lwzx 8,3,5\n addi 7,8,1\n addi 5,5,16
 clrlwi 5,5,25\n bdnz 1b\n sc`,
  ],
  'priorities come and go': [
    `${OWN_DATA} addi 6,13,3\n .balign 16\n1: cctpl\n lwz 9,0(3)\n add 10,9,9\n addi 3,3,128\n mr 5,6\n2: addic. 5,5,-1
 add 11,11,10\n bne 2b\n cctpm\n stw 11,64(3)\n rlwinm 6,6,1,27,31\n addi 6,6,1\n lwz 9,32(3)\n add 10,9,9\n mr 5,6
3: addic. 5,5,-1\n mullw 11,11,10\n bne 3b\n bdnz 1b\n sc`,
  ],
  'prefetches take a line away from the next block': [
    `lis 3,${DATA >>> 16}\n li 0,100\n mtctr 0\n addi 24,3,0x2000\n addi 25,3,0x4000\n addi 26,3,0x6000
 addis 27,3,1\n b 1f\n .balign 256\n .space 232\n1: lwz 10,0(3)\n dcbt 0,24\n dcbt 0,25\n dcbt 0,26\n dcbt 0,27\n nop
 lwz 9,4(3)\n add 9,9,10\n bdnz 1b\n sc`,
  ],
};

for (const [what, [source, ...overrides]] of Object.entries(OTHERS)) {
  test(`all state is equal with records and without: ${what}`, (t) => {
    for (const seed of [0, 1, 2])
      t.deepEqual(trial(source, seed, { machine: machineWith(...overrides) }), []);
  });
}

/** The first of some loops that shows a difference. */
function caught(seeds: number): string | undefined {
  for (const [i, corner] of CORNERS.entries()) {
    if (trial(corner, 0).length > 0) return `corner ${i}`;
  }
  for (let seed = 0; seed < seeds; seed++) {
    if (trial(loopNest(`caught ${seed}`), 4 * seed).length > 0) return `loop ${seed}`;
  }
  return undefined;
}

/** A load hits a store of the block before, so records must be left there; before that, `loop` instructions in a loop. */
const leftSoon = (loop: number): string => `lis 3,${DATA >>> 16}\n li 5,2000\n li 7,1\n .balign 16
1: li 0,${Math.max(1, loop / 8)}\n mtctr 0\n .balign 16\n2:${' addi 9,9,1\n'.repeat(7)} bdnz 2b\n stw 7,0(3)\n b 3f\n nop
3: lwz 8,0(3)\n addi 7,8,1\n addic. 5,5,-1\n bne 1b\n sc`;

test('threads look for records where these have paid, and elsewhere hardly any more', (t) => {
  const begunOf = (loop: number, memos: Trial['memos']): number => {
    let begun = 0;
    t.deepEqual(
      trial(leftSoon(loop), 0, { memos }, ({ counts }) => {
        begun = counts.begun;
      }),
      [],
    );
    return begun;
  };
  // Two runs of 2000 rounds.
  t.true(begunOf(1, ['always']) > 4000);
  t.true(begunOf(1, ['adaptive']) < 400);
  t.true(begunOf(400, ['adaptive']) > 3000);
});

const withMethod = <T>(prototype: object, name: string, method: unknown, act: () => T): T => {
  const before = (prototype as Record<string, unknown>)[name];
  Object.assign(prototype, { [name]: method });
  try {
    return act();
  } finally {
    Object.assign(prototype, { [name]: before });
  }
};

for (const guard of ['pushLate', 'pushOutside', 'pushRecent', 'pushLost', 'pushFetchBits']) {
  test(`code without one of its tests is noticed: ${guard}`, (t) => {
    const without = function (this: { body: { i32(value: number): void } }): void {
      this.body.i32(0);
    };
    const found = withMethod(MemoWeaver.prototype, guard, without, () => caught(40));
    t.truthy(found);
    t.log(`first by ${found}`);
  });
}

for (const [what, source] of Object.entries(AWAITED)) {
  test(`a first load waits for its line: ${what}`, (t) => {
    const counts: TimingMemo['counts'][] = [];
    for (const seed of [0, 1, 2]) {
      t.deepEqual(
        trial(source, seed, {}, (memo) => counts.push(memo.counts)),
        [],
      );
    }
    t.true(counts.every(({ late, left }) => late > 0 && left > 0));
  });
}

test('a first load waits for its line: leaving the block as if no line had been taken away is noticed', (t) => {
  const stay = function (this: { body: Body }): void {
    this.body.op('drop');
  };
  const act = () => trial(AWAITED['another line leaves'], 0);
  t.not(withMethod(MemoWeaver.prototype, 'leaveBefore', stay, act).length, 0);
});

test('a first load waits for its line: leaving the block as if it were no later than its record says is noticed', (t) => {
  const { begin } = BlockTrial.prototype as unknown as { begin(record: object): number };
  const unmoved = function (this: object, record: object): number {
    return begin.call(this, record);
  };
  const act = () => trial(AWAITED['left while the line is late'], 0);
  t.not(withMethod(BlockTrial.prototype, 'begin', unmoved, act).length, 0);
});

/** A loop of two blocks, as code yields at multiples of 256 bytes, the second of which loads from the lines of the first. */
const twoBlocks = (
  step: number,
) => `lis 3,${DATA >>> 16}\n mulli 4,13,0x4000\n add 3,3,4\n li 10,6\n li 4,16\n li 5,32
3: addi 20,3,0\n addi 21,3,0x2040\n li 0,40\n mtctr 0\n b 1f\n .balign 256\n .space 192
1: lvx 1,0,20\n lvx 2,0,21\n lvx 3,4,20\n${' vaddfp 7,1,3\n vaddfp 8,2,3\n'.repeat(6)} nop
 lvx 4,5,21\n lvx 5,5,20\n vaddfp 9,4,5\n vaddfp 9,9,4\n addi 20,20,${step}\n addi 21,21,${step}\n bdnz 1b
 addic. 10,10,-1\n bne 3b\n sc`;

for (const step of [128, 48]) {
  test(`a block that goes on where the one before has looked its lines up: steps of ${step} bytes`, (t) => {
    const { goAhead } = MemoWeaver.prototype;
    let emitted = 0;
    const counting = function (this: MemoWeaver, ...values: Parameters<typeof goAhead>): void {
      emitted++;
      goAhead.apply(this, values);
    };
    for (const seed of [0, 1, 2, 3]) {
      const act = () => trial(twoBlocks(step), seed);
      t.deepEqual(withMethod(MemoWeaver.prototype, 'goAhead', counting, act), []);
    }
    t.true(emitted > 0);
  });
}

test('a block that takes the lines of the one before for others is noticed', (t) => {
  const { goAhead } = MemoWeaver.prototype;
  const confused = function (this: MemoWeaver, { groups, ...ahead }: Ahead, records: Label): void {
    goAhead.call(this, { ...ahead, groups: [...groups].reverse() }, records);
  };
  const act = () => trial(twoBlocks(128), 0);
  t.not(withMethod(MemoWeaver.prototype, 'goAhead', confused, act).length, 0);
});

test('a block before another one that does not look at all the lines of both is noticed', (t) => {
  const { memoGuard } = MemoWeaver.prototype;
  const narrow = function (
    this: MemoWeaver,
    block: MemoBlock,
    ...values: [(reg: number) => void, Label]
  ): void {
    const groups = block.groups!.groups.map((group) => {
      const members = block.ahead === undefined ? group.members : group.members.slice(0, 1);
      return { ...group, members };
    });
    memoGuard.call(this, { ...block, groups: { ...block.groups!, groups } }, ...values);
  };
  const act = () => trial(twoBlocks(48), 0);
  t.not(withMethod(MemoWeaver.prototype, 'memoGuard', narrow, act).length, 0);
});

test('a wrong number in the records is noticed: from when on more lateness makes no difference', (t) => {
  const { measureLate } = TimingMemo.prototype as unknown as { measureLate(...values: number[]): void };
  const spoilt = function (this: { i32: Int32Array }, ...values: number[]): void {
    measureLate.apply(this, values);
    const [record, cut] = values;
    const longest = (record + cut + LONGEST) >> 2;
    if (this.i32[longest] > 0) this.i32[longest] = 8;
  };
  t.truthy(withMethod(TimingMemo.prototype, 'measureLate', spoilt, () => caught(40)));
});

test('a wrong number in the records is noticed: how late a line comes', (t) => {
  const { makeLate } = TimingMemo.prototype as unknown as { makeLate(...values: number[]): number };
  const spoilt = function (this: object, record: number, cut: number, late: number): number {
    return makeLate.call(this, record, cut, late + 2);
  };
  t.truthy(withMethod(TimingMemo.prototype, 'makeLate', spoilt, () => caught(40)));
});

test('a wrong number in the records is noticed: how long a block takes', (t) => {
  const { next } = TimingMemo.prototype as unknown as { next(...values: number[]): number };
  let made = 0;
  const spoilt = function (this: { i32: Int32Array }, ...values: number[]): number {
    const [, at, outcome] = values;
    const record = next.apply(this, values);
    if (made++ % 5 === 0) this.i32[(at + outcomeField(outcome) + ADVANCE) >> 2] += 2;
    return record;
  };
  t.truthy(withMethod(TimingMemo.prototype, 'next', spoilt, () => caught(20)));
});

test('a wrong number in the records is noticed: when an instruction issues', (t) => {
  const { fill } = TimingMemo.prototype as unknown as { fill(record: object): void };
  const spoilt = function (this: { i32: Int32Array }, record: { address: number; block: MemoBlock }): void {
    fill.call(this, record);
    if (record.block.slots.length > 0) this.i32[(record.address + recordBytes(record.block) - 4) >> 2] += 2;
  };
  t.truthy(withMethod(TimingMemo.prototype, 'fill', spoilt, () => caught(20)));
});
