import test from 'ava';
import seedrandom from 'seedrandom';
import { CTX, contextBase, MEMORY_BYTES } from '../../sim/engine/context.js';
import { branchTarget, dataflow } from '../../sim/engine/dataflow.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { encodeRow } from '../../sim/isa/fields.js';
import {
  CA,
  CRF,
  CTR,
  FPR,
  GPR,
  LR,
  OV,
  registerName,
  SO,
  VR,
  VSCR,
  XER_COUNT,
} from '../../sim/isa/registers.js';
import { byName, decode, ROWS } from '../../sim/isa/table.js';
import { installProgram, randomProgram } from '../support/random-program.js';
import { randomInteger, randomVector, randomWord } from '../support/random-values.js';

/** Reads as `r3 address`, writes as `r4`. */
function flowOf(name: string, operands: Record<string, number>, sf = true) {
  const { row, fields } = decode(encodeRow(byName(name), operands))!;
  const flow = dataflow(row, fields, { sf });
  return {
    reads: flow.reads.map(({ reg, role }) => `${registerName(reg)} ${role}`),
    writes: flow.writes.map(({ reg }) => registerName(reg)),
    flow,
  };
}

const cases: [name: string, operands: Record<string, number>, reads: string[], writes: string[]][] = [
  ['andi.', { rA: 3, rS: 4, UIMM: 7 }, ['r4 value', 'so value'], ['r3', 'cr0']],
  ['addi', { rD: 3, rA: 0, SIMM: 1 }, [], ['r3']],
  ['addi', { rD: 3, rA: 4, SIMM: 1 }, ['r4 value'], ['r3']],
  ['add.', { rD: 3, rA: 4, rB: 5 }, ['r4 value', 'r5 value', 'so value'], ['r3', 'cr0']],
  ['addo', { rD: 3, rA: 4, rB: 5 }, ['r4 value', 'r5 value', 'so value'], ['r3', 'so', 'ov']],
  ['adde', { rD: 3, rA: 4, rB: 5 }, ['r4 value', 'r5 value', 'ca value'], ['r3', 'ca']],
  ['addze', { rD: 3, rA: 4 }, ['r4 value', 'ca value'], ['r3', 'ca']],
  ['srawi', { rA: 3, rS: 4, SH: 5 }, ['r4 value'], ['r3', 'ca']],
  ['rlwinm', { rA: 3, rS: 4, SH: 5, MB: 6, ME: 7 }, ['r4 value'], ['r3']],
  ['rlwimi', { rA: 3, rS: 4, SH: 5, MB: 6, ME: 7 }, ['r3 value', 'r4 value'], ['r3']],
  ['rldimi', { rA: 3, rS: 4, sh: 5, mb: 6 }, ['r3 value', 'r4 value'], ['r3']],
  ['cmpi', { crfD: 3, L: 0, rA: 4, SIMM: 1 }, ['r4 value', 'so value'], ['cr3']],
  ['crxor', { crbD: 6, crbA: 9, crbB: 31 }, ['cr1 value', 'cr2 value', 'cr7 value'], ['cr1']],
  ['mcrf', { crfD: 1, crfS: 5 }, ['cr5 value'], ['cr1']],
  ['mtcrf', { CRM: 0b10000001, rS: 9 }, ['r9 value'], ['cr0', 'cr7']],
  ['mtocrf', { FXM: 0b00100000, rS: 9 }, ['r9 value'], ['cr2']],
  ['mfcr', { rD: 9 }, Array.from({ length: 8 }, (_, n) => `cr${n} value`), ['r9']],
  ['mfocrf', { rD: 9, FXM: 0b00000010 }, ['cr6 value'], ['r9']],
  ['mtspr', { SPR: 8, rS: 9 }, ['r9 value'], ['lr']],
  ['mfspr', { SPR: 9, rD: 9 }, ['ctr value'], ['r9']],
  ['mtspr', { SPR: 1, rS: 9 }, ['r9 value'], ['ca', 'so', 'ov', 'xercount']],
  ['lwz', { rD: 3, rA: 0, d: 64 }, [], ['r3']],
  ['lwz', { rD: 3, rA: 4, d: 64 }, ['r4 address'], ['r3']],
  ['lwzu', { rD: 3, rA: 4, d: 64 }, ['r4 address', 'r4 value'], ['r3', 'r4']],
  ['lwzux', { rD: 3, rA: 4, rB: 5 }, ['r4 address', 'r4 value', 'r5 address', 'r5 value'], ['r3', 'r4']],
  ['stw', { rS: 3, rA: 4, d: 0 }, ['r3 storeData', 'r4 address'], []],
  ['stw', { rS: 3, rA: 3, d: 0 }, ['r3 address', 'r3 storeData'], []],
  ['stwu', { rS: 1, rA: 1, d: -64 }, ['r1 address', 'r1 storeData', 'r1 value'], ['r1']],
  ['stwcx.', { rS: 3, rA: 0, rB: 5 }, ['r3 storeData', 'r5 address', 'so value'], ['cr0']],
  ['lwarx', { rD: 3, rA: 4, rB: 5 }, ['r4 address', 'r5 address'], ['r3']],
  ['stmw', { rS: 30, rA: 4, d: 0 }, ['r4 address', 'r30 storeData', 'r31 storeData'], []],
  ['lfs', { frD: 3, rA: 4, d: 0 }, ['r4 address'], ['f3']],
  ['stfiwx', { frS: 3, rA: 4, rB: 5 }, ['r4 address', 'r5 address', 'f3 storeData'], []],
  ['fmadds', { frD: 1, frA: 2, frC: 3, frB: 4 }, ['f2 value', 'f3 value', 'f4 value'], ['f1']],
  ['fmul', { frD: 1, frA: 2, frC: 3 }, ['f2 value', 'f3 value'], ['f1']],
  ['fsel', { frD: 1, frA: 2, frC: 3, frB: 4 }, ['f2 value', 'f3 value', 'f4 value'], ['f1']],
  ['fcmpu', { crfD: 5, frA: 2, frB: 4 }, ['f2 value', 'f4 value'], ['cr5']],
  ['fadd.', { frD: 1, frA: 2, frB: 3 }, ['f2 value', 'f3 value', 'fpscr value'], ['f1', 'cr1']],
  ['mffs', { frD: 1 }, ['fpscr value'], ['f1']],
  ['mtfsf', { FLM: 1, frB: 3 }, ['f3 value', 'fpscr value'], ['fpscr']],
  ['vmaddfp', { vD: 1, vA: 2, vC: 3, vB: 4 }, ['v2 value', 'v3 value', 'v4 value'], ['v1']],
  ['vmaddfp128', { vD: 101, vA: 2, vB: 4 }, ['v2 value', 'v4 value', 'v101 value'], ['v101']],
  ['vmaddcfp128', { vD: 101, vA: 2, vB: 4 }, ['v2 value', 'v4 value', 'v101 value'], ['v101']],
  ['vrlimi128', { vD: 101, vB: 4, MASK: 1, ROT: 1 }, ['v4 value', 'v101 value'], ['v101']],
  ['vpkd3d128', { vD: 101, vB: 4, TYPE: 1, PACK: 1, ROT: 0 }, ['v4 value', 'v101 value'], ['v101']],
  ['vupkd3d128', { vD: 101, vB: 4, UIMM: 4 }, ['v4 value'], ['v101']],
  ['vperm', { vD: 1, vA: 2, vB: 4, vC: 5 }, ['v2 value', 'v4 value', 'v5 value'], ['v1']],
  ['vsel', { vD: 1, vA: 2, vB: 4, vC: 5 }, ['v2 value', 'v4 value', 'v5 value'], ['v1']],
  ['vspltisw', { vD: 1, SIMM: 3 }, [], ['v1']],
  ['vcmpequw.', { vD: 1, vA: 2, vB: 4 }, ['v2 value', 'v4 value'], ['v1', 'cr6']],
  ['vcmpgtfp128.', { vD: 1, vA: 2, vB: 4 }, ['v2 value', 'v4 value'], ['v1', 'cr6']],
  ['vpkswss', { vD: 1, vA: 2, vB: 4 }, ['v2 value', 'v4 value', 'vscr value'], ['v1', 'vscr']],
  ['lvx', { vD: 1, rA: 4, rB: 5 }, ['r4 address', 'r5 address'], ['v1']],
  ['lvlx128', { vD: 65, rA: 0, rB: 5 }, ['r5 address'], ['v65']],
  ['lvsl', { vD: 1, rA: 4, rB: 5 }, ['r4 value', 'r5 value'], ['v1']],
  ['stvx128', { vS: 65, rA: 4, rB: 5 }, ['r4 address', 'r5 address', 'v65 storeData'], []],
  ['mtvscr', { vB: 4 }, ['v4 value'], ['vscr']],
  ['b', { LI: 64 }, [], []],
  ['bl', { LI: 64 }, [], ['lr']],
  ['bc', { BO: 12, BI: 14, BD: 64 }, ['cr3 condition'], []],
  ['bc', { BO: 16, BI: 0, BD: -64 }, ['ctr value', 'ctr condition'], ['ctr']],
  ['bclr', { BO: 20, BI: 0 }, ['lr condition'], []],
  ['bclrl', { BO: 4, BI: 2 }, ['cr0 condition', 'lr condition'], ['lr']],
  ['bcctr', { BO: 20, BI: 0 }, ['ctr condition'], []],
  ['tw', { TO: 4, rA: 4, rB: 5 }, ['r4 condition', 'r5 condition'], []],
  ['dcbz128', { rA: 4, rB: 5 }, ['r4 address', 'r5 address'], []],
  ['sync', {}, [], []],
];

