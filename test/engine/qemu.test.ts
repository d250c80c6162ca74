import test from 'ava';
import seedrandom from 'seedrandom';
import { caseRegister, clearContext } from '../../sim/engine/conform-registers.js';
import { MEMORY_BYTES as BUFFER_BYTES, contextBase, GUEST_BYTES } from '../../sim/engine/context.js';
import { dataflow } from '../../sim/engine/dataflow.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { GPR } from '../../sim/isa/registers.js';
import type { Fields, Row } from '../../sim/isa/row.js';
import { decode, ROWS } from '../../sim/isa/table.js';
import {
  type MachineState,
  MEMORY_ADDRESS,
  MEMORY_BYTES,
  qemuMissing,
  RECORD_ADDRESS,
  runOnQemu,
} from '../support/qemu.js';
import {
  below,
  type Random,
  randomBits,
  randomDouble,
  randomInteger,
  randomVector,
  randomWord,
} from '../support/random-values.js';

const CASES_PER_ROW = 32;

/** Rows that the runner cannot execute or that QEMU's CPU has not, with the reason. */
const LEFT_OUT: readonly [pattern: RegExp, reason: string][] = [
  [/^(sc|b|bc|bclr|bcctr)l?a?$/, 'leaves the runner'],
  [/^(tw|td)i?$/, 'a trap ends the runner'],
  [/^(mftb|mfspr|mtspr)$/, 'tested by hand: most numbers are privileged or vary'],
  [/^lmw$/, 'writes r31, which the runner needs'],
  [/^l(w|d)arx$|^st(w|d)cx\.$/, 'a reservation needs two instructions: tested by hand'],
  [/^dcb|^icbi$|^dss|^dst/, 'acts on lines of another size, or has no effect to compare'],
  [/^(db|cct)/, 'a thread hint: no effect to compare'],
  [/^[ls]t?v[lr]xl?$|^stv[lr]xl?$/, 'Cell instructions, absent from the CPUs of QEMU'],
  [/^v?(fres|frsqrte|refp|rsqrtefp|exptefp|logefp)\.?$/, 'estimates are the maker’s choice'],
  [/128$|128\.$/, 'VMX128, absent from every CPU of QEMU'],
];
const leftOut = (row: Row): boolean =>
  row.timing === 'illegal' || LEFT_OUT.some(([pattern]) => pattern.test(row.name));

function randomState(random: Random): MachineState {
  const all = Array.from({ length: 32 });
  return {
    gpr: all.map((_, n) => (n === 31 ? RECORD_ADDRESS : randomInteger(random))),
    fpr: all.map(() => (below(random, 8) === 0 ? randomInteger(random) : randomDouble(random))),
    vr: all.map(() => randomVector(random)),
    cr: Number(randomBits(random, 32)),
    xer: Number(randomBits(random, 3) << 29n) + below(random, 128),
    lr: randomInteger(random),
    ctr: randomInteger(random),
    fpscr: below(random, 4),
    vscr: below(random, 2) * 0x1_0000,
    memory: Uint8Array.from({ length: MEMORY_BYTES }, () => below(random, 256)),
  };
}

/**
 * Sets an enable bit of FPSCR (24 to 28), with which QEMU ends the runner by a signal, or NI, which QEMU has
 * not.
 */
function enablesException(row: Row, fields: Fields): boolean {
  if (row.name.startsWith('mtfsb1')) return fields.crbD >= 24 && fields.crbD <= 29;
  if (!row.name.startsWith('mtfsfi')) return false;
  return (fields.crfD === 6 && fields.U !== 0) || (fields.crfD === 7 && fields.U >= 4);
}

