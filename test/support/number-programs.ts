import seedrandom from 'seedrandom';
import { assemble } from '../../sim/asm/assemble.js';
import { CTX, contextBase, GUEST_BYTES } from '../../sim/engine/context.js';
import { below, pick, type Random } from './random-values.js';

/**
 * Seeded loops of vector arithmetic over lines of all kinds of numbers, which stores of all kinds change on the way:
 * what code that has proved its arithmetic harmless could get wrong.
 */

export const CODE = 0x1_0000;
export const DATA = 0x20_0000;
const LINES = 16;
/** Where an iteration leaves 64 bytes of results. */
const RESULTS = DATA + 128 * LINES;
const ITERATIONS = 60;
/** Everything the programs read and write. */
export const RUNS = 3;
export const DATA_BYTES = 128 * LINES + RUNS * 64 * ITERATIONS;

const exponent = (e: number) => (127 + e) << 23;
/** A line is made of words of one kind, but for a few. */
const WORDS: Readonly<Record<string, (random: Random) => number>> = {
  ordinary: (random) => exponent(below(random, 20) - 10) + below(random, 1 << 23),
  zero: () => 0,
  denormal: (random) => 1 + below(random, 0x7f_ffff),
  nan: (random) => 0x7f80_0001 + below(random, 0x7f_fffe),
  infinite: () => 0x7f80_0000,
  huge: (random) => exponent(60 + below(random, 60)) + below(random, 1 << 23),
  tiny: (random) => exponent(-60 - below(random, 60)) + below(random, 1 << 23),
  least: () => exponent(-40),
  'below least': () => exponent(-40) - 1,
  most: () => exponent(40),
  'above most': () => exponent(40) + 1,
  'least normal': () => 0x0080_0000,
};
const KINDS = Object.keys(WORDS);

export function numbers(random: Random, count: number, tame: boolean): Uint32Array {
  const kind = tame || random() < 0.7 ? 'ordinary' : pick(random, KINDS);
  return Uint32Array.from({ length: count }, () => {
    const other = random() < 0.03 ? (tame ? 'zero' : pick(random, KINDS)) : kind;
    const sign = random() < 0.5 ? 0x8000_0000 : 0;
    return (WORDS[other](random) | sign) >>> 0;
  });
}

const LOADED = ['0', '1', '2', '3'];
const OTHERS = ['32', '33', '4', '5'];
const SUMS = ['64', '65', '66', '6'];
const any = (random: Random) => pick(random, [...LOADED, ...OTHERS, ...SUMS]);
const small = (random: Random) => pick(random, [...LOADED, '4', '5', '6']);

function arithmetic(random: Random): string {
  const sum = pick(random, SUMS.slice(0, 3));
  const [a, b, c] = [any(random), any(random), any(random)];
  const into = pick(random, ['4', '5', '6', sum]);
  return pick(random, [
    `vmaddfp128 ${sum},${pick(random, LOADED)},${pick(random, OTHERS)},${sum}`,
    `vmaddfp128 ${sum},${pick(random, LOADED)},${pick(random, OTHERS)},${sum}`,
    `vnmsubfp128 ${sum},${a},${b},${sum}`,
    `vmulfp128 ${into},${a},${b}`,
    `vmulfp128 ${pick(random, OTHERS.slice(2))},${pick(random, LOADED)},${pick(random, OTHERS)}`,
    `vaddfp128 ${pick(random, OTHERS.slice(2))},${pick(random, LOADED)},${pick(random, LOADED)}`,
    `vaddfp128 ${into},${a},${b}`,
    `vsubfp128 ${into},${a},${b}`,
    `vmaxfp128 ${into},${a},${b}`,
    `vminfp128 ${into},${a},${b}`,
    `vmsum3fp128 ${into},${a},${b}`,
    `vmsum4fp128 ${into},${a},${b}`,
    `vrfiz128 ${into},${a}`,
    `vspltw128 ${into},${a},${below(random, 4)}`,
    `vmrghw128 ${into},${a},${b}`,
    `vor128 ${into},${a},${a}`,
    `vxor128 ${into},${a},${a}`,
    `vcmpgtfp 7,${small(random)},${small(random)}\n vsel 6,${small(random)},${small(random)},7`,
    `vcmpgefp128 ${into},${a},${c}`,
    `vcsxwfp128 ${into},${a},${below(random, 32)}`,
    `vcfpsxws128 ${into},${a},3`,
    `vrefp128 ${into},${a}`,
  ]);
}

