import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import seedrandom from 'seedrandom';
import { CTX, contextBase, MEMORY_BYTES } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { rows } from '../../sim/isa/altivec.js';
import { encodeFields, operandNames, rangeOf } from '../../sim/isa/fields.js';
import type { Row } from '../../sim/isa/row.js';

/**
 * Every register-to-register AltiVec row against QEMU, over random and special operands, with NJ off and on.
 *
 * The runner below reads batches: instruction word, VSCR, count, padding (32 bits each), then `count` blocks
 * of the four vectors vD, vA, vB, vC (v3 to v6). It writes for each block the new vD, VSCR as a vector, and
 * CR (32 bits, padded to 16 bytes).
 */
const RUNNER = String.raw`
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

typedef struct { uint32_t word, vscr, count, pad; } batch;
typedef struct { uint8_t d[16], a[16], b[16], c[16]; } __attribute__((aligned(16))) block;
typedef struct { uint8_t d[16], vscr[16]; uint32_t cr, pad[3]; } __attribute__((aligned(16))) result;

static void run(void *code, const void *vscr, const block *in, result *out) {
  uint32_t cr;
  __asm__ volatile(
      "lvx 0,0,%[vscr]\n\tmtvscr 0\n\t"
      "li 7,16\n\tli 8,32\n\tli 9,48\n\t"
      "lvx 3,0,%[in]\n\tlvx 4,7,%[in]\n\tlvx 5,8,%[in]\n\tlvx 6,9,%[in]\n\t"
      "mtctr %[code]\n\tbctrl\n\t"
      "mfcr %[cr]\n\tmfvscr 0\n\t"
      "stvx 3,0,%[out]\n\tstvx 0,7,%[out]\n\t"
      : [cr] "=&r"(cr)
      : [code] "b"(code), [vscr] "b"(vscr), [in] "b"(in), [out] "b"(out)
      : "r7", "r8", "r9", "v0", "v3", "v4", "v5", "v6", "lr", "ctr", "cr0", "cr1", "cr5", "cr6", "cr7", "memory");
  out->cr = cr;
}

int main(void) {
  uint32_t *code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uint32_t vscr[4] __attribute__((aligned(16))) = {0, 0, 0, 0};
  batch head;
  block in;
  result out;
  while (fread(&head, sizeof head, 1, stdin) == 1) {
    code[0] = head.word;
    code[1] = 0x4e800020;
    __asm__ volatile("dcbst 0,%0\n\tsync\n\ticbi 0,%0\n\tisync" : : "r"(code) : "memory");
    vscr[3] = head.vscr;
    for (uint32_t i = 0; i < head.count; i++) {
      if (fread(&in, sizeof in, 1, stdin) != 1) return 1;
      memset(&out, 0, sizeof out);
      run(code, vscr, &in, &out);
      fwrite(&out, sizeof out, 1, stdout);
    }
  }
  return 0;
}
`;

const GCC = 'powerpc64-linux-gnu-gcc';
const QEMU = 'qemu-ppc64';
const missing = [GCC, QEMU].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
const withTools = missing.length === 0 ? test : test.skip;
const reason = missing.length === 0 ? '' : ` (skipped: no ${missing.join(', ')})`;

const BLOCKS_A_WORD = 320;
const NJ = 0x1_0000;

/**
 * Rows whose results the architecture fixes; the estimates are this machine's own, the stream hints do
 * nothing.
 */
const compared = rows.filter(
  (row) =>
    !['illegal', 'nop', 'loadVector', 'storeVector', 'shiftPattern', 'vectorEstimate'].includes(row.timing) &&
    row.name !== 'mtvscr',
);

const isFloat = (row: Row): boolean => /fp\.?$|^vrfi|^vct/.test(row.name);

const SPECIAL_FLOATS = [
  0, 0x80000000, 1, 0x80000001, 0x007fffff, 0x807fffff, 0x00400000, 0x00800000, 0x80800000, 0x00800001,
  0x3f800000, 0xbf800000, 0x3f800001, 0x3f7fffff, 0x3f000000, 0xbf000000, 0x3effffff, 0x3f000001, 0x3fc00000,
  0x40200000, 0x4b000000, 0x4affffff, 0x4b7fffff, 0x4b800001, 0x4effffff, 0x4f000000, 0xcf000000, 0xcf000001,
  0x4f7fffff, 0x4f800000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7f800001,
  0xff812345, 0x7fc54321, 0x20000000, 0x1f800000, 0x5f800000, 0x34000000, 0x33800000, 0x00ffffff, 0x33ffffff,
];
const SPECIAL_BYTES = [0, 1, 0x7f, 0x80, 0x81, 0xfe, 0xff];

/** A vector of floats: special ones, ordinary ones of near and far exponents, any bits. */
function floats(random: () => number): Uint8Array {
  const result = new DataView(new ArrayBuffer(16));
  for (let i = 0; i < 4; i++) {
    const kind = random();
    const any = Math.floor(random() * 2 ** 32);
    const near = ((any & 0x807f_ffff) | ((120 + Math.floor(random() * 16)) << 23)) >>> 0;
    const small = ((any & 0x807f_ffff) | (Math.floor(random() * 70) << 23)) >>> 0;
    const special = SPECIAL_FLOATS[Math.floor(random() * SPECIAL_FLOATS.length)];
    result.setUint32(4 * i, kind < 0.4 ? special : kind < 0.65 ? near : kind < 0.8 ? small : any);
  }
  return new Uint8Array(result.buffer);
}

function bytes(random: () => number): Uint8Array {
  const specials = random();
  return Uint8Array.from({ length: 16 }, () =>
    random() < specials
      ? SPECIAL_BYTES[Math.floor(random() * SPECIAL_BYTES.length)]
      : Math.floor(random() * 256),
  );
}

