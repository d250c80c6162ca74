import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import seedrandom from 'seedrandom';
import { CTX, contextBase, MEMORY_BYTES } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { rows as branchRows } from '../../sim/isa/branch.js';
import { encodeFields, operandNames, rangeOf } from '../../sim/isa/fields.js';
import { rows as floatRows } from '../../sim/isa/float.js';
import { rows as integerRows } from '../../sim/isa/integer.js';
import { rows as loadStoreRows } from '../../sim/isa/load-store.js';
import type { Row } from '../../sim/isa/row.js';
import { rows as systemRows } from '../../sim/isa/system.js';
import { byName } from '../../sim/isa/table.js';
import { below, pick, type Random, randomDouble, randomInteger } from '../support/random-values.js';

/**
 * Every scalar row against QEMU. One program, made of words by our own table, runs all cases: each loads its
 * registers from a block, executes the instruction, and stores the registers back. The same program runs on the
 * evaluator; then the blocks must be equal.
 */
const BASE = 0x0100_0000;
const ENTRY = 0x100;

/** A block: general registers, f1..f6, special registers, and 128 bytes of memory with r10 at their middle. */
const SAVED = [0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 26, 27, 28, 29, 30, 31];
const FLOATS = [1, 2, 3, 4, 5, 6];
const BLOCK = {
  gpr: 0,
  fpr: 128,
  fpscr: 176,
  xer: 184,
  cr: 192,
  ctr: 200,
  lr: 208,
  marker: 216,
  memory: 256,
  size: 384,
};
const gprOffset = (register: number): number => BLOCK.gpr + 8 * SAVED.indexOf(register);

const word = (name: string, fields: Record<string, number>): number => {
  const row = byName(name);
  return encodeFields(row.form, row.bits, fields);
};
const ld = (rD: number, ds: number): number => word('ld', { rD, rA: 2, ds });
const std = (rS: number, ds: number): number => word('std', { rS, rA: 2, ds });

const loadBlock = [
  word('lfd', { frD: 0, rA: 2, d: BLOCK.fpscr }),
  word('mtfsf', { FLM: 255, frB: 0 }),
  ...[
    { at: BLOCK.xer, SPR: 1 },
    { at: BLOCK.ctr, SPR: 9 },
    { at: BLOCK.lr, SPR: 8 },
  ].flatMap(({ at, SPR }) => [ld(3, at), word('mtspr', { SPR, rS: 3 })]),
  ld(3, BLOCK.cr),
  word('mtcrf', { CRM: 255, rS: 3 }),
  word('addi', { rD: 12, rA: 0, SIMM: 0 }),
  ...FLOATS.map((frD, i) => word('lfd', { frD, rA: 2, d: BLOCK.fpr + 8 * i })),
  ...SAVED.map((register) => ld(register, gprOffset(register))),
];
const storeBlock = [
  ...FLOATS.map((frS, i) => word('stfd', { frS, rA: 2, d: BLOCK.fpr + 8 * i })),
  ...SAVED.map((register) => std(register, gprOffset(register))),
  word('mffs', { frD: 0 }),
  word('stfd', { frS: 0, rA: 2, d: BLOCK.fpscr }),
  ...[
    { at: BLOCK.xer, SPR: 1 },
    { at: BLOCK.ctr, SPR: 9 },
    { at: BLOCK.lr, SPR: 8 },
  ].flatMap(({ at, SPR }) => [word('mfspr', { rD: 3, SPR }), std(3, at)]),
  word('mfcr', { rD: 3 }),
  std(3, BLOCK.cr),
  std(12, BLOCK.marker),
  word('addi', { rD: 2, rA: 2, SIMM: BLOCK.size }),
];
/** A taken branch skips this. */
const markNotTaken = word('addi', { rD: 12, rA: 0, SIMM: 1 });

