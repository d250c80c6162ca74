import { CTX, contextBase } from './context.js';

/** The registers that instruction cases name, read from and written to a thread's context. */

export interface CaseRegister {
  /** Width in bits. */
  readonly bits: number;
  get(state: DataView, base: number): bigint;
  set(state: DataView, base: number, value: bigint): void;
}

const u32 = (at: number): CaseRegister => ({
  bits: 32,
  get: (state, base) => BigInt(state.getUint32(base + at, true)),
  set: (state, base, value) => state.setUint32(base + at, Number(value), true),
});

const u64 = (at: number): CaseRegister => ({
  bits: 64,
  get: (state, base) => state.getBigUint64(base + at, true),
  set: (state, base, value) => state.setBigUint64(base + at, value, true),
});

/** Word i of the architecture stands in lane i, each in host order. */
const vector = (n: number): CaseRegister => {
  const words = [0, 1, 2, 3].map((i) => u32(CTX.vr + 16 * n + 4 * i));
  return {
    bits: 128,
    get: (state, base) => words.reduce((value, word) => (value << 32n) | word.get(state, base), 0n),
    set: (state, base, value) =>
      words.forEach((word, i) => {
        word.set(state, base, (value >> BigInt(32 * (3 - i))) & 0xffff_ffffn);
      }),
  };
};

const condition: CaseRegister = {
  bits: 32,
  get: (state, base) =>
    eight().reduce((value, n) => (value << 4n) | u32(CTX.crf + 4 * n).get(state, base), 0n),
  set: (state, base, value) =>
    eight().forEach((n) => {
      u32(CTX.crf + 4 * n).set(state, base, (value >> BigInt(28 - 4 * n)) & 15n);
    }),
};
const eight = (): number[] => [0, 1, 2, 3, 4, 5, 6, 7];

/** SO, OV and CA in bits 31, 30 and 29, the byte count in the low seven. */
const XER_PARTS = [
  { part: u32(CTX.so), low: 31n, mask: 1n },
  { part: u32(CTX.ov), low: 30n, mask: 1n },
  { part: u32(CTX.ca), low: 29n, mask: 1n },
  { part: u32(CTX.xerCount), low: 0n, mask: 127n },
];
const xer: CaseRegister = {
  bits: 64,
  get: (state, base) =>
    XER_PARTS.reduce((value, { part, low }) => value | (part.get(state, base) << low), 0n),
  set: (state, base, value) =>
    XER_PARTS.forEach(({ part, low, mask }) => {
      part.set(state, base, (value >> low) & mask);
    }),
};

const FIXED: Readonly<Record<string, CaseRegister>> = {
  lr: u64(CTX.lr),
  ctr: u64(CTX.ctr),
  xer,
  cr: condition,
  fpscr: u32(CTX.fpscr),
  vscr: u32(CTX.vscr),
  ca: { ...u32(CTX.ca), bits: 1 },
};

/** The register of this name, or undefined. */
export function caseRegister(name: string): CaseRegister | undefined {
  if (Object.hasOwn(FIXED, name)) return FIXED[name];
  const [, file, digits] = /^([rfv])(0|[1-9]\d{0,2})$/.exec(name) ?? [];
  const n = Number(digits);
  if (file === 'v' && n < 128) return vector(n);
  if (file === undefined || n > 31) return undefined;
  return u64((file === 'r' ? CTX.gpr : CTX.fpr) + 8 * n);
}

/** Clears a thread's context: every register zero but VSCR[NJ]. */
export function clearContext(memory: ArrayBufferLike, thread: number): void {
  const base = contextBase(thread);
  new Uint8Array(memory, base, CTX.scratch).fill(0);
  const state = new DataView(memory);
  state.setBigUint64(base + CTX.reserveAddress, 0xffff_ffff_ffff_ffffn, true);
  state.setUint32(base + CTX.vscr, 0x1_0000, true);
}