/** A word of this row that leaves r31 alone, and a state in which its address is inside the memory. */
function randomCase(row: Row, random: Random): { word: number; state: MachineState } {
  for (;;) {
    const word = randomWord(row, random, { FXM: 1 << below(random, 8) });
    const decoded = decode(word)!;
    if (decoded.row !== row) continue;
    const { fields } = decoded;
    const flow = dataflow(row, fields, { sf: true });
    if (flow.writes.some(({ reg }) => reg === GPR + 31)) continue;
    if (enablesException(row, fields)) continue;
    const state = randomState(random);
    // Toward an infinity QEMU rounds the negated value, the architecture the value.
    if (NEGATED.test(row.name)) state.fpscr &= 1;
    if (row.name.startsWith('mtfsf')) state.fpr[fields.frB] &= ~0xfcn;
    if (flow.accesses.length === 0) return { word, state };
    const bases = flow.reads.filter(({ role }) => role === 'address').map(({ reg }) => reg - GPR);
    const update = /ux?$/.test(row.name);
    const isLoad = flow.accesses[0].kind === 'load';
    // Invalid forms: no base, an update of r0 or of the loaded register, a base among loaded ones.
    if (bases.length === 0 || bases.includes(31)) continue;
    if (/rA,rB/.test(row.syntax) && fields.rA === fields.rB) continue;
    if (update && (fields.rA === 0 || (isLoad && fields.rA === fields.rD && row.syntax.startsWith('rD'))))
      continue;
    if (row.name === 'lswi' && flow.writes.some(({ reg }) => bases.includes(reg - GPR))) continue;
    if (row.name === 'lswi' && flow.writes.some(({ reg }) => reg === GPR + 0 && fields.rD !== 0)) continue;
    const displacement =
      BigInt(fields.d !== undefined && /d\(/.test(row.syntax) ? fields.d : 0) +
      BigInt(/ds\(/.test(row.syntax) ? fields.ds : 0);
    const address = BigInt(MEMORY_ADDRESS + below(random, 96));
    const [first, second] = bases;
    const other = second === undefined ? displacement : BigInt.asIntN(16, state.gpr[second]);
    if (second !== undefined) state.gpr[second] = BigInt.asUintN(64, other);
    state.gpr[first] = BigInt.asUintN(64, address - other);
    return { word, state };
  }
}

const memory = new ArrayBuffer(BUFFER_BYTES);
const at = MEMORY_ADDRESS & (GUEST_BYTES - 1);
const NAMES = ['cr', 'xer', 'lr', 'ctr', 'fpscr', 'vscr'] as const;
const register = (name: string) => caseRegister(name)!;
const file = (letter: string) => Array.from({ length: 32 }, (_, n) => register(`${letter}${n}`));
const [GPRS, FPRS, VRS] = [file('r'), file('f'), file('v')];

function evaluateOne(cpu: Evaluator, word: number, state: MachineState): MachineState & { stopped?: string } {
  const view = new DataView(memory);
  const base = contextBase(0);
  const vector = (bytes: Uint8Array) => bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const vectorBytes = (value: bigint) =>
    Uint8Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(120 - 8 * i)) & 0xffn));
  clearContext(memory, 0);
  for (const name of NAMES) register(name).set(view, base, BigInt(state[name]));
  for (const [n, value] of state.gpr.entries()) GPRS[n].set(view, base, value);
  for (const [n, value] of state.fpr.entries()) FPRS[n].set(view, base, value);
  for (const [n, value] of state.vr.entries()) VRS[n].set(view, base, vector(value));
  new Uint8Array(memory).set(state.memory, at);
  const event = cpu.executeOne(0, 0x1000, word);
  const get = (name: string) => register(name).get(view, base);
  return {
    gpr: GPRS.map((gpr) => gpr.get(view, base)),
    fpr: FPRS.map((fpr) => fpr.get(view, base)),
    vr: VRS.map((vr) => vectorBytes(vr.get(view, base))),
    cr: Number(get('cr')),
    xer: Number(get('xer')),
    lr: get('lr'),
    ctr: get('ctr'),
    fpscr: Number(get('fpscr')),
    vscr: Number(get('vscr')),
    memory: new Uint8Array(memory).slice(at, at + MEMORY_BYTES),
    stopped: event.stop?.message,
  };
}

const FR = 0x4_0000;
const FPRF = 0x1_f000;
const RESERVED = 0x800;
const NEGATED = /^fnm(add|sub)s?\.?$/;

/**
 * What is not compared, per state: parts that the architecture leaves undefined, and three points where QEMU
 * 7.2 is known to differ from the architecture (it has no FR, negates fnmadd's and fnmsub's result before
 * rounding, and cuts the NaN that a single-precision operation passes on).
 */
