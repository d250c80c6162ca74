import { chapterRows, type Exec, opcode } from './build.js';
import type { Row, TimingClass } from './row.js';
import type { Semantics, V128, VBinary, VSaturating, VUnary } from './semantics.js';
import * as vector from './vector-exec.js';

/**
 * AltiVec as Xenon has it, for v0..v31 (AltiVec technology manual, chapter 6), with the left and right loads
 * that it shares with Cell. The integer multiplies and sums decode, and are illegal.
 */
const row = chapterRows('AltiVec');

/** A VX word: primary opcode 4 and eleven bits of extended opcode. */
const vx = (
  name: string,
  extended: number,
  syntax: string,
  timing: TimingClass,
  meaning: string,
  exec: Exec,
): Row => row(name, 'VX', opcode(4) + extended, syntax, timing, meaning, exec);

const va = (
  name: string,
  extended: number,
  syntax: string,
  timing: TimingClass,
  meaning: string,
  exec: Exec,
): Row => row(name, 'VA', opcode(4) + extended, syntax, timing, meaning, exec);

const binaries: readonly (readonly [string, number, VBinary, TimingClass, string])[] = [
  ['vaddfp', 10, 'f32x4.add', 'vectorFloat', 'per word vA + vB in single precision'],
  ['vsubfp', 74, 'f32x4.sub', 'vectorFloat', 'per word vA - vB in single precision'],
  ['vmaxfp', 1034, 'f32x4.max', 'vectorFloat', 'per word the larger float; a NaN comes out quiet; +0 > -0'],
  ['vminfp', 1098, 'f32x4.min', 'vectorFloat', 'per word the smaller float; a NaN comes out quiet; -0 < +0'],
  ['vand', 1028, 'and', 'vectorSimple', 'vA & vB'],
  ['vandc', 1092, 'andc', 'vectorSimple', 'vA & ~vB'],
  ['vor', 1156, 'or', 'vectorSimple', 'vA | vB'],
  ['vxor', 1220, 'xor', 'vectorSimple', 'vA ^ vB'],
  ['vnor', 1284, 'nor', 'vectorSimple', '~(vA | vB)'],
  ['vaddubm', 0, 'i8x16.add', 'vectorSimple', 'per byte vA + vB, modulo'],
  ['vadduhm', 64, 'i16x8.add', 'vectorSimple', 'per halfword vA + vB, modulo'],
  ['vadduwm', 128, 'i32x4.add', 'vectorSimple', 'per word vA + vB, modulo'],
  ['vaddcuw', 384, 'u32x4.addCarry', 'vectorSimple', 'per word the carry out of vA + vB'],
  ['vsububm', 1024, 'i8x16.sub', 'vectorSimple', 'per byte vA - vB, modulo'],
  ['vsubuhm', 1088, 'i16x8.sub', 'vectorSimple', 'per halfword vA - vB, modulo'],
  ['vsubuwm', 1152, 'i32x4.sub', 'vectorSimple', 'per word vA - vB, modulo'],
  [
    'vsubcuw',
    1408,
    'u32x4.subCarry',
    'vectorSimple',
    'per word the carry out of vA - vB: 1 when vA >= vB unsigned',
  ],
  ['vmaxub', 2, 'i8x16.maxu', 'vectorSimple', 'per byte the larger, unsigned'],
  ['vmaxuh', 66, 'i16x8.maxu', 'vectorSimple', 'per halfword the larger, unsigned'],
  ['vmaxuw', 130, 'i32x4.maxu', 'vectorSimple', 'per word the larger, unsigned'],
  ['vmaxsb', 258, 'i8x16.maxs', 'vectorSimple', 'per byte the larger, signed'],
  ['vmaxsh', 322, 'i16x8.maxs', 'vectorSimple', 'per halfword the larger, signed'],
  ['vmaxsw', 386, 'i32x4.maxs', 'vectorSimple', 'per word the larger, signed'],
  ['vminub', 514, 'i8x16.minu', 'vectorSimple', 'per byte the smaller, unsigned'],
  ['vminuh', 578, 'i16x8.minu', 'vectorSimple', 'per halfword the smaller, unsigned'],
  ['vminuw', 642, 'i32x4.minu', 'vectorSimple', 'per word the smaller, unsigned'],
  ['vminsb', 770, 'i8x16.mins', 'vectorSimple', 'per byte the smaller, signed'],
  ['vminsh', 834, 'i16x8.mins', 'vectorSimple', 'per halfword the smaller, signed'],
  ['vminsw', 898, 'i32x4.mins', 'vectorSimple', 'per word the smaller, signed'],
  ['vavgub', 1026, 'u8x16.avg', 'vectorSimple', 'per byte (vA + vB + 1) >> 1, unsigned'],
  ['vavguh', 1090, 'u16x8.avg', 'vectorSimple', 'per halfword (vA + vB + 1) >> 1, unsigned'],
  ['vavguw', 1154, 'u32x4.avg', 'vectorSimple', 'per word (vA + vB + 1) >> 1, unsigned'],
  ['vavgsb', 1282, 's8x16.avg', 'vectorSimple', 'per byte (vA + vB + 1) >> 1, signed'],
  ['vavgsh', 1346, 's16x8.avg', 'vectorSimple', 'per halfword (vA + vB + 1) >> 1, signed'],
  ['vavgsw', 1410, 's32x4.avg', 'vectorSimple', 'per word (vA + vB + 1) >> 1, signed'],
  ['vrlb', 4, 'i8x16.rotl', 'vectorSimple', 'per byte vA rotated left by vB & 7'],
  ['vrlh', 68, 'i16x8.rotl', 'vectorSimple', 'per halfword vA rotated left by vB & 15'],
  ['vrlw', 132, 'i32x4.rotl', 'vectorSimple', 'per word vA rotated left by vB & 31'],
  ['vslb', 260, 'i8x16.shl', 'vectorSimple', 'per byte vA << (vB & 7)'],
  ['vslh', 324, 'i16x8.shl', 'vectorSimple', 'per halfword vA << (vB & 15)'],
  ['vslw', 388, 'i32x4.shl', 'vectorSimple', 'per word vA << (vB & 31)'],
  ['vsrb', 516, 'i8x16.shru', 'vectorSimple', 'per byte vA >> (vB & 7), zero fill'],
  ['vsrh', 580, 'i16x8.shru', 'vectorSimple', 'per halfword vA >> (vB & 15), zero fill'],
  ['vsrw', 644, 'i32x4.shru', 'vectorSimple', 'per word vA >> (vB & 31), zero fill'],
  ['vsrab', 772, 'i8x16.shrs', 'vectorSimple', 'per byte vA >> (vB & 7), sign fill'],
  ['vsrah', 836, 'i16x8.shrs', 'vectorSimple', 'per halfword vA >> (vB & 15), sign fill'],
  ['vsraw', 900, 'i32x4.shrs', 'vectorSimple', 'per word vA >> (vB & 31), sign fill'],
  ['vsl', 452, 'shiftLeftBits', 'vectorPermute', 'vA << (last byte of vB & 7), the whole register'],
  ['vsr', 708, 'shiftRightBits', 'vectorPermute', 'vA >> (last byte of vB & 7), the whole register'],
  [
    'vslo',
    1036,
    'shiftLeftOctets',
    'vectorPermute',
    'vA shifted left by bits 6..3 of the last byte of vB, in bytes',
  ],
  [
    'vsro',
    1100,
    'shiftRightOctets',
    'vectorPermute',
    'vA shifted right by bits 6..3 of the last byte of vB, in bytes',
  ],
];