/** vD, vA, vB, vC of one execution. */
function block(row: Row, random: () => number): Uint8Array {
  const vector = isFloat(row) ? floats : bytes;
  const result = new Uint8Array(64);
  for (let i = 0; i < 4; i++) result.set(vector(random), 16 * i);
  if (random() < 0.2) result.set(result.subarray(16, 32), 32);
  // vsl and vsr are defined only when all bytes of vB hold the same count.
  if (/^vs[lr]$/.test(row.name))
    for (let i = 32; i < 48; i++) result[i] = (result[i] & ~7) | (result[47] & 7);
  return result;
}

const REGISTERS: Readonly<Record<string, number>> = { vD: 3, vA: 4, vB: 5, vC: 6 };

/** The row as a word on v3 to v6, with random immediates. */
function wordOf(row: Row, random: () => number): number {
  const fields: Record<string, number> = {};
  for (const name of operandNames(row.syntax)) {
    const { low, high } = rangeOf(row.form.fields[name]);
    // QEMU reads further bits of UIMM for the byte and halfword splats than the elements need.
    const top =
      name === 'UIMM' && /^vsplt/.test(row.name) ? { b: 15, h: 7, w: 3 }[row.name.slice(-1)]! : high;
    fields[name] = REGISTERS[name] ?? low + Math.floor(random() * (top - low + 1));
  }
  return encodeFields(row.form, row.bits, fields);
}

interface Batch {
  readonly row: Row;
  readonly word: number;
  readonly vscr: number;
  readonly blocks: readonly Uint8Array[];
}

function batches(random: () => number): Batch[] {
  return compared.flatMap((row) => {
    const hasImmediate = /UIMM|SIMM|SH/.test(row.syntax);
    const states = isFloat(row) ? [0, NJ] : [0];
    return states.flatMap((vscr) =>
      Array.from({ length: hasImmediate ? 4 : 1 }, () => ({
        row,
        word: wordOf(row, random),
        vscr,
        blocks: Array.from({ length: BLOCKS_A_WORD * (isFloat(row) ? 4 : 1) }, () => block(row, random)),
      })),
    );
  });
}

const hex = (data: Uint8Array): string =>
  Buffer.from(data)
    .toString('hex')
    .replace(/(.{8})(?!$)/g, '$1 ');

function inQemu(work: readonly Batch[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'xenon-altivec-'));
  try {
    const source = join(folder, 'runner.c');
    const program = join(folder, 'runner');
    writeFileSync(source, RUNNER);
    const built = spawnSync(GCC, ['-O1', '-maltivec', '-static', '-o', program, source], {
      encoding: 'utf8',
    });
    if (built.status !== 0) throw new Error(built.stderr);
    const input = Buffer.concat(
      work.flatMap(({ word, vscr, blocks }) => {
        const head = Buffer.alloc(16);
        head.writeUInt32BE(word, 0);
        head.writeUInt32BE(vscr, 4);
        head.writeUInt32BE(blocks.length, 8);
        return [head, ...blocks];
      }),
    );
    const ran = spawnSync(QEMU, ['-cpu', 'power9', program], { input, maxBuffer: 1 << 28 });
    if (ran.status !== 0) throw new Error(`the runner ended with ${ran.status ?? ran.signal}: ${ran.stderr}`);
    return ran.stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

withTools(`AltiVec results equal QEMU's${reason}`, (t) => {
  const work = batches(seedrandom('altivec'));
  const theirs = inQemu(work);
  const memory = new ArrayBuffer(MEMORY_BYTES);
  const evaluator = new Evaluator(memory);
  const state = new DataView(memory, contextBase(0));
  const vector = (n: number) =>
    Uint8Array.from({ length: 16 }, (_, k) => state.getUint8(CTX.vr + 16 * n + (k ^ 3)));
  const setVector = (n: number, value: Uint8Array) =>
    value.forEach((byte, k) => {
      state.setUint8(CTX.vr + 16 * n + (k ^ 3), byte);
    });
  const faults: string[] = [];
  const wrong = new Map<string, number>();
  let at = 0;
  for (const { row, word, vscr, blocks } of work) {
    for (const operands of blocks) {
      for (let i = 0; i < 4; i++) setVector(3 + i, operands.subarray(16 * i, 16 * i + 16));
      state.setUint32(CTX.vscr, vscr, true);
      state.setUint32(CTX.crf + 24, 0, true);
      evaluator.executeOne(0, 0x1000, word);
      const ours = `${hex(vector(3))} vscr ${state.getUint32(CTX.vscr, true).toString(16)}`;
      const qemu = `${hex(theirs.subarray(at, at + 16))} vscr ${theirs.readUInt32BE(at + 28).toString(16)}`;
      const cr6 = row.name.endsWith('.') ? (theirs.readUInt32BE(at + 32) >>> 4) & 15 : 0;
      at += 48;
      if (ours === qemu && state.getUint32(CTX.crf + 24, true) === cr6) continue;
      wrong.set(row.name, (wrong.get(row.name) ?? 0) + 1);
      const [d, a, b, c] = [0, 16, 32, 48].map((from) => hex(operands.subarray(from, from + 16)));
      faults.push(
        `${row.name} ${word.toString(16)} NJ ${vscr >>> 16}: d ${d}, a ${a}, b ${b}, c ${c}: ${ours}, qemu ${qemu}`,
      );
    }
  }
  t.is(at, theirs.length);
  t.true(at / 48 > 60_000, `${at / 48} executions`);
  t.deepEqual(faults.slice(0, 12), [], `of ${at / 48}: ${JSON.stringify([...wrong])}`);
  t.true(compared.length > 120, `${compared.length} rows`);
});