function blur(row: Row, fields: Fields, before: MachineState, state: MachineState): MachineState {
  const { name, timing } = row;
  const result = { ...state, gpr: [...state.gpr], fpr: [...state.fpr], vr: [...state.vr] };
  // CA32 and OV32 of later processors.
  result.xer &= ~0xc_0000;
  result.fpscr &= ~(FR | RESERVED);
  result.vscr &= 0x1_0001;
  if (timing.startsWith('divide') && !hasQuotient(name, before.gpr[fields.rA], before.gpr[fields.rB])) {
    result.gpr[fields.rD] = 0n;
    result.cr &= 0x1fff_ffff;
  }
  if (/^fct/.test(name)) result.fpscr &= ~FPRF;
  if (/^fctiw/.test(name)) result.fpr[fields.frD] &= 0xffff_ffffn;
  // FX does not follow mtfsb1 there.
  if (/^mtfsb1/.test(name)) result.fpscr &= 0x7fff_ffff;
  if (name === 'mtfsb1.') result.cr &= ~0x0800_0000;
  // Ordered comparison: VXVC is not kept.
  if (name === 'fcmpo') result.fpscr = 0;
  if (/^f.*s\.?$/.test(name) && /^float/.test(timing)) {
    const exponent = (result.fpr[fields.frD] >> 52n) & 0x7ffn;
    if (exponent === 0x7ffn) result.fpr[fields.frD] &= ~0x1fff_ffffn;
    // QEMU classes a denormal single by its double.
    if (exponent <= 896n) result.fpscr &= ~FPRF;
  }
  if (name === 'fres' || name === 'frsp' || name === 'frsp.') {
    if (((result.fpr[fields.frD] >> 52n) & 0x7ffn) <= 896n) result.fpscr &= ~FPRF;
  }
  // Bytes beside the loaded element are undefined.
  const element = { lvebx: 1, lvehx: 2, lvewx: 4 }[name];
  if (element !== undefined) {
    const ea = (fields.rA === 0 ? 0n : before.gpr[fields.rA]) + before.gpr[fields.rB];
    const from = Number(ea & 15n) & -element;
    result.vr[fields.vD] = result.vr[fields.vD].map((byte, i) =>
      i >= from && i < from + element ? byte : 0,
    );
  }
  return result;
}

function hasQuotient(name: string, a: bigint, b: bigint): boolean {
  const bits = name.startsWith('divw') ? 32 : 64;
  const divisor = BigInt.asIntN(bits, b);
  if (divisor === 0n) return false;
  return name[4] === 'u' || divisor !== -1n || BigInt.asIntN(bits, a) !== -(1n << BigInt(bits - 1));
}

/** Differences as text, empty when equal. */
function differences(mine: MachineState, theirs: MachineState): string[] {
  const found: string[] = [];
  const note = (what: string, a: bigint | number, b: bigint | number) => {
    if (a !== b) found.push(`${what} ${a.toString(16)}, qemu ${b.toString(16)}`);
  };
  for (const [n, value] of mine.gpr.entries()) note(`r${n}`, value, theirs.gpr[n]);
  for (const [n, value] of mine.fpr.entries()) note(`f${n}`, value, theirs.fpr[n]);
  mine.vr.forEach((value, n) => {
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    if (text(value) !== text(theirs.vr[n])) found.push(`v${n} ${text(value)}, qemu ${text(theirs.vr[n])}`);
  });
  for (const name of NAMES) note(name, mine[name], theirs[name]);
  for (const [i, byte] of mine.memory.entries()) note(`byte ${i}`, byte, theirs.memory[i]);
  return found;
}

const maybe = qemuMissing === undefined ? test : test.skip;
const reason = qemuMissing === undefined ? '' : ` (skipped: no ${qemuMissing})`;

maybe(`every base and AltiVec instruction gives what QEMU gives${reason}`, (t) => {
  const random = seedrandom.alea('qemu');
  const rows = ROWS.filter((row) => !leftOut(row));
  const cases = rows.flatMap((row) =>
    Array.from({ length: CASES_PER_ROW }, () => ({ row, ...randomCase(row, random) })),
  );
  const cpu = new Evaluator(memory, { sf: true, floatStatus: true });
  const theirs = runOnQemu(cases);
  const faults = new Map<string, string[]>();
  cases.forEach(({ row, word, state }, i) => {
    const { fields } = decode(word)!;
    const mine = evaluateOne(cpu, word, state);
    const found = theirs[i].illegal
      ? ['unknown to qemu']
      : mine.stopped !== undefined
        ? [mine.stopped]
        : differences(blur(row, fields, state, mine), blur(row, fields, state, theirs[i]));
    if (found.length === 0) return;
    const list = faults.get(row.name) ?? [];
    list.push(`${word.toString(16).padStart(8, '0')}: ${found.join('; ')}`);
    faults.set(row.name, list);
  });
  const report = [...faults].map(([name, list]) => `${name} (${list.length}): ${list[0]}`);
  t.log(`${rows.length} instructions, ${cases.length} cases`);
  t.deepEqual(report, []);
});
