import type { Semantics } from './semantics.js';

/**
 * A field of an instruction word: pieces from the most to the least significant, each `[lowestBit, width]` with
 * bits counted from the least significant (0..31). The value is the pieces joined, sign-extended if `signed`,
 * then shifted left by `scale`.
 */
export interface Field {
  readonly pieces: readonly (readonly [lowestBit: number, width: number])[];
  readonly signed?: boolean;
  readonly scale?: number;
}

/** A form names the fields of its words. */
export interface Form {
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
}

/** Decoded field values. */
export type Fields = Readonly<Record<string, number>>;

/**
 * How the pipeline treats an instruction; a machine gives every class its numbers. No cycle count stands in the
 * instruction set.
 */
export const TIMING_CLASSES = [
  'integer',
  'compare',
  'shiftVariable',
  'multiplyImmediate',
  'multiplyWord',
  'multiplyDouble',
  'divideWord',
  'divideDouble',
  'load',
  'loadAlgebraic',
  'loadMultiple',
  'loadReversed',
  'store',
  'storeMultiple',
  'storeReversed',
  'loadFloat',
  'storeFloat',
  'loadVector',
  'storeVector',
  'shiftPattern',
  'loadReserve',
  'storeConditional',
  'branch',
  'branchIndirect',
  'crLogical',
  'moveFromCr',
  'moveToCr',
  'moveFromSpr',
  'moveToSpr',
  'moveFromTimeBase',
  'float',
  'floatMove',
  'floatCompare',
  'floatDivide',
  'floatSquareRoot',
  'floatEstimate',
  'floatStatus',
  'vectorSimple',
  'vectorPermute',
  'vectorFloat',
  'vectorDot',
  'vectorEstimate',
  'vectorCompareFloat',
  'vectorCompareInteger',
  'vectorStatus',
  'cacheHint',
  'cacheZero',
  'cacheFlush',
  'sync',
  'lwsync',
  'eieio',
  'isync',
  'threadHint',
  'nop',
  'trap',
  'systemCall',
  'illegal',
] as const;
export type TimingClass = (typeof TIMING_CLASSES)[number];

/** One instruction, described once. */
export interface Row {
  /** Mnemonic, with its dot where the record bit is set: `add`, `add.`, `addo`. */
  readonly name: string;
  readonly form: Form;
  /** Fixed bits and which bits are fixed. */
  readonly bits: number;
  readonly mask: number;
  /** Operands as the assembler takes them, field names between commas: `rD,rA,SIMM`, `rD,d(rA)`, `VD,VA,VB,VC`. */
  readonly syntax: string;
  readonly timing: TimingClass;
  /** Manual chapter, for `xenon isa`. */
  readonly chapter: string;
  /** One sentence of meaning, for `xenon isa`. */
  readonly meaning: string;
  exec(s: Semantics, f: Fields): void;
}

/** A result that the architecture leaves undefined, and what stands there in this machine. */
export interface UndefinedResult {
  readonly rows: readonly string[];
  readonly what: string;
  readonly chosen: string;
  readonly reason: string;
}