const constant = (register: number, value: number): number[] => [
  word('addis', { rD: register, rA: 0, SIMM: (value >>> 16) & 0x7fff }),
  word('ori', { rA: register, rS: register, UIMM: value & 0xffff }),
];

/** Rows whose outcome is not comparable: ends or traps, time, estimates, block sizes, branches too far to reach. */
const UNCOMPARED = /^(sc|mftb|fres\.?|frsqrte\.?|dcbz|dcbz128|bca|bcla)$/;

const rows = [...integerRows, ...branchRows, ...loadStoreRows, ...floatRows, ...systemRows].filter(
  (row) => !UNCOMPARED.test(row.name),
);

interface Case {
  readonly row: Row;
  readonly fields: Readonly<Record<string, number>>;
  /** Instructions before the one tested. */
  readonly before: readonly number[];
  readonly block: Uint8Array;
}

const isMemory = (row: Row): boolean => /load|store|cache/i.test(row.timing);
const isUpdate = (row: Row): boolean => isMemory(row) && /ux?$/.test(row.name);
const isReservation = (row: Row): boolean => /loadReserve|storeConditional/.test(row.timing);
/** Neither exceptions that trap nor non-IEEE mode: VE OE UE ZE XE NI. */
const FORBIDDEN_STATUS = 0xfc;
const ENABLES = [24, 25, 26, 27, 28, 29];

function operandsOf(row: Row, random: Random, address: number): Record<string, number> {
  const values: Record<string, number> = {};
  const memory = isMemory(row);
  const general = (): number => pick(random, [0, 4, 5, 6, 7, 8, 9]);
  for (const name of operandNames(row.syntax)) {
    const { low, high, step } = rangeOf(row.form.fields[name]);
    if (/^r[DS]$/.test(name)) values[name] = memory ? pick(random, [4, 5, 6, 7, 8, 9]) : general();
    else if (/^r[AB]$/.test(name)) values[name] = memory ? (name === 'rA' ? 10 : 11) : general();
    else if (/^fr/.test(name)) values[name] = pick(random, FLOATS);
    else if (name === 'd' || name === 'ds')
      values[name] = 4 * below(random, 26) - 64 + (name === 'd' ? below(random, 4) : 0);
    else if (name === 'LI') values[name] = /a$/.test(row.name) ? address + 8 : 8;
    else if (name === 'BD') values[name] = 8;
    else if (name === 'BO')
      values[name] = pick(
        random,
        row.name.startsWith('bcctr') ? [4, 12, 20] : [0, 2, 4, 8, 10, 12, 16, 18, 20],
      );
    else if (name === 'SPR') values[name] = pick(random, [1, 8, 9]);
    else if (name === 'FXM') values[name] = 1 << below(random, 8);
    else if (name === 'TO') values[name] = 0;
    else values[name] = low + step * below(random, (high - low) / step + 1);
  }
  if (memory && !isUpdate(row) && values.rB !== undefined && random() < 0.3)
    Object.assign(values, { rA: 0, rB: 10 });
  if (/mw$/.test(row.name)) values[row.name === 'lmw' ? 'rD' : 'rS'] = 26 + below(random, 6);
  if (/swi$/.test(row.name)) {
    values[row.name === 'lswi' ? 'rD' : 'rS'] = pick(random, [4, 28]);
    values.NB = 1 + below(random, 24);
  }
  if (/^mtfsfi/.test(row.name)) {
    if (values.crfD === 6) values.crfD = 5;
    if (values.crfD === 7) values.U &= 3;
  }
  if (/^mtfsb1/.test(row.name) && ENABLES.includes(values.crbD)) values.crbD -= 6;
  return values;
}

/** A double that is representable in single precision, for operations that ask for such operands. */
function randomSingleAsDouble(random: Random): bigint {
  const view = new DataView(new ArrayBuffer(8));
  for (;;) {
    view.setBigUint64(0, randomDouble(random));
    const value = view.getFloat64(0);
    if (Number.isNaN(value)) return view.getBigUint64(0) & ~0x1fff_ffffn;
    if (Math.fround(value) === value) return view.getBigUint64(0);
  }
}