const saturatings: readonly (readonly [string, number, VSaturating, TimingClass, string])[] = [
  ['vaddubs', 512, 'u8x16.add', 'vectorSimple', 'per byte vA + vB, unsigned, saturating'],
  ['vadduhs', 576, 'u16x8.add', 'vectorSimple', 'per halfword vA + vB, unsigned, saturating'],
  ['vadduws', 640, 'u32x4.add', 'vectorSimple', 'per word vA + vB, unsigned, saturating'],
  ['vaddsbs', 768, 's8x16.add', 'vectorSimple', 'per byte vA + vB, signed, saturating'],
  ['vaddshs', 832, 's16x8.add', 'vectorSimple', 'per halfword vA + vB, signed, saturating'],
  ['vaddsws', 896, 's32x4.add', 'vectorSimple', 'per word vA + vB, signed, saturating'],
  ['vsububs', 1536, 'u8x16.sub', 'vectorSimple', 'per byte vA - vB, unsigned, saturating'],
  ['vsubuhs', 1600, 'u16x8.sub', 'vectorSimple', 'per halfword vA - vB, unsigned, saturating'],
  ['vsubuws', 1664, 'u32x4.sub', 'vectorSimple', 'per word vA - vB, unsigned, saturating'],
  ['vsubsbs', 1792, 's8x16.sub', 'vectorSimple', 'per byte vA - vB, signed, saturating'],
  ['vsubshs', 1856, 's16x8.sub', 'vectorSimple', 'per halfword vA - vB, signed, saturating'],
  ['vsubsws', 1920, 's32x4.sub', 'vectorSimple', 'per word vA - vB, signed, saturating'],
  ['vpkuhus', 142, 'packU16toU8', 'vectorPermute', 'unsigned halfwords of vA, vB to bytes, saturating'],
  ['vpkuwus', 206, 'packU32toU16', 'vectorPermute', 'unsigned words of vA, vB to halfwords, saturating'],
  [
    'vpkshus',
    270,
    'packS16toU8',
    'vectorPermute',
    'signed halfwords of vA, vB to unsigned bytes, saturating',
  ],
  [
    'vpkswus',
    334,
    'packS32toU16',
    'vectorPermute',
    'signed words of vA, vB to unsigned halfwords, saturating',
  ],
  ['vpkshss', 398, 'packS16toS8', 'vectorPermute', 'signed halfwords of vA, vB to signed bytes, saturating'],
  ['vpkswss', 462, 'packS32toS16', 'vectorPermute', 'signed words of vA, vB to signed halfwords, saturating'],
];

