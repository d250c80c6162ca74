import type { UndefinedResult } from './row.js';
import { ROWS } from './table.js';
import { UNDEFINED_VECTOR_RESULTS } from './undefined-vector.js';

/** Loads and stores that write their address back: lwzu, stdux, lfsu. */
const updating = ROWS.filter((row) => /^(l|st).*ux?$/.test(row.name));

/** Comparisons with other implementations leave these out. */
export const UNDEFINED_RESULTS: readonly UndefinedResult[] = [
  {
    rows: [
      'mulhw',
      'mulhw.',
      'mulhwu',
      'mulhwu.',
      'divw',
      'divw.',
      'divwo',
      'divwo.',
      'divwu',
      'divwu.',
      'divwuo',
      'divwuo.',
    ],
    what: 'upper word of rD, and LT, GT, EQ of the record forms in 64-bit mode',
    chosen: 'zero; CR0 compares all 64 bits',
    reason: 'as QEMU gives',
  },
  {
    rows: [
      'divw',
      'divw.',
      'divwo',
      'divwo.',
      'divwu',
      'divwu.',
      'divwuo',
      'divwuo.',
      'divd',
      'divd.',
      'divdo',
      'divdo.',
      'divdu',
      'divdu.',
      'divduo',
      'divduo.',
    ],
    what: 'quotient when the divisor is 0',
    chosen: '0',
    reason: 'what the one public recompiler of console titles and several PowerPC cores give',
  },
  {
    rows: ['divw', 'divw.', 'divwo', 'divwo.'],
    what: 'quotient of 0x80000000 by -1',
    chosen: '0x80000000, the low word of the true quotient',
    reason: 'the true quotient, cut off',
  },
  {
    rows: ['divd', 'divd.', 'divdo', 'divdo.'],
    what: 'quotient of 0x8000000000000000 by -1',
    chosen: '0',
    reason: 'the semantics name one value for all quotients that do not exist',
  },
  {
    rows: ['fctiw', 'fctiw.', 'fctiwz', 'fctiwz.'],
    what: 'upper word of frD',
    chosen: 'sign of the word',
    reason: 'as QEMU gives for numbers',
  },
  {
    rows: ['mffs', 'mffs.'],
    what: 'upper word of frD',
    chosen: '0',
    reason: 'as QEMU gives',
  },
  {
    rows: ['mfocrf'],
    what: 'rD outside the selected field; everything when FXM selects none or several',
    chosen: '0 outside; the whole CR when not exactly one is selected',
    reason: 'as QEMU gives',
  },
  {
    rows: ['mtocrf'],
    what: 'CR when FXM selects none or several fields',
    chosen: 'as mtcrf',
    reason: 'nothing simpler',
  },
  {
    rows: updating.filter((row) => row.syntax.startsWith('rD')).map((row) => row.name),
    what: 'rA of a load with update when rA = rD (invalid form)',
    chosen: 'the address',
    reason: 'the update is written last',
  },
  {
    rows: updating.map((row) => row.name),
    what: 'address of an update form with rA = 0 (invalid form)',
    chosen: 'r0 is used and updated',
    reason: 'the field is read as any other',
  },
  {
    rows: ['lmw', 'lswi'],
    what: 'rA when it lies among the loaded registers (invalid form)',
    chosen: 'loaded like the others; all addresses come from its old value',
    reason: 'the address is formed first',
  },
  ...UNDEFINED_VECTOR_RESULTS,
];
