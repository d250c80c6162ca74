import seedrandom from 'seedrandom';
import { clearContext } from '../../sim/engine/conform-registers.js';
import { CTX, contextBase, GUEST_BYTES } from '../../sim/engine/context.js';
import { dataflow, type Flow } from '../../sim/engine/dataflow.js';
import { encodeRow } from '../../sim/isa/fields.js';
import { CTR, GPR, LR } from '../../sim/isa/registers.js';
import type { Row, TimingClass } from '../../sim/isa/row.js';
import { byName, decode, ROWS } from '../../sim/isa/table.js';
import {
  below,
  pick,
  type Random,
  randomBits,
  randomDouble,
  randomFields,
  randomInteger,
  randomVector,
  randomWord,
} from './random-values.js';

/**
 * Seeded random programs that any engine must run alike: straight-line stretches over all rows of the table,
 * forward branches, indirect jumps, counted loops. They end at a system call, touch only their window and
 * never trap.
 */
export interface RandomProgram {
  readonly seed: string;
  /** Effective address of the first word; the last word is `sc`. */
  readonly base: number;
  readonly words: readonly number[];
  readonly gpr: readonly bigint[];
  readonly fpr: readonly bigint[];
  /** 128 registers of sixteen bytes in PowerPC order. */
  readonly vr: readonly Uint8Array[];
  readonly crf: readonly number[];
  readonly xer: { readonly ca: number; readonly so: number; readonly ov: number; readonly xerCount: number };
  readonly vscr: number;
  /** All memory the program touches: effective address and content. */
  readonly window: { readonly address: number; readonly bytes: Uint8Array };
}

export const KINDS = ['integer', 'float', 'vector', 'memory', 'branch', 'system'] as const;
export type Kind = (typeof KINDS)[number];

export interface RandomProgramOptions {
  /** Words before the final one, about. Default 200. */
  readonly length?: number;
  /** Relative frequency of each kind; default 1 each, but system 0.2. */
  readonly mix?: Partial<Record<Kind, number>>;
  /** Default true. */
  readonly sf?: boolean;
  /** Rows to leave out, besides those that cannot appear. */
  readonly without?: (row: Row) => boolean;
  /** Instructions that set rounding mode or NJ may appear. Default false. */
  readonly modes?: boolean;
  /** Default 0x82000000. */
  readonly base?: number;
  /** Effective address of the window, a multiple of 4096. Default 0x90000000. */
  readonly window?: number;
  /** Start with VSCR[NJ] = 1 (default), as the console does. */
  readonly nj?: boolean;
  /** Floating-point registers start with ordinary numbers only. Default false: corner values of all kinds. */
  readonly tame?: boolean;
}

const WINDOW_BYTES = 4096;
/**
 * Registers with a part of their own, written only by the generator: pointers into the window, offsets,
 * scratch.
 */
const BASES = [24, 25, 26, 27];
const UNALIGNED = 28;
const ALIGNED = 29;
const SCRATCH = 30;
const COUNTER = 23;
const MAX_DEPTH = 3;
const RESERVED = new Set([COUNTER, ...BASES, UNALIGNED, ALIGNED, SCRATCH]);

const MEMORY_CLASSES = /^(load|store|cache)/;
const SYSTEM_CLASSES: readonly TimingClass[] = ['sync', 'lwsync', 'eieio', 'isync', 'threadHint', 'nop'];
const NEVER: readonly TimingClass[] = [
  'trap',
  'systemCall',
  'illegal',
  'moveFromTimeBase',
  'branch',
  'branchIndirect',
];

function kindOf({ timing }: Row): Kind | undefined {
  if (NEVER.includes(timing)) return undefined;
  if (SYSTEM_CLASSES.includes(timing)) return 'system';
  if (MEMORY_CLASSES.test(timing)) return 'memory';
  if (timing.startsWith('float')) return 'float';
  if (timing.startsWith('vector') || timing === 'shiftPattern') return 'vector';
  return 'integer';
}

function rowsByKind(options: RandomProgramOptions): Record<Kind, Row[]> {
  const rows: Record<Kind, Row[]> = {
    integer: [],
    float: [],
    vector: [],
    memory: [],
    branch: [],
    system: [],
  };
  for (const row of ROWS) {
    const kind = kindOf(row);
    if (kind === undefined || options.without?.(row)) continue;
    if (!options.modes && setsModes(row)) continue;
    rows[kind].push(row);
  }
  return rows;
}

