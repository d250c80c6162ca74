import type { Exec } from './build.js';
import { FORMS } from './forms.js';
import type { Row, TimingClass } from './row.js';
import type { VBinary, VSaturating, VUnary } from './semantics.js';
import * as vector from './vector-exec.js';

/**
 * VMX128: the console's vector instructions with seven-bit register numbers (primary opcodes 4, 5, 6).
 * Encodings and meanings are compiled from public disassemblers and emulators read side by side (see
 * sim/REFERENCES).
 */

/** Fixed bits of each form, as the public tables have them: bits outside mask and operands are ignored. */
const MASKS = {
  VX128: 0xfc00_03d0,
  VX128_R: 0xfc00_03d0,
  VX128_1: 0xfc00_07f3,
  VX128_2: 0xfc00_0210,
  VX128_3: 0xfc00_07f0,
  VX128_4: 0xfc00_0730,
  VX128_5: 0xfc00_0010,
  VX128_P: 0xfc00_0630,
} as const;
type Vmx128Form = keyof typeof MASKS;

const row = (
  name: string,
  form: Vmx128Form,
  bits: number,
  syntax: string,
  timing: TimingClass,
  meaning: string,
  exec: Exec,
  mask: number = MASKS[form],
): Row => ({
  name,
  form: FORMS[form],
  bits,
  mask,
  syntax,
  timing,
  chapter: 'VMX128',
  meaning: `${meaning}.`,
  exec,
});

const loadRow = (name: string, bits: number, meaning: string, exec: Exec): Row =>
  row(name, 'VX128_1', bits, 'vD,rA,rB', 'loadVector', meaning, exec);
const storeRow = (name: string, bits: number, meaning: string, exec: Exec): Row =>
  row(name, 'VX128_1', bits, 'vS,rA,rB', 'storeVector', meaning, exec);
const pattern = (name: string, bits: number, meaning: string, exec: Exec): Row =>
  row(name, 'VX128_1', bits, 'vD,rA,rB', 'shiftPattern', meaning, exec);

const accesses: readonly Row[] = [
  pattern('lvsl128', 0x1000_0003, 'byte i := (EA & 15) + i', vector.shiftPattern('left')),
  pattern('lvsr128', 0x1000_0043, 'byte i := 16 - (EA & 15) + i', vector.shiftPattern('right')),
  loadRow(
    'lvewx128',
    0x1000_0083,
    'the word at EA & ~3 in its place, the other lanes from its line',
    vector.load(vector.loadLine),
  ),
  loadRow('lvx128', 0x1000_00c3, 'sixteen bytes at EA & ~15', vector.load(vector.loadLine)),
  storeRow('stvewx128', 0x1000_0183, 'the word that lies at EA & ~3', vector.store(vector.storeElement(4))),
  storeRow('stvx128', 0x1000_01c3, 'sixteen bytes to EA & ~15', vector.store(vector.storeLine)),
  loadRow('lvxl128', 0x1000_02c3, 'sixteen bytes at EA & ~15, last use', vector.load(vector.loadLine)),
  storeRow('stvxl128', 0x1000_03c3, 'sixteen bytes to EA & ~15, last use', vector.store(vector.storeLine)),
  loadRow('lvlx128', 0x1000_0403, 'bytes EA to line end, left-justified', vector.load(vector.loadLeft)),
  loadRow(
    'lvrx128',
    0x1000_0443,
    'bytes line start to EA - 1, right-justified',
    vector.load(vector.loadRight),
  ),
  storeRow('stvlx128', 0x1000_0503, 'left bytes to EA up to line end', vector.store(vector.storeLeft)),
  storeRow(
    'stvrx128',
    0x1000_0543,
    'right bytes to line start up to EA - 1',
    vector.store(vector.storeRight),
  ),
  loadRow(
    'lvlxl128',
    0x1000_0603,
    'bytes EA to line end, left-justified, last use',
    vector.load(vector.loadLeft),
  ),
  loadRow(
    'lvrxl128',
    0x1000_0643,
    'bytes line start to EA - 1, right-justified, last use',
    vector.load(vector.loadRight),
  ),
  storeRow(
    'stvlxl128',
    0x1000_0703,
    'left bytes to EA up to line end, last use',
    vector.store(vector.storeLeft),
  ),
  storeRow(
    'stvrxl128',
    0x1000_0743,
    'right bytes to line start up to EA - 1, last use',
    vector.store(vector.storeRight),
  ),
];