function store(random: Random): string {
  const at = 4 * below(random, 28);
  return pick(random, [
    `stvx128 ${any(random)},15,${6 + below(random, 3)}`,
    `stw 20,${at}(15)`,
    `stw 20,${at}(15)`,
    `stwx 20,15,7`,
    `std 20,${pick(random, [at, 124])}(15)`,
    'sth 20,127(15)',
    'stb 20,3(15)',
    `stfs 1,${pick(random, [at, 126])}(15)`,
    'stfd 2,122(15)',
    'stwbrx 20,15,7',
    `stvewx128 ${any(random)},15,7`,
    `stvlx128 ${any(random)},15,21`,
    `stvrx128 ${any(random)},15,21`,
    'dcbz128 0,15',
    'dcbz 15,7',
    'lwarx 22,15,7\n stwcx. 20,15,7',
    'stmw 28,100(15)',
  ]);
}

/**
 * A loop of one or two blocks; r3 iterations, r4 data, r5 odd when the second block stores, r10 where it is entered: where
 * the offsets of its loads are set, or behind that.
 */
function source(random: Random): string {
  const lines = (count: number, make: (random: Random) => string) =>
    Array.from({ length: count }, () => ` ${make(random)}`).join('\n');
  const inFirst = random() < 0.25 ? ` ${store(random)}\n` : '';
  return `
start: mtctr 3
 li 21,${below(random, 16)}
 mr 14,4
 mr 15,4
 mtlr 10
 blr
offsets: li 6,16
 li 7,32
 li 8,48
 .balign 16
inside:
1: lvx 0,0,14
 lvx 1,14,6
 ${random() < 0.2 ? inFirst : ''}
 lvx 2,14,7
 lvx 3,14,8
${lines(3 + below(random, 8), arithmetic)}
 vmulfp128 5,${pick(random, LOADED)},32
 vaddfp128 4,${pick(random, LOADED)},${pick(random, LOADED)}
${inFirst}
 addi 14,14,${pick(random, [128, 128, 64, 16, 384])}
 rlwinm 14,14,0,21,31
 or 14,14,4
 rlwinm 5,5,1,0,31
 andi. 22,5,1
 beq 2f
 lwzux 23,15,9
 rlwinm 15,15,0,21,24
 or 15,15,4
 ${random() < 0.9 ? store(random) : 'nop'}
${random() < 0.3 ? lines(3, arithmetic) : ''}
2: stvx 4,0,17
 stvx 5,17,6
 stvx128 64,17,7
 stvx128 65,17,8
 addi 17,17,64
 bdnz 1b
 sc`;
}

export interface NumberProgram {
  readonly code: Uint8Array;
  readonly base: number;
  readonly start: number;
  /** General registers at the start of one of RUNS runs. */
  registers(run: number): Readonly<Record<number, number>>;
  /** Puts data into memory and vectors into a thread's context. */
  place(buffer: ArrayBufferLike, thread: number): void;
  /** What the host writes between two runs. */
  disturb(buffer: ArrayBufferLike): void;
}

export function numberProgram(seed: string, base = CODE): NumberProgram {
  const random = seedrandom.alea(seed);
  const text = source(random);
  const tame = random() < 0.6;
  const lines = Array.from({ length: LINES }, () => numbers(random, 32, tame));
  const vectors = new Map(
    [0, 1, 2, 3, 4, 5, 6, 32, 33, 64, 65, 66].map((reg) => [reg, numbers(random, 4, tame || random() < 0.7)]),
  );
  const [single] = new Float32Array(numbers(random, 1, false).buffer);
  return assembled(seed, text, base, {
    lines,
    vectors,
    single: Number.isNaN(single) ? 1 : single,
    scattered: { line: below(random, LINES), words: numbers(random, 32, false) },
    offsets: { 6: 16 * below(random, 12), 7: 8 * below(random, 16), 8: -16 * below(random, 3) },
    registers: {
      3: ITERATIONS,
      5: 0x1234_5679 ^ below(random, 1 << 30),
      9: 128 * (1 + below(random, 6)),
      20: WORDS[random() < 0.7 ? 'denormal' : pick(random, KINDS)](random),
    },
  });
}

const DENORMAL = 0x0040_0000;
/** Stores of a denormal into the line at r4, or of something into the line before it that reaches into that. */
export const STORES: Readonly<Record<string, string>> = {
  stw: 'stw 20,16(4)',
  stwx: 'stwx 20,4,6',
  stwbrx: 'stwbrx 23,4,6',
  "std over a line's end": 'std 20,-4(4)',
  "sth over a line's end": 'sth 22,-1(4)',
  stb: 'stb 22,0(4)',
  stfs: 'stfs 1,0(4)',
  "stfd over a line's end": 'stfd 2,-4(4)',
  stmw: 'stmw 20,0(4)',
  stvx: 'stvx128 40,0,4',
  stvewx: 'stvewx128 40,4,6',
  stvlx: 'stvlx128 40,4,6',
  stvrx: 'stvrx128 40,4,25',
  'stwcx.': 'lwarx 24,4,6\n stwcx. 20,4,6',
};