const unaries: readonly (readonly [string, number, VUnary, TimingClass, string])[] = [
  ['vrefp', 266, 'f32x4.reciprocalEstimate', 'vectorEstimate', 'per word an estimate of 1 / vB'],
  ['vrsqrtefp', 330, 'f32x4.rsqrtEstimate', 'vectorEstimate', 'per word an estimate of 1 / sqrt(vB)'],
  ['vexptefp', 394, 'f32x4.exp2Estimate', 'vectorEstimate', 'per word an estimate of 2 to the power of vB'],
  [
    'vlogefp',
    458,
    'f32x4.log2Estimate',
    'vectorEstimate',
    'per word an estimate of the binary logarithm of vB',
  ],
  [
    'vrfin',
    522,
    'f32x4.roundNearest',
    'vectorFloat',
    'per word vB rounded to an integral float, nearest even',
  ],
  ['vrfiz', 586, 'f32x4.roundZero', 'vectorFloat', 'per word vB rounded to an integral float, toward zero'],
  ['vrfip', 650, 'f32x4.roundPlus', 'vectorFloat', 'per word vB rounded to an integral float, upward'],
  ['vrfim', 714, 'f32x4.roundMinus', 'vectorFloat', 'per word vB rounded to an integral float, downward'],
  ['vupkhsb', 526, 'unpackHighS8', 'vectorPermute', 'bytes 0..7 of vB, sign-extended to halfwords'],
  ['vupkhsh', 590, 'unpackHighS16', 'vectorPermute', 'halfwords 0..3 of vB, sign-extended to words'],
  ['vupklsb', 654, 'unpackLowS8', 'vectorPermute', 'bytes 8..15 of vB, sign-extended to halfwords'],
  ['vupklsh', 718, 'unpackLowS16', 'vectorPermute', 'halfwords 4..7 of vB, sign-extended to words'],
  [
    'vupkhpx',
    846,
    'unpackHighPixel',
    'vectorPermute',
    'halfwords 0..3 of vB, pixels of 1.5.5.5 bits, to four bytes each',
  ],
  [
    'vupklpx',
    974,
    'unpackLowPixel',
    'vectorPermute',
    'halfwords 4..7 of vB, pixels of 1.5.5.5 bits, to four bytes each',
  ],
];