const binaries: readonly (readonly [string, number, VBinary, TimingClass, string])[] = [
  ['vaddfp128', 0x1400_0010, 'f32x4.add', 'vectorFloat', 'per word vA + vB in single precision'],
  ['vsubfp128', 0x1400_0050, 'f32x4.sub', 'vectorFloat', 'per word vA - vB in single precision'],
  ['vmulfp128', 0x1400_0090, 'f32x4.mul', 'vectorFloat', 'per word vA * vB in single precision'],
  ['vmsum3fp128', 0x1400_0190, 'dot3', 'vectorDot', 'every word := dot product of words 0..2'],
  ['vmsum4fp128', 0x1400_01d0, 'dot4', 'vectorDot', 'every word := dot product of words 0..3'],
  ['vand128', 0x1400_0210, 'and', 'vectorSimple', 'vA & vB'],
  ['vandc128', 0x1400_0250, 'andc', 'vectorSimple', 'vA & ~vB'],
  ['vnor128', 0x1400_0290, 'nor', 'vectorSimple', '~(vA | vB)'],
  ['vor128', 0x1400_02d0, 'or', 'vectorSimple', 'vA | vB'],
  ['vxor128', 0x1400_0310, 'xor', 'vectorSimple', 'vA ^ vB'],
  [
    'vslo128',
    0x1400_0390,
    'shiftLeftOctets',
    'vectorPermute',
    'vA shifted left by bits 6..3 of the last byte of vB, in bytes',
  ],
  [
    'vsro128',
    0x1400_03d0,
    'shiftRightOctets',
    'vectorPermute',
    'vA shifted right by bits 6..3 of the last byte of vB, in bytes',
  ],
  ['vrlw128', 0x1800_0050, 'i32x4.rotl', 'vectorSimple', 'per word vA rotated left by vB & 31'],
  ['vslw128', 0x1800_00d0, 'i32x4.shl', 'vectorSimple', 'per word vA << (vB & 31)'],
  ['vsraw128', 0x1800_0150, 'i32x4.shrs', 'vectorSimple', 'per word vA >> (vB & 31), sign fill'],
  ['vsrw128', 0x1800_01d0, 'i32x4.shru', 'vectorSimple', 'per word vA >> (vB & 31), zero fill'],
  [
    'vmaxfp128',
    0x1800_0280,
    'f32x4.max',
    'vectorFloat',
    'per word the larger float; a NaN comes out quiet; +0 > -0',
  ],
  [
    'vminfp128',
    0x1800_02c0,
    'f32x4.min',
    'vectorFloat',
    'per word the smaller float; a NaN comes out quiet; -0 < +0',
  ],
];

const saturatings: readonly (readonly [string, number, VSaturating, string])[] = [
  ['vpkshss128', 0x1400_0200, 'packS16toS8', 'signed halfwords of vA, vB to signed bytes, saturating'],
  ['vpkshus128', 0x1400_0240, 'packS16toU8', 'signed halfwords of vA, vB to unsigned bytes, saturating'],
  ['vpkswss128', 0x1400_0280, 'packS32toS16', 'signed words of vA, vB to signed halfwords, saturating'],
  ['vpkswus128', 0x1400_02c0, 'packS32toU16', 'signed words of vA, vB to unsigned halfwords, saturating'],
  ['vpkuhus128', 0x1400_0340, 'packU16toU8', 'unsigned halfwords of vA, vB to bytes, saturating'],
  ['vpkuwus128', 0x1400_03c0, 'packU32toU16', 'unsigned words of vA, vB to halfwords, saturating'],
];