const order = ['address', 'storeData', 'value', 'condition'];

for (const [name, operands, reads, writes] of cases) {
  const shown = Object.entries(operands)
    .map(([field, value]) => `${field}=${value}`)
    .join(' ');
  test(`${name} ${shown}`, (t) => {
    const found = flowOf(name, operands);
    const sorted = [...reads].sort((a, b) => {
      const [, roleA] = a.split(' ');
      const [, roleB] = b.split(' ');
      return a.split(' ')[0] === b.split(' ')[0] ? order.indexOf(roleA) - order.indexOf(roleB) : 0;
    });
    t.deepEqual(found.reads, sorted);
    t.deepEqual(found.writes, writes);
  });
}

test('a written value knows what it was made from', (t) => {
  const { flow } = flowOf('lwzu', { rD: 3, rA: 4, d: 64 });
  t.deepEqual(flow.writes, [
    { reg: GPR + 3, from: [], loaded: true },
    { reg: GPR + 4, from: [GPR + 4], loaded: false },
  ]);
  t.deepEqual(flow.accesses, [{ kind: 'load', size: 4 }]);
  t.deepEqual(flowOf('stwcx.', { rS: 3, rA: 0, rB: 5 }).flow.writes, [
    { reg: CRF, from: [SO], loaded: true },
  ]);
});