function makeBlock(row: Row, random: Random, address: number, blockAddress: number): Uint8Array {
  const block = new DataView(new ArrayBuffer(BLOCK.size));
  const isShift = row.timing === 'shiftVariable';
  for (const register of SAVED) {
    const value = isShift && random() < 0.6 ? BigInt(below(random, 140)) : randomInteger(random);
    block.setBigUint64(gprOffset(register), value);
  }
  block.setBigUint64(gprOffset(10), BigInt(blockAddress + BLOCK.memory + 64));
  const isMultiple = isReservation(row) ? 8 : 1;
  if (isMemory(row)) block.setBigUint64(gprOffset(11), BigInt(isMultiple * below(random, 48 / isMultiple)));
  const single = /s\.?$/.test(row.name) && /^float(Divide|SquareRoot)?$/.test(row.timing);
  FLOATS.forEach((_, i) => {
    const asInteger = /fcfid|mtfsf|fcti/.test(row.name) && random() < 0.5;
    const bits = asInteger
      ? randomInteger(random)
      : single
        ? randomSingleAsDouble(random)
        : randomDouble(random);
    const safe = /^mtfsf/.test(row.name) ? bits & ~BigInt(FORBIDDEN_STATUS) : bits;
    block.setBigUint64(BLOCK.fpr + 8 * i, safe);
  });
  // QEMU sets FX also when an exception bit was set before; so FX is set where others are.
  const status =
    random() < 0.5 ? below(random, 4) : ((below(random, 2 ** 32) & ~FORBIDDEN_STATUS) | 0x8000_0000) >>> 0;
  // QEMU negates before it rounds, which directed rounding (RN = 2, 3) shows; the architecture says after.
  const rounding = row.name.startsWith('fnm') ? status & ~2 : status;
  block.setBigUint64(BLOCK.fpscr, BigInt(rounding >>> 0));
  block.setBigUint64(BLOCK.xer, (BigInt(below(random, 8)) << 29n) | BigInt(below(random, 128)));
  block.setBigUint64(BLOCK.cr, BigInt(below(random, 2 ** 32)));
  const target = BigInt(address + 8);
  block.setBigUint64(BLOCK.ctr, row.name.startsWith('bcctr') ? target : BigInt(below(random, 4)));
  block.setBigUint64(
    BLOCK.lr,
    row.name.startsWith('bclr') ? target + BigInt(below(random, 4)) : randomInteger(random),
  );
  for (let i = BLOCK.memory; i < BLOCK.size; i++) block.setUint8(i, below(random, 256));
  return new Uint8Array(block.buffer);
}

const CASE_WORDS = loadBlock.length + storeBlock.length + 3;
const CASES_A_ROW = 24;

function makeCases(random: Random): { cases: Case[]; code: number[]; dataOffset: number } {
  const count = rows.length * CASES_A_ROW;
  const dataOffset = (ENTRY + 4 * (count * CASE_WORDS + 32) + 0xfff) & ~0xfff;
  const code = constant(2, BASE + dataOffset);
  const cases = rows.flatMap((row) =>
    Array.from({ length: CASES_A_ROW }, (_, i): Case => {
      const at = (cases: number): number => BASE + dataOffset + BLOCK.size * cases;
      const number = rows.indexOf(row) * CASES_A_ROW + i;
      const address = BASE + ENTRY + 4 * (code.length + loadBlock.length + 1);
      const fields = operandsOf(row, random, address);
      const reserve = row.name === 'stwcx.' ? 'lwarx' : row.name === 'stdcx.' ? 'ldarx' : undefined;
      const before =
        reserve && i % 2 ? word(reserve, { rD: 3, rA: fields.rA, rB: fields.rB }) : word('nop', {});
      const tested = encodeFields(row.form, row.bits, fields);
      code.push(...loadBlock, before, tested, markNotTaken, ...storeBlock);
      return { row, fields, before: [before], block: makeBlock(row, random, address, at(number)) };
    }),
  );
  const length = count * BLOCK.size;
  code.push(
    ...constant(4, BASE + dataOffset),
    ...constant(5, length),
    ...constant(3, 1),
    ...constant(0, 4),
    word('sc', {}),
    ...constant(3, 0),
    ...constant(0, 1),
    word('sc', {}),
  );
  return { cases, code, dataOffset };
}