const shuffles: readonly (readonly [string, number, readonly number[], string])[] = [
  ['vpkuhum128', 0x1400_0300, vector.packModulo(2), 'the right byte of every halfword of vA, vB'],
  ['vpkuwum128', 0x1400_0380, vector.packModulo(4), 'the right halfword of every word of vA, vB'],
  ['vmrghw128', 0x1800_0300, vector.merge('high', 4), 'words 0 and 1 of vA and vB, alternating'],
  ['vmrglw128', 0x1800_0340, vector.merge('low', 4), 'words 2 and 3 of vA and vB, alternating'],
];

const compares: readonly (readonly [string, number, VBinary, TimingClass, string])[] = [
  [
    'vcmpeqfp128',
    0x1800_0000,
    'f32x4.cmpeq',
    'vectorCompareFloat',
    'per word all ones where the floats are equal',
  ],
  ['vcmpgefp128', 0x1800_0080, 'f32x4.cmpge', 'vectorCompareFloat', 'per word all ones where vA >= vB'],
  ['vcmpgtfp128', 0x1800_0100, 'f32x4.cmpgt', 'vectorCompareFloat', 'per word all ones where vA > vB'],
  [
    'vcmpbfp128',
    0x1800_0180,
    'f32x4.cmpb',
    'vectorCompareFloat',
    'per word bit 31 := !(vA <= vB), bit 30 := !(vA >= -vB)',
  ],
  ['vcmpequw128', 0x1800_0200, 'i32x4.cmpeq', 'vectorCompareInteger', 'per word all ones where equal'],
];
const RECORD = 0x40;

const unaries: readonly (readonly [string, number, VUnary, TimingClass, string])[] = [
  [
    'vrfim128',
    0x1800_0330,
    'f32x4.roundMinus',
    'vectorFloat',
    'per word vB rounded to an integral float, downward',
  ],
  [
    'vrfin128',
    0x1800_0370,
    'f32x4.roundNearest',
    'vectorFloat',
    'per word vB rounded to an integral float, nearest even',
  ],
  [
    'vrfip128',
    0x1800_03b0,
    'f32x4.roundPlus',
    'vectorFloat',
    'per word vB rounded to an integral float, upward',
  ],
  [
    'vrfiz128',
    0x1800_03f0,
    'f32x4.roundZero',
    'vectorFloat',
    'per word vB rounded to an integral float, toward zero',
  ],
  ['vrefp128', 0x1800_0630, 'f32x4.reciprocalEstimate', 'vectorEstimate', 'per word an estimate of 1 / vB'],
  [
    'vrsqrtefp128',
    0x1800_0670,
    'f32x4.rsqrtEstimate',
    'vectorEstimate',
    'per word an estimate of 1 / sqrt(vB)',
  ],
  [
    'vexptefp128',
    0x1800_06b0,
    'f32x4.exp2Estimate',
    'vectorEstimate',
    'per word an estimate of 2 to the power of vB',
  ],
  [
    'vlogefp128',
    0x1800_06f0,
    'f32x4.log2Estimate',
    'vectorEstimate',
    'per word an estimate of the binary logarithm of vB',
  ],
];

/** The unpacks have no vA: two of its bits tell bytes from halfwords. */
const unpacks: readonly (readonly [string, number, VUnary, string])[] = [
  ['vupkhsb128', 0x1800_0380, 'unpackHighS8', 'bytes 0..7 of vB, sign-extended to halfwords'],
  ['vupklsb128', 0x1800_03c0, 'unpackLowS8', 'bytes 8..15 of vB, sign-extended to halfwords'],
  ['vupkhsh128', 0x1800_07a0, 'unpackHighS16', 'halfwords 0..3 of vB, sign-extended to words'],
  ['vupklsh128', 0x1800_07e0, 'unpackLowS16', 'halfwords 4..7 of vB, sign-extended to words'],
];

/** Bytes that take words 0..7 of two vectors in a given order. */
const words = (order: readonly number[]): readonly number[] =>
  vector.sixteen((i) => 4 * order[i >> 2] + (i & 3));