const shuffles: readonly (readonly [string, number, readonly number[], string])[] = [
  ['vmrghb', 12, vector.merge('high', 1), 'bytes 0..7 of vA and vB, alternating'],
  ['vmrghh', 76, vector.merge('high', 2), 'halfwords 0..3 of vA and vB, alternating'],
  ['vmrghw', 140, vector.merge('high', 4), 'words 0 and 1 of vA and vB, alternating'],
  ['vmrglb', 268, vector.merge('low', 1), 'bytes 8..15 of vA and vB, alternating'],
  ['vmrglh', 332, vector.merge('low', 2), 'halfwords 4..7 of vA and vB, alternating'],
  ['vmrglw', 396, vector.merge('low', 4), 'words 2 and 3 of vA and vB, alternating'],
  ['vpkuhum', 14, vector.packModulo(2), 'the right byte of every halfword of vA, vB'],
  ['vpkuwum', 78, vector.packModulo(4), 'the right halfword of every word of vA, vB'],
];

const compares: readonly (readonly [string, number, VBinary, TimingClass, string])[] = [
  ['vcmpequb', 6, 'i8x16.cmpeq', 'vectorCompareInteger', 'per byte all ones where equal'],
  ['vcmpequh', 70, 'i16x8.cmpeq', 'vectorCompareInteger', 'per halfword all ones where equal'],
  ['vcmpequw', 134, 'i32x4.cmpeq', 'vectorCompareInteger', 'per word all ones where equal'],
  ['vcmpgtub', 518, 'i8x16.cmpgtu', 'vectorCompareInteger', 'per byte all ones where vA > vB unsigned'],
  ['vcmpgtuh', 582, 'i16x8.cmpgtu', 'vectorCompareInteger', 'per halfword all ones where vA > vB unsigned'],
  ['vcmpgtuw', 646, 'i32x4.cmpgtu', 'vectorCompareInteger', 'per word all ones where vA > vB unsigned'],
  ['vcmpgtsb', 774, 'i8x16.cmpgts', 'vectorCompareInteger', 'per byte all ones where vA > vB signed'],
  ['vcmpgtsh', 838, 'i16x8.cmpgts', 'vectorCompareInteger', 'per halfword all ones where vA > vB signed'],
  ['vcmpgtsw', 902, 'i32x4.cmpgts', 'vectorCompareInteger', 'per word all ones where vA > vB signed'],
  ['vcmpeqfp', 198, 'f32x4.cmpeq', 'vectorCompareFloat', 'per word all ones where the floats are equal'],
  ['vcmpgefp', 454, 'f32x4.cmpge', 'vectorCompareFloat', 'per word all ones where vA >= vB'],
  ['vcmpgtfp', 710, 'f32x4.cmpgt', 'vectorCompareFloat', 'per word all ones where vA > vB'],
  [
    'vcmpbfp',
    966,
    'f32x4.cmpb',
    'vectorCompareFloat',
    'per word bit 31 := !(vA <= vB), bit 30 := !(vA >= -vB)',
  ],
];

const VXR_RECORD = 0x400;