/** A static big-endian PowerPC ELF (ABI 2, so that the entry is code) of one segment, mapped at BASE. */
function elfImage(code: readonly number[], dataOffset: number, cases: readonly Case[]): Uint8Array {
  const image = new Uint8Array(dataOffset + BLOCK.size * cases.length);
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1]);
  view.setUint16(16, 2); // executable
  view.setUint16(18, 21); // PowerPC 64
  view.setUint32(20, 1);
  view.setBigUint64(24, BigInt(BASE + ENTRY));
  view.setBigUint64(32, 64n); // program headers
  view.setUint32(48, 2);
  view.setUint16(52, 64);
  view.setUint16(54, 56);
  view.setUint16(56, 1);
  view.setUint32(64, 1); // load
  view.setUint32(68, 7); // read, write, execute
  view.setBigUint64(80, BigInt(BASE));
  view.setBigUint64(88, BigInt(BASE));
  view.setBigUint64(96, BigInt(image.length));
  view.setBigUint64(104, BigInt(image.length));
  view.setBigUint64(112, 0x1_0000n);
  code.forEach((instruction, i) => {
    view.setUint32(ENTRY + 4 * i, instruction);
  });
  cases.forEach(({ block }, i) => {
    image.set(block, dataOffset + BLOCK.size * i);
  });
  return image;
}

const QEMU = 'qemu-ppc64';