/**
 * Where vpkd3d128 puts its value: word numbers of the old vD (0..3) and of the packed value (6 high, 7 low),
 * by PACK and ROT. PACK 0 is not used; it keeps vD.
 */
const PACK_PLACES: readonly (readonly (readonly number[])[])[] = [
  [
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [0, 1, 2, 3],
  ],
  [
    [0, 1, 2, 7],
    [0, 1, 7, 3],
    [0, 7, 2, 3],
    [7, 1, 2, 3],
  ],
  [
    [0, 1, 6, 7],
    [0, 6, 7, 3],
    [6, 7, 2, 3],
    [7, 1, 2, 3],
  ],
  [
    [0, 1, 6, 7],
    [0, 6, 7, 3],
    [6, 7, 2, 3],
    [7, 1, 2, 6],
  ],
];

const others: readonly Row[] = [
  row(
    'vmaddfp128',
    'VX128',
    0x1400_00d0,
    'vD,vA,vB,vD',
    'vectorFloat',
    'per word vA * vB + vD, rounded once',
    (s, f) => s.setVr(f.vD, s.vmadd(s.vr(f.vA), s.vr(f.vB), s.vr(f.vD))),
  ),
  row(
    'vmaddcfp128',
    'VX128',
    0x1400_0110,
    'vD,vA,vD,vB',
    'vectorFloat',
    'per word vA * vD + vB, rounded once',
    (s, f) => s.setVr(f.vD, s.vmadd(s.vr(f.vA), s.vr(f.vD), s.vr(f.vB))),
  ),
  row(
    'vnmsubfp128',
    'VX128',
    0x1400_0150,
    'vD,vA,vB,vD',
    'vectorFloat',
    'per word -(vA * vB - vD), rounded once',
    (s, f) => s.setVr(f.vD, s.vnmsub(s.vr(f.vA), s.vr(f.vB), s.vr(f.vD))),
  ),
  row('vsel128', 'VX128', 0x1400_0350, 'vD,vA,vB,vD', 'vectorSimple', 'per bit: old vD ? vB : vA', (s, f) =>
    s.setVr(f.vD, s.vselect(s.vr(f.vA), s.vr(f.vB), s.vr(f.vD))),
  ),
  row(
    'vsldoi128',
    'VX128_5',
    0x1000_0010,
    'vD,vA,vB,SH',
    'vectorPermute',
    'bytes SH..SH+15 of the 32 bytes vA then vB',
    (s, f) =>
      s.setVr(
        f.vD,
        s.vshuffle(
          s.vr(f.vA),
          s.vr(f.vB),
          vector.sixteen((i) => f.SH + i),
        ),
      ),
  ),
  row(
    'vperm128',
    'VX128_2',
    0x1400_0000,
    'vD,vA,vB,vC',
    'vectorPermute',
    'byte i := byte (vC byte i & 31) of vA then vB; vC is v0..v7',
    (s, f) => s.setVr(f.vD, s.vpermute(s.vr(f.vA), s.vr(f.vB), s.vr(f.vC))),
  ),
  row(
    'vpermwi128',
    'VX128_P',
    0x1800_0210,
    'vD,vB,PERM',
    'vectorPermute',
    'word i := word (PERM >> (6 - 2i)) & 3 of vB',
    (s, f) => {
      const b = s.vr(f.vB);
      s.setVr(f.vD, s.vshuffle(b, b, words([6, 4, 2, 0].map((shift) => (f.PERM >> shift) & 3))));
    },
  ),
  row(
    'vrlimi128',
    'VX128_4',
    0x1800_0710,
    'vD,vB,MASK,ROT',
    'vectorPermute',
    'word i := MASK & (8 >> i) ? word i + ROT (mod 4) of vB : old vD word i',
    (s, f) => {
      const order = [0, 1, 2, 3].map((i) => ((f.MASK >> (3 - i)) & 1 ? 4 + ((i + f.ROT) & 3) : i));
      s.setVr(f.vD, s.vshuffle(s.vr(f.vD), s.vr(f.vB), words(order)));
    },
  ),
  row(
    'vspltw128',
    'VX128_3',
    0x1800_0730,
    'vD,vB,UIMM',
    'vectorPermute',
    'word UIMM & 3 of vB in every word',
    vector.splat(4),
  ),
  row(
    'vspltisw128',
    'VX128_3',
    0x1800_0770,
    'vD,SIMM',
    'vectorPermute',
    'SIMM in every word',
    vector.splatImmediate(4),
  ),
  row(
    'vcfpsxws128',
    'VX128_3',
    0x1800_0230,
    'vD,vB,UIMM',
    'vectorFloat',
    'per word vB * 2^UIMM to signed, truncated, saturating (SAT)',
    vector.toInteger(true),
  ),
  row(
    'vcfpuxws128',
    'VX128_3',
    0x1800_0270,
    'vD,vB,UIMM',
    'vectorFloat',
    'per word vB * 2^UIMM to unsigned, truncated, saturating (SAT)',
    vector.toInteger(false),
  ),
  row(
    'vcsxwfp128',
    'VX128_3',
    0x1800_02b0,
    'vD,vB,UIMM',
    'vectorFloat',
    'per word signed vB / 2^UIMM as a float',
    vector.fromInteger(true),
  ),
  row(
    'vcuxwfp128',
    'VX128_3',
    0x1800_02f0,
    'vD,vB,UIMM',
    'vectorFloat',
    'per word unsigned vB / 2^UIMM as a float',
    vector.fromInteger(false),
  ),
  row(
    'vpkd3d128',
    'VX128_4',
    0x1800_0610,
    'vD,vB,TYPE,PACK,ROT',
    'vectorPermute',
    'vB packed to Direct3D format TYPE, into the words of vD that PACK and ROT choose',
    (s, f) =>
      s.setVr(
        f.vD,
        s.vshuffle(s.vr(f.vD), s.vpackD3d(f.TYPE, s.vr(f.vB)), words(PACK_PLACES[f.PACK][f.ROT])),
      ),
  ),
  row(
    'vupkd3d128',
    'VX128_3',
    0x1800_07f0,
    'vD,vB,UIMM',
    'vectorPermute',
    'floats from Direct3D format UIMM >> 2 in the last words of vB',
    (s, f) => s.setVr(f.vD, s.vunpackD3d(f.UIMM >> 2, s.vr(f.vB))),
  ),
];

