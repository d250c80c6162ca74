import { chapterRows, opcode } from './build.js';
import type { Row } from './row.js';
import type { I32, I64, Semantics } from './semantics.js';

/** Moves to and from special registers and CR, barriers, thread hints (Power ISA books I and II). */
const row = chapterRows('system');

/** Numbers of the special registers that a program may name. */
export const SPR = { XER: 1, LR: 8, CTR: 9, VRSAVE: 256, TB: 268, TBU: 269, PVR: 287 } as const;

/** Processor version: what the console's CPU shows (version 0x71, a late revision). */
export const PVR_VALUE = 0x0071_0800;

/** SO, OV and CA are the three leftmost bits of XER's low word, the byte count its last seven. */
function xer(s: Semantics): I64 {
  const flags = [s.shl32(s.spr32('so'), 31), s.shl32(s.spr32('ov'), 30), s.shl32(s.spr32('ca'), 29)];
  return s.widen(flags.reduce((word, flag) => s.or32(word, flag), s.spr32('xerCount')));
}

function setXer(s: Semantics, value: I64): void {
  const word = s.wrap(value);
  const bit = (place: number): I32 => s.and32(s.shr32(word, place), s.i32(1));
  s.setSpr32('so', bit(31));
  s.setSpr32('ov', bit(30));
  s.setSpr32('ca', bit(29));
  s.setSpr32('xerCount', s.and32(word, s.i32(0x7f)));
}

const READERS: Readonly<Record<number, (s: Semantics) => I64>> = {
  [SPR.XER]: xer,
  [SPR.LR]: (s) => s.spr64('lr'),
  [SPR.CTR]: (s) => s.spr64('ctr'),
  [SPR.VRSAVE]: (s) => s.spr64('vrsave'),
  [SPR.TB]: (s) => s.timeBase(),
  [SPR.TBU]: (s) => s.shrU(s.timeBase(), s.i64(32)),
  [SPR.PVR]: (s) => s.i64(PVR_VALUE),
};

const WRITERS: Readonly<Record<number, (s: Semantics, value: I64) => void>> = {
  [SPR.XER]: setXer,
  [SPR.LR]: (s, value) => s.setSpr64('lr', value),
  [SPR.CTR]: (s, value) => s.setSpr64('ctr', value),
  [SPR.VRSAVE]: (s, value) => s.setSpr64('vrsave', s.zeroExtend(value, 32)),
};

const specialRegisters: Row[] = [
  row('mfspr', 'XFX', opcode(31, 339), 'rD,SPR', 'moveFromSpr', 'rD := special register', (s, f) => {
    const read = READERS[f.SPR];
    if (read) s.setGpr(f.rD, read(s));
    else s.illegal(`reading special register ${f.SPR}, which user mode does not have`);
  }),
  row(
    'mftb',
    'XFX',
    opcode(31, 371),
    'rD,TBR',
    'moveFromTimeBase',
    'rD := time base (268) or its upper word (269)',
    (s, f) => {
      if (f.TBR === SPR.TB || f.TBR === SPR.TBU) s.setGpr(f.rD, READERS[f.TBR](s));
      else s.illegal(`mftb of time base register ${f.TBR}`);
    },
  ),
  row('mtspr', 'XFX', opcode(31, 467), 'SPR,rS', 'moveToSpr', 'Special register := rS', (s, f) => {
    const write = WRITERS[f.SPR];
    if (write) write(s, s.gpr(f.rS));
    else s.illegal(`writing special register ${f.SPR}, which user mode does not have`);
  }),
];

/** CR fields whose bit is set in a mask that counts them from the left. */
const selected = (mask: number): number[] =>
  [0, 1, 2, 3, 4, 5, 6, 7].filter((field) => mask & (0x80 >> field));

/** The given CR fields in their places of a word, the rest zero. */
function gatherCr(s: Semantics, fields: readonly number[]): I64 {
  const placed = fields.map((field) => s.shl32(s.crf(field), 28 - 4 * field));
  return s.widen(placed.reduce((word, part) => s.or32(word, part), s.i32(0)));
}

function scatterCr(s: Semantics, fields: readonly number[], value: I64): void {
  const word = s.wrap(value);
  for (const field of fields) s.setCrf(field, s.and32(s.shr32(word, 28 - 4 * field), s.i32(15)));
}

const isSingle = (mask: number): boolean => mask !== 0 && (mask & (mask - 1)) === 0;
const ONE_FIELD = 1 << 20;

const conditionRegister: Row[] = [
  row('mfcr', 'XFX', opcode(31, 19), 'rD', 'moveFromCr', 'rD := CR', (s, f) =>
    s.setGpr(f.rD, gatherCr(s, selected(0xff))),
  ),
  row(
    'mfocrf',
    'XFX',
    opcode(31, 19) | ONE_FIELD,
    'rD,FXM',
    'moveFromCr',
    'rD := the CR field that FXM selects, in its place',
    (s, f) => s.setGpr(f.rD, gatherCr(s, selected(isSingle(f.FXM) ? f.FXM : 0xff))),
  ),
  row(
    'mtcrf',
    'XFX',
    opcode(31, 144),
    'CRM,rS',
    'moveToCr',
    'The CR fields that CRM selects := those of rS',
    (s, f) => scatterCr(s, selected(f.CRM), s.gpr(f.rS)),
  ),
  row(
    'mtocrf',
    'XFX',
    opcode(31, 144) | ONE_FIELD,
    'FXM,rS',
    'moveToCr',
    'The CR field that FXM selects := that of rS',
    (s, f) => scatterCr(s, selected(f.FXM), s.gpr(f.rS)),
  ),
];

const barriers: Row[] = [
  row('sync', 'X', opcode(31, 598), '', 'sync', 'Waits until all earlier accesses are performed', (s) =>
    s.barrier('sync'),
  ),
  row(
    'lwsync',
    'X',
    opcode(31, 598) | (1 << 21),
    '',
    'lwsync',
    'Orders accesses to cached memory, but not a load after a store',
    (s) => s.barrier('lwsync'),
  ),
  row('eieio', 'X', opcode(31, 854), '', 'eieio', 'Orders stores', (s) => s.barrier('eieio')),
  row('isync', 'XL', opcode(19, 150), '', 'isync', 'Waits until all earlier instructions are done', (s) =>
    s.barrier('isync'),
  ),
];

/** or rN,rN,rN. */
const hint = (name: string, n: number, kind: Parameters<Semantics['threadHint']>[0], meaning: string): Row =>
  row(
    name,
    'X',
    opcode(31, 444) | (n << 21) | (n << 16) | (n << 11),
    '',
    'threadHint',
    `${meaning} (or r${n},r${n},r${n})`,
    (s) => s.threadHint(kind),
  );

const threadHints: Row[] = [
  hint('cctpl', 1, 'low', 'This hardware thread gets low priority'),
  hint('cctpm', 2, 'medium', 'This hardware thread gets medium priority'),
  hint('cctph', 3, 'high', 'This hardware thread gets high priority'),
  hint('db8cyc', 28, 'delay8', 'This hardware thread dispatches nothing for 8 cycles'),
  hint('db10cyc', 29, 'delay10', 'This hardware thread dispatches nothing for 10 cycles'),
  hint('db12cyc', 30, 'delay12', 'This hardware thread dispatches nothing for 12 cycles'),
  hint('db16cyc', 31, 'delay16', 'This hardware thread dispatches nothing for 16 cycles'),
];

export const rows: readonly Row[] = [...specialRegisters, ...conditionRegister, ...barriers, ...threadHints];