test('branches tell kind, condition and target', (t) => {
  const branch = (name: string, operands: Record<string, number>) => flowOf(name, operands).flow.branch!;
  t.deepEqual(branch('b', { LI: -64 }), {
    kind: 'direct',
    conditional: false,
    target: { relative: true, value: -64 },
  });
  t.deepEqual(branch('ba', { LI: 0x400 }), {
    kind: 'direct',
    conditional: false,
    target: { relative: false, value: 0x400 },
  });
  t.true(branch('bc', { BO: 12, BI: 2, BD: 8 }).conditional);
  t.false(branch('bc', { BO: 20, BI: 2, BD: 8 }).conditional);
  t.deepEqual(branch('bclr', { BO: 20, BI: 0 }), { kind: 'return', conditional: false });
  t.deepEqual(branch('bcctrl', { BO: 20, BI: 0 }), { kind: 'call', conditional: false });
  t.is(branchTarget(branch('b', { LI: -64 }), 0x8000_0000), 0x7fff_ffc0);
  t.is(branchTarget(branch('bca', { BO: 20, BI: 0, BD: -4 }), 0x8000_0000), 0xffff_fffc);
  t.is(branchTarget(branch('bclr', { BO: 20, BI: 0 }), 0x8000_0000), undefined);
});

test('barriers, hints, traps and calls are told', (t) => {
  t.is(flowOf('lwsync', {}).flow.barrier, 'lwsync');
  t.is(flowOf('db16cyc', {}).flow.hint, 'delay16');
  t.true(flowOf('tw', { TO: 4, rA: 1, rB: 2 }).flow.traps);
  t.true(flowOf('sc', {}).flow.systemCall);
});