export const rows: readonly Row[] = [
  ...accesses,
  ...binaries.map(([name, bits, op, timing, meaning]) =>
    row(name, 'VX128', bits, 'vD,vA,vB', timing, meaning, vector.binary(op)),
  ),
  ...saturatings.map(([name, bits, op, meaning]) =>
    row(name, 'VX128', bits, 'vD,vA,vB', 'vectorPermute', `${meaning} (SAT)`, vector.saturating(op)),
  ),
  ...shuffles.map(([name, bits, bytes, meaning]) =>
    row(name, 'VX128', bits, 'vD,vA,vB', 'vectorPermute', meaning, vector.shuffle(bytes)),
  ),
  ...compares.flatMap(([name, bits, op, timing, meaning]) => [
    row(name, 'VX128_R', bits, 'vD,vA,vB', timing, meaning, vector.compare(op, false)),
    row(
      `${name}.`,
      'VX128_R',
      bits | RECORD,
      'vD,vA,vB',
      timing,
      `${meaning}, recorded in CR6`,
      vector.compare(op, true),
    ),
  ]),
  ...unaries.map(([name, bits, op, timing, meaning]) =>
    row(name, 'VX128_3', bits, 'vD,vB', timing, meaning, vector.unary(op)),
  ),
  ...unpacks.map(([name, bits, op, meaning]) =>
    row(name, 'VX128', bits, 'vD,vB', 'vectorPermute', meaning, vector.unary(op), MASKS.VX128_3),
  ),
  ...others,
];