function setsModes(row: Row): boolean {
  if (row.timing === 'floatStatus') return !row.name.startsWith('mffs');
  return row.name === 'mtvscr';
}

/** A program from a seed; equal seeds and options give equal programs. */
export function randomProgram(seed: string, options: RandomProgramOptions = {}): RandomProgram {
  const random = seedrandom.alea(seed);
  const base = options.base ?? 0x8200_0000;
  const windowAddress = options.window ?? 0x9000_0000;
  const words = new Writer(random, options).program();
  const all = (count: number) => Array.from({ length: count });
  const number = () => (options.tame ? tameDouble(random) : randomDouble(random));
  const gpr = all(32).map(() => randomInteger(random));
  // 128-byte aligned pointers with room for every displacement and offset on both sides.
  for (const n of BASES) gpr[n] = BigInt(windowAddress + 1024 + 128 * below(random, 16));
  gpr[UNALIGNED] = BigInt.asUintN(64, BigInt(below(random, 512) - 256));
  gpr[ALIGNED] = BigInt.asUintN(64, BigInt(16 * (below(random, 32) - 16)));
  gpr[SCRATCH] = gpr[BASES[0]];
  gpr[COUNTER] = 0n;
  return {
    seed,
    base,
    words,
    gpr,
    fpr: all(32).map(number),
    vr: all(128).map(() => (options.tame ? tameVector(random) : randomVector(random))),
    crf: all(8).map(() => below(random, 16)),
    xer: { ca: below(random, 2), so: below(random, 2), ov: below(random, 2), xerCount: below(random, 128) },
    vscr: options.nj === false ? 0 : 0x1_0000,
    window: {
      address: windowAddress,
      bytes: Uint8Array.from({ length: WINDOW_BYTES }, () => below(random, 256)),
    },
  };
}

/** A single between 1/16 and 16, of either sign. */
const tameSingle = (random: Random): number =>
  below(random, 2) * 0x8000_0000 + (123 + below(random, 8)) * 0x80_0000 + below(random, 0x80_0000);
const tameDouble = (random: Random): bigint =>
  (BigInt(below(random, 2)) << 63n) |
  (BigInt(1019 + below(random, 8)) << 52n) |
  (randomBits(random, 23) << 29n);
function tameVector(random: Random): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  for (let i = 0; i < 16; i += 4) view.setUint32(i, tameSingle(random));
  return new Uint8Array(view.buffer);
}

const encode = (name: string, fields: Record<string, number>): number => encodeRow(byName(name), fields);

/** Writes the words of one program. */
class Writer {
  private readonly words: number[] = [];
  private readonly rows: Record<Kind, Row[]>;
  private readonly weights: [Kind, number][];
  private readonly length: number;
  private readonly sf: boolean;
  /** How many branch patterns the next word is inside of. */
  private depth = 0;

  constructor(
    private readonly random: Random,
    options: RandomProgramOptions,
  ) {
    this.rows = rowsByKind(options);
    this.length = options.length ?? 200;
    this.sf = options.sf ?? true;
    const mix = { integer: 1, float: 1, vector: 1, memory: 1, branch: 1, system: 0.2, ...options.mix };
    this.weights = KINDS.filter(
      (kind) => mix[kind] > 0 && (kind === 'branch' || this.rows[kind].length > 0),
    ).map((kind) => [kind, mix[kind]]);
  }

  program(): number[] {
    while (this.words.length < this.length) this.item(true);
    this.words.push(encode('sc', {}));
    return this.words;
  }

  private kind(): Kind {
    const total = this.weights.reduce((sum, [, weight]) => sum + weight, 0);
    let left = this.random() * total;
    for (const [kind, weight] of this.weights) {
      left -= weight;
      if (left < 0) return kind;
    }
    return this.weights[0][0];
  }

  /** One instruction or pattern; loops and writes of CTR only where `free` (outside a loop). */
  private item(free: boolean): void {
    const kind = this.kind();
    if (kind === 'branch' && this.depth === MAX_DEPTH) this.words.push(encode('nop', {}));
    else if (kind === 'branch') this.branch(free);
    else if (kind === 'memory') this.memory();
    else this.plain(pick(this.random, this.rows[kind]));
  }

  private plain(row: Row): void {
    for (;;) {
      const word = randomWord(row, this.random);
      if (!this.allowed(row, word)) continue;
      this.words.push(word);
      return;
    }
  }