/** Such a store halfway through a loop over the line. */
export const storing = (store: string, base: number): NumberProgram =>
  assembled(
    store,
    loop(
      ` lvx 0,0,4
 lvx 1,4,6
 vmulfp128 4,0,32
 vmulfp128 5,1,32`,
      ` cmpwi 3,20
 bne 2f
 ${store}`,
    ),
    base,
    plain(),
  );

/** A number too small for a proof comes from one line and is used beside numbers of another. */
export const passingOn = (base: number): NumberProgram => {
  const data = plain();
  data.lines[1].fill(exponent(-70));
  return assembled(
    'passing on',
    loop(
      ` lvx 0,0,14
 vmulfp128 5,64,64
 vaddfp128 4,0,0
 vor128 64,0,0`,
      ' xori 14,14,128',
    ),
    base,
    data,
  );
};

/** Loads from a line in which one of the 32 words is too small for a proof. */
export const oddWord = (word: number, base: number): NumberProgram => {
  const data = plain();
  data.lines[0][word] = DENORMAL;
  return assembled(`word ${word}`, loop(' lvx 0,0,15\n vmulfp128 4,0,32\n vmulfp128 5,0,32', ''), base, {
    ...data,
    registers: { ...data.registers, 15: DATA + 16 * (word >> 2) },
  });
};

function plain(): Data {
  const ones = (count: number, word = exponent(0)) => new Uint32Array(count).fill(word);
  return {
    lines: Array.from({ length: LINES }, () => ones(32)),
    vectors: new Map([
      [32, ones(4, exponent(-1))],
      [40, ones(4, DENORMAL)],
      [64, ones(4)],
    ]),
    single: 2 ** -130,
    scattered: { line: 0, words: ones(32, DENORMAL) },
    registers: { 3: ITERATIONS, 20: DENORMAL, 22: 0, 23: 0x4000, 25: 24 },
  };
}

const loop = (work: string, then: string): string => `
start: mtctr 3
 li 6,16
 li 7,32
 li 8,48
 mr 14,4
 .balign 16
1:
${work}
 stvx 4,0,17
 stvx 5,17,6
 addi 17,17,64
 addi 3,3,-1
${then}
2: bdnz 1b
 sc`;

interface Data {
  readonly lines: readonly Uint32Array[];
  readonly vectors: ReadonlyMap<number, Uint32Array>;
  /** In the first floating-point register; the second one's low word is a denormal. */
  readonly single: number;
  /** What the host writes between two runs. */
  readonly scattered: { readonly line: number; readonly words: Uint32Array };
  readonly registers: Readonly<Record<number, number>>;
  /** With these the last run enters the loop inside. */
  readonly offsets?: Readonly<Record<number, number>>;
}

function assembled(name: string, text: string, base: number, data: Data): NumberProgram {
  const { bytes, symbols } = assemble(text, { file: `${name}.s`, base });
  const { scattered, offsets } = data;
  const entering = (run: number) =>
    offsets !== undefined && run === RUNS - 1
      ? { ...offsets, 10: symbols.get('inside')! }
      : { 10: symbols.get('offsets') ?? 0 };
  const put = (view: DataView, line: number, words: Uint32Array) =>
    words.forEach((word, i) => {
      view.setUint32(DATA + 128 * line + 4 * i, word);
    });
  return {
    code: bytes,
    base,
    start: symbols.get('start')!,
    registers: (run) => ({
      4: DATA,
      17: RESULTS + 64 * ITERATIONS * run,
      ...data.registers,
      ...entering(run),
    }),
    place(buffer, thread) {
      const view = new DataView(buffer);
      // Offsets below zero reach into the line before, where other programs may have left something.
      put(view, -1, new Uint32Array(32));
      data.lines.forEach((words, line) => {
        put(view, line, words);
      });
      const context = contextBase(thread);
      for (const [reg, words] of data.vectors) {
        words.forEach((word, i) => {
          view.setUint32(context + CTX.vr + 16 * reg + 4 * i, word, true);
        });
      }
      view.setFloat64(context + CTX.fpr + 8, data.single, true);
      view.setBigUint64(context + CTX.fpr + 16, BigInt(DENORMAL) | 0x3ff0_0000_0000_0000n, true);
    },
    disturb: (buffer) => put(new DataView(buffer, 0, GUEST_BYTES), scattered.line, scattered.words),
  };
}
