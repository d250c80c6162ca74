import type { Fields, Row } from '../isa/row.js';

/** What one executed instruction did, as far as an observer or the timing model can see. */
export interface Event {
  /** Address of the instruction, its word, row and fields. */
  readonly address: number;
  readonly word: number;
  readonly row: Row;
  readonly fields: Fields;
  readonly accesses: readonly Access[];
  readonly branch?: BranchOutcome;
  readonly barrier?: 'sync' | 'lwsync' | 'eieio' | 'isync';
  readonly hint?: string;
  /** Address of the instruction executed next. */
  readonly next: number;
  /**
   * Why execution cannot simply go on. Registers and memory are as before the instruction unless
   * `systemCall`.
   */
  readonly stop?: Stop;
}

export type AccessKind =
  | 'load'
  | 'store'
  | 'loadReserve'
  | 'storeConditional'
  | 'zero'
  | 'dcbt'
  | 'dcbtst'
  | 'dcbf'
  | 'dcbst'
  | 'icbi';

export interface Access {
  readonly kind: AccessKind;
  /** Effective address (its low 32 bits) of the first byte touched, and that byte's physical address. */
  readonly ea: number;
  readonly physical: number;
  /** Bytes; 0 for cache hints. */
  readonly size: number;
}

export interface BranchOutcome {
  readonly taken: boolean;
  /** Where it goes when taken. */
  readonly target: number;
  readonly kind: 'direct' | 'call' | 'return' | 'jump';
}

export interface Stop {
  readonly kind: 'illegal' | 'trap' | 'systemCall' | 'fault';
  readonly message: string;
  /** The faulting effective address. */
  readonly ea?: number;
}

/** Thrown inside an instruction to leave it; `step` and `executeOne` turn it into a stop. */
export class GuestStop extends Error {
  constructor(readonly stop: Stop) {
    super(stop.message);
  }
}

/** Stands in events of words that are no instruction. */
export const NO_ROW: Row = {
  name: 'illegal',
  form: { name: 'none', fields: {} },
  bits: 0,
  mask: 0,
  syntax: '',
  timing: 'illegal',
  chapter: '',
  meaning: 'no instruction',
  exec: (s) => s.illegal('no instruction'),
};
