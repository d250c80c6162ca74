/**
 * Bits of the floating-point status and control register (Power ISA Book I, "Floating-Point Status and
 * Control Register"), as masks of its 32-bit word, and how the outcome of an operation enters it.
 */
export const FX = 0x8000_0000;
export const FEX = 0x4000_0000;
export const VX = 0x2000_0000;
export const OX = 0x1000_0000;
export const UX = 0x0800_0000;
export const ZX = 0x0400_0000;
export const XX = 0x0200_0000;
export const VXSNAN = 0x0100_0000;
export const VXISI = 0x0080_0000;
export const VXIDI = 0x0040_0000;
export const VXZDZ = 0x0020_0000;
export const VXIMZ = 0x0010_0000;
export const VXVC = 0x0008_0000;
export const FR = 0x0004_0000;
export const FI = 0x0002_0000;
export const FPRF = 0x0001_f000;
export const FPCC = 0x0000_f000;
export const VXSOFT = 0x0000_0400;
export const VXSQRT = 0x0000_0200;
export const VXCVI = 0x0000_0100;
/** The two low bits: 0 to nearest even, 1 toward zero, 2 toward plus infinity, 3 toward minus infinity. */
export const RN = 0x0000_0003;

export type RoundingMode = 0 | 1 | 2 | 3;

const INVALID = VXSNAN | VXISI | VXIDI | VXZDZ | VXIMZ | VXVC | VXSOFT | VXSQRT | VXCVI;
const STICKY = OX | UX | ZX | XX | INVALID;

export const roundingMode = (fpscr: number): RoundingMode => (fpscr & RN) as RoundingMode;

/** VX and FEX follow from the other bits: VX is any invalid operation, FEX any exception that is enabled. */
function summarise(fpscr: number): number {
  const vx = (fpscr & INVALID) !== 0 ? VX : 0;
  const raised = (vx | (fpscr & (OX | UX | ZX | XX))) >>> 0;
  // VX OX UX ZX XX stand 22 places left of their enables VE OE UE ZE XE.
  const fex = ((raised >>> 22) & fpscr & 0xf8) !== 0 ? FEX : 0;
  return ((fpscr & ~(VX | FEX)) | vx | fex) >>> 0;
}

/** FPSCR with exception bits raised: FX is set when one of them was not set before. */
export function raise(fpscr: number, flags: number): number {
  const fresh = flags & STICKY & ~fpscr;
  return summarise((fpscr | (flags & STICKY) | (fresh !== 0 ? FX : 0)) >>> 0);
}

/**
 * FPSCR after an arithmetic operation: FR and FI tell of this operation alone, FPRF (a mask, see
 * `resultClass`) is the class of its result, or stays when null.
 */
export function afterOperation(fpscr: number, flags: number, fprf: number | null): number {
  let next = (fpscr & ~(FR | FI)) | (flags & (FR | FI));
  if (fprf !== null) next = (next & ~FPRF) | fprf;
  return raise(next >>> 0, flags);
}

/** FPRF of a double given as bits; `single` when it is the result of a single-precision operation. */
export function resultClass(bits: bigint, single: boolean): number {
  const negative = bits >> 63n === 1n;
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  if (exponent === 0x7ff) return fraction !== 0n ? 0x11000 : negative ? 0x09000 : 0x05000;
  if (exponent === 0 && fraction === 0n) return negative ? 0x12000 : 0x02000;
  const denormal = exponent <= (single ? 1023 - 127 : 0);
  if (denormal) return negative ? 0x18000 : 0x14000;
  return negative ? 0x08000 : 0x04000;
}