/** Words of pixels (1 of 8, then three bytes) to halfwords of 1, 5, 5, 5 bits. */
function packPixels(s: Semantics, pixels: V128): V128 {
  const everyWord = (value: number) => s.vconst(vector.sixteen((i) => (value >>> (24 - 8 * (i % 4))) & 0xff));
  const part = (shift: number, mask: number) =>
    s.v2('and', s.v2('i32x4.shru', pixels, everyWord(shift)), everyWord(mask));
  return s.v2('or', part(9, 0xfc00), s.v2('or', part(6, 0x03e0), part(3, 0x001f)));
}

const moves: readonly Row[] = [
  vx('vpkpx', 782, 'vD,vA,vB', 'vectorPermute', 'words of vA, vB as pixels, packed to 1.5.5.5 bits', (s, f) =>
    s.setVr(f.vD, s.vshuffle(packPixels(s, s.vr(f.vA)), packPixels(s, s.vr(f.vB)), vector.packModulo(4))),
  ),
  vx('vspltb', 524, 'vD,vB,UIMM', 'vectorPermute', 'byte UIMM & 15 of vB in every byte', vector.splat(1)),
  vx(
    'vsplth',
    588,
    'vD,vB,UIMM',
    'vectorPermute',
    'halfword UIMM & 7 of vB in every halfword',
    vector.splat(2),
  ),
  vx('vspltw', 652, 'vD,vB,UIMM', 'vectorPermute', 'word UIMM & 3 of vB in every word', vector.splat(4)),
  vx('vspltisb', 780, 'vD,SIMM', 'vectorPermute', 'SIMM in every byte', vector.splatImmediate(1)),
  vx('vspltish', 844, 'vD,SIMM', 'vectorPermute', 'SIMM in every halfword', vector.splatImmediate(2)),
  vx('vspltisw', 908, 'vD,SIMM', 'vectorPermute', 'SIMM in every word', vector.splatImmediate(4)),
  va('vsldoi', 44, 'vD,vA,vB,SH', 'vectorPermute', 'bytes SH..SH+15 of the 32 bytes vA then vB', (s, f) =>
    s.setVr(
      f.vD,
      s.vshuffle(
        s.vr(f.vA),
        s.vr(f.vB),
        vector.sixteen((i) => f.SH + i),
      ),
    ),
  ),
  va('vperm', 43, 'vD,vA,vB,vC', 'vectorPermute', 'byte i := byte (vC byte i & 31) of vA then vB', (s, f) =>
    s.setVr(f.vD, s.vpermute(s.vr(f.vA), s.vr(f.vB), s.vr(f.vC))),
  ),
  va('vsel', 42, 'vD,vA,vB,vC', 'vectorSimple', 'per bit: vC ? vB : vA', (s, f) =>
    s.setVr(f.vD, s.vselect(s.vr(f.vA), s.vr(f.vB), s.vr(f.vC))),
  ),
];

const floats: readonly Row[] = [
  va('vmaddfp', 46, 'vD,vA,vC,vB', 'vectorFloat', 'per word vA * vC + vB, rounded once', (s, f) =>
    s.setVr(f.vD, s.vmadd(s.vr(f.vA), s.vr(f.vC), s.vr(f.vB))),
  ),
  va('vnmsubfp', 47, 'vD,vA,vC,vB', 'vectorFloat', 'per word -(vA * vC - vB), rounded once', (s, f) =>
    s.setVr(f.vD, s.vnmsub(s.vr(f.vA), s.vr(f.vC), s.vr(f.vB))),
  ),
  vx(
    'vcfux',
    778,
    'vD,vB,UIMM',
    'vectorFloat',
    'per word unsigned vB / 2^UIMM as a float',
    vector.fromInteger(false),
  ),
  vx(
    'vcfsx',
    842,
    'vD,vB,UIMM',
    'vectorFloat',
    'per word signed vB / 2^UIMM as a float',
    vector.fromInteger(true),
  ),
  vx(
    'vctuxs',
    906,
    'vD,vB,UIMM',
    'vectorFloat',
    'per word vB * 2^UIMM to unsigned, truncated, saturating',
    vector.toInteger(false),
  ),
  vx(
    'vctsxs',
    970,
    'vD,vB,UIMM',
    'vectorFloat',
    'per word vB * 2^UIMM to signed, truncated, saturating',
    vector.toInteger(true),
  ),
];

