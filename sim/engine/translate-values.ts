import { CA, CRF, CTR, FPR, FPSCR, GPR, LR, OV, SO, VR, VRSAVE, VSCR, XER_COUNT } from '../isa/registers.js';
import { CTX } from './context.js';
import type { DefinedFunction, Local, ValueType } from './wasm/builder.js';
import type { Opcode } from './wasm/opcodes.js';

/**
 * A value of the translating engine: code that leaves it on the stack. Used more than once, it is kept in a local
 * variable from its first use on.
 */
export interface Value {
  readonly type: ValueType;
  readonly emit: () => void;
  /** Cheap and unchanging within an instruction, so emitted again at every use: constants, registers. */
  readonly leaf: boolean;
  uses: number;
  local: Local | undefined;
  /** The value where it is known: an unsigned 64-bit integer, a 32-bit one, or the bits of a double. */
  readonly constant?: bigint | number;
  /** A double that is exactly a single. */
  readonly single?: boolean;
  /** A vector with the double rounded to a single as its first word; that is the double itself where it is a single. */
  readonly word?: Value;
  /** No word of the vector is a denormal single. */
  readonly flushed?: boolean;
  /** A CR field whose bits are known as truth values. */
  readonly bits?: ConditionBits;
  /** How the value was made, for the few patterns that are recognised. */
  readonly made?: { readonly op: string; readonly operands: readonly Value[]; readonly count?: number };
}

/** LT, EQ and GT of a comparison's result; without `greater`, GT is neither of the others. */
export interface ConditionBits {
  readonly less: Value;
  readonly equal: Value;
  readonly greater?: Value;
}

/** What is known of a register's value. */
export interface RegisterFacts {
  readonly single?: boolean;
  readonly flushed?: boolean;
}
export type KnownValues = ReadonlyMap<number, RegisterFacts>;

/** What the code of one mode may rely on; part of the key under which it is kept. */
export interface TranslationMode {
  /** 64-bit mode. */
  readonly sf: boolean;
  /** VSCR[NJ]: vector arithmetic takes denormals as zero. */
  readonly nj: boolean;
  /** FPSCR[RN] is not 0: scalar arithmetic is left to the evaluator. */
  readonly rounding: boolean;
  /** Relaxed SIMD multiply-add is there and rounds once. */
  readonly relaxedFma: boolean;
  /** Every access is checked against the tables at GUARD_BASE; what they forbid goes to the evaluator. */
  readonly guarded?: boolean;
  /** All vector arithmetic is tested for denormals and NaNs, none proved to need no tests. */
  readonly unproved?: boolean;
  /** Code tells the host what it did; see tracing.ts. */
  readonly traced?: boolean;
}

export interface EmitterOptions {
  /** Addresses of accesses are asked for. */
  readonly timed?: boolean;
  /** Address of the context; undefined when registers are loaded at the entry and stored at the exit. */
  readonly context?: Local;
  /** Functions for what is rarely needed; without them it is emitted in place. */
  readonly helpers?: Helpers;
  /**
   * Floating-point registers that are kept as a single beside, so that sums of singles need not wait for conversions; not
   * together with a context.
   */
  readonly singles?: ReadonlySet<number>;
}

/** Functions of the module beside the region's: long code that is rarely run need not stand where it is used. */
export class Helpers {
  readonly functions: DefinedFunction[] = [];

  /** `first`: index of the first one in the module. */
  constructor(private readonly first: number) {}

  /** Index of the function of that name, made when first asked for. */
  index(name: string, make: () => Omit<DefinedFunction, 'name'>): number {
    let at = this.functions.findIndex((f) => f.name === name);
    if (at < 0) at = this.functions.push({ name, ...make() }) - 1;
    return this.first + at;
  }
}

/** Thrown when an instruction has no translation: the evaluator then executes it. */
export class Untranslated extends Error {}

/** Where a register lives in a context, and how it is loaded and stored. */
export function registerHome(reg: number): { type: ValueType; offset: number; load: Opcode; store: Opcode } {
  const i64 = (offset: number) => ({ type: 'i64', offset, load: 'i64.load', store: 'i64.store' }) as const;
  const i32 = (offset: number) => ({ type: 'i32', offset, load: 'i32.load', store: 'i32.store' }) as const;
  if (reg < FPR) return i64(CTX.gpr + 8 * (reg - GPR));
  if (reg < VR)
    return { type: 'f64', offset: CTX.fpr + 8 * (reg - FPR), load: 'f64.load', store: 'f64.store' };
  if (reg < CRF)
    return { type: 'v128', offset: CTX.vr + 16 * (reg - VR), load: 'v128.load', store: 'v128.store' };
  if (reg < LR) return i32(CTX.crf + 4 * (reg - CRF));
  switch (reg) {
    case LR:
      return i64(CTX.lr);
    case CTR:
      return i64(CTX.ctr);
    case VRSAVE:
      return i64(CTX.vrsave);
    case CA:
      return i32(CTX.ca);
    case SO:
      return i32(CTX.so);
    case OV:
      return i32(CTX.ov);
    case XER_COUNT:
      return i32(CTX.xerCount);
    case FPSCR:
      return i32(CTX.fpscr);
    case VSCR:
      return i32(CTX.vscr);
  }
  throw new Error(`no register ${reg}`);
}