  /**
   * The word is this row's, leaves the generator's registers alone and changes no mode it must not change.
   */
  private allowed(row: Row, word: number): boolean {
    const decoded = decode(word);
    if (decoded?.row !== row) return false;
    const flow = dataflow(row, decoded.fields, { sf: this.sf });
    if (flow.illegal) return false;
    return flow.writes.every(
      ({ reg }) => reg !== CTR && reg !== LR && !(reg < GPR + 32 && RESERVED.has(reg - GPR)),
    );
  }

  private memory(): void {
    const row = pick(this.random, this.rows.memory);
    const probe = randomFields(row, this.random, { rA: 1, rB: 2, rD: 3, rS: 3 });
    const flow = dataflow(row, fieldsOfWord(encodeRow(row, probe)), { sf: this.sf });
    const updates =
      flow.writes.some(({ reg }) => reg === GPR + 1) && row.syntax.includes('rA') && !isMultiple(row);
    const aligned = row.timing === 'loadReserve' || row.timing === 'storeConditional';
    // An update goes to the scratch register, which first gets a pointer.
    if (updates)
      this.words.push(encode('addi', { rD: SCRATCH, rA: pick(this.random, BASES), SIMM: this.offset(4) }));
    for (;;) {
      const word = randomWord(row, this.random, this.operands(row, flow, updates, aligned));
      const decoded = decode(word);
      if (decoded?.row !== row) continue;
      const { writes } = dataflow(row, decoded.fields, { sf: this.sf });
      const harms = writes.some(
        ({ reg }) => reg < GPR + 32 && RESERVED.has(reg) && !(updates && reg === SCRATCH),
      );
      if (harms || (updates && decoded.fields.rD === SCRATCH && row.syntax.startsWith('rD'))) continue;
      this.words.push(word);
      return;
    }
  }

  private offset(step: number): number {
    return step * (below(this.random, 512 / step) - 256 / step);
  }

  private operands(row: Row, flow: Flow, updates: boolean, aligned: boolean): Record<string, number> {
    const base = pick(this.random, BASES);
    const displacement = { d: this.offset(pick(this.random, [1, 4, 16])), ds: this.offset(4) };
    const register: Record<string, number> = isMultiple(row)
      ? { rD: below(this.random, 12), rS: below(this.random, 32) }
      : {};
    if (isMultiple(row) && row.name === 'lswi') return { ...register, rA: base, NB: below(this.random, 32) };
    if (row.name === 'lmw') return { rD: 31, rA: base, ...displacement };
    if (updates) return { rA: SCRATCH, rB: pick(this.random, [UNALIGNED, ALIGNED]), ...displacement };
    if (!/rB/.test(row.syntax)) return { ...register, rA: base, ...displacement };
    const index = aligned ? ALIGNED : pick(this.random, [UNALIGNED, ALIGNED]);
    const ways = [
      { rA: base, rB: index },
      { rA: index, rB: base },
      { rA: 0, rB: base },
    ];
    return flow.accesses.length === 0 ? {} : pick(this.random, ways);
  }

  private branch(free: boolean): void {
    const choice = below(this.random, free ? 6 : 3);
    if (choice < 2) this.skip(pick(this.random, ['bc', 'bc', 'bcl', 'b', 'bl']), {});
    else if (choice === 2) this.jumpByLr();
    else if (choice === 3) this.jumpByCtr();
    else this.loop();
  }

  /** A direct branch over one to six items. */
  private skip(name: string, fixed: Record<string, number>): void {
    const at = this.words.length;
    this.words.push(0);
    this.body(1 + below(this.random, 6));
    const distance = 4 * (this.words.length - at);
    this.words[at] = randomWord(byName(name), this.random, { LI: distance, BD: distance, ...fixed });
  }

  /** Items without loops, at least one word. */
  private body(items: number): void {
    this.depth += 1;
    for (let i = 0; i < items; i++) this.item(false);
    this.depth -= 1;
  }

  /** bl to the next word leaves its address in LR; from there a jump over some items, taken or not. */
  private jumpByLr(): void {
    this.words.push(encode('bl', { LI: 4 }));
    this.words.push(encode('mfspr', { rD: SCRATCH, SPR: 8 }));
    const add = this.words.length;
    this.words.push(0, encode('mtspr', { SPR: 8, rS: SCRATCH }));
    this.words.push(randomWord(byName('bclr'), this.random));
    this.body(1 + below(this.random, 4));
    this.words[add] = encode('addi', { rD: SCRATCH, rA: SCRATCH, SIMM: 4 * (this.words.length - add + 1) });
  }