/** NJ and SAT are the only bits of VSCR. */
const VSCR_BITS = 0x0001_0001;

const status: readonly Row[] = [
  vx('mfvscr', 1540, 'vD', 'vectorStatus', 'VSCR in word 3, zeros before it', (s, f) =>
    s.setVr(f.vD, s.vfromWord3(s.spr32('vscr'))),
  ),
  vx('mtvscr', 1604, 'vB', 'vectorStatus', 'VSCR := word 3 of vB', (s, f) =>
    s.setSpr32('vscr', s.and32(s.vword3(s.vr(f.vB)), s.i32(VSCR_BITS))),
  ),
];

const access = (
  name: string,
  extended: number,
  register: 'vD' | 'vS',
  timing: TimingClass,
  meaning: string,
  exec: Exec,
): Row => row(name, 'X', opcode(31, extended), `${register},rA,rB`, timing, meaning, exec);

const loadRow = (name: string, extended: number, meaning: string, exec: Exec): Row =>
  access(name, extended, 'vD', 'loadVector', meaning, exec);
const storeRow = (name: string, extended: number, meaning: string, exec: Exec): Row =>
  access(name, extended, 'vS', 'storeVector', meaning, exec);

const accesses: readonly Row[] = [
  access('lvsl', 6, 'vD', 'shiftPattern', 'byte i := (EA & 15) + i', vector.shiftPattern('left')),
  access('lvsr', 38, 'vD', 'shiftPattern', 'byte i := 16 - (EA & 15) + i', vector.shiftPattern('right')),
  loadRow(
    'lvebx',
    7,
    'the byte at EA in its place, the other lanes from its line',
    vector.load(vector.loadLine),
  ),
  loadRow(
    'lvehx',
    39,
    'the halfword at EA & ~1 in its place, the other lanes from its line',
    vector.load(vector.loadLine),
  ),
  loadRow(
    'lvewx',
    71,
    'the word at EA & ~3 in its place, the other lanes from its line',
    vector.load(vector.loadLine),
  ),
  loadRow('lvx', 103, 'sixteen bytes at EA & ~15', vector.load(vector.loadLine)),
  loadRow('lvxl', 359, 'sixteen bytes at EA & ~15, last use', vector.load(vector.loadLine)),
  loadRow('lvlx', 519, 'bytes EA to line end, left-justified', vector.load(vector.loadLeft)),
  loadRow('lvrx', 551, 'bytes line start to EA - 1, right-justified', vector.load(vector.loadRight)),
  loadRow('lvlxl', 775, 'bytes EA to line end, left-justified, last use', vector.load(vector.loadLeft)),
  loadRow(
    'lvrxl',
    807,
    'bytes line start to EA - 1, right-justified, last use',
    vector.load(vector.loadRight),
  ),
  storeRow('stvebx', 135, 'the byte that lies at EA', vector.store(vector.storeElement(1))),
  storeRow('stvehx', 167, 'the halfword that lies at EA & ~1', vector.store(vector.storeElement(2))),
  storeRow('stvewx', 199, 'the word that lies at EA & ~3', vector.store(vector.storeElement(4))),
  storeRow('stvx', 231, 'sixteen bytes to EA & ~15', vector.store(vector.storeLine)),
  storeRow('stvxl', 487, 'sixteen bytes to EA & ~15, last use', vector.store(vector.storeLine)),
  storeRow('stvlx', 647, 'left bytes to EA up to line end', vector.store(vector.storeLeft)),
  storeRow('stvrx', 679, 'right bytes to line start up to EA - 1', vector.store(vector.storeRight)),
  storeRow('stvlxl', 903, 'left bytes to EA up to line end, last use', vector.store(vector.storeLeft)),
  storeRow(
    'stvrxl',
    935,
    'right bytes to line start up to EA - 1, last use',
    vector.store(vector.storeRight),
  ),
];