/** The two state words of a register in a context, for changing and comparing it. */
const PLACES: [reg: number, at: number, bytes: number][] = [
  ...Array.from({ length: 32 }, (_, n): [number, number, number] => [GPR + n, CTX.gpr + 8 * n, 8]),
  ...Array.from({ length: 32 }, (_, n): [number, number, number] => [FPR + n, CTX.fpr + 8 * n, 8]),
  ...Array.from({ length: 128 }, (_, n): [number, number, number] => [VR + n, CTX.vr + 16 * n, 16]),
  ...Array.from({ length: 8 }, (_, n): [number, number, number] => [CRF + n, CTX.crf + 4 * n, 4]),
  [LR, CTX.lr, 8],
  [CTR, CTX.ctr, 8],
  [CA, CTX.ca, 4],
  [SO, CTX.so, 4],
  [OV, CTX.ov, 4],
  [XER_COUNT, CTX.xerCount, 4],
  [VSCR, CTX.vscr, 4],
];

/**
 * The oracle as witness: nothing changes but what dataflow says is written, and a register that it does not
 * call read has no influence on anything that is written.
 */
test('reads and writes are complete for every row', (t) => {
  const memory = new ArrayBuffer(MEMORY_BYTES);
  const bytes = new Uint8Array(memory);
  const view = new DataView(memory);
  const base = contextBase(0);
  const random = seedrandom.alea('complete');
  const cpu = new Evaluator(memory);
  const content = (at: number, size: number) => bytes.slice(base + at, base + at + size).join();
  const outcome = (): string[] => PLACES.map(([, at, size]) => content(at, size));
  let checked = 0;
  for (const row of ROWS) {
    for (let i = 0; i < 6; i++) {
      const word = randomWord(row, random);
      const decoded = decode(word)!;
      if (decoded.row !== row) continue;
      const flow = dataflow(row, decoded.fields, { sf: true });
      if (flow.illegal || flow.accesses.length > 0) continue;
      installProgram(memory, 0, randomProgram(`state ${i}`, { length: 1 }));
      const state = bytes.slice(base, base + CTX.scratch);
      const before = outcome();
      const run = () => {
        const { next, stop } = cpu.executeOne(0, 0x1000, word);
        return `${next} ${stop?.kind}`;
      };
      const went = run();
      const after = outcome();
      const changed = PLACES.filter((_, p) => before[p] !== after[p]).map(([reg]) => reg);
      const written = new Set(flow.writes.map(({ reg }) => reg));
      for (const reg of changed) t.true(written.has(reg), `${row.name} changes ${registerName(reg)}`);
      // Everything not read gets another value; what is written must come out the same.
      bytes.set(state, base);
      const read = new Set(flow.reads.map(({ reg }) => reg));
      for (const [reg, at, size] of PLACES) {
        if (read.has(reg) || reg === VSCR) continue;
        if (size === 16) bytes.set(randomVector(random), base + at);
        else if (size === 8) view.setBigUint64(base + at, randomInteger(random), true);
        else view.setUint32(base + at, reg < LR ? 15 & Number(randomInteger(random)) : 1, true);
      }
      t.is(run(), went, `${row.name} ${word.toString(16)} goes elsewhere`);
      const again = outcome();
      PLACES.forEach(([reg], p) => {
        if (written.has(reg) && again[p] !== after[p]) {
          t.fail(`${row.name} ${word.toString(16)}: ${registerName(reg)} depends on a register not read`);
        }
      });
      checked++;
    }
  }
  t.log(`${checked} words`);
  t.true(checked > 2500);
});