function runInQemu(image: Uint8Array): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'xenon-scalar-'));
  try {
    const program = join(folder, 'program');
    writeFileSync(program, image, { mode: 0o755 });
    // A file takes the one large write whole; a pipe would not.
    const output = openSync(join(folder, 'output'), 'w');
    const ran = spawnSync(QEMU, ['-cpu', 'power9', program], { stdio: ['ignore', output, 'pipe'] });
    closeSync(output);
    if (ran.status !== 0) throw new Error(`QEMU ended with ${ran.status ?? ran.signal}: ${ran.stderr}`);
    return Uint8Array.from(readFileSync(join(folder, 'output')));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runHere(image: Uint8Array, dataOffset: number): Uint8Array {
  const memory = new ArrayBuffer(MEMORY_BYTES);
  const bytes = new Uint8Array(memory);
  bytes.set(image, BASE);
  new BigUint64Array(memory)[(contextBase(0) + CTX.pc) >> 3] = BigInt(BASE + ENTRY);
  const evaluator = new Evaluator(memory, { floatStatus: true });
  for (;;) {
    const { stop } = evaluator.step(0);
    if (stop?.kind === 'systemCall') break;
    if (stop) throw new Error(stop.message);
  }
  return bytes.subarray(BASE + dataOffset, BASE + image.length);
}

/** FR and FI: QEMU keeps no FR. */
const FRACTION_STATUS = 0x6_0000n;
/** QEMU keeps reserved bits of XER, two of which came to use in later processors. */
const XER_RESERVED = 0x1fff_ff80n;
/** QEMU judges by double precision whether a single is denormal. */
const SINGLE_CLASS_STATUS = 0x1_0000n;
const CLASS_STATUS = 0x1_f000n;

/**
 * Clears what the architecture leaves undefined, or QEMU does not model, in the outcome of a case. With mtfsb1 that is
 * FX, which QEMU does not raise with every exception bit.
 */
function withoutUndefined({ row, fields, block }: Case, outcome: Uint8Array): Uint8Array {
  const result = outcome.slice();
  const view = new DataView(result.buffer);
  const drop = (at: number, bits: bigint): void => view.setBigUint64(at, view.getBigUint64(at) & ~bits);
  drop(BLOCK.xer, XER_RESERVED);
  if (/^mtfsb1/.test(row.name)) {
    drop(BLOCK.fpscr, 0x8000_0000n);
    drop(BLOCK.cr, 0x0800_0000n);
  }
  if (!/^mt|^mcrfs|^mffs/.test(row.name)) drop(BLOCK.fpscr, FRACTION_STATUS);
  if (/s\.?$|^frsp/.test(row.name)) drop(BLOCK.fpscr, SINGLE_CLASS_STATUS);
  if (/^fcti/.test(row.name)) drop(BLOCK.fpscr, CLASS_STATUS);
  if (/^fctiw/.test(row.name)) drop(BLOCK.fpr + 8 * (fields.frD - 1), 0xffff_ffff_0000_0000n);
  if (/^div/.test(row.name)) {
    const before = new DataView(block.buffer);
    const bits = row.name.startsWith('divd') ? 64 : 32;
    const a = BigInt.asIntN(bits, before.getBigUint64(gprOffset(fields.rA)));
    const b = BigInt.asIntN(bits, before.getBigUint64(gprOffset(fields.rB)));
    if (b === 0n || (b === -1n && a === -(1n << BigInt(bits - 1)))) {
      drop(gprOffset(fields.rD), 0xffff_ffff_ffff_ffffn);
      drop(BLOCK.cr, 0xe000_0000n);
    }
  }
  return result;
}

const hasQemu = spawnSync(QEMU, ['--version']).status === 0;
const withQemu = hasQemu ? test : test.skip;

/** Names of the parts of a block that differ, with both values. */
function differences(theirs: Uint8Array, ours: Uint8Array): string {
  const names = new Map<number, string>(SAVED.map((register) => [gprOffset(register), `r${register}`]));
  for (const n of FLOATS) names.set(BLOCK.fpr + 8 * (n - 1), `f${n}`);
  for (const [name, at] of Object.entries(BLOCK))
    if (at >= BLOCK.fpscr && at < BLOCK.memory) names.set(at, name);
  const quad = (bytes: Uint8Array, at: number): bigint =>
    new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at);
  const parts: string[] = [];
  for (let at = 0; at < BLOCK.size; at += 8) {
    if (quad(theirs, at) === quad(ours, at)) continue;
    parts.push(
      `${names.get(at) ?? `memory+${at - BLOCK.memory}`} ${quad(ours, at).toString(16)}, QEMU ${quad(theirs, at).toString(16)}`,
    );
  }
  return parts.join('; ');
}

withQemu(`scalar results equal QEMU's${hasQemu ? '' : ` (skipped: no ${QEMU})`}`, (t) => {
  const { cases, code, dataOffset } = makeCases(seedrandom('scalar'));
  const image = elfImage(code, dataOffset, cases);
  const theirs = runInQemu(image);
  const ours = runHere(image, dataOffset);
  t.is(theirs.length, ours.length);
  const faults: string[] = [];
  const wrong = new Map<string, number>();
  cases.forEach((one, i) => {
    const range = [BLOCK.size * i, BLOCK.size * (i + 1)] as const;
    const seen = differences(
      withoutUndefined(one, theirs.slice(...range)),
      withoutUndefined(one, ours.slice(...range)),
    );
    if (seen === '') return;
    wrong.set(one.row.name, (wrong.get(one.row.name) ?? 0) + 1);
    const before = differences(theirs.slice(...range), one.block);
    faults.push(`${one.row.name} ${JSON.stringify(one.fields)}: ${seen} (before: ${before})`);
  });
  t.deepEqual(faults.slice(0, 12), [], `${faults.length} of ${cases.length}: ${JSON.stringify([...wrong])}`);
  t.true(cases.length > 8000, `${cases.length} cases`);
});