/** Bit T of the stream instructions: transient data, or all streams. */
const STREAM_T = 0x0200_0000;

/** Data streams: hints, which this machine ignores; what the console does with them is not public. */
const stream = (name: string, extended: number, t: number, syntax: string, meaning: string): Row =>
  row(name, 'X', opcode(31, extended) + t, syntax, 'nop', meaning, () => {});

const streams: readonly Row[] = [
  stream('dst', 342, 0, 'rA,rB,STRM', 'hint: data stream, no effect'),
  stream('dstt', 342, STREAM_T, 'rA,rB,STRM', 'hint: transient data stream, no effect'),
  stream('dstst', 374, 0, 'rA,rB,STRM', 'hint: data stream for stores, no effect'),
  stream('dststt', 374, STREAM_T, 'rA,rB,STRM', 'hint: transient data stream for stores, no effect'),
  stream('dss', 822, 0, 'STRM', 'hint: stop a data stream, no effect'),
  stream('dssall', 822, STREAM_T, '', 'hint: stop all data streams, no effect'),
];

const absentPairs: readonly (readonly [string, number])[] = [
  ['vmuleub', 520],
  ['vmuleuh', 584],
  ['vmulesb', 776],
  ['vmulesh', 840],
  ['vmuloub', 8],
  ['vmulouh', 72],
  ['vmulosb', 264],
  ['vmulosh', 328],
  ['vsum4ubs', 1544],
  ['vsum4sbs', 1800],
  ['vsum4shs', 1608],
  ['vsum2sws', 1672],
  ['vsumsws', 1928],
];
const absentTriples: readonly (readonly [string, number])[] = [
  ['vmhaddshs', 32],
  ['vmhraddshs', 33],
  ['vmladduhm', 34],
  ['vmsumubm', 36],
  ['vmsummbm', 37],
  ['vmsumuhm', 38],
  ['vmsumuhs', 39],
  ['vmsumshm', 40],
  ['vmsumshs', 41],
];
const ABSENT = 'absent: Xenon has no integer multiply-sum instructions';

export const rows: readonly Row[] = [
  ...accesses,
  ...streams,
  ...status,
  ...binaries.map(([name, extended, op, timing, meaning]) =>
    vx(name, extended, 'vD,vA,vB', timing, meaning, vector.binary(op)),
  ),
  ...saturatings.map(([name, extended, op, timing, meaning]) =>
    vx(name, extended, 'vD,vA,vB', timing, `${meaning} (SAT)`, vector.saturating(op)),
  ),
  ...unaries.map(([name, extended, op, timing, meaning]) =>
    vx(name, extended, 'vD,vB', timing, meaning, vector.unary(op)),
  ),
  ...shuffles.map(([name, extended, bytes, meaning]) =>
    vx(name, extended, 'vD,vA,vB', 'vectorPermute', meaning, vector.shuffle(bytes)),
  ),
  ...compares.flatMap(([name, extended, op, timing, meaning]) => [
    row(name, 'VXR', opcode(4) + extended, 'vD,vA,vB', timing, meaning, vector.compare(op, false)),
    row(
      `${name}.`,
      'VXR',
      opcode(4) + extended + VXR_RECORD,
      'vD,vA,vB',
      timing,
      `${meaning}, recorded in CR6`,
      vector.compare(op, true),
    ),
  ]),
  ...moves,
  ...floats,
  ...absentPairs.map(([name, extended]) =>
    vx(name, extended, 'vD,vA,vB', 'illegal', ABSENT, vector.absent(name)),
  ),
  ...absentTriples.map(([name, extended]) =>
    va(name, extended, 'vD,vA,vB,vC', 'illegal', ABSENT, vector.absent(name)),
  ),
];