  private jumpByCtr(): void {
    this.words.push(encode('bl', { LI: 4 }));
    this.words.push(encode('mfspr', { rD: SCRATCH, SPR: 8 }));
    const add = this.words.length;
    this.words.push(0, encode('mtspr', { SPR: 9, rS: SCRATCH }));
    this.words.push(randomWord(byName(pick(this.random, ['bcctr', 'bcctrl'])), this.random));
    this.body(1 + below(this.random, 4));
    this.words[add] = encode('addi', { rD: SCRATCH, rA: SCRATCH, SIMM: 4 * (this.words.length - add + 1) });
  }

  /** A body run two to nine times by bdnz. */
  private loop(): void {
    this.words.push(encode('addi', { rD: COUNTER, rA: 0, SIMM: 2 + below(this.random, 8) }));
    this.words.push(encode('mtspr', { SPR: 9, rS: COUNTER }));
    const start = this.words.length;
    this.body(2 + below(this.random, 8));
    this.words.push(encode('bc', { BO: 16, BI: 0, BD: 4 * (start - this.words.length) }));
  }
}

const isMultiple = (row: Row): boolean => row.timing === 'loadMultiple' || row.timing === 'storeMultiple';
const fieldsOfWord = (word: number) => decode(word)!.fields;

/** Puts the program, its memory and its registers in place; the thread's pc is its first word. */
export function installProgram(memory: ArrayBufferLike, thread: number, program: RandomProgram): void {
  const view = new DataView(memory);
  const physical = (ea: number) => ea & (GUEST_BYTES - 1);
  program.words.forEach((word, i) => {
    view.setUint32(physical(program.base) + 4 * i, word);
  });
  new Uint8Array(memory).set(program.window.bytes, physical(program.window.address));
  clearContext(memory, thread);
  const base = contextBase(thread);
  program.gpr.forEach((value, n) => {
    view.setBigUint64(base + CTX.gpr + 8 * n, value, true);
  });
  program.fpr.forEach((value, n) => {
    view.setBigUint64(base + CTX.fpr + 8 * n, value, true);
  });
  program.vr.forEach((value, n) => {
    value.forEach((byte, k) => {
      view.setUint8(base + CTX.vr + 16 * n + (k ^ 3), byte);
    });
  });
  program.crf.forEach((value, n) => {
    view.setUint32(base + CTX.crf + 4 * n, value, true);
  });
  for (const name of ['ca', 'so', 'ov', 'xerCount'] as const) {
    view.setUint32(base + CTX[name], program.xer[name], true);
  }
  view.setUint32(base + CTX.vscr, program.vscr, true);
  view.setBigUint64(base + CTX.pc, BigInt(program.base), true);
}

/** Architectural state after a run, as lines to compare: registers, then the window in rows of 32 bytes. */
export function stateLines(memory: ArrayBufferLike, thread: number, program: RandomProgram): string[] {
  const view = new DataView(memory);
  const base = contextBase(thread);
  const hex = (value: bigint | number, digits: number) => value.toString(16).padStart(digits, '0');
  const u64 = (at: number) => hex(view.getBigUint64(base + at, true), 16);
  const u32 = (at: number) => hex(view.getUint32(base + at, true), 8);
  const lines: string[] = [];
  for (let n = 0; n < 32; n++) lines.push(`r${n} ${u64(CTX.gpr + 8 * n)}`);
  for (let n = 0; n < 32; n++) lines.push(`f${n} ${u64(CTX.fpr + 8 * n)}`);
  for (let n = 0; n < 128; n++) {
    lines.push(`v${n} ${[0, 4, 8, 12].map((at) => u32(CTX.vr + 16 * n + at)).join('')}`);
  }
  for (let n = 0; n < 8; n++) lines.push(`cr${n} ${u32(CTX.crf + 4 * n)}`);
  for (const name of ['lr', 'ctr', 'vrsave', 'pc', 'instructions'] as const)
    lines.push(`${name} ${u64(CTX[name])}`);
  for (const name of ['ca', 'so', 'ov', 'xerCount', 'fpscr', 'vscr'] as const)
    lines.push(`${name} ${u32(CTX[name])}`);
  const bytes = new Uint8Array(memory, program.window.address & (GUEST_BYTES - 1), WINDOW_BYTES);
  for (let at = 0; at < WINDOW_BYTES; at += 32) {
    const row = Array.from(bytes.subarray(at, at + 32), (byte) => hex(byte, 2)).join('');
    lines.push(`${hex(program.window.address + at, 8)} ${row}`);
  }
  return lines;
}
